"""The options that every method understands, and the clock of a run.

A method's own options are a small dataclass next to the method: `HillClimbOptions` in
`chemopt.methods.local_search.hill_climb`, `MipOptions` in `chemopt.methods.mip.formulations`.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from chemopt.execution.clock import Stopwatch
from chemopt.problem.constrained import ConstraintOptions
from chemopt.validation import number, taken, whole

# What solvers take.
LARGEST_INTEGER = 2**31 - 1
LARGEST_GAP = 1.0


class SolverOptions(TypedDict, total=False):
    """What a function passes on to `RunOptions`, as its keywords."""

    time_limit: float | None
    rel_gap: float
    threads: int
    seed: int
    verbose: bool


class SelectionOptions(ConstraintOptions, SolverOptions, total=False):
    """Which ensembles are feasible, and the options of solving, as keywords of a function."""


@dataclass(frozen=True)
class RunOptions:
    """Limits, seed and threads of one run of a method.

    Attributes
    ----------
    time_limit : float or None
        Seconds by `clock`.
    rel_gap : float
        A solver may stop at this relative gap; 0 means a full proof.
    threads, seed : int
    verbose : bool
        Show the solver's own log.
    known : tuple of tuple of str
        Good ensembles that are known beforehand: ``"exact"`` starts from them instead of a search
        of its own, and works on the proof.
    clock : Stopwatch
        Started with these options; it stands still while a solver is imported.

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
    known: tuple[tuple[str, ...], ...] = ()
    clock: Stopwatch = field(default_factory=Stopwatch)

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {
            "rel_gap": number("rel_gap", self.rel_gap, 0, LARGEST_GAP),
            "threads": whole("threads", self.threads, 1, LARGEST_INTEGER),
            "seed": whole("seed", self.seed, 0, LARGEST_INTEGER),
        }
        if self.time_limit is not None:
            checked["time_limit"] = number("time_limit", self.time_limit, 0, above=True)
        for option, value in checked.items():
            object.__setattr__(self, option, value)

    @classmethod
    def take(cls, options: MutableMapping[str, Any]) -> RunOptions:
        """Take those of `SolverOptions` out of the keywords of a function.

        Raises
        ------
        InputError
            One is out of its range.
        """
        return cls(**taken(options, SOLVER_OPTIONS))

    @property
    def settings(self) -> dict[str, Any]:
        """The limits, for results."""
        return {"time_limit": self.time_limit, "rel_gap": self.rel_gap, "threads": self.threads}

    @property
    def remaining(self) -> float | None:
        """Seconds left of the time limit, at least 0; None without one."""
        if self.time_limit is None:
            return None
        return max(0.0, self.time_limit - self.clock.seconds)

    @property
    def out_of_time(self) -> bool:
        """Whether the time limit is reached."""
        return self.remaining == 0.0


#: The options of solving that functions have.
SOLVER_OPTIONS = tuple(SolverOptions.__annotations__)
