"""What answers cost, from the tokens they took and the prices of models.

    cost = (input tokens · input price + output tokens · output price) / 10⁶,

with prices per million tokens, in the user's unit of money. Where the tokens of an answer are not
known, the mean of those of the model's other answers stands for them. Where no answer of a model
has known tokens, its costs cannot be known, which is an error: a price alone is no cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.table_files import is_blank, read_table, to_number
from chemopt.validation import instance_of, shown
from chemopt.wording import counted, listed

Prices: TypeAlias = str | Path | pd.DataFrame | Mapping[str, Mapping[str, float]]

PRICE_COLUMNS = ("input", "output")
TOKEN_COLUMNS = ("input_tokens", "output_tokens")
PER = 1e6


def read_prices(
    prices: str | Path | pd.DataFrame | Mapping[str, Mapping[str, float]],
    *,
    date: str | None = None,
) -> pd.DataFrame:
    r"""Read the prices of models.

    Parameters
    ----------
    prices : path, DataFrame or mapping
        A table with the columns `model`, `input` and `output`: prices per million tokens. With a
        column `date` (2024-05-31), a model may have several prices. Or
        ``{model: {"input": price, "output": price}}``.
    date : str, optional
        The day whose prices are wanted; the latest of each model if not given.

    Returns
    -------
    DataFrame
        `input` and `output`, by model.

    Raises
    ------
    InputError
        The file cannot be read; a column is missing; a price or a date is not valid; a model has
        two prices, or none on that day.

    Examples
    --------
    >>> read_prices(pd.DataFrame({
    ...     "model": ["ada", "ada", "bea"], "input": [1.0, 0.5, 3.0], "output": [4.0, 2.0, 9.0],
    ...     "date": ["2024-01-01", "2024-06-01", "2024-01-01"]})).loc["ada"].to_dict()
    {'input': 0.5, 'output': 2.0}
    """
    kinds = (str, Path, pd.DataFrame, Mapping)
    instance_of("read_prices needs a path, a DataFrame or a mapping", prices, kinds)
    if isinstance(prices, Mapping):
        source, frame = "prices", _of_mapping(prices)
    elif isinstance(prices, pd.DataFrame):
        source, frame = "prices", prices.reset_index() if prices.index.name else prices
    else:
        source, frame = str(prices), read_table(Path(prices))
    frame = frame.set_axis(pd.RangeIndex(1, len(frame) + 1))
    for name in ("model", *PRICE_COLUMNS):
        if name not in frame:
            raise InputError(
                f"{source}: missing column {name!r}; prices have the columns model, input, output"
            )
    if (nameless := is_blank(frame["model"])).any():
        raise InputError(f"{source}: row {_first(nameless) + 1} names no model")
    table = pd.DataFrame({"model": frame["model"].astype(str).str.strip()})
    for name in PRICE_COLUMNS:
        table[name] = to_number(frame[name])
        bad = ~(np.isfinite(table[name]) & (table[name] >= 0))
        _refuse(frame[name], bad, source, "a price of at least 0")
    if "date" in frame:
        table = _of_day(table.assign(date=_days(frame["date"], source)), date, source)
    elif date is not None:
        raise InputError(f"{source}: no column date, so no prices of {date!r}")
    if (twice := table["model"].duplicated()).any():
        raise InputError(f"{source}: {table['model'].iloc[_first(twice)]!r} has two prices")
    return table.set_index("model")[list(PRICE_COLUMNS)]


def _of_mapping(prices: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Return the table of prices given by model: ``{"ada": {"input": 0.5, "output": 2}}``."""
    for model, row in prices.items():
        hint = "give both: {'ada': {'input': 0.5, 'output': 2.0}}"
        instance_of(f"prices: that of {model!r} must be a mapping", row, Mapping, hint)
    return pd.DataFrame([{"model": model, **row} for model, row in prices.items()])


