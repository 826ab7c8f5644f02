"""Least squares on some data sets, judged on another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from chemopt.numerics import SUM_TOLERANCE, Floats


def left_out_r2(
    fitted: pd.DataFrame, left_out: pd.DataFrame, features: Sequence[str], response: str
) -> float:
    """Fit a response by size on some rows, and compute R² on others.

    Ordinary least squares with an intercept, for ensembles of each size by themselves; features are
    standardised by the means and standard deviations of the rows fitted. R² is
    1 − Σ (y − ŷ)² / Σ (y − ȳ)² over all rows left out, of whatever size. It is below 0 where the
    fit predicts them worse than their own mean would, which the fit does not know.

    Parameters
    ----------
    fitted, left_out : DataFrame
        With the columns `size`, the features and the response; `fitted` has every size of
        `left_out`.
    features : sequence of str
        May be empty: then the mean response of each size is the prediction.
    response : str

    Returns
    -------
    float
        At most 1; NaN if the response is the same in all rows left out.

    Examples
    --------
    >>> rows = pd.DataFrame({"size": 2, "x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 6.0]})
    >>> other = pd.DataFrame({"size": 2, "x": [5.0, 6.0], "y": [10.0, 13.0]})
    >>> round(left_out_r2(rows, other, ["x"], "y"), 4)
    0.7778
    """
    y = left_out[response].to_numpy(dtype=float)
    if np.ptp(y) <= SUM_TOLERANCE:
        return float("nan")
    predicted = np.empty(len(y))
    for size, own in left_out.groupby("size").indices.items():
        rows = fitted[fitted["size"] == size]
        X, X_new = (frame[list(features)].to_numpy() for frame in (rows, left_out.iloc[own]))
        predicted[own] = _predict(X, rows[response].to_numpy(), X_new)
    return float(1 - ((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def _predict(X: Floats, y: Floats, X_new: Floats) -> Floats:
    """Fit y on standardised X, and predict for other rows.

    Parameters
    ----------
    X : ndarray of shape (rows, features)
    y : ndarray of shape (rows,)
    X_new : ndarray of shape (other rows, features)
    """
    mean, spread = X.mean(axis=0), X.std(axis=0)
    spread[spread <= SUM_TOLERANCE] = 1.0  # A constant, which the intercept stands for.
    # With y centred as well, its mean is the intercept.
    slopes = np.linalg.lstsq((X - mean) / spread, y - y.mean(), rcond=None)[0]
    predicted: Floats = y.mean() + (X_new - mean) / spread @ slopes
    return predicted
