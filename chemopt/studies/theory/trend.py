"""Whether chemistry grows with the heterogeneity h of a pool.

u and v of a pool (see `chemopt.studies.theory.pools`) are drawn once, and h is raised. For each
pool, the rank correlation (Spearman) of h and the mean chemistry of its pairs; over pools, its mean
and a bootstrap interval. Chemistry grows if the interval is above 0.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from chemopt.chemistry.compute import compute_chemistry
from chemopt.chemistry.cost import Weights
from chemopt.numerics import Floats
from chemopt.profiles.profiles import Profiles
from chemopt.studies.theory.pools import LEVELS
from chemopt.studies.theory.statements import EMPTY_COSTS, FAILS, HOLDS, INCONCLUSIVE

Shape = Literal["independent", "aligned", "opposed"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
_RESAMPLES = 2000
_CONFIDENCE = 0.95
_DIGITS = 12  # Further digits of chemistry are rounding errors.


def mean_chemistry(
    models: int, pools: int, shape: Shape, weights: Weights, seed: int
) -> dict[float | None, Floats]:
    """Return for each empty cost the mean chemistry of pools × levels."""
    rng = np.random.default_rng([seed, SHAPES.index(shape)])
    means: dict[float | None, Floats] = {e: np.empty((pools, len(LEVELS))) for e in EMPTY_COSTS}
    names = [f"m{k:02}" for k in range(models)]
    pairs = np.triu_indices(models, k=1)
    for pool in range(pools):
        u = rng.uniform(-1, 1, models)
        v = {"aligned": u, "opposed": -u}.get(shape, rng.uniform(-1, 1, models))
        for k, h in enumerate(LEVELS):
            frame = {"model": names, "quality": 5 + 4 * h * u, "accuracy": 0.75 + 0.24 * h * v}
            profiles = Profiles.from_frame(pd.DataFrame(frame))
            for empty_cost in EMPTY_COSTS:
                table = compute_chemistry(profiles, empty_cost=empty_cost, weights=weights)
                means[empty_cost][pool, k] = table.matrix[pairs].mean()
    return means


def trend_row(shape: Shape, empty_cost: float | None, curve: Floats, seed: int) -> tuple[Any, ...]:
    """Return the row of `Validation.statements` from the mean chemistry of pools × levels."""
    name = f"mean chemistry grows with heterogeneity ({shape} q and a)"
    correlations = np.array([_rank_correlation(np.array(LEVELS), own) for own in curve])
    rng = np.random.default_rng([seed, 7])
    drawn = rng.integers(0, len(correlations), (_RESAMPLES, len(correlations)))
    tails = [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2]
    low, high = np.quantile(correlations[drawn].mean(axis=1), tails)
    means = curve.mean(axis=0)
    if np.ptp(curve.round(_DIGITS)) == 0:
        evidence = f"chemistry is {means[0]:.4f} for all {len(curve)} pools at every h"
        return name, empty_cost, FAILS, len(curve), len(curve), evidence, ""
    verdict = HOLDS if low > 0 else FAILS if high < 0 else INCONCLUSIVE
    evidence = (
        f"rank correlation {correlations.mean():+.3f} [{low:+.3f}, {high:+.3f}] over "
        f"{len(correlations)} pools; mean chemistry {means[0]:.4f} at h = 0, {means[-1]:.4f} at "
        f"h = 1"
    )
    against = int((correlations <= 0).sum())
    return name, empty_cost, verdict, len(correlations), against, evidence, ""


def _rank_correlation(x: Floats, y: Floats) -> float:
    """Return Spearman's correlation; 0 where a side is constant (up to rounding errors)."""
    from scipy.stats import spearmanr

    x, y = x.round(_DIGITS), y.round(_DIGITS)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(spearmanr(x, y).statistic)
