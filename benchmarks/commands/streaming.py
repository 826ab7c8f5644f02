"""``python -m benchmarks streaming``: time and memory of data that stay in their files.

A history and outcomes are written to a temporary folder as Parquet, and read in passes: each
question in a separate process, whose seconds, CPU seconds and largest memory are reported.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks import apart, peak_mb
from benchmarks.emitting import emit_runs
from benchmarks.large_data import write_history, write_outcomes
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable
from chemopt.errors import InputError
from chemopt.frames import frame_text
from chemopt.history.histories import load_history
from chemopt.outcomes.read import load_outcomes
from chemopt.profiles.aggregates import AGGREGATES, Aggregate
from chemopt.profiles.profiles import learn_all_profiles
from chemopt.validation import whole

NAME = "streaming"
HELP = "Time and memory of histories and outcomes that are read in passes."
_BYTES_A_ROW = 60  # on the disk, with what the engine may write for itself


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--rows", type=options.whole, default=1_000_000, help="of each table (1000000)"
    )
    parser.add_argument("--models", type=options.whole, default=200, help="models (200)")
    parser.add_argument("--seed", type=options.whole, default=0, help="seed of the data (0)")
    parser.add_argument("--folder", help="where the data are written, for a time (the system's)")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    rows = whole("rows", arguments.rows, 1000)
    models = whole("models", arguments.models, 20, 5000)
    frame = measure(rows, models, seed=arguments.seed, folder=arguments.folder)
    emit_runs(
        arguments, frame,
        lambda frame: frame_text(frame, {"seconds": "{:.1f}", "cpu": "{:.1f}"}), rows=rows,
    )  # fmt: skip
    return 0


def measure(
    rows: int, models: int = 200, *, seed: int = 0, folder: str | None = None
) -> pd.DataFrame:
    """Write the data and answer each question.

    Returns
    -------
    DataFrame
        A row for each question: `question`, `seconds`, `cpu` (seconds of all threads), `memory`
        (largest, in MB).

    Raises
    ------
    InputError
        There is not enough room on the disk.
    """
    found = []
    with tempfile.TemporaryDirectory(prefix="chemopt-streaming-", dir=folder) as place:
        free = shutil.disk_usage(place).free
        if free < rows * _BYTES_A_ROW:
            raise InputError(
                f"{place}: {free >> 20} MB are free, and {rows} rows need up to "
                f"{rows * _BYTES_A_ROW >> 20}; --folder names another place"
            )
        for kind, (write, questions) in _QUESTIONS.items():
            data = Path(place, kind)
            data.mkdir()
            write(data, rows, models, seed, Progress(f"rows of the {kind}"))
            for question, answer in questions.items():
                found.append((f"{kind}: {question}", *apart(_measured, answer, data)))
            shutil.rmtree(data)
    return pd.DataFrame(found, columns=["question", "seconds", "cpu", "memory"])


def _measured(answer: Callable[..., None], data: Path) -> tuple[float, float, float]:
    """Return the seconds, CPU seconds and largest memory of this process."""
    began, cpu = time.perf_counter(), time.process_time()
    answer(data)
    return time.perf_counter() - began, time.process_time() - cpu, round(peak_mb())


def _load(data: Path) -> None:
    load_history(data, streaming=True)


def _learn(data: Path, aggregate: Aggregate) -> None:
    learn_all_profiles(load_history(data, streaming=True), aggregate=aggregate)


def _load_outcomes(data: Path) -> None:
    load_outcomes(data, streaming=True)


# Kind of data → how they are written, and question → answer.
_QUESTIONS: dict[str, tuple[Callable[..., None], dict[str, Callable[..., None]]]] = {
    "history": (
        write_history,
        {"load": _load}
        | {f"load, profiles: {name}": partial(_learn, aggregate=name) for name in AGGREGATES},
    ),
    "outcomes": (write_outcomes, {"load": _load_outcomes}),
}
