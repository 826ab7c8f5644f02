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
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.scales import scale_hint, scale_warnings
from chemopt.history.table_files import (
    check_unique_columns,
    is_blank,
    read_table,
    to_number,
    with_index_as_columns,
)
from chemopt.history.tasks import group_tasks
from chemopt.validation import choice, instance_of, shown
from chemopt.wording import counted, listed, nearest

logger = logging.getLogger(__name__)

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
# A task is a prompt, and may be long.
_SHOWN_OF_TASK = 80


@dataclass(frozen=True, eq=False)
class History:
    """A validated performance history.

    Attributes
    ----------
    frame : DataFrame
        The valid rows, with all columns of the file, plus `task_group`: the prototype text of
        the row's task. The index `row` is the row's number in the file; the first row after the
        header is 1.
    source : str
        Where the rows came from, for messages.
    dropped : DataFrame
        Invalid rows that ``on_invalid="drop"`` left out: columns `row`, `column`, `value`,
        `reason`. Each row is listed once, with its first error.
    warnings : tuple of str
        What a reader should know, a sentence each: values that look as if they were on another
        scale (see `chemopt.history.scales`), rows left out for their strategy.
    """

    frame: pd.DataFrame
    source: str
    dropped: pd.DataFrame
    warnings: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The prototype texts of the task groups, in the order of the file."""
        return tuple(dict.fromkeys(self.frame["task_group"]))

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S: every model of the history, by name."""
        return tuple(sorted(set(self.frame["model"])))

    def find_group(self, task: str | None = None) -> str:
        """Return the prototype of the task group that `task` names.

        Parameters
        ----------
        task : str, optional
            A task text of the history, or a part of only one group's prototype
            (case ignored). Needed only when there are several groups.

        Raises
        ------
        HistoryError
            No group matches, or several do; the message lists the groups.
        """
        groups = self.groups
        if task is None:
            if len(groups) == 1:
                return groups[0]
            raise HistoryError(
                f"{self.source}: there are {len(groups)} task groups, so say which one "
                f"(task=..., --task): {listed([_quoted(group) for group in groups])}"
            )
        instance_of("task must be a text", task, str)
        same_text = self.frame.loc[self.frame["task"] == task, "task_group"]
        if len(same_text):
            return str(same_text.iloc[0])
        containing = [group for group in groups if task.casefold() in group.casefold()]
        if len(containing) == 1:
            return containing[0]
        fits = "no task group fits" if not containing else f"{len(containing)} task groups fit"
        known = [_quoted(group) for group in groups]
        raise HistoryError(f"{self.source}: {fits} {task!r}; there are: {listed(known)}")


