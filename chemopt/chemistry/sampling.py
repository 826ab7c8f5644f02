"""Chemistry from sampled subsets: a lower bound (up to rounding errors), for any cost and pool.

The first subset is empty, so that every pair has at least one; the others are drawn with a
uniformly random size and then uniformly at random. Each serves all pairs of models outside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from chemopt.chemistry.cost import CostOracle
from chemopt.errors import InputError
from chemopt.numerics import INTERACTION_ERROR, Floats
from chemopt.validation import whole


def chemistry_by_sampling(
    oracle: CostOracle,
    samples: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Return the matrix of the largest |Δ| / cost over sampled X, not capped.

    Parameters
    ----------
    oracle : CostOracle
    samples : int
        Subsets X to try, at least 1.
    seed : int
    progress : callable, optional
        Called with the number of subsets tried and of all subsets.

    Returns
    -------
    ndarray of shape (n, n)
        A lower bound of the chemistry, in the order of the oracle's models.

    Raises
    ------
    InputError
        `samples` or `seed` is out of range, or a cost is negative or infinite.
    """
    samples, seed = whole("samples", samples, 1), whole("seed", seed, 0)
    models = oracle.models
    largest = np.zeros((len(models), len(models)))
    for done, chosen in enumerate(_subsets(len(models), samples, seed), 1):
        X = frozenset(models[k] for k in np.flatnonzero(chosen))
        none = oracle.cost(X)
        # If cost(X) is zero or undefined, X counts for no pair.
        if not math.isnan(none) and none != 0:
            outside = np.flatnonzero(~chosen)
            alone = {int(k): oracle.cost(X | {models[k]}) for k in outside}
            _check_costs([none, *alone.values()])
            counting = [k for k, cost in alone.items() if cost > 0]
            for position, j in enumerate(counting):
                for i in counting[:position]:
                    both = oracle.cost(X | {models[i], models[j]})
                    _check_costs([both])
                    if both > 0:
                        delta = abs((both - alone[i]) - (alone[j] - none))
                        if delta > INTERACTION_ERROR * (both + alone[i] + alone[j] + none):
                            largest[i, j] = largest[j, i] = max(largest[i, j], delta / both)
        if progress is not None:
            progress(done, samples)
    return largest


def _check_costs(costs: Iterable[float]) -> None:
    if any(cost < 0 or math.isinf(cost) for cost in costs):
        raise InputError("chemistry: the cost oracle gave a cost that is negative or infinite")


def _subsets(n: int, samples: int, seed: int) -> Iterator[npt.NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    for k in range(samples):
        chosen = np.zeros(n, dtype=bool)
        size = 0 if k == 0 else int(rng.integers(0, max(n - 2, 0) + 1))
        chosen[rng.permutation(n)[:size]] = True
        yield chosen
