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


class SelectionData(Protocol):
    """The data of a selection problem; `chemopt.SelectionProblem` is one."""

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S."""
        ...

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


def positive_pairs(matrix: npt.NDArray[np.float64]) -> Iterator[tuple[int, int, float]]:
    """Yield (i, j, c_ij) with i < j for the pairs whose chemistry is not zero."""
    for i, j in np.argwhere(np.triu(matrix, k=1)):
        yield int(i), int(j), float(matrix[i, j])
