"""What is proved of an answer: the one place that says *optimal*, *feasible*, or *wrong*.

A value and a bound come from methods and solvers; the value is recomputed before it comes here. A
bound that the value refutes by more than a solver's tolerances explain is an error, whoever says
it. The tolerances are those of the problem: see `chemopt.numerics`.
"""

from __future__ import annotations

from dataclasses import dataclass

from chemopt.errors import SolverError
from chemopt.methods.outcome import Status, StopReason
from chemopt.numerics import SMALLEST_VALUE

#: For messages about a solver that contradicts itself.
REPORT = "please report this with the output of 'chemopt show-versions' and the instance"


@dataclass(frozen=True)
class Judgement:
    """What is known of a value: a status, why it is not more, and the bound that the value leaves.

    Attributes
    ----------
    status : Status
    stop_reason : StopReason
    bound : float or None
    """

    status: Status
    stop_reason: StopReason
    bound: float | None

    @property
    def proved(self) -> bool:
        """Whether it is optimal."""
        return self.status is Status.OPTIMAL


def judge(
    value: float,
    bound: float | None,
    reason: StopReason,
    *,
    maximised: bool,
    tolerance: float,
    accuracy: float,
    solver: str,
    rel_gap: float = 0.0,
) -> Judgement:
    """Judge a value by a bound.

    Parameters
    ----------
    value : float
        Of a feasible answer, recomputed.
    bound : float or None
        Of the values of all feasible answers.
    reason : StopReason
        Why the method stopped.
    maximised : bool
        Whether the bound is above the values.
    tolerance : float
        How far they may be apart for the answer to be optimal.
    accuracy : float
        How far the value may be beyond the bound by a solver's tolerances.
    solver : str
        Whose bound it is, for the message.
    rel_gap : float
        What the solver was allowed to stop at.

    Raises
    ------
    SolverError
        The value refutes the bound.

    Examples
    --------
    >>> rule = {"maximised": False, "tolerance": 1e-6, "accuracy": 1e-6, "solver": "a solver"}
    >>> judge(2.0, 2.0 - 1e-9, StopReason.TIME_LIMIT, **rule).status.value
    'optimal'
    >>> judge(2.0, 1.5, StopReason.PROVED, **rule).stop_reason.value
    'accuracy'
    """
    if bound is None:
        return Judgement(Status.FEASIBLE, reason, None)
    distance = bound - value if maximised else value - bound
    if distance < -accuracy:
        side = "below" if maximised else "above"
        raise SolverError(
            f"{solver} claims the bound {bound!r}, {side} the value {value!r} of a feasible "
            f"answer; {REPORT}"
        )
    bound = max(bound, value) if maximised else min(bound, value)
    if distance <= tolerance:
        return Judgement(Status.OPTIMAL, StopReason.PROVED, bound)
    if reason is StopReason.PROVED:
        reason = StopReason.GAP_LIMIT if rel_gap > 0 else StopReason.ACCURACY
    return Judgement(Status.FEASIBLE, reason, bound)


def relative_gap(value: float | None, bound: float | None, status: Status) -> float | None:
    """Return 0 if proved optimal, else |bound − value| / |value|; None without one of them.

    A proof leaves a difference of the order of a solver's tolerances, which relative to a value
    near 0 would look like a gap.
    """
    if value is None or bound is None:
        return None
    if status is Status.OPTIMAL:
        return 0.0
    return abs(bound - value) / max(abs(value), SMALLEST_VALUE)
