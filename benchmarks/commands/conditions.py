"""``python -m benchmarks conditions``: who proves what, by condition and kind of table."""

from __future__ import annotations

import argparse

import pandas as pd

from benchmarks.cases import conditioned_cases
from benchmarks.conditioned import CONDITIONS, TABLES, kind_of
from benchmarks.emitting import add_methods, chosen_methods, measure_and_emit
from benchmarks.runs import Run
from chemopt.cli import options
from chemopt.cli.output import check_writable
from chemopt.frames import frame_text
from chemopt.methods.outcome import Status
from chemopt.validation import number, whole

NAME = "conditions"
HELP = "Exact methods on random problems under sizes, budgets, groups and the inter constraint."
COUNT = 300
DEFAULT_METHODS = "exact,highs"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--first", type=options.whole, default=0,
        help="number of the first problem; other numbers are other problems (0)",
    )  # fmt: skip
    parser.add_argument(
        "--count", type=options.whole, default=COUNT, help=f"how many problems ({COUNT})"
    )
    add_methods(parser, DEFAULT_METHODS)
    parser.add_argument(
        "--time-limit", type=options.number, default=25.0, metavar="SECONDS",
        help="for each run (25)",
    )  # fmt: skip
    parser.add_argument(
        "--results", required=True, metavar="FOLDER",
        help="store that grows with each run; runs that it holds are not made again",
    )  # fmt: skip
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    first, count = whole("first", arguments.first, 0), whole("count", arguments.count, 1)
    limit = number("time-limit", arguments.time_limit, 0, above=True)
    methods = chosen_methods(arguments)
    cases = conditioned_cases(first, count)
    runs = [Run(case, method, limit) for case in cases for method in methods]
    return measure_and_emit(runs, arguments, _table)


def by_condition(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum up runs: a row for each condition and method, then for each kind of table and method.

    Returns
    -------
    DataFrame
        `problems` (which condition or table), `method`, `runs`; `proved`, how many ended with a
        proof; `cpu`, the median of their CPU seconds; `gap`, the largest gap of the others.
    """
    numbers = frame["instance"].str.rsplit(", ", n=1).str[-1].astype(int)
    kinds = [kind_of(number) for number in numbers]
    proved = frame["status"].isin([Status.OPTIMAL.value, Status.INFEASIBLE.value])
    rows = []
    for place, names in ((0, CONDITIONS), (1, TABLES)):
        for name in names:
            chosen = pd.Series([kind[place] == name for kind in kinds], index=frame.index)
            for method, runs in frame[chosen].groupby("method", sort=False):
                won = proved[runs.index]
                rows.append(
                    {
                        "problems": name,
                        "method": method,
                        "runs": len(runs),
                        "proved": int(won.sum()),
                        "cpu": runs.loc[won, "cpu_seconds"].median(),
                        "gap": runs.loc[~won, "gap"].max(),
                    }
                )
    return pd.DataFrame(rows)


def _table(frame: pd.DataFrame) -> str:
    return frame_text(by_condition(frame), {"cpu": "{:.2f}", "gap": "{:.2%}"})
