"""``python -m benchmarks plan``: ways of asking the same number of calls, side by side.

Half of the items of each table are for asking, and the others for testing, again and again. The
number of calls is what it takes to ask all models on this many items. Each way asks, selects from
what it then may use, and its members are worth something on the test items.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import machine
from benchmarks.outcome_files import outcomes_of_folder
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable, emit_frame
from chemopt.errors import InputError
from chemopt.evidence.intervals import split_interval
from chemopt.frames import frame_records, frame_text
from chemopt.methods.options import RunOptions
from chemopt.outcomes.outcomes import Outcomes
from chemopt.problem.constrained import Constraints
from chemopt.selection.plan.next_evaluations import EXPLORE
from chemopt.selection.plan.policies import Method
from chemopt.selection.plan.simulate import simulate_plan
from chemopt.selection.plan.usable import usable_outcomes
from chemopt.selection.procedure import Choice, Shrink, choose
from chemopt.validation import choice, number, whole

NAME = "plan"
HELP = "What a selection gains when fewer models are asked on more items, at equal calls."
REFERENCE = "all, greedy"
_TEST_SHARE = 0.5
# Models that lack more outcomes are left out, and then items that not all others answered.
_MIN_ANSWERED = 0.9


@dataclass(frozen=True)
class Way:
    """How to ask, and how to select then."""

    method: Method
    shrink: Shrink = 0.0


WAYS: dict[str, Way] = {
    REFERENCE: Way("all"),
    "all, shrunk": Way("all", "cv"),
    "failure": Way("failure"),
    "race": Way("race"),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--data", metavar="FOLDER", required=True,
        help="outcome files (.csv.gz with columns model, item, correct, perhaps task)",
    )  # fmt: skip
    parser.add_argument(
        "--items", type=options.wholes, default=[50, 100],
        help="calls, as items that all models could be asked on (50,100)",
    )  # fmt: skip
    parser.add_argument("--sizes", type=options.wholes, default=[3, 5], help="members (3,5)")
    parser.add_argument("--splits", type=options.whole, default=50, help="random splits (50)")
    parser.add_argument(
        "--explore", type=options.number, default=EXPLORE,
        help=f"share of calls for all models on the same items ({EXPLORE})",
    )  # fmt: skip
    parser.add_argument(
        "--ways", default=";".join(WAYS), help=f"of {'; '.join(WAYS)}, separated by semicolons"
    )
    parser.add_argument("--seed", type=options.whole, default=0, help="seed of the splits (0)")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    ways = [choice("way", name.strip(), WAYS) for name in arguments.ways.split(";")]
    if REFERENCE not in ways:
        raise InputError(f"--ways must have {REFERENCE!r}, which the others are compared with")
    results = measure(
        outcomes_of_folder(Path(arguments.data), _MIN_ANSWERED),
        items=[whole("items", value, 2) for value in arguments.items],
        sizes=[whole("a size", value, 1) for value in arguments.sizes],
        splits=whole("splits", arguments.splits, 2),
        explore=number("explore", arguments.explore, 0, 1),
        ways=ways,
        seed=whole("seed", arguments.seed, 0),
        progress=Progress("runs"),
    )
    gains = summary(results)
    emit_frame(
        arguments,
        results,
        table=lambda: f"{_table(gains)}\n\n{machine()}",
        data=lambda: {
            "machine": machine(),
            "gains": frame_records(gains),
            "runs": frame_records(results),
        },
    )
    return 0


def measure(
    tables: Iterable[tuple[str, Outcomes]],
    *,
    items: Sequence[int] = (50, 100),
    sizes: Sequence[int] = (3, 5),
    splits: int = 50,
    explore: float = EXPLORE,
    ways: Sequence[str] = tuple(WAYS),
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Run every way on every table.

    Returns
    -------
    DataFrame
        A row for each run: `data`, `items`, `size`, `way`, `split`, `value` (coverage of the test
        items), `calls` made, `used` (items that the selection could use), `models`.
    """
    rows = []
    listed = list(tables)
    total = len(listed) * len(items) * len(sizes) * splits * len(ways)
    for name, table in listed:
        for split in range(splits):
            order = np.random.default_rng([seed, split]).permutation(len(table))
            half = len(order) // 2
            train, test = table.take_items(order[:half]), table.take_items(order[half:])
            for number_of in items:
                calls = min(number_of, half) * len(table.models)
                for size in sizes:
                    for way in ways:
                        found = _run(train, WAYS[way], calls, size, explore, split)
                        rows.append(
                            {
                                "data": name, "items": number_of, "size": size, "way": way,
                                "split": split, "value": test.coverage(found[0]),
                                "calls": found[1], "used": found[2],
                                "models": ", ".join(found[0]),
                            }
                        )  # fmt: skip
                        if progress is not None:
                            progress(len(rows), total)
    return pd.DataFrame(rows)


