"""The problem that the exact solver works on: a quadratic function of 0/1 variables, and rows.

    minimise  f(x) = constant + Σ_i linear_i x_i + Σ_{i<j} Q_ij x_i x_j   over x ∈ {0, 1}ⁿ
    subject to  low_r ≤ Σ_i a_ri x_i ≤ high_r  for each row r, and
                inter(x) = Σ c_ij over pairs with exactly one end chosen ≤ limit, optionally.

Fixing variables gives a smaller problem of the same kind (`restrict`). Its coefficients are sums of
coefficients of the larger one, and every coefficient enters one sum only. Each sum of at most
k terms has an error of at most γ_k = k u / (1 − k u) times the sum of their absolute values
(u = 2⁻⁵³; Higham, *Accuracy and Stability of Numerical Algorithms*, 2002, section 4.2). So with
`magnitude` the sum of all absolute values, f at any point of a restricted problem is off by at
most `rounding` = γ_{2n+16} · magnitude, which also covers the writing of f in ±1 variables.
Ends of rows are rounded outwards, and the limit of the rule is raised by such an error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]

UNIT = 2.0**-53
# A value that is not fixed.
FREE = -1


def gamma(terms: int) -> float:
    """Return γ_k, the relative error bound of a sum of k terms in any order."""
    return terms * UNIT / (1 - terms * UNIT)


def power_of_two(value: float) -> float:
    """Return the power of two next below a positive value; 1 for zero."""
    return math.ldexp(1.0, math.frexp(value)[1] - 1) if value > 0 else 1.0


def _less(ends: Floats, weights: Floats, towards: float) -> Floats:
    """Subtract the sum of each row of weights from its end; if that is rounded, outwards."""
    found = ends.copy()
    for r in np.flatnonzero(np.isfinite(ends)):
        terms = [float(ends[r]), *(-weights[r]).tolist()]
        found[r] = math.fsum(terms)
        if math.fsum([*terms, -found[r]]) != 0:
            found[r] = np.nextafter(found[r], towards)
    return found


def _no_rows() -> Floats:
    return np.zeros((0, 0))


def _no_bounds() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True, eq=False)
class CutRule:
    """The rule inter(x) ≤ limit.

    With some variables fixed, inter is base + Σ lines_i x_i − 2 Σ_{i<j} matrix_ij x_i x_j.

    Attributes
    ----------
    matrix : ndarray of shape (n, n)
        Chemistry c: symmetric, zero diagonal.
    lines : ndarray of shape (n,)
    base, limit : float
    unit : float
        A power of two of the size of the entries.
    whole : bool
        Nothing is fixed, so that inter is Σ c over pairs with exactly one end chosen.
    """

    matrix: Floats
    lines: Floats
    base: float
    limit: float
    unit: float
    whole: bool = True

    @classmethod
    def of(cls, matrix: Floats, limit: float) -> CutRule:
        """Return the rule of a table, with no variable fixed."""
        lines = np.array([math.fsum(row) for row in matrix])
        unit = power_of_two(float(np.sqrt((matrix**2).mean())))
        return cls(matrix, lines, 0.0, limit, unit)

    def inter(self, x: Bools) -> float:
        """Return inter(x), correctly rounded."""
        if self.whole:
            return math.fsum(self.matrix[np.ix_(x, ~x)].ravel())
        inside = self.matrix[np.ix_(x, x)].ravel()
        return math.fsum([self.base, *self.lines[x].tolist(), *(-inside).tolist()])


@dataclass(frozen=True, eq=False)
class BinaryQuadratic:
    """A quadratic function of n 0/1 variables, to be minimised under rows.

    Attributes
    ----------
    linear : ndarray of shape (n,)
    quadratic : ndarray of shape (n, n)
        Symmetric with a zero diagonal; entries of any sign.
    constant : float
    weights : ndarray of shape (m, n)
        Rows; none by default.
    low, high : ndarray of shape (m,)
        Their ends, −inf and inf where there is none.
    rule : CutRule, optional

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
    low: Floats = field(default_factory=_no_bounds)
    high: Floats = field(default_factory=_no_bounds)
    rule: CutRule | None = None

    def __post_init__(self) -> None:
        if not len(self.low):
            object.__setattr__(self, "weights", np.zeros((0, self.n)))

    @property
    def n(self) -> int:
        """The number of variables."""
        return len(self.linear)

    @property
    def conditioned(self) -> bool:
        """Whether there are rows or a rule."""
        return len(self.low) > 0 or self.rule is not None

    @cached_property
    def magnitude(self) -> float:
        """The sum of the absolute values of all coefficients."""
        pairs = float(np.abs(self.quadratic).sum()) / 2
        return abs(self.constant) + float(np.abs(self.linear).sum()) + pairs

    @cached_property
    def rounding(self) -> float:
        """How far f may be off at any point, after any restriction."""
        return gamma(2 * self.n + 16) * self.magnitude

    def value(self, x: Bools) -> float:
        """Return f(x), correctly rounded."""
        chosen = np.flatnonzero(x)
        block = self.quadratic[np.ix_(chosen, chosen)]
        pairs = block[np.triu_indices(len(chosen), k=1)]
        return math.fsum([self.constant, *self.linear[chosen].tolist(), *pairs.tolist()])

    def admits(self, x: Bools) -> bool:
        """Say whether x meets all rows and the rule, by correctly rounded sums.

        With variables fixed, the ends of rows and the rule are themselves rounded, so what is
        admitted there has to be checked again in the problem with nothing fixed.
        """
        for row, low, high in zip(self.weights, self.low, self.high, strict=True):
            if not low <= math.fsum(row[x]) <= high:
                return False
        return self.rule is None or self.rule.inter(x) <= self.rule.limit

    def restrict(self, fixed: npt.NDArray[np.int8]) -> BinaryQuadratic:
        """Return the problem in the free variables.

        Parameters
        ----------
        fixed : ndarray of shape (n,)
            0 or 1 for a fixed variable, `FREE` for the others.
        """
        free, one = fixed == FREE, fixed == 1
        q = self.quadratic
        rule = self.rule
        if rule is not None:
            inside = rule.matrix[np.ix_(one, one)].sum()
            terms = abs(rule.base) + np.abs(rule.lines).sum() + np.abs(rule.matrix).sum()
            rule = CutRule(
                rule.matrix[np.ix_(free, free)],
                rule.lines[free] - 2 * rule.matrix[np.ix_(free, one)].sum(axis=1),
                rule.base + float(rule.lines[one].sum() - inside),
                rule.limit + gamma(2 * self.n + 16) * float(terms),
                rule.unit,
                whole=False,
            )
        return BinaryQuadratic(
            linear=self.linear[free] + q[np.ix_(free, one)].sum(axis=1),
            quadratic=q[np.ix_(free, free)],
            constant=self.value(one),
            weights=self.weights[:, free],
            low=_less(self.low, self.weights[:, one], -math.inf),
            high=_less(self.high, self.weights[:, one], math.inf),
            rule=rule,
        )

    @cached_property
    def step(self) -> float:
        """A number of which all values of f − constant are multiples; 0 if none was found.

        It is looked for where it can be known without rounding: coefficients that are integers
        times one power of two, with sums below 2⁵³ of those units.
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
        """Return the problem with rows divided by powers of two, which makes norms about 1."""
        norms = [power_of_two(float(np.sqrt(row @ row))) for row in self.weights]
        size = np.array(norms)
        return self.with_changes(
            weights=self.weights / size[:, None], low=self.low / size, high=self.high / size
        )

    def with_changes(self, **changes: Any) -> BinaryQuadratic:
        """Return a copy with other fields."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return BinaryQuadratic(**{**fields, **changes})
