"""Ensembles and their neighbours by one flip (add or remove) and by two (swaps and pairs).

With s_i = 1 if model i is outside X and −1 if it is inside, g_i = Σ_{j ∈ X} c_ij, and the loss in
its quadratic form (`chemopt.problem.loss.QuadraticLoss`), flipping i changes the loss by

    Δ_i = s_i (linear_i + product · g_i),

and flipping i and j by Δ_i + Δ_j + product · s_i s_j c_ij. inter(X) changes by
s_i (d_i − 2 g_i), and for two flips by −2 s_i s_j c_ij more. A condition with weights w changes by
s_i w_i. So with g kept up to date all single flips cost n additions, and all pairs n² / 2.

How far an ensemble is from meeting the conditions (size, budgets and the like, the rule on inter)
is measured by their excesses, each divided by its largest weight so that they are comparable.
Required and excluded models are never flipped. Two flips at a time are needed where one breaks a
condition that the other mends: a fixed size, models that go together.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from chemopt.problem.loss import quadratic_loss
from chemopt.problem.problem import SelectionProblem

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_ROUNDING = 1e-12
# Figures held at once when pairs are gone through.
_BLOCK = 1 << 22


class Flips:
    """An ensemble X that can be flipped, and what flips would change.

    Attributes
    ----------
    chosen : ndarray of bool of shape (n,)
        X. Not to be written to.
    loss : float
        Its loss, up to rounding.
    violation : float
        How far it is from meeting all conditions; 0 if it does.
    free : ndarray of int
        The models that can be flipped.
    bound : bool
        Whether there is any condition that a flip could break.

    Examples
    --------
    >>> from chemopt import ChemistryTable, SelectionProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> flips = Flips(SelectionProblem(table, m_inter="total"))
    >>> flips.start(np.array([True, True, False]))
    >>> flips.loss, flips.violation
    (1.875, 0.0)
    >>> changes, violations = flips.singles()
    >>> changes.tolist(), violations.tolist()
    ([-0.25, -0.375, 0.5], [1.0, 1.0, 0.0])
    """

    def __init__(self, problem: SelectionProblem) -> None:
        n = len(problem.models)
        self._form, self._c = quadratic_loss(problem), problem.matrix
        self._limit = math.inf if problem.inter_limit is None else problem.inter_limit
        self._inter_unit = max(float(self._form.degree.max()), _ROUNDING)
        # a large β is rounded, and what is left of it when two changes are added is no gain
        largest = float(np.abs(self._form.linear).max())
        self._rounding = max(_ROUNDING * problem.table.magnitude, 2.0**-48 * largest)
        fixed = [*problem.positions(problem.require), *problem.positions(problem.exclude)]
        self._fixed = np.zeros(n, dtype=bool)
        self._fixed[fixed] = True
        self.free = np.flatnonzero(~self._fixed)
        self._weights, self._low, self._high = _rows(problem)
        self.bound = bool(len(self._weights)) or self._limit < math.inf
        self.chosen = np.zeros(n, dtype=bool)
        self.start(self.chosen)

    def start(self, chosen: Bools) -> None:
        """Go to an ensemble; all sums are computed anew."""
        self.chosen = chosen.copy()
        x = chosen.astype(float)
        self._sign = 1.0 - 2.0 * x
        self._gain = self._c @ x
        intra = float(self._gain @ x) / 2
        self.loss = self._form.constant + float(self._form.linear @ x) + self._form.product * intra
        self._inter = float(self._form.degree @ x) - 2 * intra
        self._update()

    def flip(self, model: int) -> None:
        """Add a model, or remove it."""
        sign = self._sign[model]
        self.loss += float(
            sign * (self._form.linear[model] + self._form.product * self._gain[model])
        )
        self._inter += float(sign * (self._form.degree[model] - 2 * self._gain[model]))
        self._gain += sign * self._c[model]
        self._sign[model] = -sign
        self.chosen[model] = not self.chosen[model]
        self._update()

    def singles(self) -> tuple[Floats, Floats]:
        """Return for each flip the change of the loss, and the violation after it.

        A model that must not be flipped has an infinite change.
        """
        changes = self._changes()
        violations = np.zeros(len(changes))
        if self.bound:
            values = self._values[:, None] + self._weights * self._sign
            violations = self._excess(values, self._inter + self._inter_changes())
        return changes, violations

    def pairs(self, models: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return the same for flips of each of some models together with any other one.

        Returns
        -------
        changes, violations : ndarray of shape (len(models), n)
        """
        changes = self._changes()
        product = self._sign[models, None] * self._sign * self._c[models]
        both = changes[models, None] + changes + self._form.product * product
        both[np.arange(len(models)), models] = np.inf
        violations = np.zeros(both.shape)
        if self.bound:
            step = self._weights * self._sign
            values = self._values[:, None, None] + step[:, models, None] + step[:, None, :]
            inter = self._inter_changes()
            after = self._inter + inter[models, None] + inter - 2 * product
            violations = self._excess(values, after)
        return both, violations

    def descend(self, out_of_time: bool = False) -> bool:
        """Make the best flip, or if none helps the best pair; return False where none does.

        Best is what lowers the violation most, as long as there is one, and then the loss.
        """
        violation, change, best = self._best(*self.singles())
        flipped = [best]
        if not self._better(violation, change) and not out_of_time:
            rows = max(1, _BLOCK // (len(self.chosen) * (1 + len(self._weights))))
            for start in range(0, len(self.free), rows):
                block = self.free[start : start + rows]
                found = self._best(*self.pairs(block))
                if found[:2] < (violation, change):
                    violation, change, best = found
                    first, second = divmod(best, len(self.chosen))
                    flipped = [int(block[first]), second]
        if not self._better(violation, change):
            return False
        for model in flipped:
            self.flip(model)
        return True

    def _best(self, changes: Floats, violations: Floats) -> tuple[float, float, int]:
        """Return the least violation, the least change that goes with it, and where it stands."""
        violations = np.where(np.isfinite(changes), violations, np.inf)
        least = float(violations.min(initial=np.inf))
        changes = np.where(violations <= least, changes, np.inf)
        best = int(changes.argmin())
        return least, float(changes.flat[best]), best

    def _better(self, violation: float, change: float) -> bool:
        if self.violation > 0:
            return violation < self.violation - _ROUNDING
        return violation == 0 and change < -self._rounding

    def _changes(self) -> Floats:
        changes: Floats = self._sign * (self._form.linear + self._form.product * self._gain)
        changes[self._fixed] = np.inf
        return changes

    def _inter_changes(self) -> Floats:
        changes: Floats = self._sign * (self._form.degree - 2 * self._gain)
        return changes

    def _update(self) -> None:
        self._values = self._weights @ self.chosen
        self.violation = float(self._excess(self._values, np.array(self._inter)))

    def _excess(self, values: Floats, inter: Floats) -> Floats:
        shape = (-1,) + (1,) * inter.ndim
        low, high = self._low.reshape(shape), self._high.reshape(shape)
        excess = np.maximum(np.maximum(low - values, values - high), 0.0).sum(axis=0)
        if self._limit < math.inf:
            excess = excess + np.maximum(inter - self._limit, 0.0) / self._inter_unit
        return np.where(excess <= _ROUNDING, 0.0, excess)


def random_start(problem: SelectionProblem, rng: np.random.Generator) -> Bools:
    """Draw a size, and an ensemble of that size with all required and no excluded models."""
    chosen = np.zeros(len(problem.models), dtype=bool)
    chosen[problem.positions(problem.require)] = True
    fixed = {*problem.require, *problem.exclude}
    free = np.array([i for i, name in enumerate(problem.models) if name not in fixed], dtype=int)
    low, high = (bound - int(chosen.sum()) for bound in problem.size_bounds)
    low, high = max(low, 0), min(high, len(free))
    chosen[rng.permutation(free)[: rng.integers(low, high + 1)]] = True
    return chosen


def _rows(problem: SelectionProblem) -> tuple[Floats, Floats, Floats]:
    """Return the linear conditions as weights, of shape (rows, n), and bounds on their sums."""
    n = len(problem.models)
    low, high = problem.size_bounds
    rows: list[tuple[Floats, float, float]] = []
    if low > 0 or high < n:
        rows.append((np.ones(n), float(low), float(high)))
    for condition in problem.conditions:
        unit = float(np.abs(condition.weights).max()) or 1.0
        least = -math.inf if condition.low is None else condition.low / unit
        most = math.inf if condition.high is None else condition.high / unit
        rows.append((condition.weights / unit, least, most))
    weights = np.array([weights for weights, _, _ in rows]).reshape(len(rows), n)
    return weights, np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