def _run(
    train: Outcomes, way: Way, calls: int, size: int, explore: float, seed: int
) -> tuple[tuple[str, ...], int, int]:
    """Ask and select; return the members, the calls made and the items used."""
    asked = simulate_plan(train, calls, method=way.method, size=size, explore=explore, seed=seed)
    usable = usable_outcomes(asked, size=size)
    constraints = Constraints(size=size, require=usable.require)
    how = Choice("coverage", constraints, way.shrink, "greedy" if way.shrink == 0 else "swap")
    members = choose(usable.outcomes, how, RunOptions(seed=seed)).models
    return members, int((~np.isnan(asked.scores)).sum()), len(usable.outcomes)


def summary(results: pd.DataFrame) -> pd.DataFrame:
    """Return what each way gains over all models and the greedy algorithm.

    Returns
    -------
    DataFrame
        A row for each number of items, size, way and table, and for their mean (`data` is
        ``"mean"``): `value`, `gain`, its standard error over splits `error` (were there more
        splits of these items), its 95 % interval `low`, `high` (on items like these;
        `chemopt.evidence.intervals`), `used`. Tables are taken as independent.
    """
    rows = []
    for (number_of, size), group in results.groupby(["items", "size"], sort=False):
        values = group.pivot(index=["data", "split"], columns="way", values="value")
        used = group.groupby(["way", "data"], sort=False)["used"].mean()
        for way in group["way"].unique():
            parts = []
            for data in used[way].index:
                gains = (values[way] - values[REFERENCE])[data].to_numpy(dtype=float)
                interval = split_interval(gains, _TEST_SHARE, -1.0, 1.0)
                error = float(gains.std(ddof=1)) / math.sqrt(len(gains))
                parts.append(
                    (values[way][data].mean(), interval.mean, error,
                     interval.high - interval.mean, used[way, data])
                )  # fmt: skip
            value, gain, error, reach, items = np.array(parts).T
            count = len(parts)
            parts.append(
                (value.mean(), gain.mean(), math.hypot(*error) / count,
                 math.hypot(*reach) / count, items.mean())
            )  # fmt: skip
            for data, (value, gain, error, reach, items) in zip(
                [*used[way].index, "mean"], parts, strict=True
            ):
                rows.append(
                    (number_of, size, way, data, value, gain, error, gain - reach, gain + reach,
                     items)
                )  # fmt: skip
    columns = ["items", "size", "way", "data", "value", "gain", "error", "low", "high",
               "used"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _table(gains: pd.DataFrame) -> str:
    """Write the gains in points."""
    shown = gains.copy()
    for column in ("value", "gain", "error", "low", "high"):
        shown[column] = 100 * gains[column]
    formats = {
        "value": "{:.2f} %", "gain": "{:+.2f}", "error": "{:.2f}", "low": "{:+.2f}",
        "high": "{:+.2f}", "used": "{:.0f}",
    }  # fmt: skip
    return frame_text(shown, formats)
