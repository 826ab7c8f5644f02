"""Outcomes in many files that do not fit in memory as rows: long tables, read in passes.

A hundred million rows are a matrix of items and models of a tenth of their size. The engine numbers
items and models and hands the rows over in batches; nothing is kept of a row but its score, cost
and latency in the matrix: eight bytes for each.

Answers are not read (a vote then counts right and wrong), nor are tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.large.engine import Engine, is_name, quoted, stripped
from chemopt.history.large.files import ROWS_A_FILE, Part, as_it_is, rewritten, rows_of
from chemopt.history.table_files import check_unique_columns, open_parquet, stored_as_parquet
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.values import (
    blank_cells,
    needed_columns,
    renamed,
    single_values,
    to_amounts,
    to_marks,
)
from chemopt.progress import Report
from chemopt.wording import counted, meant

_AMOUNTS = ("cost", "latency")
_TEXTS = ("model", "task", "item")
_NUMBERS = ("score", *_AMOUNTS)
_NUMBERED = (
    "outcomes JOIN items ON outcomes.item = items.item AND outcomes.task IS NOT DISTINCT FROM "
    "items.task"
)


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
    engine = Engine(source, report)
    parts = [_part(file, number, engine, columns) for number, file in enumerate(files)]
    engine.rows(f"CREATE VIEW outcomes AS {rows_of(parts)}")
    known = frozenset[str]().union(*(part.columns for part in parts))
    _check_columns_of_all(engine, parts, known)
    engine.rows(
        f"CREATE TABLE names AS SELECT *, {stripped('task')} AS its_task, {stripped('item')} AS "
        "its_item FROM (SELECT DISTINCT task, item FROM outcomes)"
    )
    if task is not None:
        _check_task(engine, task, known)
    where = "true" if task is None else f"its_task = {quoted(task)}"
    engine.rows(
        "CREATE TABLE items AS SELECT *, dense_rank() OVER (ORDER BY its_task NULLS FIRST, "
        f"its_item) - 1 AS k FROM names WHERE {where}"
    )
    engine.rows(
        f"CREATE TABLE models AS SELECT model, {stripped('model')} AS its_model, dense_rank() OVER "
        "(ORDER BY its_model) - 1 AS m FROM "
        f"(SELECT DISTINCT model FROM {'outcomes' if task is None else _NUMBERED})"
    )
    models = tuple(
        name for (name,) in engine.rows("SELECT DISTINCT its_model FROM models ORDER BY 1")
    )
    if not models:
        raise InputError(f"{source}: no rows; outcomes need at least one after the header")
    names = engine.frame("SELECT DISTINCT k, its_task, its_item FROM items ORDER BY k")
    task_of, item = (names[name].to_numpy(dtype=object) for name in ("its_task", "its_item"))
    items: pd.Index[Any] = pd.Index(item, name="item", dtype=object)
    if "task" in known:
        items = pd.MultiIndex.from_arrays([task_of, item], names=["task", "item"])
    values = ("score", *(name for name in _AMOUNTS if name in known))
    arrays = {name: np.full((len(items), len(models)), np.nan) for name in values}
    again = _fill(engine, arrays)
    warnings: tuple[str, ...] = ()
    if again:
        _check_repeated(engine, parts, values, "task" in known)
        are = "is" if again == 1 else "are"
        warnings = (f"{counted(again, 'row')} {are} left out, which {are} exactly as another.",)
    return Outcomes(models, items, arrays.pop("score"), source=source, warnings=warnings, **arrays)


def _fill(engine: Engine, arrays: Mapping[str, Any]) -> int:
    """Fill the matrices, and return how many rows are of a cell that another row is of."""
    size = arrays["score"].shape[1]
    seen = np.zeros(arrays["score"].size, dtype=bool)
    rows = 0

    def consume(batch: Any) -> None:
        nonlocal rows
        k, m, *values = (column.to_numpy(zero_copy_only=False) for column in batch.columns)
        cell = k.astype(np.int64) * size + m.astype(np.int64)
        rows += len(cell)
        seen[cell] = True
        for array, of_cell in zip(arrays.values(), values, strict=True):
            array.ravel()[cell] = of_cell

    numbers = ", ".join(f"coalesce({name}, 'nan'::DOUBLE)" for name in arrays)
    engine.batches(f"SELECT k, m, {numbers} FROM {_NUMBERED} JOIN models USING (model)", consume)
    return rows - int(seen.sum())


def _check_repeated(
    engine: Engine, parts: Sequence[Part], values: Sequence[str], has_task: bool
) -> None:
    """Raise if a model has two different outcomes of an item."""
    differ = " OR ".join(
        f"count(DISTINCT {name}) > 1 OR count({name}) NOT IN (0, count(*))" for name in values
    )
    twice = engine.rows(
        f"SELECT min(position), max(position), arg_min(model, position), "
        f"arg_min(items.item, position), arg_min(score, position), arg_max(score, position) "
        f"FROM {_NUMBERED} JOIN models USING (model) GROUP BY k, m HAVING {differ} "
        "ORDER BY 1 LIMIT 1"
    )
    if twice:
        first, last, model, item, one, other = twice[0]
        places = " and ".join(_place(parts, position) for position in (first, last))
        raise InputError(
            f"{engine.source}: {model!r} has two outcomes of the item {item!r}, in {places}: "
            f"score {one} and {other}" + ("" if has_task else "; is a column 'task' missing?")
        )


def _check_columns_of_all(engine: Engine, parts: Sequence[Part], known: frozenset[str]) -> None:
    """Raise if a file has rows without a task, cost or latency, which others have."""
    for name in ("task", *_AMOUNTS):
        if name not in known or all(name in part.columns for part in parts):
            continue
        needed = "true" if name == "task" else "score IS NOT NULL"
        lacking = f"SELECT min(position) FROM outcomes WHERE {name} IS NULL AND {needed}"
        ((position,),) = engine.rows(lacking)
        if position is not None:
            amount = f", column {name}: None is not a {name} of at least 0"
            raise InputError(
                _place(parts, position) + (" has no task" if name == "task" else amount)
            )


def _check_task(engine: Engine, task: str, known: frozenset[str]) -> None:
    if "task" not in known:
        raise InputError(f"{engine.source}: there is no column task, so no task {task!r}")
    tasks = [name for (name,) in engine.rows("SELECT DISTINCT its_task FROM names ORDER BY 1")]
    if task not in tasks:
        raise InputError(f"{engine.source}: there is no task {task!r}; {meant(task, tasks)}")


def _place(parts: Sequence[Part], position: int) -> str:
    return f"{parts[position // ROWS_A_FILE].path}: row {position % ROWS_A_FILE}"


def _part(path: Path, number: int, engine: Engine, mapping: Mapping[str, str]) -> Part:
    """Return a file as the engine can read it."""
    part = _as_it_is(path, number, engine, mapping) if stored_as_parquet(path) else None
    if part is not None:
        return part

    def clean(raw: pd.DataFrame) -> pd.DataFrame:
        frame = renamed(raw, dict(mapping), str(path))
        value = "correct" if "correct" in frame else "score"
        needed_columns(list(map(str, frame.columns)), value, path, list(map(str, raw.columns)))
        own = [name for name in (*_TEXTS, value, *_AMOUNTS) if name in frame]
        frame = single_values(frame[own], str(path))
        for name in _TEXTS:
            if name in frame and (blank := blank_cells(frame[name])).any():
                raise InputError(f"{path}: row {frame.index[int(blank.argmax())]} has no {name}")
        scores = to_marks(frame[value], str(path))
        found: dict[str, Any] = {n: frame[n].astype(str) for n in _TEXTS if n in frame}
        for name in _AMOUNTS:
            if name in frame:
                found[name] = to_amounts(frame[name], name, str(path), ~np.isnan(scores))
        return pd.DataFrame({**found, "score": scores}, index=frame.index)

    return rewritten(path, number, engine, (_TEXTS, _NUMBERS), clean)


def _as_it_is(path: Path, number: int, engine: Engine, mapping: Mapping[str, str]) -> Part | None:
    """Return the part that reads a Parquet file where it lies; None if that cannot be done."""
    there = open_parquet(path).schema_arrow.names
    check_unique_columns(list(there), str(path))
    if any(own in there and own not in mapping.values() for own in mapping):
        return None
    known = {own: mapping.get(own, own) for own in (*_TEXTS, "correct", *_NUMBERS)}
    names = {own: name for own, name in known.items() if name in there}
    value = "correct" if "correct" in names else "score"
    needed_columns(list(names), value, path, there)
    names["score"] = names.pop(value)
    valid = [is_name(own) for own in _TEXTS if own in names]
    valid.append("coalesce(score BETWEEN 0 AND 1, true)")
    valid += [  # that of an answer may not be missing
        f"coalesce({own} >= 0 AND isfinite({own}), score IS NULL)"
        for own in _AMOUNTS
        if own in names
    ]
    columns = (_TEXTS, _NUMBERS)
    return as_it_is(path, number, engine, names, columns, valid=" AND ".join(valid))
