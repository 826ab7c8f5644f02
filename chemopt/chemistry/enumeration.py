"""CHEME in its exponential form (arXiv 2510.03930): the largest ratio over all 2ⁿ subsets.

The costs of all subsets are one array, bit k of the index standing for model k. As an array with
an axis for each bit, Δ is the difference along the axes of the two models, for all X at once,
without any lookup.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from chemopt.chemistry.cost import CostOracle, ProfileCost
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.errors import InputError, PoolTooLargeError
from chemopt.numerics import INTERACTION_ERROR, Floats

MODEL_LIMIT = 20


def enumerated_costs(oracle: CostOracle) -> tuple[tuple[str, ...], Floats]:
    """Return the models that can change a cost, and the costs of all sets of them.

    For a profile cost these are the used models. Any other oracle is evaluated through its model
    interaction graph.

    Returns
    -------
    models : tuple of str
    costs : ndarray of shape (2ⁿ,)
        Bit k of the index stands for ``models[k]``; 0 where the cost is not defined.

    Raises
    ------
    PoolTooLargeError
        There are more than 20 such models.
    InputError
        A cost is negative or infinite.
    """
    if type(oracle) is ProfileCost:
        _refuse_above_limit(len(oracle.order), "used models")
        models, costs = oracle.order, oracle.subset_costs()
    else:
        _refuse_above_limit(len(oracle.models), "models")
        models, costs = oracle.models, ModelInteractionGraph(oracle).subset_costs()
    costs = np.nan_to_num(costs, nan=0.0, posinf=-1.0, neginf=-1.0)
    if (costs < 0).any():
        raise InputError("chemistry: the cost oracle gave a cost that is negative or infinite")
    return models, costs


def signed_ratios(costs: Floats, pair: tuple[int, int]) -> Floats:
    """Return Δ(a, b, X) / cost(X ∪ {a, b}) for every X without a and b.

    Parameters
    ----------
    costs : ndarray of shape (2ⁿ,)
    pair : tuple of int
        Bits of a and b.

    Returns
    -------
    ndarray of shape (2ⁿ⁻²,)
        The bits of the index are those of the other models, in order. X counts only if the
        costs of all its unions with subsets of {a, b} are nonzero (the published rule);
        otherwise the ratio is 0.
    """
    n = len(costs).bit_length() - 1
    axes = tuple(n - 1 - bit for bit in pair)
    cube = costs.reshape((2,) * n)
    delta = np.diff(np.diff(cube, axis=axes[0]), axis=axes[1])
    counts = (cube > 0).all(axis=axes).ravel()
    with_both = cube[tuple(1 if axis in axes else slice(None) for axis in range(n))].ravel()
    # Smaller differences are rounding errors.
    error = INTERACTION_ERROR * cube.sum(axis=axes, keepdims=True)
    delta = np.where(np.abs(delta) > error, delta, 0.0)
    ratios = np.zeros(len(with_both))
    np.divide(delta.ravel(), with_both, out=ratios, where=counts)
    return ratios


def chemistry_by_enumeration(
    costs: Floats, progress: Callable[[int, int], None] | None = None
) -> Floats:
    """Return the matrix of max |Δ(a, b, X)| / cost(X ∪ {a, b}) over all X, not capped.

    Parameters
    ----------
    costs : ndarray of shape (2ⁿ,)
        From `enumerated_costs`.
    progress : callable, optional
        Called with the number of pairs done and of all pairs.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, zero on the diagonal; 0 for a pair for which no X counts. Costs are subtracted,
        so the accuracy is absolute: about 1e-16 n times the largest cost in Δ over cost(X ∪ a ∪ b).
    """
    n = len(costs).bit_length() - 1
    chemistry = np.zeros((n, n))
    pairs = list(combinations(range(n), 2))
    for done, (a, b) in enumerate(pairs, 1):
        chemistry[a, b] = chemistry[b, a] = np.abs(signed_ratios(costs, (a, b))).max()
        if progress is not None:
            progress(done, len(pairs))
    return chemistry


def _refuse_above_limit(count: int, what: str) -> None:
    if count > MODEL_LIMIT:
        raise PoolTooLargeError(
            f"method 'enumerate' evaluates all 2ⁿ subsets, of at most {MODEL_LIMIT} {what}; "
            f"this pool has {count}: use method 'exact' (profile costs with convex weights) or "
            "'sampled' (a lower bound)"
        )
