"""``chemopt compare``: methods side by side, against the proved optimum."""

from __future__ import annotations

import argparse

from chemopt.analysis.compare import compare
from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import Progress, check_writable, emit, note
from chemopt.frames import comparison_text, frame_records, to_json
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
    if arguments.format == "json":
        text = to_json(frame_records(frame))
    elif arguments.format == "csv":
        text = frame.to_csv(index=False)
    else:
        text = comparison_text(frame)
    emit(text, arguments.output)
    if frame["loss"].notna().any():
        return 0
    first = frame.iloc[0]
    note(f"{first['status']}: {first['message']}")
    return 1


def _methods(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in METHODS:
            raise argparse.ArgumentTypeError(f"there are {', '.join(METHODS)}, not {name!r}")
    return names
