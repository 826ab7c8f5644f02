"""The time of a report, shared out among its sections."""

from __future__ import annotations

from collections.abc import Callable

from chemopt.execution.deadline import Deadline

Progress = Callable[[str, int, int], None]


class OutOfTime(Exception):
    """The share of a section is used up."""


class Share:
    """What one section may take.

    Parameters
    ----------
    what : str
        For the progress that is shown.
    deadline : Deadline
    progress : callable, optional
        Called with `what`, the steps done and the steps in all.
    """

    def __init__(self, what: str, deadline: Deadline, progress: Progress | None = None) -> None:
        self._what, self._deadline, self._progress = what, deadline, progress

    @property
    def remaining(self) -> float | None:
        """Seconds that are left, never quite 0, which solvers refuse; None without a limit."""
        return self._deadline.time_limit

    @property
    def used_up(self) -> bool:
        """Whether no time is left."""
        return self._deadline.passed

    def part(self, share: float) -> float | None:
        """Return a part of the seconds that are left, never quite 0."""
        return self._deadline.part(share).time_limit

    def show(self, done: int, total: int) -> None:
        """Show how far a computation is."""
        if self._progress is not None:
            self._progress(self._what, done, total)

    def tick(self, done: int, total: int) -> None:
        """Show how far a computation is, and stop it if its time is over.

        Raises
        ------
        OutOfTime
            There is more to do, and no time.
        """
        self.show(done, total)
        if done < total and self.used_up:
            raise OutOfTime


class Clock:
    """The time of the whole report.

    What a section leaves is for those after it.

    Parameters
    ----------
    seconds : float or None
        None for no limit.
    weights : dict
        Of each section; its share is its weight among those of the sections still to come.
    progress : callable, optional
        As for `Share`.
    """

    def __init__(
        self, seconds: float | None, weights: dict[str, float], progress: Progress | None = None
    ) -> None:
        self._deadline = Deadline.after(seconds)
        self._weights, self._progress = dict(weights), progress

    def share(self, key: str, what: str) -> Share:
        """Return the share of the next section."""
        to_come = sum(self._weights.values())
        weight = self._weights.pop(key)
        deadline = self._deadline.part(weight / to_come if weight else 0.0)
        return Share(what, deadline, self._progress)
