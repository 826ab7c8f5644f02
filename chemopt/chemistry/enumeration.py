"""ChemE in its exponential form: the largest interaction ratio over all 2ⁿ subsets.

The costs of all subsets are one array, bit k of the index standing for model k. Seen as an
array with an axis for each bit, Δ is the difference along the axes of the models in question, and
all X are treated at once; nothing is looked up. The same holds for interactions of three and
more models (`chemopt.interactions`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from chemopt.chemistry.cost import CostOracle, ProfileCost
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.errors import InputError, PoolTooLargeError
from chemopt.numerics import INTERACTION_ERROR

Floats = npt.NDArray[np.float64]

MODEL_LIMIT = 20


def enumerated_costs(oracle: CostOracle) -> tuple[tuple[str, ...], Floats]:
    """Return the models that matter, and the costs of all sets of them.

    Of a profile cost only the used models matter, since others change no cost. Any other oracle
    is asked through its model interaction graph.

    Returns
    -------
    models : tuple of str
    costs : ndarray of shape (2ⁿ,)
        Bit k of the index stands for ``models[k]``; 0 where the cost is not defined.

    Raises
    ------
    PoolTooLargeError
        More than 20 models matter.
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


def signed_ratios(costs: Floats, group: Sequence[int]) -> Floats:
    """Return Δ(group, X) / cost(X ∪ group) for every X outside a group of models.

    Parameters
    ----------
    costs : ndarray of shape (2ⁿ,)
    group : sequence of int
        Bits of two or more models; Δ is the difference along all of them.

    Returns
    -------
    ndarray of shape (2ⁿ⁻ᵏ,)
        The bits of the index are those of the other models, in order. X counts only if the
        costs of all its unions with parts of the group are not zero (the published rule);
        elsewhere the ratio is 0.
    """
    n = len(costs).bit_length() - 1
    axes = tuple(n - 1 - bit for bit in group)
    cube = costs.reshape((2,) * n)
    delta = cube
    for axis in axes:
        delta = np.diff(delta, axis=axis)
    counts = (cube > 0).all(axis=axes).ravel()
    whole = cube[tuple(1 if axis in axes else slice(None) for axis in range(n))].ravel()
    # Smaller differences are rounding errors.
    error = INTERACTION_ERROR * cube.sum(axis=axes, keepdims=True)
    delta = np.where(np.abs(delta) > error, delta, 0.0)
    ratios = np.zeros(len(whole))
    np.divide(delta.ravel(), whole, out=ratios, where=counts)
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
        Called with the pairs done and the pairs in all.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, zero on the diagonal; 0 for a pair for which no X counts.
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
            f"method 'enumerate' looks at all 2ⁿ subsets and handles at most {MODEL_LIMIT} {what}; "
            f"this pool has {count}: use method 'exact' (profile costs with convex weights) or "
            "'sampled' (a lower bound)"
        )
