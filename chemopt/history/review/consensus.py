"""The minimum-variance linear estimator (MVLE) of quality, with unknown reviewer variances.

Reviewer j gives the answer k the score R_jk = θ_k + ε_jk with Var ε_jk = σ_j². Were the σ_j² known,
θ̂_k = Σ_j w_j R_jk / S_k with w_j = 1/σ_j² and S_k = Σ_j w_j, over the reviewers of k, would be the
linear unbiased estimate of minimum variance, 1/S_k. They are estimated from the residuals
e_jk = R_jk − θ̂_k, starting with equal weights, by

    σ_j² ← max( floor, (Σ_k e_jk² + m s²) / (d_j + m) ),
    d_j = Σ_k (1 − h_jk),    h_jk = w_j / S_k,

until convergence. The reasons for each part:

- d_j are the residual degrees of freedom of reviewer j. With m = 0 the iteration ends at the
  stationary point of residual (restricted) maximum likelihood (Patterson and Thompson, 1971), and
  the "almost unbiased" estimate of Horn, Horn and Duncan (1975).
- Without a prior (m = 0) it degenerates: a reviewer who happens to be near the consensus gets more
  weight, so the consensus moves nearer still, and one variance goes to 0 (the problem of Grubbs,
  1948; a Heywood case). So each reviewer gets m = 4 additional squared residuals of size s², the
  harmonic mean of all σ_j² (the most likely scale of the prior). This is the mode under a scaled
  inverse χ² prior, the shrinkage of variances of Smyth (2004). No variance can go to 0 alone: the
  harmonic mean of J values is at most J times the least of them, but as h_jk goes to 1, d_j goes
  to 0, and the right-hand side exceeds σ_j².
- The floor is for reviewers who agree to the last digit: scores are rounded to a scale, and that
  rounding alone has a variance.
- With fewer than three reviewers, or fewer than two answers that have several, the σ_j² are not
  identifiable, so one common variance is estimated, and θ̂ is the plain mean.

Intervals. 1/Ŝ_k underestimates the variance of θ̂_k, since the weights are estimates. With C the
inverse of the (expected) information on log σ_j², prior included, and v = (h_jk)_j,

    variance_k = (1/S_k) (1 + Σ_j C_jj v_j − vᵀC v),    df_k = 2 / (vᵀC v)

use the correction of Kackar and Harville (1984) for estimated weights, and the degrees of freedom
of Satterthwaite (1946) for the variance; the interval is θ̂_k ± t_df √variance_k. Meier (1953) has
both for independent variances. Kenward and Roger (1997) apply the correction twice, the second time
for the downward bias of 1/Ŝ_k; here the shrinkage compensates for that, and measured coverage is
nearer to the nominal one with the correction applied once. For a common variance the interval is
the t interval of the plain mean, which is conservative when variances differ (Bakirov and Székely,
2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chemopt.numerics import Floats

Bools = npt.NDArray[np.bool_]

#: m: the weight of the prior, as a number of squared residuals.
PRIOR_RESIDUALS = 4.0
# Relative change of every variance at which the iteration ends.
TOLERANCE = 1e-9
# Student's quantiles of more degrees of freedom differ from the normal ones by less than 1e-9; not
# every version of SciPy takes infinity.
_MOST_DF = 1e10


@dataclass(frozen=True, eq=False)
class Consensus:
    """Estimates for J reviewers and K answers; leading axes are separate problems.

    Attributes
    ----------
    quality, plain_variance, variance, df : ndarray of shape (…, K)
        θ̂, 1/S, the variance with the uncertainty of the weights, its degrees of freedom.
    reviewer_variance, residual_df : ndarray of shape (…, J)
        σ̂_j² and d_j.
    separable : bool
        Whether each reviewer has its own variance.
    iterations : int
    converged : bool
    """

    quality: Floats
    plain_variance: Floats
    variance: Floats
    df: Floats
    reviewer_variance: Floats
    residual_df: Floats
    separable: bool
    iterations: int
    converged: bool

    def half_width(self, confidence: float) -> Floats:
        """Return half the length of each quality's interval, t_df √variance.

        NaN where there is less than one degree of freedom.
        """
        from scipy.special import stdtrit

        df = np.where(self.df >= 1, np.minimum(self.df, _MOST_DF), np.nan)
        quantile: Floats = np.asarray(stdtrit(df, (1 + confidence) / 2), dtype=np.float64)
        half: Floats = quantile * np.sqrt(self.variance)
        return half


def estimate_consensus(scores: Floats, floor: float, max_iterations: int = 5000) -> Consensus:
    """Estimate qualities and reviewer variances.

    Parameters
    ----------
    scores : ndarray of shape (…, J, K)
        NaN for a missing score, in the same places for all leading axes. Every reviewer and
        every answer has at least one score.
    floor : float
        Least σ̂_j², positive.
    max_iterations : int
        If they do not suffice, `converged` is False in the result.

    Examples
    --------
    >>> scores = np.array([[7.0, 3.0, 9.0, 5.0], [7.2, 3.1, 8.8, 5.1], [4.0, 5.0, 6.0, 8.0]])
    >>> consensus = estimate_consensus(scores, floor=0.01)
    >>> consensus.quality.round(2), consensus.reviewer_variance.round(2)
    (array([7.01, 3.1 , 8.82, 5.13]), array([0.22, 0.22, 3.82]))
    """
    given: Bools = np.logical_not(np.isnan(scores).any(axis=tuple(range(scores.ndim - 2))))
    filled = np.where(given, scores, 0.0)
    if not is_separable(given):
        return _with_common_variance(filled, given, floor)
    variance = np.broadcast_to(
        _common_variance(filled, given, floor)[..., None], scores.shape[:-1]
    ).copy()
    converged, iterations = False, 0
    while not converged and iterations < max_iterations:
        iterations += 1
        _, h, residual = _weighted(filled, given, variance)
        prior = variance.shape[-1] / (1 / variance).sum(axis=-1, keepdims=True)
        squares = (residual**2).sum(axis=-1) + PRIOR_RESIDUALS * prior
        following = np.maximum(floor, squares / (_residual_df(h, given) + PRIOR_RESIDUALS))
        converged = bool((np.abs(np.log(following / variance)) <= TOLERANCE).all())
        variance = following
    quality, h, _ = _weighted(filled, given, variance)
    covariance: Floats = np.linalg.inv(np.asarray(_information(h, given)))
    followed = np.einsum("...ik,...ij,...jk->...k", h, covariance, h)
    own = np.einsum("...jj,...jk->...k", covariance, h)
    plain = 1 / (given / variance[..., None]).sum(axis=-2)
    return Consensus(
        quality=quality,
        plain_variance=plain,
        variance=plain * (1 + own - followed),
        df=2 / followed,
        reviewer_variance=variance,
        residual_df=_residual_df(h, given),
        separable=True,
        iterations=iterations,
        converged=converged,
    )


def is_separable(given: Bools) -> bool:
    """Return whether the variance of each reviewer is identifiable, given which scores exist."""
    compared = given[:, given.sum(axis=0) >= 2]
    return bool(compared.shape[1] >= 2 and compared.any(axis=1).sum() >= 3)


def _weighted(filled: Floats, given: Bools, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Return θ̂ (…, K), the shares h (…, J, K), and residuals (…, J, K)."""
    weight = given / variance[..., None]
    h = weight / weight.sum(axis=-2, keepdims=True)
    quality = (h * filled).sum(axis=-2)
    return quality, h, np.where(given, filled - quality[..., None, :], 0.0)


