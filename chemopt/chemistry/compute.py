"""CHEME, the chemistry of every pair of a pool: how much two models' contributions interact.

    chem(a, b) = max over X ⊆ S∖{a, b} of |Δ(a, b, X)| / cost(X ∪ {a, b}),
    Δ(a, b, X) = cost(X ∪ {a, b}) − cost(X ∪ {a}) − cost(X ∪ {b}) + cost(X),

each ratio capped at 1; entries below τ are set to 0. Source: arXiv 2510.03930, section 3 (ChemE).
`compute_chemistry` is the entry point to all ways of computing it:

``"exact"``
    The polynomial algorithm, for profile costs whose rank weights are positive, nonincreasing and
    convex, 1/r among them: a thousand models in a second (`chemopt.chemistry.rank_weighted.sweep`).
``"enumerate"``
    All 2ⁿ subsets, for any cost, up to 20 used models (`chemopt.chemistry.enumeration`).
``"sampled"``
    Some subsets, for any cost and any number of models: a lower bound
    (`chemopt.chemistry.sampling`).

With `empty_cost` 1 (the published choice) the empty X decides most pairs: a single model's
penalty is far below 1, so the ratio is at its cap, and a third to all of the entries of the
published tables are equal to 1. Use that setting to compare with published figures. To choose
models, use ``empty_cost=None``, which leaves the empty X out.
"""

from __future__ import annotations

import logging
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from chemopt.chemistry.cost import (
    DEFAULTS,
    CostOptions,
    CostOracle,
    ProfileCost,
    RankWeight,
    Weights,
    as_oracle,
)
from chemopt.chemistry.enumeration import chemistry_by_enumeration, enumerated_costs
from chemopt.chemistry.rank_weighted.pool import has_polynomial_form, ranked_pool
from chemopt.chemistry.rank_weighted.sweep import chemistry_by_hulls
from chemopt.chemistry.sampling import chemistry_by_sampling
from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import InputError
from chemopt.profiles.profiles import Profiles
from chemopt.progress import Progress, Report, reporter
from chemopt.validation import choice, number, whole

logger = logging.getLogger(__name__)

Method = Literal["auto", "exact", "enumerate", "sampled"]
METHODS: tuple[Method, ...] = get_args(Method)


def compute_chemistry(
    profiles: Profiles | CostOracle,
    method: Method = "auto",
    *,
    usage_threshold: float = DEFAULTS.usage_threshold,
    empty_cost: float | None = DEFAULTS.empty_cost,
    weights: Weights | RankWeight = DEFAULTS.weights,
    tau: float = 0.0,
    cap: bool = True,
    samples: int = 1000,
    seed: int = 0,
    progress: Progress = None,
) -> ChemistryTable:
    """Compute the chemistry of every pair of models.

    Parameters
    ----------
    profiles : Profiles or CostOracle
        Profiles, whose cost is `ProfileCost` with the three options below; or your own cost
        oracle, which has its own options, so the three must not be given.
    method : {"auto", "exact", "enumerate", "sampled"}
        See the module's text. ``"auto"`` is ``"exact"`` where that applies, else
        ``"enumerate"``, never ``"sampled"``; the table's settings record which.
    usage_threshold, empty_cost, weights
        See `chemopt.chemistry.cost.CostOptions`, and the module's text for which `empty_cost` to
        use. A model that is not used has zero chemistry with every other.
    tau : float
        Entries below this become 0; at least 0.
    cap : bool
        Whether ratios above 1 count as 1. Without it, entries may exceed 1.
    samples, seed : int
        For ``"sampled"``: how many subsets X to try, and the seed.
    progress : bool or callable, optional
        True shows a bar; a function is called with the number of steps done and of all steps.

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
    progress = reporter(progress, "chemistry")
    choice("method", method, METHODS)
    samples, seed = whole("samples", samples, 1), whole("seed", seed, 0)
    tau = number("tau", tau, 0)
    options = CostOptions(usage_threshold, empty_cost, weights)
    oracle = as_oracle(profiles, options, caller="compute_chemistry")
    if method == "auto":
        method = "exact" if has_polynomial_form(oracle) else "enumerate"
    settings: dict[str, Any] = {"method": method}
    logger.info("chemistry of %d models, method %s", len(oracle.models), method)
    if method == "exact":
        matrix = _by_polynomial_algorithm(oracle, cap, progress)
    elif method == "enumerate":
        bits, costs = enumerated_costs(oracle)
        matrix = _embed(oracle, bits, chemistry_by_enumeration(costs, progress))
    else:
        settings.update(samples=samples, seed=seed)
        matrix = chemistry_by_sampling(oracle, samples, seed, progress)
    if cap:
        matrix = np.minimum(matrix, 1.0)
    matrix[matrix < tau] = 0.0
    settings.update(_oracle_settings(oracle), tau=tau, cap=bool(cap))
    return ChemistryTable(oracle.models, matrix, settings)


def _by_polynomial_algorithm(
    oracle: CostOracle, cap: bool, progress: Report | None
) -> npt.NDArray[np.float64]:
    if type(oracle) is not ProfileCost:
        raise InputError(
            "method 'exact' is for the rank-weighted cost of profiles; for another cost use "
            "'enumerate' (small pools) or 'sampled' (a lower bound)"
        )
    return _embed(oracle, oracle.order, chemistry_by_hulls(ranked_pool(oracle), cap, progress))


def _embed(
    oracle: CostOracle, models: tuple[str, ...], matrix: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return a matrix of all models, in the oracle's order, from one of some; the rest is 0."""
    position = {model: k for k, model in enumerate(oracle.models)}
    positions = [position[model] for model in models]
    embedded = np.zeros((len(position), len(position)))
    embedded[np.ix_(positions, positions)] = matrix
    return embedded


def _oracle_settings(oracle: CostOracle) -> dict[str, Any]:
    if type(oracle) is not ProfileCost:
        return {"oracle": type(oracle).__qualname__}
    return {
        "usage_threshold": oracle.options.usage_threshold,
        "empty_cost": oracle.options.empty_cost,
        "weights": oracle.options.weights_name,
        "task": oracle.profiles.task,
        "aggregate": oracle.profiles.aggregate,
        "accuracy_floor": oracle.profiles.accuracy_floor,
    }
