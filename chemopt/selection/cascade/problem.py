"""A cascade problem: which cascades are feasible, and what is wanted of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from chemopt.numerics import SUM_TOLERANCE, Floats
from chemopt.problem.constrained import ConstrainedPool, Constraints
from chemopt.selection.cascade.items import CascadeItems
from chemopt.selection.cascade.verifier import Verifier


@dataclass(frozen=True, eq=False)
class CascadeProblem(ConstrainedPool):
    """Choose an order of models that covers most within a budget, or costs least for a target.

    Attributes
    ----------
    items : CascadeItems
    verifier : Verifier
    max_cost : float or None
        Largest expected cost, of all items together.
    target : float or None
        Smallest coverage, in items; one of `max_cost` and `target` is given.
    max_latency : float or None
        Largest expected latency, of all items together.
    constraints : Constraints
        Which sets of models are feasible; |X| is the length of the cascade.

    Raises
    ------
    InputError
        As for `chemopt.ChemistryProblem`.
    """

    items: CascadeItems
    verifier: Verifier = field(default_factory=Verifier)
    max_cost: float | None = None
    target: float | None = None
    max_latency: float | None = None
    constraints: Constraints = field(default_factory=Constraints)

    def __post_init__(self) -> None:
        self._check_constraints()

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S."""
        return self.items.models

    @cached_property
    def pool(self) -> list[int]:
        """The numbers of the models that are not excluded."""
        return [k for k, name in enumerate(self.models) if name not in self.exclude]

    @cached_property
    def free_items(self) -> CascadeItems:
        """The items with the models of `pool` alone, which the methods number from 0."""
        return self.items.take_models(self.pool)

    @property
    def longest(self) -> int:
        """The largest length that any feasible cascade can have."""
        return min(self.size_bounds[1], len(self.pool))

    @cached_property
    def rows(self) -> tuple[Floats, Floats, Floats]:
        """Side constraints low ≤ A x ≤ high over `pool`: A, low, high."""
        constraints = self.side_constraints
        weights = [row.weights[self.pool] for row in constraints]
        return (
            np.array(weights, dtype=float).reshape(len(constraints), len(self.pool)),
            np.array([row.low for row in constraints], dtype=float),
            np.array([row.high for row in constraints], dtype=float),
        )

    @cached_property
    def required(self) -> list[int]:
        """The required models, as numbers in `pool`."""
        return [place for place, k in enumerate(self.pool) if self.models[k] in self.require]

    def allowed(self, members: Sequence[int]) -> bool:
        """Say whether a set, by numbers in `pool`, meets all constraints on its members."""
        chosen = [self.pool[k] for k in members]
        low, high = self.size_bounds
        return (
            low <= len(chosen) <= high
            and set(self.required) <= set(members)
            and not set(self.require) & set(self.exclude)
            and all(row.is_met(chosen) for row in self.side_constraints)
        )

    def within(self, cost: float) -> bool:
        """Say whether an expected cost is within the budget, as decimal numbers are meant."""
        return self.max_cost is None or cost <= with_allowance(self.max_cost)


def with_allowance(limit: float) -> float:
    """Return a limit on a sum of costs, with what rounding can do to the sum."""
    return limit * (1 + SUM_TOLERANCE)
