"""Best-first branch and bound with semidefinite bounds.

A node fixes some variables. It is processed as follows, until it is pruned or branched on:

1. presolve fixes more variables (`presolve`), and leaves out sizes whose bound is no better than
   the incumbent (`size_bounds`);
2. a node with few free variables, or few points of the sizes left, is enumerated (`enumeration`);
   with an inter constraint, the bound of that constraint alone is computed (`inter_bound`);
3. the semidefinite bound is computed from the multipliers of the parent (`dual_warm_start`,
   `sdp`), until the node can be pruned or progress is too slow for that; where many variables are
   free, a low-rank factor gives the bound to start from (`low_rank`), and where very many are, the
   bound itself, while tabu search goes on;
4. heuristics look for a better incumbent (`incumbent`);
5. reduced costs fix variables (`reduced_costs`); if many, the node is processed again;
6. the node is branched on (`branching`): where products are nearly equal, on its few sizes; where
   the inter constraint binds, on the size if it is fractional; else on the variable whose product
   with node 0 is closest to 0.

In a node of one size, coefficients are moved to about 0 first (`branching.centred`), so the
semidefinite bound is as sharp as the differences between points, not as the objective.

What is proved
    Every node is pruned by a bound that holds in floating point (`certify`), less the rounding
    error of the coefficients (`BinaryQuadratic.rounding_error`). A node is pruned when its bound is
    at least the incumbent less `PRUNE_TOLERANCE` of it (and four times that rounding error); or,
    where the objective has a granularity, when it is above the incumbent less that granularity. The
    bound returned is the least of the incumbent, the bounds of the nodes pruned by the tolerance,
    and those of open nodes, less what presolve may lose by rounding.

If f is unchanged when all variables are flipped, and there are no constraints, one variable is
fixed at the root.

With several threads, nodes are processed by as many processes. Some nodes for each of them are in
hand at once, and answers are merged in the order in which the nodes were taken, not in that in
which they come (`chemopt.execution.ordered`). So which nodes there are, and which of several best
points is returned, depends on the number of threads, but never on their speed.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import heapq
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import ThreadpoolController

from chemopt.methods.bqp.bound.certify import certify
from chemopt.methods.bqp.bound.dual_warm_start import dual_warm_start
from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.inter_bound import inter_bound
from chemopt.methods.bqp.bound.low_rank import low_rank_bound
from chemopt.methods.bqp.bound.pair_bound import pair_bound
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sdp import BoundParameters, NodeBound, bound_node
from chemopt.methods.bqp.bound.sign_form import SignForm, natural_scale, sign_form
from chemopt.methods.bqp.bound.size_bounds import narrow_sizes, size_bounds
from chemopt.methods.bqp.branching import (
    Node,
    Subproblem,
    branch_on_size,
    branch_on_variable,
    centred,
    with_size_row,
    with_sizes,
)
from chemopt.methods.bqp.enumeration import best_points, count_points
from chemopt.methods.bqp.incumbent import Incumbent, PrimalHeuristics
from chemopt.methods.bqp.presolve import fix_variables
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Bools, Fixing, Indices
from chemopt.methods.bqp.reduced_costs import reduced_cost_fixing
from chemopt.numerics import PRUNE_TOLERANCE, SUM_TOLERANCE

logger = logging.getLogger(__name__)

# Nodes with up to so many free variables are enumerated: 65 536 values take about a millisecond.
ENUMERATION_LIMIT = 16
# So are nodes with so few points of the sizes left.
_FEW_POINTS = 1 << 14
# Sizes are left out where at most so many remain, and a node is split into them, if what
# distinguishes points of one size is this much smaller than the products.
_SIZES, _SHARPER = 6, 1 / 16
# Points of an enumeration that are offered as incumbents at first, and by how much more each time.
_OFFERED, _MORE_OFFERED = 64, 8
# A node is processed again, instead of branched on, when this share of its free variables was
# fixed.
_PROCESS_AGAIN = 0.15
ROOT = BoundParameters(rho=0.5, iterations=30, rounds=60, patience=8.0)
CHILD = BoundParameters(rho=0.005, iterations=40, rounds=30, patience=4.0, odd_cliques=0)
# With more nodes in the sign form than the first number, a low-rank factor gives the bound to start
# from; with more than the second, where eigendecompositions take too long, the bound itself.
LOW_RANK = (200, 1500)
# Multipliers grow slowly in large problems, and there are many more inequalities.
_TRIANGLES_PER_NODE = 10
# Moves of tabu search for each variable: in a sweep over the rows of a low-rank factor, and, for a
# thousand variables, in a few evaluations of the dual. Either takes about as long.
_MOVES_IN_A_SWEEP, _MOVES_IN_EVALUATIONS = 0.25, 8
# With more open nodes than this, new ones do not keep multipliers (about 100 kB for two siblings).
_WARM_STARTED = 5_000
# Seconds between lines of the log.
_LOG_INTERVAL = 1

Log = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The result of branch and bound.

    Attributes
    ----------
    x : ndarray of bool or None
        The best feasible point.
    value : float
        f(x); inf without a point.
    bound : float
        No feasible point has a smaller f; inf if there is none.
    finished : bool
        Whether all nodes are pruned.
    gap_reached : bool
        The bound is within the relative gap that was asked for.
    nodes, decompositions : int
        Nodes processed, and eigendecompositions.
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
class Visit:
    """A node that was processed: of a search with one thread, for measurements.

    Attributes
    ----------
    number : int
        0 is the root.
    bound : float
        Before it was processed.
    children : tuple of int
        Their numbers.
    seconds : float
        CPU time.
    """

    number: int
    bound: float
    children: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class _Options:
    """The options of `branch_and_bound`."""

    seed: int
    time_limit: float | None
    rel_gap: float
    stop: Callable[[], bool]
    log: Log
    offers: Callable[[float], list[Bools]]
    improved: Callable[[Bools], None]
    known: Sequence[Bools]
    enumeration_limit: int
    root: BoundParameters
    child: BoundParameters
    low_rank: tuple[int, int]
    threads: int
    over: Callable[[], bool]
    visited: Callable[[Visit], None]


def branch_and_bound(
    problem: BinaryQuadratic,
    *,
    fixed: Fixing | None = None,
    seed: int = 0,
    time_limit: float | None = None,
    rel_gap: float = 0.0,
    stop: Callable[[], bool] = lambda: False,
    log: Log = logger.debug,
    offers: Callable[[float], list[Bools]] = lambda _: [],
    improved: Callable[[Bools], None] = lambda _: None,
    known: Sequence[Bools] = (),
    enumeration_limit: int = ENUMERATION_LIMIT,
    root: BoundParameters = ROOT,
    child: BoundParameters = CHILD,
    low_rank: tuple[int, int] = LOW_RANK,
    threads: int = 1,
    over: Callable[[], bool] | None = None,
    visited: Callable[[Visit], None] = lambda _: None,
) -> SearchResult:
    """Minimise a binary quadratic function under constraints, and prove optimality.

    Parameters
    ----------
    problem : BinaryQuadratic
    fixed : ndarray of shape (n,), optional
        0 or 1 for variables with a given value, `FREE` for the others.
    seed : int
        Of tabu search, randomised rounding and double swaps. The result depends on nothing else
        that is random.
    time_limit : float, optional
        Seconds.
    rel_gap : float
        Stop when (value − bound) / |value| is at most this.
    stop : callable
        Polled every few milliseconds; return True to stop.
    log : callable
        Receives the lines of the log.
    offers : callable
        Asked before each node, with the bound so far, for points that were found elsewhere.
    improved : callable
        Told of each new incumbent.
    known : sequence of points
        Good points that are known; if one is feasible, there is no search at the root.
    enumeration_limit : int
        Nodes with at most so many free variables are enumerated.
    root, child : BoundParameters
        Of the semidefinite bounds at the root and at all other nodes.
    low_rank : tuple of (int, int)
        With more nodes in the sign form than these, a low-rank factor gives the bound to start
        from, and the bound itself.
    threads : int
        Nodes are processed by so many processes, if it is more than 1.
    over : callable, optional
        With several threads, `stop` is called as often as they would have polled it, but only when
        a node is done; this one is polled all the time. It is `stop` itself by default.
    visited : callable
        Told of each node that this thread processes.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-1.0, -2.0]), np.array([[0.0, 3.0], [3.0, 0.0]]))
    >>> result = branch_and_bound(f)
    >>> result.value, result.finished
    (-2.0, True)
    """
    options = _Options(
        seed, time_limit, rel_gap, stop, log, offers, improved, known, enumeration_limit, root,
        child, low_rank, threads, over or stop, visited,
    )  # fmt: skip
    with single_threaded_blas():
        return _Search(problem, options).run(fixed)


@contextlib.contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Limit BLAS to one thread, and restore the limits that were set before.

    For matrices of a hundred rows, handing work to a second thread costs more than the work; on
    a machine with other work to do it was measured to cost a hundred times as much.
    """
    with _blas_libraries().limit(limits=1, user_api="blas"):
        yield


