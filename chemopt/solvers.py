"""The one door to solvers: HiGHS through Pyomo, and CP-SAT.

Everything that depends on a solver's interface is here: imports, tolerances, time limits, warm
starts, versions, known faults. What comes out is a `SolverReport` in chemopt's words.

Exactness
    HiGHS stops at a relative gap of 1e-4 unless told otherwise, so both gaps are set to what
    was asked (0 by default). Feasibility tolerances are 1e-9 instead of 1e-6 and 1e-7.
    A bound of HiGHS rests on dual solutions that may be infeasible by `TOLERANCE` in each column,
    and nodes are cut off within `TOLERANCE` of the incumbent. All columns of our models lie
    in [0, 1], so (columns + 1) · `TOLERANCE` is taken off every bound.
    CP-SAT is exact on the integers it is given; see `chemopt_models.cp_sat`.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import math
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import metadata
from typing import TYPE_CHECKING, Any

from chemopt.conditions import Condition
from chemopt.errors import SolverError

if TYPE_CHECKING:
    import pyomo.environ as pyo
    from chemopt_models import CpSatModel, MinCutModel

logger = logging.getLogger(__name__)

TOLERANCE = 1e-9
# First version of a solver that is known to be wrong, and why.
_BROKEN_FROM = {
    "highspy": ((1, 14), "returns wrong optima after presolve"),
    "ortools": ((9, 15), "returns wrong optima after presolve"),
}


class Termination(Enum):
    """Why a solver stopped."""

    OPTIMAL = "solved to the gap asked for"
    INFEASIBLE = "infeasible"
    TIME_LIMIT = "time limit"
    INTERRUPTED = "interrupted"
    OTHER = "stopped without an answer"


@dataclass(frozen=True)
class SolverOptions:
    """Options that every solver understands.

    Attributes
    ----------
    time_limit : float or None
        Seconds.
    rel_gap : float
        Relative gap at which the solver may stop.
    threads, seed : int
    verbose : bool
        Show the solver's log on stdout.
    """

    time_limit: float | None = None
    rel_gap: float = 0.0
    threads: int = 1
    seed: int = 0
    verbose: bool = False


@dataclass(frozen=True)
class SolverReport:
    """What a solver says.

    Attributes
    ----------
    termination : Termination
    chosen : frozenset of str or None
        Names of the binary variables at 1; None without a solution.
    objective, bound : float or None
        The incumbent's objective, and a bound that the solver's tolerances cannot falsify:
        a lower one when minimising, an upper one when maximising.
    solver, version : str
    """

    termination: Termination
    chosen: frozenset[str] | None
    objective: float | None
    bound: float | None
    solver: str
    version: str


def load(distribution: str, module: str | None = None) -> Any:
    """Import a solver's module.

    Raises
    ------
    SolverError
        It is not installed, cannot be imported, or is a version known to be wrong.
    """
    try:
        version = metadata.version(distribution)
        _refuse_broken(distribution, version)
        return importlib.import_module(module or distribution)
    except (ImportError, metadata.PackageNotFoundError) as error:
        raise SolverError(
            f"{distribution} cannot be imported ({error}); chemopt needs it: "
            "pip install --upgrade chemopt"
        ) from error


def _refuse_broken(distribution: str, version: str) -> None:
    broken, reason = _BROKEN_FROM.get(distribution, (None, ""))
    if broken is not None and _numbers(version) >= broken:
        raise SolverError(
            f"{distribution} {version} {reason}; install '{distribution}<"
            f"{'.'.join(map(str, broken))}'"
        )


def solve_with_highs(
    model: pyo.ConcreteModel,
    binaries: Mapping[str, Any],
    options: SolverOptions,
    start: Sequence[tuple[Any, float]] | None = None,
) -> SolverReport:
    """Solve a Pyomo model, whose columns all lie in [0, 1], with HiGHS.

    Parameters
    ----------
    model : ConcreteModel
    binaries : mapping of str to Var
        The variables that decide, by the names that the report is to use.
    options : SolverOptions
    start : sequence of (Var, float), optional
        A feasible solution to begin with, for all variables.
    """
    highspy = load("highspy")
    import pyomo.environ as pyo
    from pyomo.contrib.solver.common.results import TerminationCondition
    from pyomo.contrib.solver.solvers.highs import Highs

    interrupted = False

    class StartedHighs(Highs):  # type: ignore[misc]
        """Pyomo's interface, with what it lacks: a warm start, and the incumbent after Ctrl-C."""

        def _solve(self) -> Any:
            def stop() -> None:
                nonlocal interrupted
                interrupted = True
                self._solver_model.cancelSolve()

            if start is not None:
                _give_start(self, highspy, start)
            with _on_interrupt(stop), _silenced("pyomo.contrib.solver.solvers.highs"):
                return super()._solve()

    # HiGHS keeps one thread pool a process and refuses another size until it is reset.
    highspy.Highs.resetGlobalScheduler(True)
    handed_over = time.perf_counter()
    highs = StartedHighs()
    highs.set_instance(model)
    limit = options.time_limit
    if limit is not None:
        limit = max(limit - (time.perf_counter() - handed_over), 1e-3)
    results = highs.solve(
        model,
        time_limit=limit,
        rel_gap=options.rel_gap,
        abs_gap=0.0,
        threads=options.threads,
        tee=options.verbose,
        solver_options={
            "random_seed": options.seed,
            "primal_feasibility_tolerance": TOLERANCE,
            "dual_feasibility_tolerance": TOLERANCE,
            "mip_feasibility_tolerance": TOLERANCE,
        },
        load_solutions=False,
        raise_exception_on_nonoptimal_result=False,
    )
    termination = {
        TerminationCondition.convergenceCriteriaSatisfied: Termination.OPTIMAL,
        TerminationCondition.provenInfeasible: Termination.INFEASIBLE,
        TerminationCondition.infeasibleOrUnbounded: Termination.INFEASIBLE,  # columns are bounded
        TerminationCondition.maxTimeLimit: Termination.TIME_LIMIT,
        TerminationCondition.interrupted: Termination.INTERRUPTED,
    }.get(results.termination_condition, Termination.OTHER)
    if interrupted:
        termination = Termination.INTERRUPTED
    chosen = None
    if results.incumbent_objective is not None:
        results.solution_loader.load_vars()
        chosen = frozenset(name for name, var in binaries.items() if var.value > 0.5)
    objective = model.component_data_objects(pyo.Objective, active=True)
    sign = 1 if next(iter(objective)).sense == pyo.minimize else -1
    bound = results.objective_bound
    if bound is not None and math.isfinite(bound):
        columns = sum(1 for _ in model.component_data_objects(pyo.Var))
        bound -= sign * (columns + 1) * TOLERANCE
    else:
        bound = None
    return SolverReport(
        termination=termination,
        chosen=chosen,
        objective=results.incumbent_objective,
        bound=bound,
        solver="HiGHS",
        version=".".join(map(str, results.solver_version)),
    )


