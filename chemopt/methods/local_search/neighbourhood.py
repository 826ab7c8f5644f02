"""An ensemble, and what adding, removing or swapping models does to its loss and constraints.

The table of move deltas of local search. With s_i = 1 if model i is outside X and −1 if it is
inside, g_i = Σ_{j ∈ X} c_ij, d_i = Σ_j c_ij, and the loss in its quadratic form
(`chemopt.problem.loss.QuadraticLoss`: linear l_i = β − α d_i, product q = 3α − 1):

===========  ==================================  ===============================
what         flip i (add it, or remove it)       flip i and j: both of these, and
===========  ==================================  ===============================
loss         Δ_i = s_i (l_i + q g_i)             + q s_i s_j c_ij
inter(X)     s_i (d_i − 2 g_i)                   − 2 s_i s_j c_ij
row a_r x    s_i a_ri
===========  ==================================  ===============================

So with g kept up to date all single flips cost n additions, and all pairs n². A swap is a pair of
flips of which one adds and one removes.

How far an ensemble is from feasible is measured by its *violation*: the excesses of the linear
constraints, each divided by the power of two below its largest weight, and of the inter constraint,
divided by the largest degree, so that they are comparable; and the number of required models
outside and excluded models inside. Required models that are inside and excluded ones that are
outside are never flipped. Two flips at a time are needed where one breaks a constraint that the
other meets again: a fixed size, models that go together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt.numerics import IMPROVEMENT_TOLERANCE, UNIT_ROUNDOFF, Floats, power_of_two_below
from chemopt.problem.check import meets_inter
from chemopt.problem.linear import constraint_rows
from chemopt.problem.loss import quadratic_loss
from chemopt.problem.problem import ChemistryProblem

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]

# Figures held at once when pairs are gone through.
_BLOCK = 1 << 22


@dataclass(frozen=True)
class Neighbour:
    """An ensemble one move away: what was added and removed, and its loss."""

    loss: float
    added: int | None
    removed: int | None

    @property
    def kind(self) -> str:
        """``"add"``, ``"remove"`` or ``"swap"``."""
        if self.added is None:
            return "remove"
        return "add" if self.removed is None else "swap"

    @property
    def flips(self) -> tuple[int, ...]:
        """The models to flip."""
        return tuple(model for model in (self.added, self.removed) if model is not None)


class Neighbourhood:
    """An ensemble X that can be changed, and what changes would do.

    Parameters
    ----------
    problem : ChemistryProblem
    inter_constraint : bool
        Whether `violation` includes the inter constraint.

    Attributes
    ----------
    chosen : ndarray of bool of shape (n,)
        X. Not to be written to.
    loss : float
        Its loss, up to rounding.
    violation : float
        How far it is from feasible; 0 if it is feasible.
    free : ndarray of int
        The models that are neither required nor excluded.
    constrained : bool
        Whether there is any constraint that a flip could break.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> neighbourhood = Neighbourhood(ChemistryProblem(table, m_inter="total"))
    >>> neighbourhood.start(np.array([True, True, False]))
    >>> neighbourhood.loss, neighbourhood.violation
    (1.875, 0.0)
    >>> changes, violations = neighbourhood.singles()
    >>> changes.tolist(), violations.tolist()
    ([-0.25, -0.375, 0.5], [1.0, 1.0, 0.0])
    >>> neighbourhood.best()
    Neighbour(loss=1.875, added=2, removed=0)
    """

    def __init__(self, problem: ChemistryProblem, *, inter_constraint: bool = True) -> None:
        n = len(problem.models)
        self.problem = problem
        self._form, self._c = quadratic_loss(problem), problem.matrix
        self._limit = problem.inter_limit if inter_constraint else math.inf
        self._inter_unit = float(self._form.degree.max()) or 1.0
        # a large β is rounded, and what is left of it when two changes are added is no gain
        largest = float(np.abs(self._form.linear).max())
        self._rounding = max(
            IMPROVEMENT_TOLERANCE * problem.table.magnitude, 32 * UNIT_ROUNDOFF * largest
        )
        rows = constraint_rows(problem)
        self._fixed_in, self._fixed_out = rows.required, rows.excluded
        self.free = np.flatnonzero(rows.fixed == -1)
        self._any_fixed = len(self.free) < n
        # a power of two, so that sums stay exact
        largest = np.abs(rows.weights).max(axis=1, initial=0.0)
        units = np.array([power_of_two_below(float(one)) for one in largest])
        self._weights = rows.weights / units[:, None]
        self._low, self._high = rows.low / units, rows.high / units
        self._parts: list[tuple[int, float, list[tuple[int, float]]]] = []
        self._add_lower_rows(units)
        self.constrained = bool(len(rows.weights)) or self._limit < math.inf
        self.chosen: Bools = np.zeros(n, dtype=bool)
        self._sign: Floats = np.ones(n)
        self._gain: Floats = np.zeros(n)
        self._values: Floats = np.zeros(len(self._weights))
        self.loss = self._inter = self.violation = 0.0
        self.start(self.chosen)

    def _add_lower_rows(self, units: Floats) -> None:
        """Add what the rows of budgets lack (`chemopt.problem.decimal_sum`)."""
        side = self.problem.side_constraints
        for r, row in enumerate(side, len(units) - len(side)):
            lower = [] if row.decimals is None else row.decimals.lower_rows()
            if lower:
                first = len(self._weights)
                parts = [(first + k, base) for k, (_, base) in enumerate(lower)]
                self._parts.append((r, float(units[r]), parts))
                self._weights = np.vstack([self._weights, *(part[0] for part, _ in lower)])
                self._high = np.append(self._high, [part[1] for part, _ in lower])

    def indicator(self, names: Iterable[str]) -> Bools:
        """Return an ensemble as an array of flags, from names."""
        chosen = np.zeros(len(self.problem.models), dtype=bool)
        chosen[self.problem.positions(names)] = True
        return chosen

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

    @property
    def is_feasible(self) -> bool:
        """Whether it is feasible, the inter constraint decided by correctly rounded sums."""
        return self.violation == 0 and not self._breaks_inter(())

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
        if self.constrained:
            values = self._values[:, None] + self._weights * self._sign
            violations = self._excess(values, self._inter + self._inter_changes())
        if self._any_fixed:
            violations = violations + self._misplaced_after()
        return changes, violations

    def pairs(self, first: Ints, second: Ints | None = None) -> tuple[Floats, Floats]:
        """Return the same for flips of two models, one of `first` and one of `second`.

        Without `second`, any model is one of them.

        Returns
        -------
        changes, violations : ndarray of shape (len(first), len(second))
        """
        second = np.arange(len(self.chosen)) if second is None else second
        changes, inter = self._changes(), self._inter_changes()
        product = (self._sign[first, None] * self._sign[second]) * self._c[np.ix_(first, second)]
        both = changes[first, None] + changes[second] + self._form.product * product
        both[first[:, None] == second] = np.inf
        violations = np.zeros(both.shape)
        if self.constrained:
            step = self._weights * self._sign
            values = self._values[:, None, None] + step[:, first, None] + step[:, None, second]
            after = self._inter + inter[first, None] + inter[second] - 2 * product
            violations = self._excess(values, after)
        if self._any_fixed:
            misplaced = self._misplaced_after()
            violations += misplaced[first, None] + misplaced[second] - self._misplaced().sum()
        return both, violations

    def best(self) -> Neighbour | None:
        """Return the feasible neighbour of least loss; None if there is none.

        Among equals, adding comes before removing before swapping, then the order of the pool.
        """
        refused: set[frozenset[int]] = set()
        while (move := self._least(0.0, refused)) is not None and self._breaks_inter(move.flips):
            refused.add(frozenset(move.flips))
        return move

    def best_of_each_kind(self) -> list[Neighbour]:
        """Return the best feasible neighbours by adding, removing, swapping; fewer if none."""
        best = []
        for changes, violations, removed, added in self._kinds():
            feasible = np.where(violations > 0, np.inf, changes)
            least = float(feasible.min(initial=np.inf))
            if math.isfinite(least):
                highest = least + self.rounding(self.loss)
                best.append(self._first(feasible, removed, added, highest))
        return [move for move in best if move is not None]

    def neighbours(self) -> list[tuple[Neighbour, bool]]:
        """Return all neighbours by adding, removing, swapping, and whether each is feasible."""
        return [
            (self._neighbour(k, float(changes[k]), removed, added), bool(violations[k] == 0))
            for changes, violations, removed, added in self._kinds()
            for k in range(len(changes))
        ]

    def repair(self) -> bool:
        """Make moves until the ensemble is feasible; return False if they lead nowhere.

        Each move brings it as near as one move can, with the least loss.
        """
        for model in np.flatnonzero(self._misplaced()):
            self.flip(int(model))
        while self.violation > 0:
            nearest = min(
                (float(v.min(initial=np.inf)) for _, v, _, _ in self._kinds()), default=np.inf
            )
            if not nearest < self.violation:
                return False
            move = self._least(nearest)
            if move is None:
                return False
            self.make(move)
        return True

    def equal_swap(
        self, rank: Ints | None = None, is_tie: Callable[[list[int]], bool] = lambda _: True
    ) -> Neighbour | None:
        """Return a feasible swap that leaves the loss as it is; None if there is none.

        Parameters
        ----------
        rank : ndarray of int of shape (n,), optional
            Only swaps to a model of lower rank count: of the members that have one, that of the
            highest rank is swapped for the lowest.
        is_tie : callable
            Decides, of what the sums here do not tell from the ensemble, what is equal to it.
        """
        inside = np.flatnonzero(self.chosen & ~self._fixed_in)
        outside = np.flatnonzero(~self.chosen & ~self._fixed_out)
        if rank is not None:
            inside = inside[np.argsort(-rank[inside])]
            outside = outside[np.argsort(rank[outside])]
        # without β, which a swap does not change, and which would blur small changes
        product = self._form.product
        weight = product * self._gain - self.problem.alpha * self._form.degree
        tolerance = IMPROVEMENT_TOLERANCE * self.problem.table.magnitude
        for removed in inside:
            candidates = outside if rank is None else outside[rank[outside] < rank[removed]]
            changes = weight[candidates] - weight[removed] - product * self._c[removed, candidates]
            equal = np.abs(changes) <= tolerance
            added = candidates[equal]
            for k in np.flatnonzero(self._after_swaps(int(removed), added) == 0):
                one = int(added[k])
                members = set(np.flatnonzero(self.chosen).tolist()) - {int(removed)} | {one}
                if is_tie(sorted(members)):
                    return Neighbour(self.loss + float(changes[equal][k]), one, int(removed))
        return None

    def make(self, move: Neighbour) -> None:
        """Go to a neighbour."""
        for model in move.flips:
            self.flip(model)

    def rounding(self, loss: float) -> float:
        """Return the difference of losses that counts as rounding."""
        return IMPROVEMENT_TOLERANCE * max(abs(loss), self.problem.table.magnitude)

    def descend(self, out_of_time: bool = False) -> bool:
        """Make the best flip, or if none helps the best pair; return False where none does.

        Best is what lowers the violation most, as long as there is one, and then the loss.
        """
        violation, change, best = self._best_flip(*self.singles())
        flipped = [best]
        if not self._better(violation, change) and not out_of_time:
            rows = max(1, _BLOCK // (len(self.chosen) * (1 + len(self._weights))))
            for begin in range(0, len(self.free), rows):
                block = self.free[begin : begin + rows]
                candidate = self._best_flip(*self.pairs(block))
                if candidate[:2] < (violation, change):
                    violation, change, best = candidate
                    one, other = divmod(best, len(self.chosen))
                    flipped = [int(block[one]), other]
        if not self._better(violation, change):
            return False
        for model in flipped:
            self.flip(model)
        return True

    def _kinds(self) -> Iterator[tuple[Floats, Floats, Ints, Ints]]:
        """Yield the moves by adding, removing and swapping: changes, violations, models."""
        nobody = np.empty(0, dtype=np.intp)
        outside = np.flatnonzero(~self.chosen & ~self._fixed_out)
        inside = np.flatnonzero(self.chosen & ~self._fixed_in)
        changes, violations = self.singles()
        yield changes[outside], violations[outside], nobody, outside
        yield changes[inside], violations[inside], inside, nobody
        changes, violations = self.pairs(inside, outside)
        yield changes.ravel(), violations.ravel(), inside, outside

    def _breaks_inter(self, flips: Iterable[int]) -> bool:
        """Return whether flips break the inter constraint by less than the sums here can tell."""
        if self._limit == math.inf:
            return False
        members = set(np.flatnonzero(self.chosen).tolist()).symmetric_difference(flips)
        return not meets_inter(self.problem, [self.problem.models[k] for k in members])

    def _least(self, within: float, refused: Collection[frozenset[int]] = ()) -> Neighbour | None:
        """Return the move of least loss to a violation of at most `within`, the first of equals.

        Moves with the flips of those refused are left out.
        """
        kinds = [
            (np.where(violations > within, np.inf, changes), removed, added)
            for changes, violations, removed, added in self._kinds()
        ]
        for changes, removed, added in kinds if refused else ():
            for k in range(len(changes)):
                if frozenset(self._neighbour(k, 0.0, removed, added).flips) in refused:
                    changes[k] = np.inf
        least = min(float(changes.min(initial=np.inf)) for changes, _, _ in kinds)
        if not math.isfinite(least):
            return None
        highest = least + self.rounding(self.loss)
        return next(move for kind in kinds if (move := self._first(*kind, highest)) is not None)

    def _first(
        self, changes: Floats, removed: Ints, added: Ints, highest: float
    ) -> Neighbour | None:
        """Return the first move of a kind whose change is at most `highest`."""
        ties = np.flatnonzero(changes <= highest)
        if not ties.size:
            return None
        k = int(ties[0])
        return self._neighbour(k, float(changes[k]), removed, added)

    def _neighbour(self, k: int, change: float, removed: Ints, added: Ints) -> Neighbour:
        loss = self.loss + change
        if not len(removed):
            return Neighbour(loss, int(added[k]), None)
        if not len(added):
            return Neighbour(loss, None, int(removed[k]))
        i, j = divmod(k, len(added))
        return Neighbour(loss, int(added[j]), int(removed[i]))

    def _best_flip(self, changes: Floats, violations: Floats) -> tuple[float, float, int]:
        """Return the least violation, the least change that goes with it, and where it stands."""
        violations = np.where(np.isfinite(changes), violations, np.inf)
        least = float(violations.min(initial=np.inf))
        changes = np.where(violations <= least, changes, np.inf)
        best = int(changes.argmin())
        return least, float(changes.flat[best]), best

    def _better(self, violation: float, change: float) -> bool:
        if self.violation > 0:
            return violation < self.violation - IMPROVEMENT_TOLERANCE
        return violation == 0 and change < -self._rounding

    def _changes(self) -> Floats:
        changes: Floats = self._sign * (self._form.linear + self._form.product * self._gain)
        if self._any_fixed:
            changes[(self._fixed_in & self.chosen) | (self._fixed_out & ~self.chosen)] = np.inf
        return changes

    def _inter_changes(self) -> Floats:
        changes: Floats = self._sign * (self._form.degree - 2 * self._gain)
        return changes

    def _misplaced(self) -> Bools:
        """Return which required models are outside and which excluded ones inside."""
        misplaced: Bools = (self._fixed_in & ~self.chosen) | (self._fixed_out & self.chosen)
        return misplaced

    def _misplaced_after(self) -> Floats:
        """Return how many models are misplaced after each flip."""
        misplaced = self._misplaced()
        after: Floats = float(misplaced.sum()) - misplaced.astype(float)
        return after

    def _after_swaps(self, removed: int, added: Ints) -> Floats:
        """Return the violation after swapping a member for each of some models, none fixed."""
        if not self.constrained:
            return np.zeros(len(added))
        values = self._values[:, None] + self._weights[:, added] - self._weights[:, [removed]]
        change = self._inter_changes()
        inter = self._inter + change[removed] + change[added] + 2 * self._c[removed, added]
        return self._excess(values, inter)

    def _update(self) -> None:
        self._values = self._weights @ self.chosen
        self.violation = float(self._excess(self._values, np.array(self._inter)))
        if self._any_fixed:
            self.violation += float(self._misplaced().sum())

    def _excess(self, values: Floats, inter: Floats) -> Floats:
        if not self.constrained:
            return np.zeros(inter.shape)
        shape = (-1,) + (1,) * inter.ndim
        low, over = self._low.reshape(shape), values - self._high.reshape(shape)
        for r, unit, parts in self._parts:
            carried: Floats | float = 0.0
            for part, base in reversed(parts):
                carried = np.ceil((over[part] + carried) / base)
            over[r] += carried / unit
        rows = len(low)
        excess = np.maximum(np.maximum(low - values[:rows], over[:rows]), 0.0).sum(axis=0)
        if self._limit < math.inf:
            beyond = (inter - self._limit) / self._inter_unit
            excess = excess + np.where(beyond <= IMPROVEMENT_TOLERANCE, 0.0, beyond)
        return np.asarray(excess)
