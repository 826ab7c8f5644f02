"""The best ensemble so far, with ties broken by mean accuracy and then by name."""

from __future__ import annotations

from collections.abc import Sequence

from chemopt.methods.options import RunOptions
from chemopt.selection.coverage.instance import Instance


class Incumbent:
    """The best feasible ensemble that a search has seen.

    Attributes
    ----------
    chosen : tuple of int or None
        By the instance's numbers.
    value : float
        −∞ without one.
    history : list of (seconds, value)
        Each better value.
    """

    def __init__(self, instance: Instance, run: RunOptions) -> None:
        self._instance, self._clock = instance, run.clock
        self.chosen: tuple[int, ...] | None = None
        self.value = -float("inf")
        self.history: list[tuple[float, float]] = []

    def offer(self, chosen: Sequence[int], value: float | None = None) -> None:
        """Take an ensemble if it is better, and feasible.

        Parameters
        ----------
        chosen : sequence of int
        value : float, optional
            Its value, up to rounding; computed if not given.
        """
        tie = self._instance.tie
        if value is not None and value < self.value - tie:
            return
        members = tuple(sorted(int(i) for i in chosen))
        if not self._instance.is_feasible(members):
            return
        value = self._instance.value(members)
        if self.chosen is None or value > self.value + tie:
            self.history.append((self._clock.seconds, value))
        elif value < self.value - tie or not self._wins_tie(members):
            return
        self.chosen, self.value = members, value

    def _wins_tie(self, members: tuple[int, ...]) -> bool:
        assert self.chosen is not None
        ours, theirs = map(self._instance.mean_accuracy, (members, self.chosen))
        return ours > theirs or (ours == theirs and members < self.chosen)
