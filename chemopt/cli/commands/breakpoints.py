"""``chemopt breakpoints``: how the best ensemble changes with α or β."""

from __future__ import annotations

import argparse

from chemopt.analysis.breakpoints import WEIGHTS, breakpoints
from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import Progress, check_writable, emit_frame, partly
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.plots.trade_off import breakpoints as draw_breakpoints
from chemopt.problem.problem import LARGEST_BETA
from chemopt.validation import number

NAME = "breakpoints"
HELP = "Find the best ensembles for all values of alpha or beta, and where they change."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    parser.add_argument("--over", choices=WEIGHTS, help="the weight that varies (alpha)")
    parser.add_argument(
        "--from", dest="low", type=options.number, metavar="W", help="smallest value of it (0)"
    )
    parser.add_argument(
        "--to", dest="high", type=options.number, metavar="W",
        help="largest value (1 for alpha; for beta where no more changes)",
    )  # fmt: skip
    options.add_plot(parser, "the least loss and the sizes")
    options.add_chemistry(parser)
    options.add_problem(parser)
    options.add_method(parser)
    options.add_solver(parser, options.WHOLE)
    options.add_executor(parser)
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    over = arguments.over or WEIGHTS[0]
    options.refuse(arguments, (over,), "this weight varies; --from and --to say how far")
    largest = LARGEST_BETA if arguments.over == "beta" else 1
    low = 0.0 if arguments.low is None else number("--from", arguments.low, 0, largest)
    if arguments.high is not None:
        number("--to", arguments.high, low, largest)
    chosen = {
        **options.given(arguments, ("over", "low", "high", "executor")),
        **options.method_arguments(arguments),
    }
    problem = read_input_problem(arguments)
    frame, code = partly(lambda: breakpoints(problem, progress=Progress("solves"), **chosen))
    write_plot(lambda: draw_breakpoints(frame), arguments.plot)
    emit_frame(arguments, frame, "{:.6f}")
    return code
