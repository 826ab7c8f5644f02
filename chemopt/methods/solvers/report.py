"""What goes into a solver and what comes out of it, in chemopt's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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
    nodes : int or None
        Nodes of the search tree, where the solver tells.
    """

    termination: Termination
    chosen: frozenset[str] | None
    objective: float | None
    bound: float | None
    solver: str
    version: str
    nodes: int | None = None
