"""Best-first branch and bound on the semidefinite bound.

A node fixes some variables. It is worked on as follows, until it is settled or split:

1. persistency and the rows fix more (`persistency`);
2. with few free variables, all points are looked at (`small`); where there is a rule on inter, its
   own
   bound is taken (`rule_bound`);
3. the semidefinite bound is computed, from the multipliers of the parent (`sdp`), and stops as
   soon as
   the node is settled or no longer promises to be;
4. points are rounded from its matrix and improved by tabu search (`rounding`, `tabu`),
   and near the limit of the rule by double exchanges (`exchange`);
5. variables are fixed by what the bound leaves (`fixing`); many: the node is worked on again;
6. the node is split: where the rule binds, on the size if it is fractional; else on the variable
   whose
   product with the extra node is least decided.

What is proved
    Every node is settled by a bound that holds in floating point (`certify`), less the rounding of
    the coefficients (`BinaryQuadratic.rounding`). A node is settled when its bound is at least the
    incumbent less `PRUNE_TOLERANCE` of it (and twice that rounding); or, where all values are
    multiples of a step, when it is above the incumbent less a step. The bound returned is the
    least of the incumbent, the bounds of the nodes settled by the tolerance, and those of open
    nodes.

If f is unchanged when all variables are flipped, and there are no rows, one variable is fixed at
the root.
"""

from __future__ import annotations

import heapq
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt.methods.bqp import blas, presolve
from chemopt.methods.bqp.bound.certify import certify
from chemopt.methods.bqp.bound.dual_warm_start import inherited
from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.inter_bound import rule_bound
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sdp import Effort, bound_node
from chemopt.methods.bqp.bound.sign_form import SignForm, natural_scale, sign_form
from chemopt.methods.bqp.enumeration import best_points
from chemopt.methods.bqp.heuristics.double_swap import near
from chemopt.methods.bqp.heuristics.randomised_rounding import rounded
from chemopt.methods.bqp.heuristics.tabu import tabu_search
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Bools, Floats, Places
from chemopt.methods.bqp.reduced_costs import sides_ruled_out

logger = logging.getLogger(__name__)

# Relative to the incumbent: better points that are better by less than this may be missed. Bounds
# have an error of about 1e-12, and losses are compared to 1e-9.
PRUNE_TOLERANCE = 1e-9
# Of the limit of the rule: losses are not told apart by less, since the limit itself has a part of
# 1e-9 for rounding (`chemopt.problem.loss.SUM_TOLERANCE`) that points may or may not use.
_RULE_SLACK = 1e-9
# Up to so many free variables a node is enumerated: 65 536 values take about a millisecond.
ENUMERATED = 16
# A node is worked on again, and not split, when this part of its free variables was fixed.
_WORTHWHILE = 0.15
ROOT = Effort(start=0.5, steps=30, rounds=60, patience=8.0)
CHILD = Effort(start=0.005, steps=40, rounds=30, patience=4.0, odd=0)
# Starting points of double exchanges at the root, and at nodes, where there is a rule on inter.
_STARTS = 300
_NODE_STARTS = 10
# Open nodes beyond this give up their inherited multipliers (about 100 kB for two siblings).
_REMEMBERED = 5_000

Fixed = npt.NDArray[np.int8]
Log = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Answer:
    """What branch and bound found.

    Attributes
    ----------
    x : ndarray of bool or None
        The best point that meets all rows.
    value : float
        f(x); inf without a point.
    bound : float
        No feasible point has a smaller f; inf if there is none.
    finished : bool
        All nodes are settled.
    gap_reached : bool
        The bound is within the relative gap that was asked for.
    nodes, decompositions : int
    history : list of (seconds, value)
        Each new incumbent.
    """

    x: Bools | None
    value: float
    bound: float
    finished: bool
    gap_reached: bool
    nodes: int
    decompositions: int
    history: list[tuple[float, float]]


@dataclass(frozen=True, eq=False)
class _Part:
    """The points of a node: values that are fixed, and the least and the largest size."""

    fixed: Fixed
    sizes: tuple[int, int]


@dataclass(eq=False)
class _Node:
    bound: float
    number: int
    part: _Part
    # multipliers of the parent, and its part
    duals: Duals | None = None
    parent: _Part | None = None

    def __lt__(self, other: _Node) -> bool:
        return (self.bound, self.number) < (other.bound, other.number)


