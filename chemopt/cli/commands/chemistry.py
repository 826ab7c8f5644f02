"""``chemopt chemistry``: the chemistry of every pair of models."""

from __future__ import annotations

import argparse

from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import check_writable, emit
from chemopt.report import table_text, to_json

NAME = "chemistry"
HELP = "Compute the chemistry of every pair of models."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    options.add_chemistry(parser)
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    table = read_input_problem(arguments).table
    if arguments.format == "json":
        text = to_json(table.to_dict())
    elif arguments.format == "csv":
        text = table.to_frame().to_csv(index=False)
    else:
        text = table_text(table)
    emit(text, arguments.output)
    return 0
