"""Profiles of a large history: the aggregates in passes over its files, for all tasks at once.

What is computed is what `chemopt.profiles.aggregates` says; here is how, by the engine, in memory
that depends on the number of models and tasks but not on that of rows.

``"best"``
    The 100 rows of the largest accuracies of each model and task: those that are left out have
    chances below e⁻⁹⁹ in the bootstrap.
``"mean"``, ``"shrunk"``
    Compensated sums, and then those of squares about the means. They are within 1e-12 of those in
    memory, relative to the largest value; the order of rows and threads may change the last digits.
``"median"``
    The rows by value; those in the middle and those of the standard error are kept. It is exact.

Which models answered in one trial is kept as bits. The engine moves to the disk what does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from chemopt.history.large.engine import Engine, values
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

_KEPT_ROWS = 100
#: Sets of models that answered in one trial: those first in the history are kept.
MOST_SUBSETS = 10_000
_BITS = 60


def learn_large(
    history: LargeHistory, groups: Sequence[str], aggregate: Aggregate, accuracy_floor: float
) -> list[Learned]:
    """Learn from the rows of some task groups, in passes for all of them together."""
    engine, pool = history.engine, history.models
    _define_rows(history, groups, accuracy_floor)
    floored = {
        task
        for (task,) in engine.rows("SELECT DISTINCT task FROM asked WHERE unfloored < accuracy")
    }
    columns = ("quality", "accuracy", *(["unfloored"] if floored else []))
    found = _AGGREGATES[aggregate](engine, columns).sort_values(["task", "member"])
    found.index = pd.Index([pool[member] for member in found["member"]])
    together = _sharing_a_trial if aggregate == "best" else _answered_together
    subsets: list[dict[tuple[str, ...], None]] = [{} for _ in groups]
    for task, models in together(engine, pool, found):
        subsets[task][models] = None
    learned = []
    for task, own in enumerate(subsets):
        frame, warnings = found[found["task"] == task], tuple[str, ...]()
        if len(own) > MOST_SUBSETS:
            warnings = (
                f"More than {MOST_SUBSETS} different sets of models answered in one trial; those "
                "first in the history are kept, for hill climbing to start at.",
            )
        unfloored = _unfloored(frame, aggregate) if task in floored else None
        learned.append(
            Learned(_profiles(frame, aggregate), unfloored, tuple(own)[:MOST_SUBSETS], warnings)
        )
    return learned


def _define_rows(history: LargeHistory, groups: Sequence[str], floor: float) -> None:
    """Make the view `asked`: the rows of some tasks, which have numbers, as have the models."""
    texts = ((text, k) for k, group in enumerate(groups) for text in history.texts_of(group))
    models = ((model, k) for k, model in enumerate(history.models))
    # Tables, as the engine would not join a single row, but look it up anew.
    for table, column, pairs in (("tasks", "task", texts), ("pool", "model", models)):
        history.engine.rows(
            f"CREATE OR REPLACE TABLE {table} AS FROM {values(pairs)} AS pairs({column}, k)"
        )
    history.engine.rows(
        "CREATE OR REPLACE VIEW asked AS SELECT position, trial, tasks.k AS task, pool.k AS "
        f"member, quality, greatest(accuracy, {floor!r}::DOUBLE) AS accuracy, "
        "accuracy AS unfloored FROM history JOIN tasks ON history.task = tasks.task "
        "JOIN pool ON history.model = pool.model"
    )


def _profiles(frame: pd.DataFrame, aggregate: Aggregate) -> pd.DataFrame:
    finish = {"mean": mean_of_moments, "shrunk": shrunk_of_moments}.get(aggregate)
    return frame if finish is None else finish(frame)


def _unfloored(frame: pd.DataFrame, aggregate: Aggregate) -> pd.Series[float]:
    """Return the accuracies without the floor."""
    if "unfloored_var" in frame:
        frame = frame.assign(accuracy_var=frame["unfloored_var"])
    return _profiles(frame.assign(accuracy=frame["unfloored"]), aggregate)["accuracy"]


def _best(engine: Engine, columns: Sequence[str]) -> pd.DataFrame:
    # Of the rows that equal the last one kept, the first in the history are kept.
    rows = engine.frame(
        "WITH lowest AS MATERIALIZED (SELECT task, member, count(*) AS count, max(unfloored) AS "
        f"unfloored, list_min(max(accuracy, {_KEPT_ROWS})) AS least FROM asked GROUP BY ALL) "
        "SELECT task, member, count, lowest.unfloored, position, accuracy, quality, trial "
        "FROM asked JOIN lowest USING (task, member) WHERE accuracy >= least QUALIFY row_number() "
        "OVER (PARTITION BY task, member ORDER BY accuracy DESC, position) "
        f"<= {_KEPT_ROWS}"
    ).sort_values(["accuracy", "position"], ascending=[False, True])
    groups = rows.groupby(["task", "member"])
    best = groups.first()
    for c in ("quality", "accuracy"):
        best[f"{c}_se"] = [best_se(own[c].to_numpy(), own["count"].iloc[0]) for _, own in groups]
    return best.reset_index()


def _moments(engine: Engine, columns: Sequence[str]) -> pd.DataFrame:
    """Return counts, means and variances (n − 1)."""
    means = ", ".join(f"favg({c}) AS {c}_mean" for c in columns)
    squares = ", ".join(
        f"any_value({c}_mean) AS {c}, fsum(({c} - {c}_mean) * ({c} - {c}_mean)) / "
        f"nullif(any_value(count) - 1, 0) AS {c}_var"
        for c in columns
    )
    return engine.frame(
        f"WITH means AS MATERIALIZED (SELECT task, member, count(*) AS count, {means} FROM asked "
        f"GROUP BY ALL) SELECT task, member, any_value(count) AS count, {squares} "
        "FROM asked JOIN means USING (task, member) GROUP BY ALL"
    )


def _median(engine: Engine, columns: Sequence[str]) -> pd.DataFrame:
    counts = engine.rows("SELECT DISTINCT count(*) FROM asked GROUP BY task, member")
    ranks = values((n, *se_ranks(n)) for (n,) in counts)
    middle = "k IN ((count - 1) // 2, count // 2)"
    found = [
        engine.frame(
            f"SELECT task, member, count, avg({c}) FILTER ({middle}) AS {c}, (max({c}) FILTER "
            f"(k = high) - min({c}) FILTER (k = low)) / {2 * Z!r}::DOUBLE AS {c}_se FROM (SELECT "
            f"task, member, {c}, row_number() OVER (PARTITION BY task, member ORDER BY {c}) - 1 AS "
            "k, count(*) OVER (PARTITION BY task, member) AS count FROM asked) JOIN "
            f"{ranks} AS ranks(count, low, high) USING (count) "
            f"WHERE {middle} OR k IN (low, high) GROUP BY ALL"
        ).set_index(["task", "member", "count"])
        for c in columns
    ]
    frame = pd.concat(found, axis=1).reset_index()
    errors = {f"{c}_se": frame[f"{c}_se"].where(frame["count"] > 1) for c in columns}
    return frame.assign(**errors, trial=None)


_AGGREGATES: dict[Aggregate, Callable[[Engine, Sequence[str]], pd.DataFrame]] = {
    "best": _best,
    "mean": _moments,
    "median": _median,
    "shrunk": _moments,
}


def _sharing_a_trial(
    engine: Engine, pool: Sequence[str], found: pd.DataFrame
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield a task and models whose kept rows are of one trial, in the order of trials."""
    members: dict[tuple[int, str], list[str]] = {}
    for model, task, trial in zip(found.index, found["task"], found["trial"], strict=True):
        members.setdefault((int(task), trial), []).append(model)
    ordered = engine.rows(
        f"SELECT task, trial FROM asked JOIN {values(members)} AS kept(task, trial) USING (task, "
        "trial) GROUP BY ALL ORDER BY min(position)"
    )
    for task, trial in ordered:
        yield task, tuple(members[task, trial])


def _answered_together(
    engine: Engine, pool: Sequence[str], found: pd.DataFrame
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield a task and models that answered in one trial, each set once, in the order of trials.

    If those of a task are too many, more than are kept.
    """
    words = range(-(-len(pool) // _BITS))
    bits = ", ".join(
        f"bit_or(CASE WHEN member // {_BITS} = {w} THEN 1::UBIGINT << (member % {_BITS}) "
        f"ELSE 0::UBIGINT END)::UBIGINT AS w{w}"
        for w in words
    )
    names = ", ".join(f"w{w}" for w in words)
    rows = engine.rows(
        f"SELECT task, {names} FROM (SELECT task, {bits}, min(position) AS first FROM asked "
        f"GROUP BY task, trial) GROUP BY task, {names} QUALIFY row_number() OVER "
        f"(PARTITION BY task ORDER BY min(first)) <= {MOST_SUBSETS + 1} ORDER BY min(first)"
    )
    for task, *of_words in rows:
        answered = sum(word << (_BITS * w) for w, word in enumerate(of_words))
        yield task, tuple(model for k, model in enumerate(pool) if answered >> k & 1)
