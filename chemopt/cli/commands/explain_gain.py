"""``chemopt explain-gain``: what predicts the gain of an ensemble over its best member."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pandas as pd

from chemopt.cli import options
from chemopt.cli.inputs import read_outcomes
from chemopt.cli.output import Progress, check_writable, emit_frame, note
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.frames import frame_records, frame_text
from chemopt.history.table_files import SUFFIXES
from chemopt.outcomes.outcomes import Outcomes
from chemopt.studies.gain.ensembles import OBJECTIVES
from chemopt.studies.gain.predictors import GainPredictors, gain_predictors

NAME = "explain-gain"
HELP = (
    "Compare what predicts the held-out gain of an ensemble over its best member: accuracy, "
    "diversity, chemistry, or the gain measured on other items; on outcomes of several data sets."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "inputs", metavar="FILE[:TASK]", nargs="+",
        help=f"outcomes ({', '.join(SUFFIXES)}), all of them or those of one task; at least two, "
        "since a fit is judged on a data set that it has not seen",
    )  # fmt: skip
    options.add_outcomes(parser, token_prices=False)
    group = parser.add_argument_group("the study")
    group.add_argument(
        "--objective", choices=OBJECTIVES, help="what an ensemble is worth (coverage)"
    )
    group.add_argument(
        "--sizes", type=options.wholes, metavar="K,…",
        help="sizes of ensembles (2 to 5, or to the size of the smallest pool)",
    )  # fmt: skip
    group.add_argument(
        "--ensembles", type=options.whole, metavar="N",
        help="ensembles to draw from each pool (300)",
    )  # fmt: skip
    group.add_argument(
        "--splits", type=options.whole, metavar="N", help="random splits of the items (5)"
    )
    group.add_argument(
        "--training", type=options.whole, metavar="N",
        help="items that accuracies, diversity and chemistry are measured on (half)",
    )  # fmt: skip
    group.add_argument("--seed", type=options.whole, help="seed of ensembles and splits (0)")
    options.add_plot(parser, "R² of each set of features")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    names = ("objective", "sizes", "ensembles", "splits", "training", "seed")
    chosen = options.given(arguments, names)
    outcome_sets = [_read(arguments, word) for word in arguments.inputs]
    result = gain_predictors(outcome_sets, progress=Progress("splits"), **chosen)
    write_plot(result.plot, arguments.plot)
    emit_frame(
        arguments,
        result.predictors,
        table=lambda: _tables(result),
        data=lambda: {
            "predictors": frame_records(result.predictors),
            "by_set": frame_records(result.by_set),
        },
    )
    return 0


def _read(arguments: argparse.Namespace, word: str) -> Outcomes:
    """Return the outcomes of a file, or of a task in it."""
    path, task = _path_and_task(word)
    own = argparse.Namespace(**{**vars(arguments), "input": path, "task": task})
    outcomes = read_outcomes(own)
    for warning in outcomes.warnings:
        note(f"{word}: {warning}")
    return replace(outcomes, source=word)


def _path_and_task(word: str) -> tuple[str, str | None]:
    """Split FILE:TASK at the first colon after the ending of a file, so that ``C:`` is no file."""
    at = -1
    while (at := word.find(":", at + 1)) >= 0:
        if word[:at].lower().endswith(SUFFIXES):
            return word[:at], word[at + 1 :]
    return word, None


def _tables(result: GainPredictors) -> str:
    """Write R² over the data sets, and below it R² of each one."""
    predictors = result.predictors
    formats = dict.fromkeys(map(str, predictors.select_dtypes("float")), "{:.2f}")
    wide = result.by_set.pivot(index="features", columns="left_out", values="r2")
    wide = wide.loc[predictors["features"], result.by_set["left_out"].unique()]
    names = [Path(str(name)).name for name in wide.columns]
    if len(set(names)) == len(names):
        wide.columns = pd.Index(names)
    wide = wide.reset_index()
    return "\n\n".join(
        [
            frame_text(predictors, formats),
            "R² of each data set, left out of the fit",
            frame_text(wide, dict.fromkeys(map(str, wide.columns[1:]), "{:.2f}")),
        ]
    )
