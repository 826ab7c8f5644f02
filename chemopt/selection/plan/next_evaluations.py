"""`next_evaluations`: which model to ask on which item next, for a better selection."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.frames import frame_records
from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import NO_ANSWER, Outcomes
from chemopt.selection.plan.policies import (
    METHODS,
    Method,
    asked_where_best_fails,
    cost_of_item,
    exploring,
    policy,
)
from chemopt.selection.plan.state import Call, State, Wallet
from chemopt.selection.plan.usable import block, checked_best
from chemopt.selection.select import DEFAULT_SIZE
from chemopt.validation import choice, instance_of, number, shown, whole
from chemopt.wording import counted

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes

EXPLORE = 0.5


@dataclass(frozen=True)
class Expected:
    """What is expected of a plan.

    Attributes
    ----------
    best_model : str or None
        The best model so far; None without any outcome.
    failure_rate : float or None
        How often it is expected to fail on a new item.
    calls : int
        Calls to make now.
    cost : float or None
        What they cost; None without prices.
    items_now : int
        Items that a selection may use at present.
    items : int
        Items that it may be expected to use when all is spent as planned.
    items_if_all : int
        Items that it might use if all models were asked on new items instead.
    """

    best_model: str | None
    failure_rate: float | None
    calls: int
    cost: float | None
    items_now: int
    items: int
    items_if_all: int


@dataclass(frozen=True, eq=False)
class EvaluationPlan:
    """The next calls.

    Attributes
    ----------
    calls : DataFrame
        In the order of asking: `model`, `task` (if items have one), `item`, `reason`, and `cost`
        if prices are given. Empty when the plan is done.
    expected : Expected
    method : str
    seed : int
    """

    calls: pd.DataFrame
    expected: Expected
    method: Method
    seed: int

    def summary(self) -> str:
        """Return what is known and expected, a sentence a line."""
        of = self.expected
        cost = "" if of.cost is None else f" for {of.cost:g}"
        plan = (
            f"{counted(of.calls, 'call')} now{cost}.\nA selection may use "
            f"{counted(of.items_now, 'item')} at present, and about {of.items} when all is spent "
            f"({of.items_if_all} if all models are asked on new items)."
        )
        if of.best_model is None or of.failure_rate is None:
            return f"Nothing is known yet.\n{plan}"
        return (
            f"{of.best_model!r} is the best model so far, and is expected to fail on "
            f"{100 * of.failure_rate:.0f} % of new items.\n{plan}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "calls": frame_records(self.calls),
            "expected": asdict(self.expected),
            "method": self.method,
            "seed": self.seed,
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how many calls of each model there are, and why: `chemopt.plots.plan`."""
        from chemopt.plots.outcomes import plan as draw_plan

        of = self.expected
        about = (
            f"method {self.method}: a selection may use {counted(of.items_now, 'item')} now, about "
            f"{of.items} when all is spent"
        )
        return draw_plan(self.calls, about=about, ax=ax)


def next_evaluations(
    outcomes: Outcomes,
    calls: int | None = None,
    *,
    max_cost: float | None = None,
    prices: Mapping[str, float] | pd.Series[float] | None = None,
    batch: int | None = None,
    size: int | None = None,
    method: Method = "failure",
    explore: float = EXPLORE,
    best: str | None = None,
    new_models: Collection[str] = (),
    seed: int = 0,
) -> EvaluationPlan:
    """Say which model to ask on which item next, for a better selection by coverage.

    The plan goes on with what comes out: make these calls, add their outcomes, and ask again with
    what is left to spend, until no call is left. `usable_outcomes` then says what `select` may use.

    Parameters
    ----------
    outcomes : Outcomes
        With gaps: ``load_outcomes(data, missing="keep")``. Items and models to ask on are in the
        table, with blank outcomes.
    calls : int, optional
        Calls that are left. Either `calls` or `max_cost` is needed.
    max_cost : float, optional
        Money that is left; needs `prices`.
    prices : mapping or Series, optional
        What a call of each model costs.
    batch : int, optional
        Most calls to return. Without it, all are returned that need not wait for an outcome.
    size : int, optional
        Members that will be selected, at least 2; 3 if not given, or as many as there are.
    method : {"failure", "race", "all"}
        See `chemopt.selection.plan.policies`.
    explore : float
        The share of all calls (those made are counted) for asking all models on the same items,
        in [0, 1]; for ``"all"`` it is 1.
    best : str, optional
        The best model, where it is known better than from the outcomes.
    new_models : collection of str
        Models that are not in the table yet.
    seed : int
        Of the order of items, and of resamples.

    Raises
    ------
    InputError
        An option is not valid, or a price is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes
    >>> frame = pd.DataFrame({"item": ["q1", "q2", "q3", "q4", "q5"],
    ...     "ada": [1, 1, 0, None, None], "bea": [0, 1, None, None, None]})
    >>> plan = next_evaluations(load_outcomes(frame, missing="keep"), calls=3, size=2)
    >>> plan.calls[["model", "item", "reason"]]
      model item                        reason
    0   bea   q3             'ada' fails on it
    1   ada   q5  the best model on a new item
    """
    instance_of(
        "next_evaluations needs Outcomes", outcomes, Outcomes,
        "load them: load_outcomes(data, missing='keep')",
    )  # fmt: skip
    outcomes = with_models(outcomes, new_models)
    pool = len(outcomes.models)
    wallet = _wallet(outcomes, calls, max_cost, prices)
    most = math.inf if batch is None else whole("batch", batch, 1)
    size = whole("size", min(DEFAULT_SIZE, pool) if size is None else size, 2, pool)
    choice("method", method, METHODS)
    explore = number("explore", explore, 0, 1)
    whole("seed", seed, 0)
    name = checked_best(outcomes, best)
    state = State(
        outcomes=outcomes,
        leader=None if name is None else outcomes.models.index(name),
        size=size,
        explore=1.0 if method == "all" else explore,
        seed=seed,
        wallet=replace(wallet),
    )
    cheapest = int(wallet.prices.argmin())
    chosen: list[Call] = []
    taken: set[tuple[int, int]] = set()
    for calls_of_item in policy(method, state):
        group = [call for call in calls_of_item if call[:2] not in taken]
        models = [model for _, model, _ in group]
        if state.wallet.affords(models):
            state.wallet.pay(models)
            chosen += group
            taken |= {call[:2] for call in group}
        if len(chosen) >= most or not state.wallet.affords([cheapest]):
            break
    chosen = chosen if batch is None else chosen[:batch]
    frame = _frame(state, chosen, prices is not None)
    return EvaluationPlan(
        frame, _expected(replace(state, wallet=wallet), method, frame), method, seed
    )


