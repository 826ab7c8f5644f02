"""The clock of runtimes and of the time limits of a solve.

It stands still while modules are imported: the import of a solver takes up to seconds in a fresh
process and none later, and is not part of what a method does.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar

# What results call the parts of the time that they took, in this order.
PARTS = ("solve", "shrinkage", "held_out", "baselines", "loading")
SOLVE, SHRINKAGE, HELD_OUT, BASELINES, LOADING = PARTS


def now() -> float:
    """Return the seconds of a clock that no change of the time of day moves."""
    return time.perf_counter()


class Stopwatch:
    """Seconds since it was made, without those in which modules were loaded.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> with watch.running(), loading():
    ...     import statistics
    >>> 0 <= watch.seconds < 60, watch.loading >= 0
    (True, True)
    """

    def __init__(self) -> None:
        self._began = now()
        self._held: float | None = None  # since when it stands still
        self.loading = 0.0

    @property
    def seconds(self) -> float:
        """Seconds by now."""
        return (now() if self._held is None else self._held) - self._began - self.loading

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let this stopwatch stand still whenever the code within loads modules."""
        token = _RUNNING.set((*_RUNNING.get(), self))
        try:
            yield
        finally:
            _RUNNING.reset(token)

    def hold(self) -> bool:
        """Stand still; return False if it does already."""
        if self._held is not None:
            return False
        self._held = now()
        return True

    def go_on(self) -> None:
        """Run again."""
        if self._held is not None:
            self.loading += now() - self._held
            self._held = None


# A thread begins without any; one that works for another is started in a copy of its context.
_RUNNING: ContextVar[tuple[Stopwatch, ...]] = ContextVar("_RUNNING", default=())


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Let the stopwatches that run stand still while modules are imported."""
    held = [watch for watch in _RUNNING.get() if watch.hold()]
    try:
        yield
    finally:
        for watch in held:
            watch.go_on()


@contextlib.contextmanager
def timed(timings: dict[str, float], part: str) -> Iterator[Stopwatch]:
    """Add the seconds of what is done within to a part of some timings, and those of imports.

    Examples
    --------
    >>> timings = {}
    >>> with timed(timings, HELD_OUT) as watch:
    ...     pass
    >>> list(timings)
    ['held_out', 'loading']
    """
    watch = Stopwatch()
    with watch.running():
        yield watch
    before = dict(timings)
    before[part] = before.get(part, 0.0) + watch.seconds
    before[LOADING] = before.get(LOADING, 0.0) + watch.loading
    timings.clear()
    timings.update((name, before[name]) for name in PARTS if name in before)


def timings_text(timings: Mapping[str, float]) -> str:
    """Return timings for reading.

    Examples
    --------
    >>> timings_text({"solve": 0.294, "held_out": 1.5})
    'solve 0.29 s, held out 1.50 s'
    """
    return ", ".join(f"{part.replace('_', ' ')} {s:.2f} s" for part, s in timings.items())
