"""Items with the same right and wrong answers are one pattern, with their number as its weight.

Coverage depends on patterns alone. Of n models and N items there are at most min(N, 2ⁿ), often far
fewer. A mark between 0 and 1 is a sum of right and wrong: with the distinct marks
0 = v₀ < v₁ < … < v_L of an item,

    max_{i ∈ X} s_i = Σ_l (v_l − v_{l−1}) · [some i ∈ X has s_i ≥ v_l],

so such an item becomes L patterns of weight v_l − v_{l−1}, and coverage stays a weighted sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes


@dataclass(frozen=True, eq=False)
class Patterns:
    """Weighted patterns of right and wrong.

    The value of an ensemble X is Σ_p w_p (1 − Π_{i ∈ X} (1 − r_pi)): the weight of the patterns
    that some member gets right.

    Attributes
    ----------
    models : tuple of str
        The pool.
    right : ndarray of shape (P, n)
        r: 1 where the model is right, 0 where it is wrong. Pseudo-items (see
        `chemopt.selection.shrinkage`) have chances between. No pattern is wrong for all.
    weights : ndarray of shape (P,)
        w > 0; the number of items, for items that are right or wrong.
    total : float
        The number of items, those that no model gets right included: the value as a share is
        ``value / total``.
    """

    models: tuple[str, ...]
    right: Floats
    weights: Floats
    total: float

    def value(self, chosen: list[int] | tuple[int, ...]) -> float:
        """Return the value of an ensemble, given by numbers of models."""
        wrong = np.prod(1.0 - self.right[:, list(chosen)], axis=1)
        return float(self.weights @ (1.0 - wrong))


def patterns_of(outcomes: Outcomes) -> Patterns:
    """Return the patterns of outcomes.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(pd.DataFrame({"a": [1, 1, 0, 0], "b": [0, 0, 0.5, 0]}))
    >>> patterns = patterns_of(outcomes)
    >>> patterns.right.tolist(), patterns.weights.tolist(), patterns.total
    ([[0.0, 1.0], [1.0, 0.0]], [0.5, 2.0], 4.0)
    """
    scores = outcomes.scores
    if outcomes.binary:
        right, weights = scores > 0, np.ones(len(scores))
    else:
        right, weights = _levels(scores)
    return merged_patterns(outcomes.models, right, weights, float(len(scores)))


def merged_patterns(
    models: tuple[str, ...], right: npt.NDArray[np.bool_], weights: Floats, total: float
) -> Patterns:
    """Return each pattern once, with the sum of its weights, without that of all wrong."""
    kept = right.any(axis=1)
    if not kept.all():
        right, weights = right[kept], weights[kept]
    if len(right):
        packed = np.ascontiguousarray(np.packbits(right, axis=1))
        keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
        _, first, which = np.unique(keys, return_index=True, return_inverse=True)
        merged = np.bincount(which.ravel(), weights=weights, minlength=len(first))
        right, weights = right[first], merged.astype(float)
    return Patterns(models, right.astype(float), weights, total)


def _levels(scores: Floats) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Return a row and a weight for each distinct positive mark of each item."""
    ordered = np.sort(scores, axis=1)
    steps = np.diff(ordered, axis=1, prepend=0.0)
    items, columns = np.nonzero(steps > 0)
    return scores[items] >= ordered[items, columns, None], steps[items, columns]


def random_coverage(outcomes: Outcomes, size: int) -> float:
    """Return the mean coverage of all ensembles of a size."""
    patterns = patterns_of(outcomes)
    size = min(size, len(outcomes.models))
    n, right = len(outcomes.models), patterns.right.sum(axis=1).astype(int)
    # C(n − c, k)/C(n, k) as a product, for each c
    missed = np.array([_missed(n, c, size) for c in range(n + 1)])
    return float(patterns.weights @ (1 - missed[right])) / patterns.total


def _missed(n: int, right: int, size: int) -> float:
    steps: Floats = (n - right - np.arange(size, dtype=float)) / (n - np.arange(size, dtype=float))
    return float(np.prod(np.maximum(steps, 0.0)))
