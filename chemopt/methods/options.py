"""What goes into a method and what comes out of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, fields
from typing import Any

from chemopt.methods.mip.formulations import FORMULATIONS
from chemopt.methods.recommendation import Climb, StopReason
from chemopt.validation import choice, number, whole

# What solvers take.
LARGEST_INTEGER = 2**31 - 1
LARGEST_GAP = 1.0
FALLBACK_POLICIES = {"fallback_good": ("single", "all"), "fallback_bad": ("none", "single")}


@dataclass(frozen=True)
class MethodOptions:
    """The options that every method takes; one that has no use for an option ignores it.

    Attributes
    ----------
    time_limit : float or None
        Seconds from `started`.
    rel_gap : float
        A solver may stop at this relative gap; 0 means a full proof.
    threads, seed : int
        For solvers.
    verbose : bool
        Show the solver's own log.
    formulation : str or None
        How a solver is given the problem; see `chemopt.methods.mip.formulations`.
    steps : int
        Moves that one hill climb may make.
    fallback_good, fallback_bad : str
        What the hill climber does without chemistry; see `chemopt.methods.local_search.hill_climb`.
    started : float
        `time.perf_counter()` at the start.

    Raises
    ------
    InputError
        An option is out of its range.
    """

    time_limit: float | None = None
    rel_gap: float = 0.0
    threads: int = 1
    seed: int = 0
    verbose: bool = False
    formulation: str | None = None
    steps: int = 10
    fallback_good: str = "single"
    fallback_bad: str = "none"
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {
            "rel_gap": number("rel_gap", self.rel_gap, 0, LARGEST_GAP),
            "threads": whole("threads", self.threads, 1, LARGEST_INTEGER),
            "steps": whole("steps", self.steps, 0, LARGEST_INTEGER),
            "seed": whole("seed", self.seed, 0, LARGEST_INTEGER),
        }
        if self.time_limit is not None:
            checked["time_limit"] = number("time_limit", self.time_limit, 0, above=True)
        if self.formulation is not None:
            checked["formulation"] = choice("formulation", self.formulation, FORMULATIONS)
        for option, words in FALLBACK_POLICIES.items():
            checked[option] = choice(option, getattr(self, option), words)
        for option, value in checked.items():
            object.__setattr__(self, option, value)

    @property
    def settings(self) -> dict[str, Any]:
        """The options that can change an answer, for the record (the seed is told apart)."""
        aside = ("started", "verbose", "seed")
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in aside}

    @property
    def remaining(self) -> float | None:
        """Seconds left of the time limit, at least 0; None without one."""
        if self.time_limit is None:
            return None
        return max(0.0, self.started + self.time_limit - time.perf_counter())

    @property
    def out_of_time(self) -> bool:
        """Whether the time limit is reached."""
        return self.remaining == 0.0


@dataclass(frozen=True)
class Outcome:
    """What a method found; models are numbers in the pool.

    Attributes
    ----------
    models : tuple of int or None
        The ensemble, or None.
    stop_reason : StopReason
    solver, version : str
    bound : float or None
        A valid lower bound of the loss of every admissible ensemble, with every tolerance
        of the solver already taken off.
    infeasible : bool
        Proved that no ensemble is admissible.
    claimed_loss : float or None
        The loss by the method's own account, for the check.
    message : str
    trace : tuple of Climb
    progress : tuple of (float, float)
        Seconds since the start and the loss, each time a better ensemble was found.
    nodes : int or None
        Nodes of the search tree of a solver.
    """

    models: tuple[int, ...] | None
    stop_reason: StopReason
    solver: str
    version: str
    bound: float | None = None
    infeasible: bool = False
    claimed_loss: float | None = None
    message: str = ""
    trace: tuple[Climb, ...] = ()
    progress: tuple[tuple[float, float], ...] = ()
    nodes: int | None = None
