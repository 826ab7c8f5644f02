"""The cells of outcome tables: their columns by chemopt's names, marks, amounts and blank cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.table_files import to_number
from chemopt.numerics import Floats
from chemopt.validation import shown
from chemopt.wording import meant

NEEDED_COLUMNS = ("model", "item", "correct")
# Beyond right and wrong, what benchmarks write; in lower case.
_WORDS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "right": 1.0, "wrong": 0.0,
          "correct": 1.0, "incorrect": 0.0}  # fmt: skip


def needed_columns(
    columns: Sequence[str], value: str, source: str | Path, there: Sequence[str]
) -> None:
    """Raise unless the columns of a long table are there.

    Parameters
    ----------
    columns : sequence of str
        By chemopt's names.
    value : {"correct", "score"}
    source : str
    there : sequence of str
        By the names of the file, for the message.

    Raises
    ------
    InputError
        One is missing.
    """
    for column in ("model", "item", value):
        if column not in columns:
            raise InputError(
                f"{source}: missing column {'correct' if column == value else column!r}; outcomes "
                f"have the columns {', '.join(NEEDED_COLUMNS)} (or score); there are "
                f"{', '.join(there)}. Other names are mapped: "
                "columns={'model': 'name'}, --columns model=name"
            )


def renamed(raw: pd.DataFrame, mapping: dict[str, str], source: str) -> pd.DataFrame:
    """Give the columns chemopt's names."""
    for own, theirs in mapping.items():
        if theirs not in raw.columns:
            hint = meant(theirs, raw.columns)
            raise InputError(f"{source}: no column {theirs!r} for {own!r}; {hint}")
    hidden = [own for own in mapping if own in raw.columns and own not in mapping.values()]
    renamed = raw.drop(columns=hidden)
    for own, theirs in mapping.items():
        renamed = renamed.assign(**{own: raw[theirs]})
    unused = [theirs for theirs in mapping.values() if theirs not in mapping]
    return renamed.drop(columns=unused, errors="ignore")


def single_values(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    """Write answers that are lists or objects as text; other columns must not hold any."""
    for name in frame.columns:
        if not pd.api.types.is_object_dtype(frame[name]):
            continue
        nested = np.array([isinstance(value, list | dict | set) for value in frame[name]])
        if not nested.any():
            continue
        if name != "answer":
            k = int(nested.argmax())
            raise InputError(
                f"{source}: row {frame.index[k]}, column {name}: {shown(frame[name].iloc[k])} is "
                "not a single value"
            )
        frame = frame.assign(
            answer=[str(v) if n else v for v, n in zip(frame[name], nested, strict=True)]
        )
    return frame


def to_marks(column: pd.Series[Any], source: str) -> Floats:
    """Return right and wrong, or marks, as numbers; NaN for a blank cell."""
    numbers = _numbers(column)
    bad = ~((numbers >= 0) & (numbers <= 1)) & ~blank_cells(column)
    if bad.any():
        raise InputError(_complaint(column, bad, source, "0, 1 or a mark between", numbers))
    return numbers


def to_amounts(
    column: pd.Series[Any], name: str, source: str, needed: npt.NDArray[np.bool_]
) -> Floats:
    """Return costs or latencies; that of an outcome may not be missing: sums go over all of them.

    Where there is no outcome yet, it may be blank.
    """
    numbers = _numbers(column)
    bad = ~((numbers >= 0) & np.isfinite(numbers)) & (needed | ~blank_cells(column))
    if bad.any():
        raise InputError(_complaint(column, bad, source, f"a {name} of at least 0", numbers))
    return numbers


def _numbers(column: pd.Series[Any]) -> Floats:
    """Return a column as numbers, NaN where a value is none; each distinct value is read once."""
    if column.dtype.kind in "biuf":
        return column.to_numpy(dtype=float)
    codes, values = pd.factorize(column)
    texts = pd.Series(list(values), dtype=object)
    words = [_WORDS.get(str(value).strip().lower(), np.nan) for value in values]
    numbers = np.append(to_number(texts).fillna(pd.Series(words, dtype=float)), np.nan)
    return numbers[codes]  # −1, which is no value, is the last


def blank_cells(column: pd.Series[Any]) -> npt.NDArray[np.bool_]:
    """Return which cells of a column are missing or blank."""
    if column.dtype.kind in "biuf":
        return column.isna().to_numpy()
    codes, values = pd.factorize(column)
    blank = np.array([not str(value).strip() for value in values] + [True], dtype=bool)
    return blank[codes]


def _complaint(
    column: pd.Series[Any], bad: npt.NDArray[np.bool_], source: str, wanted: str, numbers: Floats
) -> str:
    """Say which value is wrong, and what it looks like."""
    k = int(bad.argmax())
    text = str(column.iloc[k])
    hint = ""
    if "," in text and text.replace(",", ".", 1).replace(".", "", 1).strip().isdigit():
        hint = "; a decimal comma? Write a point"
    elif wanted.startswith("0, 1") and (1 < numbers[k] <= 100 or text.rstrip().endswith("%")):
        hint = "; percent? Divide by 100"
    elif text.strip().lower() in ("na", "n/a", "nan", "none", "null"):
        hint = "; leave the cell blank where there is no answer"
    return (
        f"{source}: row {column.index[k]}, column {column.name}: {shown(column.iloc[k])} is not "
        f"{wanted}{hint}"
    )
