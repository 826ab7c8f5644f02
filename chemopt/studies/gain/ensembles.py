"""Ensembles drawn at random, and what they gain over their best member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes

Objective = Literal["coverage", "majority"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
# Items that are looked at together: with a thousand ensembles, 8 MB.
_BLOCK = 1_000


def draw_ensembles(models: int, sizes: Sequence[int], count: int, seed: int) -> Floats:
    """Draw ensembles with random members.

    Parameters
    ----------
    models : int
        Size n of the pool.
    sizes : sequence of int
        Sizes, each at most n; the ensembles take them in turn.
    count : int
        Number m of ensembles; the same one may be drawn twice.
    seed : int

    Returns
    -------
    ndarray of shape (m, n)
        1 for a member, else 0.

    Examples
    --------
    >>> draw_ensembles(4, [2, 3], 5, seed=0).sum(axis=1).tolist()
    [2.0, 3.0, 2.0, 3.0, 2.0]
    """
    rng = np.random.default_rng(seed)
    # The models with the smallest of n random numbers are a random subset.
    rank = rng.random((count, models)).argsort(axis=1).argsort(axis=1)
    return (rank < np.resize(sizes, count)[:, None]).astype(float)


def ensemble_values(outcomes: Outcomes, members: Floats, objective: Objective) -> Floats:
    """Compute the objective of each ensemble.

    Parameters
    ----------
    outcomes : Outcomes
        Right and wrong, without gaps.
    members : ndarray of shape (m, n)
        From `draw_ensembles`.
    objective : {"coverage", "majority"}
        The share of items that some member gets right; or that more than half of the members do,
        where exactly half counts as half an item.

    Returns
    -------
    ndarray of shape (m,)
        In [0, 1].

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(pd.DataFrame({"a": [1, 1, 0, 0], "b": [0, 1, 1, 0]}))
    >>> [ensemble_values(outcomes, np.ones((1, 2)), name).item() for name in OBJECTIVES]
    [0.75, 0.5]
    """
    half = members.sum(axis=1) / 2
    total = np.zeros(len(members))
    for start in range(0, len(outcomes), _BLOCK):
        right = outcomes.scores[start : start + _BLOCK] @ members.T
        if objective == "coverage":
            total += (right > 0).sum(axis=0)
        else:
            total += (right > half).sum(axis=0) + (right == half).sum(axis=0) / 2
    return total / len(outcomes)


def best_members(outcomes: Outcomes, members: Floats) -> npt.NDArray[np.intp]:
    """Return the number of the most accurate member of each ensemble; the first among equals."""
    best: npt.NDArray[np.intp] = np.where(members > 0, accuracies(outcomes), -1.0).argmax(axis=1)
    return best


def accuracies(outcomes: Outcomes) -> Floats:
    """Return the accuracy of each model."""
    return np.asarray(outcomes.accuracy, dtype=np.float64)
