"""``chemopt next-evaluations``: which model to ask on which item next, for a better selection."""

from __future__ import annotations

import argparse

from chemopt.cli import options
from chemopt.cli.inputs import read_outcomes
from chemopt.cli.output import check_writable, emit_frame, note, warn
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.errors import InputError
from chemopt.frames import frame_text
from chemopt.history.table_files import SUFFIXES
from chemopt.outcomes.prices import TOKEN_COLUMNS
from chemopt.problem.attributes import attribute_number, read_attributes
from chemopt.selection.plan.next_evaluations import EXPLORE, EvaluationPlan, next_evaluations
from chemopt.selection.plan.policies import METHODS
from chemopt.wording import meant

NAME = "next-evaluations"
HELP = "Say which model to ask on which item next, for a better selection."
PRICE = "price"
_AMOUNTS = ("cost", "latency", *TOKEN_COLUMNS)
_PLANNING = (
    "calls", "max_cost", "batch", "size", "method", "explore", "best", "new_models", "seed",
)  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "input", metavar="INPUT",
        help=f"outcomes with gaps ({', '.join(SUFFIXES)}); a blank outcome is one that may be "
        "asked for",
    )  # fmt: skip
    options.add_task(parser)
    options.add_outcomes(parser, gaps=False, token_prices=False)
    group = parser.add_argument_group("what may be spent")
    group.add_argument("--calls", type=options.whole, metavar="N", help="calls that are left")
    group.add_argument(
        "--max-cost", type=options.number, metavar="MONEY", help="money that is left"
    )
    group.add_argument(
        "--prices", dest="price_file", metavar="FILE",
        help=f"CSV with the columns 'model' and '{PRICE}': what a call costs",
    )  # fmt: skip
    group.add_argument(
        "--batch", type=options.whole, metavar="N",
        help="most calls to show (all that need not wait for an outcome)",
    )  # fmt: skip
    group = parser.add_argument_group("how to ask")
    group.add_argument("--size", type=options.whole, metavar="K", help="members wanted (3)")
    group.add_argument(
        "--method", choices=METHODS,
        help="others only where the best model fails; of them only those that may be selected; "
        "or all on the same items (failure)",
    )  # fmt: skip
    group.add_argument(
        "--explore", type=options.number, metavar="SHARE",
        help=f"share of all calls for asking all models on the same items ({EXPLORE})",
    )  # fmt: skip
    group.add_argument("--best", metavar="MODEL", help="the best model (by the outcomes)")
    group.add_argument(
        "--new-model", dest="new_models", action="append", metavar="NAME",
        help="a model that INPUT does not have yet; repeatable",
    )  # fmt: skip
    group.add_argument("--seed", type=options.whole, help="seed of the order of items (0)")
    options.add_plot(parser, "the calls of each model")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    chosen = options.given(arguments, _PLANNING)
    if amounts := [name for name in arguments.columns or {} if name in _AMOUNTS]:
        raise InputError(
            f"--columns {amounts[0]}=… has no effect here: a plan is for calls whose cost is not "
            f"known yet; --prices FILE says what a call of each model costs"
        )
    if arguments.method == "all":
        options.refuse(arguments, ("explore",), "--method all asks all models on all items")
    if arguments.price_file is not None:
        chosen["prices"] = _read_prices(arguments.price_file)
    outcomes = read_outcomes(arguments, missing="keep")
    plan = next_evaluations(outcomes, **chosen)
    write_plot(plan.plot, arguments.plot)
    emit_frame(arguments, plan.calls, table=lambda: _text(plan), data=plan.to_dict)
    warn(outcomes.warnings, arguments, in_table=False)
    if plan.calls.empty:
        note("no call is left to make")
    return 0


def _text(plan: EvaluationPlan) -> str:
    if plan.calls.empty:
        return plan.summary()
    return f"{plan.summary()}\n\n{frame_text(plan.calls)}"


def _read_prices(path: str) -> dict[str, float]:
    frame = read_attributes(path)
    if PRICE not in frame:
        raise InputError(f"{path}: the column {PRICE!r} is missing; {meant(PRICE, frame.columns)}")
    try:
        return {
            str(model): attribute_number(PRICE, str(model), value)
            for model, value in frame[PRICE].items()
        }
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
