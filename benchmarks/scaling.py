"""What the machinery of studies costs, how searches scale, and simulations of more workers.

The model of a study: one driver hands calls to W workers and writes their records, one at a time,
which takes it d seconds a call. Each worker has a next call waiting while it works, so that the way
to it, of l seconds, is seen only where calls are shorter than that. Times of calls are drawn from
those that were measured. So no number of workers gets more than 1/d calls a second done.

The model of a tree search is what `chemopt.execution.ordered` does, with the nodes of a search by
one thread and the time that each took: a node goes to the worker that is free first, and answers
are taken in the order of the nodes. All of its nodes are needed in any order, as far as the best
point was known before them; nodes that another order would have pruned, or would have needed in
addition, are not in the model.
"""

from __future__ import annotations

import heapq
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chemopt.execution.complete import Call, complete
from chemopt.execution.executors import open_executor
from chemopt.execution.ordered import CALLS_PER_WORKER
from chemopt.execution.store import Store
from chemopt.methods.bqp.problem import BinaryQuadratic
from chemopt.methods.bqp.tree import Visit
from chemopt.methods.recommend import recommend
from chemopt.problem.generate import generate_problem
from chemopt.studies.study.study import Study

# Calls that a worker has at once: one that it works on, and one that waits.
_AHEAD = 2


def simulated_seconds(
    times: Sequence[float], workers: int, calls: int, driver: float, latency: float, seed: int = 0
) -> float:
    """Return how long a study would take.

    Parameters
    ----------
    times : sequence of float
        Measured seconds of calls, to draw from.
    workers, calls : int
    driver : float
        Seconds of the driver a call (d).
    latency : float
        Seconds on the way to a worker and back (l).
    seed : int

    Examples
    --------
    >>> round(simulated_seconds([1.0], workers=2, calls=10, driver=0.0, latency=0.0), 9)
    5.0
    >>> round(simulated_seconds([0.001], workers=100, calls=100, driver=0.01, latency=0.0), 1)
    1.0
    """
    drawn = np.random.default_rng(seed).choice(np.asarray(times, dtype=float), calls)
    free = [0.0] * workers  # when each worker has done all that it was given
    clock, begun = 0.0, 0
    returning: list[tuple[float, int]] = []

    def hand_over(worker: int) -> None:
        nonlocal begun
        free[worker] = max(free[worker], clock + latency / 2) + drawn[begun]
        heapq.heappush(returning, (free[worker] + latency / 2, worker))
        begun += 1

    for k in range(min(calls, _AHEAD * workers)):
        hand_over(k % workers)
    while returning:
        moment, worker = heapq.heappop(returning)
        clock = max(clock, moment) + driver
        if begun < calls:
            hand_over(worker)
    return float(clock)


def simulated_search(
    visits: Sequence[Visit], workers: int, driver: float = 0.0, ahead: int = CALLS_PER_WORKER
) -> float:
    """Return how long a tree search would take.

    Parameters
    ----------
    visits : sequence of Visit
        The nodes of a search by one thread, the root first.
    workers : int
    driver : float
        Seconds of the process that merges the answers, a node.
    ahead : int
        Nodes in hand, for each worker.

    Examples
    --------
    >>> tree = [Visit(0, 0.0, (1, 2), 1.0), Visit(1, 1.0, (), 3.0), Visit(2, 1.0, (), 2.0)]
    >>> simulated_search(tree, workers=1), simulated_search(tree, workers=2)
    (6.0, 4.0)
    """
    nodes = {visit.number: visit for visit in visits}
    root = visits[0]
    clock = root.seconds
    waiting = [(nodes[k].bound, k) for k in root.children if k in nodes]
    heapq.heapify(waiting)
    free = [clock] * workers
    in_hand: deque[tuple[int, float]] = deque()
    while waiting or in_hand:
        while waiting and len(in_hand) < ahead * workers:
            _, number = heapq.heappop(waiting)
            done = max(clock, heapq.heappop(free)) + nodes[number].seconds
            heapq.heappush(free, done)
            in_hand.append((number, done))
        number, done = in_hand.popleft()
        clock = max(clock, done) + driver
        for child in nodes[number].children:
            if child in nodes:
                heapq.heappush(waiting, (nodes[child].bound, child))
    return clock


def random_cut(nodes: int, seed: int) -> BinaryQuadratic:
    """Return a maximum cut of a graph whose edges are there with probability ½."""
    edges = np.triu(np.random.default_rng([seed, nodes]).random((nodes, nodes)) < 0.5, k=1)
    weights = (edges | edges.T).astype(float)
    return BinaryQuadratic(-weights.sum(axis=1), 2 * weights)


def overhead(runs: int) -> dict[str, float]:
    """Return CPU milliseconds a run: of bare calls, and of a serial study of the same runs."""
    problem = generate_problem(6)
    # The cheapest method, so that the difference is not lost in what it varies by.
    study = Study([problem], ["random"], seeds=list(range(runs)))
    recommend(problem, "random")
    bare = _cpu_ms(lambda: [recommend(problem, "random", seed=k) for k in range(runs)], runs)
    with tempfile.TemporaryDirectory() as folder:
        whole = _cpu_ms(lambda: study.run(folder), runs)
    return {"bare": bare, "study": whole, "machinery": whole - bare}


def stored(
    function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], workers: int
) -> tuple[float, float]:
    """Call a function in processes and store the results, as a study does.

    Returns
    -------
    tuple of float
        Seconds in all, without starting the workers, and CPU seconds of this process a call.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder), "benchmark") as store,
        open_executor("processes", workers) as engine,
    ):
        warm = [Call(str(k), (0.5,)) for k in range(2 * workers)]
        for _ in complete(time.sleep, warm, engine):  # each worker is started
            pass
        started, cpu = time.perf_counter(), time.process_time()
        calls = [Call(str(k), args) for k, args in enumerate(arguments)]
        for call in complete(function, calls, engine):
            if call.error is not None:
                raise call.error
            store.put(call.key, {"value": str(call.value)[:500]})
        return (
            time.perf_counter() - started,
            (time.process_time() - cpu) / max(1, len(arguments)),
        )


def work(models: int, seed: int) -> float:
    """Return the loss of a random problem, by enumeration: a real task."""
    loss = recommend(generate_problem(models, seed, "uniform"), "brute-force").loss
    return float(loss or 0.0)


def _cpu_ms(call: Callable[[], object], count: int) -> float:
    started = time.process_time()
    call()
    return 1000 * (time.process_time() - started) / count
