"""One-flip tabu search for binary quadratic problems with constraints.

The gain of flipping x_i is (1 − 2x_i) h_i with the derivative h = linear + Q x. After a flip the
derivative changes by a column of Q, so a move costs O(n): all gains are known at all times (Glover,
Kochenberger, Alidaee, *Management Science* 44, 1998). The best move that is not tabu is made,
whether it improves or not; a variable just flipped is tabu for a while, unless flipping it would
give a new best value (aspiration). After some moves without an improvement, the search restarts
from the best point with some variables flipped at random (iterated tabu search: Palubeckis, 2006).

Under constraints, the violation of a point is charged with a penalty weight. The weight rises while
the search is infeasible and falls while it is feasible, so that it moves along the border
(strategic oscillation). Where a linear constraint is an equality no flip keeps it, so swaps of
a chosen variable for another are moves as well. A point becomes the best one only if it is feasible
by correctly rounded sums. Where there is an inter constraint, restarts alternate with double swaps
(`double_swap`).

In large problems correctly rounded sums cost as much as hundreds of moves, so a point is checked
only when the moves after it were no better, and swaps are looked for among the most promising
variables of each side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from chemopt.execution.clock import now
from chemopt.methods.bqp.heuristics.double_swap import perturb_and_double_swap
from chemopt.methods.bqp.heuristics.violation import Violation
from chemopt.methods.bqp.problem import BinaryQuadratic, Bools, Floats, Indices, Ints
from chemopt.numerics import IMPROVEMENT_TOLERANCE

# Moves without `moves` and `time_limit`, for each variable and in addition.
_MOVES_PER_VARIABLE, _EXTRA_MOVES = 200, 1000
# Moves without an improvement until a restart, for each variable and in addition.
_PATIENCE_PER_VARIABLE, _EXTRA_PATIENCE = 5, 500
# The stop callback is polled once in so many moves.
_POLL = 64
_LONGEST_TENURE = 20
# Strategic oscillation: after this many moves on one side the penalty weight falls or rises, within
# limits relative to its base.
_STREAK = 10
_WEIGHT_FALL, _WEIGHT_RISE = 0.7, 1.5
_LEAST_WEIGHT, _LARGEST_WEIGHT = 1e-4, 1e4
# Shares of the restarts: from anywhere; by double swaps, and how many of these.
_RANDOM_RESTARTS = 0.2
_DOUBLE_SWAP_RESTARTS = 0.5
_DOUBLE_SWAPS = 20
# Relative to the base weight: points that seem better by more than this are recomputed.
_RECOMPUTE = 1e-13
# With more variables than this, points are checked after this many moves without an improvement.
_LARGE, _SETTLED = 200, 50
# Variables of each side whose swaps are evaluated, those of the best flips, if there are more.
_SWAPPED = 128


@dataclass
class TabuResult:
    """The result of a tabu search.

    Attributes
    ----------
    x : ndarray of bool or None
        The best feasible point; None if there was none.
    value : float
        f(x), or inf.
    moves : int
    history : list of (seconds, value)
        Each new best value.
    """

    x: Bools | None
    value: float
    moves: int
    history: list[tuple[float, float]] = field(default_factory=list)


def tabu_search(
    problem: BinaryQuadratic,
    *,
    seed: int = 0,
    moves: int | None = None,
    time_limit: float | None = None,
    start: Bools | None = None,
    stop: Callable[[], bool] = lambda: False,
    is_feasible: Callable[[Bools], bool] | None = None,
) -> TabuResult:
    """Search for a good feasible point.

    Parameters
    ----------
    problem : BinaryQuadratic
    seed : int
    moves : int, optional
        How many moves to make; 200 n + 1000 if neither this nor `time_limit` is given.
    time_limit : float, optional
        Seconds.
    start : ndarray of bool, optional
        Where to start; it may be infeasible. A random point by default.
    stop : callable
        Polled once in 64 moves; return True to stop.
    is_feasible : callable, optional
        Decides whether a point may be returned; `problem.is_feasible` by default.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-1.0, -2.0]), np.array([[0.0, 3.0], [3.0, 0.0]]))
    >>> tabu_search(f).value
    -2.0
    """
    if moves is None:
        moves = _MOVES_PER_VARIABLE * problem.n + _EXTRA_MOVES if time_limit is None else 2**62
    search = TabuSearch(problem, seed=seed, start=start, is_feasible=is_feasible)
    search.advance(moves, time_limit=time_limit, stop=stop)
    return search.result


@dataclass
class _Penalty:
    """The penalty weight of violations, by strategic oscillation.

    Attributes
    ----------
    base, weight : float
    streak : int
        Moves since the search was last on the other side: positive if feasible, else negative.
    """

    base: float
    weight: float
    streak: int = 0

    def update(self, feasible: bool) -> None:
        """Note on which side a move ended; change the weight after a streak."""
        if feasible:
            self.streak = self.streak + 1 if self.streak > 0 else 1
        else:
            self.streak = min(self.streak, 0) - 1
        if self.streak >= _STREAK:
            self.weight = max(self.weight * _WEIGHT_FALL, self.base * _LEAST_WEIGHT)
            self.streak = 0
        elif self.streak <= -_STREAK:
            self.weight = min(self.weight * _WEIGHT_RISE, self.base * _LARGEST_WEIGHT)
            self.streak = 0


class TabuSearch:
    """A search that can be continued: the current point with its derivative, and the best one.

    Parameters
    ----------
    problem, seed, start, is_feasible
        As for `tabu_search`.

    Attributes
    ----------
    x, value
        The current point and f(x), kept up to date by additions.
    direction : ndarray of shape (n,)
        1 − 2x: the change of each variable when it is flipped.
    derivative : ndarray of shape (n,)
        linear + Q x.
    violation : Violation
        Of the current point.
    tabu_until : ndarray of shape (n,)
        The last move at which each variable is tabu.
    scale : float
        The largest derivative: the base of the penalty weight, and of tolerances.
    best, best_value
        The best feasible point, by correctly rounded sums.
    candidate, claimed, record
        In large problems, a better point that is still to be checked, if any, and its value kept up
        by additions; `record` is that value, or else `best_value`.
    made, idle : int
        Moves, and moves since the last improvement or restart.
    best_score : float
        Since the last restart, penalties included.
    """

    def __init__(
        self,
        problem: BinaryQuadratic,
        *,
        seed: int = 0,
        start: Bools | None = None,
        is_feasible: Callable[[Bools], bool] | None = None,
    ) -> None:
        n = problem.n
        self.problem, self.is_feasible = problem, is_feasible or problem.is_feasible
        self.rng = np.random.default_rng([seed, n])
        self.columns = np.ascontiguousarray(problem.quadratic)
        largest = float(np.abs(problem.linear).max(initial=0.0))
        largest = max(largest, float(np.abs(problem.quadratic).sum(axis=1).max(initial=0.0)))
        self.scale = largest or 1.0
        self.improvement = IMPROVEMENT_TOLERANCE * self.scale
        self.tenure = min(_LONGEST_TENURE, n // 4)
        self.patience = _PATIENCE_PER_VARIABLE * n + _EXTRA_PATIENCE
        self.tabu_until: Ints = np.zeros(n, dtype=np.int64)
        self.best: Bools | None = None
        self.candidate: Bools | None = None
        self.best_value = self.record = self.claimed = math.inf
        self.history: list[tuple[float, float]] = []
        self.began = now()
        self.violation = Violation(problem)
        self.swapping = self.violation.has_equalities
        self.penalty = _Penalty(self.scale, self.scale)
        self.made = self.idle = 0
        self.best_score = math.inf
        self.x: Bools = np.zeros(n, dtype=bool)
        self.direction: Floats = np.ones(n)
        self.derivative: Floats = problem.linear
        self.value = problem.constant
        self.move_to(self.rng.random(n) < 0.5 if start is None else start)
        self.update_best()

    @property
    def result(self) -> TabuResult:
        """The best point so far."""
        return TabuResult(self.best, self.best_value, self.made, self.history)

    def advance(
        self,
        moves: int,
        *,
        time_limit: float | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Make more moves, until a limit is reached."""
        began, last = now(), self.made + moves if self.problem.n else self.made
        while self.made < last:
            if self.made % _POLL == 0 and (
                stop() or (time_limit is not None and now() - began > time_limit)
            ):
                break
            self.made += 1
            self.make_best_move(self.made, self.penalty.weight)
            feasible = self.violation.total == 0
            if feasible and self.problem.n <= _LARGE:
                self.update_best()
            elif feasible and self.value < self.record - self.improvement:
                self.candidate, self.record = self.x.copy(), self.value
                self.claimed = self.value
            if len(self.violation):
                self.penalty.update(feasible)
            score = self.value + self.penalty.weight * self.violation.total
            self.idle += 1
            if score < self.best_score - self.improvement:
                self.best_score, self.idle = score, 0
            if self.idle > _SETTLED:
                self.check_candidate()
            if self.idle > self.patience:
                self.restart()
                self.idle, self.best_score = 0, math.inf
                self.penalty.weight = self.scale
                self.tabu_until[:] = 0
        self.check_candidate()

    def move_to(self, x: Bools) -> None:
        """Make x the current point."""
        self.x = x.copy()
        self.direction = np.where(x, -1.0, 1.0)
        self.derivative = self.problem.linear + self.columns @ x
        half = float((self.problem.linear + self.derivative)[x].sum() / 2)
        self.value = self.problem.constant + half
        self.violation.move_to(x)

    def flip(self, i: int) -> None:
        """Flip a variable."""
        direction = self.direction[i]
        self.value += direction * self.derivative[i]
        self.derivative += direction * self.columns[i]
        self.violation.flip(i, direction)
        self.x[i] = direction > 0
        self.direction[i] = -direction

    def make_best_move(self, now: int, penalty_weight: float) -> None:
        """Make the best move that is not tabu."""
        tabu = self.tabu_until > now
        if self.swapping and self.violation.total == 0:
            self.swap(now, tabu)
            return
        gain = self.direction * self.derivative
        if len(self.violation):
            change = self.violation.after_flips(self.direction) - self.violation.total
            gain = gain + penalty_weight * change
        if self.violation.total == 0:
            tabu &= gain >= self.record - self.value - self.improvement
        i = int(np.where(tabu, np.inf, gain).argmin())
        if tabu[i]:
            i = int(self.rng.integers(len(gain)))
        self.flip(i)
        self.tabu_until[i] = now + self.tenure + self.rng.integers(1, 11)

    def swap(self, now: int, tabu: Bools) -> None:
        """Swap a chosen variable for another one."""
        inside, outside = np.flatnonzero(self.x), np.flatnonzero(~self.x)
        if not len(inside) or not len(outside):
            return
        if self.problem.n > _LARGE:
            inside = _least(inside, -self.derivative[inside] + self.scale * tabu[inside])
            outside = _least(outside, self.derivative[outside] + self.scale * tabu[outside])
        gains = (-self.derivative[inside])[:, None] + self.derivative[outside][None, :]
        gains -= self.columns[np.ix_(inside, outside)]
        gains += self.scale * self.violation.after_swaps(inside, outside)
        tabu_swaps = tabu[inside][:, None] | tabu[outside][None, :]
        tabu_swaps &= gains >= self.record - self.value - self.improvement
        gains[tabu_swaps] = np.inf
        k = int(gains.argmin())
        a, b = int(inside[k // len(outside)]), int(outside[k % len(outside)])
        self.flip(a)
        self.flip(b)
        self.tabu_until[a] = now + self.tenure // 2 + self.rng.integers(1, 11)
        self.tabu_until[b] = now + self.tenure // 2 + self.rng.integers(1, 11)

    def update_best(self) -> None:
        """Keep the current point if it is feasible and the best so far."""
        if self.value >= self.best_value - _RECOMPUTE * self.scale or self.violation.total > 0:
            return
        if self.is_feasible(self.x):
            self.value = self.keep(self.x)

    def check_candidate(self) -> None:
        """Keep the candidate if it is feasible and the best so far."""
        if self.candidate is not None and self.is_feasible(self.candidate):
            # without what additions have lost, or the same point would look better again and again
            self.value += self.keep(self.candidate) - self.claimed
        self.candidate, self.record = None, self.best_value

    def keep(self, x: Bools) -> float:
        """Make a feasible point the best one if it is; return its value."""
        value = self.problem.value(x)
        if value < self.best_value:
            self.best, self.best_value = x.copy(), value
            self.history.append((now() - self.began, value))
        self.record = min(self.record, self.best_value)
        return value

    def restart(self) -> None:
        """Restart from the best point with some variables flipped, or from a random point."""
        n = self.problem.n
        if self.best is None or self.rng.random() < _RANDOM_RESTARTS:
            self.move_to(self.rng.random(n) < self.rng.random())
            return
        if self.problem.inter is not None and self.rng.random() < _DOUBLE_SWAP_RESTARTS:
            self.try_double_swaps(self.best)
            return
        x = self.best.copy()
        count = int(self.rng.integers(min(n, 4), max(n // 10, min(n, 4)) + 1))
        chosen = self.rng.permutation(n)[:count]
        x[chosen] = ~x[chosen]
        self.move_to(x)

    def try_double_swaps(self, best: Bools) -> None:
        """Look near the best point for one that comes closer to the limit on inter."""
        for _ in range(_DOUBLE_SWAPS):
            swapped = perturb_and_double_swap(self.problem, best, self.rng)
            if swapped is not None and swapped[1] < self.best_value:
                self.move_to(swapped[0])
                self.update_best()
        self.move_to(best)


def _least(candidates: Indices, keys: Floats) -> Indices:
    """Return the candidates of the least keys, in their order."""
    if len(candidates) <= _SWAPPED:
        return candidates
    return np.sort(candidates[np.argpartition(keys, _SWAPPED)[:_SWAPPED]])
