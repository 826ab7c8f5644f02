"""One time limit for everything that a call does."""

from __future__ import annotations

from dataclasses import dataclass

from chemopt.execution.clock import now
from chemopt.validation import number

# Solvers refuse a time limit of 0.
LEAST_SECONDS = 1e-3


@dataclass(frozen=True)
class Deadline:
    """A moment at which a call has to end, shared by all that it does.

    Attributes
    ----------
    ends : float or None
        In seconds of `chemopt.execution.clock.now`; None without a limit.
    """

    ends: float | None = None

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        """Return the deadline some seconds from now; None never ends.

        Raises
        ------
        InputError
            The number is not above 0.

        Examples
        --------
        >>> Deadline.after(None).remaining is None
        True
        """
        if seconds is None:
            return cls()
        return cls(now() + number("time_limit", seconds, 0, above=True))

    @property
    def remaining(self) -> float | None:
        """Seconds left, at least 0; None without a limit."""
        return None if self.ends is None else max(0.0, self.ends - now())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining == 0.0

    @property
    def time_limit(self) -> float | None:
        """What is left as a time limit of a solve, which is never quite 0."""
        remaining = self.remaining
        return None if remaining is None else max(remaining, LEAST_SECONDS)

    def part(self, share: float) -> Deadline:
        """Return the deadline of what may take a share of the time that is left."""
        remaining = self.remaining
        return self if remaining is None else Deadline(now() + share * remaining)
