"""The models that may still be in the ensemble: those that resampled items choose.

Items where the best model fails are drawn anew with replacement, `DRAWS` times, and the ensemble
that the greedy algorithm adds to the best model is looked at: the bootstrap is a posterior sample
of which items there are (Rubin, Annals of Statistics 9, 1981), and asking the models that win in a
sample is Thompson's rule (Biometrika 25, 1933). A model that wins in none of the samples is no
longer asked.
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

    All, while the best model fails on fewer than `FEW_ITEMS` items that the others were asked on.
    """
    pool, rows = block(state.scores, state.best, state.size)
    others = pool[pool != state.best]
    failed = rows[state.scores[rows, state.best] < 1]
    if len(failed) < FEW_ITEMS:
        return np.delete(np.arange(state.scores.shape[1]), state.best)
    rng = np.random.default_rng([state.seed, int(state.asked.sum())])
    draws = rng.multinomial(len(failed), np.full(len(failed), 1 / len(failed)), size=DRAWS)
    right = state.scores[np.ix_(failed, others)]
    winners: Rows = others[np.unique(greedy_ensembles(right, draws.astype(float), state.size - 1))]
    return winners


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
