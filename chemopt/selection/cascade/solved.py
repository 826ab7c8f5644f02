"""What comes out of a method for cascades: a front, a cascade, and what is proved of it."""

from __future__ import annotations

from dataclasses import dataclass

from chemopt.methods.outcome import Status, StopReason
from chemopt.versions import solver_version

Order = tuple[int, ...]


@dataclass(frozen=True)
class Point:
    """A cascade, by numbers of the whole pool, with what it costs and covers in items."""

    order: Order
    cost: float
    covered: float
    proved: bool


@dataclass(frozen=True, eq=False)
class Solved:
    """What was found.

    Attributes
    ----------
    points : tuple of Point
        The front, sorted by cost.
    chosen : Point or None
    status : Status
    stop_reason : StopReason
    bound : float or None
        With a budget, no feasible cascade covers more; with a target, none costs less.
    solver : str
        What came to the answer; its `version` follows from the name.
    message : str
    """

    points: tuple[Point, ...]
    chosen: Point | None
    status: Status
    stop_reason: StopReason
    bound: float | None
    solver: str = "chemopt"
    message: str = ""

    @property
    def version(self) -> str:
        """Version of the solver."""
        return solver_version(self.solver)
