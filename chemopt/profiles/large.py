"""Profiles of a large history: the aggregates in passes over its files.

What is computed is what `chemopt.profiles.aggregates` says; here is how, in memory that depends on
the number of models but not on that of rows.

``"best"``
    One pass for the K largest accuracies of each model, one for their rows. With K = 100 the rows
    that are left out have chances below e⁻¹⁰⁰ in the bootstrap.
``"mean"``, ``"shrunk"``
    One pass for sums, and one for sums of squares about the means, both of whole numbers of 128
    bits in units of 2⁻⁹⁰: so they do not depend on the order of rows or on threads, and are those
    of `math.fsum` for values that are multiples of the unit, as all from 2⁻³⁷ are.
``"median"``
    One pass counts the values in 4096 intervals of equal length, another counts the distinct
    values in those intervals that hold the order statistics wanted. It is exact.

Which models answered in one trial is kept as bits, by the engine; it moves to the disk what does
not fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
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
_INTERVALS = 4096
#: Sets of models that answered in one trial: those first in the history are kept.
MOST_SUBSETS = 10_000
_BITS = 60


class _Rows:
    """The rows of one task, with accuracies raised to a floor."""

    def __init__(self, history: LargeHistory, group: str, floor: float) -> None:
        self.engine, self.history = history.engine, history
        self.where = history.in_group(group)
        self.table = (
            "(SELECT position, trial, model, quality, "
            f"greatest(accuracy, {floor!r}::DOUBLE) AS accuracy "
            f"FROM history WHERE {self.where})"
        )


def learn_large(
    history: LargeHistory, group: str, aggregate: Aggregate, accuracy_floor: float
) -> Learned:
    """Learn from the rows of one task group, in passes."""
    rows = _Rows(history, group, accuracy_floor)
    frame = _AGGREGATORS[aggregate](rows)
    unfloored = None
    if history.engine.rows(
        f"SELECT 1 FROM history WHERE {rows.where} AND accuracy < {accuracy_floor!r}::DOUBLE "
        "LIMIT 1"
    ):
        unfloored = _AGGREGATORS[aggregate](_Rows(history, group, 0.0))["accuracy"]
    if aggregate == "best":
        return Learned(frame, unfloored, _sharing_a_trial(rows, frame))
    subsets = _answered_together(rows, list(frame.index))
    warnings: tuple[str, ...] = ()
    if len(subsets) > MOST_SUBSETS:
        subsets = subsets[:MOST_SUBSETS]
        warnings = (
            f"More than {MOST_SUBSETS} different sets of models answered in one trial; those first "
            "in the history are kept, for hill climbing to start at.",
        )
    return Learned(frame, unfloored, tuple(subsets), warnings)


def _best(rows: _Rows) -> pd.DataFrame:
    lowest = rows.engine.rows(
        "SELECT model, count(*), list_last(list_reverse_sort(max(accuracy, "
        f"{_KEPT_ROWS}))) FROM {rows.table} GROUP BY model"
    )
    if not lowest:
        return _framed({})
    names = ", ".join(f"({quoted(model)}, {value!r}::DOUBLE)" for model, _, value in lowest)
    joined = f"FROM {rows.table} JOIN (VALUES {names}) AS lowest(model, least) USING (model)"
    # Of the rows that equal the last one kept the first in the history are kept.
    found = rows.engine.rows(
        f"SELECT model, position, accuracy, quality, trial {joined} WHERE accuracy > least "
        "UNION ALL SELECT model, equal.position, equal.accuracy, equal.quality, equal.trial FROM "
        "(SELECT model, unnest(arg_min(struct_pack(position := position, accuracy := accuracy, "
        f"quality := quality, trial := trial), position, {_KEPT_ROWS})) AS equal {joined} "
        "WHERE accuracy = least GROUP BY model)"
    )
    count = {model: n for model, n, _ in lowest}
    best: dict[str, list[tuple[float, int, float, str]]] = {model: [] for model in count}
    for model, position, accuracy, quality, trial in found:
        best[model].append((-accuracy, position, quality, trial))
    records = {}
    for model, own in best.items():
        own.sort()
        del own[_KEPT_ROWS:]
        values = {
            "quality": np.array([row[2] for row in own]),
            "accuracy": np.array([-row[0] for row in own]),
        }
        record = {"count": count[model], "trial": own[0][3]}
        for column in _COLUMNS:
            record[column] = values[column][0]
            record[f"{column}_se"] = best_se(values[column], count[model])
        records[model] = record
    return _framed(records)


def _mean(rows: _Rows) -> pd.DataFrame:
    return mean_of_moments(_moments(rows))


def _shrunk(rows: _Rows) -> pd.DataFrame:
    return shrunk_of_moments(_moments(rows))


def _moments(rows: _Rows) -> pd.DataFrame:
    """Return counts, means and variances (n − 1), by model."""
    first = rows.engine.rows(
        f"SELECT model, count(*), {exact_sum('quality')}, {exact_sum('accuracy')} "
        f"FROM {rows.table} GROUP BY model"
    )
    means = {m: (n, as_float(q) / n, as_float(a) / n) for m, n, q, a in first}
    names = ", ".join(
        f"({quoted(model)}, {q!r}::DOUBLE, {a!r}::DOUBLE)" for model, (_, q, a) in means.items()
    )
    # Divided by 16, squares of deviations in [0, 10] are in [0, 10], too, and lose nothing.
    second = rows.engine.rows(
        f"SELECT model, {exact_sum('(quality - q) * (quality - q) / 16')}, "
        f"{exact_sum('(accuracy - a) * (accuracy - a) / 16')} "
        f"FROM {rows.table} JOIN (VALUES {names}) AS means(model, q, a) USING (model) "
        "GROUP BY model"
    )
    squares = {model: sums for model, *sums in second}
    records: dict[str, dict[str, float]] = {}
    for model, (n, quality, accuracy) in means.items():
        record = {"count": n, "quality": quality, "accuracy": accuracy}
        for column, total in zip(_COLUMNS, squares[model], strict=True):
            record[f"{column}_var"] = 16 * as_float(total) / (n - 1) if n > 1 else math.nan
        records[model] = record
    return pd.DataFrame.from_dict(records, orient="index").sort_index()


def _median(rows: _Rows) -> pd.DataFrame:
    records: dict[str, dict[str, float]] = {}
    for column in _COLUMNS:
        interval = f"least(floor({column} * {_INTERVALS / _HIGHEST[column]!r}), {_INTERVALS - 1})"
        counted_in = rows.engine.rows(
            f"SELECT model, {interval}::INTEGER AS k, count(*) FROM {rows.table} "
            "GROUP BY model, k ORDER BY model, k"
        )
        by_model: dict[str, list[tuple[int, int]]] = {}
        for model, k, n in counted_in:
            by_model.setdefault(model, []).append((k, n))
        # what is below the intervals wanted, of each model
        below: dict[tuple[str, int], int] = {}
        for model, counts in by_model.items():
            upto = np.cumsum([n for _, n in counts])
            for rank in _ranks(int(upto[-1])):
                at = int(np.searchsorted(upto, rank, side="right"))
                below[model, counts[at][0]] = int(upto[at] - counts[at][1])
        wanted = ", ".join(f"({quoted(model)}, {k})" for model, k in below)
        values = rows.engine.rows(
            f"SELECT model, k, value, count(*) FROM (SELECT model, {interval}::INTEGER AS k, "
            f"{column} AS value FROM {rows.table}) JOIN (VALUES {wanted}) AS wanted(model, k) "
            "USING (model, k) GROUP BY model, k, value ORDER BY model, k, value"
        )
        within: dict[tuple[str, int], list[tuple[float, int]]] = {}
        for model, k, value, n in values:
            within.setdefault((model, k), []).append((value, n))
        for model, counts in by_model.items():
            total = sum(n for _, n in counts)
            at_rank = {}
            for (name, k), lower in below.items():
                if name == model:
                    upto = lower + np.cumsum([n for _, n in within[name, k]])
                    for rank in _ranks(total):
                        if lower <= rank < upto[-1]:
                            place = int(np.searchsorted(upto, rank, side="right"))
                            at_rank[rank] = within[name, k][place][0]
            record = records.setdefault(model, {"count": total})
            left, right = at_rank[(total - 1) // 2], at_rank[total // 2]
            record[column] = left if left == right else (left + right) / 2
            low, high = se_ranks(total)
            record[f"{column}_se"] = (
                (at_rank[high] - at_rank[low]) / (2 * Z) if total > 1 else math.nan
            )
    return _framed(records)


def _ranks(n: int) -> set[int]:
    """Return which of n sorted values, from 0, a median and its standard error need."""
    return {(n - 1) // 2, n // 2, *se_ranks(n)}


def _framed(records: dict[str, dict[str, float]]) -> pd.DataFrame:
    columns = ["quality", "accuracy", "count", "quality_se", "accuracy_se", "trial"]
    frame = pd.DataFrame.from_dict(records, orient="index", columns=None).sort_index()
    return frame.reindex(columns=columns)


def _sharing_a_trial(rows: _Rows, frame: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Return the models whose kept rows are of one trial, in the order of the trials."""
    trials = list(dict.fromkeys(frame["trial"].dropna()))
    if not trials:
        return ()
    ordered = rows.engine.rows(
        f"SELECT trial FROM {rows.table} WHERE trial IN ({', '.join(map(quoted, trials))}) "
        "GROUP BY trial ORDER BY min(position)"
    )
    members = {trial: [m for m, own in frame["trial"].items() if own == trial] for trial in trials}
    return tuple(dict.fromkeys(tuple(sorted(map(str, members[trial]))) for (trial,) in ordered))


