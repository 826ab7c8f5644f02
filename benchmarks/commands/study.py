"""``python -m benchmarks study``: what studies cost beside their runs, and how they scale.

Sleeping tasks show the machinery alone, also on a busy machine; real ones (enumeration) also what
the processors have to give. More workers than there are here are simulated, from the times and the
costs that were measured.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from benchmarks import machine
from benchmarks.scaling import overhead, simulated_seconds, stored, work
from chemopt.cli import options
from chemopt.cli.output import check_writable, emit_frame
from chemopt.frames import frame_records, frame_text
from chemopt.validation import number, whole

NAME = "study"
HELP = "Cost of the machinery of studies, scaling over processes, and a simulation of more."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("--runs", type=options.whole, default=200, help="tasks of each kind (200)")
    parser.add_argument(
        "--seconds", type=options.number, default=0.1, help="length of a sleeping task (0.1)"
    )
    parser.add_argument(
        "--models", type=options.whole, default=15, help="size of a real task (15 models)"
    )
    parser.add_argument(
        "--workers", type=options.wholes, default=[1, 2], metavar="N,…", help="processes (1,2)"
    )
    parser.add_argument(
        "--predict", type=options.wholes, default=[1, 2, 10, 100], metavar="N,…",
        help="workers to simulate (1,2,10,100)",
    )  # fmt: skip
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    runs = whole("runs", arguments.runs, 2)
    seconds = number("seconds", arguments.seconds, 0, above=True)
    models = whole("models", arguments.models, 2, 22)
    counts = [whole("workers", count, 1, 1000) for count in arguments.workers]
    predicted = [whole("predict", count, 1, 100_000) for count in arguments.predict]
    cost = overhead(runs)
    latency = _latency()
    sleeping, real = [(seconds,)] * runs, [(models, k) for k in range(runs)]
    rows = [
        *_scaling(f"sleep {seconds:g} s", time.sleep, sleeping, counts, predicted, latency),
        *_scaling(f"enumerate {models} models", work, real, counts, predicted, latency),
    ]
    frame = pd.DataFrame(rows)
    formats = {"wall_s": "{:.2f}", "per_second": "{:.1f}", "efficiency": "{:.1%}",
               "driver_ms": "{:.2f}"}  # fmt: skip
    about = (
        f"CPU of a run: bare {cost['bare']:.2f} ms, in a serial study {cost['study']:.2f} ms: the "
        f"machinery costs {cost['machinery']:.2f} ms\nway to a process and back: "
        f"{1000 * latency:.2f} ms"
    )
    emit_frame(
        arguments,
        frame,
        table=lambda: f"{frame_text(frame, formats)}\n\n{about}\n{machine()}",
        data=lambda: {
            "machine": machine(), "overhead_ms": cost, "latency_s": latency,
            "scaling": frame_records(frame),
        },
    )  # fmt: skip
    return 0


def _scaling(
    name: str,
    function: Callable[..., object],
    arguments: Sequence[tuple[float, ...]],
    counts: Sequence[int],
    predicted: Sequence[int],
    latency: float,
) -> Iterator[dict[str, object]]:
    """Measure some numbers of workers, and simulate others with what the first took."""
    runs, mean, driver = len(arguments), 0.0, 0.0
    for count in counts:
        wall, driver = stored(function, arguments, count)
        mean = mean or count * wall / runs
        yield _row(name, "measured", count, runs, wall, mean, driver)
    for count in predicted:
        many = max(runs, 100 * count)
        wall = simulated_seconds([mean], count, many, driver, latency)
        yield _row(name, "simulated", count, many, wall, mean, driver)


def _row(
    name: str, kind: str, workers: int, runs: int, wall: float, mean: float, driver: float
) -> dict[str, object]:
    return {
        "task": name, "kind": kind, "workers": workers, "runs": runs, "wall_s": wall,
        "per_second": runs / wall, "efficiency": runs * mean / (wall * workers),
        "driver_ms": 1000 * driver,
    }  # fmt: skip


def _latency() -> float:
    """Return the seconds that a call of nothing takes, one after the other, beside storing."""
    calls = 100
    wall, driver = stored(abs, [(k,) for k in range(calls)], 1)
    return max(0.0, wall / calls - driver)
