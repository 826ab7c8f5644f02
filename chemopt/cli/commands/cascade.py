"""``chemopt cascade``: in which order to ask models until one is right, and what it costs."""

from __future__ import annotations

import argparse

from chemopt.cli import options
from chemopt.cli.inputs import read_attributes_file, read_outcomes
from chemopt.cli.output import Progress, check_writable, emit_frame, tell_no_answer, warn
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.frames import frame_text
from chemopt.history.table_files import SUFFIXES
from chemopt.problem.attributes import read_attributes
from chemopt.selection.cascade.held_out import BEST
from chemopt.selection.cascade.items import COST_COLUMNS
from chemopt.selection.cascade.result import Cascade
from chemopt.selection.cascade.run import cascade
from chemopt.selection.cascade.solve import CASCADE_METHODS
from chemopt.selection.procedure import FOLDS
from chemopt.selection.select import REPEATS

NAME = "cascade"
HELP = "Ask models in an order until one is right: most coverage for a cost, or least cost."
_WANTED = ("max_cost", "target", "max_length", "max_latency", "costs", "false_accept",
           "false_reject", "method", "folds", "repeats", "verbose")  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("input", metavar="INPUT", help=f"outcomes ({', '.join(SUFFIXES)})")
    options.add_task(parser)
    options.add_outcomes(parser, token_prices=False)
    group = parser.add_argument_group("what answers cost")
    group.add_argument(
        "--prices", dest="price_file", metavar="FILE",
        help="CSV with the columns 'model' and 'price', for one answer; its other columns are "
        "attributes, too (the column of INPUT that --cost-column names)",
    )  # fmt: skip
    group.add_argument(
        "--cost-column", dest="costs", choices=COST_COLUMNS,
        help="column of INPUT that holds the cost of each answer (cost)",
    )  # fmt: skip
    group = parser.add_argument_group("what is wanted")
    group.add_argument(
        "--max-cost", type=options.number, metavar="AMOUNT",
        help="most coverage for at most this expected cost of an item",
    )  # fmt: skip
    group.add_argument(
        "--target", type=_target, metavar="best|SHARE",
        help="least cost for this coverage; best is that of the best model (best)",
    )  # fmt: skip
    group.add_argument(
        "--max-length", type=options.whole, metavar="K", help="most models of a cascade"
    )
    group.add_argument(
        "--max-latency", type=options.number, metavar="SECONDS",
        help="largest expected latency of an item",
    )  # fmt: skip
    group.add_argument(
        "--false-accept", type=options.number, metavar="SHARE",
        help="share of wrong answers that the verifier accepts (0)",
    )  # fmt: skip
    group.add_argument(
        "--false-reject", type=options.number, metavar="SHARE",
        help="share of right answers that the verifier rejects (0)",
    )  # fmt: skip
    group.add_argument("--method", choices=CASCADE_METHODS, help="how to choose (auto)")
    options.add_constraints(parser, sizes=False)
    group = parser.add_argument_group("the held-out estimate")
    group.add_argument(
        "--folds", type=options.whole, help=f"parts that items are split into ({FOLDS})"
    )
    group.add_argument(
        "--repeats", type=options.whole,
        help=f"times that is done; 0 for none ({REPEATS}, or 1 for large pools)",
    )  # fmt: skip
    options.add_solver(parser)
    options.add_plot(parser, "what cascades cost and cover")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    chosen = options.given(arguments, (*options.UNSIZED_OPTIONS, *_WANTED, *options.SOLVER_OPTIONS))
    if arguments.repeats == 0:
        options.refuse(arguments, ("folds",), "--repeats 0 makes no held-out estimate")
    options.refuse_amounts(arguments)
    prices = None if arguments.price_file is None else read_attributes(arguments.price_file)
    attributes = read_attributes_file(arguments)
    answer = cascade(
        read_outcomes(arguments),
        prices,
        attributes=prices if attributes is None else attributes,
        progress=Progress("splits"),
        **chosen,
    )
    if answer.order:
        write_plot(answer.plot, arguments.plot)
    emit_frame(
        arguments, answer.front, table=lambda: _text(answer), data=answer.to_dict
    )  # fmt: skip
    warn(answer.warnings, arguments)
    if not answer.order:
        return tell_no_answer(answer.status.value, answer.message, arguments)
    return 0


def _text(answer: Cascade) -> str:
    if answer.baselines.empty:
        return answer.summary()
    shown = answer.baselines.assign(
        coverage=100 * answer.baselines["coverage"],
        order=[", ".join(order) for order in answer.baselines["order"]],
    )[["name", "expected_cost", "coverage", "order"]]
    rows = frame_text(shown, {"expected_cost": "{:.6g}", "coverage": "{:.2f} %"})
    return f"{answer.summary()}\n\n{rows}"


def _target(text: str) -> float | str:
    if text.lower() == BEST:
        return BEST
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither 'best' nor a share") from None
