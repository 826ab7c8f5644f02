"""``chemopt compare``: methods side by side, against the proved optimum."""

from __future__ import annotations

import argparse

import pandas as pd

from chemopt.analysis.compare import compare
from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import Progress, check_writable, emit_frame, note
from chemopt.frames import frame_text, percent
from chemopt.methods.registry import METHODS

NAME = "compare"
HELP = "Compare methods with each other and with the proved optimum."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    options.add_chemistry(parser)
    options.add_problem(parser, several=True)
    options.add_solver(parser)
    group = parser.add_argument_group("the methods")
    group.add_argument(
        "--method", type=_methods, metavar="METHODS",
        help=f"methods separated by commas, of {', '.join(METHODS)} (hill-climb,highs)",
    )  # fmt: skip
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    # α and β are lists here, and `compare` sets them for each run.
    alphas, betas = arguments.alpha, arguments.beta
    arguments.alpha = arguments.beta = None
    chosen = options.given(arguments, options.SOLVER_OPTIONS)
    if arguments.method is not None:
        chosen["methods"] = arguments.method
    frame = compare(
        read_input_problem(arguments), alphas=alphas, betas=betas, progress=Progress("runs"),
        **chosen,
    )  # fmt: skip
    emit_frame(arguments, frame, table=lambda: _table(frame))
    if frame["loss"].notna().any():
        return 0
    first = frame.iloc[0]
    note(f"{first['status']}: {first['message']}")
    return 1


def _table(frame: pd.DataFrame) -> str:
    """Write a comparison without its ensembles, with gaps in percent."""
    shown = frame.drop(columns=["models", "bound", "message"])
    shown["gap"] = [percent(gap) for gap in frame["gap"]]
    formats = {"alpha": "{:g}", "beta": "{:g}", "loss": "{:.6f}", "optimum": "{:.6f}",
               "jaccard": "{:.2f}", "runtime": "{:.3f} s"}  # fmt: skip
    return frame_text(shown, formats)


def _methods(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in METHODS:
            raise argparse.ArgumentTypeError(f"there are {', '.join(METHODS)}, not {name!r}")
    return names
