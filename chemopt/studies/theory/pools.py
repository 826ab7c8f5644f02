"""Profiles and costs in rational arithmetic, and generated pools.

A pool of heterogeneity h in [0, 1] has the profiles

    quality_m = 5 + 4 h u_m,    accuracy_m = 0.75 + 0.24 h v_m,

with u, v in [−1, 1]: at h = 0 all models are equal, at h = 1 they fill the scale; every model is
used. In rational pools u and v are multiples of 1/10.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from chemopt.chemistry.cost import DEFAULTS, Weights

USAGE_THRESHOLD = Fraction(DEFAULTS.usage_threshold)
LEVELS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_STEP = 10


@dataclass(frozen=True)
class RationalModel:
    """A profile in rational arithmetic."""

    name: str
    quality: Fraction
    accuracy: Fraction

    @cached_property
    def penalty(self) -> Fraction:
        """The penalty (1 − q/10)(1 − a)."""
        return (1 - self.quality / 10) * (1 - self.accuracy)


def rational_cost(
    pool: Sequence[RationalModel], empty_cost: float | None, weights: Weights = "reciprocal"
) -> Fraction | None:
    """Return the cost of a set of models in rational arithmetic; None where it is not defined.

    Examples
    --------
    >>> rational_cost([RationalModel("a", Fraction(9), Fraction(9, 10)),
    ...                RationalModel("b", Fraction(6), Fraction(3, 4))], None)
    Fraction(3, 50)
    """
    used = [m for m in pool if m.accuracy > USAGE_THRESHOLD]
    if not used:
        return None if empty_cost is None else Fraction(empty_cost)
    used.sort(key=lambda m: (-m.quality, -m.accuracy, m.name))
    total = Fraction(0)
    for rank, model in enumerate(used, 1):
        total += _rational_weight(weights, rank) * model.penalty
    return total


def rational_pools(size: int, pools: int, seed: int) -> Iterator[tuple[RationalModel, ...]]:
    """Yield pools in rational arithmetic, of all heterogeneities in turn."""
    rng = np.random.default_rng([seed, size])
    for k in range(pools):
        h = Fraction(k % len(LEVELS), len(LEVELS) - 1)
        draws = rng.integers(-_STEP, _STEP + 1, (size, 2)).tolist()
        yield tuple(
            RationalModel(
                name, 5 + 4 * h * Fraction(u, _STEP), Fraction(3, 4) + h * Fraction(24 * v, 1000)
            )
            for name, (u, v) in zip("abcde", draws, strict=False)
        )


def _rational_weight(weights: Weights, rank: int) -> Fraction:
    return Fraction(1, rank) if weights == "reciprocal" else Fraction(1)
