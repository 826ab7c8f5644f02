"""``python -m benchmarks streaming``: time and memory of data that stay in their files.

A history and outcomes are written to a temporary folder as Parquet, and read in passes: each
question in a process of its own, whose seconds, CPU seconds and largest memory are told.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import machine
from benchmarks.large_data import write_history, write_outcomes
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable, emit_frame
from chemopt.errors import InputError
from chemopt.frames import frame_records, frame_text
from chemopt.history.histories import load_histories
from chemopt.history.parts import find_parts
from chemopt.outcomes.large import patterns_of_files
from chemopt.outcomes.read import load_outcomes
from chemopt.profiles.aggregates import AGGREGATES
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
    emit_frame(
        arguments,
        frame,
        table=lambda: f"{frame_text(frame, {'seconds': '{:.1f}', 'cpu': '{:.1f}'})}\n\n{machine()}",
        data=lambda: {"machine": machine(), "rows": rows, "runs": frame_records(frame)},
    )
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
        kinds: tuple[tuple[str, Callable[..., None], dict[str, Callable[[str], Any]]], ...] = (
            ("history", write_history, {
                "load": _load, **{f"load, profiles: {name}": _Learner(name) for name in AGGREGATES}
            }),
            ("outcomes", write_outcomes, {"patterns": _patterns, "outcomes": _outcomes}),
        )  # fmt: skip
        for kind, write, questions in kinds:
            data = Path(place, kind)
            data.mkdir()
            # in a process of its own, too: another would begin with the memory of this one
            _in_a_process(_Writer(write, rows, models, seed, f"rows of the {kind}"), str(data))
            for question, answer in questions.items():
                found.append((f"{kind}: {question}", *_in_a_process(answer, str(data))))
            shutil.rmtree(data)
    return pd.DataFrame(found, columns=["question", "seconds", "cpu", "memory"])


def _in_a_process(answer: Callable[[str], Any], data: str) -> tuple[float, float, float]:
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        figures: tuple[float, float, float] = pool.apply(_measured, (answer, data))
    return figures


def _measured(answer: Callable[[str], Any], data: str) -> tuple[float, float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    answer(data)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return time.perf_counter() - began, time.process_time() - cpu, round(memory)


class _Writer:
    """Writes the data."""

    def __init__(
        self, write: Callable[..., None], rows: int, models: int, seed: int, what: str
    ) -> None:
        self._write, self._options, self._what = write, (rows, models, seed), what

    def __call__(self, data: str) -> None:
        """Write them into a folder."""
        self._write(Path(data), *self._options, Progress(self._what))


class _Learner:
    """Learns the profiles of all tasks; a class, so that another process can be given it."""

    def __init__(self, aggregate: Any) -> None:
        self._aggregate = aggregate

    def __call__(self, data: str) -> None:
        """Answer the question."""
        learn_all_profiles(load_histories(data, streaming=True), aggregate=self._aggregate)


def _load(data: str) -> None:
    load_histories(data, streaming=True)


def _patterns(data: str) -> None:
    patterns_of_files(find_parts(data), data, {})


def _outcomes(data: str) -> None:
    load_outcomes(data, streaming=True)
