"""A formulation with constraints of the user's own, solved by HiGHS.

Everything here that was not told of these constraints is used only after a check: the hill
climber's ensemble is a warm start if it meets them, and not if that depends on own variables. Every
ensemble of the solver is checked apart from it (`chemopt.methods.mip.customise`). One that breaks a
constraint by more than rounding is cut off, and the solver runs again, as in
`chemopt.methods.mip.solve`; with own variables, whose values the ensemble does not determine, it is
an error.

``"rlt"`` has a model for each size. Those whose bound without the added constraints
(`chemopt.methods.mip.fixed_size_bound`) is not below the loss of the incumbent are pruned; HiGHS
branches on the others, the least bound first, with the triangle inequalities that the relaxation
violates.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyomo.environ as pyo
from chemopt_models import build_rlt

from chemopt.errors import SolverError
from chemopt.methods.infeasibility import conflicts
from chemopt.methods.local_search.hill_climb import HillClimbOptions
from chemopt.methods.local_search.hill_climb import solve as hill_climb
from chemopt.methods.mip.customise import OwnConstraints
from chemopt.methods.mip.cuts import add_triangles
from chemopt.methods.mip.fixed_size_bound import fixed_size_bound
from chemopt.methods.mip.formulations import build_formulation
from chemopt.methods.mip.solve import warm_start
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.solvers import HighsModel
from chemopt.methods.solvers.building import too_long_to_build
from chemopt.numerics import IMPROVEMENT_TOLERANCE
from chemopt.problem.check import cut_off, violations
from chemopt.problem.loss import loss_floor, loss_terms
from chemopt.problem.problem import ChemistryProblem
from chemopt.wording import listed


def solve(
    problem: ChemistryProblem,
    run: RunOptions,
    formulation: str,
    customise: Callable[[Any], Any],
) -> MethodOutcome:
    """Build the formulation, let the user add to it, and solve it.

    Raises
    ------
    InputError
        What `customise` does cannot be solved, or checked.
    SolverError
        An answer of HiGHS does not check.
    """
    floor = loss_floor(problem)
    if message := too_long_to_build(problem, formulation, run):
        # without the model nothing is known of the constraints, so no ensemble either
        reason = StopReason.TIME_LIMIT
        return MethodOutcome(None, reason, "chemopt", bound=floor, message=message)
    by_size = formulation == "rlt"
    sizes = problem.feasible_sizes
    parts = [partial(build_rlt, problem, k) for k in sizes]
    bounds = [floor] * len(parts)
    if not by_size:
        parts, bounds = [partial(build_formulation, problem, formulation)], [floor]
    first = _customised(parts[0](), customise)  # its errors come before any work
    climbed = hill_climb(problem, run, HillClimbOptions())
    start = warm_start(climbed)
    own = first.own
    if own.variables or (start is not None and _broken(problem, own, start)):
        start = None
    search = _Search(problem, run, cuts=formulation in ("rlt", "triangle-cuts"))
    if start is not None:
        search.offer(start)
        search.start = None if by_size else start
    if by_size:
        bounds = [
            floor if run.out_of_time else max(floor, fixed_size_bound(problem, k)) for k in sizes
        ]
    for k in sorted(range(len(parts)), key=bounds.__getitem__):
        if bounds[k] < search.loss and search.continues:
            part = first if k == 0 else _customised(parts[k](), customise)
            bounds[k] = max(bounds[k], search.solve(part))
    return search.outcome(min(bounds), own)


@dataclass(frozen=True)
class _Part:
    """A model, and what the user added to it."""

    model: pyo.ConcreteModel
    own: OwnConstraints


@dataclass
class _Search:
    """The incumbent, through the models of a formulation."""

    problem: ChemistryProblem
    run: RunOptions
    cuts: bool
    best: tuple[int, ...] | None = None
    loss: float = math.inf
    claimed: float | None = None
    start: tuple[int, ...] | None = None
    nodes: int = 0
    solver: str = "chemopt"
    stopped: StopReason | None = None

    @property
    def continues(self) -> bool:
        """Whether there is time left."""
        if self.stopped is None and self.run.out_of_time:
            self.stopped = StopReason.TIME_LIMIT
        return self.stopped is None

    def offer(self, models: tuple[int, ...], claimed: float | None = None) -> None:
        """Keep an ensemble if it is better, with the loss that the solver claims."""
        loss = loss_terms(self.problem, models).loss
        if loss < self.loss:
            self.best, self.loss, self.claimed = models, loss, claimed

    def solve(self, part: _Part) -> float:
        """Solve a model until its answer checks; return its bound, ∞ if it has no ensemble."""
        if part.own.contradictory:
            return math.inf
        compiled = HighsModel(part.model)
        self.solver = "HiGHS"
        if self.cuts:
            add_triangles(part.model, compiled, self.run, enough=self.loss)
        bound = -math.inf
        while self.continues:
            answer = compiled.solve(self.run, self.start)
            self.nodes += answer.nodes or 0
            if answer.infeasible:
                return math.inf
            bound = -math.inf if answer.bound is None else answer.bound
            if answer.models is not None:
                if self._must_exclude(part, compiled, answer.models):
                    compiled.add(cut_off(self.problem, answer.models))
                    continue
                self.offer(answer.models, answer.claimed_loss)
            if answer.stop_reason is not StopReason.PROVED:
                self.stopped = answer.stop_reason
            break
        return bound

    def outcome(self, bound: float, own: OwnConstraints) -> MethodOutcome:
        """Return what is known after the search."""
        infeasible = self.best is None and self.stopped is None
        reason = self.stopped or StopReason.PROVED
        message = ""
        if infeasible and own.constraints and not conflicts(self.problem):
            added = listed([one.name for one in own.constraints])
            message = (
                f"no ensemble of the {len(self.problem.models)} models meets the constraints of "
                f"the problem and those that customise added: {added}"
            )
        elif self.best is None and not infeasible:
            message = f"{self.solver} has no ensemble: {reason.value.replace('_', ' ')}"
        return MethodOutcome(
            self.best,
            reason,
            self.solver,
            bound=None if infeasible else bound,
            infeasible=infeasible,
            claimed_loss=self.claimed,
            message=message,
            nodes=self.nodes,
            added_constraints=own.texts,
        )

    def _must_exclude(self, part: _Part, compiled: HighsModel, models: tuple[int, ...]) -> bool:
        """Check an ensemble of the solver; return whether it breaks a constraint of its own.

        Raises
        ------
        SolverError
            It breaks one with the values that HiGHS gives the user's variables.
        """
        names = [self.problem.models[i] for i in models]
        values = compiled.values
        broken = part.own.violations(names, lambda variable: compiled.value_of(variable, values))
        if broken and part.own.variables:
            raise SolverError(f"HiGHS gave {', '.join(names)}, but {broken[0]}")
        return bool(broken or violations(self.problem, names))


def _customised(model: pyo.ConcreteModel, customise: Callable[[Any], Any]) -> _Part:
    return _Part(model, OwnConstraints(model, customise))


def _broken(problem: ChemistryProblem, own: OwnConstraints, models: tuple[int, ...]) -> bool:
    """Return whether an ensemble breaks an added constraint, by more than rounding."""
    names = [problem.models[i] for i in models]
    return bool(own.violations(names, tolerance=IMPROVEMENT_TOLERANCE))