def branch_and_bound(
    problem: BinaryQuadratic,
    *,
    fixed: Fixed | None = None,
    seed: int = 0,
    time_limit: float | None = None,
    rel_gap: float = 0.0,
    stop: Callable[[], bool] = lambda: False,
    log: Log = logger.debug,
    enumerated: int = ENUMERATED,
    root: Effort = ROOT,
    child: Effort = CHILD,
) -> Answer:
    """Minimise a quadratic function of 0/1 variables under rows, and prove it.

    Parameters
    ----------
    problem : BinaryQuadratic
    fixed : ndarray of shape (n,), optional
        0 or 1 for variables that have this value, `FREE` for the others.
    seed : int
        Of the tabu search and of rounding. The answer is the same for the same seed.
    time_limit : float, optional
        Seconds.
    rel_gap : float
        Stop when (value − bound) / |value| is at most this.
    stop : callable
        Asked every few milliseconds whether to stop.
    log : callable
        Takes lines of the log.
    enumerated : int
        Nodes with so many free variables, or fewer, are enumerated.
    root, child : Effort
        How hard to work on bounds.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-1.0, -2.0]), np.array([[0.0, 3.0], [3.0, 0.0]]))
    >>> answer = branch_and_bound(f)
    >>> answer.value, answer.finished
    (-2.0, True)
    """
    import scipy.optimize  # noqa: F401 - so that its BLAS is there to be told

    search = _Search(problem, seed, time_limit, rel_gap, stop, log, enumerated, root, child)
    with blas.one_thread():
        return search.run(fixed)


