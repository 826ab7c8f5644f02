"""Outcomes: which model answered which item right.

Outcomes come as a long table, a row for each answer with the columns `model`, `item` and
`correct` (0 or 1; with a column `task`, items are identified by task and item), or as a matrix
with a row for each item and a column for each model. Models may have answered different items:
blank or missing is unanswered.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.files import read_table
from chemopt.history.histories import History
from chemopt.validation import instance_of, number

LONG_COLUMNS = ("model", "item", "correct")


def outcome_matrix(outcomes: pd.DataFrame | str | Path) -> pd.DataFrame:
    """Validate outcomes and return them as a matrix.

    Parameters
    ----------
    outcomes : DataFrame or path
        See the module's text. A DataFrame with the three columns is a long table, any other a
        matrix. A file (`.csv`, `.csv.gz`, `.parquet`) holds a long table.

    Returns
    -------
    DataFrame
        A row for each item, a column for each model by name; 1.0 right, 0.0 wrong, NaN
        unanswered.

    Raises
    ------
    InputError
        A column is missing, an outcome is not 0 or 1, a model answered an item twice, or there
        is no answer. The errors of files are those of histories.

    Examples
    --------
    >>> import pandas as pd
    >>> matrix = outcome_matrix(pd.DataFrame({
    ...     "model": ["b", "a", "a"], "item": [1, 1, 2], "correct": [1, 0, 1]}))
    >>> matrix.reset_index().to_dict("list")
    {'item': [1, 2], 'a': [0.0, 1.0], 'b': [1.0, nan]}
    """
    if isinstance(outcomes, str | Path):
        return _from_long(read_table(Path(outcomes)), str(outcomes))
    instance_of(
        "outcomes must be a DataFrame or a path",
        outcomes,
        pd.DataFrame,
        "of a history: outcomes_of_history(history)",
    )
    if set(LONG_COLUMNS) <= set(outcomes.columns):
        return _from_long(outcomes, "outcomes")
    return _checked(outcomes, "outcomes")


def outcomes_of_history(
    history: History, task: str | None = None, *, threshold: float = 0.5
) -> pd.DataFrame:
    """Return which model answered which trial of a history right.

    The answers of one trial are answers to one question, so a trial is an item. A row's
    score is `generation_accuracy`, the comparison with the ground truth, where it is there,
    else `accuracy`. A model with several rows in a trial is right when its mean score is.

    Parameters
    ----------
    history : History
    task : str, optional
        The task; needed only when the history has several groups.
    threshold : float
        An answer is right when its score is above this; in [0, 1].

    Returns
    -------
    DataFrame
        As from `outcome_matrix`, a row for each trial.
    """
    instance_of(
        "outcomes_of_history needs a History", history, History, "read one: load_histories(data)"
    )
    threshold = number("threshold", threshold, 0, 1)
    rows = history.frame.loc[history.frame["task_group"] == history.find_group(task)]
    score = rows["accuracy"]
    if "generation_accuracy" in rows:
        score = rows["generation_accuracy"].fillna(score)
    mean = score.groupby([rows["trial"], rows["model"]]).mean().unstack("model")
    right = (mean > threshold).astype(float).where(mean.notna())
    return right.rename_axis("item").rename_axis("model", axis=1)


def _from_long(table: pd.DataFrame, source: str) -> pd.DataFrame:
    missing = [column for column in LONG_COLUMNS if column not in table]
    if missing:
        raise InputError(
            f"{source}: missing column {missing[0]!r}; outcomes have the columns "
            f"{', '.join(LONG_COLUMNS)}"
        )
    keys = ["task", "item"] if "task" in table else ["item"]
    unnamed = table[["model", *keys]].isna() | (table[["model", *keys]] == "")
    for column in unnamed.columns[unnamed.any()]:
        raise InputError(f"{source}: a row has no {column}")
    twice = table.duplicated(["model", *keys])
    if twice.any():
        row = table[twice].iloc[0]
        item = ", ".join(str(row[key]) for key in keys)
        raise InputError(f"{source}: {row['model']!r} has two outcomes of the item {item}")
    matrix = table.set_index([*keys, "model"])["correct"].unstack("model")
    return _checked(matrix, source)


def _checked(matrix: pd.DataFrame, source: str) -> pd.DataFrame:
    if not matrix.columns.is_unique:
        raise InputError(f"{source}: a model has two columns")
    values = pd.DataFrame(
        {str(name): pd.to_numeric(matrix[name], errors="coerce") for name in matrix.columns},
        index=matrix.index,
        dtype=float,
    ).rename_axis("model", axis=1)
    given = matrix.notna().to_numpy() & (matrix.to_numpy(dtype=object) != "")
    bad = given & ~np.isin(values.to_numpy(), (0.0, 1.0))
    if bad.any():
        i, j = np.argwhere(bad)[0]
        raise InputError(
            f"{source}: the outcome of {matrix.columns[j]!r} on the item {matrix.index[i]!r} is "
            f"{str(matrix.iloc[i, j])!r}, not 0 or 1"
        )
    if not given.any():
        raise InputError(f"{source}: there is no answer")
    return values.sort_index(axis=1)
