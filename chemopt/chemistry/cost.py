"""Cost and benefit of a set of models, and the interaction of two.

For a set X, the *used* models are those with accuracy above `usage_threshold`. Sorted by
quality, best first, the r-th of them adds `w_r · p` to the cost, where p = (1 − q/10)(1 − a)
is its penalty and w_r the rank weight (1/r by default). Ties in quality are broken by
accuracy, larger first, and then by name. A set without a used model costs `empty_cost`.

    benefit(Y | X)  = cost(X) − cost(X ∪ Y)
    Δ(a, b, X)      = cost(X ∪ {a, b}) − cost(X ∪ {a}) − cost(X ∪ {b}) + cost(X)

Source: arXiv 2510.03930, section 3. Everything downstream (`chemopt.chemistry.mig`,
`chemopt.chemistry.compute`) needs only the two methods of `CostOracle`, so a cost of your own can
take the place of `ProfileCost`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from chemopt.errors import InputError
from chemopt.profiles.profiles import Profiles
from chemopt.validation import choice, number

RankWeight = Callable[[int], float]


def reciprocal(rank: int) -> float:
    """Rank weight 1/r, the published choice: the first model counts most."""
    return 1.0 / rank


def uniform(rank: int) -> float:
    """Rank weight 1 for every rank: penalties just add up, and no pair interacts."""
    return 1.0


RANK_WEIGHTS: dict[str, RankWeight] = {"reciprocal": reciprocal, "uniform": uniform}


@runtime_checkable
class CostOracle(Protocol):
    """What a cost must offer: its models, which of a set it uses, and what the set costs.

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
        usage_threshold: float = 0.5,
        empty_cost: float | None = 1.0,
        weights: str | RankWeight = "reciprocal",
    ) -> None:
        self.profiles = profiles
        self.usage_threshold = number("usage_threshold", usage_threshold, 0, 1)
        self.empty_cost = None if empty_cost is None else number("empty_cost", empty_cost, 0, 1e9)
        self.weight = _rank_weight(weights)
        self.weights_name = weights if isinstance(weights, str) else _callable_name(self.weight)
        quality, accuracy = (
            profiles.frame[column].to_numpy(dtype=float) for column in ("quality", "accuracy")
        )
        penalty = (1 - quality / 10) * (1 - accuracy)
        models = profiles.models
        ranked = sorted(
            np.flatnonzero(accuracy > usage_threshold).tolist(),
            key=lambda k: (-quality[k], -accuracy[k], models[k]),
        )
        #: The used models, best first: the order in which ranks are given.
        self.order: tuple[str, ...] = tuple(models[k] for k in ranked)
        #: Penalties of `order`, in [0, 1].
        self.penalty: npt.NDArray[np.float64] = penalty[ranked]
        self.rank_weight = self._rank_weights()
        if not (np.isfinite(self.rank_weight).all() and (self.rank_weight >= 0).all()):
            raise InputError(f"weights: {self.weights_name} gives a rank weight that is not ≥ 0")
        self._position = {model: k for k, model in enumerate(self.order)}
        self._pool = frozenset(profiles.models)

    def _rank_weights(self) -> npt.NDArray[np.float64]:
        try:
            return np.array([float(self.weight(r)) for r in range(1, len(self.order) + 1)])
        except (TypeError, ValueError, ArithmeticError) as error:
            raise InputError(
                f"weights: {self.weights_name} gives no number for some rank: {error}"
            ) from error

    @property
    def models(self) -> tuple[str, ...]:
        """All models of the pool, used or not."""
        return self.profiles.models

    def used(self, X: Iterable[str]) -> frozenset[str]:
        """Return the models of X with accuracy above the usage threshold."""
        return frozenset(self._known(X) & self._position.keys())

    def cost(self, X: Iterable[str]) -> float:
        """Return the cost of X: at least 0, or NaN for no used model without `empty_cost`."""
        positions = sorted(self._position[m] for m in self._known(X) if m in self._position)
        if not positions:
            return math.nan if self.empty_cost is None else self.empty_cost
        terms = (w * self.penalty[k] for w, k in zip(self.rank_weight, positions, strict=False))
        return math.fsum(terms)

    def subset_costs(self) -> npt.NDArray[np.float64]:
        """Return the costs of all 2ⁿ sets of used models; bit k of the index is `order[k]`.

        The array doubles with each model, since those before it in the order settle its rank.
        """
        costs: npt.NDArray[np.float64] = np.zeros(1)
        size: npt.NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        for penalty in self.penalty:
            costs = np.concatenate([costs, costs + self.rank_weight[size] * penalty])
            size = np.concatenate([size, size + 1])
        costs[0] = math.nan if self.empty_cost is None else self.empty_cost
        return costs

    def _known(self, X: Iterable[str]) -> frozenset[str]:
        if isinstance(X, str):
            raise InputError(f"a set of models is needed, not the single string {X!r}")
        models = frozenset(X)
        if not models <= self._pool:
            unknown = ", ".join(sorted(map(repr, models - self._pool)))
            raise InputError(f"unknown model {unknown}; the pool has {', '.join(self.models)}")
        return models


