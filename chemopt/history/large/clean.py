"""The parts of a large history as clean Parquet files, which the engine can read.

A Parquet file whose columns have plain types, and whose rows are all valid, is read where it lies.
Any other is read in pieces by the code that reads a single file into memory, and its valid rows
are written to the engine's temporary folder. So values mean the same, and errors say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemopt.errors import HistoryError
from chemopt.history.large.engine import SPACES, Engine, identifier, is_name, quoted
from chemopt.history.large.files import ROWS_AT_ONCE, kind_of_column, readable
from chemopt.history.rows import (
    COMPONENT_COLUMNS,
    GROUND_TRUTH_WEIGHT,
    NAME_COLUMNS,
    NUMBER_RANGES,
    CleanRows,
    Reading,
    check_columns,
    clean_rows,
    first_error,
)
from chemopt.history.table_files import (
    check_unique_columns,
    is_blank,
    open_parquet,
    pieces_of_table,
    stored_as_parquet,
)

#: Other columns that say something of a model; see `chemopt.problem.attributes`.
AMOUNTS = ("cost", "latency", "elapsed")
#: The columns of a cleaned history.
KEPT = (*NAME_COLUMNS, "quality", "accuracy", *COMPONENT_COLUMNS, *AMOUNTS)
NONE_INVALID = pd.DataFrame({"row": [], "column": [], "value": [], "reason": []})


@dataclass(frozen=True)
class Part:
    """A file, and the clean one in its place.

    Attributes
    ----------
    path : Path
        As the user knows it.
    clean : Path
        What the engine reads; the same, or one in its folder.
    kinds : tuple of str
        The types of its columns: only files of the same types are read together, since the engine
        would convert the others to those of the first.
    select : str
        The columns of `KEPT`, as SQL.
    where : str
        Which rows, as SQL.
    number : str
        The number of a row in the user's file, as SQL.
    invalid : DataFrame
        Rows that were left out as invalid, as in `History.dropped`.
    left_out : Counter of str
        Rows left out for their strategy.
    """

    path: Path
    clean: Path
    kinds: tuple[str, ...]
    select: str
    where: str
    number: str
    invalid: pd.DataFrame
    left_out: Counter[str]


def clean_part(path: Path, number: int, engine: Engine, reading: Reading) -> Part:
    """Return a part that the engine can read.

    Raises
    ------
    HistoryError
        The file cannot be read, lacks a column, or has an invalid row (unless they are dropped).
    """
    part = _as_it_is(path, number, engine, reading) if stored_as_parquet(path) else None
    return _rewritten(path, number, engine, reading) if part is None else part


def _as_it_is(path: Path, number: int, engine: Engine, reading: Reading) -> Part | None:
    """Return the part that reads a Parquet file where it lies; None if that cannot be done."""
    schema = open_parquet(path).schema_arrow
    check_unique_columns(list(schema.names), str(path))
    check_columns(schema.names, str(path))
    kinds = {name: kind_of_column(schema.field(name).type) for name in schema.names}
    texts = [*NAME_COLUMNS, *(["strategy"] if "strategy" in kinds else [])]
    if any(kinds[name] not in ("text", "whole") for name in texts):
        return None
    numbers = [name for name in (*NUMBER_RANGES, *AMOUNTS) if name in kinds]
    if any(kinds[name] not in ("number", "whole") for name in numbers):
        return None
    have_accuracy = "accuracy" in kinds
    if have_accuracy and not reading.ground_truth:
        return None  # which is refused where rows are read
    bad = [f"NOT {is_name(_text(name))}" for name in NAME_COLUMNS]
    for name, (low, high) in NUMBER_RANGES.items():
        if name in kinds:
            value = f"{identifier(name)}::DOUBLE"
            top = f"<= {high:g}" if np.isfinite(high) else "< 'inf'::DOUBLE"
            valid = f"coalesce({value} >= {low:g} AND {value} {top}, false)"
            optional = name == "latency" or (name in COMPONENT_COLUMNS and have_accuracy)
            blank = f" OR {identifier(name)} IS NULL OR isnan({value})" if optional else ""
            bad.append(f"NOT ({valid}{blank})")
    wanted = "true"
    counts = Counter[str]()
    clean = readable(path, number, engine)
    file = f"read_parquet({quoted(str(clean))}, file_row_number = true)"
    if "strategy" in kinds and reading.drop_strategies:
        listed = ", ".join(quoted(str(name)) for name in reading.drop_strategies)
        dropped = f"coalesce({_text('strategy')} IN ({listed}), false)"
        wanted = f"NOT {dropped}"
        counts.update(dict(engine.rows(
            f"SELECT {_text('strategy')}, count(*) FROM {file} WHERE {dropped} GROUP BY 1"
        )))  # fmt: skip
    if engine.rows(f"SELECT 1 FROM {file} WHERE {wanted} AND ({' OR '.join(bad)}) LIMIT 1"):
        if clean != path:
            clean.unlink()
        return None
    g = GROUND_TRUTH_WEIGHT[bool(reading.ground_truth)]
    generation, review = (f"{identifier(name)}::DOUBLE" for name in COMPONENT_COLUMNS)
    names = {name: _text(name) for name in NAME_COLUMNS}
    names["model"] = f"trim({names['model']}, {quoted(SPACES)})"
    columns = [f"{text} AS {name}" for name, text in names.items()]
    for name in KEPT[len(NAME_COLUMNS) :]:
        if name == "accuracy" and not have_accuracy:
            value = f"{g}::DOUBLE * {generation} + {1 - g}::DOUBLE * {review}"
        else:
            value = f"{identifier(name)}::DOUBLE" if name in kinds else "NULL::DOUBLE"
        columns.append(f"{value} AS {name}")
    types = tuple(f"{name} {schema.field(name).type}" for name in [*texts, *numbers])
    return Part(
        path, clean, types, ", ".join(columns), wanted, "file_row_number + 1", NONE_INVALID, counts
    )


def _rewritten(path: Path, number: int, engine: Engine, reading: Reading) -> Part:
    """Read a file in pieces, and write its valid rows to a clean one."""
    # imported when needed, as it is an extra
    import pyarrow as pa
    from pyarrow import parquet

    texts = [pa.field(name, pa.string()) for name in NAME_COLUMNS]
    numbers = [pa.field(name, pa.float64()) for name in KEPT[len(NAME_COLUMNS) :]]
    schema = pa.schema([pa.field("row", pa.int64()), *texts, *numbers])
    clean = engine.folder / f"part-{number}.parquet"
    invalid: list[pd.DataFrame] = []
    counts = Counter[str]()
    with parquet.ParquetWriter(clean, schema) as writer:
        for piece in _clean_pieces(path, reading):
            counts += piece.left_out
            if len(piece.invalid):
                invalid.append(piece.invalid)
            frame = piece.frame
            arrays = [pa.array(frame.index.to_numpy(), pa.int64())]
            arrays += [_array(frame, field) for field in list(schema)[1:]]
            writer.write_table(pa.table(arrays, schema=schema))
    left_out = pd.concat(invalid, ignore_index=True) if invalid else NONE_INVALID
    if len(left_out) and reading.on_invalid == "raise":
        raise HistoryError(first_error(left_out, str(path)))
    columns = ", ".join(KEPT)
    return Part(path, clean, ("clean",), columns, "true", '"row"', left_out, counts)


def _clean_pieces(path: Path, reading: Reading) -> Iterator[CleanRows]:
    # all invalid rows are counted before the first is told
    lenient = Reading("drop", reading.drop_strategies, reading.ground_truth)
    first = 1
    for raw in pieces_of_table(path, ROWS_AT_ONCE):
        check_unique_columns([str(column) for column in raw.columns], str(path))
        raw.index = pd.RangeIndex(first, first + len(raw), name="row")
        first += len(raw)
        if len(raw):
            yield clean_rows(raw[~raw.apply(is_blank).all(axis=1)], str(path), lenient)
        else:
            check_columns([str(column) for column in raw.columns], str(path))


def _array(frame: pd.DataFrame, field: Any) -> Any:
    import pyarrow as pa

    if field.name not in frame:
        return pa.nulls(len(frame), field.type)
    if field.type == pa.string():
        return pa.array(frame[field.name].astype(object), pa.string())
    values = pd.to_numeric(frame[field.name], errors="coerce").to_numpy(dtype=float)
    return pa.array(values, pa.float64(), from_pandas=True)


def _text(name: str) -> str:
    return f"{identifier(name)}::VARCHAR"
