"""Keep runs in a file of JSON lines, which grows by a line after each run.

A stop in the middle of a line leaves an incomplete one, which is cut off when the file is next
written to. So a stop at any moment loses at most the current run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from chemopt.benchmarks.runs import KEY, Row, Run, run_apart, runs_frame
from chemopt.errors import InputError


def measure(
    runs: Sequence[Run],
    path: str | Path,
    progress: Callable[[int, int], None] | None = None,
    execute: Callable[[Run], Row] = run_apart,
) -> pd.DataFrame:
    """Make the runs that the file does not hold yet, and return the rows of all of them.

    Parameters
    ----------
    runs : sequence of Run
    path : path
        The file; made if it is not there. Runs that it holds beyond those asked for are kept
        there, and not returned.
    progress : callable, optional
        Called with the runs done and the runs in all.
    execute : callable
        Makes a run and returns its row.

    Raises
    ------
    InputError
        The file cannot be written, or holds something else.
    """
    done = {key_of(row): row for row in read_rows(path)}
    rows = []
    for count, run in enumerate(runs, 1):
        if run.key not in done:
            row = execute(run)
            append_row(path, row)
            done[run.key] = row
        rows.append(done[run.key])
        if progress is not None:
            progress(count, len(runs))
    return runs_frame(rows)


def load_runs(path: str | Path) -> pd.DataFrame:
    """Return all runs of a file as a table; see docs/benchmarks.md for its columns.

    Raises
    ------
    InputError
        There is no such file, or it holds something else.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    return runs_frame(read_rows(path))


def key_of(row: Row) -> tuple[object, ...]:
    """Return what identifies the run of a row."""
    return tuple(row[name] for name in KEY)


def read_rows(path: str | Path) -> list[Row]:
    """Return the complete rows of a file; none if there is no file.

    Raises
    ------
    InputError
        A line is not a row.
    """
    rows = []
    for number, line in enumerate(_bytes(path).split(b"\n")[:-1], 1):
        try:
            row = json.loads(line)
            key_of(row)
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{path}, line {number}: not a row of results") from None
        rows.append(row)
    return rows


def append_row(path: str | Path, row: Row) -> None:
    """Add a row to a file, on the disk before this returns.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    held = _bytes(path)
    try:
        with Path(path).open("ab") as file:
            file.truncate(held.rfind(b"\n") + 1)
            file.write(json.dumps(row, allow_nan=False, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def _bytes(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
