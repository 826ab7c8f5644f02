"""``python -m benchmarks verdicts``: answers against an enumeration in exact rationals.

Random problems of up to ``--models`` models with tables, prices and constraints of all kinds go to
every method, or to those of ``--method``. A table counts what they answered; defects (a false
optimum, a bound above the optimum, an ensemble that breaks a constraint, a false "infeasible", a
crash) are listed, each with the command that shows it again, and make the exit code 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial

import pandas as pd

from benchmarks import machine
from benchmarks.agreement import cascades, fronts, recommended, selected, weights
from benchmarks.agreement.verdicts import SOUND, Verdict, summary
from benchmarks.emitting import words
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable, emit_frame
from chemopt.errors import InputError
from chemopt.frames import frame_records, frame_text
from chemopt.methods.registry import METHODS
from chemopt.selection.cascade.solve import CASCADE_METHODS
from chemopt.selection.methods import COVERAGE_METHODS
from chemopt.validation import choice, whole

NAME = "verdicts"
HELP = "Answers to random problems, against an enumeration in exact rationals."
# Problems a task: enough that handing it over costs nothing.
_CHUNK = 10


@dataclass(frozen=True)
class Target:
    """What is tried on a problem, and by which methods."""

    tried: Callable[[int, int, int, float, Collection[str]], Iterator[Verdict]]
    methods: Sequence[str]


TARGETS = {
    "recommend": Target(recommended.recommendations, tuple(METHODS)),
    "ranked": Target(recommended.rankings, recommended.RANKING),
    "select": Target(selected.selections, COVERAGE_METHODS),
    "cascade": Target(cascades.cascades, CASCADE_METHODS),
    "fronts": Target(fronts.fronts, fronts.METHODS_TRIED),
    "breakpoints": Target(weights.paths, weights.METHODS_TRIED),
    "phase": Target(weights.diagrams, weights.METHODS_TRIED),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--of", default="recommend", choices=TARGETS, help="what is asked (recommend)"
    )
    parser.add_argument("--count", type=options.whole, default=200, help="problems (200)")
    parser.add_argument("--seed", type=options.whole, default=0, help="seed of the problems (0)")
    parser.add_argument(
        "--first", type=options.whole, default=0, metavar="NUMBER",
        help="number of the first problem (0): with --count 1, to see one again",
    )  # fmt: skip
    parser.add_argument(
        "--models", type=options.whole, default=9, help="largest number of models (9)"
    )
    parser.add_argument(
        "--method", metavar="METHODS", help="names between commas (all), with every variant"
    )
    parser.add_argument("--workers", type=options.whole, default=1, help="processes (1)")
    parser.add_argument("--time-limit", type=options.number, default=20.0, metavar="SECONDS")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    first = whole("first", arguments.first, 0)
    numbers = range(first, first + whole("count", arguments.count, 1))
    whole("models", arguments.models, 1, 14)
    known = TARGETS[arguments.of].methods
    named = known if arguments.method is None else words(arguments.method)
    methods = [choice("method", name, known) for name in named]
    if not methods:
        raise InputError(f"method must name at least one of {', '.join(known)}")
    of_chunk = partial(
        _verdicts, arguments.of, arguments.seed, arguments.models, arguments.time_limit, methods
    )
    chunks = [numbers[k : k + _CHUNK] for k in range(0, len(numbers), _CHUNK)]
    progress, found = Progress("problems"), list[Verdict]()
    with ProcessPoolExecutor(whole("workers", arguments.workers, 1, 256)) as pool:
        for done, of_this in enumerate(pool.map(of_chunk, chunks), start=1):
            found += of_this
            progress(min(done * _CHUNK, len(numbers)), len(numbers))
    frame = pd.DataFrame([asdict(verdict) for verdict in found])
    defects = frame[~frame["result"].isin(SOUND)]
    defects = defects.assign(again=[_again(arguments, row) for _, row in defects.iterrows()])
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


def _verdicts(
    of: str,
    seed: int,
    most: int,
    time_limit: float,
    methods: Collection[str],
    numbers: Sequence[int],
) -> list[Verdict]:
    """Try methods on some problems."""
    tried = TARGETS[of].tried
    return [
        verdict for number in numbers for verdict in tried(seed, number, most, time_limit, methods)
    ]


def _again(arguments: argparse.Namespace, row: pd.Series) -> str:
    """Return the options that show a run again."""
    return (
        f"--of {arguments.of} --seed {arguments.seed} --models {arguments.models} --count 1 "
        f"--first {row['number']} --method {row['method']}"
    )


def _text(frame: pd.DataFrame, defects: pd.DataFrame, problems: int) -> str:
    kinds = frame.drop_duplicates("number")["kind"].value_counts().sort_index()
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    parts = [f"{problems} problems: {counted}", frame_text(summary(frame))]
    parts += [
        f"{row['method']} {row['variant']}: {row['result']}: {row['detail']}\n  {row['again']}"
        for row in defects.to_dict("records")
    ]
    if defects.empty:
        parts.append("No defect.")
    return "\n\n".join([*parts, machine()])
