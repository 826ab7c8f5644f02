"""Keep runs in a file of JSON lines, which grows by a line after each run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from chemopt.benchmarks.runs import KEY, Row, Run, run_apart, runs_frame
from chemopt.errors import InputError
from chemopt.history.json_lines import append_record, read_records


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
            append_record(path, row)
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
    rows = read_records(path)
    for number, row in enumerate(rows, 1):
        if not set(KEY) <= set(row):
            raise InputError(f"{path}, line {number}: not a row of results")
    return rows
