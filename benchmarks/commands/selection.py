"""``python -m benchmarks selection``: methods side by side on many selection problems."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pandas as pd

from benchmarks.cases import FAMILIES, Case, benchmark_cases, random_cases
from benchmarks.emitting import add_methods, chosen_methods, measure_and_emit, words
from benchmarks.runs import Run
from benchmarks.verdicts import summary
from chemopt.cli import options
from chemopt.cli.output import check_writable
from chemopt.errors import InputError
from chemopt.frames import frame_text
from chemopt.history.generate import LARGEST_POOL
from chemopt.problem.problem import M_INTER_CONVENTIONS
from chemopt.validation import choice, number, whole

NAME = "selection"
HELP = "Methods side by side on selection problems, with proofs checked against each other."
SIZES = (12, 20, 30, 40, 60, 80, 100)
ALPHAS = (0.5, 0.8, 1.0)
DEFAULT_METHODS = (
    "hill-climb", "multi-start", "annealing", "tabu", "exact", "highs", "cp-sat",
)  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    group = parser.add_argument_group("the problems")
    group.add_argument(
        "--family", metavar="FAMILIES",
        help=f"random families, of {', '.join(FAMILIES)} (all; none with --folder)",
    )  # fmt: skip
    group.add_argument("--sizes", default=_joined(SIZES), help=f"models ({_joined(SIZES)})")
    group.add_argument("--alphas", default=_joined(ALPHAS), help=f"values of α ({_joined(ALPHAS)})")
    group.add_argument(
        "--beta", type=options.number, default=0.5, help="size penalty of each model (0.5)"
    )
    group.add_argument(
        "--m-inter", choices=M_INTER_CONVENTIONS, default="published",
        help="convention for M_inter (reference)",
    )  # fmt: skip
    group.add_argument(
        "--instances", type=options.whole, default=1, help="random problems of each kind (1)"
    )
    group.add_argument(
        "--folder", action="append", default=[],
        help="folder of benchmark files with a values.csv; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--match", default="*", metavar="PATTERN",
        help="only instances of folders with such names, as 'g05_60*' (all)",
    )  # fmt: skip
    group = parser.add_argument_group("the methods")
    add_methods(group, ",".join(DEFAULT_METHODS))
    group.add_argument(
        "--time-limit", type=options.number, default=10.0, metavar="SECONDS",
        help="for each run (10)",
    )  # fmt: skip
    group.add_argument("--threads", type=options.whole, default=1, help="cores of a method (1)")
    group.add_argument("--seed", type=options.whole, default=0, help="seed of the methods (0)")
    group = parser.add_argument_group("results")
    group.add_argument(
        "--results", required=True, metavar="FOLDER",
        help="store that grows with each run; runs that it holds are not made again",
    )  # fmt: skip
    group.add_argument("--plots", metavar="FOLDER", help="also draw plots (needs matplotlib)")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    if arguments.plots is not None:
        from chemopt.plots.canvas import load_matplotlib

        load_matplotlib()
    runs = _runs(arguments)
    return measure_and_emit(runs, arguments, _table, draw=_draw(arguments.plots))


def _draw(folder: str | None) -> Callable[[pd.DataFrame], object] | None:
    """Return what draws the plots, if they are wanted."""
    if folder is None:
        return None
    from benchmarks.plots import save_all

    return lambda frame: save_all(frame, folder)


def _runs(arguments: argparse.Namespace) -> list[Run]:
    """List the runs, small problems first."""
    methods = chosen_methods(arguments)
    limit = number("time-limit", arguments.time_limit, 0, above=True)
    threads, seed = whole("threads", arguments.threads, 1), whole("seed", arguments.seed, 0)
    return [
        Run(case, method, limit, threads, seed)
        for case in sorted(_cases(arguments), key=lambda case: case.models)
        for method in methods
    ]


def _cases(arguments: argparse.Namespace) -> list[Case]:
    if arguments.family is not None:
        families = words(arguments.family)
    else:
        families = [] if arguments.folder else list(FAMILIES)
    for family in families:
        choice("family", family, FAMILIES)
    try:
        sizes = [whole("sizes", int(n), 2, LARGEST_POOL) for n in words(arguments.sizes)]
        alphas = [number("alphas", float(a), 0, 1) for a in words(arguments.alphas)]
    except ValueError as error:
        raise InputError(f"sizes and alphas are numbers separated by commas: {error}") from None
    beta, instances = number("beta", arguments.beta, 0), whole("instances", arguments.instances, 1)
    cases = random_cases(families, sizes, alphas, beta, arguments.m_inter, instances)
    for folder in arguments.folder:
        cases += benchmark_cases(folder, arguments.match)
    if not cases:
        raise InputError("there is no problem to run on: no family, and no instance that matches")
    return cases


def _table(frame: pd.DataFrame) -> str:
    """Write the summary of runs as a table."""
    table = summary(frame)
    formats = {"proved": "{:.0%}", "seconds": "{:.2f}", "gap": "{:.3%}", "above_best": "{:.3%}",
               "peak_mb": "{:.0f}"}  # fmt: skip
    infinite = table[["gap", "above_best"]].replace(float("inf"), float("nan"))
    table[["gap", "above_best"]] = infinite
    return frame_text(table, formats)


def _joined(values: tuple[float, ...]) -> str:
    return ",".join(f"{value:g}" for value in values)
