"""One time limit for everything that a call does."""

from __future__ import annotations

import time
from dataclasses import dataclass

from chemopt.validation import number


@dataclass(frozen=True)
class Deadline:
    """A moment at which a call has to end, shared by all that it does.

    Attributes
    ----------
    ends : float or None
        In seconds of `time.monotonic`, which no change of the clock moves; None without a limit.
    """

    ends: float | None = None

    @classmethod
    def after(cls, seconds: float | None, option: str = "time_limit") -> Deadline:
        """Return the deadline some seconds from now; None never ends.

        Raises
        ------
        InputError
            The number is not above 0; the message names the option.

        Examples
        --------
        >>> Deadline.after(None).remaining is None
        True
        """
        if seconds is None:
            return cls()
        return cls(time.monotonic() + number(option, seconds, 0, above=True))

    @property
    def remaining(self) -> float | None:
        """Seconds left, at least 0; None without a limit."""
        return None if self.ends is None else max(0.0, self.ends - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining == 0.0

    def within(self, seconds: float | None) -> float | None:
        """Return a limit in seconds that also ends with this deadline; None without either."""
        remaining = self.remaining
        if seconds is None or remaining is None:
            return remaining if seconds is None else seconds
        return min(seconds, remaining)
