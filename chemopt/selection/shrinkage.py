"""Shrinkage of coverage towards a one-factor model, for few items.

On few items the best ensemble is the luckiest. So to the N items m *pseudo-items* are added, which
come from a model of the pool with few parameters: model i gets an item of easiness z right with the
chance

    p_i(z) = Φ( (Φ⁻¹(a_i) + √ρ z) / √(1 − ρ) ),      z ~ N(0, 1),

so that its accuracy is a_i, and ρ says how much all models stumble over the same items (one-factor
probit model; Φ is the normal distribution). Coverage of the pseudo-items is
E_z[1 − Π_{i ∈ X} (1 − p_i(z))], by Gauss–Hermite quadrature with `POINTS` points: that many
patterns with chances, of weights m ω_q.

The accuracies a_i are those of the items, drawn to the pool's mean by empirical Bayes
(beta-binomial, by moments), and ρ is fitted to the mean share of items that two models both get
right.

With m = 0 coverage is what it is on the items; with m = ∞ only the model counts. `TOP_K` goes one
step further, and takes the most accurate models.
"""

from __future__ import annotations

import math
from functools import cached_property
from numbers import Real
from typing import Literal, TypeAlias

import numpy as np

from chemopt.errors import InputError
from chemopt.execution.clock import loading
from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.patterns import Patterns, patterns_of
from chemopt.validation import shown

POINTS = 12
# Accuracies and ρ are kept off the ends, where Φ⁻¹ and the quotient are infinite.
_LEAST_ACCURACY, _LARGEST_RHO = 1e-4, 0.99
TopK = Literal["top-k"]
TOP_K: TopK = "top-k"
#: Pseudo-items m, or `TOP_K`.
Strength: TypeAlias = float | TopK


def shrunk_patterns(outcomes: Outcomes, strength: Strength) -> Patterns:
    """Return the patterns of outcomes, with pseudo-items.

    Parameters
    ----------
    outcomes : Outcomes
    strength : float or "top-k"
        Pseudo-items m ≥ 0, or ∞. For ``"top-k"`` there is a pattern for each model, which that
        model alone gets right, with its accuracy as weight.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(pd.DataFrame({"a": [1, 1, 0, 0], "b": [0, 1, 1, 0]}))
    >>> patterns = shrunk_patterns(outcomes, 4)
    >>> patterns.right.shape, patterns.total
    ((15, 2), 8.0)
    >>> round(patterns.value((0, 1)) / patterns.total, 3)
    0.75
    """
    return Shrinkage(outcomes).patterns(strength)


class Shrinkage:
    """The patterns of some items with any strength of shrinkage, without repeated work.

    Parameters
    ----------
    outcomes : Outcomes
    """

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes

    def patterns(self, strength: Strength) -> Patterns:
        """Return the patterns with pseudo-items; see `shrunk_patterns`."""
        models = self._outcomes.models
        if isinstance(strength, str):
            accuracy: Floats = np.asarray(self._outcomes.accuracy, dtype=np.float64)
            some = accuracy > 0
            return Patterns(models, np.eye(len(accuracy))[some], accuracy[some], 1.0)
        if strength == 0:
            return self._own
        right, weights = self._pseudo_items
        if math.isinf(strength):
            return Patterns(models, right, weights, 1.0)
        return Patterns(
            models,
            np.vstack([self._own.right, right]),
            np.concatenate([self._own.weights, strength * weights]),
            self._own.total + strength,
        )

    @cached_property
    def _own(self) -> Patterns:
        return patterns_of(self._outcomes)

    @cached_property
    def _pseudo_items(self) -> tuple[Floats, Floats]:
        return pseudo_items(self._outcomes)


def pseudo_items(outcomes: Outcomes) -> tuple[Floats, Floats]:
    """Return the chances of each model at the quadrature's points, and their weights.

    Returns
    -------
    chances : ndarray of shape (POINTS, models)
    weights : ndarray of shape (POINTS,)
        They add up to 1.
    """
    with loading():
        from scipy.special import ndtr, ndtri

    nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS)
    weights = weights / weights.sum()
    clipped = np.clip(shrunk_accuracies(outcomes), _LEAST_ACCURACY, 1 - _LEAST_ACCURACY)
    threshold = ndtri(clipped)
    n = len(clipped)

    def chances(rho: float) -> Floats:
        at: Floats = ndtr((threshold + math.sqrt(rho) * nodes[:, None]) / math.sqrt(1 - rho))
        return at

    def both_right(rho: float) -> float:
        """Return the mean chance that two models both are right."""
        at = chances(rho)
        pairs = (at.sum(axis=1) ** 2 - (at**2).sum(axis=1)) / (n * (n - 1))
        return float(weights @ pairs)

    if n == 1:
        return chances(0.0), weights
    scores = outcomes.scores
    sums, squares = scores.sum(axis=1), (scores**2).sum(axis=1)
    observed = float(((sums**2 - squares) / (n * (n - 1))).mean())
    low, high = 0.0, _LARGEST_RHO  # both_right grows with ρ
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if both_right(middle) < observed else (low, middle)
    return chances(low), weights


def shrunk_accuracies(outcomes: Outcomes) -> Floats:
    """Return the accuracies, drawn to their mean by empirical Bayes.

    With mean μ and variance of the accuracies over models, less what N items add to it by chance,
    τ² > 0: κ = μ (1 − μ)/τ² − 1, and a_i becomes (N a_i + κ μ)/(N + κ). Models that differ by no
    more than chance all get μ.
    """
    accuracy: Floats = np.asarray(outcomes.accuracy, dtype=np.float64)
    items, mean = len(outcomes), float(accuracy.mean())
    chance = float((accuracy * (1 - accuracy)).mean()) / max(1, items - 1)
    between = float(accuracy.var(ddof=1)) - chance if len(accuracy) > 1 else 0.0
    if between <= 0:
        return np.full(len(accuracy), mean)
    kappa = max(0.0, mean * (1 - mean) / between - 1)
    shrunk: Floats = (items * accuracy + kappa * mean) / (items + kappa)
    return shrunk


def checked_strength(strength: object) -> Strength:
    """Return a strength of shrinkage that was given.

    Raises
    ------
    InputError
        It is neither a number of pseudo-items nor ``"top-k"``.
    """
    if isinstance(strength, str) and strength == TOP_K:
        return TOP_K
    if isinstance(strength, Real) and not isinstance(strength, bool) and float(strength) >= 0:
        return float(strength)
    raise InputError(
        f"shrink must be 'cv', None, {TOP_K!r} or a number of pseudo-items of at least 0, not "
        f"{shown(strength)}"
    )
