"""One-flip tabu search for quadratic 0/1 problems, with rows.

The gain of flipping x_i is (1 − 2x_i) h_i with the field h = linear + Q x. After a flip the field
changes by a column of Q, so a move costs O(n): all gains are known at all times (Glover,
Kochenberger, Alidaee, *Management Science* 44, 1998). The best move that is not tabu is made,
whether it improves or not; a variable just flipped is tabu for a while, unless flipping it would
give a new best value. After some moves without one, the search starts again from the
best point with some variables flipped at random (iterated tabu search: Palubeckis, 2006).

Under rows, a point is charged with `price` times how far it is outside of them; the price rises
while the search stays outside and falls while it stays inside, so that it moves along the border
(strategic oscillation). Where a row is an equality no flip keeps it, so exchanges of a chosen
for another variable are moves as well. Only points that meet all rows, by correctly rounded
sums, are ever remembered. Where the rule on inter binds, restarts alternate with double exchanges
(`exchange`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from chemopt.methods.bqp.heuristics.double_swap import near
from chemopt.methods.bqp.problem import BinaryQuadratic, Bools, Floats, Places

# Double exchanges tried at a restart.
_EXCHANGES = 20


@dataclass
class TabuResult:
    """What a tabu search found.

    Attributes
    ----------
    x : ndarray of bool or None
        The best point that meets all rows; None if there was none.
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
    admits: Callable[[Bools], bool] | None = None,
) -> TabuResult:
    """Search for a good point.

    Parameters
    ----------
    problem : BinaryQuadratic
    seed : int
    moves : int, optional
        How many moves to make; at least one of this and `time_limit` should be given, or 200 n
        moves are made.
    time_limit : float, optional
        Seconds.
    start : ndarray of bool, optional
        Where to start; it need not meet the rows. The first of some random points by default.
    stop : callable
        Asked now and then whether to stop.
    admits : callable, optional
        Whether a point that meets the rows may be returned; that of `problem` by default.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-1.0, -2.0]), np.array([[0.0, 3.0], [3.0, 0.0]]))
    >>> tabu_search(f).value
    -2.0
    """
    if moves is None:
        moves = 2**62 if time_limit is not None else 200 * problem.n + 1000
    search = _Search(problem, seed, admits or problem.admits)
    return search.run(moves, time_limit, start, stop)


