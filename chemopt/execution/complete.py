"""Carry out calls through an executor, and yield each result as soon as it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from dataclasses import dataclass, replace
from typing import Any

from chemopt.errors import SolverError
from chemopt.execution.deadline import Deadline
from chemopt.execution.executors import SerialExecutor, worker_count
from chemopt.execution.processes import WorkerDiedError

# Calls submitted for each worker: one that runs, and one that waits for it to be done.
_AHEAD = 2


@dataclass(frozen=True)
class Call:
    """A call of a function, and how it ended.

    Attributes
    ----------
    key : str
    args : tuple
    attempts : int
        How often it was begun.
    value : object
        What it returned; None if it failed.
    error : Exception or None
        What it raised: `WorkerDiedError` for a worker that died.
    """

    key: str
    args: tuple[Any, ...]
    attempts: int = 0
    value: Any = None
    error: Exception | None = None


def complete(
    function: Callable[..., Any],
    calls: Iterable[Call],
    executor: Executor,
    *,
    deadline: Deadline | None = None,
    retry: Callable[[Call], bool] = lambda call: False,
    before: Callable[[Call], Call] = lambda call: call,
) -> Iterator[Call]:
    """Carry out calls in any order; those in progress at the deadline are given up.

    Parameters
    ----------
    function : callable
        Importable, for executors with processes of their own.
    calls : iterable of Call
        Taken as workers become free.
    executor : Executor
    deadline : Deadline, optional
    retry : callable
        Says of a call that failed or returned whether to begin it once more.
    before : callable
        Returns the call as it is to be submitted.

    Yields
    ------
    Call
        As soon as it is done.

    Raises
    ------
    SolverError
        The executor broke down.
    """
    deadline = deadline or Deadline()
    waiting, again = iter(calls), list[Call]()
    running: dict[Future[Any], Call] = {}
    try:
        while True:
            # The workers of a cluster come and go.
            while len(running) < _most_in_hand(executor) and not deadline.passed:
                call = again.pop() if again else next(waiting, None)
                if call is None:
                    break
                call = before(replace(call, attempts=call.attempts + 1))
                running[_submitted(executor, function, call)] = call
            if not running or (deadline.passed and not any(map(Future.done, running))):
                return
            done, _ = wait(running, timeout=deadline.remaining, return_when=FIRST_COMPLETED)
            for future in done:
                call = _ended(running.pop(future), future)
                if retry(call):
                    again.append(replace(call, value=None, error=None))
                else:
                    yield call
    finally:
        for future in running:
            future.cancel()


def _most_in_hand(executor: Executor) -> int:
    if isinstance(executor, SerialExecutor):
        return 1  # it is done when it is submitted
    return _AHEAD * worker_count(executor)


def _submitted(executor: Executor, function: Callable[..., Any], call: Call) -> Future[Any]:
    try:
        return executor.submit(function, *call.args)
    except BrokenExecutor as error:
        raise _broken(error) from error


def _ended(call: Call, future: Future[Any]) -> Call:
    try:
        return replace(call, value=future.result())
    except (BrokenExecutor, CancelledError) as error:
        raise _broken(error) from error
    except Exception as error:
        return replace(call, error=_named(error))


def _named(error: Exception) -> Exception:
    """Return the error, that of Dask for a call that ended its workers as one of ours."""
    if type(error).__name__ == "KilledWorker":
        return WorkerDiedError("the Dask workers that tried it died, one after the other")
    return error


def _broken(error: BaseException) -> SolverError:
    what = str(error) or "the calls in progress were cancelled"
    return SolverError(f"the executor broke down: {what}")
