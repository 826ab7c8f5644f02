"""``python -m benchmarks cascade``: methods for cascades side by side.

The instances are synthetic, with log-normal costs. Every run has a separate process, so that its
peak memory is its own.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import apart, peak_mb
from benchmarks.emitting import emit_runs
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable
from chemopt.errors import InputError
from chemopt.frames import frame_text, percent
from chemopt.history.generate import model_names
from chemopt.methods.options import RunOptions
from chemopt.methods.registry import METHODS, load_method
from chemopt.outcomes.generate import generate_scores
from chemopt.outcomes.outcomes import Outcomes
from chemopt.problem.constrained import Constraints
from chemopt.selection.cascade.items import cascade_items
from chemopt.selection.cascade.problem import CascadeProblem
from chemopt.selection.cascade.solve import CASCADE_METHODS, CascadeMethod, solve_cascade
from chemopt.validation import choice, number, whole

NAME = "cascade"
HELP = "Methods for cascades on synthetic outcomes: time, memory, bounds."
_METHODS = ("dp", "bb", "highs", "cp-sat")


@dataclass(frozen=True)
class Case:
    """A synthetic problem: most coverage for a share of what the average model costs.

    Attributes
    ----------
    models, items : int
    max_length : int or None
    per_item : bool
        Whether costs differ from item to item.
    max_cost : float
        As a share of the mean price.
    seed : int
    """

    models: int
    items: int
    max_length: int | None = None
    per_item: bool = True
    max_cost: float = 1.0
    seed: int = 0

    def problem(self) -> CascadeProblem:
        """Return the problem."""
        rng = np.random.default_rng(self.seed)
        scores = generate_scores(self.models, self.items, self.seed)
        items = pd.RangeIndex(self.items, name="item")
        costs = rng.lognormal(0, 1, self.models)
        max_cost = self.max_cost * float(costs.mean()) * self.items
        if self.per_item:
            costs = costs * rng.lognormal(0, 0.5, scores.shape)
        outcomes = Outcomes(tuple(model_names(self.models)), items, scores)
        return CascadeProblem(
            cascade_items(outcomes, costs),
            max_cost=max_cost,
            constraints=Constraints(max_size=self.max_length),
        )


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--models", type=options.wholes, default=[6, 16, 20], help="numbers of models (6,16,20)"
    )
    parser.add_argument(
        "--items", type=options.wholes, default=[100, 10000], help="numbers of items (100,10000)"
    )
    parser.add_argument(
        "--max-length", type=options.whole, metavar="K", help="most models of a cascade (all)"
    )
    parser.add_argument(
        "--prices", action="store_true", help="one price for each model instead of costs by item"
    )
    parser.add_argument(
        "--max-cost", type=options.number, default=1.0, metavar="SHARE",
        help="expected cost as a share of the mean price (1)",
    )  # fmt: skip
    parser.add_argument(
        "--methods", default=",".join(_METHODS), help=f"of {', '.join(_METHODS)} (all)"
    )
    parser.add_argument("--time-limit", type=options.number, default=60.0, metavar="SECONDS")
    parser.add_argument("--seed", type=options.whole, default=0, help="seed of instances (0)")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    methods = [choice("method", name, CASCADE_METHODS) for name in arguments.methods.split(",")]
    if arguments.max_length is not None:
        whole("max-length", arguments.max_length, 1)
    cases = [
        Case(
            whole("a number of models", models, 1),
            whole("a number of items", items, 1),
            arguments.max_length,
            not arguments.prices,
            number("max_cost", arguments.max_cost, 0),
            arguments.seed,
        )
        for models in arguments.models
        for items in arguments.items
    ]
    frame = measure(cases, methods, arguments.time_limit, Progress("runs"))
    emit_runs(arguments, frame, _table, load=_load())
    return 0


def measure(
    cases: Sequence[Case],
    methods: Sequence[CascadeMethod],
    time_limit: float | None = 60.0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Run every method on every case, each run in a separate process.

    Returns
    -------
    DataFrame
        A row for each run: `models`, `items`, `patterns`, `method`, `status` (``"refused"`` where a
        method is not for such a pool), `coverage` and `bound` in items, `gap`, `front` (points),
        `proved` (of them), `seconds`, `cpu_seconds`, `peak_mb`.
    """
    rows = []
    for case in cases:
        for method in methods:
            rows.append(apart(_run, case, method, time_limit))
            if progress is not None:
                progress(len(rows), len(cases) * len(methods))
    return pd.DataFrame(rows)


def _run(case: Case, method: CascadeMethod, time_limit: float | None) -> dict[str, Any]:
    problem = case.problem()
    row: dict[str, Any] = {
        "models": case.models, "items": case.items, "patterns": len(problem.items.weights),
        "method": method,
    }  # fmt: skip
    if method in METHODS:
        load_method(method)  # and the solver, which is not to be measured
    began, cpu = time.perf_counter(), time.process_time()
    try:
        solved = solve_cascade(problem, method, RunOptions(time_limit))
    except InputError:
        figures = (
            "coverage", "bound", "gap", "front", "proved", "seconds", "cpu_seconds", "peak_mb",
        )  # fmt: skip
        return row | {"status": "refused"} | dict.fromkeys(figures, np.nan)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    chosen = solved.chosen
    value = np.nan if chosen is None else chosen.covered
    bound = np.nan if solved.bound is None else solved.bound
    return row | {
        "status": solved.status.value, "coverage": value, "bound": bound,
        "gap": (bound - value) / value if value else np.nan, "front": len(solved.points),
        "proved": sum(point.proved for point in solved.points), "seconds": seconds,
        "cpu_seconds": cpu, "peak_mb": peak_mb(),
    }  # fmt: skip


def _load() -> str:
    """Return how many processes the machine had to run, where it says so."""
    if not hasattr(os, "getloadavg"):
        return "load unknown"
    return f"load {os.getloadavg()[0]:.1f}"


def _table(frame: pd.DataFrame) -> str:
    """Write the runs as a table, with gaps in percent."""
    shown = frame.assign(gap=[percent(value) for value in frame["gap"]])
    formats = {"coverage": "{:.6g}", "bound": "{:.6g}", "front": "{:.0f}", "proved": "{:.0f}",
               "seconds": "{:.2f}", "cpu_seconds": "{:.2f}", "peak_mb": "{:.0f}"}  # fmt: skip
    return f"{frame_text(shown, formats)}\n\n{_load()}"
