"""Profiles: the quality and accuracy of each model on one task, learned from a history.

A profile is a quality q (0 to 10) and an accuracy a (0 to 1). The `aggregate` says how the rows of
a model become one profile: see `chemopt.profiles.aggregates`. Accuracies below `accuracy_floor` are
raised to it row by row, before anything else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.history import History
from chemopt.history.large.history import LargeHistory
from chemopt.history.scales import scale_hint, scale_warnings
from chemopt.profiles.aggregates import AGGREGATES, Aggregate, Learned, aggregate_rows
from chemopt.profiles.large import learn_large
from chemopt.validation import choice, instance_of, number
from chemopt.wording import listed

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes

#: A model is used when its accuracy is above this, unless another threshold is given.
USAGE_THRESHOLD = 0.5
COLUMNS = ("quality", "accuracy", "count", "quality_se", "accuracy_se", "trial")


@dataclass(frozen=True, eq=False)
class Profiles:
    """The profiles of a pool of models on one task.

    Attributes
    ----------
    frame : DataFrame
        One row for each model of the pool S, by name (the index `model`): `quality`,
        `accuracy` (NaN for a model without rows on the task), `count`, `quality_se`,
        `accuracy_se` (NaN where not identifiable), and for ``aggregate="best"`` the `trial` of
        the row kept (else None).
    subsets : tuple of tuple of str
        The historical subsets X_q, in the order of the history; the models in each are sorted by
        name. For ``"best"``, models whose kept rows share a trial; otherwise models that answered
        in the same trial, each distinct set once.
    task : str
        Prototype text of the task group.
    aggregate : str
        How rows became profiles.
    accuracy_floor : float
        The floor that was applied to accuracies.
    unfloored : Series or None
        The accuracies as they are without the floor, by model; None where the floor changes none.
    warnings : tuple of str
        What a reader should know: the warnings of the history, and those on the profiles
        themselves. `chemopt.check_saturation` adds those that depend on the usage threshold.
    """

    frame: pd.DataFrame
    subsets: tuple[tuple[str, ...], ...] = ()
    task: str = ""
    aggregate: str = "given"
    accuracy_floor: float = 0.0
    unfloored: pd.Series[float] | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        instance_of("profiles: frame must be a DataFrame", self.frame, pd.DataFrame)
        names = list(self.frame.index)
        for name in names:
            if not isinstance(name, str) or not name.strip():
                raise InputError(f"profiles: {name!r} is not a model name")
        unknown = sorted({m for subset in self.subsets for m in subset} - set(names))
        if unknown:
            raise InputError(f"profiles: the historical subsets name unknown models {unknown}")
        if not names:
            raise InputError("profiles: there is no model")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"profiles: the model {twice!r} occurs more than once")
        half = self.frame.index[self.frame["quality"].isna() != self.frame["accuracy"].isna()]
        if len(half):
            raise InputError(
                f"profiles: {half[0]!r} has only one of quality and accuracy; a model has both "
                "or, without rows on the task, neither"
            )
        if (self.frame["count"] < 0).any():
            raise InputError("profiles: a count is negative")
        for column, high in (("quality", 10.0), ("accuracy", 1.0)):
            values = self.frame[column].to_numpy(dtype=float)
            for name, value in zip(names, values, strict=True):
                if not (math.isnan(value) or 0 <= value <= high):
                    hint = scale_hint(column, values, high)
                    raise InputError(
                        f"profiles: {column} of {name!r} is {value}, not in [0, {high:g}]"
                        + (f"; {hint}" if hint else "")
                    )

    @property
    def models(self) -> tuple[str, ...]:
        """The models of the pool, in the order of `frame`."""
        return tuple(self.frame.index)

    @property
    def penalty(self) -> pd.Series[float]:
        """Penalties p = (1 − q/10)(1 − a), in [0, 1]; NaN for a model without rows."""
        q, a = self.frame["quality"], self.frame["accuracy"]
        return ((1 - q / 10) * (1 - a)).rename("penalty")

    def to_frame(self) -> pd.DataFrame:
        """Return `frame` with the penalties, the model as a column."""
        frame = self.frame.copy()
        frame.insert(2, "penalty", self.penalty)
        return frame.reset_index()

    def plot(self, ax: Axes | None = None, *, about: str | None = None) -> Axes:
        """Draw accuracy, quality and penalty of each model: `chemopt.plots.profiles`."""
        from chemopt.plots.models import profiles as draw_profiles

        if about is None:
            task = f"task {self.task}, " if self.task else ""
            about = f"{task}aggregate {self.aggregate}, accuracy floor {self.accuracy_floor:g}"
        return draw_profiles(self.to_frame(), about=about, ax=ax)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; `from_dict` reads it back."""
        records = {
            str(model): {
                column: None if pd.isna(row[column]) else _plain(row[column]) for column in COLUMNS
            }
            for model, row in self.frame.iterrows()
        }
        data: dict[str, Any] = {
            "task": self.task,
            "aggregate": self.aggregate,
            "accuracy_floor": self.accuracy_floor,
            "models": records,
            "subsets": [list(subset) for subset in self.subsets],
        }
        if self.unfloored is not None:
            data["unfloored"] = {model: _plain(a) for model, a in self.unfloored.dropna().items()}
        if self.warnings:
            data["warnings"] = list(self.warnings)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Profiles:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            A key is missing or a value is out of range.
        """
        try:
            records, unfloored = data["models"], data.get("unfloored")
            frame = pd.DataFrame.from_dict(
                {model: {c: record.get(c) for c in COLUMNS} for model, record in records.items()},
                orient="index",
                columns=list(COLUMNS),
            )
            return cls(
                frame=_typed(frame),
                subsets=tuple(tuple(subset) for subset in data.get("subsets", ())),
                task=str(data.get("task", "")),
                aggregate=str(data.get("aggregate", "given")),
                accuracy_floor=float(data.get("accuracy_floor", 0.0)),
                unfloored=None
                if unfloored is None
                else pd.Series(unfloored, dtype=float).reindex(list(records)),
                warnings=tuple(str(warning) for warning in data.get("warnings", ())),
            )
        except InputError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            raise InputError(f"profiles: not in the expected form: {error!r}") from error

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, subsets: Iterable[Iterable[str]] = (), task: str = ""
    ) -> Profiles:
        """Return profiles that were measured elsewhere.

        Parameters
        ----------
        frame : DataFrame
            Columns `model` (or the index), `quality` in [0, 10] and `accuracy` in [0, 1].
        subsets : iterable of iterables of str
            Historical subsets: where hill climbing starts.
        task : str
            A name for messages.

        Examples
        --------
        >>> import pandas as pd
        >>> profiles = Profiles.from_frame(pd.DataFrame({
        ...     "model": ["a", "b"], "quality": [9.0, 6.0], "accuracy": [0.9, 0.75]}))
        >>> profiles.penalty.round(3).to_dict()
        {'a': 0.01, 'b': 0.1}
        """
        instance_of(
            "Profiles.from_frame needs a DataFrame",
            frame,
            pd.DataFrame,
            "with the columns model, quality, accuracy; a file of rows is learned from: "
            "learn_profiles(load_history(path))",
        )
        if "model" in frame:
            frame = frame.set_index("model")
        missing = [column for column in ("quality", "accuracy") if column not in frame]
        if missing:
            raise InputError(f"profiles: missing column {missing[0]!r}")
        complete = frame.reindex(columns=list(COLUMNS))
        if complete.index.hasnans:
            raise InputError("profiles: a model has no name")
        try:
            typed = _typed(complete).sort_index()
        except (TypeError, ValueError) as error:
            raise InputError(f"profiles: not made of numbers: {error}") from error
        return cls(
            frame=typed,
            subsets=tuple(tuple(sorted({str(m) for m in subset})) for subset in subsets),
            task=task,
            warnings=scale_warnings(typed["quality"], typed["accuracy"]),
        )


def learn_profiles(
    history: History,
    task: str | None = None,
    *,
    aggregate: Aggregate = "best",
    accuracy_floor: float = 0.1,
) -> Profiles:
    """Aggregate the rows of one task group to a profile for each model.

    Parameters
    ----------
    history : History
        From `load_history`.
    task : str, optional
        The task; needed only when the history has several groups (see `History.find_group`).
    aggregate : {"best", "mean", "median", "shrunk"}
        See `chemopt.profiles.aggregates`. ``"best"`` is the published choice; prefer ``"mean"``
        or ``"shrunk"`` when `check_saturation` calls the profiles saturated.
    accuracy_floor : float
        Smallest accuracy, in [0, 1]; lower ones are raised to it, row by row.

    Returns
    -------
    Profiles
        For every model of the history, including those without rows on the task.

    Raises
    ------
    InputError
        Unknown task or aggregate, or a floor outside [0, 1].

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_history
    >>> history = load_history(pd.DataFrame({
    ...     "trial": ["t1", "t1", "t2"], "model": ["a", "b", "b"], "task": "sum",
    ...     "quality": [7.5, 9.0, 5.0], "accuracy": [0.6, 0.8, 0.4]}))
    >>> profiles = learn_profiles(history, aggregate="mean")
    >>> profiles.to_frame()[["model", "quality", "accuracy", "count"]]
      model  quality  accuracy  count
    0     a      7.5       0.6      1
    1     b      7.0       0.6      2
    """
    instance_of("learn_profiles needs a History", history, History, "read one: load_history(data)")
    choice("aggregate", aggregate, AGGREGATES)
    accuracy_floor = number("accuracy_floor", accuracy_floor, 0, 1)
    group = history.find_group(task)
    return _of_groups(history, [group], aggregate, accuracy_floor)[group]


def learn_all_profiles(
    history: History, *, aggregate: Aggregate = "best", accuracy_floor: float = 0.1
) -> dict[str, Profiles]:
    """Learn the profiles of every task group; of a large history in the same passes.

    Parameters
    ----------
    history, aggregate, accuracy_floor
        As of `learn_profiles`.

    Returns
    -------
    dict of str to Profiles
        By the prototype text of the group, in the order of the history.

    Raises
    ------
    InputError
        As of `learn_profiles`.

    Examples
    --------
    >>> from chemopt import load_history
    >>> from chemopt.history.generate import generate_history
    >>> history = load_history(generate_history(models=4, trials=9, tasks=2, seed=1))
    >>> list(learn_all_profiles(history, aggregate="mean"))
    ['extract the invoice total', 'translate a product review']
    """
    instance_of(
        "learn_all_profiles needs a History", history, History, "read one: load_history(data)"
    )
    return _of_groups(history, list(history.groups), aggregate, accuracy_floor)


def _of_groups(
    history: History, groups: list[str], aggregate: Aggregate, accuracy_floor: float
) -> dict[str, Profiles]:
    choice("aggregate", aggregate, AGGREGATES)
    accuracy_floor = number("accuracy_floor", accuracy_floor, 0, 1)
    if isinstance(history, LargeHistory):
        learned = learn_large(history, groups, aggregate, accuracy_floor)
    else:
        learned = [_learn(history.rows_of(group), aggregate, accuracy_floor) for group in groups]
    pool = pd.Index(history.models, name="model")
    found = {}
    for group, own in zip(groups, learned, strict=True):
        frame, unfloored = own.frame.reindex(pool, columns=list(COLUMNS)), None
        if own.unfloored is not None:
            unfloored = own.unfloored.reindex(pool).rename("accuracy")
            unfloored = None if unfloored.equals(frame["accuracy"]) else unfloored
        found[group] = Profiles(
            frame=_typed(frame),
            subsets=own.subsets,
            task=group,
            aggregate=aggregate,
            accuracy_floor=accuracy_floor,
            unfloored=unfloored,
            warnings=(*history.warnings, *own.warnings, *_without_rows(frame)),
        )
    return found


def _learn(rows: pd.DataFrame, aggregate: Aggregate, accuracy_floor: float) -> Learned:
    """Learn from the rows of one task, in memory."""
    raw, rows = rows, rows.assign(accuracy=rows["accuracy"].clip(lower=accuracy_floor))
    frame = aggregate_rows(rows, aggregate)
    unfloored = None
    if (raw["accuracy"] < accuracy_floor).any():
        unfloored = aggregate_rows(raw, aggregate)["accuracy"]
    # Plain loops: a group or a comparison for each of a thousand trials is slow in pandas.
    members: dict[Any, list[str]] = {trial: [] for trial in rows["trial"]}
    if aggregate == "best":
        for model, trial in frame["trial"].dropna().items():
            members[trial].append(str(model))
    else:
        answered = rows[["trial", "model"]].drop_duplicates()
        for trial, model in zip(answered["trial"], answered["model"], strict=True):
            members[trial].append(model)
    subsets = dict.fromkeys(tuple(sorted(names)) for names in members.values() if names)
    return Learned(frame, unfloored, tuple(subsets))


def _without_rows(frame: pd.DataFrame) -> tuple[str, ...]:
    """Name the models of the pool that have no rows on the task."""
    absent = list(frame.index[frame["accuracy"].isna()])
    if not absent:
        return ()
    return (
        f"{listed(absent)} {'has' if len(absent) == 1 else 'have'} no rows on the task, and so no "
        "profile.",
    )


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame.index = pd.Index([str(name) for name in frame.index], name="model", dtype=object)
    for column in ("quality", "accuracy", "quality_se", "accuracy_se"):
        frame[column] = frame[column].astype(float)
    frame["count"] = pd.to_numeric(frame["count"]).fillna(0).astype(int)
    trials = [None if pd.isna(trial) else str(trial) for trial in frame["trial"]]
    frame["trial"] = pd.Series(trials, index=frame.index, dtype=object)
    return frame


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
