"""Importing a solver, with a message that tells what to install; and its known faults.

No import of a solver counts as running time of a method (`chemopt.execution.clock`).
"""

from __future__ import annotations

import functools
import importlib
import re
import threading
from importlib import metadata
from typing import Any

from chemopt.errors import SolverError
from chemopt.execution.clock import loading

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
        with loading(), _IMPORTING:
            _refuse_broken(distribution, metadata.version(distribution))
            return importlib.import_module(module or distribution)
    except (ImportError, metadata.PackageNotFoundError) as error:
        raise SolverError(
            f"{distribution} cannot be imported ({error}); chemopt needs it: "
            "pip install --upgrade chemopt"
        ) from error


def load_highs() -> Any:
    """Import what builds, compiles and solves a Pyomo model; return HiGHS's module."""
    _load_models()
    with loading(), _IMPORTING:
        _complete_pyomo()
    return load("highspy")


def load_cp_sat() -> Any:
    """Import what builds and solves a model of CP-SAT; return CP-SAT's module."""
    _load_models()
    return load("ortools", "ortools.sat.python.cp_model")


def load_max_flow() -> Any:
    """Import what builds and solves a minimum cut; return the module of the maximum flow."""
    _load_models()
    return load("ortools", "ortools.graph.python.max_flow")


def _load_models() -> None:
    load("pyomo", "pyomo.environ")
    with loading(), _IMPORTING:
        importlib.import_module("chemopt_models")


@functools.cache
def _complete_pyomo() -> None:
    """Compile a small model: Pyomo leaves imports of its own until then."""
    import pyomo.environ as pyo
    from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 1))
    model.row = pyo.Constraint(expr=model.x <= 1)
    model.objective = pyo.Objective(expr=model.x)
    LinearStandardFormCompiler().write(model, mixed_form=True)


def _refuse_broken(distribution: str, version: str) -> None:
    broken, reason = _BROKEN_FROM.get(distribution, (None, ""))
    if broken is not None and _numbers(version) >= broken:
        raise SolverError(
            f"{distribution} {version} {reason}; install '{distribution}<"
            f"{'.'.join(map(str, broken))}'"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", version)[:2])