def solve_with_cp_sat(
    built: CpSatModel, options: SolverOptions, start: frozenset[str] | None = None
) -> SolverReport:
    """Solve a CP-SAT selection model; `start` names the models of a feasible ensemble."""
    cp_model = load("ortools", "ortools.sat.python.cp_model")
    model = built.model
    model.clear_hints()  # type: ignore[no-untyped-call]
    if start is not None:
        for name, variable in built.x.items():
            model.add_hint(variable, name in start)
    solver = cp_model.CpSolver()
    if options.time_limit is not None:
        solver.parameters.max_time_in_seconds = options.time_limit
    solver.parameters.relative_gap_limit = options.rel_gap
    solver.parameters.absolute_gap_limit = 0.0
    solver.parameters.num_workers = options.threads
    # several workers in turn, not at random, so that a run can be repeated
    solver.parameters.interleave_search = options.threads > 1
    solver.parameters.random_seed = options.seed
    solver.parameters.log_search_progress = options.verbose
    status = solver.solve(model)
    if status == cp_model.MODEL_INVALID:
        raise SolverError(f"CP-SAT calls the model invalid: {model.validate()}")
    if status == cp_model.INFEASIBLE:
        termination = Termination.INFEASIBLE
    elif status == cp_model.OPTIMAL:
        termination = Termination.OPTIMAL
    elif options.time_limit is not None and (
        solver.wall_time > options.time_limit - max(0.1, 0.05 * options.time_limit)
    ):
        # CP-SAT does not tell a time limit, which it may undercut a little, from Ctrl-C
        termination = Termination.TIME_LIMIT
    else:
        termination = Termination.INTERRUPTED
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    chosen = frozenset(m for m, x in built.x.items() if solver.value(x)) if found else None
    # Stopped before it has looked at the model, CP-SAT reports 0 as its bound, which is none.
    bound = None
    if found and math.isfinite(solver.best_objective_bound):
        bound = solver.best_objective_bound / built.scale + built.constant - built.rounding_error
    return SolverReport(
        termination=termination,
        chosen=chosen,
        objective=solver.objective_value / built.scale + built.constant if found else None,
        bound=bound,
        solver="CP-SAT",
        version=metadata.version("ortools"),
    )


