"""Attributes of models: what they cost, who provides them, how fast they answer.

A DataFrame with a row for each model, named by its index, and a column for each attribute. Budgets
use numeric attributes, groups any (see `chemopt.problem.constraints`). They come from a CSV file,
from the caller, or from the history itself.
"""

from __future__ import annotations

import csv
import io
import math
import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from chemopt.errors import InputError
from chemopt.history.files import read_text
from chemopt.history.history import History
from chemopt.history.large.history import LargeHistory
from chemopt.history.table_files import delimiter_of, read_table
from chemopt.numerics import without_noise
from chemopt.wording import meant

MODEL_COLUMN = "model"
# Columns of a history whose mean says something of a model.
HISTORY_ATTRIBUTES = ("cost", "latency", "elapsed")


def read_attributes(path: str | Path) -> pd.DataFrame:
    r"""Read attributes from a table with a column `model` and one for each attribute.

    It is text (CSV, with commas, semicolons or tabs), whose cells are kept as text, Excel (.xlsx)
    or Parquet. Budgets convert texts to numbers.

    Raises
    ------
    InputError
        The file is missing or is not such a table; the message names the file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "models.csv"
    ...     _ = path.write_text("model,price,provider\nada,0.5,acme\nbea,2,acme\n")
    ...     read_attributes(path).loc["ada"].to_dict()
    {'price': '0.5', 'provider': 'acme'}
    """
    if str(path).lower().endswith((".xlsx", ".parquet")):
        frame = read_table(Path(path)).replace("", None)
        return _by_model(frame.rename(columns=str), path)
    text = read_text(path)
    try:
        delimiter = delimiter_of(text) if text.strip() else ","
        rows = csv.reader(io.StringIO(text), delimiter=delimiter)
        header = [name.strip() for name in next(rows, [])]
    except csv.Error as error:
        raise InputError(f"{path}: the header cannot be read: {error}") from None
    for name in header:
        if header.count(name) > 1:
            raise InputError(f"{path}: the attribute {name!r} is given twice")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the header
            frame = pd.read_csv(
                io.StringIO(text), sep=delimiter, dtype=str, skipinitialspace=True, index_col=False
            )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pd.errors.ParserWarning) as error:
        reason = str(error).splitlines()[0].removeprefix("Error tokenizing data. ")
        raise InputError(f"{path}: not a CSV table: {reason}") from None
    return _by_model(frame, path)