def cost_of_tokens(
    frame: pd.DataFrame, prices: pd.DataFrame, source: str = "DataFrame"
) -> tuple[pd.Series[float], tuple[str, ...]]:
    """Return the cost of each answer, and what had to be assumed.

    Parameters
    ----------
    frame : DataFrame
        With the columns `model`, `input_tokens` and `output_tokens`.
    prices : DataFrame
        From `read_prices`.
    source : str
        What the answers are from, for messages.

    Raises
    ------
    InputError
        There is no column of tokens, a model has no price, or no answer of a model has tokens.

    Examples
    --------
    >>> prices = read_prices(pd.DataFrame({"model": ["ada"], "input": [2.0], "output": [10.0]}))
    >>> frame = pd.DataFrame({
    ...     "model": ["ada", "ada"], "input_tokens": [1000, 500], "output_tokens": [100, None]})
    >>> cost, warnings = cost_of_tokens(frame, prices)
    >>> cost.tolist()
    [0.003, 0.002]
    >>> warnings
    ('The tokens of 1 answer are not known; the mean of the other answers of its model counts.',)
    """
    for name in TOKEN_COLUMNS:
        if name not in frame:
            raise InputError(
                f"{source}: no column {name!r}, so costs cannot be computed from prices; other "
                "names are mapped: columns={'input_tokens': 'prompt_tokens'}, --columns"
            )
    model = frame["model"].astype(str).str.strip()
    unpriced = sorted(set(model.unique()) - set(prices.index))
    if unpriced:
        raise InputError(
            f"{source}: no price of {listed(unpriced)}; there are prices of "
            f"{listed(list(map(str, prices.index)))}"
        )
    cost = pd.Series(0.0, index=frame.index)
    unknown = np.zeros(len(frame), dtype=bool)
    for tokens, price in zip(TOKEN_COLUMNS, PRICE_COLUMNS, strict=True):
        counts = _counts(frame[tokens], source)
        means = counts.groupby(model).mean()
        if means.isna().any():
            raise InputError(
                f"{source}: the cost of {means.isna().idxmax()!r} is not known: none of its "
                f"answers has {tokens}"
            )
        unknown |= counts.isna().to_numpy()
        cost += counts.fillna(model.map(means)) * model.map(prices[price]).astype(float) / PER
    told = (
        (
            f"The tokens of {counted(int(unknown.sum()), 'answer')} are not known; the mean of the "
            "other answers of its model counts.",
        )
        if unknown.any()
        else ()
    )
    return cost, told


def _counts(column: pd.Series[Any], source: str) -> pd.Series[float]:
    """Return numbers of tokens, NaN where they are not known."""
    counts = to_number(column)
    bad = ~(np.isfinite(counts) & (counts >= 0)) & ~is_blank(column)
    _refuse(column, bad, source, "a number of tokens")
    return counts


def _days(column: pd.Series[Any], source: str) -> pd.Series[Any]:
    days = pd.to_datetime(column, errors="coerce", format="%Y-%m-%d")
    _refuse(column, days.isna(), source, "a date (2024-05-31)")
    return days


def _refuse(column: pd.Series[Any], bad: Any, source: str, wanted: str) -> None:
    """Raise if a value is bad."""
    if bad.any():
        k = _first(bad)
        raise InputError(
            f"{source}: row {k + 1}, column {column.name}: {shown(column.iloc[k])} is not {wanted}"
        )


def _first(bad: Any) -> int:
    return int(np.asarray(bad).argmax())


def _of_day(table: pd.DataFrame, date: str | None, source: str) -> pd.DataFrame:
    """Return the prices of a day: of each model, the last set until then."""
    if (twice := table.duplicated(["model", "date"])).any():
        raise InputError(
            f"{source}: {table['model'].iloc[_first(twice)]!r} has two prices of one day"
        )
    if date is not None:
        day = _days(pd.Series([date], name="date"), "date").iloc[0]
        kept = table[table["date"] <= day]
        late = sorted(set(table["model"]) - set(kept["model"]))
        if late:
            raise InputError(f"{source}: no price of {listed(late)} on {date} or before")
        table = kept
    return table.sort_values("date", kind="stable").drop_duplicates("model", keep="last")
