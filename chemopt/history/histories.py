"""Performance histories: reading and validating them.

A history has one row for each answer that a model gave in a trial. The columns `trial`,
`model`, `task`, `quality` (0 to 10) and `accuracy` (0 to 1) are needed; `accuracy` may be
left out when `generation_accuracy` and `review_accuracy` are there, and is then the compound

    accuracy = g · generation_accuracy + (1 − g) · review_accuracy,

with g = 0.75 when the answers were compared with a ground truth and g = 0.25 when not
(arXiv 2510.03930). Other columns are kept as they are.
"""

from __future__ import annotations

import csv
import gzip
import io
import logging
import math
import warnings
import zlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.tasks import group_tasks
from chemopt.validation import choice

logger = logging.getLogger(__name__)

NAME_COLUMNS = ("trial", "model", "task")
COMPONENT_COLUMNS = ("generation_accuracy", "review_accuracy")
# Column → (smallest, largest) value accepted.
NUMBER_RANGES = {
    "quality": (0.0, 10.0),
    "accuracy": (0.0, 1.0),
    "generation_accuracy": (0.0, 1.0),
    "review_accuracy": (0.0, 1.0),
    "latency": (0.0, np.inf),
}
GROUND_TRUTH_WEIGHT = {True: 0.75, False: 0.25}
# The published histories mark with this strategy the trials that evaluate the method's own
# recommendations; its authors leave them out of what is learned, and so do we by default.
EVALUATION_STRATEGIES = ("CHEMISTRY",)
SUFFIXES = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True, eq=False)
class History:
    """A validated performance history.

    Attributes
    ----------
    frame : DataFrame
        The rows that count, with all columns of the file, plus `task_group`: the prototype
        text of the row's task. The index `row` is the row's number in the file, the first row after
        the header being 1.
    source : str
        Where the rows came from, for messages.
    dropped : DataFrame
        Invalid rows that ``on_invalid="drop"`` left out: columns `row`, `column`, `value`,
        `reason`; a row is named once, for its first fault.
    """

    frame: pd.DataFrame
    source: str
    dropped: pd.DataFrame

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
            A task text of the history, or a part of exactly one group's prototype
            (case ignored). Needed only when there are several groups.

        Raises
        ------
        HistoryError
            No group or more than one fits; the message lists the groups.
        """
        groups = self.groups
        if task is None:
            if len(groups) == 1:
                return groups[0]
            raise HistoryError(
                f"{self.source}: there are {len(groups)} task groups, so say which one "
                f"(task=..., --task): {_listed(groups)}"
            )
        exact = self.frame.loc[self.frame["task"] == task, "task_group"]
        if len(exact):
            return str(exact.iloc[0])
        near = [group for group in groups if task.casefold() in group.casefold()]
        if len(near) == 1:
            return near[0]
        fits = "no task group fits" if not near else f"{len(near)} task groups fit"
        raise HistoryError(f"{self.source}: {fits} {task!r}; there are: {_listed(groups)}")


def load_histories(
    data: str | Path | pd.DataFrame,
    *,
    on_invalid: Literal["raise", "drop"] = "raise",
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
        What to do with rows that break a rule: raise an error that names the first of them,
        or leave them out and list them in `History.dropped` (and in the log).
    drop_strategies : collection of str
        Rows whose `strategy` is one of these are left out. The default is the choice of the
        published experiments; pass ``()`` to keep all rows.
    ground_truth : bool
        Whether answers were compared with a ground truth: the weight g of a compound
        accuracy that has to be computed. Not used when `accuracy` is there.

    Returns
    -------
    History

    Raises
    ------
    HistoryError
        The file is missing, empty, of an unknown kind, not UTF-8 or damaged; a column is
        missing; a row is invalid (unless dropped); no row is left.

    Examples
    --------
    >>> import pandas as pd
    >>> history = load_histories(pd.DataFrame({
    ...     "trial": ["t1", "t1"], "model": ["a", "b"], "task": ["sum", "sum"],
    ...     "quality": [7.5, 9.0], "accuracy": [0.6, 0.8]}))
    >>> history.models
    ('a', 'b')
    """
    choice("on_invalid", on_invalid, ("raise", "drop"))
    if isinstance(drop_strategies, str):
        raise HistoryError("drop_strategies must be a collection of names, not one string")
    if isinstance(data, pd.DataFrame):
        source, raw = "DataFrame", _with_index_as_columns(data)
        _check_unique_columns([str(column) for column in raw.columns], source)
    elif isinstance(data, str | Path):
        source = str(data)
        raw = read_table(Path(data))
    else:
        raise HistoryError(f"a history is a path or a DataFrame, not {type(data).__name__}")
    raw.index = pd.RangeIndex(1, len(raw) + 1, name="row")
    if not isinstance(data, pd.DataFrame):
        # Blank lines count as rows for their numbers, and for nothing else.
        raw = raw[~raw.apply(is_blank).all(axis=1)]
    if raw.empty:
        raise HistoryError(f"{source}: no rows; a history needs at least one row after the header")
    _check_columns(raw, source)
    if "strategy" in raw and drop_strategies:
        kept = raw[~raw["strategy"].isin(list(drop_strategies))]
    else:
        kept = raw
    frame, faults = _validate(kept)
    if len(faults):
        if on_invalid == "raise":
            raise HistoryError(_fault_message(faults, source))
        frame = frame.drop(index=faults["row"].to_list())
        logger.warning("%s: dropped %s", source, describe_dropped(faults))
    if "accuracy" not in frame:
        g = GROUND_TRUTH_WEIGHT[bool(ground_truth)]
        generation, review = (frame[column] for column in COMPONENT_COLUMNS)
        frame["accuracy"] = g * generation + (1 - g) * review
    if frame.empty:
        raise HistoryError(
            f"{source}: no row is left after dropping {len(faults)} invalid rows and the "
            f"strategies {', '.join(map(repr, drop_strategies)) or '(none)'}"
        )
    prototypes = group_tasks(frame["task"])
    frame = frame.assign(task_group=frame["task"].map(prototypes))
    return History(frame=frame, source=source, dropped=faults)


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
    return f"{_rows(len(dropped))}: {why}"


