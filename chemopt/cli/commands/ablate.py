"""``chemopt ablate``: one setting of `recommend` changed at a time."""

from __future__ import annotations

import argparse

import pandas as pd

from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import Progress, check_writable, emit_frame
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.errors import InputError
from chemopt.frames import frame_text, percent
from chemopt.plots import ablation as draw_ablation
from chemopt.problem.problem import ChemistryProblem
from chemopt.studies.ablation import ablate
from chemopt.studies.replicate.data import find_published

NAME = "ablate"
HELP = "Change alpha, beta, steps and rank weights of recommend one at a time."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "inputs", metavar="INPUT", nargs="*",
        help="histories (.csv, .csv.gz, .parquet) and instances (.json)",
    )  # fmt: skip
    parser.add_argument(
        "--data", metavar="DIR",
        help="folder with the published histories runs.csv, runs2.csv and runs3.csv of the public "
        "repository SRI-CSL/llm-chemistry",
    )  # fmt: skip
    options.add_reading(parser)
    options.add_chemistry(parser)
    options.add_problem(parser)
    parser.add_argument(
        "--time-limit", type=options.number, metavar="SECONDS", help="for each proof (none)"
    )
    options.add_plot(parser, "the gaps")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    problems = []
    if arguments.data is not None:
        for name, path in find_published(arguments.data).items():
            problems.append(_problem(arguments, str(path)).with_options(name=name))
    problems += [_problem(arguments, path) for path in arguments.inputs]
    if not problems:
        raise InputError(
            "give histories or instances, or a folder with the published ones (--data)"
        )
    frame = ablate(problems, progress=Progress("runs"), **options.given(arguments, ("time_limit",)))
    write_plot(lambda: draw_ablation(frame), arguments.plot)
    emit_frame(arguments, frame, table=lambda: _table(frame))
    return 0


def _table(frame: pd.DataFrame) -> str:
    """Write gaps in percent, and the ensemble in the last column."""
    shown = frame.assign(gap=[percent(gap) for gap in frame["gap"]])
    formats = {"loss": "{:.6f}", "optimum": "{:.6f}", "jaccard": "{:.2f}"}
    return frame_text(shown[[*(c for c in shown if c != "ensemble"), "ensemble"]], formats)


def _problem(arguments: argparse.Namespace, path: str) -> ChemistryProblem:
    return read_input_problem(argparse.Namespace(**{**vars(arguments), "input": path}))