def feasible_point(conditions: Sequence[Condition], n: int) -> tuple[int, ...] | None:
    """Return a subset of n models, by number, that meets some conditions; None if there is none.

    Bounds are rounded outwards to integers, and a point that only rounding lets pass is cut off.
    """
    cp_model = load("ortools", "ortools.sat.python.cp_model")
    from chemopt.models import add_linear_condition

    model = cp_model.CpModel()
    x = [model.new_bool_var(f"x[{i}]") for i in range(n)]
    for condition in conditions:
        add_linear_condition(model, x, condition)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    while solver.solve(model) == cp_model.OPTIMAL:  # the status of any point, without objective
        point = tuple(i for i in range(n) if solver.value(x[i]))
        if all(condition.allows(point) for condition in conditions):
            return point
        model.add_bool_or(x[i].Not() if i in point else x[i] for i in range(n))
    return None


@dataclass(frozen=True)
class CutReport:
    """A minimum cut: the models on the side of the source, and a lower bound of the loss."""

    side: tuple[int, ...]
    bound: float
    solver: str
    version: str


def minimum_cut(network: MinCutModel) -> CutReport:
    """Find the minimum cut with the fewest models on the side of the source.

    Raises
    ------
    SolverError
        The flow algorithm failed.
    """
    max_flow = load("ortools", "ortools.graph.python.max_flow")
    flow = max_flow.SimpleMaxFlow()
    flow.add_arcs_with_capacity(network.tails, network.heads, network.capacities)
    flow.add_arc_with_capacity(network.source, network.sink, 0)  # so that both nodes exist
    status = flow.solve(network.source, network.sink)
    if status != flow.OPTIMAL:
        raise SolverError(f"OR-Tools' maximum flow failed with status {status}")
    side = tuple(sorted(k for k in flow.get_source_side_min_cut() if k < network.source))
    bound = flow.optimal_flow() / network.scale + network.constant - network.rounding_error
    return CutReport(side, bound, "OR-Tools max-flow", metadata.version("ortools"))


def _give_start(highs: Any, highspy: Any, start: Sequence[tuple[Any, float]]) -> None:
    """Hand HiGHS a solution to begin with.

    This reaches behind Pyomo's interface; should a release of Pyomo move things, the solve
    goes on without a start.
    """
    try:
        column_of, inner = highs._pyomo_var_to_solver_var_map, highs._solver_model
        values = [0.0] * len(column_of)
        for variable, value in start:
            if id(variable) in column_of:
                values[column_of[id(variable)]] = value
        solution = highspy.HighsSolution()
        solution.col_value = values
        inner.setSolution(solution)
    except (AttributeError, KeyError, TypeError) as error:
        logger.warning("HiGHS starts without the heuristic's ensemble: %r", error)


@contextlib.contextmanager
def _on_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C call `stop`, which ends a solve in good order, instead of raising in its midst."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals
        return
    previous = signal.signal(signal.SIGINT, lambda *_: stop())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous or signal.default_int_handler)


@contextlib.contextmanager
def _silenced(name: str) -> Iterator[None]:
    """Keep a logger from warning of a status that it has no word for (interrupted)."""
    silenced = logging.getLogger(name)
    before, silenced.disabled = silenced.disabled, True
    try:
        yield
    finally:
        silenced.disabled = before


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", version)[:2])
