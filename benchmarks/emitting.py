"""What benchmarks share: write runs with the machine; of `recommend`, make and check them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import pandas as pd

from benchmarks import machine
from benchmarks.peers.measure import PEERS, check_installed
from benchmarks.runs import Run, measure
from benchmarks.verdicts import failures, wrong_claims
from chemopt.cli import INTERRUPTED
from chemopt.cli.output import Progress, emit_frame, note
from chemopt.frames import frame_records
from chemopt.methods.registry import METHODS
from chemopt.validation import choice


def add_methods(parser: argparse._ActionsContainer, default: str) -> None:
    """Add the options that say what runs."""
    parser.add_argument(
        "--method", default=default, metavar="METHODS", help=f"of {', '.join(METHODS)} ({default})"
    )
    parser.add_argument(
        "--peers", nargs="?", const=",".join(PEERS), default="", metavar="PEERS",
        help=f"also run other solvers on the same problems, of {', '.join(PEERS)} (if no name is "
        "given, all of them)",
    )  # fmt: skip


def chosen_methods(arguments: argparse.Namespace) -> list[str]:
    """Return the methods and the peers that were asked for.

    Raises
    ------
    InputError
        One of them is not known, or a peer is not installed.
    """
    peers = [choice("peers", name, PEERS) for name in words(arguments.peers)]
    check_installed(peers)
    return [*named_methods(arguments.method), *peers]


def named_methods(text: str) -> list[str]:
    """Return the methods between commas.

    Raises
    ------
    InputError
        One of them is not known.
    """
    return [choice("method", name, METHODS) for name in words(text)]


def words(text: str) -> list[str]:
    """Return what is between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def emit_runs(
    arguments: argparse.Namespace,
    frame: pd.DataFrame,
    table: Callable[[pd.DataFrame], str],
    *,
    csv: pd.DataFrame | None = None,
    **more: object,
) -> None:
    """Write runs and the machine in the format that was asked for.

    Parameters
    ----------
    arguments : Namespace
        With the options of the output.
    frame : DataFrame
        The runs.
    table : callable
        Writes the runs as a table.
    csv : DataFrame, optional
        What goes into a CSV file, if not all columns of `frame`.
    **more
        What the JSON form has besides.
    """
    emit_frame(
        arguments,
        frame if csv is None else csv,
        table=lambda: f"{table(frame)}\n\n{machine()}",
        data=lambda: {"machine": machine(), **more, "runs": frame_records(frame)},
    )


def measure_and_emit(
    runs: Sequence[Run],
    arguments: argparse.Namespace,
    table: Callable[[pd.DataFrame], str],
    draw: Callable[[pd.DataFrame], object] | None = None,
) -> int:
    """Make the runs that the store of `--results` lacks, write all, and return the exit code.

    Parameters
    ----------
    runs : sequence of Run
    arguments : Namespace
        With `results`, and the options of the output.
    table : callable
        Writes the runs as a table.
    draw : callable, optional
        Draws them.
    """
    try:
        frame = measure(runs, arguments.results, Progress("runs"))
    except KeyboardInterrupt:
        note(f"interrupted; the runs made are in {arguments.results}: rerun the command to resume")
        return INTERRUPTED
    if draw is not None:
        draw(frame)
    emit_runs(arguments, frame, table, csv=frame.drop(columns="progress"))
    faults = [*wrong_claims(frame), *failures(frame)]
    for fault in faults:
        note(f"wrong: {fault}")
    return 1 if faults else 0
