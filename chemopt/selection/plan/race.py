"""The models that may still be in the ensemble: those that resampled items choose.

Items where the best model fails are drawn anew with replacement, `DRAWS` times, and the ensemble
that the greedy algorithm adds to the best model is looked at: the bootstrap is a posterior sample
of which items there are (Rubin, Annals of Statistics 9, 1981), and asking the models that win in a
sample is Thompson's rule (Biometrika 25, 1933). A model that wins in none of the samples is no
longer asked.

A model is judged by the items that it was asked on, all other things being equal, and by the same
samples of them each time: so one that was dropped remains so, and a new one is judged as soon as it
was asked on `FEW_ITEMS` items where the best model fails.
"""

from __future__ import annotations

import numpy as np

from chemopt.numerics import Floats
from chemopt.selection.plan.best import FEW_ITEMS
from chemopt.selection.plan.state import Rows, State
from chemopt.selection.plan.usable import block

DRAWS = 50
# Decides among equal gains; far below the gain of one item.
_TIE = 1e-6


def contenders(state: State) -> Rows:
    """Return the models, but for the best one, that may be in the ensemble, by number.

    A model that was asked on fewer than `FEW_ITEMS` of the items where the best one fails may be.
    """
    pool, rows = block(state.scores, state.best, state.size)
    failed = rows[state.scores[rows, state.best] < 1]
    judges = pool[pool != state.best]
    groups: dict[bytes, list[int]] = {}
    for model in range(state.scores.shape[1]):
        if model != state.best:
            groups.setdefault(state.asked[failed, model].tobytes(), []).append(model)
    found: list[int] = []
    for models in groups.values():
        common = failed[state.asked[failed, models[0]]]
        if len(common) < FEW_ITEMS:
            found += models
        else:
            found += sorted(_winners(state, common, np.union1d(judges, models)) & set(models))
    return np.array(sorted(found), dtype=np.intp)


def _winners(state: State, items: Rows, models: Rows) -> set[int]:
    """Return the models that samples of some items choose."""
    rng = np.random.default_rng([state.seed, len(items)])
    draws = rng.multinomial(len(items), np.full(len(items), 1 / len(items)), size=DRAWS)
    right = state.scores[np.ix_(items, models)]
    chosen = greedy_ensembles(right, draws.astype(float), state.size - 1)
    return set(models[np.unique(chosen)].tolist())


def greedy_ensembles(right: Floats, weights: Floats, size: int) -> Rows:
    """Return greedy ensembles for many weights of items at once.

    Among equals the model with the larger share of right answers is taken, then the first.

    Parameters
    ----------
    right : ndarray of shape (items, models)
        Marks in [0, 1].
    weights : ndarray of shape (draws, items)
    size : int

    Returns
    -------
    ndarray of int of shape (draws, min(size, models))

    Examples
    --------
    >>> right = np.array([[1.0, 1, 0], [1, 0, 0], [0, 0, 1]])
    >>> greedy_ensembles(right, np.array([[1.0, 1, 1], [1, 1, 0]]), 2).tolist()
    [[0, 2], [0, 1]]
    """
    draws, models = len(weights), right.shape[1]
    size = min(size, models)
    chosen = np.empty((draws, size), dtype=np.intp)
    covered = np.zeros((draws, len(right)))
    tie = _TIE * right.mean(axis=0)
    taken = np.zeros((draws, models), dtype=bool)
    for k in range(size):
        gains = np.empty((draws, models))
        for model in range(models):
            more = np.maximum(right[:, model] - covered, 0)
            gains[:, model] = (weights * more).sum(axis=1)
        gains = np.where(taken, -np.inf, gains + tie)
        chosen[:, k] = gains.argmax(axis=1)
        taken[np.arange(draws), chosen[:, k]] = True
        covered = np.maximum(covered, right[:, chosen[:, k]].T)
    return chosen
