"""The cost of a set of models.

For a set X, the *used* models are those with accuracy above `usage_threshold`. Sorted by
quality, best first, the r-th of them adds `w_r · p` to the cost, where p = (1 − q/10)(1 − a)
is its penalty and w_r the rank weight (1/r by default). Ties in quality are broken by
accuracy, larger first, and then by name. A set without a used model costs `empty_cost`.

Source: arXiv 2510.03930, section 3. The model interaction graph (`chemopt.chemistry.mig`) and
chemistry (`chemopt.chemistry.compute`) need only what `CostOracle` declares, so your own cost can
take the place of `ProfileCost`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from chemopt.errors import InputError
from chemopt.profiles.profiles import USAGE_THRESHOLD, Profiles
from chemopt.validation import choice, instance_of, number
from chemopt.wording import meant

LEARN = "learn them: learn_profiles(history)"

RankWeight = Callable[[int], float]
Weights = Literal["reciprocal", "uniform"]


def reciprocal(rank: int) -> float:
    """Return the rank weight 1/r, the published choice: the first model counts most."""
    return 1.0 / rank


def uniform(rank: int) -> float:
    """Return the rank weight 1 for every rank: penalties add up, and no pair interacts."""
    return 1.0


RANK_WEIGHTS: dict[Weights, RankWeight] = {"reciprocal": reciprocal, "uniform": uniform}


@dataclass(frozen=True)
class CostOptions:
    """Options of the profile cost; the only place of their defaults and checks.

    Attributes
    ----------
    usage_threshold : float
        A model is used when its accuracy is strictly above this; in [0, 1].
    empty_cost : float or None
        Cost of a set without a used model. 1.0 is the published choice; it dominates most
        tables, because penalties are far below 1. None leaves such sets without a cost (NaN),
        and so out of chemistry, which then compares models with each other.
    weights : {"reciprocal", "uniform"} or callable
        Rank weight w_r for r = 1, 2, …; finite and at least 0.

    Raises
    ------
    InputError
        An option is out of its range.
    """

    usage_threshold: float = USAGE_THRESHOLD
    empty_cost: float | None = 1.0
    weights: Weights | RankWeight = "reciprocal"

    def __post_init__(self) -> None:
        threshold = number("usage_threshold", self.usage_threshold, 0, 1)
        object.__setattr__(self, "usage_threshold", threshold)
        if self.empty_cost is not None:
            empty_cost = number("empty_cost", self.empty_cost, 0, 1e9)
            object.__setattr__(self, "empty_cost", empty_cost)
        if not callable(self.weights):
            choice("weights (or a callable)", self.weights, RANK_WEIGHTS)

    @property
    def rank_weight(self) -> RankWeight:
        """The function from a rank to its weight."""
        return self.weights if callable(self.weights) else RANK_WEIGHTS[self.weights]

    @property
    def weights_name(self) -> str:
        """The name of the weights; only chemopt's own have the plain names of `RANK_WEIGHTS`."""
        for name, function in RANK_WEIGHTS.items():
            if self.rank_weight is function:
                return name
        kind = type(self.rank_weight).__qualname__
        return "callable " + str(getattr(self.rank_weight, "__qualname__", kind))


DEFAULTS = CostOptions()


@runtime_checkable
class CostOracle(Protocol):
    """A cost: its models, which of a set it uses, and what the set costs.

    `cost(X)` must depend only on `used(X)`, and a set X with used(Y) ⊆ X ⊆ Y must use what Y
    uses. A cost is at least 0, or NaN where it is not defined.
    """

    @property
    def models(self) -> tuple[str, ...]:
        """All models of the pool."""
        ...

    def used(self, X: Iterable[str]) -> frozenset[str]:
        """Return the models of X that contribute to its cost."""
        ...

    def cost(self, X: Iterable[str]) -> float:
        """Return the cost of X."""
        ...


