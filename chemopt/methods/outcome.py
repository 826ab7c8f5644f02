"""What comes out of a method: an ensemble by model numbers, a bound, and why it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from chemopt.versions import solver_version


class Status(str, Enum):
    """What is known of a recommendation."""

    OPTIMAL = "optimal"  #: no feasible ensemble has a smaller loss; proved
    FEASIBLE = "feasible"  #: a feasible ensemble; a smaller loss is not ruled out
    INFEASIBLE = "infeasible"  #: no ensemble meets the constraints; proved
    NO_RECOMMENDATION = "no_recommendation"  #: no ensemble, for the reason given

    def __str__(self) -> str:
        """Return the value."""
        return self.value


def status_text(status: Status, what: str = "ensemble") -> str:
    """Say what is known of an ensemble, or of another kind of answer.

    Examples
    --------
    >>> status_text(Status.FEASIBLE)
    'an ensemble, not proved optimal'
    """
    article = "an" if what[0] in "aeiou" else "a"
    return {
        Status.OPTIMAL: "optimal, proved",
        Status.FEASIBLE: f"{article} {what}, not proved optimal",
        Status.INFEASIBLE: f"infeasible: no {what} meets the constraints",
        Status.NO_RECOMMENDATION: f"no {what}",
    }[status]


class StopReason(str, Enum):
    """Why a method, or a solver, stopped."""

    PROVED = "proved"  #: everything was ruled out or compared
    TIME_LIMIT = "time_limit"
    GAP_LIMIT = "gap_limit"  #: the gap asked for was reached
    ACCURACY = "accuracy"  #: solved, but rounding allows no bound close enough for a proof
    LOCAL_OPTIMUM = "local_optimum"  #: no move improves any climb
    BASELINE = "baseline"  #: a baseline made its choice, without a search
    STEP_LIMIT = "step_limit"  #: a search made all the moves, or all the work, that it may
    FALLBACK = "fallback"  #: no chemistry, so profiles alone decided
    NO_START = "no_start"  #: no historical subset to start from
    CONFLICT = "conflict"  #: constraints contradict each other
    INTERRUPTED = "interrupted"
    RELAXATION = "relaxation"  #: the bound is that of a relaxation, which is not tight here
    SOLVER = "solver"  #: the solver gave up, for a reason of its own

    def __str__(self) -> str:
        """Return the value."""
        return self.value


@dataclass(frozen=True)
class Move:
    """One step of a climb: what was added and removed, and the loss after it."""

    kind: str
    added: str | None
    removed: str | None
    loss: float


@dataclass(frozen=True)
class Candidate:
    """A neighbour that a step looked at.

    Attributes
    ----------
    kind : str
        ``"add"``, ``"remove"`` or ``"swap"``.
    added, removed : str or None
    loss : float
        Its loss, feasible or not.
    broken : tuple of str
        The constraints that it breaks; empty if it is feasible.
    """

    kind: str
    added: str | None
    removed: str | None
    loss: float
    broken: tuple[str, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether it breaks no constraint."""
        return not self.broken


def change_text(change: Move | Candidate) -> str:
    """Say what a move, or a candidate, adds and removes.

    Examples
    --------
    >>> change_text(Move("swap", "b", "a", 0.5))
    'swap a for b'
    """
    if change.removed is None:
        return f"add {change.added}"
    if change.added is None:
        return f"remove {change.removed}"
    return f"swap {change.removed} for {change.added}"


@dataclass(frozen=True)
class Climb:
    """The path of one climb from a start to where it stopped.

    Attributes
    ----------
    start : tuple of str
    start_loss : float
        Infinite if the start is not feasible.
    moves : tuple of Move
    stopped : StopReason
        ``"local_optimum"``: no feasible neighbour is better; ``"step_limit"``.
    candidates : tuple of tuple of Candidate
        All neighbours at each step, those of the last one, which found none better, included; empty
        unless they were asked for.
    """

    start: tuple[str, ...]
    start_loss: float
    moves: tuple[Move, ...]
    stopped: StopReason = StopReason.LOCAL_OPTIMUM
    candidates: tuple[tuple[Candidate, ...], ...] = ()

    @property
    def loss(self) -> float:
        """Loss at the end."""
        return self.moves[-1].loss if self.moves else self.start_loss

    @property
    def why_stopped(self) -> str:
        """Why it stopped, in words."""
        if self.stopped is StopReason.STEP_LIMIT:
            return "the limit on steps was reached"
        return "no feasible candidate is better"


@dataclass(frozen=True)
class MethodOutcome:
    """What a method or a solver reports; `recommend` checks it.

    Attributes
    ----------
    models : tuple of int or None
        The ensemble, by numbers in the pool; None without one.
    stop_reason : StopReason
    solver : str
        What came to the answer; its `version` follows from the name.
    bound : float or None
        A lower bound of the loss of every feasible ensemble, valid with every tolerance of the
        solver already subtracted; None if nothing is proved.
    infeasible : bool
        Proved that no ensemble is feasible.
    claimed_loss : float or None
        The loss by the method's own account, for the check.
    message : str
    trace : tuple of Climb
    progress : tuple of (float, float)
        Seconds since the start and the loss, for each new incumbent.
    nodes : int or None
        Nodes of the search tree, where there is one.
    added_constraints : tuple of str
        Constraints of the user's own, which the ensemble meets and the bound takes into account.
    """

    models: tuple[int, ...] | None
    stop_reason: StopReason
    solver: str
    bound: float | None = None
    infeasible: bool = False
    claimed_loss: float | None = None
    message: str = ""
    trace: tuple[Climb, ...] = ()
    progress: tuple[tuple[float, float], ...] = ()
    nodes: int | None = None
    added_constraints: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Version of the solver."""
        return solver_version(self.solver)
