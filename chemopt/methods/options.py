"""The options that every method understands, and the clock of a run.

A method's own options are a small dataclass beside the method: `HillClimbOptions` in
`chemopt.methods.local_search.hill_climb`, `MipOptions` in `chemopt.methods.mip.formulations`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chemopt.execution.clock import Stopwatch
from chemopt.validation import number, whole

# What solvers take.
LARGEST_INTEGER = 2**31 - 1
LARGEST_GAP = 1.0


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
