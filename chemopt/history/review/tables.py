"""Reading the tables of a peer review: scores and answers.

Scores have a row for each score that a reviewer gave: `reviewer`, `author` (whose answer it is),
`score` in [0, 10], and `item` when there are several. Answers have a row for each answer: `item`,
`author` (or `model`), `correct` in [0, 1] if there is a ground truth, and further columns (`task`,
`latency`, …), which go into the history unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.table_files import is_blank, read_table, to_number
from chemopt.validation import instance_of, shown
from chemopt.wording import meant, nearest

SCORE_COLUMNS = ("item", "reviewer", "author", "score")
HIGHEST_SCORE = 10.0
# The item of a table that has no such column.
ONLY_ITEM = "1"


def is_long_table(scores: Any) -> bool:
    """Return whether this is a long table of scores (maybe lacking a column), not a matrix."""
    return isinstance(scores, pd.DataFrame) and len(set(SCORE_COLUMNS) & set(scores)) >= 2


def read_scores(data: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Return a long table of scores, validated.

    Parameters
    ----------
    data : path or DataFrame
        `.csv`, `.csv.gz`, `.parquet` or a DataFrame, with the columns of the module's text and no
        others. A blank score is one that was not given.

    Returns
    -------
    DataFrame
        Columns `item`, `reviewer`, `author` (text) and `score` (no blanks), in the order given;
        the index is the row's number in the data, from 1.

    Raises
    ------
    InputError
        A column is missing, unknown or there twice, a name is empty, a score is not a number in
        [0, 10], a reviewer scored an answer twice, or there is no score at all. The message names
        file, row, column and value.
    """
    frame, source = _read(data, "scores")
    _check_columns(frame, SCORE_COLUMNS[1:], SCORE_COLUMNS, source)
    if "item" not in frame:
        frame.insert(0, "item", ONLY_ITEM)
    frame = frame[list(SCORE_COLUMNS)]
    for column in SCORE_COLUMNS[:3]:
        frame[column] = _names(frame, column, source)
    frame["score"] = _numbers(frame, "score", HIGHEST_SCORE, source)
    _check_once(frame, SCORE_COLUMNS[:3], source)
    frame = frame[frame["score"].notna()]
    if frame.empty:
        raise InputError(f"{source}: there is no score; at least one is needed")
    return frame


