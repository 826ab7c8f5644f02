"""Importing a solver, with a message that tells what to install; and its known faults."""

from __future__ import annotations

import importlib
import re
import threading
from importlib import metadata
from typing import Any

from chemopt.errors import SolverError

# First version of a solver that is known to be wrong, and why.
_BROKEN_FROM = {
    "highspy": ((1, 14), "returns wrong optima after presolve"),
    "ortools": ((9, 15), "returns wrong optima after presolve"),
}


# Pyomo's and OR-Tools' packages do not stand being imported by two threads at once.
_IMPORTING = threading.RLock()


def load(distribution: str, module: str | None = None) -> Any:
    """Import a solver's module.

    Raises
    ------
    SolverError
        It is not installed, cannot be imported, or is a version known to be wrong.
    """
    try:
        version = metadata.version(distribution)
        _refuse_broken(distribution, version)
        with _IMPORTING:
            return importlib.import_module(module or distribution)
    except (ImportError, metadata.PackageNotFoundError) as error:
        raise SolverError(
            f"{distribution} cannot be imported ({error}); chemopt needs it: "
            "pip install --upgrade chemopt"
        ) from error


def _refuse_broken(distribution: str, version: str) -> None:
    broken, reason = _BROKEN_FROM.get(distribution, (None, ""))
    if broken is not None and _numbers(version) >= broken:
        raise SolverError(
            f"{distribution} {version} {reason}; install '{distribution}<"
            f"{'.'.join(map(str, broken))}'"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", version)[:2])
