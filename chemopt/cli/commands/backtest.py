"""``chemopt backtest``: what ensembles chosen from some items are worth on others."""

from __future__ import annotations

import argparse
from typing import Any

import pandas as pd

from chemopt.cli import options
from chemopt.cli.inputs import read_attributes_file, read_outcomes
from chemopt.cli.output import Progress, check_writable, emit_frame, partly
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.frames import frame_records, frame_text
from chemopt.outcomes.votes import WEIGHT_RULES
from chemopt.selection.backtest import DEFAULT_SELECTORS, Backtest, backtest
from chemopt.selection.objectives import OBJECTIVES
from chemopt.selection.selectors import SELECTORS

NAME = "backtest"
HELP = "Compare ways of selecting models on items that they did not choose from."
_BACKTESTING = ("splits", "train_items", "test_items", "weights", "seed", "store", "sizes",
                "executor", "time_limit")  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("input", metavar="INPUT", help=options.OUTCOMES_HELP)
    options.add_task(parser)
    options.add_outcomes(parser)
    group = parser.add_argument_group("what is compared")
    group.add_argument(
        "--selector", dest="selectors", action="append", metavar="NAME[:OPTION=VALUE,…]",
        help=f"of {', '.join(SELECTORS)}, as 'chemistry:alpha=0.8'; repeatable "
        f"({', '.join(DEFAULT_SELECTORS)})",
    )  # fmt: skip
    group.add_argument(
        "--objective", dest="objectives", type=_words, metavar="OBJECTIVES",
        help=f"of {', '.join(OBJECTIVES)}, separated by commas (coverage)",
    )  # fmt: skip
    group.add_argument("--sizes", type=options.wholes, metavar="K,…", help="numbers of members (3)")
    group.add_argument("--weights", choices=WEIGHT_RULES, help="weights of votes (log-odds)")
    group = parser.add_argument_group("the items")
    group.add_argument("--splits", type=options.whole, help="random splits (20)")
    group.add_argument(
        "--train-items", type=options.wholes, metavar="N,…",
        help="numbers of training items; several give a learning curve (half of all)",
    )  # fmt: skip
    group.add_argument(
        "--test-items",
        type=options.whole,
        metavar="N",
        help="(as many as training items, but at least a tenth of all)",
    )
    group.add_argument("--seed", type=options.whole, help="seed of the splits (0)")
    options.add_constraints(parser, sizes=False)
    parser.add_argument(
        "--store", metavar="FOLDER",
        help="grows with each result; what it holds is not computed again",
    )  # fmt: skip
    options.add_executor(parser)
    parser.add_argument("--time-limit", type=options.number, metavar="SECONDS", help=options.WHOLE)
    options.add_plot(parser, "the held-out values")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    if "vote" not in (arguments.objectives or ()):
        options.refuse(arguments, ("weights",), "it is for --objective vote")
    options.refuse_amounts(arguments)
    chosen = options.given(
        arguments, ("selectors", "objectives", *_BACKTESTING, *options.UNSIZED_OPTIONS)
    )
    attributes = read_attributes_file(arguments)
    outcomes = read_outcomes(arguments)
    result, code = partly(
        lambda: backtest(outcomes, attributes=attributes, progress=Progress("results"), **chosen)
    )
    write_plot(result.plot, arguments.plot)
    summary = result.summary()
    curve = result.enough_items() if summary["train_items"].nunique() > 1 else None
    emit_frame(
        arguments,
        result.results,
        table=lambda: _table(summary, curve),
        data=lambda: _data(result, summary, curve),
    )
    return code


def _data(result: Backtest, summary: pd.DataFrame, curve: pd.DataFrame | None) -> dict[str, Any]:
    data = {"summary": frame_records(summary), "results": frame_records(result.results)}
    return data if curve is None else {**data, "enough_items": frame_records(curve)}


def _table(summary: pd.DataFrame, curve: pd.DataFrame | None) -> str:
    """Write the means and differences in percent and points, and how many items are enough."""
    shown = summary.copy()
    for column in ("mean", "train_mean", "difference", "low", "high"):
        shown[column] = 100 * summary[column]
    formats = {"mean": "{:.2f} %", "train_mean": "{:.2f} %", "difference": "{:+.2f}",
               "low": "{:+.2f}", "high": "{:+.2f}"}  # fmt: skip
    text = frame_text(shown, formats)
    if curve is None:
        return text
    return f"{text}\n\nitems that are enough\n{frame_text(curve, {'best': '{:.4f}'})}"


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
