"""``chemopt pareto-front``: the ensembles that no other beats in every objective."""

from __future__ import annotations

import argparse

from chemopt.analysis.pareto import pareto_front
from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import Progress, check_writable, emit_frame, partly
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.plots.trade_off import pareto_front as draw_pareto_front

NAME = "pareto-front"
HELP = "Find the ensembles that no other beats in inter, intra and size (or a budget) together."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    parser.add_argument(
        "--third", metavar="ATTRIBUTE", help="numeric attribute in the place of the size"
    )
    options.add_plot(parser, "the front")
    options.add_chemistry(parser)
    options.add_problem(parser, weights=False)
    options.add_method(parser)
    options.add_solver(parser, options.WHOLE)
    options.add_executor(parser)
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    chosen = {
        **options.given(arguments, ("third", "executor")),
        **options.method_arguments(arguments),
    }
    problem = read_input_problem(arguments, attributes_used=arguments.third is not None)
    frame, code = partly(lambda: pareto_front(problem, progress=Progress("sizes"), **chosen))
    write_plot(lambda: draw_pareto_front(frame), arguments.plot)
    emit_frame(arguments, frame, "{:.6f}")
    return code