def load_histories(
    data: str | Path | pd.DataFrame,
    *,
    on_invalid: OnInvalid = "raise",
    drop_strategies: Collection[str] = EVALUATION_STRATEGIES,
    ground_truth: bool = True,
) -> History:
    """Read a performance history and validate every row.

    Parameters
    ----------
    data : path or DataFrame
        A `.csv`, `.csv.gz` (UTF-8, comma-separated, with a header) or `.parquet` file, or a
        DataFrame, with the columns named in the module's text.
    on_invalid : {"raise", "drop"}
        What to do with invalid rows: raise an error that names the first of them, or leave them
        out and list them in `History.dropped` (and in the log).
    drop_strategies : collection of str
        Rows whose `strategy` is one of these are left out. The default is that of the published
        experiments; pass ``()`` to keep all rows.
    ground_truth : bool
        Whether answers were compared with a ground truth. It decides the weight g of a compound
        accuracy; ignored when the data have a column `accuracy`.

    Returns
    -------
    History

    Raises
    ------
    HistoryError
        The file is missing, empty, of an unknown kind, not UTF-8 or damaged; a column is
        missing; a row is invalid (unless dropped); no row is left.
    InputError
        `data` is neither a path nor a DataFrame, or an option is not valid.

    Examples
    --------
    >>> import pandas as pd
    >>> history = load_histories(pd.DataFrame({
    ...     "trial": ["t1", "t1"], "model": ["a", "b"], "task": ["sum", "sum"],
    ...     "quality": [7.5, 9.0], "accuracy": [0.6, 0.8]}))
    >>> history.models
    ('a', 'b')
    """
    instance_of("load_histories needs a path or a DataFrame", data, (str, Path, pd.DataFrame))
    choice("on_invalid", on_invalid, get_args(OnInvalid))
    if isinstance(drop_strategies, str):
        raise HistoryError("drop_strategies must be a collection of names, not one string")
    if isinstance(data, pd.DataFrame):
        source, raw = "DataFrame", with_index_as_columns(data)
        check_unique_columns([str(column) for column in raw.columns], source)
    else:
        source = str(data)
        raw = read_table(Path(data))
    raw.index = pd.RangeIndex(1, len(raw) + 1, name="row")
    if not isinstance(data, pd.DataFrame):
        # Blank lines are numbered, so that numbers are those of the file, and then left out.
        raw = raw[~raw.apply(is_blank).all(axis=1)]
    if raw.empty:
        raise HistoryError(f"{source}: no rows; a history needs at least one row after the header")
    _check_columns(raw, source)
    if "strategy" in raw and drop_strategies:
        kept = raw[~raw["strategy"].isin(list(drop_strategies))]
    else:
        kept = raw
    frame, invalid = _validate(kept)
    if len(invalid):
        if on_invalid == "raise":
            raise HistoryError(_first_error(invalid, source))
        frame = frame.drop(index=invalid["row"].to_list())
        logger.warning("%s: dropped %s", source, describe_dropped(invalid))
    if "accuracy" not in frame:
        g = GROUND_TRUTH_WEIGHT[bool(ground_truth)]
        generation, review = (frame[column] for column in COMPONENT_COLUMNS)
        frame["accuracy"] = g * generation + (1 - g) * review
    if frame.empty:
        raise HistoryError(
            f"{source}: no row is left after dropping {len(invalid)} invalid rows and the "
            f"strategies {', '.join(map(repr, drop_strategies)) or '(none)'}"
        )
    logger.info("%s: %s of %d models", source, counted(len(frame), "row"), frame["model"].nunique())
    prototypes = group_tasks(frame["task"])
    frame = frame.assign(task_group=frame["task"].map(prototypes))
    return History(
        frame=frame,
        source=source,
        dropped=invalid,
        warnings=(
            *scale_warnings(frame["quality"], frame["accuracy"]),
            *_left_out(raw.drop(index=kept.index)),
            *_repeated(frame),
        ),
    )


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


def _left_out(rows: pd.DataFrame) -> tuple[str, ...]:
    """Say how many rows were left out for their strategy, and how to keep them."""
    if rows.empty:
        return ()
    strategies = sorted(set(rows["strategy"].astype(str)))
    are = "is" if len(rows) == 1 else "are"
    return (
        f"{counted(len(rows), 'row')} of strategy {_listed(strategies)} {are} left out; "
        "drop_strategies=() or --drop-strategy none keeps them.",
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


def _check_columns(raw: pd.DataFrame, source: str) -> None:
    columns = [str(column) for column in raw.columns]
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


def _validate(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
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
        record(named.isna() | (named.str.strip() == ""), column, "is empty; a name is needed")
        frame[column] = named.astype(object)
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


def _first_error(invalid: pd.DataFrame, source: str) -> str:
    first = invalid.iloc[0]
    message = (
        f"{source}: row {first['row']}, column {first['column']}: "
        f"{shown(first['value'])} {first['reason']}"
    )
    others = len(invalid) - 1
    if others:
        message += f"; {counted(others, 'row')} more {'is' if others == 1 else 'are'} invalid"
    return message + " (on_invalid='drop' leaves invalid rows out)"


def _quoted(text: str) -> str:
    """Return a task in quotation marks; of a long one the beginning."""
    return repr(text if len(text) <= _SHOWN_OF_TASK else text[: _SHOWN_OF_TASK - 1] + "…")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