def read_table(path: Path) -> pd.DataFrame:
    """Read a table as it is: CSV as text, Parquet with its types; faults name the file.

    Raises
    ------
    HistoryError
        The file is missing, empty, of an unknown kind, not UTF-8 or damaged.
    """
    if not str(path).lower().endswith(SUFFIXES):
        raise HistoryError(f"{path}: unknown kind of file; it must be one of {_listed(SUFFIXES)}")
    try:
        return _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    except FileNotFoundError:
        raise HistoryError(f"{path}: no such file") from None
    except OSError as error:
        # gzip.BadGzipFile is an OSError without strerror
        raise HistoryError(f"{path}: cannot be read: {error.strerror or error}") from error


def _read_parquet(path: Path) -> pd.DataFrame:
    path.stat()
    try:
        import pyarrow
    except ImportError:
        raise HistoryError(
            f"{path}: reading .parquet needs pyarrow: pip install 'chemopt[parquet]'"
        ) from None
    try:
        return _with_index_as_columns(pd.read_parquet(path, engine="pyarrow"))
    except pyarrow.ArrowException as error:
        raise HistoryError(f"{path}: not a Parquet file: {error}") from error


def _with_index_as_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy in which a named index (`model`, say) is a column."""
    named = [name for name in frame.index.names if name is not None]
    clash = set(named) & set(frame.columns)
    return frame.reset_index(drop=not named or bool(clash))


def _read_csv(path: Path) -> pd.DataFrame:
    compressed = path.suffix.lower() == ".gz"
    # Decoding before parsing costs little and lets a bad byte be named by its line.
    try:
        content = gzip.decompress(path.read_bytes()) if compressed else path.read_bytes()
    except (EOFError, zlib.error) as error:
        raise HistoryError(f"{path}: damaged gzip file: {error}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise HistoryError(
            f"{path}: line {line}: byte 0x{content[error.start]:02x} is not UTF-8; "
            "save the file as UTF-8"
        ) from None
    text = text.lstrip("\r\n")
    if not text.strip():
        raise HistoryError(f"{path}: the file is empty; a header and rows are needed")
    try:
        header = next(csv.reader(io.StringIO(text, newline="")), [])
        _check_unique_columns(header, str(path))
        with warnings.catch_warnings():
            # pandas only warns of a first row that is longer than the header
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.StringIO(text, newline=""),
                dtype=str,
                keep_default_na=False,
                index_col=False,
                skip_blank_lines=False,
            )
    except pd.errors.ParserWarning:
        raise HistoryError(
            f"{path}: not a well-formed CSV file: row 1 has more fields than the header"
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise HistoryError(f"{path}: not a well-formed CSV file: {reason}") from None


def _check_unique_columns(columns: list[str], source: str) -> None:
    twice = [column for column in dict.fromkeys(columns) if columns.count(column) > 1]
    if twice:
        raise HistoryError(
            f"{source}: the column {twice[0]!r} stands {columns.count(twice[0])} "
            "times in the header; each name may stand once"
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
    hints = {m: get_close_matches(m, columns, n=1, cutoff=0.75) for m in missing}
    guesses = [f"is {near[0]!r} meant to be {m!r}?" for m, near in hints.items() if near]
    if len(columns) == 1 or any(";" in column or "\t" in column for column in columns):
        guesses.append("is the file separated by commas?")
    raise HistoryError("; ".join([message, *guesses]))


def _validate(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows with their numbers converted, and the first fault of each invalid row."""
    frame = raw.copy()
    found: list[pd.DataFrame] = []

    def note(bad: pd.Series[bool], column: str, reason: str) -> None:
        if bad.any():
            rows = raw.index[bad.to_numpy()]
            found.append(
                pd.DataFrame(
                    {
                        "row": list(rows),
                        "column": column,
                        # as they are: pandas would guess at a type for them
                        "value": pd.Series(list(raw.loc[rows, column]), dtype=object),
                        "reason": reason,
                    }
                )
            )

    for column in NAME_COLUMNS:
        named = frame[column].astype("string")
        note(named.isna() | (named.str.strip() == ""), column, "is empty; a name is needed")
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
            note(bad, column, "is not a number of seconds ≥ 0")
        else:
            note(bad, column, f"is not a number in [{low:g}, {high:g}]")
        frame[column] = number
    if not found:
        return frame, pd.DataFrame({"row": [], "column": [], "value": [], "reason": []})
    faults = pd.concat(found, ignore_index=True)
    faults = faults.drop_duplicates("row").sort_values("row", ignore_index=True)
    return frame, faults