def with_models(outcomes: Outcomes, models: Collection[str]) -> Outcomes:
    """Return outcomes with further models, which have none yet.

    Raises
    ------
    InputError
        A name is not one, or is that of a model of the table.
    """
    if isinstance(models, str) or not isinstance(models, Collection):
        raise InputError(f"new_models must be a collection of names, not {shown(models)}")
    for name in models:
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"new_models: {shown(name)} is not the name of a model")
        if name in outcomes.models or list(models).count(name) > 1:
            raise InputError(f"new_models: {name!r} is there already")
    if not models:
        return outcomes
    names = [*outcomes.models, *models]
    order = np.argsort(np.array(names, dtype=object), kind="stable")

    def wider(array: Any, empty: float) -> Any:
        if array is None:
            return None
        added = np.full((len(array), len(models)), empty, dtype=array.dtype)
        return np.hstack([array, added])[:, order]

    return replace(
        outcomes,
        models=tuple(names[k] for k in order),
        scores=wider(outcomes.scores, np.nan),
        answers=wider(outcomes.answers, NO_ANSWER),
        cost=wider(outcomes.cost, np.nan),
        latency=wider(outcomes.latency, np.nan),
    )


def _wallet(
    outcomes: Outcomes,
    calls: int | None,
    max_cost: float | None,
    prices: Mapping[str, float] | pd.Series[float] | None,
) -> Wallet:
    """Check what may be spent."""
    if calls is None and max_cost is None:
        raise InputError("a plan needs calls or a largest cost: what may be spent")
    if max_cost is not None and prices is None:
        raise InputError("max_cost needs prices: what a call of each model costs")
    return Wallet(
        calls=math.inf if calls is None else whole("calls", calls, 0),
        money=math.inf if max_cost is None else number("max_cost", max_cost, 0),
        prices=np.zeros(len(outcomes.models)) if prices is None else _prices(outcomes, prices),
    )


def _prices(outcomes: Outcomes, prices: Mapping[str, float] | pd.Series[float]) -> Floats:
    instance_of(
        "prices must be a mapping or Series of models to what a call costs",
        prices,
        (Mapping, pd.Series),
    )
    if isinstance(prices, pd.Series) and not prices.index.is_unique:
        raise InputError(f"prices: {prices.index[prices.index.duplicated()][0]!r} is given twice")
    for name in outcomes.models:
        if name not in prices:
            raise InputError(f"prices: there is none of {name!r}")
        if not isinstance(prices[name], Real):
            raise InputError(f"prices: that of {name!r} is {shown(prices[name])}, not a number")
    return np.array([number(f"the price of {name!r}", prices[name], 0) for name in outcomes.models])


def _frame(state: State, chosen: list[Call], priced: bool) -> pd.DataFrame:
    rows = [row for row, _, _ in chosen]
    models = [model for _, model, _ in chosen]
    items = state.outcomes.items[rows].to_frame(index=False)
    frame = pd.DataFrame({"model": [state.outcomes.models[model] for model in models]})
    frame = pd.concat([frame, items], axis=1)
    frame["reason"] = [reason for _, _, reason in chosen]
    if priced:
        frame["cost"] = state.wallet.prices[models]
    return frame


def _expected(state: State, method: Method, frame: pd.DataFrame) -> Expected:
    """Say what is expected, from the state before the calls."""
    left, everyone = state.wallet.left, float(state.wallet.units.sum())
    now = begun = 0
    owed = 0.0
    others = np.arange(len(state.outcomes.models))
    if state.leader is not None:
        now = len(block(state.scores, state.best, state.size)[1])
        begun = len(state.failed) + len(state.right)
        others = asked_where_best_fails(method, state)
        open_calls = ~state.asked[np.ix_(state.failed, others)]
        owed = float(open_calls.sum(axis=0) @ state.wallet.units[others])
    unseen = len(state.scores) - begun

    def more(spent: float, price: float) -> int:
        """Return how many new items can be paid."""
        if price == 0 or math.isinf(spent):
            return unseen
        return max(0, min(unseen, int(spent / price)))

    items_if_all = items = begun + more(left - owed, everyone)
    if method != "all" and state.leader is not None:
        common = 0.0
        if exploring(state):
            common = state.explore * (state.spent + left) - state.spent
        later = more(left - common - owed, cost_of_item(state, others))
        items = begun + min(unseen, more(common, everyone) + later)
    return Expected(
        best_model=None if state.leader is None else state.outcomes.models[state.best],
        failure_rate=None if state.leader is None else state.failure_rate,
        calls=len(frame),
        cost=float(frame["cost"].sum()) if "cost" in frame else None,
        items_now=now,
        items=items,
        items_if_all=items_if_all,
    )
