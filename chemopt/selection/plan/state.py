"""What a plan starts from: outcomes with gaps, what may be spent, and an order of the items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes
from chemopt.problem.decimal_sum import DecimalSum

Rows = npt.NDArray[np.intp]
#: An item and a model, by number, and why it is asked.
Call = tuple[int, int, str]


@dataclass
class Wallet:
    """What is left to spend.

    Attributes
    ----------
    calls, money : float
        Infinite where there is no limit.
    prices : ndarray of shape (models,)
        Of a call; 0 if they are not known.
    """

    calls: float
    money: float
    prices: Floats

    def __post_init__(self) -> None:
        self._sum = DecimalSum.of(self.prices, self.money if math.isfinite(self.money) else 0.0)

    @property
    def units(self) -> Floats:
        """What a call of each model takes of the scarcer limit: its price, or 1 call."""
        return self.prices if np.isinf(self.calls) else np.ones(len(self.prices))

    @property
    def left(self) -> float:
        """What is left, in the same units."""
        return self.money if np.isinf(self.calls) else self.calls

    def affords(self, models: list[int]) -> bool:
        """Return whether a call of each of these models can be paid; prices are decimal numbers."""
        return len(models) <= self.calls and (math.isinf(self.money) or self._sum.is_met(models))

    def pay(self, models: list[int]) -> None:
        """Take what these calls cost."""
        self.calls -= len(models)
        if math.isfinite(self.money):
            self._sum = self._sum.less(models)
            self.money = self._sum.slack([])


@dataclass(frozen=True, eq=False)
class State:
    """What is known, and how to go on.

    Attributes
    ----------
    outcomes : Outcomes
        With gaps.
    leader : int or None
        The best model; None where nothing is known.
    size : int
        Members that are wanted.
    explore : float
        The share of all calls, past and future, for asking all models on the same items.
    seed : int
        Of the order of items that nobody was asked on, and of resamples.
    wallet : Wallet
    """

    outcomes: Outcomes
    leader: int | None
    size: int
    explore: float
    seed: int
    wallet: Wallet

    @property
    def scores(self) -> Floats:
        """The outcomes, of shape (items, models)."""
        return self.outcomes.scores

    @property
    def best(self) -> int:
        """The best model, where something is known."""
        assert self.leader is not None, "there are outcomes"
        return self.leader

    @cached_property
    def asked(self) -> npt.NDArray[np.bool_]:
        """Which outcomes are known."""
        return ~np.isnan(self.scores)

    @cached_property
    def order(self) -> Rows:
        """The items in the order of asking: those on which most is known first, then at random."""
        random = np.random.default_rng(self.seed).permutation(len(self.scores))
        return random[np.argsort(-self.asked[random].sum(axis=1), kind="stable")]

    @cached_property
    def right(self) -> Rows:
        """The items that the best model gets right, in the order of asking."""
        return self._where(self.scores[:, self.best] == 1)

    @cached_property
    def failed(self) -> Rows:
        """The items that the best model was asked on and fails, in the order of asking."""
        return self._where(self.scores[:, self.best] < 1)

    @cached_property
    def new(self) -> Rows:
        """The items that the best model was not asked on, in the order of asking."""
        return self._where(~self.asked[:, self.best])

    def _where(self, chosen: npt.NDArray[np.bool_]) -> Rows:
        rows: Rows = self.order[chosen[self.order]]
        return rows

    @cached_property
    def failure_rate(self) -> float:
        """How often the best model fails on a new item, by Laplace's rule of succession."""
        failed, right = len(self.failed), len(self.right)
        return (failed + 1) / (failed + right + 2)

    @cached_property
    def spent(self) -> float:
        """What the known outcomes took, in the units of the wallet."""
        return float(self.asked.sum(axis=0) @ self.wallet.units)

    @property
    def best_name(self) -> str:
        """The name of the best model, quoted."""
        return repr(self.outcomes.models[self.best])