class ProfileCost:
    """The rank-weighted penalty cost of a set of profiled models.

    Parameters
    ----------
    profiles : Profiles
    usage_threshold, empty_cost, weights
        See `CostOptions`.

    Raises
    ------
    InputError
        An option is out of its range, or a rank weight is not a number of at least 0.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import Profiles
    >>> oracle = ProfileCost(Profiles.from_frame(pd.DataFrame({
    ...     "model": ["a", "b", "c"], "quality": [9.0, 6.0, 5.0], "accuracy": [0.9, 0.75, 0.3]})))
    >>> round(oracle.cost({"a"}), 9), round(oracle.cost({"a", "b"}), 9)
    (0.01, 0.06)
    >>> oracle.cost({"c"})
    1.0
    """

    def __init__(
        self,
        profiles: Profiles,
        *,
        usage_threshold: float = DEFAULTS.usage_threshold,
        empty_cost: float | None = DEFAULTS.empty_cost,
        weights: Weights | RankWeight = DEFAULTS.weights,
    ) -> None:
        instance_of("ProfileCost needs profiles", profiles, Profiles, LEARN)
        self.profiles = profiles
        self.options = CostOptions(usage_threshold, empty_cost, weights)
        quality, accuracy = (
            profiles.frame[column].to_numpy(dtype=float) for column in ("quality", "accuracy")
        )
        penalty = (1 - quality / 10) * (1 - accuracy)
        models = profiles.models
        ranked = sorted(
            np.flatnonzero(accuracy > self.options.usage_threshold).tolist(),
            key=lambda k: (-quality[k], -accuracy[k], models[k]),
        )
        #: The used models, best first: the order in which ranks are given.
        self.order: tuple[str, ...] = tuple(models[k] for k in ranked)
        #: Penalties of `order`, in [0, 1].
        self.penalty: npt.NDArray[np.float64] = penalty[ranked]
        self.rank_weight = self._rank_weights()
        if not (np.isfinite(self.rank_weight).all() and (self.rank_weight >= 0).all()):
            raise InputError(
                f"weights: {self.options.weights_name} gives a rank weight that is not ≥ 0"
            )
        self._position = {model: k for k, model in enumerate(self.order)}
        self._pool = frozenset(profiles.models)
        empty = self.options.empty_cost
        self._cost_of_none = math.nan if empty is None else empty

    def _rank_weights(self) -> npt.NDArray[np.float64]:
        try:
            weight = self.options.rank_weight
            return np.array([float(weight(r)) for r in range(1, len(self.order) + 1)])
        except (TypeError, ValueError, ArithmeticError) as error:
            raise InputError(
                f"weights: {self.options.weights_name} gives no number for some rank: {error}"
            ) from error

    @property
    def models(self) -> tuple[str, ...]:
        """All models of the pool, used or not."""
        return self.profiles.models

    def used(self, X: Iterable[str]) -> frozenset[str]:
        """Return the models of X with accuracy above the usage threshold."""
        return frozenset(self._known(X) & self._position.keys())

    def cost(self, X: Iterable[str]) -> float:
        """Return the cost of X: at least 0, or NaN if no model is used and `empty_cost` is None."""
        positions = sorted(self._position[m] for m in self._known(X) if m in self._position)
        if not positions:
            return self._cost_of_none
        terms = (w * self.penalty[k] for w, k in zip(self.rank_weight, positions, strict=False))
        return math.fsum(terms)

    def subset_costs(self) -> npt.NDArray[np.float64]:
        """Return the costs of all 2ⁿ sets of used models; bit k of the index is `order[k]`.

        The array doubles with each model: the number of models before it determines its rank.
        """
        costs: npt.NDArray[np.float64] = np.zeros(1)
        size: npt.NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        for penalty in self.penalty:
            costs = np.concatenate([costs, costs + self.rank_weight[size] * penalty])
            size = np.concatenate([size, size + 1])
        costs[0] = self._cost_of_none
        return costs

    def _known(self, X: Iterable[str]) -> frozenset[str]:
        if isinstance(X, str):
            raise InputError(f"a set of models is needed, not the single string {X!r}")
        models = frozenset(X)
        if not models <= self._pool:
            unknown = min(models - self._pool, key=str)
            raise InputError(
                f"unknown model {unknown!r}; {meant(unknown, self.models, 'the pool has')}"
            )
        return models


def as_oracle(
    profiles: CostOracle | Profiles, options: CostOptions = DEFAULTS, *, caller: str
) -> CostOracle:
    """Return the `ProfileCost` of profiles with these options, or an oracle unchanged.

    Raises
    ------
    InputError
        It is neither, or there are options besides an oracle, which has its own; the message
        names the caller.
    """
    if isinstance(profiles, Profiles):
        return ProfileCost(
            profiles,
            usage_threshold=options.usage_threshold,
            empty_cost=options.empty_cost,
            weights=options.weights,
        )
    instance_of(f"{caller} needs profiles (or a cost oracle)", profiles, CostOracle, LEARN)
    if options != DEFAULTS:
        raise InputError(
            "usage_threshold, empty_cost and weights belong to the cost of profiles; "
            "a cost oracle has its own, so set them there"
        )
    return profiles
