"""How the rows of a model become one profile: the aggregates.

``"best"``
    The row with the largest accuracy; the first in the file among equals. The published
    experiments use it. It takes a model's luckiest answer only, and so saturates: with some
    hundred rows nearly every model ends at a = 1 (see `chemopt.profiles.saturation`). Standard
    errors are those of the bootstrap in closed form: of n rows sorted by preference, the k-th from
    the bottom is the best of a resample with probability (k/n)ⁿ − ((k−1)/n)ⁿ. They are near zero
    for a saturated model and say nothing about its typical answer.
``"mean"``
    The means. Standard error s/√n.
``"median"``
    The medians. Standard errors from order statistics (McKean and Schrader, 1984):
    (x₍ₙ₋ₖ₊₁₎ − x₍ₖ₎) / (2 z) with z = 2.5758 and k = (n + 1)/2 − z √n/2, at least 1.
``"shrunk"``
    The means, shrunk towards the pool's: the best linear unbiased prediction under a one-way
    random-effects model (Robinson, 1991). With n_i rows, variance σ² within models and τ²
    between them, x̂_i = B_i x̄_i + (1 − B_i) μ̂ with B_i = n_i τ² / (n_i τ² + σ²), where σ² is
    the pooled within-model variance, τ² the analysis-of-variance estimate (at least 0) and
    μ̂ the mean of the x̄_i weighted by 1/(τ² + σ²/n_i). A model with few rows moves far, one with
    many hardly; if the models do not differ beyond chance, all get μ̂. The standard error is
    that of the prediction, √(B_i σ²/n_i + (1 − B_i)² Var μ̂) (without the uncertainty of σ²
    and τ²). Quality and accuracy are treated separately.

Rows are taken as independent; where they are not, standard errors are too small.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from chemopt.numerics import Floats

Aggregate = Literal["best", "mean", "median", "shrunk"]
AGGREGATES: tuple[Aggregate, ...] = get_args(Aggregate)
Z = 2.5758  # two-sided 99 % of the normal distribution


@dataclass(frozen=True, eq=False)
class Learned:
    """What the rows of one task say.

    Attributes
    ----------
    frame : DataFrame
        By model: see `aggregate_rows`.
    unfloored : Series or None
        The accuracies without the floor, by model; None where no row is below it.
    subsets : tuple of tuple of str
        The historical subsets; see `chemopt.profiles.profiles.Profiles`.
    warnings : tuple of str
    """

    frame: pd.DataFrame
    unfloored: pd.Series[float] | None
    subsets: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...] = ()


def aggregate_rows(rows: pd.DataFrame, aggregate: Aggregate) -> pd.DataFrame:
    """Aggregate rows to a profile for each model.

    Parameters
    ----------
    rows : DataFrame
        Columns `trial`, `model`, `quality` and `accuracy`, in the order of the file.
    aggregate : {"best", "mean", "median", "shrunk"}

    Returns
    -------
    DataFrame
        By model: `quality`, `accuracy`, `count`, `quality_se`, `accuracy_se` and `trial`.
    """
    return _AGGREGATORS[aggregate](rows)


def _best(rows: pd.DataFrame) -> pd.DataFrame:
    # A stable sort keeps the first row of the file first among equal accuracies.
    ordered = rows.sort_values("accuracy", ascending=False, kind="stable")
    records = {}
    for model, own in ordered.groupby("model"):
        record: dict[str, Any] = {"count": len(own), "trial": own["trial"].iloc[0]}
        for column in ("quality", "accuracy"):
            values = own[column].to_numpy()
            record[column], record[f"{column}_se"] = values[0], best_se(values, len(own))
        records[model] = record
    return pd.DataFrame.from_dict(records, orient="index")


def best_se(values: Floats, n: int) -> float:
    """Return the bootstrap's standard error of the best row of `n`.

    Parameters
    ----------
    values : ndarray
        Of the n rows, the best first; or of the first of them only: those that are not there have
        chances below e⁻ᵏ after k values.
    n : int
    """
    if n < 2:
        return math.nan
    from_bottom = n - np.arange(len(values), dtype=float)
    chance = (from_bottom / n) ** n - ((from_bottom - 1) / n) ** n
    spread = values - values[0]  # Centre first: no cancellation near saturation.
    variance = chance @ spread**2 - (chance @ spread) ** 2
    return math.sqrt(max(variance, 0.0))


def _mean(rows: pd.DataFrame) -> pd.DataFrame:
    return mean_of_moments(_moments(rows))


def _moments(rows: pd.DataFrame) -> pd.DataFrame:
    """Return `count`, the means, and the variances with n − 1 (`quality_var`), by model.

    Sums are rounded once, so that they do not depend on the order of rows.
    """
    records = {}
    for model, own in rows.groupby("model")[["quality", "accuracy"]]:
        n = len(own)
        record: dict[str, float] = {"count": n}
        for column in ("quality", "accuracy"):
            values = own[column].to_numpy()
            mean = math.fsum(values) / n
            squares = math.fsum((values - mean) ** 2)
            record[column] = mean
            record[f"{column}_var"] = squares / (n - 1) if n > 1 else math.nan
        records[model] = record
    return pd.DataFrame.from_dict(records, orient="index")


def mean_of_moments(moments: pd.DataFrame) -> pd.DataFrame:
    """Return the profiles of the means, from counts, means and variances."""
    count, columns = moments["count"], ["quality", "accuracy"]
    errors = {f"{column}_se": np.sqrt(moments[f"{column}_var"] / count) for column in columns}
    return moments[columns].assign(**errors, count=count, trial=None)


def _median(rows: pd.DataFrame) -> pd.DataFrame:
    grouped = rows.groupby("model")[["quality", "accuracy"]]
    return _assemble(grouped.median(), grouped.agg(_median_se), grouped.size())


def _median_se(values: pd.Series[float]) -> float:
    x = np.sort(values.to_numpy(dtype=float))
    low, high = se_ranks(len(x))
    return float((x[high] - x[low]) / (2 * Z)) if len(x) > 1 else math.nan


def se_ranks(n: int) -> tuple[int, int]:
    """Return which of n sorted values, from 0, give the standard error of the median."""
    k = max(1, round((n + 1) / 2 - Z * math.sqrt(n) / 2))
    return k - 1, n - k


def _shrunk(rows: pd.DataFrame) -> pd.DataFrame:
    return shrunk_of_moments(_moments(rows))


def shrunk_of_moments(moments: pd.DataFrame) -> pd.DataFrame:
    """Return the shrunk profiles, from counts, means and variances."""
    count = moments["count"].to_numpy(dtype=np.float64)
    columns = {}
    for column in ("quality", "accuracy"):
        within = moments[f"{column}_var"].fillna(0.0).to_numpy()
        columns[column], columns[f"{column}_se"] = _shrink(
            moments[column].to_numpy(), within, count
        )
    return pd.DataFrame(columns, index=moments.index).assign(count=moments["count"], trial=None)


def _shrink(means: Floats, variances: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Shrink `means` towards the pool's; return the predictions and their standard errors."""
    k, total = len(n), n.sum()
    if k < 2 or total <= k:
        # With one model, or one row each, variances within and between are not identifiable.
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


_AGGREGATORS: dict[Aggregate, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "best": _best,
    "mean": _mean,
    "median": _median,
    "shrunk": _shrunk,
}
