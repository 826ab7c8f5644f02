"""The order of asking, by method.

``all``
    All models on new items: what is done without a plan.
``failure``
    All models on the same items for a share of the calls (`explore`). Then only the best model on
    new items, and the others only where it fails. Elsewhere their outcomes change no coverage of an
    ensemble with the best model (`chemopt.selection.plan.usable`).
``race``
    The same; but of the others only those that may still be in the ensemble
    (`chemopt.selection.plan.race`).

A policy yields calls in groups: a group is of one item, which without the whole group is of no use.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np

from chemopt.selection.plan.cold_start import cold_start
from chemopt.selection.plan.race import contenders
from chemopt.selection.plan.state import Call, Rows, State

Method = Literal["failure", "race", "all"]
METHODS: tuple[Method, ...] = get_args(Method)
# Of the new items that are likely to be paid for, this part is asked at once: the more the best
# model is asked beforehand, the more items may be left without the others.
_AT_ONCE = 0.5
Group = list[Call]


def policy(method: Method, state: State) -> Iterator[Group]:
    """Yield the calls that can be made before any of their outcomes is known."""
    yield from cold_start(state)
    if method == "all" or exploring(state):
        yield from _everyone(state, None if method == "all" else state.explore)
        return
    others = asked_where_best_fails(method, state)
    yield from _where_best_fails(state, others)
    yield from _new_items(state, others)


def exploring(state: State) -> bool:
    """Return whether all models are to be asked on one more item at least."""
    return next(_everyone(state, state.explore), None) is not None


def asked_where_best_fails(method: Method, state: State) -> Rows:
    """Return the models that are asked where the best one fails, by number."""
    if method == "race":
        return contenders(state)
    return np.delete(np.arange(state.scores.shape[1]), state.best)


def cost_of_item(state: State, others: Rows) -> float:
    """Return what a new item takes on average: the best model, and the others if it fails."""
    units = state.wallet.units
    return float(units[state.best] + state.failure_rate * units[others].sum())


def _everyone(state: State, share: float | None) -> Iterator[Group]:
    """Ask all models on the same items, for a share of all calls, but on one item at least."""
    total = state.spent + state.wallet.left
    left = np.inf if share is None else share * total - state.spent
    begun = state.leader is not None
    for row in state.order:
        models = np.flatnonzero(~state.asked[row])
        if not len(models):
            continue
        price = float(state.wallet.units[models].sum())
        if begun and price > left:
            return
        begun, left = True, left - price
        yield [(int(row), int(model), "all models on the same item") for model in models]


def _where_best_fails(state: State, others: Rows) -> Iterator[Group]:
    """Ask the others where the best model fails; items that lack the fewest calls come first."""
    missing = ~state.asked[np.ix_(state.failed, others)]
    counts = missing.sum(axis=1)
    reason = f"{state.best_name} fails on it"
    for k in np.argsort(counts, kind="stable"):
        if counts[k]:
            yield [(int(state.failed[k]), int(model), reason) for model in others[missing[k]]]


def _new_items(state: State, others: Rows) -> Iterator[Group]:
    """Ask the best model on new items, if the others could then be asked where it fails."""
    units, left = state.wallet.units, state.wallet.left
    if left < units[state.best] + units[others].sum():
        return
    wanted = len(state.new)
    if np.isfinite(left) and (price := cost_of_item(state, others)) > 0:
        wanted = max(1, int(min(wanted, _AT_ONCE * left / price)))
    for row in state.new[:wanted]:
        yield [(int(row), state.best, "the best model on a new item")]
