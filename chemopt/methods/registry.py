"""The methods by name: where each is, whether it proves optima, and which options are its own.

Each method is a module with a function ``solve(problem, run) -> MethodOutcome``, or, where it has
options of its own, ``solve(problem, run, options) -> MethodOutcome``. It says what ensemble it has
and what bound it can prove; `chemopt.recommend` checks and reports that. To add a method, write the
module and add its name to `MethodName` and `METHODS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, TypeAlias, get_args

from chemopt.errors import InputError
from chemopt.execution.clock import loading
from chemopt.methods.local_search.hill_climb import HillClimbOptions
from chemopt.methods.mip.formulations import MipOptions
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome
from chemopt.methods.solvers import load_cp_sat, load_highs, load_max_flow
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import instance_of

MethodOptions: TypeAlias = HillClimbOptions | MipOptions
MethodName = Literal[
    "auto", "hill-climb", "multi-start", "annealing", "tabu", "exact", "highs", "cp-sat",
    "min-cut", "brute-force", "performance", "random",
]  # fmt: skip


@dataclass(frozen=True)
class Method:
    """A way of solving a selection problem.

    Attributes
    ----------
    module : str
        Below `chemopt.methods`. It is imported when first used, since a solver's import takes a
        good part of a second.
    proves : bool
        Whether it can prove an optimum.
    options : type or None
        The class of its own options.
    loads : callable or None
        Imports its solver, where it always needs one.
    ties_by_accuracy : bool
        Whether `recommend` breaks ties between ensembles of equal loss by accuracy. Not those of
        the published method, which has its own rule, and not those of a draw.
    """

    module: str
    proves: bool
    options: type[HillClimbOptions] | type[MipOptions] | None = None
    ties_by_accuracy: bool = True
    loads: Callable[[], Any] | None = None


METHODS: dict[MethodName, Method] = {
    "auto": Method("exact.auto", proves=True),
    "hill-climb": Method(
        "local_search.hill_climb", proves=False, options=HillClimbOptions, ties_by_accuracy=False
    ),
    "multi-start": Method("local_search.multi_start", proves=False),
    "annealing": Method("local_search.annealing", proves=False),
    "tabu": Method("local_search.tabu", proves=False),
    "exact": Method("exact.branch_and_bound", proves=True),
    "highs": Method("mip.highs", proves=True, options=MipOptions, loads=load_highs),
    "cp-sat": Method("mip.cp_sat", proves=True, options=MipOptions, loads=load_cp_sat),
    "min-cut": Method("exact.min_cut", proves=True, loads=load_max_flow),
    "brute-force": Method("exact.brute_force", proves=True),
    "performance": Method("baselines.performance", proves=False),
    "random": Method("baselines.random", proves=False, ties_by_accuracy=False),
}
# What the others are to be better than: neither searches for the least loss.
BASELINES: tuple[MethodName, ...] = ("performance", "random")
HEURISTICS = tuple(name for name, method in METHODS.items() if not method.proves)


def run_method(
    name: MethodName,
    problem: ChemistryProblem,
    run: RunOptions,
    options: MethodOptions | None = None,
) -> MethodOutcome:
    """Run a method; without `options`, with the defaults of its own."""
    method, module = METHODS[name], load_method(name)
    outcome: MethodOutcome
    if method.options is None:
        outcome = module.solve(problem, run)
    else:
        outcome = module.solve(problem, run, options or method.options())
    return outcome


def load_method(name: MethodName) -> Any:
    """Import a method and the solver that it needs: what is not to count as its running time."""
    method = METHODS[name]
    with loading():
        module = import_module(f"chemopt.methods.{method.module}")
        if method.loads is not None:
            method.loads()
    return module


def method_for(name: MethodName, options: MethodOptions | None) -> MethodName:
    """Return the method to run: the one asked for, if the options are its own.

    ``"auto"`` is the first method that proves optima and has these options: with `MipOptions`,
    ``"highs"``.

    Raises
    ------
    InputError
        The method has no use for the options; the message names those that have.
    """
    if options is None:
        return name
    hint = "method options are HillClimbOptions(...) or MipOptions(...)"
    instance_of("options must be of the method's own class", options, get_args(MethodOptions), hint)
    takers = methods_with(type(options))
    if name in takers:
        return name
    provers = [taker for taker in takers if METHODS[taker].proves]
    if name == "auto" and provers:
        return provers[0]
    raise InputError(f"method {name!r} does not take {type(options).__name__}; {_listed(takers)}")


def methods_with(kind: type) -> list[MethodName]:
    """Return the methods whose own options are of a class."""
    return [name for name, method in METHODS.items() if method.options is kind]


def _listed(names: list[MethodName]) -> str:
    quoted = " and ".join(repr(name) for name in names)
    return f"{quoted} {'does' if len(names) == 1 else 'do'}"
