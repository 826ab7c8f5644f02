"""Validation of the rows of a history, and what is said of rows that are left out.

One file in memory and parts of a large history go through the same functions, so that what is
valid, and what an error says, does not depend on the way of reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.scales import scale_hint
from chemopt.history.table_files import is_blank, to_number
from chemopt.validation import shown
from chemopt.wording import counted, nearest

OnInvalid = Literal["raise", "drop"]

NAME_COLUMNS = ("trial", "model", "task")
COMPONENT_COLUMNS = ("generation_accuracy", "review_accuracy")
# Column → (smallest, largest) value.
NUMBER_RANGES = {
    "quality": (0.0, 10.0),
    "accuracy": (0.0, 1.0),
    "generation_accuracy": (0.0, 1.0),
    "review_accuracy": (0.0, 1.0),
    "latency": (0.0, np.inf),
}
GROUND_TRUTH_WEIGHT = {True: 0.75, False: 0.25}
# The published histories mark trials that evaluate the method's own recommendations with this
# strategy. Its authors do not learn from them; neither does chemopt, by default.
EVALUATION_STRATEGIES = ("CHEMISTRY",)


@dataclass(frozen=True)
class Reading:
    """How rows are read: the options of `load_history`, which explains them."""

    on_invalid: OnInvalid = "raise"
    drop_strategies: Collection[str] = EVALUATION_STRATEGIES
    ground_truth: bool = True


@dataclass(frozen=True)
class CleanRows:
    """The valid rows of one source, and what was left out.

    Attributes
    ----------
    frame : DataFrame
        The valid rows, with numbers as numbers and an accuracy.
    invalid : DataFrame
        See `validate_rows`.
    left_out : Counter of str
        Rows left out for their strategy, by strategy.
    """

    frame: pd.DataFrame
    invalid: pd.DataFrame
    left_out: Counter[str]


def clean_rows(raw: pd.DataFrame, source: str, reading: Reading) -> CleanRows:
    """Validate rows and leave out those that are not wanted.

    Parameters
    ----------
    raw : DataFrame
        The rows as they were read; the index is their number in the source.
    source : str
        A name for messages.
    reading : Reading

    Raises
    ------
    HistoryError
        A column is missing; or a row is invalid, with ``on_invalid="raise"``.
    """
    check_columns([str(column) for column in raw.columns], source)
    kept, strategies = raw, list(reading.drop_strategies)
    if "strategy" in raw and strategies:
        kept = raw[~raw["strategy"].isin(strategies)]
    frame, invalid = validate_rows(kept)
    if len(invalid):
        if reading.on_invalid == "raise":
            raise HistoryError(first_error(invalid, source))
        frame = frame.drop(index=invalid["row"].to_list())
    if "accuracy" in frame and not reading.ground_truth:
        raise HistoryError(
            f"{source}: ground_truth=False (--ground-truth no) has no effect: it is for accuracies "
            "that have to be computed, and there is a column accuracy"
        )
    if "accuracy" not in frame:
        g = GROUND_TRUTH_WEIGHT[bool(reading.ground_truth)]
        generation, review = (frame[column] for column in COMPONENT_COLUMNS)
        frame["accuracy"] = g * generation + (1 - g) * review
    dropped = raw.drop(index=kept.index)
    counts = Counter(dropped["strategy"].astype(str)) if len(dropped) else Counter[str]()
    return CleanRows(frame, invalid, counts)


def describe_dropped(dropped: pd.DataFrame) -> str:
    """Say in one line how many rows were dropped and why.

    Examples
    --------
    >>> import pandas as pd
    >>> describe_dropped(pd.DataFrame({"row": [3], "column": ["quality"], "value": ["x"],
    ...                                "reason": ["is not a number in [0, 10]"]}))
    '1 row: quality is not a number in [0, 10] (1)'
    """
    reasons = Counter(zip(dropped["column"], dropped["reason"], strict=True))
    why = "; ".join(f"{column} {reason} ({count})" for (column, reason), count in reasons.items())
    return f"{counted(len(dropped), 'row')}: {why}"


def left_out(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Say how many rows were left out for their strategies, and how to keep them."""
    rows = sum(counts.values())
    if not rows:
        return ()
    are = "is" if rows == 1 else "are"
    return (
        f"{counted(rows, 'row')} of strategy {_listed(sorted(counts))} {are} left out; "
        "drop_strategies=() or --drop-strategy none keeps them.",
    )


