"""What a formulation needs to know of a problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt


class LinearConstraintData(Protocol):
    """A linear constraint over the members: low ≤ Σ_i weights_i x_i ≤ high."""

    @property
    def name(self) -> str:
        """What was asked for."""
        ...

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """A weight for each model, of shape (n,)."""
        ...

    @property
    def low(self) -> float:
        """Smallest sum, or −∞."""
        ...

    @property
    def high(self) -> float:
        """Largest sum, or ∞."""
        ...


class ConstrainedData(Protocol):
    """A pool and the constraints on an ensemble of it, which all kinds of problem share."""

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S."""
        ...

    @property
    def size_bounds(self) -> tuple[int, int]:
        """Smallest and largest |X|."""
        ...

    @property
    def require(self) -> Sequence[str]:
        """Models that must be chosen."""
        ...

    @property
    def exclude(self) -> Sequence[str]:
        """Models that must not be chosen."""
        ...

    @property
    def side_constraints(self) -> Sequence[LinearConstraintData]:
        """Budgets, groups, pairs and no-good cuts, as sums over the members."""
        ...


class ChemistryData(ConstrainedData, Protocol):
    """The data of a selection problem; `chemopt.ChemistryProblem` is one."""

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """Chemistry c, of shape (n, n): symmetric, zero diagonal."""
        ...

    @property
    def alpha(self) -> float:
        """Weight α of the inter term, in [0, 1]; the intra term has 1 − α."""
        ...

    @property
    def beta(self) -> float:
        """Size penalty β of each model chosen."""
        ...

    @property
    def m_inter_value(self) -> float:
        """The constant M_inter."""
        ...

    @property
    def m_intra_value(self) -> float:
        """The constant M_intra."""
        ...

    @property
    def inter_limit(self) -> float:
        """Largest inter(X) under the inter constraint; ∞ without it."""
        ...


class PatternData(Protocol):
    """Patterns of right and wrong, with weights."""

    @property
    def right(self) -> npt.NDArray[np.float64]:
        """r, of shape (P, n): 1 where the model is right, else 0."""
        ...

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """w, of shape (P,): the number of items with the pattern."""
        ...


class CoverageData(ConstrainedData, Protocol):
    """The data of a coverage problem; `CoverageProblem` of chemopt is one."""

    @property
    def patterns(self) -> PatternData:
        """What there is to cover."""
        ...


class CostData(Protocol):
    """Patterns of right and wrong, with weights and costs."""

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """r, of shape (P, n): whether the model is right."""
        ...

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """w, of shape (P,): the number of items with the pattern."""
        ...

    @property
    def cost(self) -> npt.NDArray[np.float64]:
        """c, of shape (P, n): what asking the model on all items of the pattern costs."""
        ...

    @property
    def latency(self) -> npt.NDArray[np.float64] | None:
        """l, of shape (P, n), where it is known: how long that takes."""
        ...


class CascadeData(ConstrainedData, Protocol):
    """The data of a cascade problem; `chemopt.selection.cascade.problem.CascadeProblem` is one."""

    @property
    def items(self) -> CostData:
        """What there is to cover, and what it costs."""
        ...

    @property
    def max_cost(self) -> float | None:
        """Largest expected cost of all items together; None with a target."""
        ...

    @property
    def target(self) -> float | None:
        """Smallest coverage, in items; None with a budget."""
        ...

    @property
    def max_latency(self) -> float | None:
        """Largest expected latency of all items together, or None."""
        ...


def positive_pairs(matrix: npt.NDArray[np.float64]) -> Iterator[tuple[int, int, float]]:
    """Yield (i, j, c_ij) with i < j for the pairs whose chemistry is not zero."""
    for i, j in np.argwhere(np.triu(matrix, k=1)):
        yield int(i), int(j), float(matrix[i, j])
