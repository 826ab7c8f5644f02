"""Best-first branch and bound with semidefinite bounds.

A node fixes some variables, and has a range of sizes. `processing` is what is done at it; here is
the tree: which node is next, when to stop, and what is proved.

What is proved
    Every node is pruned by a bound that holds in floating point (`certify`), less the rounding
    error of the coefficients (`BinaryQuadratic.rounding_error`). A node is pruned when its bound is
    at least the incumbent less `PRUNE_TOLERANCE` of it (and four times that rounding error); or,
    where the objective has a granularity, when it is above the incumbent less that granularity. The
    bound returned is the least of the incumbent, the bounds of the nodes pruned by the tolerance,
    and those of open nodes, less what presolve may lose by rounding.

If f is unchanged when all variables are flipped, and there are no constraints, one variable is
fixed at the root. With several threads, nodes are processed by as many processes (`together`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from chemopt.execution.blas import blas_threads
from chemopt.execution.clock import Stopwatch, loading
from chemopt.methods.bqp.branching import Node, Subproblem
from chemopt.methods.bqp.presolve import fix_variables
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Bools, Fixing
from chemopt.methods.bqp.processing import DEFAULTS, NodeOptions
from chemopt.methods.bqp.tree import Log, Tree, TreeOptions

logger = logging.getLogger(__name__)


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
        The bound is within the relative gap that was asked for, or, after a long search under the
        inter constraint, within half the tolerance of a proof (`Tree.gap_reached`).
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


def branch_and_bound(
    problem: BinaryQuadratic,
    *,
    fixed: Fixing | None = None,
    nodes: NodeOptions = DEFAULTS,
    time_limit: float | None = None,
    rel_gap: float = 0.0,
    stop: Callable[[], bool] = lambda: False,
    log: Log = logger.debug,
    offers: Callable[[float], list[Bools]] = lambda _: [],
    improved: Callable[[Bools], None] = lambda _: None,
    known: Sequence[Bools] = (),
    threads: int = 1,
    over: Callable[[], bool] | None = None,
    clock: Stopwatch | None = None,
) -> SearchResult:
    """Minimise a binary quadratic function under constraints, and prove optimality.

    Parameters
    ----------
    problem : BinaryQuadratic
    fixed : ndarray of shape (n,), optional
        0 or 1 for variables with a given value, `FREE` for the others.
    nodes : NodeOptions
        How nodes are processed. The result depends on nothing random but their seed.
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
    threads : int
        Nodes are processed by this many processes, if it is more than 1.
    over : callable, optional
        With several threads, `stop` is called as often as they would have polled it, but only when
        a node is done; this one is polled all the time. It is `stop` itself by default.
    clock : Stopwatch, optional
        What the time limit and the history go by; one that begins here by default.

    Examples
    --------
    >>> f = BinaryQuadratic(np.array([-1.0, -2.0]), np.array([[0.0, 3.0], [3.0, 0.0]]))
    >>> result = branch_and_bound(f)
    >>> result.value, result.finished
    (-2.0, True)
    """
    options = TreeOptions(
        time_limit, rel_gap, stop, log, offers, improved, known, threads, over or stop,
        clock or Stopwatch(),
    )  # fmt: skip
    asymmetry = 0.0
    if fixed is None:
        fixed, asymmetry = _break_symmetry(problem)
    tree = Tree(problem, nodes, options)
    processor, incumbent = tree.processor, tree.incumbent
    with options.clock.running():
        with loading():
            import scipy.optimize  # noqa: F401 - its BLAS is limited, too, once it is loaded
        with blas_threads(1):
            root = fix_variables(processor.problem, fixed)
            if root is not None:
                _explore(tree, root)
    tree.log_progress(last=True)
    return SearchResult(
        incumbent.x,
        incumbent.value,
        # what presolve may lose
        tree.bound - asymmetry - 2 * processor.problem.rounding_error,
        not tree.open,
        tree.gap_reached,
        tree.nodes,
        processor.decompositions,
        incumbent.history,
    )


def _explore(tree: Tree, root: Fixing) -> None:
    """Process nodes, the one with the least bound first, until a limit is reached."""
    processor, options = tree.processor, tree.options
    heuristics = processor.heuristics(root)
    whole = Subproblem(root, (0, len(root)))
    tree.open = [Node(processor.immediate_bound(whole), 0, whole)]
    for point in options.known:
        tree.incumbent.offer(point)
    if tree.incumbent.x is None and not processor.is_enumerated(root):
        heuristics.at_root()
    while not tree.is_over:
        if options.threads > 1 and len(tree.open) > 1:
            from chemopt.methods.bqp.parallel import explore_together

            explore_together(tree, root)
            return
        node = tree.next_node()
        if node is None:
            continue
        tree.add(processor.process(node, tree.nodes, heuristics))
        tree.log_progress()


def _break_symmetry(problem: BinaryQuadratic) -> tuple[Fixing, float]:
    """Fix a variable if flipping all changes nothing; return how far f is from symmetric."""
    root = np.full(problem.n, FREE, dtype=np.int8)
    if problem.constrained or problem.n < 2:
        return root, 0.0
    change = float(np.abs(2 * problem.linear + problem.quadratic.sum(axis=1)).sum())
    if change > problem.rounding_error:
        return root, 0.0
    root[int(np.abs(problem.quadratic).sum(axis=1).argmax())] = 0
    return root, change + problem.rounding_error