def _residual_df(h: Floats, given: Bools) -> Floats:
    left: Floats = np.where(given, 1 - h, 0.0).sum(axis=-1)
    return left


def _information(h: Floats, given: Bools) -> Floats:
    """Return the expected information on log σ_j², (…, J, J), of residuals and prior."""
    information: Floats = np.einsum("...ik,...jk->...ij", h, h) / 2
    reviewers = np.arange(h.shape[-2])
    information[..., reviewers, reviewers] = np.where(given, (1 - h) ** 2, 0.0).sum(axis=-1) / 2
    # The scale of the prior is free: it pulls the variances together, not to a value.
    prior = np.eye(len(reviewers)) - 1 / len(reviewers)
    return information + PRIOR_RESIDUALS / 2 * prior


def _common_variance(filled: Floats, given: Bools, floor: float) -> Floats:
    """Return the pooled variance, NaN if every answer has a single score."""
    _, _, residual = _weighted(filled, given, np.ones(filled.shape[:-1]))
    left = given.sum() - given.shape[1]
    squares: Floats = (residual**2).sum(axis=(-2, -1))
    pooled = squares / left if left else np.full(squares.shape, np.nan)
    common: Floats = np.maximum(floor, pooled)
    return common


def _with_common_variance(filled: Floats, given: Bools, floor: float) -> Consensus:
    common = _common_variance(filled, given, floor)
    quality, h, _ = _weighted(filled, given, np.ones(filled.shape[:-1]))
    variance = common[..., None] / given.sum(axis=0)
    left = float(given.sum() - given.shape[1])
    shape: Any = filled.shape[:-1]
    return Consensus(
        quality=quality,
        plain_variance=variance,
        variance=variance,
        df=np.full(quality.shape, left if left else np.nan),
        reviewer_variance=np.broadcast_to(common[..., None], shape).copy(),
        residual_df=_residual_df(h, given),
        separable=False,
        iterations=0,
        converged=True,
    )
