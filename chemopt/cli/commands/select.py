"""``chemopt select``: the ensemble that covers most items or votes best, and whether it pays."""

from __future__ import annotations

import argparse
import math

import pandas as pd

from chemopt.cli import options
from chemopt.cli.inputs import holds_outcomes, read_attributes_file, read_outcomes
from chemopt.cli.output import (
    Progress,
    baselines_text,
    check_writable,
    emit_frame,
    tell_no_answer,
    warn,
)
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.errors import InputError
from chemopt.outcomes.votes import WEIGHT_RULES
from chemopt.selection.methods import COVERAGE_METHODS
from chemopt.selection.objectives import OBJECTIVES
from chemopt.selection.procedure import FOLDS
from chemopt.selection.select import REPEATS, select
from chemopt.selection.selection import Selection
from chemopt.selection.shrinkage import TOP_K

NAME = "select"
HELP = "Select models by outcomes, item by item: most items covered, or the best vote."
_SELECTING = ("objective", "shrink", "weights", "method", "folds", "repeats", "verbose")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("input", metavar="INPUT", help=options.OUTCOMES_HELP)
    options.add_task(parser)
    options.add_outcomes(parser)
    group = parser.add_argument_group("what is wanted")
    group.add_argument(
        "--objective", choices=OBJECTIVES,
        help="items that some member gets right, or credit of a vote (coverage)",
    )  # fmt: skip
    group.add_argument(
        "--shrink", type=_strength, metavar="cv|none|M|top-k",
        help="pseudo-items against luck; cv chooses by cross-validation (cv)",
    )  # fmt: skip
    group.add_argument("--weights", choices=WEIGHT_RULES, help="weights of votes (log-odds)")
    group.add_argument("--method", choices=COVERAGE_METHODS, help="how to choose (auto)")
    options.add_constraints(parser)
    group = parser.add_argument_group("the held-out estimate")
    group.add_argument(
        "--folds", type=options.whole, help=f"parts that items are split into ({FOLDS})"
    )
    group.add_argument(
        "--repeats", type=options.whole, help=f"times that is done; 0 for none ({REPEATS})"
    )
    options.add_solver(parser)
    options.add_plot(parser, "the ensemble next to its baselines")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    chosen = options.given(
        arguments, (*options.CONSTRAINT_OPTIONS, *_SELECTING, *options.SOLVER_OPTIONS)
    )
    if not holds_outcomes(arguments):
        raise InputError(
            f"{arguments.input} holds a history, not outcomes item by item: use chemopt recommend"
        )
    if arguments.objective == "vote":
        options.refuse(arguments, ("shrink", "method"), "a vote has one method, without shrinkage")
    else:
        options.refuse(arguments, ("weights",), "it is for --objective vote")
    if arguments.method in ("highs", "cp-sat") and arguments.shrink not in (None, options.NONE):
        options.refuse(arguments, ("shrink",), f"--method {arguments.method} has no pseudo-items")
    if arguments.repeats == 0:
        options.refuse(arguments, ("folds",), "--repeats 0 makes no held-out estimate")
    options.refuse_amounts(arguments)
    attributes = read_attributes_file(arguments)
    answer = select(
        read_outcomes(arguments), attributes=attributes, progress=Progress("splits"), **chosen
    )
    if not answer.baselines.empty:
        write_plot(answer.plot, arguments.plot)
    emit_frame(
        arguments, _row(answer), table=lambda: _text(answer), data=answer.to_dict
    )  # fmt: skip
    warn(answer.warnings, arguments)
    if not answer.models:
        return tell_no_answer(answer.status.value, answer.message, arguments)
    return 0


def _text(answer: Selection) -> str:
    if answer.baselines.empty:
        return answer.summary()
    return f"{answer.summary()}\n\n{baselines_text(answer.baselines)}"


def _row(answer: Selection) -> pd.DataFrame:
    """Return an answer as one row, without its nested fields."""
    data = answer.to_dict()
    verdict = data["verdict"]
    if verdict is not None:
        data |= {"verdict": verdict["word"], "sentence": verdict["sentence"]}
    for name in ("versus_top_k", "versus_best_model"):
        data |= {f"{name}_{end}": value for end, value in data[name].items()}
    nested = ("baselines", "constraint_use")
    flat = {k: v for k, v in data.items() if not isinstance(v, dict) and k not in nested}
    return pd.DataFrame([flat])


def _strength(text: str) -> object:
    if text in ("cv", TOP_K):
        return text
    if text.lower() in ("inf", "infinite"):
        return math.inf
    try:
        return options.number_or_none(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither 'cv', 'none', '{TOP_K}' nor a number of pseudo-items"
        ) from None
