"""``python -m benchmarks formulations``: formulations side by side.

For each: the number of columns and rows, the bound of its linear relaxation (before any branching)
with its distance to the best loss known, and how long HiGHS or CP-SAT takes to prove the optimum,
in how many nodes. For the fixed-cardinality RLT (``"rlt"``) size and bound are those of the
ensemble size with the least bound, triangle inequalities included, and nodes are those of
chemopt's own branching.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence

import pandas as pd

from benchmarks.cases import FAMILIES, Case
from benchmarks.emitting import emit_runs
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable
from chemopt.errors import SolverError
from chemopt.frames import frame_text, percent
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.mip.formulations import (
    CP_SAT_FORMULATIONS,
    FORMULATIONS,
    Formulation,
    MipOptions,
    build_formulation,
)
from chemopt.methods.options import RunOptions
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation
from chemopt.methods.registry import MethodName
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import choice, number, whole

NAME = "formulations"
HELP = "Root bound, time, nodes and size of every formulation on the same problems."
# HiGHS and CP-SAT with their own defaults would stop short of a proof; `recommend` sets gaps to 0
SOLVED: list[tuple[MethodName, Formulation]] = [
    *(("highs", name) for name in FORMULATIONS),
    *(("cp-sat", name) for name in CP_SAT_FORMULATIONS),
]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--sizes", type=options.wholes, default=[12, 20, 30], help="numbers of models (12,20,30)"
    )
    parser.add_argument(
        "--alphas", type=options.numbers, default=[0.5, 0.8, 1.0], help="values of α (0.5,0.8,1)"
    )
    parser.add_argument("--families", default="chemistry,uniform", help=f"of {', '.join(FAMILIES)}")
    parser.add_argument(
        "--m-inter",
        default="total",
        help="convention for M_inter (total: without the inter constraint)",
    )
    parser.add_argument("--time-limit", type=options.number, default=60.0, metavar="SECONDS")
    parser.add_argument("--seed", type=options.whole, default=0, help="seed of the pools (0)")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    sizes = [whole("a size", value, 2, 200) for value in arguments.sizes]
    families = [choice("family", name, FAMILIES) for name in arguments.families.split(",")]
    alphas = [number("alpha", value, 0, 1) for value in arguments.alphas]
    cases = [
        Case(family, f"{family}-{n}", n, alpha, 0.5, arguments.m_inter, arguments.seed)
        for family in families
        for n in sizes
        for alpha in alphas
    ]
    frame = measure(cases, arguments.time_limit, Progress("runs"))
    emit_runs(arguments, frame, _table)
    return 0


def measure(
    cases: Sequence[Case],
    time_limit: float = 60.0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Solve every case by every formulation.

    Returns
    -------
    DataFrame
        A row for each case, solver and formulation: `family`, `models`, `alpha`, `solver`,
        `formulation`, `columns`, `rows`, `root_gap` (how far the bound of the relaxation is below
        the best loss of all runs, relative to it; NaN for CP-SAT, which has none), `status`, `gap`,
        `nodes`, `seconds`.
    """
    rows = []
    for number_of, case in enumerate(cases):
        problem = resolve_m_inter(case.problem())
        answers: dict[tuple[MethodName, Formulation], Recommendation] = {}
        for solver, name in SOLVED:
            answers[solver, name] = recommend(
                problem, solver, options=MipOptions(name), time_limit=time_limit
            )
            if progress is not None:
                progress(number_of * len(SOLVED) + len(answers), len(cases) * len(SOLVED))
        best = min(answer.loss for answer in answers.values() if answer.loss is not None)
        for (solver, name), answer in answers.items():
            columns, lines, bound = _root(problem, name, best) if solver == "highs" else _NO_ROOT
            if bound > best + problem.proof_tolerance(best):
                raise SolverError(
                    f"{case.instance}: the relaxation of {name!r} has the bound {bound!r}, but "
                    f"there is an ensemble with loss {best!r}"
                )
            rows.append(
                {
                    "family": case.family,
                    "models": case.models,
                    "alpha": case.alpha,
                    "solver": solver,
                    "formulation": name,
                    "columns": columns,
                    "rows": lines,
                    # Further digits are rounding errors.
                    "root_gap": abs(round((best - bound) / abs(best), 9)),
                    "status": answer.status.value,
                    "gap": answer.gap,
                    "nodes": answer.nodes,
                    "seconds": answer.runtime,
                }
            )
    return pd.DataFrame(rows)


_NO_ROOT = (math.nan, math.nan, math.nan)


def _root(problem: ChemistryProblem, name: str, best: float) -> tuple[float, float, float]:
    """Return columns, rows and the bound of the relaxation."""
    from chemopt_models import build_rlt

    from chemopt.methods.mip.cuts import add_triangles
    from chemopt.methods.solvers import HighsModel

    if name == "rlt":
        by_size = []
        for k in problem.feasible_sizes:
            model = build_rlt(problem, k)
            compiled = HighsModel(model)
            relaxed = add_triangles(model, compiled, RunOptions(), enough=best)
            by_size.append((relaxed.bound, *compiled.size))
        bound, columns, rows = min(by_size)
        return columns, rows, min(bound, best)
    model = build_formulation(problem, name)
    compiled = HighsModel(model)
    if name == "triangle-cuts":
        bound = add_triangles(model, compiled, RunOptions()).bound
    else:
        bound = compiled.relax(RunOptions()).bound
    return *compiled.size, bound


def _table(frame: pd.DataFrame) -> str:
    """Write the runs as a table, with gaps in percent."""
    shown = frame.assign(
        root_gap=[percent(value) for value in frame["root_gap"]],
        gap=[percent(value) for value in frame["gap"]],
    )
    formats = {"alpha": "{:g}", "columns": "{:.0f}", "rows": "{:.0f}", "nodes": "{:.0f}",
               "seconds": "{:.2f}"}  # fmt: skip
    return frame_text(shown, formats)