def _answered_together(rows: _Rows, models: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the sets of models that answered in one trial, in the order of the history.

    At most one more than are kept.
    """
    if not models:
        return []
    ordered = sorted(map(str, models))
    numbers = ", ".join(
        f"({quoted(model)}, {k // _BITS}, {1 << k % _BITS}::UBIGINT)"
        for k, model in enumerate(ordered)
    )
    words = range(-(-len(ordered) // _BITS))
    bits = ", ".join(
        f"bit_or(CASE WHEN word = {w} THEN bit ELSE 0::UBIGINT END) AS w{w}" for w in words
    )
    names = ", ".join(f"w{w}" for w in words)
    found = rows.engine.rows(
        f"SELECT {names} FROM (SELECT {bits}, min(position) AS first FROM {rows.table} "
        f"JOIN (VALUES {numbers}) AS numbers(model, word, bit) USING (model) GROUP BY trial) "
        f"GROUP BY {names} ORDER BY min(first) LIMIT {MOST_SUBSETS + 1}"
    )
    return [
        tuple(
            model
            for k, model in enumerate(ordered)
            if int(row[k // _BITS]) >> k % _BITS & 1
        )
        for row in found
    ]


_AGGREGATORS = {"best": _best, "mean": _mean, "median": _median, "shrunk": _shrunk}
