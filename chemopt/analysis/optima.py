"""The least loss at given weights.

What breakpoints (one weight) and phase diagrams (both) have in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chemopt.errors import InfeasibleError, UnansweredError
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import Status, StopReason
from chemopt.methods.recommend import recommend_within
from chemopt.methods.recommendation import Recommendation, raise_if_interrupted
from chemopt.methods.registry import MethodName
from chemopt.numerics import SUM_TOLERANCE
from chemopt.problem.problem import ChemistryProblem

# What one solve may take of the time that is left, so that a hard one does not take it all.
SHARE = 0.25


def negligible(problem: ChemistryProblem) -> float:
    """Return the difference of losses along a path or in a plane of weights that counts as none.

    1e-9 of a typical entry, which no huge one stretches.
    """
    return SUM_TOLERANCE * problem.table.typical


def optimum(
    problem: ChemistryProblem, method: MethodName, options: Mapping[str, Any], where: str
) -> Recommendation:
    """Solve a problem at one of several weights: an answer with a loss.

    Parameters
    ----------
    problem : ChemistryProblem
    method : str
    options : mapping
        As for `recommend`, and `RunOptions.known`.
    where : str
        The weights, for messages.

    Raises
    ------
    UnansweredError
        No ensemble is feasible (`chemopt.errors.InfeasibleError`), or the method found none.
    KeyboardInterrupt
        The solve was interrupted.
    """
    run = {name: value for name, value in options.items() if name != "options"}
    answer = recommend_within(problem, method, RunOptions(**run), options.get("options"))
    raise_if_interrupted(answer)
    # a fallback goes by profiles, not by the loss
    if answer.loss is None or answer.stop_reason is StopReason.FALLBACK:
        kind = InfeasibleError if answer.status is Status.INFEASIBLE else UnansweredError
        raise kind(f"{where}: {answer.message}")
    return answer


def optimum_within(
    problem: ChemistryProblem,
    method: MethodName,
    options: Mapping[str, Any],
    where: str,
    first: bool,
    seconds: float | None,
) -> Recommendation | None:
    """Return what `optimum` does within some seconds; None where they were too few for an answer.

    With `first`, when there is no other answer to go by, that is an error.
    """
    try:
        return optimum(problem, method, {**options, "time_limit": seconds}, where)
    except InfeasibleError:
        raise
    except UnansweredError:
        if first:
            raise
        return None
