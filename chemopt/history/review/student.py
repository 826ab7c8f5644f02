"""Quantiles of Student's t distribution, for any real number of degrees of freedom.

With t = √ν tan φ the probability of |T| ≤ t is ∫₀^φ cosᵛ⁻¹ / ∫₀^{π/2} cosᵛ⁻¹, a smooth integral, so
Gauss–Legendre quadrature and Newton's method settle it. (SciPy has it too, and is not needed for
anything else here.)
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from chemopt.validation import number

Floats = npt.NDArray[np.float64]

# Beyond this the normal quantile differs by less than 1e-6.
_NORMAL_FROM = 1e6
_LEAST_DF = 1.0
_ROUNDS = 60
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def t_quantile(confidence: float, df: npt.ArrayLike) -> Floats:
    """Return t with P(|T| ≤ t) = confidence.

    Parameters
    ----------
    confidence : float
        In [0.001, 0.999].
    df : array-like
        Degrees of freedom, at least 1; NaN gives NaN, and infinity the normal quantile.

    Returns
    -------
    ndarray
        Of the shape of `df`; right to seven digits or more.

    Raises
    ------
    InputError
        The confidence is out of its range.

    Examples
    --------
    >>> t_quantile(0.95, [1, 4.5, np.inf]).round(4)
    array([12.7062,  2.6589,  1.96  ])
    """
    confidence = number("confidence", confidence, 0.001, 0.999)
    normal = NormalDist().inv_cdf((1 + confidence) / 2)
    values = np.asarray(df, dtype=float)
    known = [_quantile(confidence, float(v), normal) for v in values.ravel()]
    return np.array(known, dtype=float).reshape(values.shape)


def _quantile(confidence: float, df: float, normal: float) -> float:
    if math.isnan(df) or df < _LEAST_DF:
        return math.nan
    if df >= _NORMAL_FROM:
        return normal
    log_scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(math.pi) / 2
    low, high = 0.0, math.pi / 2
    angle = math.atan(normal / math.sqrt(df))
    for _ in range(_ROUNDS):
        missing = confidence - _central(angle, df, log_scale)
        low, high = (angle, high) if missing > 0 else (low, angle)
        slope = 2 * math.exp(log_scale + (df - 1) * math.log(math.cos(angle)))
        step = angle + missing / slope
        # bisection where Newton's step leaves the bracket
        following = step if low < step < high else (low + high) / 2
        if abs(following - angle) <= 1e-13 * angle:
            break
        angle = following
    return math.sqrt(df) * math.tan(angle)


def _central(angle: float, df: float, log_scale: float) -> float:
    """Return P(|T| ≤ √ν tan(angle))."""
    at = angle * (_NODES + 1) / 2
    density = np.exp(log_scale + (df - 1) * np.log(np.cos(at)))
    return float(angle * (_WEIGHTS @ density))