class _Search:
    def __init__(
        self,
        problem: BinaryQuadratic,
        seed: int,
        time_limit: float | None,
        rel_gap: float,
        stop: Callable[[], bool],
        log: Log,
        enumerated: int,
        root: Effort,
        child: Effort,
    ) -> None:
        self.seed, self.rel_gap = seed, rel_gap
        self.problem = _with_size_row(problem).scaled_rows()
        self.time_limit, self._stop, self.log = time_limit, stop, log
        self.enumerated, self.root, self.child = enumerated, root, child
        self.began = time.perf_counter()
        self.scale = natural_scale(problem)
        self.blur = _RULE_SLACK * abs(problem.rule.limit) if problem.rule is not None else 0.0
        self.stepped = problem.step > 4 * problem.rounding
        self.x: Bools | None = None
        self.value = math.inf
        self.settled = math.inf  # the least bound of nodes settled by the tolerance
        self.open: list[_Node] = []
        self.nodes = self.decompositions = self.made = 0
        self.history: list[tuple[float, float]] = []
        self.logged = -math.inf

    def stopped(self) -> bool:
        late = self.time_limit is not None and self.seconds >= self.time_limit
        return late or self._stop()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    @property
    def cutoff(self) -> float:
        """A node with at least this bound is settled."""
        rounding = 2 * self.problem.rounding
        if self.x is None:
            return 2 * self.problem.magnitude + 1  # no point has such a value
        if self.stepped:
            return self.value - self.problem.step + rounding
        return self.value - PRUNE_TOLERANCE * abs(self.value) - self.blur - rounding

    @property
    def bound(self) -> float:
        """The least that a feasible point can have, by what is known."""
        return min([self.value, self.settled, *(node.bound for node in self.open[:1])])

    @property
    def gap_reached(self) -> bool:
        return self.x is not None and self.value - self.bound <= self.rel_gap * abs(self.value)

    def run(self, fixed: Fixed | None) -> Answer:
        asymmetry = 0.0
        if fixed is None:
            fixed = np.full(self.problem.n, FREE, dtype=np.int8)
            asymmetry = self._fix_one_side(fixed)
        root = presolve.fix(self.problem, fixed)
        if root is not None:
            self.start = root
            bound = self.first_bound(root)
            self.open = [_Node(bound, 0, _Part(root, (0, self.problem.n)))]
            self.search(root)
        while self.open and not self.stopped() and not self.gap_reached:
            node = heapq.heappop(self.open)
            if node.bound >= self.cutoff:
                self.settle(node.bound)
                continue
            for child in self.work_on(node):
                heapq.heappush(self.open, child)
            self.tell()
        self.tell(last=True)
        return Answer(
            self.x,
            self.value,
            self.bound - asymmetry,
            not self.open,
            self.gap_reached,
            self.nodes,
            self.decompositions,
            self.history,
        )

    def first_bound(self, root: Fixed) -> float:
        """Return the eigenvalue bound, so that there is one however short the time."""
        form = sign_form(self.problem.restrict(root), self.scale)
        relaxation = Relaxation(form)
        u = relaxation.use(Duals.at_start(form.matrix))
        proved = certify(relaxation, u).bound
        return form.base - form.scale * proved - self.problem.rounding

    def search(self, root: Fixed) -> None:
        """Look for a first incumbent."""
        free = np.flatnonzero(root == FREE)
        if len(free) > self.enumerated:
            part = self.problem.restrict(root)
            moves = 20 * part.n + 1000
            found = tabu_search(part, seed=self.seed, moves=moves, stop=self.stopped)
            if found.x is not None:
                self.offer_part(found.x, root, free)
            self.exchange(_STARTS)

    def exchange(self, starts: int) -> None:
        """Look for points close to the limit of the rule, near the incumbent."""
        if self.problem.rule is None or self.x is None:
            return
        rng = np.random.default_rng([self.seed, self.nodes])
        part, free = self.problem.restrict(self.start), np.flatnonzero(self.start == FREE)
        for _ in range(starts):
            if self.stopped():
                return
            found = near(part, self.x[free], rng)
            if found is not None and found[1] < self.value:
                self.offer_part(found[0], self.start, free)

    def sized(self, sizes: tuple[int, int]) -> BinaryQuadratic:
        """Return the problem with the size of a node."""
        if sizes == (0, self.problem.n):
            return self.problem
        unit = float(self.problem.weights[-1, 0])
        low, high = self.problem.low.copy(), self.problem.high.copy()
        low[-1], high[-1] = sizes[0] * unit, sizes[1] * unit
        return self.problem.with_changes(low=low, high=high)

    def _fix_one_side(self, root: Fixed) -> float:
        """Fix a variable if flipping all changes nothing; return what it changes by rounding."""
        problem = self.problem
        if problem.conditioned or problem.n < 2:
            return 0.0
        change = float(np.abs(2 * problem.linear + problem.quadratic.sum(axis=1)).sum())
        if change > problem.rounding:
            return 0.0
        root[int(np.abs(problem.quadratic).sum(axis=1).argmax())] = 0
        return change + problem.rounding

    def offer(self, x: Bools) -> None:
        """Take a point as the incumbent if it is feasible and better."""
        value = self.problem.value(x)
        if value < self.value and self.problem.admits(x):
            self.x, self.value = x.copy(), value
            self.history.append((self.seconds, value))

    def settle(self, bound: float) -> None:
        """Note the bound of a node that holds nothing better than the cutoff."""
        if not self.stepped:
            self.settled = min(self.settled, bound)

    def work_on(self, node: _Node) -> list[_Node]:
        """Settle a node or split it."""
        self.nodes += 1
        sizes, bound = node.part.sizes, node.bound
        problem, rounding = self.sized(sizes), self.problem.rounding
        fixed = presolve.fix(problem, node.part.fixed)
        duals, parent = node.duals, node.parent
        while fixed is not None:
            free = np.flatnonzero(fixed == FREE)
            part = problem.restrict(fixed)
            bound = max(bound, self.simple_bound(part, fixed, free, sizes))
            if bound >= self.cutoff:
                self.settle(bound)
                return []
            form = sign_form(part, self.scale)
            if duals is None or parent is None:
                effort, duals = self.root, Duals.at_start(form.matrix)
            else:
                above = self.sized(parent.sizes).restrict(parent.fixed)
                values = fixed[parent.fixed == FREE]
                effort = self.child
                duals = inherited(sign_form(above, self.scale), duals, values, form)
            found = bound_node(
                form,
                duals,
                self.target(form),
                effort,
                stop=self.stopped,
            )
            self.decompositions += found.values
            proved = form.base - form.scale * found.certificate.bound - rounding
            bound = max(bound, proved)
            duals, parent = found.duals, _Part(fixed, sizes)
            if bound < self.cutoff:
                self.round(part, found.matrix, fixed, free)
            if bound >= self.cutoff:
                self.settle(bound)
                return []
            if self.stopped():
                return [_Node(bound, node.number, parent, duals, parent)]
            values = sides_ruled_out(found.certificate, self.target(form))
            row, left = found.matrix[0, 1:], values == FREE
            if not left.all():
                self.settle(self.cutoff)
                fixed = fixed.copy()
                fixed[free] = values
                fixed = presolve.fix(problem, fixed)
                if fixed is None:
                    return []
                left = fixed[free] == FREE
            if left.sum() > max(self.enumerated, (1 - _WORTHWHILE) * len(free)):
                children = self._size_parts(fixed, sizes, float(row.sum() + len(row)) / 2, duals)
                if not children:
                    children = _variable_parts(fixed, sizes, free[left], row[left])
                return self.split(children, bound, duals, parent)
        return []

    def target(self, form: SignForm) -> float:
        """Return what ⟨W, X⟩ must not exceed for a node to be settled."""
        return (form.base - self.cutoff - self.problem.rounding) / form.scale

    def split(self, parts: list[_Part], bound: float, duals: Duals, parent: _Part) -> list[_Node]:
        """Return the children of a node."""
        children = []
        for part in parts:
            self.made += 1
            remembered = len(self.open) < _REMEMBERED
            children.append(_Node(bound, self.made, part, duals if remembered else None, parent))
        return children

    def _size_parts(
        self, fixed: Fixed, sizes: tuple[int, int], free_size: float, duals: Duals
    ) -> list[_Part]:
        """Split the sizes where the rule binds and the relaxation has a fractional one."""
        size = float((fixed == 1).sum()) + free_size
        below = math.floor(size)
        binds = self.problem.rule is not None and duals.rule > 0
        if not binds or not sizes[0] <= below < sizes[1] or not 0.02 < size - below < 0.98:
            return []
        return [_Part(fixed, (sizes[0], below)), _Part(fixed, (below + 1, sizes[1]))]

    def simple_bound(
        self, part: BinaryQuadratic, fixed: Fixed, free: Places, sizes: tuple[int, int]
    ) -> float:
        """Return a bound that takes no matrix: of all points if they are few, or of the rule."""
        if len(free) > self.enumerated:
            chosen = int((fixed == 1).sum())
            low, high = max(0, sizes[0] - chosen), min(len(free), sizes[1] - chosen)
            return rule_bound(part, low, high) - self.problem.rounding
        most = 64
        while True:
            points, rest = best_points(part, most)
            for point in points:
                self.offer_part(point, fixed, free)
            if rest >= self.cutoff:
                return rest
            most *= 8  # all that were offered break a rule by a hair

    def offer_part(self, point: Bools, fixed: Fixed, free: Places) -> None:
        """Offer a point in the free variables."""
        x = fixed == 1
        x[free] = point
        self.offer(x)

    def round(self, part: BinaryQuadratic, matrix: Floats, fixed: Fixed, free: Places) -> None:
        """Look for a better point near the node's matrix."""
        start = rounded(part, matrix, (self.seed, self.nodes))
        self.offer_part(start, fixed, free)
        found = tabu_search(
            part, seed=self.seed + self.nodes, moves=2 * part.n, start=start, stop=self.stopped
        )
        if found.x is not None:
            self.offer_part(found.x, fixed, free)
        self.exchange(_NODE_STARTS)

    def tell(self, last: bool = False) -> None:
        if not last and self.seconds < self.logged + 1:
            return
        self.logged = self.seconds
        gap = (self.value - self.bound) / abs(self.value) if self.value else math.inf
        self.log(
            f"{self.seconds:8.1f} s  {self.nodes:7d} nodes  {len(self.open):6d} open  "
            f"{self.value:14.8g}  {self.bound:14.8g}  {100 * gap:9.4g} %"
        )


def _variable_parts(fixed: Fixed, sizes: tuple[int, int], free: Places, row: Floats) -> list[_Part]:
    """Split on the variable that is least decided."""
    parts = []
    for value in (0, 1):
        child = fixed.copy()
        child[free[np.abs(row).argmin()]] = value
        parts.append(_Part(child, sizes))
    return parts


def _with_size_row(problem: BinaryQuadratic) -> BinaryQuadratic:
    """Append the row 0 ≤ |X| ≤ n, for nodes to narrow, where a rule may make that worthwhile."""
    if problem.rule is None:
        return problem
    return problem.with_changes(
        weights=np.vstack([problem.weights, np.ones((1, problem.n))]),
        low=np.append(problem.low, 0.0),
        high=np.append(problem.high, float(problem.n)),
    )
