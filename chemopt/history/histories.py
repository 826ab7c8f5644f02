"""Performance histories: the type `History`, and validation.

A history has one row for each answer that a model gave in a trial. The columns `trial`, `model`,
`task`, `quality` (0 to 10) and `accuracy` (0 to 1) are required. `accuracy` may be missing if
`generation_accuracy` and `review_accuracy` are there; it is then the compound accuracy

    accuracy = g · generation_accuracy + (1 − g) · review_accuracy,

with g = 0.75 when the answers were compared with a ground truth and g = 0.25 when not
(arXiv 2510.03930). Other columns are kept unchanged.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.history import History
from chemopt.history.parts import find_parts, is_large, names_parts
from chemopt.history.rows import (
    EVALUATION_STRATEGIES,
    GROUND_TRUTH_WEIGHT,
    NAME_COLUMNS,
    CleanRows,
    OnInvalid,
    Reading,
    clean_rows,
    describe_dropped,
    left_out,
    no_rows_left,
)
from chemopt.history.scales import scale_warnings
from chemopt.history.table_files import (
    check_unique_columns,
    is_blank,
    read_table,
    with_index_as_columns,
)
from chemopt.history.tasks import group_tasks
from chemopt.progress import Progress, reporter
from chemopt.validation import choice, instance_of
from chemopt.wording import counted, spelt_alike

logger = logging.getLogger(__name__)


def load_history(
    data: str | Path | pd.DataFrame,
    *,
    on_invalid: OnInvalid = "raise",
    drop_strategies: Collection[str] = EVALUATION_STRATEGIES,
    ground_truth: bool = True,
    streaming: bool | None = None,
    progress: Progress = None,
) -> History:
    """Read a performance history and validate every row.

    Parameters
    ----------
    data : path or DataFrame
        A `.csv`, `.csv.gz` (UTF-8, comma-separated, with a header) or `.parquet` file, or a
        DataFrame, with the columns named in the module's text. Or many such files: a folder, or a
        pattern (``"runs/*.parquet"``).
    on_invalid : {"raise", "drop"}
        What to do with invalid rows: raise an error that names the first of them, or leave them
        out and list them in `History.dropped` (and in the log).
    drop_strategies : collection of str
        Rows whose `strategy` is one of these are left out. The default is that of the published
        experiments; pass ``()`` to keep all rows.
    ground_truth : bool
        Whether answers were compared with a ground truth. It decides the weight g of a compound
        accuracy; False is refused where the data have a column `accuracy`.
    streaming : bool, optional
        Whether a folder or pattern is read in passes over its files, which takes little memory and
        needs DuckDB, or into memory. If not given, its size decides. See `docs/importing.md`.
    progress : bool or callable, optional
        True shows a bar for each pass; a function is called with the percent done and 100.

    Returns
    -------
    History
        If it is read in passes a `LargeHistory`, which keeps its rows in the files.

    Raises
    ------
    HistoryError
        The file is missing, empty, of an unknown kind, not UTF-8 or damaged; a column is
        missing; a row is invalid (unless dropped); no row is left.
    InputError
        `data` is neither a path nor a DataFrame, an option is not valid, or DuckDB is needed and
        not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> history = load_history(pd.DataFrame({
    ...     "trial": ["t1", "t1"], "model": ["a", "b"], "task": ["sum", "sum"],
    ...     "quality": [7.5, 9.0], "accuracy": [0.6, 0.8]}))
    >>> history.models
    ('a', 'b')
    """
    instance_of("load_history needs a path or a DataFrame", data, (str, Path, pd.DataFrame))
    choice("on_invalid", on_invalid, get_args(OnInvalid))
    if isinstance(drop_strategies, str):
        raise HistoryError("drop_strategies must be a collection of names, not one string")
    reading = Reading(on_invalid, drop_strategies, ground_truth)
    if isinstance(data, pd.DataFrame):
        raw = with_index_as_columns(data)
        check_unique_columns([str(column) for column in raw.columns], "DataFrame")
        return _history([_numbered(raw, "DataFrame", reading)], "DataFrame", reading)
    source = str(data)
    if not names_parts(data):
        return _history([_read_file(Path(data), reading, source)], source, reading)
    files = find_parts(data)
    if streaming is None:
        streaming = is_large(files)
    if streaming:
        from chemopt.history.large.history import load_large_history

        return load_large_history(files, source, reading, reporter(progress, "reading"))
    parts = []
    for file in files:
        part = _read_file(file, reading, str(file), part=True)
        parts.append(replace(part, invalid=part.invalid.assign(file=str(file))))
    return _history(parts, source, reading)


def _read_file(path: Path, reading: Reading, source: str, *, part: bool = False) -> CleanRows:
    """Read one file; as a part of a history it may be without rows."""
    raw = read_table(path)
    raw.index = pd.RangeIndex(1, len(raw) + 1, name="row")
    # Blank lines are numbered, so that numbers are those of the file, and then left out.
    raw = raw[~raw.apply(is_blank).all(axis=1)] if len(raw) else raw
    return _checked(raw, source, reading, part)


def _numbered(raw: pd.DataFrame, source: str, reading: Reading) -> CleanRows:
    raw.index = pd.RangeIndex(1, len(raw) + 1, name="row")
    return _checked(raw, source, reading, part=False)


def _checked(raw: pd.DataFrame, source: str, reading: Reading, part: bool) -> CleanRows:
    if raw.empty and not part:
        raise HistoryError(f"{source}: no rows; a history needs at least one row after the header")
    rows = clean_rows(raw, source, reading)
    if len(rows.invalid):
        logger.warning("%s: dropped %s", source, describe_dropped(rows.invalid))
    return rows


def _history(parts: list[CleanRows], source: str, reading: Reading) -> History:
    """Put the rows of one source, or of the parts of one, together."""
    filled = [part.frame for part in parts if len(part.frame)]
    invalid = pd.concat([part.invalid for part in parts], ignore_index=True)
    if not filled:
        raise no_rows_left(source, len(invalid), reading)
    frame = filled[0]
    if len(parts) > 1:  # numbered through, as if the parts were one file
        frame = pd.concat(filled, ignore_index=True)
        frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    logger.info("%s: %s of %d models", source, counted(len(frame), "row"), frame["model"].nunique())
    prototypes = group_tasks(frame["task"])
    frame = frame.assign(task_group=frame["task"].map(prototypes))
    return History(
        frame=frame,
        source=source,
        dropped=invalid,
        warnings=(
            *scale_warnings(frame["quality"], frame["accuracy"]),
            *left_out(sum((part.left_out for part in parts), Counter[str]())),
            *_repeated(frame),
            *spelt_alike(sorted(frame["model"].unique())),
        ),
    )


def _repeated(frame: pd.DataFrame) -> tuple[str, ...]:
    """Say how many rows say the same as one before in every column; all of them count."""
    keys = list(NAME_COLUMNS)
    suspects = frame[frame.duplicated(keys, keep=False)]
    again = suspects.astype(str).duplicated()
    if not again.any():
        return ()
    at = int(again.to_numpy().argmax())
    cells = suspects.astype(str).to_numpy()
    first = suspects.index[int((cells == cells[at]).all(axis=1).argmax())]
    row = suspects.index[at]
    one = int(again.sum()) == 1
    return (
        f"{counted(int(again.sum()), 'row')} {'repeats' if one else 'repeat'} an earlier row in "
        f"every column (row {row} is row {first} again); {'it counts' if one else 'they count'} "
        "as further answers.",
    )


__all__ = ["EVALUATION_STRATEGIES", "GROUND_TRUTH_WEIGHT", "History", "describe_dropped",
           "load_history"]  # fmt: skip
