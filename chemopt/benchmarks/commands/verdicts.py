"""``python -m chemopt.benchmarks verdicts``: methods against an enumeration in exact rationals.

Random problems of up to ``--models`` models with tables, conventions and constraints of all kinds
go to every method and formulation, or to those of ``--method``. A table counts what they answered;
defects (a false optimum, a bound above the optimum, a false "infeasible", a crash) are listed, and
make the exit code 1.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial

import pandas as pd

from chemopt.benchmarks import machine
from chemopt.benchmarks.agreement.verdicts import SOUND, Verdict, summary, verdicts
from chemopt.benchmarks.emitting import named_methods
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable, emit_frame
from chemopt.errors import InputError
from chemopt.frames import frame_records, frame_text
from chemopt.methods.registry import METHODS
from chemopt.validation import whole

NAME = "verdicts"
HELP = "Methods on random problems, against an enumeration in exact rationals."
# Problems a task: enough that handing it over costs nothing.
_CHUNK = 10


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("--count", type=options.whole, default=200, help="problems (200)")
    parser.add_argument("--seed", type=options.whole, default=0, help="seed of the problems (0)")
    parser.add_argument(
        "--first", type=options.whole, default=0, metavar="NUMBER",
        help="number of the first problem (0): with --count 1, to see one again",
    )  # fmt: skip
    parser.add_argument(
        "--models", type=options.whole, default=10, help="largest number of models (10)"
    )
    parser.add_argument(
        "--method", default=",".join(METHODS), metavar="METHODS",
        help=f"of {', '.join(METHODS)} (all), with every formulation that they take",
    )  # fmt: skip
    parser.add_argument("--workers", type=options.whole, default=1, help="processes (1)")
    parser.add_argument("--time-limit", type=options.number, default=20.0, metavar="SECONDS")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    first = whole("first", arguments.first, 0)
    numbers = range(first, first + whole("count", arguments.count, 1))
    most = whole("models", arguments.models, 1, 14)
    methods = named_methods(arguments.method)
    if not methods:
        raise InputError(f"method must name at least one of {', '.join(METHODS)}")
    of_chunk = partial(
        verdicts, arguments.seed, most=most, time_limit=arguments.time_limit, methods=methods
    )
    chunks = [numbers[k : k + _CHUNK] for k in range(0, len(numbers), _CHUNK)]
    progress, found = Progress("problems"), list[Verdict]()
    with ProcessPoolExecutor(whole("workers", arguments.workers, 1, 256)) as pool:
        for done, of_this in enumerate(pool.map(of_chunk, chunks), start=1):
            found += of_this
            progress(min(done * _CHUNK, len(numbers)), len(numbers))
    frame = pd.DataFrame([asdict(verdict) for verdict in found])
    defects = frame[~frame["result"].isin(SOUND)]
    emit_frame(
        arguments,
        frame,
        table=lambda: _text(frame, defects, len(numbers)),
        data=lambda: {
            "machine": machine(),
            "problems": len(numbers),
            "counts": frame_records(summary(frame)),
            "defects": frame_records(defects),
        },
    )
    return 1 if len(defects) else 0


def _text(frame: pd.DataFrame, defects: pd.DataFrame, problems: int) -> str:
    kinds = frame.drop_duplicates("number")["kind"].value_counts().sort_index()
    tables = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    parts = [f"{problems} problems; tables: {tables}", frame_text(summary(frame))]
    parts.append(frame_text(defects) if len(defects) else "No defect.")
    return "\n\n".join([*parts, machine()])
