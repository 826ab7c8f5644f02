"""The solver-independent check: what an ensemble's loss is, and which constraints it breaks.

Every answer goes through `violations` and `loss_terms` before it is returned. Neither knows how
the answer was found; both go by the definitions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from chemopt.errors import SolverError
from chemopt.numerics import AGREEMENT_TOLERANCE, SUM_TOLERANCE
from chemopt.problem.constrained import ConstrainedPool
from chemopt.problem.constraints import LinearConstraint, forbid_constraint
from chemopt.problem.loss import LossTerms, loss_floor, loss_terms
from chemopt.problem.problem import ChemistryProblem


def violations(problem: ChemistryProblem, models: Iterable[str]) -> tuple[str, ...]:
    """Say which constraints of the problem the ensemble breaks; empty if it is feasible.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> violations(ChemistryProblem(table, exclude=("c",), max_size=2), ["a", "b", "c"])
    ('3 models are more than 2', "'c' is excluded")
    """
    chosen = set(models)
    broken = linear_violations(problem, chosen)
    if not meets_inter(problem, chosen):
        inter = loss_terms(problem, problem.positions(chosen)).inter
        broken += (f"inter {inter:.9g} is more than M_inter {problem.m_inter_value:.9g}",)
    return broken


def meets_inter(problem: ChemistryProblem, models: Iterable[str]) -> bool:
    """Return whether the ensemble meets the inter constraint, if there is one."""
    if problem.inter_limit == math.inf:
        return True
    lacking = loss_terms(problem, problem.positions(set(models))).lacking_inter
    return lacking >= problem.least_lacking_inter


def linear_violations(problem: ConstrainedPool, models: Iterable[str]) -> tuple[str, ...]:
    """Say which constraints the ensemble breaks, the inter constraint not among them."""
    chosen = set(models)
    low, high = problem.size_bounds
    broken = []
    if len(chosen) < low:
        broken.append(f"{_counted(len(chosen))} fewer than {low}")
    if len(chosen) > high:
        broken.append(f"{_counted(len(chosen))} more than {high}")
    broken += [f"{name!r} is required" for name in problem.require if name not in chosen]
    broken += [f"{name!r} is excluded" for name in problem.exclude if name in chosen]
    positions = problem.positions(chosen)
    broken += [f"{c.name} is not met" for c in problem.side_constraints if not c.is_met(positions)]
    return tuple(broken)


def cut_off(problem: ConstrainedPool, models: Iterable[int]) -> LinearConstraint:
    """Return a constraint that all feasible ensembles meet, and one that is not feasible breaks.

    A solver's tolerances may let an ensemble pass that breaks a constraint. What cuts it off
    follows from a budget that it breaks, and then excludes others, too; else it is a no-good cut.
    Either way the solver's bound stays valid.

    Parameters
    ----------
    problem : ChemistryProblem, or another `ConstrainedPool`
    models : iterable of int
        The ensemble, by number.
    """
    chosen = list(models)
    for row in problem.side_constraints:
        if (cut := row.cut(chosen)) is not None:
            return cut
    return forbid_constraint([problem.models[i] for i in chosen], problem.models)


def checked_loss(
    problem: ChemistryProblem, models: Iterable[str], claimed: float | None, solver: str
) -> LossTerms:
    """Recompute the loss of an ensemble and compare it with what a solver claims.

    Raises
    ------
    SolverError
        They differ by more than rounding and the solver's tolerances explain.
    """
    terms = loss_terms(problem, problem.positions(models))
    if claimed is not None and abs(terms.loss - claimed) > solver_accuracy(problem, terms.loss):
        raise SolverError(
            f"{solver} says its ensemble has loss {claimed!r}, but it is {terms.loss!r}; "
            "please report this with the output of 'chemopt show-versions' and the instance"
        )
    return terms


def proof_distance(problem: ChemistryProblem, terms: LossTerms) -> float:
    """Return how far the loss of an ensemble may be above a bound for it to be called optimal."""
    return problem.proof_tolerance(terms.loss, 2 * terms.rounding_error)


def solver_accuracy(problem: ChemistryProblem, loss: float) -> float:
    """Return by how much a solver's figures may be off: what its tolerances explain, and no more.

    What is off by more is wrong. What *optimal* means is finer: `proof_distance`.
    """
    return AGREEMENT_TOLERANCE * max(1.0, abs(loss)) + SUM_TOLERANCE * problem.table.magnitude


def checked_bound(problem: ChemistryProblem, terms: LossTerms, bound: float, solver: str) -> float:
    """Return a bound that the loss of a feasible ensemble does not refute.

    A bound above the loss by d is wrong by that at least, and is taken to be wrong by d in the
    other direction, too: then it proves nothing that is finer than d. Next to huge entries nothing
    is explained by a solver's tolerances, and what is left is the bound by the signs of the parts.

    Raises
    ------
    SolverError
        It is above the loss by more than the solver's tolerances explain.
    """
    # the bound is one of exact losses, and this loss is itself rounded
    above = bound - terms.loss - terms.rounding_error
    if above > solver_accuracy(problem, terms.loss):
        if problem.table.is_wide:
            return loss_floor(problem)
        raise SolverError(
            f"{solver} claims the bound {bound!r}, above the loss {terms.loss!r} of a feasible "
            "ensemble; please report this with the output of 'chemopt show-versions' and the "
            "instance"
        )
    return terms.loss - above if above > 0 else bound


def _counted(models: int) -> str:
    return f"{models} {'model is' if models == 1 else 'models are'}"
