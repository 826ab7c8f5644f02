"""What the benchmarks of `recommend` share: make the runs, write them, tell what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import pandas as pd

from chemopt.benchmarks import machine
from chemopt.benchmarks.results import measure
from chemopt.benchmarks.runs import Run
from chemopt.benchmarks.verdicts import failures, wrong_claims
from chemopt.cli import INTERRUPTED
from chemopt.cli.output import Progress, emit_frame, note
from chemopt.frames import frame_records


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
