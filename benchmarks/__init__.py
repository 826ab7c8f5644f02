"""Benchmarks: ``python -m benchmarks NAME``, a module for each name.

Figures go with the machine they were measured on, so every table comes with it.
"""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from chemopt.execution.executors import PROCESSES, open_executor
from chemopt.versions import versions

Value = TypeVar("Value")


def machine() -> str:
    """Return the machine and the versions in one line.

    Examples
    --------
    >>> "chemopt" in machine()
    True
    """
    installed = versions()
    return (
        f"{installed['system']}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"NumPy {installed['numpy']}, chemopt {installed['chemopt']}"
    )


def peak_mb() -> float:
    """Return the peak memory of this process in MB; NaN where the system does not say."""
    # On Linux getrusage also counts what the process was before it became this program.
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    try:
        import resource
    except ImportError:  # not on Windows
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(function: Callable[..., Value], *arguments: Any, seconds: float | None = None) -> Value:
    """Call an importable function in a new process, so that its peak of memory is its own.

    Raises
    ------
    concurrent.futures.TimeoutError
        It took more than `seconds`; the process is ended.
    WorkerDiedError
        The process ended before the call did.
    Exception
        Whatever the function raises.
    """
    with open_executor(PROCESSES, workers=1) as engine:
        return engine.submit(function, *arguments).result(seconds)
