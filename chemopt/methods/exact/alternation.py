"""Alternation: two searches in two threads, of which one runs at a time.

Each says how much work it has done whenever it can be paused, and when its slice of work is used up
the other goes on. Work is counted, not timed, so the order of events does not depend on the machine
or on what else it does, and a search that is paused loses nothing.
"""

from __future__ import annotations

import threading


class Turns:
    """Who may run.

    Parameters
    ----------
    slices : tuple of (float, float)
        Work of player 0 and of player 1 in a turn.
    first : float
        Work of player 0 in the first turn.

    Examples
    --------
    >>> turns = Turns((1.0, 2.0), first=0.5)
    >>> turns.spend(0, 0.25)  # its turn goes on
    >>> turns.leave(1)
    >>> turns.spend(0, 99.0)  # and there is nobody else
    """

    def __init__(self, slices: tuple[float, float], first: float) -> None:
        self._slices = slices
        self._changed = threading.Condition()
        self._player, self._left = 0, first
        self._gone: set[int] = set()

    def share(self, slices: tuple[float, float]) -> None:
        """Change the slices, from the next turn on."""
        with self._changed:
            self._slices = slices

    def wait(self, player: int) -> None:
        """Wait for a player's turn."""
        with self._changed:
            while self._player != player:
                self._changed.wait()

    def spend(self, player: int, work: float) -> None:
        """Count work of the player whose turn it is; return when it may go on."""
        with self._changed:
            self._left -= work
            if self._left > 0 or 1 - player in self._gone:
                return
            self._pass_on(1 - player)
        self.wait(player)

    def leave(self, player: int) -> None:
        """Take a player out; from now on the other one runs."""
        with self._changed:
            self._gone.add(player)
            if 1 - player not in self._gone:
                self._pass_on(1 - player)

    def _pass_on(self, player: int) -> None:
        self._player, self._left = player, self._slices[player]
        self._changed.notify_all()
