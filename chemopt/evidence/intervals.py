"""Intervals of means over random splits into training and test items.

Splits share items, so their results are correlated, and the usual standard error is too small. With
the correlation ρ of the results of two splits, the variance of a mean over J of them is estimated
by (1/J + ρ/(1 − ρ)) s². Nadeau and Bengio (Machine Learning 52, 2003) take for ρ the share of items
that are in the test set, so ρ/(1 − ρ) = n_test/n_train where every item is in one of the two. So is
it here, also where some items are in neither.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from chemopt.execution.clock import loading
from chemopt.numerics import Floats

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval; without an interval, both ends are NaN."""

    mean: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Return plain data: `mean`, `low`, `high`."""
        return asdict(self)

    def points(self) -> str:
        """Return a text, in points of a hundredth.

        Examples
        --------
        >>> Interval(0.021, 0.008, 0.034).points()
        '+2.1 points (95 % interval +0.8 to +3.4)'
        """
        ends = f" (95 % interval {100 * self.low:+.1f} to {100 * self.high:+.1f})"
        return f"{100 * self.mean:+.1f} points" + ("" if math.isnan(self.low) else ends)


def split_interval(
    values: Floats, test_share: float, least: float = -math.inf, most: float = math.inf
) -> Interval:
    """Return the mean of results of random splits, and its corrected interval.

    Parameters
    ----------
    values : ndarray of shape (J,)
    test_share : float
        ρ: test items as a share of all items, in (0, 1).
    least, most : float
        Between which the mean of all items is for sure: 0 and 1 for shares, −1 and 1 for
        differences of shares, 0 and ∞ for costs. The interval is cut off there. That leaves out
        impossible values only, so it holds the true mean as often as before.

    Examples
    --------
    >>> import numpy as np
    >>> found = split_interval(np.array([0.1, 0.2, 0.3]), 0.2)
    >>> round(found.mean, 3), round(found.low, 3), round(found.high, 3)
    (0.2, -0.129, 0.529)
    """
    with loading():  # Student's quantiles; scipy.stats takes half a second
        from scipy.special import stdtrit

    values = np.asarray(values, dtype=float)
    splits, mean = len(values), float(np.mean(values))
    if splits < 2:
        return Interval(mean, math.nan, math.nan)
    error = math.sqrt((1 / splits + test_share / (1 - test_share)) * float(np.var(values, ddof=1)))
    reach = float(stdtrit(splits - 1, (1 + LEVEL) / 2)) * error
    return Interval(mean, max(least, mean - reach), min(most, mean + reach))