class _Search:
    """The state of a search: a point, its field, its activities."""

    def __init__(
        self, problem: BinaryQuadratic, seed: int, admits: Callable[[Bools], bool]
    ) -> None:
        self.problem, self.admits = problem, admits
        self.rng = np.random.default_rng([seed, problem.n])
        n = problem.n
        self.rows = _scaled_rows(problem)
        self.swapping = bool((self.rows.low == self.rows.high).any())
        self.columns = np.ascontiguousarray(problem.quadratic)
        largest = float(np.abs(problem.linear).max(initial=0.0))
        largest = max(largest, float(np.abs(problem.quadratic).sum(axis=1).max(initial=0.0)))
        self.base_price = largest or 1.0
        self.best: Bools | None = None
        self.best_value = math.inf
        self.history: list[tuple[float, float]] = []
        self.tenure = min(20, n // 4)
        self.place(np.zeros(n, dtype=bool))

    def place(self, x: Bools) -> None:
        """Move to a point."""
        self.x = x.copy()
        self.way = np.where(x, -1.0, 1.0)
        self.field = self.problem.linear + self.columns @ x
        self.value = self.problem.constant + float((self.problem.linear + self.field)[x].sum() / 2)
        self.rows.place(x)

    def flip(self, i: int) -> None:
        """Flip a variable."""
        way = self.way[i]
        self.value += way * self.field[i]
        self.field += way * self.columns[i]
        self.rows.flip(i, way)
        self.x[i] = way > 0
        self.way[i] = -way

    def run(
        self, moves: int, time_limit: float | None, start: Bools | None, stop: Callable[[], bool]
    ) -> TabuResult:
        began = self.began = time.perf_counter()
        n = self.problem.n
        made = 0
        if n == 0:
            self.remember()
            return TabuResult(self.best, self.best_value, 0, self.history)
        patience = 5 * n + 500
        self.place(self.first() if start is None else start)
        since = 0
        self.release = np.zeros(n, dtype=np.int64)
        price = self.base_price
        streak = 0
        self.remember()
        local = math.inf
        while made < moves:
            if made % 64 == 0 and (
                stop() or (time_limit is not None and time.perf_counter() - began > time_limit)
            ):
                break
            made += 1
            self.move(made, price)
            inside = self.rows.violation == 0
            if inside:
                self.remember()
            if len(self.rows):
                streak = (streak + 1 if streak > 0 else 1) if inside else min(streak, 0) - 1
                if streak >= 10:
                    price, streak = max(price * 0.7, self.base_price * 1e-4), 0
                elif streak <= -10:
                    price, streak = min(price * 1.5, self.base_price * 1e4), 0
            score = self.value + price * self.rows.violation
            since += 1
            if (
                inside and self.value < local - 1e-12 * self.base_price
            ) or score < local - 1e-12 * self.base_price:
                local, since = min(score, local), 0
            if since > patience:
                self.restart()
                since, local, price = 0, math.inf, self.base_price
                self.release[:] = 0
        return TabuResult(self.best, self.best_value, made, self.history)

    def move(self, now: int, price: float) -> None:
        """Make the best move that is not tabu."""
        gain = self.way * self.field
        if len(self.rows):
            gain = gain + price * (self.rows.after_flips(self.way) - self.rows.violation)
        blocked = self.release > now
        if self.swapping and self.rows.violation == 0:
            self.swap(now, blocked)
            return
        if self.rows.violation == 0 or not len(self.rows):
            aspired = gain < self.best_value - self.value - 1e-12 * self.base_price
            blocked &= ~aspired
        i = int(np.where(blocked, np.inf, gain).argmin())
        if blocked[i]:
            i = int(self.rng.integers(len(gain)))
        self.flip(i)
        self.release[i] = now + self.tenure + self.rng.integers(1, 11)

    def swap(self, now: int, blocked: Bools) -> None:
        """Exchange a chosen variable for another one."""
        inside, outside = np.flatnonzero(self.x), np.flatnonzero(~self.x)
        if not len(inside) or not len(outside):
            return
        gains = (-self.field[inside])[:, None] + self.field[outside][None, :]
        gains -= self.columns[np.ix_(inside, outside)]
        gains += self.base_price * self.rows.after_swaps(inside, outside)
        tabu = blocked[inside][:, None] | blocked[outside][None, :]
        tabu &= gains >= self.best_value - self.value - 1e-12 * self.base_price
        gains[tabu] = np.inf
        k = int(gains.argmin())
        a, b = int(inside[k // len(outside)]), int(outside[k % len(outside)])
        self.flip(a)
        self.flip(b)
        self.release[a] = now + self.tenure // 2 + self.rng.integers(1, 11)
        self.release[b] = now + self.tenure // 2 + self.rng.integers(1, 11)

    def remember(self) -> None:
        """Keep the point if it is the best so far."""
        if self.value >= self.best_value - 1e-13 * self.base_price or self.rows.violation > 0:
            return
        if not self.admits(self.x):
            return
        exact = self.problem.value(self.x)
        self.value = exact
        if exact < self.best_value:
            self.best, self.best_value = self.x.copy(), exact
            self.history.append((time.perf_counter() - self.began, exact))

    def first(self) -> Bools:
        """Draw the first point."""
        return self.rng.random(self.problem.n) < 0.5

    def restart(self) -> None:
        """Start again: from the best point with some variables flipped, or from anywhere."""
        n = self.problem.n
        if self.best is None or self.rng.random() < 0.2:
            self.place(self.rng.random(n) < self.rng.random())
            return
        if self.problem.rule is not None and self.rng.random() < 0.5:
            self.exchange(self.best)
            return
        x = self.best.copy()
        count = int(self.rng.integers(min(n, 4), max(n // 10, min(n, 4)) + 1))
        chosen = self.rng.permutation(n)[:count]
        x[chosen] = ~x[chosen]
        self.place(x)

    def exchange(self, best: Bools) -> None:
        """Look near the best point for one that comes closer to the limit of the rule."""
        for _ in range(_EXCHANGES):
            found = near(self.problem, best, self.rng)
            if found is not None and found[1] < self.best_value:
                self.place(found[0])
                self.remember()
        self.place(best)


class _Rows:
    """Activities of the rows (and the rule on inter), and how far they are outside."""

    def __init__(
        self, weights: Floats, low: Floats, high: Floats, problem: BinaryQuadratic
    ) -> None:
        self.weights, self.low, self.high = weights, low, high
        self.rule = problem.rule
        self.size = 1.0
        if self.rule is not None:
            self.size = float(np.abs(self.rule.matrix).sum(axis=1).max(initial=0.0)) or 1.0
            self.limit = self.rule.limit
        self.violation = 0.0

    def __len__(self) -> int:
        return len(self.low) + (self.rule is not None)

    def place(self, x: Bools) -> None:
        self.activity = self.weights @ x
        if self.rule is not None:
            self.pull = self.rule.lines - 2 * (self.rule.matrix @ x)
            self.inter = self.rule.base + float((self.rule.lines + self.pull)[x].sum() / 2)
        self._measure()

    def flip(self, i: int, way: float) -> None:
        if len(self.low):
            self.activity = self.activity + way * self.weights[:, i]
        if self.rule is not None:
            self.inter += way * float(self.pull[i])
            self.pull -= 2 * way * self.rule.matrix[i]
        if len(self):
            self._measure()

    def _measure(self) -> None:
        total = 0.0
        if len(self.low):
            total = float(self._outside(self.activity[:, None])[0])
        if self.rule is not None:
            total += max(0.0, self.inter - self.limit) / self.size
        self.violation = total

    def _outside(self, activity: Floats) -> Floats:
        below = np.maximum(self.low[:, None] - activity, 0.0)
        above = np.maximum(activity - self.high[:, None], 0.0)
        both = below + above
        both[both < 1e-9] = 0.0
        found: Floats = both.sum(axis=0)
        return found

    def after_flips(self, way: Floats) -> Floats:
        found = np.zeros(len(way))
        if len(self.low):
            found = self._outside(self.activity[:, None] + way * self.weights)
        if self.rule is not None:
            found = found + np.maximum(self.inter + way * self.pull - self.limit, 0.0) / self.size
        return found

    def after_swaps(self, inside: Places, outside: Places) -> Floats:
        found = np.zeros((len(inside), len(outside)))
        for row, low, high, activity in zip(
            self.weights, self.low, self.high, self.activity, strict=True
        ):
            new = activity - row[inside][:, None] + row[outside][None, :]
            out = np.maximum(low - new, 0.0) + np.maximum(new - high, 0.0)
            out[out < 1e-9] = 0.0
            found += out
        if self.rule is not None:
            new = self.inter - self.pull[inside][:, None] + self.pull[outside][None, :]
            new += 2 * self.rule.matrix[np.ix_(inside, outside)]
            found += np.maximum(new - self.limit, 0.0) / self.size
        return found


def _scaled_rows(problem: BinaryQuadratic) -> _Rows:
    """Scale rows so that their largest weight is 1."""
    size = np.abs(problem.weights).max(axis=1, initial=0.0)
    size[size == 0] = 1.0
    return _Rows(problem.weights / size[:, None], problem.low / size, problem.high / size, problem)
