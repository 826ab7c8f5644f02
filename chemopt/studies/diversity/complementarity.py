"""Complementarity of an ensemble: how its members cover, and spread over, accuracy and quality.

Each member is a point (a, q), and with reference point (0, 0) and bounds (1, 1)

    HV = area dominated by the points ÷ area of the box,
    RaoQ = (1/M² Σ_ij d_ij) ÷ diagonal of the box, at most 1,
    index = λ HV + (1 − λ) RaoQ,

where a point dominates all points that are smaller in both, and d is the Euclidean distance. HV is
the hypervolume indicator (Zitzler and Thiele, PPSN 1998); the mean distance is Rao's quadratic
entropy (Theoretical Population Biology 21, 1982) with equal weights, as Botta-Dukát uses it
(Journal of Vegetation Science 16, 2005). Source of the index: arXiv 2510.03930.

Quality runs from 0 to 10, and so there are two conventions:

``"reference"``
    The published code does not divide q by 10. HV clips it to the box, so that all qualities
    above 1 are equal, and HV is little more than the largest accuracy; distances are those of the
    unscaled points, due to q nearly alone, and RaoQ is soon at its cap.
``"corrected"``
    q/10. Use this one for anything but published figures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.numerics import Floats
from chemopt.profiles.profiles import Profiles
from chemopt.validation import choice, number
from chemopt.wording import meant

Convention = Literal["reference", "corrected"]
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)
_SCALE: dict[Convention, float] = {"reference": 1.0, "corrected": 10.0}
_HIGH = {"accuracy": 1.0, "quality": 10.0}

Points = Profiles | pd.DataFrame | npt.ArrayLike


def hypervolume(
    points: Points, models: Iterable[str] | None = None, *, convention: Convention = "reference"
) -> float:
    """Compute the share of the unit square that an ensemble dominates.

    Parameters
    ----------
    points : Profiles, DataFrame or array of shape (M, 2)
        Profiles of a pool; or a row for each member with accuracy in [0, 1] and quality in
        [0, 10], named so in a DataFrame, in this order in an array.
    models : iterable of str, optional
        The ensemble, by names of profiles or of a DataFrame's index; all of them by default.
    convention : {"reference", "corrected"}
        See the module's text.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InputError
        There is no point, a value is out of its range, or a model is unknown or has no rows.

    Examples
    --------
    >>> points = [[0.5, 5], [0.4, 6], [0.2, 7], [0.7, 4]]
    >>> round(hypervolume(points, convention="corrected"), 4)
    0.39
    >>> round(hypervolume(points), 4)
    0.7
    """
    return hypervolume_of(*_scaled(points, models, convention))


def rao_entropy(
    points: Points, models: Iterable[str] | None = None, *, convention: Convention = "reference"
) -> float:
    """Compute the mean distance between members as a share of the unit square's diagonal.

    Parameters and errors are those of `hypervolume`.

    Returns
    -------
    float
        In [0, 1]; 0 for one member.

    Examples
    --------
    >>> round(rao_entropy([[0.5, 9], [0.9, 6]], convention="corrected"), 4)
    0.1768
    """
    return rao_entropy_of(*_scaled(points, models, convention))


def complementarity(
    points: Points,
    models: Iterable[str] | None = None,
    *,
    weight: float = 0.5,
    convention: Convention = "reference",
) -> float:
    """Compute the complementarity index, λ HV + (1 − λ) RaoQ.

    Parameters
    ----------
    points, models, convention
        As for `hypervolume`, and so are the errors.
    weight : float
        λ, in [0, 1].

    Returns
    -------
    float
        In [0, 1].

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import Profiles
    >>> pool = Profiles.from_frame(pd.DataFrame({
    ...     "model": ["a", "b", "c"], "quality": [9.0, 6.0, 5.0], "accuracy": [0.5, 0.9, 0.6]}))
    >>> round(complementarity(pool, ["a", "b"], convention="corrected"), 4)
    0.4334
    """
    weight = number("weight", weight, 0, 1)
    return index_of(*_scaled(points, models, convention), weight)


def index_of(accuracy: Floats, quality: Floats, weight: float = 0.5) -> float:
    """Return the index of points without checks or scaling."""
    return weight * hypervolume_of(accuracy, quality) + (1 - weight) * rao_entropy_of(
        accuracy, quality
    )


def hypervolume_of(accuracy: Floats, quality: Floats) -> float:
    """Return the dominated area in the unit square, without checks or scaling."""
    a, q = np.clip(accuracy, 0.0, 1.0), np.clip(quality, 0.0, 1.0)
    order = np.argsort(-a, kind="stable")
    # Left of the k-th largest accuracy, the height is the largest quality so far.
    height = np.maximum.accumulate(q[order])
    widths = a[order] - np.append(a[order][1:], 0.0)
    return min(1.0, float(widths @ height))


def rao_entropy_of(accuracy: Floats, quality: Floats) -> float:
    """Return the mean distance over √2, at most 1, without checks or scaling."""
    distance = np.hypot(accuracy[:, None] - accuracy, quality[:, None] - quality)
    return min(1.0, float(distance.mean()) / math.sqrt(2))


def _scaled(
    points: Points, models: Iterable[str] | None, convention: Convention
) -> tuple[Floats, Floats]:
    """Return the accuracies, and the qualities scaled by the convention."""
    choice("convention", convention, CONVENTIONS)
    frame = _frame(points)
    if models is not None:
        frame = _members(frame, models)
    if frame.empty:
        raise InputError("complementarity: there is no point; an ensemble has at least one member")
    values = {}
    for column, high in _HIGH.items():
        try:
            values[column] = frame[column].to_numpy(dtype=float)
        except (TypeError, ValueError) as error:
            raise InputError(f"complementarity: {column} is not made of numbers: {error}") from None
        bad = ~((values[column] >= 0) & (values[column] <= high))
        if bad.any():
            at = int(np.argmax(bad))
            raise InputError(
                f"complementarity: {column} of {frame.index[at]!r} is {values[column][at]}, not in "
                f"[0, {high:g}]"
            )
    return values["accuracy"], values["quality"] / _SCALE[convention]


def _frame(points: Any) -> pd.DataFrame:
    if isinstance(points, Profiles):
        return points.frame
    if isinstance(points, pd.DataFrame):
        missing = [column for column in _HIGH if column not in points]
        if missing:
            raise InputError(f"complementarity: missing column {missing[0]!r}")
        return points
    try:
        array = np.asarray(points, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"complementarity: the points are not numbers: {error}") from None
    if array.size == 0:
        array = array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise InputError(
            "complementarity: points are rows of accuracy and quality, shape (M, 2), not "
            f"{array.shape}"
        )
    return pd.DataFrame(array, columns=list(_HIGH))


def _members(frame: pd.DataFrame, models: Iterable[str]) -> pd.DataFrame:
    if isinstance(models, str):
        raise InputError("complementarity: models must be a collection of names, not one string")
    names = list(models)
    unknown = [name for name in names if name not in frame.index]
    if unknown:
        hint = meant(unknown[0], frame.index)
        raise InputError(f"complementarity: unknown model {unknown[0]!r}; {hint}")
    if len(set(names)) < len(names):
        raise InputError("complementarity: a model is named twice")
    return frame.loc[names]
