"""Chemistry of every pair of a pool: how much one model's contribution depends on another's.

    chem(a, b) = max over X ⊆ S∖{a, b} of |Δ(a, b, X)| / cost(X ∪ {a, b}),

each ratio capped at 1; entries below τ are left out (set to 0). Source: arXiv 2510.03930,
section 3, there named ChemE. `chemistry` is the one door to all ways of computing it.

With `empty_cost` 1 (the published choice) the empty X decides most pairs: a lone model's
penalty is far below 1, so the ratio is at its cap, and a third to all of the entries of the
published tables are exactly 1. That setting is for comparing with published figures. To choose
models, use ``empty_cost=None``, which leaves the empty X out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from chemopt.cost import CostOracle, ProfileCost, RankWeight
from chemopt.enumeration import chemistry_by_enumeration
from chemopt.errors import InputError, PoolTooLargeError
from chemopt.mig import ModelInteractionGraph
from chemopt.profiles import Profiles
from chemopt.table import ChemistryTable

METHODS = ("auto", "enumerate")
ENUMERATION_LIMIT = 20


def chemistry(
    profiles: Profiles | CostOracle,
    method: str = "auto",
    *,
    usage_threshold: float = 0.5,
    empty_cost: float | None = 1.0,
    weights: str | RankWeight = "reciprocal",
    tau: float = 0.0,
    cap: bool = True,
) -> ChemistryTable:
    """Compute the chemistry of every pair of models.

    Parameters
    ----------
    profiles : Profiles or CostOracle
        Profiles, whose cost is `ProfileCost` with the three options below; or a cost oracle
        of your own, which has those settled, so they must be left alone.
    method : {"auto", "enumerate"}
        ``"enumerate"`` looks at all 2ⁿ subsets, for up to 20 used models (20 models of any
        kind for an oracle of your own). ``"auto"`` takes what fits and records it.
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

    Returns
    -------
    ChemistryTable

    Raises
    ------
    InputError
        An option is out of its range.
    PoolTooLargeError
        More models than the method handles.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import Profiles
    >>> pool = Profiles.from_frame(pd.DataFrame({
    ...     "model": ["a", "b", "c"], "quality": [9.0, 6.0, 5.0], "accuracy": [0.9, 0.75, 0.6]}))
    >>> chemistry(pool, empty_cost=None).to_frame().round(4)
      model_a model_b  chemistry
    0       a       b     0.1316
    1       a       c     0.2632
    2       b       c     0.2632
    """
    if method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if not 0 <= tau < np.inf:
        raise InputError(f"tau must be a number ≥ 0, not {tau!r}")
    given = {"usage_threshold": usage_threshold, "empty_cost": empty_cost, "weights": weights}
    settings: dict[str, Any] = {"method": "enumerate"}
    if isinstance(profiles, Profiles):
        oracle: CostOracle = ProfileCost(profiles, **given)  # type: ignore[arg-type]
    else:
        oracle = profiles
        if given != {"usage_threshold": 0.5, "empty_cost": 1.0, "weights": "reciprocal"}:
            raise InputError(
                "usage_threshold, empty_cost and weights belong to the cost of profiles; "
                "a cost oracle has its own, so set them there"
            )
    settings.update(_oracle_settings(oracle), tau=float(tau), cap=bool(cap))
    matrix = _enumerate(oracle)
    if cap:
        matrix = np.minimum(matrix, 1.0)
    matrix[matrix < tau] = 0.0
    return ChemistryTable(oracle.models, matrix, settings)


def _enumerate(oracle: CostOracle) -> npt.NDArray[np.float64]:
    """Return the uncapped table, in the order of the oracle's models."""
    if isinstance(oracle, ProfileCost):
        # Models that are not used change no cost, so only the used ones are enumerated.
        bits: tuple[str, ...] = oracle.order
        _refuse_above_limit(len(bits), "used models")
        costs = oracle.subset_costs()
    else:
        bits = oracle.models
        _refuse_above_limit(len(bits), "models")
        costs = ModelInteractionGraph(oracle).subset_costs()
    position = {model: k for k, model in enumerate(oracle.models)}
    at = [position[model] for model in bits]
    matrix = np.zeros((len(position), len(position)))
    matrix[np.ix_(at, at)] = chemistry_by_enumeration(costs)
    return matrix


def _refuse_above_limit(count: int, what: str) -> None:
    if count > ENUMERATION_LIMIT:
        raise PoolTooLargeError(
            f"method 'enumerate' looks at all 2ⁿ subsets and handles at most {ENUMERATION_LIMIT} "
            f"{what}; this pool has {count}: raise the usage threshold or leave models out"
        )


def _oracle_settings(oracle: CostOracle) -> dict[str, Any]:
    if not isinstance(oracle, ProfileCost):
        return {"oracle": type(oracle).__qualname__}
    return {
        "usage_threshold": oracle.usage_threshold,
        "empty_cost": oracle.empty_cost,
        "weights": oracle.weights_name,
        "task": oracle.profiles.task,
        "aggregate": oracle.profiles.aggregate,
        "accuracy_floor": oracle.profiles.accuracy_floor,
    }
