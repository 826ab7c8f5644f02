"""``chemopt export``: write the model as LP or MPS, or the problem as an instance."""

from __future__ import annotations

import argparse

from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import check_writable, emit
from chemopt.errors import InputError
from chemopt.methods.mip.export import export_model
from chemopt.problem.instances import problem_to_json

NAME = "export"
HELP = "Write the optimisation model as LP or MPS, or the problem as an instance (JSON)."
FORMATS = ("lp", "mps", "json")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    options.add_chemistry(parser)
    options.add_problem(parser)
    options.add_formulation(parser.add_argument_group("the model"))
    group = parser.add_argument_group("output")
    group.add_argument(
        "--format", choices=FORMATS, help="form of the file (by the ending of -o, else lp)"
    )
    group.add_argument("-o", "--output", metavar="FILE", help="write to this file")


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    form = arguments.format
    problem = read_input_problem(arguments, attributes_used=form == "json")
    chosen = options.given(arguments, ("formulation",))
    if form == "json":
        if chosen:
            raise InputError("--formulation applies to LP and MPS only; an instance has none")
        text = problem_to_json(problem)
    else:
        text = export_model(problem, form, **chosen)
    emit(text, arguments.output)
    return 0