def melt_matrix(scores: Any) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return a matrix, reviewers × answers, as a long table of one item, and its names in order.

    Raises
    ------
    InputError
        It is not a matrix, a name occurs twice, or a score is not a number in [0, 10].
    """
    if not isinstance(scores, pd.DataFrame):
        try:
            array = np.asarray(scores, dtype=float)
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(
                f"scores: not a matrix of numbers: {error}; give a table with the columns "
                "reviewer, author, score (and item), its path, or a matrix of reviewers × answers"
            ) from None
        if array.ndim != 2:
            raise InputError(
                f"scores: a matrix of reviewers × answers is needed, not {array.ndim} dimensions"
            )
        reviewers, authors = ([str(k) for k in range(1, n + 1)] for n in array.shape)
        scores = pd.DataFrame(array, index=reviewers, columns=authors)
    names = {"reviewer": list(map(str, scores.index)), "author": list(map(str, scores.columns))}
    for kind, own in names.items():
        twice = [name for name in own if own.count(name) > 1]
        if twice:
            raise InputError(f"scores: the {kind} {twice[0]!r} occurs more than once")
    rows = [
        (ONLY_ITEM, reviewer, author, value)
        for reviewer, values in zip(names["reviewer"], scores.to_numpy(dtype=object), strict=True)
        for author, value in zip(names["author"], values, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
    numbers = to_number(frame["score"])
    bad = _out_of_range(frame["score"], numbers, HIGHEST_SCORE)
    if bad.any():
        _, reviewer, author, value = rows[int(np.argmax(bad.to_numpy()))]
        raise InputError(
            f"scores: reviewer {reviewer!r}, answer of {author!r}: {shown(value)} "
            f"is not a number in [0, {HIGHEST_SCORE:g}]"
        )
    frame = frame.assign(score=numbers).dropna(subset="score")
    if frame.empty:
        raise InputError("scores: there is no score; at least one is needed")
    return frame, names


def read_answers(data: str | Path | pd.DataFrame, reserved: Sequence[str]) -> pd.DataFrame:
    """Return a table of answers, validated.

    Parameters
    ----------
    data : path or DataFrame
        With the columns of the module's text.
    reserved : sequence of str
        Columns that the table must not have, because they are computed.

    Returns
    -------
    DataFrame
        Columns `item`, `author`, `correct` if it is there (NaN where blank), and the others as
        they are; the index is the row's number.

    Raises
    ------
    InputError
        As for `read_scores`.
    """
    frame, source = _read(data, "answers")
    if "model" in frame and "author" not in frame:
        frame = frame.rename(columns={"model": "author"})
    _check_columns(frame, ("item", "author"), None, source)
    taken = [column for column in (*reserved, "model") if column in frame]
    if taken:
        raise InputError(
            f"{source}: the column {taken[0]!r} is computed from the reviews; rename it or leave "
            "it out"
        )
    for column in ("item", "author"):
        frame[column] = _names(frame, column, source)
    if "correct" in frame:
        frame["correct"] = _numbers(frame, "correct", 1.0, source)
    _check_once(frame, ("item", "author"), source)
    return frame


def _read(data: str | Path | pd.DataFrame, what: str) -> tuple[pd.DataFrame, str]:
    """Return a copy of the table, rows numbered from 1, without blank lines, and its source."""
    instance_of(f"{what}: a path or a DataFrame is needed", data, (str, Path, pd.DataFrame))
    if isinstance(data, pd.DataFrame):
        frame, source = data.copy(), what
        frame.columns = [str(column) for column in frame.columns]
        twice = frame.columns[frame.columns.duplicated()]
        if len(twice):
            raise InputError(f"{source}: the column {twice[0]!r} occurs more than once")
    else:
        frame, source = read_table(Path(data)), str(data)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    if len(frame) and not isinstance(data, pd.DataFrame):
        frame = frame[~frame.apply(is_blank).all(axis=1)].copy()
    if frame.empty:
        raise InputError(f"{source}: no rows; at least one row after the header is needed")
    return frame, source


def _check_columns(
    frame: pd.DataFrame, needed: Sequence[str], known: Sequence[str] | None, source: str
) -> None:
    given = list(frame.columns)
    missing = [column for column in needed if column not in given]
    unknown = [column for column in given if known is not None and column not in known]
    if missing:
        message = f"{source}: missing column {missing[0]}; found: {', '.join(given)}"
        matches = nearest(missing[0], given)
        if matches:
            message += f"; is {matches[0]!r} meant to be {missing[0]!r}?"
        elif len(given) == 1:
            message += "; is the file separated by commas?"
        raise InputError(message)
    if unknown and known is not None:
        raise InputError(
            f"{source}: unknown column {unknown[0]!r}; {meant(unknown[0], known, 'there may be')}"
        )


def _names(frame: pd.DataFrame, column: str, source: str) -> pd.Series[Any]:
    blank = is_blank(frame[column])
    if blank.any():
        row = frame.index[blank.to_numpy()][0]
        raise InputError(f"{source}: row {row}, column {column}: empty; a name is needed")
    return frame[column].astype("string").str.strip().astype(object)


def _numbers(frame: pd.DataFrame, column: str, high: float, source: str) -> pd.Series[float]:
    numbers = to_number(frame[column])
    bad = _out_of_range(frame[column], numbers, high)
    if bad.any():
        row = frame.index[bad.to_numpy()][0]
        raise InputError(
            f"{source}: row {row}, column {column}: {shown(frame.loc[row, column])} "
            f"is not a number in [0, {high:g}]"
        )
    return numbers


def _out_of_range(given: pd.Series[Any], numbers: pd.Series[float], high: float) -> pd.Series[bool]:
    return ~((numbers >= 0) & (numbers <= high)) & ~is_blank(given)


def _check_once(frame: pd.DataFrame, key: Sequence[str], source: str) -> None:
    again = frame.duplicated(list(key))
    if again.any():
        row = frame.index[again.to_numpy()][0]
        values = frame.loc[row, list(key)]
        same = (frame[list(key)] == values).all(axis=1)
        key_text = ", ".join(f"{column} {value!r}" for column, value in values.items())
        first = frame.index[same.to_numpy()][0]
        raise InputError(
            f"{source}: row {row} is for the same {key_text} as row {first}; each may occur once"
        )
