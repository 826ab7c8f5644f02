"""What the benchmarks of `recommend` share: make the runs, write them, tell what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import pandas as pd

from benchmarks import machine
from benchmarks.peers.measure import PEERS, check_installed
from benchmarks.results import measure
from benchmarks.runs import Run
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
        note(
            f"interrupted; the runs made are in {arguments.results}: the same command goes on there"
        )
        return INTERRUPTED
    if draw is not None:
        draw(frame)
    emit_frame(
        arguments,
        frame.drop(columns="progress"),
        table=lambda: f"{table(frame)}\n\n{machine()}",
        data=lambda: {"machine": machine(), "runs": frame_records(frame)},
    )
    faults = [*wrong_claims(frame), *failures(frame)]
    for fault in faults:
        note(f"wrong: {fault}")
    return 1 if faults else 0
