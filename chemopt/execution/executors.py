"""Executors by name: this process, local processes, or the workers of a Dask cluster.

All are `concurrent.futures.Executor`, and any other one can be given instead, as one of MPI.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, TypeVar

from chemopt.errors import InputError
from chemopt.execution.processes import ProcessExecutor
from chemopt.validation import instance_of, shown

Value = TypeVar("Value")
SERIAL, PROCESSES = "serial", "processes"
EXECUTORS_HELP = "serial, processes, or the address of a Dask scheduler, as tcp://HOST:8786"
_ADDRESS = re.compile(r"([a-z]+://)?[^/\s]+:\d+")


class SerialExecutor(Executor):
    """Call each function when it is submitted, in this process."""

    workers = 1

    def submit(self, fn: Callable[..., Value], /, *args: Any, **kwargs: Any) -> Future[Value]:
        """Call the function and return its result; Ctrl-C is passed on."""
        future: Future[Value] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def open_executor(
    executor: str | Executor | None = None,
    workers: int | None = None,
    memory_limit: float | None = None,
) -> Iterator[Executor]:
    """Open an executor for a ``with`` block, whose end also ends what it still runs.

    Parameters
    ----------
    executor : {"serial", "processes"} or str or Executor, optional
        ``"serial"`` (the default): here, one after the other. ``"processes"``: processes of this
        machine. The address of a Dask scheduler: its workers. An executor of your own is used as
        it is, and left open.
    workers : int, optional
        Number of processes; as many as processors if not given. For ``"processes"`` only.
    memory_limit : float, optional
        Largest address space of a process, in GB. For ``"processes"`` only.

    Raises
    ------
    InputError
        There is no such executor, or no scheduler at the address; its workers have other
        versions; an option is not valid, or not one of this executor.
    SolverError
        Dask is not installed.
    """
    if executor is None:
        executor = SERIAL
    instance_of("executor must be a name or an Executor", executor, (str, Executor))
    for option, value in (("workers", workers), ("memory_limit", memory_limit)):
        if value is not None and executor != PROCESSES:
            raise InputError(f"{option} is an option of the executor 'processes' only")
    if isinstance(executor, Executor):
        yield executor
        return
    opened: Executor
    if executor == SERIAL:
        opened = SerialExecutor()
    elif executor == PROCESSES:
        opened = ProcessExecutor(workers, memory_limit)
    elif _ADDRESS.fullmatch(executor):
        from chemopt.execution.dask_cluster import DaskExecutor

        opened = DaskExecutor(executor)
    else:
        raise InputError(f"executor must be {EXECUTORS_HELP}, not {shown(executor)}")
    try:
        yield opened
    finally:
        opened.shutdown(wait=True, cancel_futures=True)


def worker_count(executor: Executor) -> int:
    """Return how many functions an executor can run at once, as far as it says."""
    for name in ("workers", "_max_workers"):
        count = getattr(executor, name, None)
        if isinstance(count, int):
            return max(1, count)
    return os.cpu_count() or 1
