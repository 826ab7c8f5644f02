"""``python -m benchmarks coverage``: methods for maximum coverage side by side.

The instances are synthetic, or those of a folder of outcome files. With ``--constrained`` the
models get random prices and providers, a budget and at most one model a provider; |X| is then at
most the size instead of equal to it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.emitting import emit_runs
from benchmarks.outcome_files import outcomes_of_folder
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable
from chemopt.frames import frame_text, percent
from chemopt.history.generate import model_names
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.registry import load_method
from chemopt.numerics import Floats
from chemopt.outcomes.generate import generate_scores
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.patterns import Patterns, patterns_of
from chemopt.problem.constrained import Constraints
from chemopt.selection.methods import CoverageMethod, solve_coverage
from chemopt.selection.problem import CoverageProblem
from chemopt.validation import choice, whole

NAME = "coverage"
HELP = "Methods for maximum coverage on outcomes, synthetic or from files."
METHODS: tuple[CoverageMethod, ...] = ("greedy", "swap", "exact", "highs", "cp-sat")
_PROVIDERS, _MIN_ANSWERED = 15, 0.9


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--data", metavar="FOLDER",
        help="outcome files (.csv.gz with columns model, item, correct, perhaps task) instead of "
        "synthetic instances",
    )  # fmt: skip
    parser.add_argument(
        "--models", type=options.wholes, default=[100], help="numbers of models (100)"
    )
    parser.add_argument(
        "--items", type=options.wholes, default=[1000, 10000], help="numbers of items (1000,10000)"
    )
    parser.add_argument(
        "--sizes", type=options.wholes, default=[5, 10], help="values of |X| (5,10)"
    )
    parser.add_argument("--methods", default=",".join(METHODS), help=f"of {', '.join(METHODS)}")
    parser.add_argument(
        "--constrained", action="store_true", help="with a budget and at most one model a provider"
    )
    parser.add_argument("--time-limit", type=options.number, default=60.0, metavar="SECONDS")
    parser.add_argument("--seed", type=options.whole, default=0, help="seed of instances (0)")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    methods = [choice("method", name, METHODS) for name in arguments.methods.split(",")]
    sizes = [whole("a size", value, 1) for value in arguments.sizes]
    if arguments.data is None:
        pools = synthetic(arguments.models, arguments.items, arguments.seed)
    else:
        pools = from_folder(Path(arguments.data))
    cases = [
        (name, problem(patterns, size, arguments.constrained, arguments.seed))
        for name, patterns in pools
        for size in sizes
        if size <= len(patterns.models)
    ]
    frame = measure(cases, methods, arguments.time_limit, arguments.seed, Progress("runs"))
    emit_runs(arguments, frame, _table)
    return 0


def synthetic(
    models: Sequence[int], items: Sequence[int], seed: int
) -> Iterator[tuple[str, Patterns]]:
    """Yield synthetic tables by name."""
    for n in models:
        for number_of in items:
            yield (
                f"synthetic {n} × {number_of}",
                _patterns(model_names(n), generate_scores(n, number_of, seed)),
            )


def from_folder(folder: Path) -> Iterator[tuple[str, Patterns]]:
    """Yield the tables of a folder by name: a file, or each task where they have other models.

    Models that answered less than 90 % of the items are left out, then items that not all answered.

    Raises
    ------
    InputError
        There is no such file.
    """
    for name, outcomes in outcomes_of_folder(folder, _MIN_ANSWERED):
        yield name, patterns_of(outcomes)


def _patterns(models: tuple[str, ...], scores: Floats) -> Patterns:
    items = pd.RangeIndex(len(scores), name="item")
    return patterns_of(Outcomes(models, items, scores))


def problem(patterns: Patterns, size: int, constrained: bool, seed: int) -> CoverageProblem:
    """Return the problem with |X| = size, or one with |X| ≤ size, a budget and groups."""
    if not constrained:
        return CoverageProblem(patterns, Constraints(size=size))
    rng = np.random.default_rng(seed)
    accuracy = patterns.weights @ patterns.right / patterns.total
    prices = np.round(np.exp(rng.normal(3 * accuracy, 1)), 2)
    providers = rng.integers(_PROVIDERS, size=len(prices))
    attributes = pd.DataFrame(
        {"price": prices, "provider": [f"p{k}" for k in providers]}, index=list(patterns.models)
    )
    budget = f"price<={0.8 * size * float(np.median(prices)):.2f}"
    constraints = Constraints(
        max_size=size, budgets=[budget], groups=["provider<=1"], attributes=attributes
    )
    return CoverageProblem(patterns, constraints)


def measure(
    cases: Sequence[tuple[str, CoverageProblem]],
    methods: Sequence[CoverageMethod],
    time_limit: float | None = 60.0,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Run every method on every case.

    Returns
    -------
    DataFrame
        A row for each run: `instance`, `models`, `items`, `patterns`, `size` (the largest |X|),
        `method`, `value` and `bound` in items, `gap` relative to the value, `status`, `seconds`,
        `cpu_seconds` of this process.
    """
    rows = []
    if "highs" in methods:
        load_method("highs")  # and the solver, which is not to be measured
    if "cp-sat" in methods:
        load_method("cp-sat")
    for name, one in cases:
        for method in methods:
            began, cpu = time.perf_counter(), time.process_time()
            outcome = solve_coverage(one, method, RunOptions(time_limit=time_limit, seed=seed))
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            value, bound = outcome.claimed_loss, outcome.bound
            rows.append(
                {
                    "instance": name,
                    "models": len(one.models),
                    "items": int(one.patterns.total),
                    "patterns": len(one.patterns.weights),
                    "size": one.size_bounds[1],
                    "method": method,
                    "value": value,
                    "bound": bound,
                    "gap": (bound - value) / value if bound is not None and value else np.nan,
                    "status": _status(outcome),
                    "seconds": seconds,
                    "cpu_seconds": cpu,
                }
            )
            if progress is not None:
                progress(len(rows), len(cases) * len(methods))
    return pd.DataFrame(rows)


def _status(outcome: MethodOutcome) -> str:
    if outcome.infeasible:
        return "infeasible"
    return "optimal" if outcome.stop_reason is StopReason.PROVED else "feasible"


def _table(frame: pd.DataFrame) -> str:
    """Write the runs as a table, with gaps in percent."""
    shown = frame.assign(gap=[percent(value) for value in frame["gap"]])
    formats = {"value": "{:.6g}", "bound": "{:.6g}", "seconds": "{:.2f}", "cpu_seconds": "{:.2f}"}
    return frame_text(shown, formats)
