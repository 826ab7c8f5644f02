"""Reading the published histories, and telling whether they are the published ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.histories import History, load_histories
from chemopt.studies.replicate.published import COLUMNS, DATASETS, SOURCE, Dataset

# What the experiments use of a row.
_USED = ("trial", "model", "task", "id", "strategy", "quality", "accuracy")


def read_published(data_dir: str | Path) -> dict[str, History]:
    """Read the three published histories and check that they are what they should be.

    Rows may stand in another order than in the published files; their number, the columns and
    what the experiments use of their content may not differ.

    Parameters
    ----------
    data_dir : path
        The folder that holds the files.

    Returns
    -------
    dict of str to History
        By name of the data, with the rows of all strategies.

    Raises
    ------
    HistoryError
        A file is missing or unreadable, or is not the published one.
    """
    return {data.name: _read(Path(data_dir) / data.file, data) for data in DATASETS}


def content_digest(frame: pd.DataFrame) -> str:
    """Return a digest of what the experiments use of a history, whatever the order of its rows."""
    rows = sorted(map(repr, frame[list(_USED)].itertuples(index=False, name=None)))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def _read(path: Path, data: Dataset) -> History:
    if not path.is_file():
        raise HistoryError(
            f"{path}: no such file; the published histories are "
            f"{', '.join(d.file for d in DATASETS)} of {SOURCE}"
        )
    history = load_histories(path, drop_strategies=())
    missing = [column for column in COLUMNS if column not in history.frame]
    if missing:
        fault = f"the column {missing[0]!r} is missing"
    elif len(history.frame) != data.rows:
        fault = f"it has {len(history.frame)} rows, not {data.rows}"
    elif content_digest(history.frame) != data.digest:
        fault = "some of its values differ"
    else:
        return history
    raise HistoryError(f"{path}: not the file {data.file} of {SOURCE}: {fault}")
