"""The parts of a large history: which rows of a file are valid, and what they say, as SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.large.engine import Engine, identifier, is_name, quoted, stripped
from chemopt.history.large.files import Part, kind_of_column, readable, rewritten
from chemopt.history.rows import (
    COMPONENT_COLUMNS,
    GROUND_TRUTH_WEIGHT,
    NAME_COLUMNS,
    NUMBER_RANGES,
    Reading,
    check_columns,
    clean_rows,
    first_error,
)
from chemopt.history.table_files import check_unique_columns, open_parquet, stored_as_parquet

#: Other columns that say something of a model; see `chemopt.problem.attributes`.
AMOUNTS = ("cost", "latency", "elapsed")
_NUMBERS = ("quality", "accuracy", *COMPONENT_COLUMNS, *AMOUNTS)
#: The columns of a cleaned history.
KEPT = (*NAME_COLUMNS, *_NUMBERS)
NONE_INVALID = pd.DataFrame({"row": [], "column": [], "value": [], "reason": []})


def clean_part(
    path: Path, number: int, engine: Engine, reading: Reading
) -> tuple[Part, pd.DataFrame, Counter[str]]:
    """Return a part that the engine can read, with the columns `KEPT`.

    Further, the rows that were left out: as invalid, as in `History.dropped`, and how many for each
    strategy.

    Raises
    ------
    HistoryError
        The file cannot be read, lacks a column, or has an invalid row (unless they are dropped).
    """
    if stored_as_parquet(path) and (found := _as_it_is(path, number, engine, reading)) is not None:
        return found[0], NONE_INVALID, found[1]
    return _rewritten(path, number, engine, reading)


def _as_it_is(
    path: Path, number: int, engine: Engine, reading: Reading
) -> tuple[Part, Counter[str]] | None:
    """Return the part that reads a Parquet file where it lies; None if that cannot be done."""
    schema = open_parquet(path).schema_arrow
    check_unique_columns(list(schema.names), str(path))
    check_columns(schema.names, str(path))
    texts = [name for name in (*NAME_COLUMNS, "strategy") if name in schema.names]
    numbers = [name for name in _NUMBERS if name in schema.names]
    kinds = {name: kind_of_column(schema.field(name).type) for name in (*texts, *numbers)}
    if any(kinds[name] not in ("text", "whole") for name in texts) or any(
        kinds[name] not in ("number", "whole") for name in numbers
    ):
        return None
    if "accuracy" in numbers and not reading.ground_truth:
        return None  # which is refused where rows are read
    kept, left_out = "true", Counter[str]()
    clean = readable(path, number, engine)
    file = f"read_parquet({quoted(str(clean))}, file_row_number = true)"
    if "strategy" in texts and reading.drop_strategies:
        listed = ", ".join(quoted(str(name)) for name in reading.drop_strategies)
        kept = f"coalesce({_text('strategy')} NOT IN ({listed}), true)"
        left_out.update(dict(engine.rows(
            f"SELECT {_text('strategy')}, count(*) FROM {file} WHERE NOT {kept} GROUP BY 1"
        )))  # fmt: skip
    if engine.rows(f"SELECT 1 FROM {file} WHERE {kept} AND NOT ({_valid(numbers)}) LIMIT 1"):
        return None
    values = {name: _text(name) for name in NAME_COLUMNS} | {"model": stripped(_text("model"))}
    values |= {name: _number(name) if name in numbers else "NULL::DOUBLE" for name in _NUMBERS}
    if "accuracy" not in numbers:
        g = GROUND_TRUTH_WEIGHT[bool(reading.ground_truth)]
        generation, review = map(_number, COMPONENT_COLUMNS)
        values["accuracy"] = f"{g}::DOUBLE * {generation} + {1 - g}::DOUBLE * {review}"
    types = tuple(f"{name} {schema.field(name).type}" for name in kinds)
    select = ", ".join(f"{value} AS {name}" for name, value in values.items())
    return Part(path, clean, frozenset(kinds), types, select, kept), left_out


def _valid(numbers: Collection[str]) -> str:
    """Return SQL for whether a row is valid, as `validate_rows` says."""
    conditions = [is_name(_text(name)) for name in NAME_COLUMNS]
    for name, (low, high) in NUMBER_RANGES.items():
        if name in numbers:
            value = _number(name)
            top = f"<= {high:g}" if np.isfinite(high) else "< 'inf'::DOUBLE"
            valid = f"coalesce({value} >= {low:g} AND {value} {top}, false)"
            if name == "latency" or (name in COMPONENT_COLUMNS and "accuracy" in numbers):
                valid += f" OR {value} IS NULL OR isnan({value})"
            conditions.append(f"({valid})")
    return " AND ".join(conditions)


def _rewritten(
    path: Path, number: int, engine: Engine, reading: Reading
) -> tuple[Part, pd.DataFrame, Counter[str]]:
    """Read a file in pieces, and write its valid rows to a clean one."""
    # all invalid rows are counted before the first is reported
    lenient = Reading("drop", reading.drop_strategies, reading.ground_truth)
    invalid: list[pd.DataFrame] = []
    left_out = Counter[str]()

    def clean(raw: pd.DataFrame) -> pd.DataFrame:
        rows = clean_rows(raw, str(path), lenient)
        left_out.update(rows.left_out)
        if len(rows.invalid):
            invalid.append(rows.invalid)
        return rows.frame

    file = rewritten(path, number, engine, (NAME_COLUMNS, _NUMBERS), clean)
    found = pd.concat(invalid, ignore_index=True) if invalid else NONE_INVALID
    if len(found) and reading.on_invalid == "raise":
        raise HistoryError(first_error(found, str(path)))
    return (
        Part(path, file, frozenset(KEPT), ("clean",), ", ".join(KEPT), number='"row"'),
        found,
        left_out,
    )


def _text(name: str) -> str:
    return f"{identifier(name)}::VARCHAR"


def _number(name: str) -> str:
    return f"{identifier(name)}::DOUBLE"
