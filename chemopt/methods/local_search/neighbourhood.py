"""The neighbours of an ensemble: what adding, removing or swapping one model does to its loss.

Changes are computed from sums kept for each model, g_i = Σ_{j ∈ X} c_ij, so that all n² swaps cost
a few array operations: with q = 3α − 1,

    adding j      loss changes by   l_j + q g_j
    removing i                     −l_i − q g_i
    swapping                        both, − q c_ij

where l_i = β − α d_i. Sums that conditions speak of change in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt.problem.constraints import Condition
from chemopt.problem.loss import quadratic_loss
from chemopt.problem.problem import SelectionProblem

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

# Relative to the loss: smaller differences are rounding.
_ROUNDING = 1e-12


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

    def apply(self, chosen: Bools) -> Bools:
        """Return the ensemble after the move."""
        moved = chosen.copy()
        if self.added is not None:
            moved[self.added] = True
        if self.removed is not None:
            moved[self.removed] = False
        return moved


@dataclass(frozen=True, eq=False)
class Moves:
    """All moves of one kind: an entry for each, flattened by (removed, added).

    Attributes
    ----------
    kind : str
    change, inter, violation : ndarray
        Change of the loss; inter(X) after the move; how far conditions are from being met.
    removed, added : ndarray of int
        Models that can be removed, and added; empty if this kind does not do so.
    """

    kind: str
    change: Floats
    inter: Floats
    violation: Floats
    removed: npt.NDArray[np.intp]
    added: npt.NDArray[np.intp]

    def neighbour(self, k: int, loss: float) -> Neighbour:
        """Return the neighbour that move k leads to from an ensemble with that loss."""
        after = loss + float(self.change[k])
        if self.kind == "add":
            return Neighbour(after, int(self.added[k]), None)
        if self.kind == "remove":
            return Neighbour(after, None, int(self.removed[k]))
        i, j = divmod(k, len(self.added))
        return Neighbour(after, int(self.added[j]), int(self.removed[i]))


class Neighbourhood:
    """Losses of an ensemble and of all its neighbours.

    Parameters
    ----------
    problem : SelectionProblem
    """

    def __init__(self, problem: SelectionProblem) -> None:
        self.problem = problem
        self.form = quadratic_loss(problem)
        self.limit = math.inf if problem.inter_limit is None else problem.inter_limit
        self.low, self.high = problem.size_bounds
        self.fixed_in = self.indicator(problem.require)
        self.fixed_out = self.indicator(problem.exclude)

    def indicator(self, names: Iterable[str]) -> Bools:
        """Return an ensemble as an array of flags, from names."""
        chosen = np.zeros(len(self.problem.models), dtype=bool)
        chosen[self.problem.positions(names)] = True
        return chosen

    def loss(self, chosen: Bools) -> float:
        """Return the loss, infinite where the rule on inter is broken."""
        intra, inter = self._sums(chosen)
        return math.inf if inter > self.limit else self._loss(chosen, intra)

    def rounding(self, loss: float) -> float:
        """Return the difference of losses that is taken for rounding."""
        return _ROUNDING * max(abs(loss), self.problem.table.magnitude)

    def best(self, chosen: Bools) -> Neighbour | None:
        """Return the admissible neighbour of least loss; None if there is none.

        Among equals, adding comes before removing before swapping, then the order of the pool.
        """
        return self._best(self.moves(chosen), chosen)

    def best_of_each_kind(self, chosen: Bools) -> list[Neighbour]:
        """Return the best admissible neighbours by adding, removing, swapping; fewer if none."""
        found = [self._best([moves], chosen) for moves in self.moves(chosen)]
        return [neighbour for neighbour in found if neighbour is not None]

    def repair(self, start: Bools) -> Bools | None:
        """Bring an ensemble to meet all conditions but the rule on inter, move by move.

        Each move brings it as near as one move can, with the least loss; None if that leads
        nowhere.
        """
        chosen = (start | self.fixed_in) & ~self.fixed_out
        while (distance := self.violation(chosen)) > 0:
            moves = self.moves(chosen)
            nearest = min((float(m.violation.min(initial=np.inf)) for m in moves), default=np.inf)
            if not nearest < distance:
                return None
            step = self._best(moves, chosen, within=nearest, limit=math.inf)
            assert step is not None, "some move comes as near as `nearest`"
            chosen = step.apply(chosen)
        return chosen

    def violation(self, chosen: Bools) -> float:
        """Return how far an ensemble is from meeting all conditions but the rule on inter."""
        positions = np.flatnonzero(chosen)
        distance = self._size_distance(len(positions)) + float(self._misplaced(chosen))
        for condition in self.problem.conditions:
            distance += float(_distance(condition, np.array(condition.value(positions))))
        return distance

    def moves(self, chosen: Bools) -> list[Moves]:
        """Return all moves that keep required models in and excluded ones out."""
        c, form = self.problem.matrix, self.form
        size = int(chosen.sum())
        inside = np.flatnonzero(chosen & ~self.fixed_in)
        outside = np.flatnonzero(~chosen & ~self.fixed_out)
        nobody = np.empty(0, dtype=np.intp)
        gain = c @ chosen
        intra = float(gain @ chosen) / 2
        inter = float(form.degree @ chosen) - 2 * intra
        add = form.linear[outside] + form.product * gain[outside]
        drop = -form.linear[inside] - form.product * gain[inside]
        add_inter = inter + form.degree[outside] - 2 * gain[outside]
        drop_inter = inter + 2 * gain[inside] - form.degree[inside]
        between = c[np.ix_(inside, outside)]
        swap = drop[:, None] + add[None, :] - form.product * between
        swap_inter = drop_inter[:, None] + add_inter[None, :] - inter + 2 * between

        distance = {
            "add": np.full(len(outside), self._size_distance(size + 1)),
            "remove": np.full(len(inside), self._size_distance(size - 1)),
            "swap": np.full(swap.shape, self._size_distance(size)),
        }
        for condition in self.problem.conditions:
            now, w = condition.value(np.flatnonzero(chosen)), condition.weights
            distance["add"] += _distance(condition, now + w[outside])
            distance["remove"] += _distance(condition, now - w[inside])
            distance["swap"] += _distance(condition, now - w[inside][:, None] + w[outside][None, :])
        if misplaced := self._misplaced(chosen):
            # excluded models can be removed, and required ones added
            right_in, right_out = self.fixed_in[outside], self.fixed_out[inside]
            distance["add"] += misplaced - right_in
            distance["remove"] += misplaced - right_out
            distance["swap"] += misplaced - right_out[:, None] - right_in[None, :].astype(float)
        return [
            Moves("add", add, add_inter, distance["add"], nobody, outside),
            Moves("remove", drop, drop_inter, distance["remove"], inside, nobody),
            Moves("swap", swap.ravel(), swap_inter.ravel(), distance["swap"].ravel(), inside,
                  outside),
        ]  # fmt: skip

    def _best(
        self,
        moves: list[Moves],
        chosen: Bools,
        within: float = 0.0,
        limit: float | None = None,
    ) -> Neighbour | None:
        """Return the neighbour of least loss among those that are within a distance."""
        limit = self.limit if limit is None else limit
        loss = self._loss(chosen, self._sums(chosen)[0])
        changes = [
            np.where((m.violation > within) | (m.inter > limit), np.inf, m.change) for m in moves
        ]
        least = min((float(values.min(initial=np.inf)) for values in changes), default=np.inf)
        if not math.isfinite(least):
            return None
        for of_kind, values in zip(moves, changes, strict=True):
            ties = np.flatnonzero(values <= least + self.rounding(loss))
            if ties.size:
                return of_kind.neighbour(int(ties[0]), loss)
        raise AssertionError("unreachable: some change is the least")

    def _misplaced(self, chosen: Bools) -> int:
        """Return how many excluded models are in and required ones are not."""
        return int((chosen & self.fixed_out).sum() + (self.fixed_in & ~chosen).sum())

    def _size_distance(self, size: int) -> float:
        return float(max(0, self.low - size, size - self.high))

    def _sums(self, chosen: Bools) -> tuple[float, float]:
        """Return intra and inter."""
        intra = float(self.problem.matrix @ chosen @ chosen) / 2
        return intra, float(self.form.degree @ chosen) - 2 * intra

    def _loss(self, chosen: Bools, intra: float) -> float:
        linear = float(self.form.linear @ chosen)
        return self.form.constant + linear + self.form.product * intra


def _distance(condition: Condition, total: Floats) -> Floats:
    """Return how far sums are outside the bounds, in units of the largest weight."""
    low = -np.inf if condition.low is None else condition.low
    high = np.inf if condition.high is None else condition.high
    outside = np.maximum(0.0, np.maximum(low - total, total - high))
    unit = float(np.abs(condition.weights).max(initial=0.0)) or 1.0
    return np.asarray(outside / unit, dtype=np.float64)
