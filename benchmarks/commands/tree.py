"""``python -m benchmarks tree``: how branch and bound scales over processes.

Random graphs with edges of probability ½ are cut by the exact method, with one thread and with
several; the nodes of the first search and the time of each are those of a simulation of more
workers than there are here. Beside seconds, which on a busy machine say little, there is the CPU
time of all processes: as long as it stays, nothing is computed twice.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence

import pandas as pd

from benchmarks import machine
from benchmarks.scaling import random_cut, simulated_search
from chemopt.cli import options
from chemopt.cli.output import check_writable, emit_frame
from chemopt.frames import frame_records, frame_text
from chemopt.methods.bqp.search import branch_and_bound
from chemopt.methods.bqp.tree import Visit
from chemopt.validation import whole

NAME = "tree"
HELP = "Scaling of the exact method over processes, and a simulation of more."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--nodes", type=options.whole, default=80, metavar="N", help="of the graph (80)"
    )
    parser.add_argument("--seeds", type=options.wholes, default=[0], metavar="N,…", help="(0)")
    parser.add_argument(
        "--workers", type=options.wholes, default=[2], metavar="N,…", help="processes (2)"
    )
    parser.add_argument(
        "--predict", type=options.wholes, default=[2, 8, 32, 128], metavar="N,…",
        help="workers to simulate (2,8,32,128)",
    )  # fmt: skip
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    nodes = whole("nodes", arguments.nodes, 2, 1000)
    seeds = [whole("seed", seed, 0) for seed in arguments.seeds]
    counts = [whole("workers", count, 2, 1000) for count in arguments.workers]
    predicted = [whole("predict", count, 1, 100_000) for count in arguments.predict]
    rows = [row for seed in seeds for row in _scaling(nodes, seed, counts, predicted)]
    frame = pd.DataFrame(rows)
    formats = {"wall_s": "{:.1f}", "cpu_s": "{:.1f}", "speed_up": "{:.2f}"}
    emit_frame(
        arguments,
        frame,
        table=lambda: f"{frame_text(frame, formats)}\n{machine()}",
        data=lambda: {"machine": machine(), "scaling": frame_records(frame)},
    )
    return 0


def _scaling(
    nodes: int, seed: int, counts: Sequence[int], predicted: Sequence[int]
) -> Iterator[dict[str, object]]:
    """Measure one thread and some more, and simulate others with what the first took."""
    problem, visits = random_cut(nodes, seed), list[Visit]()
    name, first = f"cut of {nodes}, seed {seed}", 0.0
    for threads in (1, *counts):
        began, cpu = time.perf_counter(), _cpu_seconds()
        answer = branch_and_bound(
            problem, threads=threads, visited=visits.append if threads == 1 else _ignore
        )
        wall = time.perf_counter() - began
        first = first or wall
        yield _row(name, "measured", threads, answer.nodes, wall, _cpu_seconds() - cpu, first)
    total = sum(visit.seconds for visit in visits)
    for count in predicted:
        wall = simulated_search(visits, count)
        yield _row(name, "simulated", count, len(visits), wall, total, total)


def _row(
    name: str, kind: str, workers: int, nodes: int, wall: float, cpu: float, one: float
) -> dict[str, object]:
    return {
        "problem": name, "kind": kind, "workers": workers, "nodes": nodes, "wall_s": wall,
        "cpu_s": cpu, "speed_up": one / wall,
    }  # fmt: skip


def _cpu_seconds() -> float:
    """Return the CPU seconds of this process and of those that it started and that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _ignore(_: Visit) -> None:
    pass
