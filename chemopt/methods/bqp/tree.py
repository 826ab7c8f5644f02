"""The tree of branch and bound: its open nodes, what is proved so far, and when it is over."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chemopt.execution.clock import Stopwatch
from chemopt.methods.bqp.branching import Node
from chemopt.methods.bqp.problem import BinaryQuadratic, Bools
from chemopt.methods.bqp.processing import NodeOptions, NodeProcessor, Processed
from chemopt.numerics import PROOF_TOLERANCE

# Under the inter constraint the best points come as close to the limit as a subset sum can. After
# this many nodes a search ends with one that is optimal within half the tolerance of a proof.
_LONG = 20
# With more open nodes than this, new ones do not keep multipliers (about 100 kB for two siblings).
_WARM_STARTED = 5_000
# Seconds between lines of the log.
_LOG_INTERVAL = 1

Log = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class TreeOptions:
    """The options of `branch_and_bound` that are not about single nodes."""

    time_limit: float | None
    rel_gap: float
    stop: Callable[[], bool]
    log: Log
    offers: Callable[[float], list[Bools]]
    improved: Callable[[Bools], None]
    known: Sequence[Bools]
    threads: int
    over: Callable[[], bool]
    clock: Stopwatch


class Tree:
    """The nodes of a search.

    Attributes
    ----------
    options : TreeOptions
    processor : NodeProcessor
        With the problem and the incumbent.
    open : list of Node
        A heap.
    away : deque of Node
        Nodes that are being processed, with several threads.
    nodes, created : int
        Nodes processed, and nodes created after the root.
    """

    def __init__(self, problem: BinaryQuadratic, nodes: NodeOptions, options: TreeOptions) -> None:
        self.options = options
        self.processor = NodeProcessor(
            problem, nodes, self.is_stopped, options.improved, options.clock
        )
        self.incumbent = self.processor.incumbent
        self.open: list[Node] = []
        self.away: deque[Node] = deque()
        self.nodes = self.created = 0
        self.logged = -math.inf

    def next_node(self) -> Node | None:
        """Take the open node with the least bound; None if it could be pruned."""
        for point in self.options.offers(self.bound):
            self.incumbent.offer(point)
        node = heapq.heappop(self.open)
        if node.bound >= self.processor.cutoff:
            self.processor.prune(node.bound)
            return None
        self.nodes += 1
        return node

    def add(self, processed: Processed) -> None:
        """Open what is left of a node."""
        for subproblem in processed.subproblems:
            self.created += 1
            duals = processed.duals if len(self.open) < _WARM_STARTED else None
            child = Node(processed.bound, self.created, subproblem, duals, processed.parent)
            heapq.heappush(self.open, child)

    @property
    def bound(self) -> float:
        """The proved lower bound of f over all feasible points."""
        return min(
            [
                self.incumbent.value,
                self.processor.pruned_bound,
                *(node.bound for node in self.open[:1]),
                *(node.bound for node in self.away),
            ]
        )

    @property
    def gap_reached(self) -> bool:
        """Whether the gap is at most `rel_gap`, or so small that a long search is not worth it."""
        allowed, value = self.options.rel_gap, self.incumbent.value
        if self.processor.problem.inter is not None and self.nodes >= _LONG:
            allowed = max(allowed, PROOF_TOLERANCE / 2)
        return self.incumbent.x is not None and value - self.bound <= allowed * abs(value)

    @property
    def is_over(self) -> bool:
        """Whether no node is left, or a limit is reached."""
        return not (self.open or self.away) or self.gap_reached or self.is_stopped()

    def is_stopped(self) -> bool:
        """Whether the time limit is reached, or a stop was requested."""
        return self.out_of_time or self.options.stop()

    @property
    def out_of_time(self) -> bool:
        """Whether the time limit is reached."""
        limit = self.options.time_limit
        return limit is not None and self.seconds >= limit

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self.options.clock.seconds

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
