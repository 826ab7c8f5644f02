"""Whether qualities and accuracies look as if they were on a scale that is not chemopt's.

Quality is 0 to 10 and accuracy 0 to 1. A value above that is an error; `scale_hint` says which
scale it seems to be on. Values that are all tiny are valid, and `scale_warnings` speaks of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

# What a column is called in the plural, the scale that values above its end seem to be on, and by
# what they are then to be divided.
_ABOVE = {
    "quality": ("qualities look like 0–100", 10),
    "accuracy": ("accuracies look like percent", 100),
    "generation_accuracy": ("accuracies look like percent", 100),
    "review_accuracy": ("accuracies look like percent", 100),
}
_PERCENT = 100.0
# A share that was divided by 100 is at most this.
_SHARE_OF_A_PERCENT = 0.01
# A best value in the lowest tenth of its scale is poor.
_POOR = 0.1


def scale_hint(column: str, values: npt.ArrayLike, high: float) -> str:
    """Say to which scale the values of a column seem to belong, when some are above its end.

    Parameters
    ----------
    column : str
    values : array of float
        NaN where there is no number.
    high : float
        The end of the column's scale.

    Returns
    -------
    str
        Empty unless most of the values above 0 are above `high`, and all are at most 100: a single
        1.2 among shares is a slip, not a scale.

    Examples
    --------
    >>> scale_hint("accuracy", [85.0, 90.5, 0.0], 1.0)
    'accuracies look like percent: divide by 100'
    >>> scale_hint("accuracy", [0.85, 0.9, 1.2], 1.0)
    ''
    """
    numbers = np.asarray(values, dtype=float)
    positive = numbers[numbers > 0]
    if column not in _ABOVE or not positive.size:
        return ""
    if np.median(positive) <= high or positive.max() > _PERCENT:
        return ""
    looks, divisor = _ABOVE[column]
    return f"{looks}: divide by {divisor}"


def scale_warnings(quality: npt.ArrayLike, accuracy: npt.ArrayLike) -> tuple[str, ...]:
    """Warn of valid values that are likely on another scale.

    Qualities are when the best is at most 1 of 10 although the best accuracy is above 0.1: a pool
    that is really so bad is bad in both. Accuracies are when the best is above 0 and at most 0.01.

    Examples
    --------
    >>> for warning in scale_warnings([0.7, 0.95], [0.6, 0.8]):
    ...     print(warning)
    No quality is above 1, but quality is from 0 to 10: qualities look like 0–1, multiply by 10.
    >>> scale_warnings([7.0, 9.5], [0.6, 0.8]), scale_warnings([0.5, 1.0], [0.0, 0.1])
    ((), ())
    """
    best_quality, best_accuracy = _best(quality), _best(accuracy)
    found = []
    if 0 < best_quality <= 1 and best_accuracy > _POOR:
        found.append(
            "No quality is above 1, but quality is from 0 to 10: qualities look like 0–1, "
            "multiply by 10."
        )
    if 0 < best_accuracy <= _SHARE_OF_A_PERCENT:
        found.append(
            f"No accuracy is above {best_accuracy:g}, but accuracy is from 0 to 1: accuracies "
            "look as if they had been divided by 100 once too often."
        )
    return tuple(found)


def _best(values: Any) -> float:
    numbers = np.asarray(values, dtype=float)
    numbers = numbers[~np.isnan(numbers)]
    return float(numbers.max()) if numbers.size else math.nan