def _by_model(frame: pd.DataFrame, path: str | Path) -> pd.DataFrame:
    """Return a table of attributes by model."""
    if MODEL_COLUMN not in frame.columns:
        raise InputError(f"{path}: the column 'model' is missing; {meant('model', frame.columns)}")
    blank = frame[MODEL_COLUMN].isna()
    if blank.any():
        raise InputError(f"{path}: row {int(blank.to_numpy().argmax()) + 1} names no model")
    try:
        return checked_attributes(frame.set_index(MODEL_COLUMN))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def joined_attributes(own: pd.DataFrame | None, given: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return attributes that were given with those of the data; given columns take precedence.

    Examples
    --------
    >>> own = pd.DataFrame({"price": [1.0, 2.0], "cost": [3.0, 4.0]}, index=["a", "b"])
    >>> joined_attributes(own, pd.DataFrame({"price": [5.0, 6.0]}, index=["a", "b"]))
       cost  price
    a   3.0    5.0
    b   4.0    6.0
    """
    if given is None or own is None:
        return own if given is None else given
    more = own.drop(columns=given.columns, errors="ignore")
    return more.join(given, how="outer") if len(more.columns) else given


def history_attributes(history: History, task: str | None = None) -> pd.DataFrame:
    """Return what a history says of its models: means of `cost`, `latency` and `elapsed`.

    Means are rounded to 12 significant digits, as budgets take them for decimal numbers.

    Parameters
    ----------
    history : History
    task : str, optional
        Task to look at; needed when the history has several.

    Examples
    --------
    >>> from chemopt import load_history
    >>> from chemopt.history.generate import generate_history
    >>> history = load_history(generate_history(models=3, trials=5))
    >>> history_attributes(history).columns.tolist()
    ['latency']
    """
    if isinstance(history, LargeHistory):
        return history.mean_amounts(history.find_group(task))
    rows = history.rows_of(task)
    means = {}
    for column in HISTORY_ATTRIBUTES:
        if column in rows.columns:
            values = pd.to_numeric(rows[column], errors="coerce")
            if values.notna().any():
                means[column] = values.groupby(rows["model"]).mean().map(without_noise)
    return pd.DataFrame(means, index=pd.Index(sorted(history.models), name=MODEL_COLUMN))


def checked_attributes(given: Any) -> pd.DataFrame:
    """Return attributes as a DataFrame with a row for each model.

    Parameters
    ----------
    given : DataFrame or mapping
        A DataFrame whose index, or whose column `model`, names the models; or
        ``{model: {attribute: value}}``.

    Raises
    ------
    InputError
        It is neither, or names a model twice.
    """
    if isinstance(given, pd.DataFrame):
        frame = given.set_index(MODEL_COLUMN) if MODEL_COLUMN in given.columns else given
    elif isinstance(given, Mapping) and all(isinstance(row, Mapping) for row in given.values()):
        columns = list(dict.fromkeys(column for row in given.values() for column in row))
        cells = [[row.get(column) for column in columns] for row in given.values()]
        frame = pd.DataFrame(cells, index=list(given), columns=columns, dtype=object)
    else:
        raise InputError(
            "attributes must be a DataFrame with a row for each model, or a mapping of models to "
            f"mappings, not {type(given).__name__}"
        )
    for what, labels in (("model", frame.index), ("attribute", frame.columns)):
        for name, count in Counter(labels.tolist()).items():
            if not isinstance(name, str):
                raise InputError(f"attributes: {name!r} is not the name of a {what}")
            if count > 1:
                raise InputError(f"attributes: the {what} {name!r} is given twice")
    return frame.rename_axis(index=MODEL_COLUMN)


def for_pool(frame: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Return the attributes of a pool, in its order; missing where a model has none.

    Raises
    ------
    InputError
        There are attributes, but of none of these models.
    """
    if len(frame) and not frame.index.isin(models).any():
        raise InputError(
            f"attributes: none of the pool's models has any; they are of {_few(frame.index)}, and "
            f"the pool has {_few(models)}"
        )
    return frame.reindex(pd.Index(models, name=MODEL_COLUMN))


def attribute_number(attribute: str, model: str, value: Any) -> float:
    """Return a numeric attribute.

    Raises
    ------
    InputError
        It is missing or not a finite number.
    """
    if pd.isna(value) or (isinstance(value, str) and not value.strip()):
        raise InputError(f"attribute {attribute!r} of {model!r} is missing")
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        comma = isinstance(value, str) and re.fullmatch(r"\s*-?\d+,\d+\s*", value)
        hint = "; a decimal comma? Write a point" if comma else ""
        raise InputError(f"attribute {attribute!r} of {model!r} is {value!r}, not a number{hint}")
    return found


def attribute_text(value: Any) -> str:
    """Return an attribute as text: 1.0 and 1 are the same, as are True and true.

    Examples
    --------
    >>> attribute_text(1.0), attribute_text(True), attribute_text(" acme ")
    ('1', 'true', 'acme')
    """
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def attributes_to_dict(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return attributes as plain JSON data, by model; missing values are left out."""
    return {
        str(model): {
            str(name): _plain(value.item() if hasattr(value, "item") else value)
            for name, value in row.items()
            if not pd.isna(value)
        }
        for model, row in frame.astype(object).iterrows()
    }


def _plain(value: Any) -> Any:
    """Return a value that JSON has, or its text: a date, an infinite number."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if isinstance(value, bool | int | str) else str(value)


def _few(names: Sequence[str] | pd.Index[Any]) -> str:
    """Return the first names of some, for a message."""
    return ", ".join(map(str, names[:3])) + (", …" if len(names) > 3 else "")
