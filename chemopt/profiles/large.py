"""Profiles of a large history: the aggregates in passes over its files, for all tasks at once.

What is computed is what `chemopt.profiles.aggregates` says; here is how, in memory that depends on
the number of models and tasks but not on that of rows. A `key` below is a model on a task.

``"best"``
    One pass for the K largest accuracies of each key, one for their rows. With K = 100 the rows
    that are left out have chances below e⁻⁹⁹ in the bootstrap.
``"mean"``, ``"shrunk"``
    One pass for sums, and one for sums of squares about the means, both of whole numbers of 128
    bits in units of 2⁻⁹⁰: so they do not depend on the order of rows or on threads, and are those
    of `math.fsum` for values that are multiples of the unit, as all from 2⁻³⁷ are.
``"median"``
    One pass counts the values in intervals of equal length, another counts the distinct values in
    those intervals that hold the order statistics wanted. It is exact.

Which models answered in one trial is kept as bits, by the engine; it moves to the disk what does
not fit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.history.large.engine import as_float, exact_sum, quoted
from chemopt.history.large.history import LargeHistory
from chemopt.profiles.aggregates import (
    Aggregate,
    Learned,
    Z,
    best_se,
    mean_of_moments,
    se_ranks,
    shrunk_of_moments,
)

_COLUMNS = ("quality", "accuracy")
_HIGHEST = {"quality": 10.0, "accuracy": 1.0}
_KEPT_ROWS = 100
# Intervals of the median's first pass: of each key, and of all together.
_INTERVALS, _ALL_INTERVALS = 4096, 1 << 20
#: Sets of models that answered in one trial: those first in the history are kept.
MOST_SUBSETS = 10_000
_BITS = 60


class _Rows:
    """The rows of some tasks, with accuracies raised to a floor; a key is task · pool + model."""

    def __init__(self, history: LargeHistory, groups: Sequence[str], floor: float) -> None:
        self.engine, self.pool, self.groups = history.engine, history.models, groups
        self.floor = f"{floor!r}::DOUBLE"
        texts = [
            f"({quoted(text)}, {task})"
            for task, group in enumerate(groups)
            for text in history.texts_of(group)
        ]
        names = [f"({quoted(model)}, {number})" for number, model in enumerate(self.pool)]
        # Not of one model or task only: the engine would not join, but look them up anew.
        for table, column, pairs in (("tasks", "task", texts), ("pool", "model", names)):
            self.engine.rows(
                f"CREATE OR REPLACE TABLE {table} AS SELECT {column}, number::INTEGER AS number "
                f"FROM (VALUES {', '.join(pairs)}) AS pairs({column}, number)"
            )
        self.plain = (
            "history JOIN tasks ON history.task = tasks.task JOIN pool ON history.model = "
            "pool.model"
        )
        self.table = (
            f"(SELECT position, trial, tasks.number * {len(self.pool)} + pool.number AS key, "
            f"quality, greatest(accuracy, {self.floor}) AS accuracy FROM {self.plain})"
        )

    def by_task(self, frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
        """Yield what was found by key for each task, by model."""
        keys = frame.index.to_numpy()
        for task in range(len(self.groups)):
            own = frame[(keys // len(self.pool)) == task].sort_index()
            own.index = pd.Index([self.pool[key % len(self.pool)] for key in own.index])
            yield own

    def columns(self, query: str) -> dict[str, npt.NDArray[Any]]:
        """Run a query."""
        return self.engine.columns(query)


def learn_large(
    history: LargeHistory, groups: Sequence[str], aggregate: Aggregate, accuracy_floor: float
) -> list[Learned]:
    """Learn from the rows of some task groups, in passes for all of them together."""
    rows = _Rows(history, groups, accuracy_floor)
    frames = _aggregate(rows, aggregate)
    lower = {
        task
        for (task,) in history.engine.rows(
            f"SELECT DISTINCT tasks.number FROM {rows.plain} WHERE accuracy < {rows.floor}"
        )
    }
    plain = _unfloored(history, groups, aggregate, frames, accuracy_floor) if lower else None
    best = aggregate == "best"
    subsets = _sharing_a_trial(rows, frames) if best else _answered_together(rows)
    learned = []
    for task, frame in enumerate(frames):
        own, warnings = subsets[task], tuple[str, ...]()
        if len(own) > MOST_SUBSETS:
            own, warnings = own[:MOST_SUBSETS], (
                f"More than {MOST_SUBSETS} different sets of models answered in one trial; those "
                "first in the history are kept, for hill climbing to start at.",
            )  # fmt: skip
        unfloored = plain[task]["accuracy"] if plain is not None and task in lower else None
        learned.append(Learned(frame, unfloored, tuple(own), warnings))
    return learned


def _aggregate(
    rows: _Rows, aggregate: Aggregate, columns: Sequence[str] = _COLUMNS
) -> list[pd.DataFrame]:
    """Return the profiles of each task, by model."""
    if aggregate in ("mean", "shrunk"):
        finish = mean_of_moments if aggregate == "mean" else shrunk_of_moments
        return [finish(moments) for moments in rows.by_task(_moments(rows, columns))]
    return list(rows.by_task(_best(rows) if aggregate == "best" else _median(rows, columns)))


def _unfloored(
    history: LargeHistory,
    groups: Sequence[str],
    aggregate: Aggregate,
    frames: Sequence[pd.DataFrame],
    floor: float,
) -> list[pd.DataFrame] | None:
    """Return the accuracies without the floor, of each task; None if it changes none."""
    if aggregate == "best" and all((frame["accuracy"] > floor).all() for frame in frames):
        return None
    rows = _Rows(history, groups, 0.0)
    if aggregate == "best":
        found = rows.engine.rows(f"SELECT key, max(accuracy) FROM {rows.table} GROUP BY key")
        return list(rows.by_task(pd.DataFrame({"accuracy": dict(found)})))
    return _aggregate(rows, aggregate, ("accuracy",))


def _best(rows: _Rows) -> pd.DataFrame:
    lowest = rows.columns(
        "SELECT key, count(*) AS n, list_last(list_reverse_sort(max(accuracy, "
        f"{_KEPT_ROWS}))) AS least FROM {rows.table} GROUP BY key"
    )
    pairs = zip(lowest["key"].tolist(), lowest["least"].tolist(), strict=True)
    bounds = ", ".join(f"({key}, {least!r}::DOUBLE)" for key, least in pairs)
    joined = f"{rows.table} JOIN (VALUES {bounds}) AS lowest(key, least) USING (key)"
    # Of the rows that equal the last one kept, the first in the history are kept.
    found = pd.DataFrame(rows.columns(
        f"SELECT key, position, accuracy, quality FROM {joined} WHERE accuracy > least "
        "UNION ALL SELECT key, equal.position, equal.accuracy, equal.quality FROM "
        "(SELECT key, unnest(arg_min(struct_pack(position := position, accuracy := accuracy, "
        f"quality := quality), position, {_KEPT_ROWS})) AS equal FROM {joined} "
        "WHERE accuracy = least GROUP BY key)"
    )).sort_values(["key", "accuracy", "position"], ascending=[True, False, True])  # fmt: skip
    count = dict(zip(lowest["key"].tolist(), lowest["n"].tolist(), strict=True))
    records: dict[int, dict[str, Any]] = {}
    for key, own in found.groupby("key"):
        n = count[int(str(key))]
        record = {"count": n, "trial": int(own["position"].iloc[0])}
        for column in _COLUMNS:
            values = own[column].to_numpy()[:_KEPT_ROWS]
            record[column], record[f"{column}_se"] = values[0], best_se(values, n)
        records[int(str(key))] = record
    frame = pd.DataFrame.from_dict(records, orient="index")
    places = ", ".join(map(str, frame["trial"]))
    trials = dict(
        rows.engine.rows(f"SELECT position, trial FROM history WHERE position IN ({places})")
    )
    return frame.assign(trial=[trials[place] for place in frame["trial"]])


def _moments(rows: _Rows, columns: Sequence[str]) -> pd.DataFrame:
    """Return counts, means and variances (n − 1), by key."""
    sums = ", ".join(map(exact_sum, columns))
    first = rows.engine.rows(f"SELECT key, count(*), {sums} FROM {rows.table} GROUP BY key")
    means = {key: (n, [as_float(total) / n for total in totals]) for key, n, *totals in first}
    pairs = ", ".join(
        f"({key}, {', '.join(f'{mean!r}::DOUBLE' for mean in of_key)})"
        for key, (_, of_key) in means.items()
    )
    names = ", ".join(f"{column}_mean" for column in columns)
    squares_of = ", ".join(
        exact_sum(f"({column} - {column}_mean) * ({column} - {column}_mean) / 16")
        for column in columns
    )
    # Divided by 16, squares of deviations in [0, 10] are in [0, 10], too, and lose nothing.
    second = rows.engine.rows(
        f"SELECT key, {squares_of} FROM {rows.table} "
        f"JOIN (VALUES {pairs}) AS means(key, {names}) USING (key) GROUP BY key"
    )
    squares = {key: sums for key, *sums in second}
    records: dict[int, dict[str, float]] = {}
    for key, (n, of_key) in means.items():
        record: dict[str, float] = {"count": n, **dict(zip(columns, of_key, strict=True))}
        for column, total in zip(columns, squares[key], strict=True):
            record[f"{column}_var"] = 16 * as_float(total) / (n - 1) if n > 1 else math.nan
        records[key] = record
    return pd.DataFrame.from_dict(records, orient="index")


def _median(rows: _Rows, columns: Sequence[str]) -> pd.DataFrame:
    records: dict[int, dict[str, Any]] = {}
    keys = len(rows.groups) * len(rows.pool)
    intervals = max(16, min(_INTERVALS, _ALL_INTERVALS // keys))
    for column in columns:
        k = f"least(floor({column} * {intervals / _HIGHEST[column]!r}), {intervals - 1})::INTEGER"
        counts = rows.columns(
            f"SELECT key, {k} AS k, count(*) AS n FROM {rows.table} GROUP BY key, k ORDER BY key, k"
        )
        # (key, interval) that holds an order statistic → how many values of the key are below
        below: dict[tuple[int, int], int] = {}
        for key, own in _runs(counts["key"]):
            upto = np.cumsum(counts["n"][own])
            records.setdefault(key, {"count": int(upto[-1]), "trial": None})
            for rank in _ranks(int(upto[-1])):
                at = int(np.searchsorted(upto, rank, side="right"))
                before = int(upto[at] - counts["n"][own][at])
                below[key, int(counts["k"][own][at])] = before
        wanted = ", ".join(f"({key}, {place})" for key, place in below)
        values = rows.columns(
            f"SELECT key, k, value, count(*) AS n FROM (SELECT key, {k} AS k, {column} AS value "
            f"FROM {rows.table}) JOIN (VALUES {wanted}) AS wanted(key, k) USING (key, k) "
            "GROUP BY key, k, value ORDER BY key, k, value"
        )
        at_rank: dict[int, dict[int, float]] = {}
        for code, own in _runs(values["key"].astype(np.int64) * intervals + values["k"]):
            key, place = divmod(code, intervals)
            first = below[key, place]
            upto = first + np.cumsum(values["n"][own])
            for rank in _ranks(records[key]["count"]):
                if first <= rank < upto[-1]:
                    at = int(np.searchsorted(upto, rank, side="right"))
                    at_rank.setdefault(key, {})[rank] = float(values["value"][own][at])
        for key, of_rank in at_rank.items():
            total = records[key]["count"]
            left, right = of_rank[(total - 1) // 2], of_rank[total // 2]
            low, high = se_ranks(total)
            spread = (of_rank[high] - of_rank[low]) / (2 * Z) if total > 1 else math.nan
            records[key][column] = left if left == right else (left + right) / 2
            records[key][f"{column}_se"] = spread
    return pd.DataFrame.from_dict(records, orient="index")


def _ranks(n: int) -> set[int]:
    """Return which of n sorted values, from 0, a median and its standard error need."""
    return {(n - 1) // 2, n // 2, *se_ranks(n)}


def _runs(sorted_keys: npt.NDArray[Any]) -> Iterator[tuple[int, slice]]:
    """Yield each distinct key and where it stands."""
    keys, starts = np.unique(sorted_keys, return_index=True)
    ends = np.append(starts[1:], len(sorted_keys))
    for key, start, end in zip(keys.tolist(), starts.tolist(), ends.tolist(), strict=True):
        yield key, slice(start, end)


def _sharing_a_trial(rows: _Rows, frames: Iterable[pd.DataFrame]) -> list[list[tuple[str, ...]]]:
    """Return for each task the models whose kept rows are of one trial, in the order of trials."""
    members: list[dict[str, list[str]]] = []
    for frame in frames:
        members.append({})
        for model, trial in frame["trial"].items():
            members[-1].setdefault(trial, []).append(str(model))
    pairs = ", ".join(
        f"({task}, {quoted(trial)})" for task, of_trial in enumerate(members) for trial in of_trial
    )
    ordered = rows.engine.rows(
        f"SELECT task, trial FROM (SELECT key // {len(rows.pool)} AS task, trial, position FROM "
        f"{rows.table}) JOIN (VALUES {pairs}) AS kept(task, trial) USING (task, trial) "
        "GROUP BY task, trial ORDER BY min(position)"
    )
    subsets: list[dict[tuple[str, ...], None]] = [{} for _ in members]
    for task, trial in ordered:
        subsets[task][tuple(sorted(members[task][trial]))] = None
    return [list(own) for own in subsets]


def _answered_together(rows: _Rows) -> list[list[tuple[str, ...]]]:
    """Return for each task the sets of models that answered in one trial, in the order of trials.

    If they are too many, more than are kept.
    """
    size = len(rows.pool)
    words = range(-(-size // _BITS))
    member = f"key % {size}"
    bits = ", ".join(
        f"bit_or(CASE WHEN {member} // {_BITS} = {w} THEN 1::UBIGINT << ({member} % {_BITS}) "
        f"ELSE 0::UBIGINT END)::UBIGINT AS w{w}"
        for w in words
    )
    names = ", ".join(f"w{w}" for w in words)
    found = rows.columns(
        f"SELECT task, {names} FROM (SELECT key // {size} AS task, {bits}, min(position) AS first "
        f"FROM {rows.table} GROUP BY task, trial) GROUP BY task, {names} "
        "QUALIFY row_number() OVER (PARTITION BY task ORDER BY min(first)) "
        f"<= {MOST_SUBSETS + 1} ORDER BY min(first)"
    )
    subsets: list[list[tuple[str, ...]]] = [[] for _ in rows.groups]
    for task, *of_words in zip(found["task"].tolist(), *(found[f"w{w}"].tolist() for w in words),
                               strict=True):  # fmt: skip
        subsets[task].append(
            tuple(m for k, m in enumerate(rows.pool) if of_words[k // _BITS] >> k % _BITS & 1)
        )
    return subsets