def to_number(column: pd.Series[Any]) -> pd.Series[float]:
    """Return a column as numbers, NaN for what is none."""
    if pd.api.types.is_complex_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return pd.Series(math.nan, index=column.index)
    try:
        numbers = pd.to_numeric(column, errors="coerce").astype(float)
    except OverflowError:  # a whole number beyond all floats
        numbers = pd.Series([_float_or_nan(value) for value in column], index=column.index)
    # Some versions of pandas read decimal text to within a unit in the last place only.
    exact = [
        float(value) if isinstance(value, str) and not math.isnan(number) else number
        for value, number in zip(column, numbers, strict=True)
    ]
    return pd.Series(exact, index=column.index, dtype=float)


def _float_or_nan(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def is_blank(column: pd.Series[Any]) -> pd.Series[bool]:
    """Tell which values of a column are missing or have nothing but spaces."""
    return column.isna() | (column.astype("string").str.strip() == "").fillna(True).astype(bool)


def _fault_message(faults: pd.DataFrame, source: str) -> str:
    first = faults.iloc[0]
    message = (
        f"{source}: row {first['row']}, column {first['column']}: "
        f"{_shown(first['value'])} {first['reason']}"
    )
    others = len(faults) - 1
    if others:
        message += f"; {_rows(others)} more {'is' if others == 1 else 'are'} invalid"
    return message + " (on_invalid='drop' leaves invalid rows out)"


def _shown(value: object, width: int = 60) -> str:
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= width else text[: width - 1] + "…"


def _rows(count: int) -> str:
    return f"{count} row{'s' * (count != 1)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
