"""Bootstrap intervals over trials.

Trials (or batches, see below) are drawn with replacement, as many as there are, each with all its
configurations; the whole statistic is recomputed on each draw, including the choice of the best
baseline. The interval is the percentile interval: the 2.5 % and 97.5 % quantiles of the statistic
over 2,000 draws (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993). Profiles,
chemistry and accuracies on items are not learned again on each draw: intervals are conditional on
them and do not contain their uncertainty.

A draw is represented by weights, the number of times each trial was drawn, so means and
correlations are weighted sums. A draw in which the statistic is undefined (one side constant) is
left out; with more than one such draw in twenty, there is no interval.

Trials are not independent: the name of a trial is a batch and a number ("Trial_27 3"), and the
trials of a batch repeat ensembles. ``unit="batch"`` draws whole batches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np

from chemopt.numerics import COSINE_TOLERANCE, Floats

Unit = Literal["trial", "batch"]
UNITS: tuple[Unit, ...] = get_args(Unit)
LEVEL = 0.95
MOST_UNDEFINED = 0.05


def draw_weights(
    trials: Sequence[str], unit: Unit, resamples: int, rng: np.random.Generator
) -> Floats:
    """Draw weights for configurations, by their trials.

    Parameters
    ----------
    trials : sequence of str
        The trial of each configuration.
    unit : {"trial", "batch"}
        What is drawn.
    resamples : int
        How many draws.
    rng : Generator

    Returns
    -------
    ndarray of shape (resamples, configurations)
        How often each configuration is in each draw.
    """
    names = [trial.split(" ")[0] for trial in trials] if unit == "batch" else list(trials)
    distinct, which = np.unique(np.array(names), return_inverse=True)
    k = len(distinct)
    drawn = rng.integers(0, k, (resamples, k)) + k * np.arange(resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * k).reshape(resamples, k)
    return counts[:, which].astype(float)


def interval(statistic: Callable[[Floats], Floats], weights: Floats) -> tuple[Floats, Floats]:
    """Return the lower and upper ends of percentile intervals.

    Parameters
    ----------
    statistic : callable
        Takes weights of shape (draws, configurations), returns the statistics as an array of
        shape (draws, statistics), NaN where undefined.
    weights : ndarray
        From `draw_weights`.

    Returns
    -------
    low, high : ndarray of shape (statistics,)
        NaN where the statistic was undefined in too many draws.
    """
    values = statistic(weights)
    low, high = np.full((2, values.shape[1]), np.nan)
    for k, column in enumerate(values.T):
        known = column[~np.isnan(column)]
        if len(known) >= (1 - MOST_UNDEFINED) * len(column):
            low[k], high[k] = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return low, high


def weighted_correlation(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Return Pearson's r under each row of weights; NaN where a side is constant.

    Examples
    --------
    >>> x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])
    >>> weighted_correlation(x, y, np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 0.0], [3.0, 0.0, 0.0]]))
    array([0.5, 1. , nan])
    """
    x, y = x - x.mean(), y - y.mean()
    # One matrix product, since the weights are by far the largest array.
    sums = weights @ np.column_stack([np.ones(len(x)), x, y, x * x, y * y, x * y])
    mean_x, mean_y, mean_xx, mean_yy, mean_xy = (sums[:, 1:] / sums[:, :1]).T
    var_x, var_y = mean_xx - mean_x**2, mean_yy - mean_y**2
    # The variance of a constant is 0 up to rounding errors.
    least_x, least_y = (COSINE_TOLERANCE * (side @ side) / len(side) for side in (x, y))
    constant = (var_x <= least_x) | (var_y <= least_y)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.clip((mean_xy - mean_x * mean_y) / np.sqrt(var_x * var_y), -1.0, 1.0)
    return np.where(constant, np.nan, r)
