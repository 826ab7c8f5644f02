"""Files as the engine reads them: a Parquet file where it lies, any other rewritten as one.

A Parquet file whose columns have plain types, and whose rows are all valid, is read where it lies.
Any other is read in pieces by the code that reads a single file into memory, and its valid rows
are written to the engine's temporary folder. So values mean the same, and errors say the same.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from chemopt.history.large.engine import Engine, identifier, quoted
from chemopt.history.table_files import (
    check_unique_columns,
    is_blank,
    open_parquet,
    pieces_of_table,
)

#: Rows of a file that are rewritten at once.
ROWS_AT_ONCE = 200_000
#: Rows of a file come before those of the next.
ROWS_A_FILE = 1 << 40
_WHOLE = {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_TEXTS = _WHOLE | {"string", "large_string"}
_NUMBERS = _WHOLE | {"bool", "float", "double"}
#: Columns of texts, and of numbers.
Columns = tuple[Sequence[str], Sequence[str]]


@dataclass(frozen=True)
class Part:
    """A file of many, and what the engine reads of it.

    Attributes
    ----------
    path, clean : Path
        As the user knows it; and the same, or one in the engine's folder.
    columns : frozenset of str
        Those that are there, by chemopt's names.
    types : tuple of str
        Of its columns: only files of the same types are read together, since the engine would
        convert the others to those of the first.
    select, where : str
        Which columns and rows, as SQL.
    number : str
        The number of a row in the user's file, as SQL.
    """

    path: Path
    clean: Path
    columns: frozenset[str]
    types: tuple[str, ...]
    select: str
    where: str = "true"
    number: str = "file_row_number + 1"


def rows_of(parts: Sequence[Part]) -> str:
    """Return SQL for the rows of parts, with their `position` in the order of files and rows."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for k, part in enumerate(parts):
        alike.setdefault((part.types, part.select, part.where, part.number), []).append(k)
    return " UNION ALL ".join(
        f"SELECT ([{', '.join(map(str, of_key))}])[file_index::BIGINT + 1]::BIGINT * {ROWS_A_FILE} "
        f"+ {number} AS position, {select} FROM read_parquet("
        f"[{', '.join(quoted(str(parts[k].clean)) for k in of_key)}], file_row_number = true) "
        f"WHERE {where}"
        for (_, select, where, number), of_key in alike.items()
    )


def as_it_is(
    path: Path,
    number: int,
    engine: Engine,
    names: Mapping[str, str],
    columns: Columns,
    *,
    valid: str,
    where: str = "true",
    **derived: str,
) -> Part | None:
    """Return the part that reads a Parquet file where it lies; None if that cannot be done.

    Parameters
    ----------
    path : Path
    number : int
        Of the file, among all.
    engine : Engine
    names : mapping
        The columns that are there, by chemopt's name, and their name in the file.
    columns : Columns
        Those that are wanted; NULL where there is none, or no number.
    valid : str
        Whether a row is valid, as SQL: if one is not, the file is not read where it lies.
    where : str
        Which rows are wanted, as SQL.
    **derived : str
        The SQL of a column that is not one of the file.
    """
    from pyarrow import types

    texts, numbers = columns
    schema = open_parquet(path).schema_arrow
    for own, name in names.items():
        arrow = schema.field(name).type
        kind = str(arrow.value_type if types.is_dictionary(arrow) else arrow)
        if kind not in (_NUMBERS if own in numbers else _TEXTS):
            return None
    sql = dict.fromkeys(texts, "NULL::VARCHAR") | dict.fromkeys(numbers, "NULL::DOUBLE")
    for own in sql.keys() & names.keys():
        name = identifier(names[own])
        sql[own] = f"nullif({name}::DOUBLE, 'nan')" if own in numbers else f"{name}::VARCHAR"
    select = ", ".join(f"{value} AS {own}" for own, value in (sql | derived).items())
    kinds = tuple(str(schema.field(name).type) for name in names.values())
    clean = path
    if glob.has_magic(str(path)):  # which the engine would take for a pattern
        clean = engine.folder / f"link-{number}.parquet"
        clean.symlink_to(path.resolve())
    part = Part(path, clean, frozenset(names), kinds, select, where)
    bad = engine.rows(f"SELECT 1 FROM ({rows_of([part])}) WHERE NOT ({valid}) LIMIT 1")
    return None if bad else part


def rewritten(
    path: Path,
    number: int,
    engine: Engine,
    columns: Columns,
    clean: Callable[[pd.DataFrame], pd.DataFrame],
) -> Part:
    """Write the valid rows of a file to one that the engine can read, and return that part.

    Parameters
    ----------
    path : Path
    number : int
        Of the file, among all.
    engine : Engine
    columns : Columns
        Those that are kept.
    clean : callable
        Returns the valid ones of some rows, whose index is their number in the file.
    """
    # imported when needed, as it is an extra
    import pyarrow as pa
    from pyarrow import parquet

    texts, numbers = columns
    there = set[str]()
    schema = pa.schema(
        [
            ("row", pa.int64()),
            *((c, pa.string()) for c in texts),
            *((c, pa.float64()) for c in numbers),
        ]
    )
    target, first = engine.folder / f"part-{number}.parquet", 1
    with parquet.ParquetWriter(target, schema) as writer:
        for raw in pieces_of_table(path, ROWS_AT_ONCE):
            check_unique_columns([str(column) for column in raw.columns], str(path))
            raw.index = pd.RangeIndex(first, first + len(raw), name="row")
            first += len(raw)
            blank = is_blank(raw.iloc[:, 0]) if len(raw.columns) else raw.index < 0
            if blank.any():  # blank lines
                blank &= raw.apply(is_blank).all(axis=1)
            frame = clean(raw[~blank])
            there.update(frame.columns if len(frame) else ())
            frame = frame.reindex(columns=[*texts, *numbers])
            for name in numbers:
                frame[name] = pd.to_numeric(frame[name], errors="coerce").astype(float)
            frame = frame.astype(dict.fromkeys(texts, object)).rename_axis("row").reset_index()
            writer.write_table(pa.Table.from_pandas(frame, schema, preserve_index=False))
    select = ", ".join([*texts, *numbers])
    return Part(path, target, frozenset(there), ("clean",), select, number='"row"')
