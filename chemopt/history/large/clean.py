"""The parts of a large history: which rows of a file are valid, and what they say, as SQL."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.large.engine import Engine, is_name, quoted, stripped
from chemopt.history.large.files import Part, as_it_is, rewritten
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
    left_out = Counter[str]()
    part = _as_it_is(path, number, engine, reading) if stored_as_parquet(path) else None
    if part is not None:
        if part.where != "true":
            left_out.update(dict(engine.rows(
                f"SELECT strategy::VARCHAR, count(*) FROM read_parquet({quoted(str(part.clean))}) "
                f"WHERE NOT {part.where} GROUP BY 1"
            )))  # fmt: skip
        return part, NONE_INVALID, left_out
    # all invalid rows are counted before the first is reported
    lenient = Reading("drop", reading.drop_strategies, reading.ground_truth)
    invalid: list[pd.DataFrame] = []

    def clean(raw: pd.DataFrame) -> pd.DataFrame:
        rows = clean_rows(raw, str(path), lenient)
        left_out.update(rows.left_out)
        if len(rows.invalid):
            invalid.append(rows.invalid)
        return rows.frame

    part = rewritten(path, number, engine, (NAME_COLUMNS, _NUMBERS), clean)
    found = pd.concat(invalid, ignore_index=True) if invalid else NONE_INVALID
    if len(found) and reading.on_invalid == "raise":
        raise HistoryError(first_error(found, str(path)))
    return part, found, left_out


def _as_it_is(path: Path, number: int, engine: Engine, reading: Reading) -> Part | None:
    """Return the part that reads a Parquet file where it lies; None if that cannot be done."""
    there = open_parquet(path).schema_arrow.names
    check_unique_columns(list(there), str(path))
    check_columns(there, str(path))
    names = {name: name for name in (*KEPT, "strategy") if name in there}
    if "accuracy" in names and not reading.ground_truth:
        return None  # which is refused where rows are read
    where, derived = "true", {"model": stripped("model::VARCHAR")}
    if "strategy" in names and reading.drop_strategies:
        listed = ", ".join(quoted(str(name)) for name in reading.drop_strategies)
        where = f"coalesce(strategy::VARCHAR NOT IN ({listed}), true)"
    if "accuracy" not in names:
        g = GROUND_TRUTH_WEIGHT[bool(reading.ground_truth)]
        generation, review = (f"{name}::DOUBLE" for name in COMPONENT_COLUMNS)
        derived["accuracy"] = f"{g}::DOUBLE * {generation} + {1 - g}::DOUBLE * {review}"
    # as `validate_rows` says
    valid = [is_name(name) for name in NAME_COLUMNS]
    for name, (low, high) in NUMBER_RANGES.items():
        if name in names:
            optional = name == "latency" or (name in COMPONENT_COLUMNS and "accuracy" in names)
            inside = f"{name} BETWEEN {low!r} AND {min(high, sys.float_info.max)!r}"
            valid.append(f"coalesce({inside}, {optional})")
    columns = (NAME_COLUMNS, _NUMBERS)
    return as_it_is(path, number, engine, names, columns,
                    valid=" AND ".join(valid), where=where, **derived)  # fmt: skip
