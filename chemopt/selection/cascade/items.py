"""What a cascade is made of: weighted patterns of right and wrong, with costs.

Items with the same right and wrong answers are one pattern. Unlike in `chemopt.outcomes.patterns`,
items that no model gets right are kept: every model of a cascade is asked on them, and paid for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.numerics import SUM_TOLERANCE, Floats
from chemopt.outcomes.outcomes import Outcomes
from chemopt.problem.attributes import attribute_number, checked_attributes
from chemopt.wording import meant

Bools = npt.NDArray[np.bool_]
Prices: TypeAlias = "Mapping[str, float] | pd.Series[Any] | pd.DataFrame | npt.NDArray[Any]"
CostColumn = Literal["cost", "latency"]
COST_COLUMNS: tuple[CostColumn, ...] = get_args(CostColumn)
#: The attribute that holds the price of a model.
PRICE = "price"


@dataclass(frozen=True, eq=False)
class CascadeItems:
    """Weighted patterns with the costs of their items.

    Attributes
    ----------
    models : tuple of str
    right : ndarray of bool of shape (P, n)
        r: whether the model is right.
    weights : ndarray of shape (P,)
        w: the number of items.
    cost : ndarray of shape (P, n)
        What asking the model on all items of the pattern costs.
    latency : ndarray of shape (P, n), optional
        How long that takes, one item after the other.
    prices : ndarray of shape (n,), optional
        Where every item costs the same: ``cost = weights[:, None] * prices``.
    """

    models: tuple[str, ...]
    right: Bools
    weights: Floats
    cost: Floats
    latency: Floats | None = None
    prices: Floats | None = None

    @property
    def total(self) -> float:
        """The number of items."""
        return float(self.weights.sum())

    @property
    def accuracy(self) -> Floats:
        """The share of items that each model gets right, of shape (n,)."""
        return (self.weights @ self.right) / self.total

    def take_models(self, columns: list[int]) -> CascadeItems:
        """Return the items with some of the models, given by number."""
        return replace(
            self,
            models=tuple(self.models[k] for k in columns),
            right=self.right[:, columns],
            cost=self.cost[:, columns],
            latency=None if self.latency is None else self.latency[:, columns],
            prices=None if self.prices is None else self.prices[columns],
        )


def item_costs(outcomes: Outcomes, prices: Prices | None, column: CostColumn = "cost") -> Floats:
    """Return what each answer costs.

    Parameters
    ----------
    outcomes : Outcomes
    prices : mapping, Series, DataFrame or ndarray, optional
        One price for each model: a mapping or a Series, or a DataFrame with a column `price` and
        the models as index or in a column `model`. Or one for each item and model: an array of
        shape (items, models), or a DataFrame with the models as columns, in the order of the items.
    column : {"cost", "latency"}
        Without `prices`: what of the outcomes is the cost.

    Returns
    -------
    ndarray of shape (items, models) or (models,)

    Raises
    ------
    InputError
        A price is missing, not a number, or below 0.

    Examples
    --------
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(pd.DataFrame({"a": [1, 0], "b": [1, 1]}))
    >>> item_costs(outcomes, {"a": 1, "b": 5}).tolist()
    [1.0, 5.0]
    """
    if prices is None:
        known = getattr(outcomes, column)
        if known is None:
            raise InputError(
                f"{outcomes.source}: there is no column {column!r}, so nothing says what an answer "
                "costs; give prices (--prices FILE)"
            )
        return np.asarray(known, dtype=float)
    if isinstance(prices, np.ndarray):
        return _checked(outcomes, _numbers(prices))
    if isinstance(prices, pd.DataFrame) and set(outcomes.models) <= set(prices.columns):
        return _checked(outcomes, _numbers(prices[list(outcomes.models)].to_numpy()))
    return _by_model(outcomes, prices)


def _numbers(values: npt.NDArray[Any]) -> Floats:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError("prices: an array of costs must hold numbers") from None


def _checked(outcomes: Outcomes, costs: Floats) -> Floats:
    """Return an array of costs, of an item and model each."""
    shape = (len(outcomes), len(outcomes.models))
    if costs.shape != shape:
        raise InputError(
            f"prices: an array must have a row for each item and a column for each model, {shape}, "
            f"not {costs.shape}"
        )
    bad = ~(np.isfinite(costs) & (costs >= 0))
    if bad.any():
        item, model = (int(k) for k in np.argwhere(bad)[0])
        raise InputError(
            f"prices: {costs[item, model]} of {outcomes.models[model]!r} on item "
            f"{outcomes.items[item]!r} is not a cost of at least 0"
        )
    return costs


def _by_model(outcomes: Outcomes, prices: Any) -> Floats:
    """Return one price for each model."""
    if isinstance(prices, pd.DataFrame):
        table = checked_attributes(prices)
        if PRICE not in table.columns:
            hint = meant(PRICE, table.columns if len(table.columns) else ["none"])
            raise InputError(f"prices: there is no column {PRICE!r}; {hint}")
        given: dict[Any, Any] = table[PRICE].to_dict()
    elif isinstance(prices, pd.Series | Mapping):
        if isinstance(prices, pd.Series) and not prices.index.is_unique:
            raise InputError("prices: a model is given twice")
        given = dict(prices.items())
    else:
        raise InputError(
            "prices must be a mapping of models to prices, a table with a column 'price', or an "
            f"array of items and models, not {type(prices).__name__}"
        )
    found = []
    for model in outcomes.models:
        if model not in given:
            raise InputError(f"prices: there is no price of {model!r}")
        price = attribute_number(PRICE, model, given[model])
        if price < 0:
            raise InputError(f"prices: the price of {model!r} is {price:g}, below 0")
        found.append(price)
    return np.array(found)


def cascade_items(outcomes: Outcomes, costs: Floats, latency: Floats | None = None) -> CascadeItems:
    """Merge items into weighted patterns.

    Parameters
    ----------
    outcomes : Outcomes
        Of right and wrong, without marks between.
    costs : ndarray of shape (items, models) or (models,)
        From `item_costs`.
    latency : ndarray of shape (items, models), optional

    Raises
    ------
    InputError
        There are marks between right and wrong.

    Examples
    --------
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(pd.DataFrame({"a": [1, 0, 0], "b": [1, 0, 0]}))
    >>> found = cascade_items(outcomes, np.array([[1.0, 5], [2, 5], [3, 5]]))
    >>> found.right.tolist(), found.weights.tolist(), found.cost.tolist()
    ([[False, False], [True, True]], [2.0, 1.0], [[5.0, 10.0], [1.0, 5.0]])
    """
    if not outcomes.binary:
        raise InputError(
            "a cascade ends at a right answer, so outcomes must be right or wrong (0 or 1); say "
            "which marks count as right before loading them"
        )
    right = outcomes.scores > 0
    packed = np.ascontiguousarray(np.packbits(right, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    which = which.ravel()
    weights = np.bincount(which).astype(float)

    def summed(values: Floats) -> Floats:
        return np.column_stack([np.bincount(which, weights=column) for column in values.T])

    prices = costs if costs.ndim == 1 else None
    return CascadeItems(
        models=outcomes.models,
        right=right[first],
        weights=weights,
        cost=weights[:, None] * costs if prices is not None else summed(costs),
        latency=None if latency is None else summed(latency),
        prices=prices,
    )


def decimal_ceiling(share: float, total: float) -> float:
    """Return how many of some items are at least a share of them, as a decimal number is meant.

    Examples
    --------
    >>> decimal_ceiling(0.07, 100)
    7.0
    """
    return float(math.ceil(share * total - SUM_TOLERANCE * max(1.0, total)))
