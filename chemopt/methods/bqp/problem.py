"""A binary quadratic problem: a quadratic function of 0/1 variables under linear constraints.

    minimise  f(x) = constant + Σ_i linear_i x_i + Σ_{i<j} Q_ij x_i x_j   over x ∈ {0, 1}ⁿ
    subject to  low_r ≤ Σ_i a_ri x_i ≤ high_r  for each linear constraint (row) r, and
                inter(x) = Σ c_ij over pairs with exactly one end chosen ≤ limit, optionally.

Fixing variables gives a smaller problem of the same kind (`BinaryQuadratic.restrict`). Its
coefficients are sums of coefficients of the larger one, and every coefficient enters one sum only.
Each sum of at most k terms has an error of at most γ_k = k u / (1 − k u) times the sum of their
absolute values (`chemopt.numerics.gamma`). So with `magnitude` the sum of all absolute values, f
at any point of a restricted problem is off by at most `rounding_error` = γ_{2n+16} · magnitude,
which also covers the writing of f in ±1 variables. Limits of linear constraints are rounded
outwards, and the limit of the inter constraint is raised by such an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from chemopt.numerics import gamma, power_of_two_below

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]
# For each variable 0 or 1 if it is fixed, else `FREE`.
Fixing = npt.NDArray[np.int8]

FREE = -1


def _no_rows() -> Floats:
    return np.zeros((0, 0))


def _no_limits() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True, eq=False)
class InterConstraint:
    """The constraint inter(x) ≤ limit.

    With some variables fixed, inter is constant + Σ linear_i x_i − 2 Σ_{i<j} matrix_ij x_i x_j.

    Attributes
    ----------
    matrix : ndarray of shape (n, n)
        Chemistry c: symmetric, zero diagonal.
    linear : ndarray of shape (n,)
    constant, limit : float
    scale : float
        A power of two of the size of the entries.
    restricted : bool
        Whether variables were fixed. If not, inter is Σ c over pairs with exactly one end chosen.
    """

    matrix: Floats
    linear: Floats
    constant: float
    limit: float
    scale: float
    restricted: bool = False

    @classmethod
    def of(cls, matrix: Floats, limit: float) -> InterConstraint:
        """Return the constraint for a chemistry table, with no variable fixed."""
        linear = np.array([math.fsum(row) for row in matrix])
        scale = power_of_two_below(float(np.sqrt((matrix**2).mean())))
        return cls(matrix, linear, 0.0, limit, scale)

    def value(self, x: Bools) -> float:
        """Return inter(x), correctly rounded."""
        if not self.restricted:
            return math.fsum(self.matrix[np.ix_(x, ~x)].ravel())
        inside = self.matrix[np.ix_(x, x)].ravel()
        return math.fsum([self.constant, *self.linear[x].tolist(), *(-inside).tolist()])

    def restrict(self, fixed: Fixing) -> InterConstraint:
        """Return the constraint on the free variables; its limit includes the rounding error."""
        free, one = fixed == FREE, fixed == 1
        inside = self.matrix[np.ix_(one, one)].sum()
        terms = abs(self.constant) + np.abs(self.linear).sum() + np.abs(self.matrix).sum()
        return InterConstraint(
            self.matrix[np.ix_(free, free)],
            self.linear[free] - 2 * self.matrix[np.ix_(free, one)].sum(axis=1),
            self.constant + float(self.linear[one].sum() - inside),
            self.limit + gamma(2 * len(self.linear) + 16) * float(terms),
            self.scale,
            restricted=True,
        )


@dataclass(frozen=True, eq=False)
class BinaryQuadratic:
    """A quadratic function of n 0/1 variables, to be minimised under constraints.

    Attributes
    ----------
    linear : ndarray of shape (n,)
    quadratic : ndarray of shape (n, n)
        Symmetric with a zero diagonal; entries of any sign.
    constant : float
    weights : ndarray of shape (m, n)
        Rows of the linear constraints; none by default.
    low, high : ndarray of shape (m,)
        Their limits, −inf and inf where there is none.
    inter : InterConstraint, optional
    accepts : callable, optional
        Decides of a point that meets the rows and the inter constraint, where rows let too much
        pass. A restricted problem has none.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-1.0, -2.0]), np.array([[0.0, 3.0], [3.0, 0.0]]))
    >>> f.value(np.array([True, True])), f.value(np.array([False, True]))
    (0.0, -2.0)
    """

    linear: Floats
    quadratic: Floats
    constant: float = 0.0
    weights: Floats = field(default_factory=_no_rows)
    low: Floats = field(default_factory=_no_limits)
    high: Floats = field(default_factory=_no_limits)
    inter: InterConstraint | None = None
    accepts: Callable[[Bools], bool] | None = None

    def __post_init__(self) -> None:
        if not len(self.low):
            object.__setattr__(self, "weights", np.zeros((0, self.n)))

    @property
    def n(self) -> int:
        """The number of variables."""
        return len(self.linear)

    @property
    def constrained(self) -> bool:
        """Whether there are any constraints."""
        return len(self.low) > 0 or self.inter is not None

    @cached_property
    def magnitude(self) -> float:
        """The sum of the absolute values of all coefficients of f."""
        pairs = float(np.abs(self.quadratic).sum()) / 2
        return abs(self.constant) + float(np.abs(self.linear).sum()) + pairs

    @cached_property
    def rounding_error(self) -> float:
        """How far f may be off at any point, after any restriction."""
        return gamma(2 * self.n + 16) * self.magnitude

    def value(self, x: Bools) -> float:
        """Return f(x), correctly rounded."""
        chosen = np.flatnonzero(x)
        block = self.quadratic[np.ix_(chosen, chosen)]
        pairs = block[np.triu_indices(len(chosen), k=1)]
        return math.fsum([self.constant, *self.linear[chosen].tolist(), *pairs.tolist()])

    def is_feasible(self, x: Bools) -> bool:
        """Check all constraints at x, by correctly rounded sums.

        The limits of a restricted problem are themselves rounded, so check its feasible points
        again in the problem with no variable fixed.
        """
        for row, low, high in zip(self.weights, self.low, self.high, strict=True):
            if not low <= math.fsum(row[x]) <= high:
                return False
        if self.inter is not None and self.inter.value(x) > self.inter.limit:
            return False
        return self.accepts is None or self.accepts(x)

    def restrict(self, fixed: Fixing) -> BinaryQuadratic:
        """Return the problem in the free variables.

        Parameters
        ----------
        fixed : ndarray of shape (n,)
            0 or 1 for fixed variables, `FREE` for the others.
        """
        free, one = fixed == FREE, fixed == 1
        q = self.quadratic
        return BinaryQuadratic(
            linear=self.linear[free] + q[np.ix_(free, one)].sum(axis=1),
            quadratic=q[np.ix_(free, free)],
            constant=self.value(one),
            weights=self.weights[:, free],
            low=_subtract_outwards(self.low, self.weights[:, one], -math.inf),
            high=_subtract_outwards(self.high, self.weights[:, one], math.inf),
            inter=None if self.inter is None else self.inter.restrict(fixed),
        )

    @cached_property
    def granularity(self) -> float:
        """The objective granularity: all values of f − constant are multiples of it; 0 if unknown.

        It is determined only where no rounding is involved: where all coefficients are integers
        times one power of two, with sums below 2⁵³ in that unit.
        """
        entries = np.concatenate([self.linear, self.quadratic[np.triu_indices(self.n, k=1)]])
        entries = np.abs(entries[entries != 0])
        if not len(entries):
            return 0.0
        for exponent in range(-20, 21):
            unit = 2.0**-exponent
            units = entries / unit
            if units.sum() >= 2.0**52:
                return 0.0
            if (units == np.floor(units)).all():
                return unit * float(np.gcd.reduce(units.astype(np.int64)))
        return 0.0

    def scaled_rows(self) -> BinaryQuadratic:
        """Return the problem with each row divided by a power of two, to a norm of about 1."""
        norms = [power_of_two_below(float(np.sqrt(row @ row))) for row in self.weights]
        size = np.array(norms)
        return self.with_changes(
            weights=self.weights / size[:, None], low=self.low / size, high=self.high / size
        )

    def with_changes(self, **changes: Any) -> BinaryQuadratic:
        """Return a copy with some fields replaced."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return BinaryQuadratic(**{**fields, **changes})


def _subtract_outwards(limits: Floats, weights: Floats, outwards: float) -> Floats:
    """Subtract the sum of each row of weights from its limit; round inexact results outwards."""
    left = limits.copy()
    for r in np.flatnonzero(np.isfinite(limits)):
        terms = [float(limits[r]), *(-weights[r]).tolist()]
        left[r] = math.fsum(terms)
        if math.fsum([*terms, -left[r]]) != 0:
            left[r] = np.nextafter(left[r], outwards)
    return left
