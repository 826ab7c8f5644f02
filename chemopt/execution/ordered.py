"""Calls in processes, whose results are taken in the order of the calls.

What is called next may depend on the results so far. If these were taken as they come, an answer
would depend on which process was faster; taken in the order of the calls, it depends on nothing but
how many calls are in progress at once. It does not matter where a call runs, either: processes,
which take about a second to start, are not started before `START_AFTER` seconds of work, and until
then a call runs here when its result is asked for. Their start counts as loading
(`chemopt.execution.clock`).

Processes, not threads: the arrays of a search are so small that it holds Python's lock for a large
part of its time (43 % of it in branch and bound over 100 variables, more in local search).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chemopt.execution.clock import loading
from chemopt.execution.processes import ProcessExecutor

Value = TypeVar("Value")

# Calls in progress for each worker: with one alone, a long call would leave the other workers idle.
CALLS_PER_WORKER = 4
# Seconds of work here before processes are started.
START_AFTER = 1.0
# Seconds from one look at whether to stop to the next.
_POLL = 0.05


@dataclass
class _Call(Generic[Value]):
    fn: Callable[..., Value]
    args: tuple[Any, ...]
    here: Callable[[], Value] | None
    future: Future[Value] | None = None


class OrderedCalls(Generic[Value]):
    """A queue of calls: a context manager, whose end also ends what still runs.

    Parameters
    ----------
    workers : int
        Processes.
    start_after : float, optional
        Seconds of work here before they are started; `START_AFTER` by default.

    Examples
    --------
    >>> with OrderedCalls(2) as calls:
    ...     for k in (3, -1, 2):
    ...         calls.submit(abs, k)
    ...     [calls.next() for _ in range(len(calls))]
    [3, 1, 2]
    """

    def __init__(self, workers: int, start_after: float | None = None) -> None:
        self._workers = workers
        self._start_after = START_AFTER if start_after is None else start_after
        self._began = time.perf_counter()
        self._executor: ProcessExecutor | None = None
        self._queue: deque[_Call[Value]] = deque()

    def __enter__(self) -> OrderedCalls[Value]:
        """Start nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes, whatever they do."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def __len__(self) -> int:
        """Return how many calls have results that were not taken."""
        return len(self._queue)

    @property
    def has_room(self) -> bool:
        """Whether there is use for another call: there are fewer than `CALLS_PER_WORKER` each."""
        return len(self._queue) < CALLS_PER_WORKER * self._workers

    def submit(
        self, fn: Callable[..., Value], *args: Any, here: Callable[[], Value] | None = None
    ) -> None:
        """Ask for a call of an importable function, in a process or here.

        Parameters
        ----------
        fn, *args
            What a process calls.
        here : callable, optional
            What is called here, to the same effect: it may look at whether to stop.
        """
        self._queue.append(_Call(fn, args, here))
        self._start()

    def next(self, stop: Callable[[], bool] = lambda: False) -> Value | None:
        """Wait for the oldest call and return its result; None if `stop` returned True before.

        Raises
        ------
        Exception
            What the call raised.
        WorkerDiedError
            Its process was killed.
        """
        self._start()
        oldest = self._queue[0]
        if oldest.future is None:
            self._queue.popleft()
            return oldest.fn(*oldest.args) if oldest.here is None else oldest.here()
        while not wait([oldest.future], timeout=_POLL).done:
            if stop():
                return None
        self._queue.popleft()
        return oldest.future.result()

    def _start(self) -> None:
        """Let processes have the calls, if it is time."""
        if time.perf_counter() - self._began < self._start_after:
            return
        if self._executor is None:
            self._executor = ProcessExecutor(self._workers)
            with loading():
                self._executor.load(self._queue[0].fn, *self._queue[0].args)
        for call in self._queue:
            if call.future is None:
                call.future = self._executor.submit(call.fn, *call.args)
