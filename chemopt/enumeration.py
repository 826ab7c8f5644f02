"""ChemE in its exponential form: the largest interaction ratio over all 2ⁿ subsets.

The costs of all subsets are one array, bit k of the index standing for model k. Seen as an
array with an axis for bit a and one for bit b, the four costs of every X at once are four
slices of it, so a pair costs 2ⁿ⁻² additions, and nothing is looked up.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from chemopt.errors import InputError

Floats = npt.NDArray[np.float64]


def chemistry_by_enumeration(costs: Floats) -> Floats:
    """Return the matrix of max |Δ(a, b, X)| / cost(X ∪ {a, b}) over all X, not capped.

    Parameters
    ----------
    costs : ndarray of shape (2ⁿ,)
        Cost of every subset, at least 0; NaN where it is not defined.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, zero on the diagonal. A subset X counts only if its four costs are defined
        and not zero (the published rule); a pair for which none counts gets 0.

    Raises
    ------
    InputError
        A cost is negative or infinite.
    """
    n = len(costs).bit_length() - 1
    costs = np.nan_to_num(costs, nan=0.0, posinf=-1.0, neginf=-1.0)
    if (costs < 0).any():
        raise InputError("chemistry: the cost oracle gave a cost that is negative or infinite")
    chemistry = np.zeros((n, n))
    for b in range(n):
        for a in range(b):
            axes = costs.reshape(1 << (n - 1 - b), 2, 1 << (b - 1 - a), 2, 1 << a)
            none, only_a = axes[:, 0, :, 0, :], axes[:, 0, :, 1, :]
            only_b, both = axes[:, 1, :, 0, :], axes[:, 1, :, 1, :]
            counts = (none > 0) & (only_a > 0) & (only_b > 0) & (both > 0)
            if counts.any():
                delta = np.abs((both - only_a) - (only_b - none))
                ratio = np.divide(delta, both, out=np.zeros_like(delta), where=counts)
                chemistry[a, b] = chemistry[b, a] = ratio.max()
    return chemistry
