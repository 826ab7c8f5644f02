"""Profiles: what a history says of each model on one task.

A profile is a quality q (0 to 10) and an accuracy a (0 to 1). How the rows of a model become
one profile is the `aggregate`:

``"best"``
    The row with the largest accuracy; the first in the file among equals. It is what the
    published experiments use. It looks only at a model's luckiest answer, and so saturates:
    with some hundred rows nearly every model ends at a = 1 (see `chemopt.profiles.saturation`).
    Standard errors are the exact bootstrap ones: of `n` rows in order of preference, the
    k-th from the bottom is the best of a resample with probability (k/n)ⁿ − ((k−1)/n)ⁿ.
    They are near zero for a saturated model, and say nothing of its usual answer.
``"mean"``
    The means. Standard error s/√n.
``"median"``
    The medians. Standard errors from order statistics (McKean and Schrader, 1984):
    (x₍ₙ₋ₖ₊₁₎ − x₍ₖ₎) / (2 z) with z = 2.5758 and k = (n + 1)/2 − z √n/2, at least 1.
``"shrunk"``
    The means, drawn towards the pool's: the best linear unbiased prediction under a one-way
    random-effects model (Robinson, 1991). With n_i rows, variance σ² within models and τ²
    between them, x̂_i = B_i x̄_i + (1 − B_i) μ̂ with B_i = n_i τ² / (n_i τ² + σ²), where σ² is
    the pooled within-model variance, τ² the analysis-of-variance estimate (at least 0) and
    μ̂ the mean of the x̄_i weighted by 1/(τ² + σ²/n_i). A model with few rows moves far, one with
    many hardly; if the models do not differ beyond chance, all get μ̂. The standard error is
    that of the prediction, √(B_i σ²/n_i + (1 − B_i)² Var μ̂) (without the uncertainty of σ²
    and τ²). Quality and accuracy are treated apart.

Accuracies below `accuracy_floor` are raised to it row by row, before anything else.
Rows of a trial are taken as independent; where they are not, standard errors are too small.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.histories import History
from chemopt.validation import choice, number

AGGREGATES = ("best", "mean", "median", "shrunk")
COLUMNS = ("quality", "accuracy", "count", "quality_se", "accuracy_se", "trial")
_Z = 2.5758  # two-sided 99 % of the normal distribution

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Profiles:
    """The profiles of a pool of models on one task.

    Attributes
    ----------
    frame : DataFrame
        One row for each model of the pool S, by name (the index `model`): `quality`,
        `accuracy` (NaN for a model without rows on the task), `count`, `quality_se`,
        `accuracy_se` (NaN where it cannot be told), and for ``aggregate="best"`` the `trial`
        of the row kept (else None).
    subsets : tuple of tuple of str
        The historical subsets X_q, in the order in which the history shows them; the models
        in each by name. For ``"best"``, those whose kept rows share a trial; otherwise those
        that answered in one trial, each distinct set once.
    task : str
        Prototype text of the task group.
    aggregate : str
        How rows became profiles.
    accuracy_floor : float
        The floor that was applied to accuracies.
    """

    frame: pd.DataFrame
    subsets: tuple[tuple[str, ...], ...] = ()
    task: str = ""
    aggregate: str = "given"
    accuracy_floor: float = 0.0

    def __post_init__(self) -> None:
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
            raise InputError(f"profiles: the model {twice!r} stands there more than once")
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
                    raise InputError(
                        f"profiles: {column} of {name!r} is {value}, not in [0, {high:g}]"
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

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; `from_dict` reads it back."""
        records = {
            str(model): {
                column: None if pd.isna(row[column]) else _plain(row[column]) for column in COLUMNS
            }
            for model, row in self.frame.iterrows()
        }
        return {
            "task": self.task,
            "aggregate": self.aggregate,
            "accuracy_floor": self.accuracy_floor,
            "models": records,
            "subsets": [list(subset) for subset in self.subsets],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Profiles:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            A key is missing or a value is out of range.
        """
        try:
            records = data["models"]
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
            )
        except InputError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            raise InputError(f"profiles: not in the expected form: {error!r}") from error

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, subsets: Iterable[Iterable[str]] = (), task: str = ""
    ) -> Profiles:
        """Take profiles as they are, for instance measured elsewhere.

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
        if "model" in frame:
            frame = frame.set_index("model")
        missing = [column for column in ("quality", "accuracy") if column not in frame]
        if missing:
            raise InputError(f"profiles: missing column {missing[0]!r}")
        whole = frame.reindex(columns=list(COLUMNS))
        if whole.index.hasnans:
            raise InputError("profiles: a model has no name")
        try:
            typed = _typed(whole).sort_index()
        except (TypeError, ValueError) as error:
            raise InputError(f"profiles: not made of numbers: {error}") from error
        return cls(
            frame=typed,
            subsets=tuple(tuple(sorted({str(m) for m in subset})) for subset in subsets),
            task=task,
        )


def learn_profiles(
    history: History,
    task: str | None = None,
    *,
    aggregate: str = "best",
    accuracy_floor: float = 0.1,
) -> Profiles:
    """Aggregate the rows of one task group to a profile for each model.

    Parameters
    ----------
    history : History
        From `load_histories`.
    task : str, optional
        The task; needed only when the history has several groups (see `History.find_group`).
    aggregate : {"best", "mean", "median", "shrunk"}
        See the module's text. ``"best"`` is the published choice; prefer ``"mean"`` or
        ``"shrunk"`` when `diagnose` calls the profiles saturated.
    accuracy_floor : float
        Smallest accuracy, in [0, 1]; lower ones are raised to it, row by row.

    Returns
    -------
    Profiles
        For every model of the history, those without rows on the task included.

    Raises
    ------
    InputError
        Unknown task or aggregate, or a floor outside [0, 1].

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_histories
    >>> history = load_histories(pd.DataFrame({
    ...     "trial": ["t1", "t1", "t2"], "model": ["a", "b", "b"], "task": "sum",
    ...     "quality": [7.5, 9.0, 5.0], "accuracy": [0.6, 0.8, 0.4]}))
    >>> profiles = learn_profiles(history, aggregate="mean")
    >>> profiles.to_frame()[["model", "quality", "accuracy", "count"]]
      model  quality  accuracy  count
    0     a      7.5       0.6      1
    1     b      7.0       0.6      2
    """
    choice("aggregate", aggregate, AGGREGATES)
    accuracy_floor = number("accuracy_floor", accuracy_floor, 0, 1)
    group = history.find_group(task)
    rows = history.frame.loc[history.frame["task_group"] == group]
    rows = rows.assign(accuracy=rows["accuracy"].clip(lower=accuracy_floor))
    frame = _AGGREGATORS[aggregate](rows).reindex(
        pd.Index(history.models, name="model"), columns=list(COLUMNS)
    )
    # plain loops: a comparison or a group for each of a thousand trials is slow in pandas
    members: dict[Any, list[str]] = {trial: [] for trial in rows["trial"]}
    if aggregate == "best":
        for model, trial in frame["trial"].dropna().items():
            members[trial].append(str(model))
    else:
        answered = rows[["trial", "model"]].drop_duplicates()
        for trial, model in zip(answered["trial"], answered["model"], strict=True):
            members[trial].append(model)
    subsets = dict.fromkeys(tuple(sorted(names)) for names in members.values() if names)
    return Profiles(
        frame=_typed(frame),
        subsets=tuple(subsets),
        task=group,
        aggregate=aggregate,
        accuracy_floor=accuracy_floor,
    )


def _best(rows: pd.DataFrame) -> pd.DataFrame:
    # stable, so that the first row of the file comes first among equal accuracies
    ordered = rows.sort_values("accuracy", ascending=False, kind="stable")
    records = {}
    for model, own in ordered.groupby("model"):
        n = len(own)
        from_bottom = n - np.arange(n, dtype=float)
        chance = (from_bottom / n) ** n - ((from_bottom - 1) / n) ** n
        record: dict[str, Any] = {"count": n, "trial": own["trial"].iloc[0]}
        for column in ("quality", "accuracy"):
            values = own[column].to_numpy()
            record[column] = values[0]
            spread = values - values[0]  # centred first: no cancellation near saturation
            variance = chance @ spread**2 - (chance @ spread) ** 2
            record[f"{column}_se"] = math.sqrt(max(variance, 0.0)) if n > 1 else math.nan
        records[model] = record
    return pd.DataFrame.from_dict(records, orient="index")


def _mean(rows: pd.DataFrame) -> pd.DataFrame:
    grouped = rows.groupby("model")[["quality", "accuracy"]]
    return _assemble(grouped.mean(), grouped.sem(), grouped.size())


def _median(rows: pd.DataFrame) -> pd.DataFrame:
    grouped = rows.groupby("model")[["quality", "accuracy"]]
    return _assemble(grouped.median(), grouped.agg(_median_se), grouped.size())


def _median_se(values: pd.Series[float]) -> float:
    x = np.sort(values.to_numpy(dtype=float))
    n = len(x)
    if n < 2:
        return math.nan
    k = max(1, round((n + 1) / 2 - _Z * math.sqrt(n) / 2))
    return float((x[n - k] - x[k - 1]) / (2 * _Z))


def _shrunk(rows: pd.DataFrame) -> pd.DataFrame:
    grouped = rows.groupby("model")[["quality", "accuracy"]]
    count = grouped.size()
    means, within = grouped.mean(), grouped.var(ddof=1).fillna(0.0)
    estimates, errors = means.copy(), means.copy()
    for column in ("quality", "accuracy"):
        estimates[column], errors[column] = _shrink(
            means[column].to_numpy(), within[column].to_numpy(), np.asarray(count, dtype=np.float64)
        )
    return _assemble(estimates, errors, count)


def _shrink(means: Floats, variances: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Draw `means` towards the pool's; return the predictions and their standard errors."""
    k, total = len(n), n.sum()
    if k < 2 or total <= k:
        # one model, or one row each: within and between cannot be told apart
        return means, np.full(k, math.nan)
    within = float((variances * (n - 1)).sum() / (total - k))
    grand = float(n @ means / total)
    between_square = float(n @ (means - grand) ** 2 / (k - 1))
    typical = float((total - (n @ n) / total) / (k - 1))
    between = max(0.0, (between_square - within) / typical)
    if within == between == 0.0:
        return means, np.zeros(k)
    precision = 1 / (between + within / n)
    mu = float(precision @ means / precision.sum())
    keep = n * between / (n * between + within)
    error = np.sqrt(keep * within / n + (1 - keep) ** 2 / precision.sum())
    return keep * means + (1 - keep) * mu, error


def _assemble(values: pd.DataFrame, errors: pd.DataFrame, count: pd.Series[int]) -> pd.DataFrame:
    return values.join(errors.add_suffix("_se")).assign(count=count, trial=None)


_AGGREGATORS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "best": _best,
    "mean": _mean,
    "median": _median,
    "shrunk": _shrunk,
}


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