@functools.cache
def _blas_libraries() -> ThreadpoolController:
    """Find the BLAS libraries of NumPy and SciPy; a search through all loaded libraries."""
    import scipy.optimize  # noqa: F401 - SciPy has its own BLAS, which is limited once loaded

    return ThreadpoolController()


@dataclass(frozen=True, eq=False)
class _NodeAnswer:
    """What came out of a node that was processed on its own.

    Attributes
    ----------
    children : list of Node
    x : ndarray of bool or None
        A better point than the incumbent that the node was given.
    pruned_bound : float
        The least bound of what was pruned by the tolerance.
    decompositions, polls : int
        Eigendecompositions, and how often it was asked whether to stop.
    """

    children: list[Node]
    x: Bools | None
    pruned_bound: float
    decompositions: int
    polls: int


class _Search:
    """The state of branch and bound.

    Attributes
    ----------
    problem : BinaryQuadratic
        With rows scaled, and a row for the size.
    scale : float
        Of the sign form, the same at all nodes of several sizes.
    of_one_size : dict of int to (BinaryQuadratic, float)
        The problem and the scale for nodes of one size.
    inter_allowance : float
        Losses are not distinguished by less: the limit on inter includes `SUM_TOLERANCE` of it as
        a rounding allowance, which points may or may not use.
    granular : bool
        Whether nodes are pruned by the objective granularity.
    open : list of Node
        A heap.
    away : deque of Node
        Nodes that are being processed, with several threads.
    pruned_bound : float
        The least bound of nodes pruned by the tolerance.
    nodes, decompositions, created : int
        Nodes processed, eigendecompositions, and nodes created after the root.
    """

    def __init__(self, problem: BinaryQuadratic, options: _Options) -> None:
        self.options = options
        self.constrained = problem.constrained
        self.problem = with_size_row(problem).scaled_rows()
        self.scale = natural_scale(problem)
        inter = problem.inter
        self.inter_allowance = 0.0 if inter is None else SUM_TOLERANCE * abs(inter.limit)
        self.granular = problem.granularity > 8 * problem.rounding_error
        self.incumbent = Incumbent(self.problem, improved=options.improved)
        self.open: list[Node] = []
        self.away: deque[Node] = deque()
        self.pruned_bound = math.inf
        self.nodes = self.decompositions = self.created = 0
        self.logged = -math.inf
        self.of_one_size: dict[int, tuple[BinaryQuadratic, float]] = {}

    def run(self, fixed: Fixing | None) -> SearchResult:
        """Presolve, search, and return the result."""
        asymmetry = 0.0
        if fixed is None:
            fixed, asymmetry = self.break_symmetry()
        root = fix_variables(self.problem, fixed)
        if root is not None:
            self.explore(root)
        self.log_progress(last=True)
        return SearchResult(
            self.incumbent.x,
            self.incumbent.value,
            # what presolve may lose
            self.bound - asymmetry - 2 * self.problem.rounding_error,
            not self.open,
            self.gap_reached,
            self.nodes,
            self.decompositions,
            self.incumbent.history,
        )

    def explore(self, root: Fixing) -> None:
        """Process nodes, the one with the least bound first, until a limit is reached."""
        heuristics = PrimalHeuristics(self.incumbent, root, self.options.seed, self.is_stopped)
        whole = Subproblem(root, (0, len(root)))
        self.open = [Node(self.immediate_bound(whole), 0, whole)]
        for point in self.options.known:
            self.incumbent.offer(point)
        if self.incumbent.x is None and (root == FREE).sum() > self.options.enumeration_limit:
            heuristics.at_root()
        while self.open and not self.is_stopped() and not self.gap_reached:
            if self.options.threads > 1 and len(self.open) > 1:
                self.explore_together(root)
                return
            for point in self.options.offers(self.bound):
                self.incumbent.offer(point)
            node = heapq.heappop(self.open)
            if node.bound >= self.cutoff:
                self.prune(node.bound)
                continue
            began = time.thread_time()
            children = self.process_node(node, heuristics)
            for child in children:
                heapq.heappush(self.open, child)
            numbers = tuple(child.number for child in children)
            self.options.visited(
                Visit(node.number, node.bound, numbers, time.thread_time() - began)
            )
            self.log_progress()

    def explore_together(self, root: Fixing) -> None:
        """Let processes work at the nodes; merge what they find in the order of the nodes."""
        from chemopt.execution.ordered import OrderedCalls

        def is_over() -> bool:
            return self.out_of_time or self.options.over()

        detached = replace(
            self.options, time_limit=None, stop=_never, over=_never, log=_ignore, offers=_nothing,
            improved=_ignore, visited=_ignore,
        )  # fmt: skip
        with OrderedCalls[_NodeAnswer](self.options.threads) as calls:
            while (self.open or self.away) and not self.gap_reached:
                if self.is_stopped() or is_over():
                    break
                for point in self.options.offers(self.bound):
                    self.incumbent.offer(point)
                while self.open and calls.has_room:
                    node = heapq.heappop(self.open)
                    if node.bound >= self.cutoff:
                        self.prune(node.bound)
                        continue
                    alone = self.detach(detached)
                    here = self.detach(replace(self.options, stop=is_over, improved=_ignore))
                    self.nodes += 1
                    self.away.append(node)
                    calls.submit(
                        _process_alone, alone, node, root,
                        here=functools.partial(here.process_alone, node, root),
                    )  # fmt: skip
                if not self.away:
                    continue
                answer = calls.next(is_over)
                if answer is None:
                    break
                self.away.popleft()
                self.merge(answer)
                self.log_progress()
        self.nodes -= len(self.away)
        while self.away:
            heapq.heappush(self.open, self.away.popleft())

    def detach(self, options: _Options) -> _Search:
        """Return a search for one node, with the incumbent as it is now."""
        alone = copy.copy(self)
        alone.options, alone.open, alone.away = options, [], deque()
        alone.incumbent = replace(self.incumbent, improved=options.improved, history=[])
        alone.pruned_bound, alone.decompositions = math.inf, 0
        return alone

    def process_alone(self, node: Node, root: Fixing) -> _NodeAnswer:
        """Process a node without a word to other nodes."""
        polls, stop = 0, self.options.stop

        def counted() -> bool:
            nonlocal polls
            polls += 1
            return stop()

        self.options = replace(self.options, stop=counted)
        heuristics = PrimalHeuristics(self.incumbent, root, self.options.seed, self.is_stopped)
        children = self.process_node(node, heuristics)
        found = self.incumbent.x if self.incumbent.history else None
        return _NodeAnswer(children, found, self.pruned_bound, self.decompositions, polls)

    def merge(self, answer: _NodeAnswer) -> None:
        """Take over what came out of a node."""
        if answer.x is not None:
            self.incumbent.offer(answer.x)
        self.pruned_bound = min(self.pruned_bound, answer.pruned_bound)
        self.decompositions += answer.decompositions
        for child in answer.children:
            self.created += 1
            kept = child.duals if len(self.open) < _WARM_STARTED else None
            heapq.heappush(self.open, replace(child, number=self.created, duals=kept))
        for _ in range(answer.polls):
            if self.options.stop():
                break

    def process_node(self, node: Node, heuristics: PrimalHeuristics) -> list[Node]:
        """Bound a node, and prune it or branch; return its children."""
        self.nodes += 1
        bound, duals, parent = node.bound, node.duals, node.parent
        presolved = self.presolve(node.subproblem)
        while presolved is not None:
            left, restricted = presolved
            fixed = left.fixed
            bound = max(bound, self.cheap_bound(restricted, left))
            if bound >= self.cutoff:
                self.prune(bound)
                return []
            form = self.form(left, restricted)
            relaxed = self.semidefinite_bound(form, left, duals, parent, bound, heuristics)
            bound = max(bound, self.objective_bound(form, relaxed.certificate.bound, left))
            duals, parent = relaxed.duals, left
            if bound < self.cutoff:
                heuristics.at_node(restricted, relaxed.matrix, fixed, self.nodes)
            if bound >= self.cutoff:
                self.prune(bound)
                return []
            if self.is_stopped():
                return [Node(bound, node.number, left, duals, left)]
            values = reduced_cost_fixing(relaxed.certificate, self.target(form, left))
            free = np.flatnonzero(fixed == FREE)
            if (values != FREE).any():
                self.prune(self.cutoff)
                fixed = fixed.copy()
                fixed[free] = values
            presolved = self.presolve(Subproblem(fixed, left.sizes))
            if presolved is None:
                return []
            left, restricted = presolved
            enough = (1 - _PROCESS_AGAIN) * len(free)
            if restricted.n > max(self.options.enumeration_limit, enough):
                return self.children(self.branch(left, free, relaxed), bound, duals, parent)
        return []

    def presolve(self, subproblem: Subproblem) -> tuple[Subproblem, BinaryQuadratic] | None:
        """Fix variables and leave out sizes until nothing changes.

        Return what is left, and the problem in its free variables; None if nothing is left.
        """
        sizes, fixed = subproblem.sizes, subproblem.fixed
        while sizes[0] <= sizes[1]:
            problem = with_sizes(self.problem, sizes)
            more = fix_variables(problem, fixed)
            if more is None:
                break
            left, restricted = Subproblem(more, sizes), problem.restrict(more)
            narrowed = self.narrowed(restricted, left)
            if narrowed == sizes:
                return left, restricted
            fixed, sizes = more, narrowed
        return None

    def narrowed(self, restricted: BinaryQuadratic, left: Subproblem) -> tuple[int, int]:
        """Return the sizes of a node that may hold better points than the incumbent.

        All that the node has, unless few are left: another row costs more than it gains.
        """
        chosen = int((left.fixed == 1).sum())
        bounds = size_bounds(restricted) - self.problem.rounding_error
        (low, high), bound = narrow_sizes(bounds, left.more(restricted.n), self.cutoff)
        if high - low >= _SIZES:
            return left.sizes
        self.prune(bound)
        return low + chosen, high + chosen

    # Bounds ----------------------------------------------------------------------------------

    def immediate_bound(self, root: Subproblem) -> float:
        """Return a bound that takes little time, so that there is one however short the time."""
        restricted = self.problem.restrict(root.fixed)
        bound = pair_bound(restricted) - self.problem.rounding_error
        if restricted.n >= self.options.low_rank[0]:
            return bound
        form = self.form(root, restricted)
        relaxation = Relaxation(form)
        u = relaxation.use(Duals.eigenvalue_bound(form.matrix))
        return max(bound, self.objective_bound(form, certify(relaxation, u).bound, root))

    def cheap_bound(self, restricted: BinaryQuadratic, left: Subproblem) -> float:
        """Return a bound without a matrix: by enumeration, or by the inter constraint."""
        if restricted.n <= self.options.enumeration_limit:
            return self.enumerate(restricted, left.fixed, None)
        low, high = left.more(restricted.n)
        most = min(_FEW_POINTS, 1 << self.options.enumeration_limit)
        if count_points(restricted.n, low, high) <= most:
            return self.enumerate(restricted, left.fixed, (low, high))
        return inter_bound(restricted, low, high) - self.problem.rounding_error

    def enumerate(
        self, restricted: BinaryQuadratic, fixed: Fixing, sizes: tuple[int, int] | None
    ) -> float:
        """Offer the best points of a node as incumbents; return a bound that prunes it."""
        most = _OFFERED
        while True:
            points, rest = best_points(restricted, most, sizes)
            for point in points:
                self.incumbent.offer_restricted(point, fixed)
            if rest >= self.cutoff:
                return rest
            most *= _MORE_OFFERED  # all of these violate a constraint within rounding error

    def semidefinite_bound(
        self,
        form: SignForm,
        left: Subproblem,
        duals: Duals | None,
        parent: Subproblem | None,
        known: float,
        heuristics: PrimalHeuristics,
    ) -> NodeBound:
        """Compute the semidefinite bound, by a warm start if there are multipliers for it.

        `known` is a bound of the node that is known already.
        """
        large, largest = self.options.low_rank
        matrix = None
        # those of another form, with other coefficients, are a bad start
        if parent is not None and self.is_centred(left) != self.is_centred(parent):
            duals = None
        if form.nodes > largest or (form.nodes > large and duals is None):
            relaxed = self.low_rank_bound(form, left, heuristics)
            if form.nodes > largest or self.is_stopped():
                return relaxed
            parameters, start, matrix = self.options.root, relaxed.duals, relaxed.matrix
            known = max(known, self.objective_bound(form, relaxed.certificate.bound, left))
        elif duals is None or parent is None:
            parameters, start = self.options.root, Duals.eigenvalue_bound(form.matrix)
        else:
            values = left.fixed[parent.fixed == FREE]
            parameters = self.options.child
            start = dual_warm_start(self.form(parent), duals, values, form)
        stop: Callable[[], bool] = self.is_stopped
        if form.nodes > large:
            # the regularisation is not to cause a larger error than the gap
            gap = max(self.cutoff - known, 0.0) / form.scale
            parameters = replace(
                parameters,
                rho=min(parameters.rho, 2 * gap / form.nodes**2),
                triangles=_TRIANGLES_PER_NODE * form.nodes,
            )
            stop = self.searching(heuristics, _MOVES_IN_EVALUATIONS * form.nodes / 1000)
        relaxed = bound_node(
            form, start, self.target(form, left), parameters, matrix=matrix, stop=stop
        )
        self.decompositions += relaxed.evaluations
        return relaxed

    def low_rank_bound(
        self, form: SignForm, left: Subproblem, heuristics: PrimalHeuristics
    ) -> NodeBound:
        """Compute the semidefinite bound from a low-rank factor."""
        stop = self.searching(heuristics, _MOVES_IN_A_SWEEP)
        relaxed = low_rank_bound(form, self.target(form, left), seed=self.options.seed, stop=stop)
        self.decompositions += relaxed.evaluations
        return relaxed

    def searching(self, heuristics: PrimalHeuristics, moves: float) -> Callable[[], bool]:
        """Return a stop callback that goes on with tabu search, some moves for each variable."""

        def stop() -> bool:
            heuristics.search_on(int(moves * heuristics.root_problem.n))
            return self.is_stopped()

        return stop

    def centred(self, size: int) -> tuple[BinaryQuadratic, float]:
        """Return the problem for points of one size, and the scale of its sign form."""
        if size not in self.of_one_size:
            problem = centred(self.problem, size)
            self.of_one_size[size] = problem, natural_scale(problem)
        return self.of_one_size[size]

    def is_centred(self, left: Subproblem) -> bool:
        """Return whether a node's form is that of the centred problem."""
        return left.one_size and self.is_sharper(left.sizes[0])

    def is_sharper(self, size: int) -> bool:
        """Return whether the points of one size differ much less than the products say."""
        return self.centred(size)[1] <= _SHARPER * self.scale

    def form(self, left: Subproblem, restricted: BinaryQuadratic | None = None) -> SignForm:
        """Return a node in ±1 variables; of a node of one size, the differences of its points.

        `restricted` is the problem in the free variables, if it is known.
        """
        problem, scale = self.problem, self.scale
        if self.is_centred(left):
            (problem, scale), restricted = self.centred(left.sizes[0]), None
        if restricted is None:
            restricted = with_sizes(problem, left.sizes).restrict(left.fixed)
        return sign_form(restricted, scale)

    def objective_bound(self, form: SignForm, proved: float, left: Subproblem) -> float:
        """Return the lower bound of f from a proved upper bound of ⟨W, X⟩."""
        return form.base - form.scale * proved - self.rounding_error(left)

    def target(self, form: SignForm, left: Subproblem) -> float:
        """Return the bound of ⟨W, X⟩ at which a node is pruned."""
        return (form.base - self.cutoff - self.rounding_error(left)) / form.scale

    def rounding_error(self, left: Subproblem) -> float:
        """Return how far the coefficients of a node's form may be off in all."""
        error = self.problem.rounding_error
        if self.is_centred(left):
            error += self.centred(left.sizes[0])[0].rounding_error
        return error

    # Pruning ---------------------------------------------------------------------------------

    @property
    def cutoff(self) -> float:
        """Nodes with at least this bound are pruned."""
        error, value = 4 * self.problem.rounding_error, self.incumbent.value
        if self.incumbent.x is None:
            return 2 * self.problem.magnitude + 1  # no point has such a value
        if self.granular:
            return value - self.problem.granularity + error
        return value - PRUNE_TOLERANCE * abs(value) - self.inter_allowance - error

    def prune(self, bound: float) -> None:
        """Note the bound of a node that holds nothing better than the cutoff."""
        if not self.granular:
            self.pruned_bound = min(self.pruned_bound, bound)

    @property
    def bound(self) -> float:
        """The proved lower bound of f over all feasible points."""
        return min(
            [
                self.incumbent.value,
                self.pruned_bound,
                *(node.bound for node in self.open[:1]),
                *(node.bound for node in self.away),
            ]
        )

    @property
    def gap_reached(self) -> bool:
        """Whether the gap is at most `rel_gap`."""
        value = self.incumbent.value
        return self.incumbent.x is not None and value - self.bound <= self.options.rel_gap * abs(
            value
        )

    # Branching -------------------------------------------------------------------------------

    def break_symmetry(self) -> tuple[Fixing, float]:
        """Fix a variable if flipping all changes nothing; return how far f is from symmetric."""
        problem = self.problem
        root = np.full(problem.n, FREE, dtype=np.int8)
        if self.constrained or problem.n < 2:
            return root, 0.0
        change = float(np.abs(2 * problem.linear + problem.quadratic.sum(axis=1)).sum())
        if change > problem.rounding_error:
            return root, 0.0
        root[int(np.abs(problem.quadratic).sum(axis=1).argmax())] = 0
        return root, change + problem.rounding_error

    def branch(self, left: Subproblem, free: Indices, relaxed: NodeBound) -> list[Subproblem]:
        """Split a node on its sizes, or on a variable.

        `free` are the variables of the relaxation; some of them are now fixed.
        """
        fixed, (low, high) = left.fixed, left.sizes
        if low < high < low + _SIZES and self.is_sharper(low):
            return [Subproblem(fixed, (size, size)) for size in range(low, high + 1)]
        row = relaxed.matrix[0, 1:]
        if self.problem.inter is not None and relaxed.duals.inter > 0:
            size = float((fixed == 1).sum()) + float(row.sum() + len(row)) / 2
            subproblems = branch_on_size(fixed, left.sizes, size)
            if subproblems:
                return subproblems
        still = fixed[free] == FREE
        return branch_on_variable(fixed, left.sizes, free[still], row[still])

    def children(
        self, subproblems: list[Subproblem], bound: float, duals: Duals, parent: Subproblem
    ) -> list[Node]:
        """Return the nodes of some subproblems."""
        children = []
        for subproblem in subproblems:
            self.created += 1
            kept = duals if len(self.open) < _WARM_STARTED else None
            children.append(Node(bound, self.created, subproblem, kept, parent))
        return children

    # Limits and log --------------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.incumbent.began

    def is_stopped(self) -> bool:
        """Whether the time limit is reached, or a stop was requested."""
        return self.out_of_time or self.options.stop()

    @property
    def out_of_time(self) -> bool:
        """Whether the time limit is reached."""
        limit = self.options.time_limit
        return limit is not None and self.seconds >= limit

    def log_progress(self, last: bool = False) -> None:
        """Log the state of the search, but not too often."""
        if not last and self.seconds < self.logged + _LOG_INTERVAL:
            return
        self.logged = self.seconds
        value = self.incumbent.value
        gap = (value - self.bound) / abs(value) if value else math.inf
        self.options.log(
            f"{self.seconds:8.1f} s  {self.nodes:7d} nodes  {len(self.open):6d} open  "
            f"{value:14.8g}  {self.bound:14.8g}  {100 * gap:9.4g} %"
        )


def _process_alone(search: _Search, node: Node, root: Fixing) -> _NodeAnswer:
    """Process a node, in a process of its own."""
    with single_threaded_blas():
        return search.process_alone(node, root)


# What a search in another process has instead of callbacks.


def _never() -> bool:
    return False


def _ignore(_: object) -> None:
    pass


def _nothing(_: float) -> list[Bools]:
    return []
