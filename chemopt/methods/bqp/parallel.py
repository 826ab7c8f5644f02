"""The nodes of a search, processed by several processes.

Some nodes for each of them are in progress at once, and answers are merged in the order in which
the nodes were taken, not in that in which they come (`chemopt.execution.ordered`). So which nodes
there are, and which of several best points is returned, depends on the number of processes, but
never on their speed.
"""

from __future__ import annotations

import functools
import heapq
from dataclasses import dataclass

import scipy.optimize  # noqa: F401 - so that no process imports it in the midst of a node

from chemopt.execution.blas import blas_threads
from chemopt.execution.ordered import OrderedCalls
from chemopt.methods.bqp.branching import Node
from chemopt.methods.bqp.problem import Bools, Fixing
from chemopt.methods.bqp.processing import NodeProcessor, Processed
from chemopt.methods.bqp.tree import Tree


@dataclass(frozen=True, eq=False)
class _Answer:
    """What came out of a node that was processed on its own.

    Attributes
    ----------
    processed : Processed
    x : ndarray of bool or None
        A better point than the incumbent that the node was given.
    pruned_bound : float
        The least bound of what was pruned by the tolerance.
    decompositions, polls : int
        Eigendecompositions, and how often it was asked whether to stop.
    """

    processed: Processed
    x: Bools | None
    pruned_bound: float
    decompositions: int
    polls: int


def explore_together(tree: Tree, root: Fixing) -> None:
    """Let processes work at the open nodes; merge what they find in the order of the nodes."""

    def is_over() -> bool:
        return tree.out_of_time or tree.options.over()

    with OrderedCalls[_Answer](tree.options.threads) as calls:
        while not (tree.is_over or is_over()):
            while tree.open and calls.has_room:
                node = tree.next_node()
                if node is None:
                    continue
                tree.away.append(node)
                here, there = (
                    functools.partial(
                        _process, tree.processor.detached(stop, _ignore), node, tree.nodes, root
                    )
                    for stop in (is_over, _never)
                )
                calls.submit(there, here=here)
            if not tree.away:
                continue
            answer = calls.next(is_over)
            if answer is None:
                break
            tree.away.popleft()
            _merge(tree, answer)
            tree.log_progress()
    tree.nodes -= len(tree.away)
    while tree.away:
        heapq.heappush(tree.open, tree.away.popleft())


def _process(alone: NodeProcessor, node: Node, number: int, root: Fixing) -> _Answer:
    """Process a node, without a word to other nodes."""
    polls, stop = 0, alone.stop

    def counted() -> bool:
        nonlocal polls
        polls += 1
        return stop()

    alone.stop = counted
    with blas_threads(1):
        processed = alone.process(node, number, alone.heuristics(root))
    found = alone.incumbent.x if alone.incumbent.history else None
    return _Answer(processed, found, alone.pruned_bound, alone.decompositions, polls)


def _merge(tree: Tree, answer: _Answer) -> None:
    """Take over what came out of a node, and let the caller poll as often as the node did."""
    if answer.x is not None:
        tree.incumbent.offer(answer.x)
    tree.processor.pruned_bound = min(tree.processor.pruned_bound, answer.pruned_bound)
    tree.processor.decompositions += answer.decompositions
    tree.add(answer.processed)
    for _ in range(answer.polls):
        if tree.options.stop():
            break


# What a node in another process has instead of callbacks.


def _never() -> bool:
    return False


def _ignore(_: object) -> None:
    pass
