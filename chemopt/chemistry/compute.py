"""Chemistry of every pair of a pool: how much one model's contribution depends on another's.

    chem(a, b) = max over X ⊆ S∖{a, b} of |Δ(a, b, X)| / cost(X ∪ {a, b}),

each ratio capped at 1; entries below τ are left out (set to 0). Source: arXiv 2510.03930,
section 3, there named ChemE. `chemistry` is the one door to all ways of computing it:

``"exact"``
    In polynomial time, for profile costs whose rank weights are positive, nonincreasing and
    convex, 1/r among them: a thousand models in a second (`chemopt.chemistry.rank_weighted.sweep`).
``"enumerate"``
    All 2ⁿ subsets, for any cost, up to 20 used models (`chemopt.chemistry.enumeration`).
``"sampled"``
    Some subsets, for any cost and any number of models: a lower bound
    (`chemopt.chemistry.sampling`).

With `empty_cost` 1 (the published choice) the empty X decides most pairs: a lone model's
penalty is far below 1, so the ratio is at its cap, and a third to all of the entries of the
published tables are exactly 1. That setting is for comparing with published figures. To choose
models, use ``empty_cost=None``, which leaves the empty X out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from chemopt.chemistry.cost import CostOracle, ProfileCost, RankWeight, as_oracle
from chemopt.chemistry.enumeration import chemistry_by_enumeration, enumerated_costs
from chemopt.chemistry.rank_weighted.pool import has_exact_form, ranked_pool
from chemopt.chemistry.rank_weighted.sweep import chemistry_by_fronts
from chemopt.chemistry.sampling import chemistry_by_sampling
from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import InputError
from chemopt.profiles.profiles import Profiles
from chemopt.validation import choice, number, whole

METHODS = ("auto", "exact", "enumerate", "sampled")


def compute_chemistry(
    profiles: Profiles | CostOracle,
    method: str = "auto",
    *,
    usage_threshold: float = 0.5,
    empty_cost: float | None = 1.0,
    weights: str | RankWeight = "reciprocal",
    tau: float = 0.0,
    cap: bool = True,
    samples: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ChemistryTable:
    """Compute the chemistry of every pair of models.

    Parameters
    ----------
    profiles : Profiles or CostOracle
        Profiles, whose cost is `ProfileCost` with the three options below; or a cost oracle
        of your own, which has those settled, so they must be left alone.
    method : {"auto", "exact", "enumerate", "sampled"}
        See the module's text. ``"auto"`` is ``"exact"`` where that applies, else
        ``"enumerate"``; the table's settings record which. It is never ``"sampled"``.
    usage_threshold : float
        A model is used when its accuracy is above this; in [0, 1]. A model that is not used
        has zero chemistry with every other.
    empty_cost : float or None
        Cost of a set without a used model; None leaves such sets out. See the module's text
        for which to use.
    weights : {"reciprocal", "uniform"} or callable
        Rank weights of the cost.
    tau : float
        Entries below this become 0; at least 0.
    cap : bool
        Whether ratios above 1 count as 1. Without it, entries may exceed 1.
    samples, seed : int
        For ``"sampled"``: how many subsets X to try, and the seed.
    progress : callable, optional
        Called with what is done and what there is to do.

    Returns
    -------
    ChemistryTable

    Raises
    ------
    InputError
        An option is out of its range, or the method does not apply.
    PoolTooLargeError
        More models than the method handles.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import Profiles
    >>> pool = Profiles.from_frame(pd.DataFrame({
    ...     "model": ["a", "b", "c"], "quality": [9.0, 6.0, 5.0], "accuracy": [0.9, 0.75, 0.6]}))
    >>> compute_chemistry(pool, empty_cost=None).to_frame().round(4)
      model_a model_b  chemistry
    0       a       b     0.1316
    1       a       c     0.2632
    2       b       c     0.2632
    """
    choice("method", method, METHODS)
    samples, seed = whole("samples", samples, 1), whole("seed", seed, 0)
    tau = number("tau", tau, 0)
    oracle = as_oracle(
        profiles, usage_threshold=usage_threshold, empty_cost=empty_cost, weights=weights
    )
    if method == "auto":
        method = "exact" if has_exact_form(oracle) else "enumerate"
    settings: dict[str, Any] = {"method": method}
    if method == "exact":
        matrix = _exact(oracle, cap, progress)
    elif method == "enumerate":
        bits, costs = enumerated_costs(oracle)
        matrix = _spread(oracle, bits, chemistry_by_enumeration(costs, progress))
    else:
        settings.update(samples=samples, seed=seed)
        matrix = chemistry_by_sampling(oracle, samples, seed, progress)
    if cap:
        matrix = np.minimum(matrix, 1.0)
    matrix[matrix < tau] = 0.0
    settings.update(_oracle_settings(oracle), tau=tau, cap=bool(cap))
    return ChemistryTable(oracle.models, matrix, settings)


def _exact(
    oracle: CostOracle, cap: bool, progress: Callable[[int, int], None] | None
) -> npt.NDArray[np.float64]:
    if type(oracle) is not ProfileCost:
        raise InputError(
            "method 'exact' is for the rank-weighted cost of profiles; for another cost use "
            "'enumerate' (small pools) or 'sampled' (a lower bound)"
        )
    return _spread(oracle, oracle.order, chemistry_by_fronts(ranked_pool(oracle), cap, progress))


def _spread(
    oracle: CostOracle, models: tuple[str, ...], matrix: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Put a matrix of some models into one of all, in the oracle's order; the rest is 0."""
    position = {model: k for k, model in enumerate(oracle.models)}
    at = [position[model] for model in models]
    whole = np.zeros((len(position), len(position)))
    whole[np.ix_(at, at)] = matrix
    return whole


def _oracle_settings(oracle: CostOracle) -> dict[str, Any]:
    if type(oracle) is not ProfileCost:
        return {"oracle": type(oracle).__qualname__}
    return {
        "usage_threshold": oracle.usage_threshold,
        "empty_cost": oracle.empty_cost,
        "weights": oracle.weights_name,
        "task": oracle.profiles.task,
        "aggregate": oracle.profiles.aggregate,
        "accuracy_floor": oracle.profiles.accuracy_floor,
    }
