"""How far a point violates its constraints, kept up to date while single variables flip."""

from __future__ import annotations

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, Bools, Floats, Indices
from chemopt.numerics import SUM_TOLERANCE, has_exact_sums, power_of_two_below


class Violation:
    """The activities of the constraints at a point, and their total violation.

    Rows are scaled to a largest weight in (1/2, 1], and the inter constraint by the largest row sum
    of its matrix. Violations of rows within `SUM_TOLERANCE` count as none, unless sums of the row's
    weights are exact.

    Attributes
    ----------
    total : float
        The sum of all violations.
    activity : ndarray of shape (m,)
        Of each row.
    clear : bool
        Whether all rows are so far from their limits that no flip violates one.
    inter, inter_slope
        inter(x), and its derivatives; unused without an inter constraint.
    """

    def __init__(self, problem: BinaryQuadratic) -> None:
        largest = np.abs(problem.weights).max(axis=1, initial=0.0)
        size = np.array([power_of_two_below(float(one)) for one in largest])
        size = np.where(largest > size, 2 * size, size)
        self.weights = problem.weights / size[:, None]
        self._tolerance = np.where(has_exact_sums(problem.weights), 0.0, SUM_TOLERANCE)
        self.low, self.high = problem.low / size, problem.high / size
        self.constraint = problem.inter
        self.inter_scale = 1.0
        if self.constraint is not None:
            rows = np.abs(self.constraint.matrix).sum(axis=1)
            self.inter_scale = float(rows.max(initial=0.0)) or 1.0
        self.activity: Floats = np.zeros(len(self.low))
        self.inter = 0.0
        self.inter_slope: Floats = np.zeros(problem.n)
        self.total = 0.0
        self.clear = False

    def __len__(self) -> int:
        return len(self.low) + (self.constraint is not None)

    @property
    def has_equalities(self) -> bool:
        """Whether a row is an equality, which no flip keeps."""
        return bool((self.low == self.high).any())

    def move_to(self, x: Bools) -> None:
        """Compute all activities at a point."""
        self.activity = self.weights @ x
        c = self.constraint
        if c is not None:
            self.inter_slope = c.linear - 2 * (c.matrix @ x)
            self.inter = c.constant + float((c.linear + self.inter_slope)[x].sum() / 2)
        self._update_total()

    def flip(self, i: int, direction: float) -> None:
        """Update the activities for a change of x_i by `direction`, 1 or −1."""
        if len(self.low):
            self.activity = self.activity + direction * self.weights[:, i]
        if self.constraint is not None:
            self.inter += direction * float(self.inter_slope[i])
            self.inter_slope -= 2 * direction * self.constraint.matrix[i]
        if len(self):
            self._update_total()

    def after_flips(self, direction: Floats) -> Floats:
        """Return the total violation after each flip."""
        totals = np.zeros(len(direction))
        if len(self.low) and not self.clear:
            totals = self._of_rows(self.activity[:, None] + direction * self.weights)
        if self.constraint is not None:
            inters = self.inter + direction * self.inter_slope
            excess = np.maximum(inters - self.constraint.limit, 0.0)
            totals = totals + excess / self.inter_scale
        return totals

    def after_swaps(self, inside: Indices, outside: Indices) -> Floats:
        """Return the total violation after each swap of a chosen variable for another."""
        totals = np.zeros((len(inside), len(outside)))
        for row, low, high, activity, tolerance in zip(
            self.weights, self.low, self.high, self.activity, self._tolerance, strict=True
        ):
            new = activity - row[inside][:, None] + row[outside][None, :]
            outer = np.maximum(low - new, 0.0) + np.maximum(new - high, 0.0)
            outer[outer < tolerance] = 0.0
            totals += outer
        if self.constraint is not None:
            new = (
                self.inter - self.inter_slope[inside][:, None] + self.inter_slope[outside][None, :]
            )
            new += 2 * self.constraint.matrix[np.ix_(inside, outside)]
            totals += np.maximum(new - self.constraint.limit, 0.0) / self.inter_scale
        return totals

    def _update_total(self) -> None:
        total = 0.0
        # Weights are at most 1, so this is by how much a row can change.
        inside = np.minimum(self.activity - self.low, self.high - self.activity)
        self.clear = bool(inside.min(initial=np.inf) >= 1)
        if not self.clear:
            total = float(self._of_rows(self.activity[:, None])[0])
        if self.constraint is not None:
            total += max(0.0, self.inter - self.constraint.limit) / self.inter_scale
        self.total = total

    def _of_rows(self, activity: Floats) -> Floats:
        """Return the total violation of the rows for each column of activities."""
        below = np.maximum(self.low[:, None] - activity, 0.0)
        above = np.maximum(activity - self.high[:, None], 0.0)
        both = below + above
        both[both < self._tolerance[:, None]] = 0.0
        totals: Floats = both.sum(axis=0)
        return totals
