"""How a coverage problem is solved: the methods by name, in the manner of `chemopt.methods`.

Each has ``solve(problem, run) -> MethodOutcome``; `claimed_loss` and `bound` of such an outcome are
the value and an upper bound of it, in items.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, get_args

from chemopt.execution.clock import loading
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome
from chemopt.selection.problem import CoverageProblem

CoverageMethod = Literal["auto", "exact", "highs", "cp-sat", "greedy", "swap"]
COVERAGE_METHODS: tuple[CoverageMethod, ...] = get_args(CoverageMethod)


@dataclass(frozen=True)
class _Method:
    """A module of `chemopt.selection.coverage`, and its function."""

    module: str
    function: str = "solve"


_METHODS: dict[CoverageMethod, _Method] = {
    "auto": _Method("branch_and_bound"),
    "exact": _Method("branch_and_bound"),
    "highs": _Method("mip", "solve_highs"),
    "cp-sat": _Method("mip", "solve_cp_sat"),
    "greedy": _Method("greedy"),
    "swap": _Method("swap"),
}


def solve_coverage(
    problem: CoverageProblem, method: CoverageMethod, run: RunOptions
) -> MethodOutcome:
    """Solve a coverage problem by a method; modules are imported when first used."""
    of = _METHODS[method]
    with loading():
        module = import_module(f"chemopt.selection.coverage.{of.module}")
    solve: Callable[[CoverageProblem, RunOptions], MethodOutcome] = getattr(module, of.function)
    return solve(problem, run)
