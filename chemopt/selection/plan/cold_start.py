"""What to ask a model first that has hardly any outcome.

Can it join the ensemble, and is it better than the best model? Take the items that the best model
fails, and those that it gets right. A model is *new* while it was asked on fewer of either than
`FEW_ITEMS` and than another model (other than the best). It is asked first

1. on up to `FEW_ITEMS` items that the ensemble selected so far fails, all members of it: only there
   may it add anything to that ensemble;
2. on up to `FEW_ITEMS` random items that the best model gets right: with the others they say how
   accurate it is, and so whether it should take the best model's place.

Then it is asked as all others are, which completes the items where the best model fails.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chemopt.selection.plan.best import FEW_ITEMS
from chemopt.selection.plan.race import greedy_ensembles
from chemopt.selection.plan.state import Call, Rows, State
from chemopt.selection.plan.usable import block


def new_models(state: State) -> list[int]:
    """Return the models that are new, by number."""
    if state.leader is None:
        return []
    new = np.zeros(len(state.outcomes.models), dtype=bool)
    for rows in (state.failed, state.right):
        # A batch may have ended within an item, so one item less does not make a model new.
        new |= _counts(state, rows) + 1 < _enough(state, rows)
    new[state.best] = False
    return [int(model) for model in np.flatnonzero(new)]


def cold_start(state: State) -> Iterator[list[Call]]:
    """Yield the first calls of new models."""
    newcomers = new_models(state)
    if not newcomers:
        return
    for rows, of, reason in (
        (_uncovered(state), state.failed, "new model, on an item that the ensemble fails"),
        (state.right, state.right, f"new model, on an item that {state.best_name} gets right"),
    ):
        wanted = np.maximum(0, _enough(state, of) - _counts(state, of))
        for model in newcomers:
            for row in rows[~state.asked[rows, model]][: wanted[model]]:
                yield [(int(row), model, reason)]


def _counts(state: State, rows: Rows) -> Rows:
    """Return how many of some items each model was asked on."""
    counts: Rows = state.asked[rows].sum(axis=0)
    return counts


def _enough(state: State, rows: Rows) -> int:
    """Return how many of some items are enough: as many as another model was asked on, or few."""
    others = np.delete(_counts(state, rows), state.best)
    return min(FEW_ITEMS, int(others.max(initial=0)))


def _uncovered(state: State) -> Rows:
    """Return the items where the best model and all others of the ensemble so far fail."""
    pool, rows = block(state.scores, state.best, state.size)
    others = pool[pool != state.best]
    failed = rows[state.scores[rows, state.best] < 1]
    if not len(failed) or not len(others):
        return state.failed
    right = state.scores[np.ix_(failed, others)]
    (members,) = greedy_ensembles(right, np.ones((1, len(failed))), state.size - 1)
    ensemble = right[:, members].max(axis=1, initial=0.0)
    uncovered = set(failed[ensemble < 1].tolist())
    return np.array([row for row in state.failed if row in uncovered], dtype=np.intp)
