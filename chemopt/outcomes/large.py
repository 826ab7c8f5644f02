"""Outcomes in many files that do not fit in memory as rows: long tables, read in passes.

A hundred million rows are a matrix of items and models of a tenth of their size. The engine numbers
the items and hands the rows over in batches; nothing is kept of a row but its place in the matrix.
`load_patterns` needs one byte for each item and model, `load_large_outcomes` eight for each of
score, cost and latency.

Answers are not read (a vote then counts right and wrong), nor are tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.large.engine import SPACES, Engine, identifier, quoted
from chemopt.history.large.files import (
    ROWS_A_FILE,
    ROWS_AT_ONCE,
    kind_of_column,
    readable,
    rows_of_files,
)
from chemopt.history.table_files import (
    check_unique_columns,
    open_parquet,
    pieces_of_table,
    stored_as_parquet,
)
from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.patterns import Patterns, merged_patterns, patterns_of
from chemopt.outcomes.values import (
    blank_cells,
    needed_columns,
    renamed,
    single_values,
    to_amounts,
    to_marks,
)
from chemopt.progress import Report
from chemopt.validation import shown
from chemopt.wording import counted, meant

_AMOUNTS = ("cost", "latency")
_TEXTS = ("model", "task", "item")
_COLUMNS = (*_TEXTS, "score", *_AMOUNTS)


@dataclass(frozen=True, eq=False)
class _Table:
    """Long tables known to the engine: the view `outcomes`, and the tables `items` and `models`."""

    engine: Engine
    files: Sequence[Path]
    models: tuple[str, ...]
    items: pd.Index[Any]
    amounts: tuple[str, ...]
    where: str


def load_large_outcomes(
    files: Sequence[Path],
    source: str,
    columns: Mapping[str, str],
    task: str | None = None,
    report: Report | None = None,
) -> Outcomes:
    """Read long tables in passes; NaN where a model has no outcome of an item.

    Raises
    ------
    InputError
        As of `load_outcomes`; the message names the file and the row. Or DuckDB is not installed.
    """
    table = _opened(files, source, columns, task, report)
    names = ("score", *table.amounts)
    shape = (len(table.items), len(table.models))
    arrays = {name: np.full(shape, np.nan) for name in names}

    def fill(cell: npt.NDArray[np.int64], values: Mapping[str, Floats]) -> None:
        for name, array in arrays.items():
            array.ravel()[cell] = values[name]

    told = _fill(table, names, fill)
    return Outcomes(
        models=table.models,
        items=table.items,
        scores=arrays.pop("score"),
        source=source,
        warnings=told,
        **arrays,
    )


def patterns_of_files(
    files: Sequence[Path],
    source: str,
    columns: Mapping[str, str],
    task: str | None = None,
    *,
    wrong_if_missing: bool = False,
    report: Report | None = None,
) -> Patterns:
    """Return the patterns of long tables, in a byte for each item and model.

    Items that not all models answered are left out, or no answer is wrong. With marks between 0
    and 1 the scores are held as numbers first.

    Raises
    ------
    InputError
        As of `load_large_outcomes`; or no item is left.
    """
    table = _opened(files, source, columns, task, report)
    between = f"{table.where} AND score > 0 AND score < 1"
    if table.engine.rows(f"SELECT 1 FROM outcomes WHERE {between} LIMIT 1"):
        outcomes = load_large_outcomes(files, source, columns, task, report)
        gaps = np.isnan(outcomes.scores)
        if wrong_if_missing:
            scores = np.where(gaps, 0.0, outcomes.scores)[~gaps.all(axis=1)]
        else:
            scores = outcomes.scores[~gaps.any(axis=1)]
        if not len(scores):
            raise _no_item(source)
        return patterns_of(
            Outcomes(outcomes.models, pd.RangeIndex(len(scores)), scores, source=source)
        )
    shape = (len(table.items), len(table.models))
    right, answered = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)

    def fill(cell: npt.NDArray[np.int64], values: Mapping[str, Floats]) -> None:
        right.ravel()[cell] = values["score"] > 0
        answered.ravel()[cell] = ~np.isnan(values["score"])

    _fill(table, ("score",), fill)
    kept = answered.any(axis=1) if wrong_if_missing else answered.all(axis=1)
    if not kept.any():
        raise _no_item(source)
    if not kept.all():
        right = right[kept]
    return merged_patterns(table.models, right, np.ones(len(right)), float(len(right)))


def _no_item(source: str) -> InputError:
    return InputError(
        f"{source}: no item was answered by all models; count no answer as wrong (missing='wrong')"
    )


def _opened(
    files: Sequence[Path],
    source: str,
    columns: Mapping[str, str],
    task: str | None,
    report: Report | None,
) -> _Table:
    engine = Engine(source, report)
    parts = [_part(file, number, engine, columns) for number, file in enumerate(files)]
    rows = rows_of_files([part.key for part in parts], [part.clean for part in parts])
    engine.rows(f"CREATE VIEW outcomes AS {rows}")
    has_task = any("task" in part.columns for part in parts)
    named = _TEXTS if has_task else ("model", "item")
    engine.rows(
        f"CREATE TABLE names AS SELECT DISTINCT task, item, trim(task, {quoted(SPACES)}) AS "
        f"its_task, trim(item, {quoted(SPACES)}) AS its_item FROM outcomes"
    )
    models = {
        name: str(name).strip() for (name,) in engine.rows("SELECT DISTINCT model FROM outcomes")
    }
    if not models:
        raise InputError(f"{source}: no rows; outcomes need at least one after the header")
    blank_names = engine.rows(
        "SELECT 1 FROM names WHERE coalesce(its_item, '') = ''"
        + (" OR coalesce(its_task, '') = ''" if has_task else "")
        + " LIMIT 1"
    )
    if blank_names or None in models or "" in models.values():
        for column in named:
            _refuse(engine, files, f"coalesce(trim({column}, {quoted(SPACES)}), '') = ''", column)
    where = "true"
    if task is not None:
        if not has_task:
            raise InputError(f"{source}: there is no column task, so no task {task!r}")
        known = [name for (name,) in engine.rows("SELECT DISTINCT its_task FROM names")]
        if task not in known:
            raise InputError(f"{source}: there is no task {task!r}; {meant(task, sorted(known))}")
        where = f"its_task = {quoted(task)}"
    known_amounts = tuple(n for n in _AMOUNTS if any(n in part.columns for part in parts))
    _check_values(engine, files, known_amounts, [part.value for part in parts])
    engine.rows(
        "CREATE TABLE items AS SELECT task, item, its_task, its_item, "
        "dense_rank() OVER (ORDER BY its_task NULLS FIRST, its_item) - 1 AS k "
        f"FROM names WHERE {where}"
    )
    of_item = engine.rows("SELECT DISTINCT k, its_task, its_item FROM items ORDER BY k")
    if task is None:
        pool = tuple(sorted(set(models.values())))
    else:
        asked = engine.rows(
            "SELECT DISTINCT model FROM outcomes JOIN items ON outcomes.item = items.item AND "
            "outcomes.task = items.task"
        )
        pool = tuple(sorted({models[name] for (name,) in asked}))
    number = {name: m for m, name in enumerate(pool)}
    engine.rows(
        "CREATE TABLE models AS SELECT * FROM (VALUES "
        + ", ".join(
            f"({quoted(raw)}, {number[name]})" for raw, name in models.items() if name in number
        )
        + ") AS models(model, m)"
    )
    if has_task:
        items: pd.Index[Any] = pd.MultiIndex.from_arrays(
            [np.array([row[k] for row in of_item], dtype=object) for k in (1, 2)],
            names=["task", "item"],
        )
    else:
        items = pd.Index([row[2] for row in of_item], name="item", dtype=object)
    return _Table(
        engine,
        files,
        pool,
        items,
        known_amounts,
        "true" if task is None else f"trim(task, {quoted(SPACES)}) = {quoted(task)}",
    )


def _fill(table: _Table, names: Sequence[str], fill: Any) -> tuple[str, ...]:
    """Give `fill` the cells of the matrix and their values; return what is to be told of them."""
    size = len(table.models)
    seen = np.zeros(len(table.items) * size, dtype=bool)
    rows = 0

    def consume(batch: Any) -> None:
        nonlocal rows
        columns = {
            name: batch.column(name).to_numpy(zero_copy_only=False) for name in ("k", "m", *names)
        }
        cell = columns["k"].astype(np.int64) * size + columns["m"].astype(np.int64)
        rows += len(cell)
        seen[cell] = True
        fill(cell, columns)

    of_task = "AND outcomes.task = items.task" if table.items.nlevels > 1 else ""
    joined = (
        f"FROM outcomes JOIN items ON outcomes.item = items.item {of_task} "
        "JOIN models USING (model)"
    )
    values = ", ".join(f"coalesce({name}, 'nan'::DOUBLE) AS {name}" for name in names)
    table.engine.batches(f"SELECT k, m, {values} {joined}", consume)
    distinct = int(seen.sum())
    if distinct == rows:
        return ()
    differ = " OR ".join(
        f"count(DISTINCT {name}) > 1 OR count({name}) NOT IN (0, count(*))" for name in names
    )
    twice = table.engine.rows(
        f"SELECT min(position), max(position), arg_min(model, position), "
        f"arg_min(items.item, position), arg_min(score, position), arg_max(score, position) "
        f"{joined} GROUP BY k, m HAVING {differ} ORDER BY 1 LIMIT 1"
    )
    if twice:
        first, last, model, item, one, other = twice[0]
        places = " and ".join(_place(table.files, position) for position in (first, last))
        raise InputError(
            f"{table.engine.source}: {model!r} has two outcomes of the item {item!r}, in {places}: "
            f"score {one} and {other}" + ("" if of_task else "; is a column 'task' missing?")
        )
    again = rows - distinct
    are = "is" if again == 1 else "are"
    return (f"{counted(again, 'row')} {are} left out, which {are} exactly as another.",)


def _check_values(
    engine: Engine, files: Sequence[Path], known: Sequence[str], values: Sequence[str]
) -> None:
    """Raise if a number is out of range; that of an answer may not be missing."""
    missing = "({0} IS NULL OR isnan({0}))"
    wrong = {
        "score": f"NOT coalesce(score >= 0 AND score <= 1, false) AND NOT {missing.format('score')}"
    }
    for name in known:
        wrong[name] = (
            f"NOT coalesce({name} >= 0 AND isfinite({name}), false) AND "
            f"NOT ({missing.format(name)} AND {missing.format('score')})"
        )
    if not engine.rows(
        f"SELECT 1 FROM outcomes WHERE {' OR '.join(f'({w})' for w in wrong.values())} LIMIT 1"
    ):
        return
    for name, condition in wrong.items():
        found = engine.rows(
            f"SELECT position, {name} FROM outcomes WHERE {condition} ORDER BY position LIMIT 1"
        )
        if found:
            position, value = found[0]
            column = values[position // ROWS_A_FILE] if name == "score" else name
            wanted = "0, 1 or a mark between" if name == "score" else f"a {name} of at least 0"
            hint = (
                "; percent? Divide by 100" if name == "score" and value and 1 < value <= 100 else ""
            )
            raise InputError(
                f"{_place(files, position)}, column {column}: {shown(value)} is not {wanted}{hint}"
            )


def _refuse(engine: Engine, files: Sequence[Path], condition: str, column: str) -> None:
    ((position,),) = engine.rows(f"SELECT min(position) FROM outcomes WHERE {condition}")
    if position is not None:
        raise InputError(f"{_place(files, position)} has no {column}")


def _place(files: Sequence[Path], position: int) -> str:
    return f"{files[position // ROWS_A_FILE]}: row {position % ROWS_A_FILE}"


@dataclass(frozen=True)
class _Part:
    key: tuple[Any, ...]
    clean: Path
    columns: tuple[str, ...]
    value: str


def _part(path: Path, number: int, engine: Engine, mapping: Mapping[str, str]) -> _Part:
    """Return a file as the engine can read it: as it is, or rewritten by pandas."""
    if stored_as_parquet(path):
        schema = open_parquet(path).schema_arrow
        check_unique_columns(list(schema.names), str(path))
        theirs = {own: mapping.get(own, own) for own in (*_COLUMNS, "correct")}
        value = "correct" if theirs["correct"] in schema.names else "score"
        needed_columns(
            [own for own, name in theirs.items() if name in schema.names], value, path, schema.names
        )
        kinds = {
            own: kind_of_column(schema.field(name).type)
            for own, name in theirs.items()
            if name in schema.names and own not in ({"score", "correct"} - {value})
        }
        plain = all(
            kind in (("text", "whole") if own in _TEXTS else ("number", "whole", "truth"))
            for own, kind in kinds.items()
        )
        if plain and not any(
            own in schema.names and own not in mapping.values() for own in mapping
        ):
            columns = []
            for own in _COLUMNS:
                source = value if own == "score" else own
                sql = "VARCHAR" if own in _TEXTS else "DOUBLE"
                name = identifier(theirs[source]) if source in kinds else "NULL"
                columns.append(f"{name}::{sql} AS {own}")
            types = tuple(str(schema.field(theirs[own]).type) for own in kinds)
            key = (types, ", ".join(columns), "true", "file_row_number + 1")
            return _Part(key, readable(path, number, engine), tuple(kinds), value)
    return _rewritten(path, number, engine, mapping)


def _rewritten(path: Path, number: int, engine: Engine, mapping: Mapping[str, str]) -> _Part:
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {name: pa.string() if name in _TEXTS else pa.float64() for name in _COLUMNS}
    schema = pa.schema([pa.field("row", pa.int64()), *(pa.field(*pair) for pair in kinds.items())])
    clean, first, present = engine.folder / f"part-{number}.parquet", 1, set[str]()
    with parquet.ParquetWriter(clean, schema) as writer:
        for raw in pieces_of_table(path, ROWS_AT_ONCE):
            raw.index = pd.RangeIndex(first, first + len(raw))
            first += len(raw)
            check_unique_columns([str(column) for column in raw.columns], str(path))
            frame = single_values(renamed(raw, dict(mapping), str(path)), str(path))
            value = "correct" if "correct" in frame else "score"
            needed_columns(list(map(str, frame.columns)), value, path, list(map(str, raw.columns)))
            if not len(frame):
                continue
            empty = np.logical_and.reduce([blank_cells(frame[column]) for column in frame.columns])
            frame = frame[~empty]
            scores = to_marks(frame[value], str(path))
            present |= set(map(str, frame.columns))
            arrays: dict[str, Any] = {"row": frame.index.to_numpy(), "score": scores}
            for name in _TEXTS:
                if name in frame:
                    none = blank_cells(frame[name])
                    if none.any():
                        raise InputError(
                            f"{path}: row {frame.index[int(none.argmax())]} has no {name}"
                        )
                    arrays[name] = frame[name].astype(str).astype(object).to_numpy()
            for name in _AMOUNTS:
                if name in frame:
                    arrays[name] = to_amounts(frame[name], name, str(path), ~np.isnan(scores))
            writer.write_table(pa.table([
                pa.array(arrays[field.name], field.type) if field.name in arrays
                else pa.nulls(len(frame), field.type)
                for field in schema
            ], schema=schema))  # fmt: skip
    key = (("clean",), ", ".join(_COLUMNS), "true", '"row"')
    return _Part(key, clean, tuple(present), "score")