def check_columns(columns: Sequence[str], source: str) -> None:
    """Raise a `HistoryError` unless all columns of a history are there."""
    needed = [*NAME_COLUMNS, "quality"]
    missing = [column for column in needed if column not in columns]
    if "accuracy" not in columns and not set(COMPONENT_COLUMNS) <= set(columns):
        missing.append("accuracy")
    if not missing:
        return
    message = f"{source}: missing column{'s' * (len(missing) > 1)} {', '.join(missing)}"
    if "accuracy" in missing:
        message += f" (or {' and '.join(COMPONENT_COLUMNS)} to compute accuracy from)"
    message += f"; found: {', '.join(columns)}"
    hints = {m: nearest(m, [c for c in columns if c not in needed]) for m in missing}
    guesses = [f"is {match[0]!r} meant to be {m!r}?" for m, match in hints.items() if match]
    if len(columns) == 1 or any(";" in column or "\t" in column for column in columns):
        guesses.append("is the file separated by commas?")
    raise HistoryError("; ".join([message, *guesses]))


def validate_rows(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows with their numbers converted, and the first error of each invalid row."""
    frame = raw.copy()
    errors: list[pd.DataFrame] = []

    def record(bad: pd.Series[bool], column: str, reason: str) -> None:
        if bad.any():
            rows = raw.index[bad.to_numpy()]
            errors.append(
                pd.DataFrame(
                    {
                        "row": list(rows),
                        "column": column,
                        # of type object: pandas would infer another one
                        "value": pd.Series(list(raw.loc[rows, column]), dtype=object),
                        "reason": reason,
                    }
                )
            )

    for column in NAME_COLUMNS:
        named = frame[column].astype("string")
        bare = named.str.strip()
        record(named.isna() | (bare == ""), column, "is empty; a name is needed")
        frame[column] = (bare if column == "model" else named).astype(object)
    for column, (low, high) in NUMBER_RANGES.items():
        if column not in frame:
            continue
        number = to_number(frame[column])
        optional = column == "latency" or (column in COMPONENT_COLUMNS and "accuracy" in frame)
        bad = ~((number >= low) & (number <= high) & np.isfinite(number))
        if optional:
            bad &= ~is_blank(raw[column])
        if high == np.inf:
            record(bad, column, "is not a number of seconds ≥ 0")
        else:
            reason = f"is not a number in [{low:g}, {high:g}]"
            hint = scale_hint(column, number, high) or _comma_hint(raw[column][bad])
            record(bad, column, f"{reason}; {hint}" if hint else reason)
        frame[column] = number
    if not errors:
        return frame, pd.DataFrame({"row": [], "column": [], "value": [], "reason": []})
    invalid = pd.concat(errors, ignore_index=True)
    invalid = invalid.drop_duplicates("row").sort_values("row", ignore_index=True)
    return frame, invalid


def _comma_hint(values: pd.Series[Any]) -> str:
    """Return a hint where numbers are written with a decimal comma."""
    commas = values.astype(str).str.fullmatch(r"\s*\d+,\d+\s*")
    return "a decimal comma? Write a point" if commas.any() else ""


def first_error(invalid: pd.DataFrame, source: str) -> str:
    """Say what is wrong with the first of the invalid rows."""
    first = invalid.iloc[0]
    message = (
        f"{source}: row {first['row']}, column {first['column']}: "
        f"{shown(first['value'])} {first['reason']}"
    )
    others = len(invalid) - 1
    if others:
        message += f"; {counted(others, 'row')} more {'is' if others == 1 else 'are'} invalid"
    return message + " (on_invalid='drop' leaves invalid rows out)"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def no_rows_left(source: str, invalid: int, reading: Reading) -> HistoryError:
    """Return the error for a source of which no row is left."""
    strategies = ", ".join(map(repr, reading.drop_strategies)) or "(none)"
    return HistoryError(
        f"{source}: no row is left after dropping {invalid} invalid rows and the "
        f"strategies {strategies}"
    )
