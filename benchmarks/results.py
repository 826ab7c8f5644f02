"""Keep runs in a store, which grows by a record after each run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from benchmarks.runs import Row, Run, run_apart, runs_frame
from chemopt.execution.store import Store

_KIND = "benchmark"


def measure(
    runs: Sequence[Run],
    folder: str | Path,
    progress: Callable[[int, int], None] | None = None,
    execute: Callable[[Run], Row] = run_apart,
) -> pd.DataFrame:
    """Make the runs that the store does not hold yet, and return the rows of all of them.

    Runs are made one at a time, since they are timed.

    Parameters
    ----------
    runs : sequence of Run
    folder : path
        Of the store; made if it is not there. Runs that it holds beyond those asked for are kept
        there, and not returned.
    progress : callable, optional
        Called with the runs done and the runs in all.
    execute : callable
        Makes a run and returns its row.

    Raises
    ------
    InputError
        The store cannot be written, or holds something else.
    """
    with Store(folder, _KIND) as store:
        done = store.records()
        rows = []
        for count, run in enumerate(runs, 1):
            key = json.dumps(run.key)
            if key not in done:
                done[key] = execute(run)
                store.put(key, done[key])
            rows.append(done[key])
            if progress is not None:
                progress(count, len(runs))
    return runs_frame(rows)


def load_runs(folder: str | Path) -> pd.DataFrame:
    """Return all runs of a store as a table; see docs/benchmarks.md for its columns.

    Raises
    ------
    InputError
        There is no such store, or it holds something else.
    """
    with Store(folder, _KIND, write=False) as store:
        return runs_frame(list(store.records().values()))
