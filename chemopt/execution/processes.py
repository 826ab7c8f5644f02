"""Local worker processes, each with a thread here that feeds it.

`concurrent.futures.ProcessPoolExecutor` cannot say which of the calls in progress ended a worker:
all of them fail, and so does the pool. Here a worker that dies fails the one call it was at, and
the next call gets a new worker. Workers are started as programs of their own, not forked: so a
script needs no ``if __name__ == "__main__"``, and Ctrl-C does not reach them. Only importable
functions can be called.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from chemopt.errors import InputError, SolverError
from chemopt.execution.worker import load
from chemopt.validation import number, whole

Value = TypeVar("Value")
# What Python, NumPy, pandas and a solver map before any work is about 2 GB with two BLAS threads.
SMALLEST_MEMORY = 1.0
GB = 2**30


class WorkerDiedError(SolverError):
    """A worker process ended in the middle of a call; the message says how."""


class ProcessExecutor(Executor):
    """Call functions in local processes.

    Parameters
    ----------
    workers : int, optional
        Number of processes; as many as processors if not given.
    memory_limit : float, optional
        Largest address space of each, in GB (``RLIMIT_AS``); beyond it, a call ends with a
        MemoryError, or its worker dies.

    Raises
    ------
    InputError
        An option is not valid, or the system has no such limit.
    """

    def __init__(self, workers: int | None = None, memory_limit: float | None = None) -> None:
        self.workers = whole("workers", workers or os.cpu_count() or 1, 1, 10_000)
        self._limit = None
        if memory_limit is not None:
            self._limit = int(GB * number("memory_limit", memory_limit, SMALLEST_MEMORY))
            if sys.platform == "win32":
                raise InputError("memory_limit needs RLIMIT_AS, which Windows lacks")
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="chemopt-worker")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._running: set[_Worker] = set()
        self._ended = False

    def submit(self, fn: Callable[..., Value], /, *args: Any, **kwargs: Any) -> Future[Value]:
        """Call an importable function in a worker; one that dies is a `WorkerDiedError`."""
        return self._threads.submit(self._call, fn, args, kwargs)

    def load(self, fn: Callable[..., Any], /, *args: Any) -> None:
        """Start the workers, and let each import what a call needs; return when all have."""
        wait([self._threads.submit(self._call, load, (fn, *args), {}) for _ in range(self.workers)])

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers; with `cancel_futures`, also those in the middle of a call."""
        self._threads.shutdown(wait=wait and not cancel_futures, cancel_futures=cancel_futures)
        with self._lock:
            self._ended = cancel_futures or wait
            running = set(self._running) if self._ended else set()
        for worker in running:
            worker.end()
        if cancel_futures and wait:
            self._threads.shutdown(wait=True)

    def _call(self, fn: Callable[..., Value], args: Any, kwargs: Any) -> Value:
        worker = getattr(self._own, "worker", None) or self._start()
        try:
            value: Value = worker.call(fn, args, kwargs)
        except WorkerDiedError:
            del self._own.worker
            with self._lock:
                self._running.discard(worker)
            raise
        return value

    def _start(self) -> _Worker:
        with self._lock:
            if self._ended:
                raise WorkerDiedError("the executor is shut down")
            worker = _Worker(self._limit)
            self._running.add(worker)
        self._own.worker = worker
        return worker


class _Worker:
    """A process that calls functions; see `chemopt.execution.worker`."""

    def __init__(self, limit: int | None) -> None:
        # What it writes to stderr, as a C++ library does before it aborts, says why it died.
        self._log = tempfile.TemporaryFile("a+b")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chemopt.execution.worker", str(os.getpid()), str(limit or "")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # so that Ctrl-C does not reach it
        )

    def call(self, fn: Callable[..., Value], args: Any, kwargs: Any) -> Value:
        data = pickle.dumps((fn, args, kwargs))  # an error of pickling leaves the worker alone
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._log.truncate(0)
            self._process.stdin.write(data)
            self._process.stdin.flush()
            done, value = pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            reason = self._reason()
            self.end()
            raise WorkerDiedError(reason) from None
        if not done:
            raise value
        result: Value = value
        return result

    def end(self) -> None:
        """End the process whatever it does."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            with contextlib.suppress(OSError, ValueError):
                stream.close()  # type: ignore[union-attr]

    def _reason(self) -> str:
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "the worker's answer could not be read"
        how = f"ended with exit code {code}"
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            how = f"was killed by {name}"
            if name == "SIGKILL":
                how += " (by the system when memory runs out, or by hand)"
        with contextlib.suppress(OSError, ValueError):
            self._log.seek(0)
            lines = self._log.read().decode(errors="replace").strip().splitlines()
            if lines:
                how += f": {lines[-1].strip()[:200]}"
        return f"the worker {how}"
