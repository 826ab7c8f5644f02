"""Reading the published histories, and checking that they are the published ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.histories import History, load_history
from chemopt.studies.replicate.published import COLUMNS, DATASETS, SOURCE, Dataset

# The columns that the experiments use.
_USED = ("trial", "model", "task", "id", "strategy", "quality", "accuracy")


def find_published(folder: str | Path) -> dict[str, Path]:
    """Return the paths of the published histories in a folder, by name of the data.

    Raises
    ------
    HistoryError
        One of them is not there.
    """
    paths = {data.name: Path(folder) / data.file for data in DATASETS}
    missing = [path.name for path in paths.values() if not path.is_file()]
    if missing:
        raise HistoryError(
            f"{folder}: {', '.join(missing)} not there; the folder must contain the published "
            f"histories {', '.join(data.file for data in DATASETS)} of {SOURCE}"
        )
    return paths


def read_published(data_dir: str | Path) -> dict[str, History]:
    """Read the three published histories and check that they are the published ones.

    The order of rows does not matter; their number, the columns, and the content of the columns
    that the experiments use do.

    Parameters
    ----------
    data_dir : path
        The folder with the files.

    Returns
    -------
    dict of str to History
        By name of the data, with the rows of all strategies.

    Raises
    ------
    HistoryError
        A file is missing or unreadable, or is not the published one.
    """
    paths = find_published(data_dir)
    return {data.name: _read(paths[data.name], data) for data in DATASETS}


def content_digest(frame: pd.DataFrame) -> str:
    """Return a digest of the columns that the experiments use, whatever the order of rows."""
    rows = sorted(map(repr, frame[list(_USED)].itertuples(index=False, name=None)))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def _read(path: Path, data: Dataset) -> History:
    history = load_history(path, drop_strategies=())
    missing = [column for column in COLUMNS if column not in history.frame]
    if missing:
        error = f"the column {missing[0]!r} is missing"
    elif len(history.frame) != data.rows:
        error = f"it has {len(history.frame)} rows, not {data.rows}"
    elif content_digest(history.frame) != data.digest:
        error = "some of its values differ"
    else:
        return history
    raise HistoryError(f"{path}: not the file {data.file} of {SOURCE}: {error}")