def cost(X: Iterable[str], oracle: CostOracle | Profiles) -> float:
    """Return the cost of the set X.

    Parameters
    ----------
    X : iterable of str
        Model names.
    oracle : CostOracle or Profiles
        Profiles stand for ``ProfileCost(profiles)``, with its defaults.
    """
    return as_oracle(oracle).cost(X)


def benefit(Y: Iterable[str], X: Iterable[str], oracle: CostOracle | Profiles) -> float:
    """Return benefit(Y | X) = cost(X) − cost(X ∪ Y): what adding Y to X saves."""
    oracle, X = as_oracle(oracle), frozenset(X)
    return oracle.cost(X) - oracle.cost(X | frozenset(Y))


def interaction(a: str, b: str, X: Iterable[str], oracle: CostOracle | Profiles) -> float:
    """Return Δ(a, b, X); negative when b lowers what a adds to the cost of X.

    Raises
    ------
    InputError
        a and b are the same, or one of them is in X.
    """
    oracle, X = as_oracle(oracle), frozenset(X)
    if a == b or a in X or b in X:
        raise InputError(f"interaction needs two different models outside X, not {a!r}, {b!r}")
    both, with_a, with_b = (oracle.cost(X | extra) for extra in ({a, b}, {a}, {b}))
    return both - with_a - with_b + oracle.cost(X)


def as_oracle(
    profiles: CostOracle | Profiles,
    *,
    usage_threshold: float = 0.5,
    empty_cost: float | None = 1.0,
    weights: str | RankWeight = "reciprocal",
) -> CostOracle:
    """Return the `ProfileCost` of profiles with these options, or an oracle as it is.

    Raises
    ------
    InputError
        Options other than the defaults beside an oracle, which has its own.
    """
    if isinstance(profiles, Profiles):
        return ProfileCost(
            profiles, usage_threshold=usage_threshold, empty_cost=empty_cost, weights=weights
        )
    if (usage_threshold, empty_cost, weights) != (0.5, 1.0, "reciprocal"):
        raise InputError(
            "usage_threshold, empty_cost and weights belong to the cost of profiles; "
            "a cost oracle has its own, so set them there"
        )
    return profiles


def _rank_weight(weights: str | RankWeight) -> RankWeight:
    if callable(weights):
        return weights
    return RANK_WEIGHTS[choice("weights (or a callable)", weights, RANK_WEIGHTS)]


def _callable_name(weights: RankWeight) -> str:
    """Name a callable; only our own weights go by the plain names of `RANK_WEIGHTS`."""
    for name, own in RANK_WEIGHTS.items():
        if weights is own:
            return name
    return "callable " + str(getattr(weights, "__qualname__", type(weights).__qualname__))
