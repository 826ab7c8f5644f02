"""``python -m benchmarks chemistry``: time and memory of computing a chemistry table."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from benchmarks import apart, peak_mb
from benchmarks.emitting import emit_runs
from chemopt import Profiles, compute_chemistry
from chemopt.chemistry.cost import ProfileCost
from chemopt.chemistry.enumeration import MODEL_LIMIT
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable
from chemopt.errors import InputError
from chemopt.frames import frame_text
from chemopt.validation import choice, whole

NAME = "chemistry"
HELP = "Time and memory of the exact chemistry table, against the exponential forms."
# The exact form, enumeration with arrays, and the loop that the definition describes.
METHODS = ("exact", "enumerate", "definition")
SIZES = (50, 100, 200, 400, 1000)
COMPARED_SIZES = (10, 12, 14)
POOLS = ("plain", "spread", "zeros", "outlier", "valley")
# Small pools are computed this many times, and the fastest counts.
_SHORT, _REPEATS = 0.2, 5


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of models")
    parser.add_argument(
        "--compare", default=",".join(map(str, COMPARED_SIZES)), metavar="SIZES",
        help="numbers of models for which the exponential forms are measured as well",
    )  # fmt: skip
    parser.add_argument(
        "--pool", choices=POOLS, default="plain",
        help="penalties: plain, spread over ten orders of magnitude, half of them zero, or one "
        "model a million times worse than the others, or falling to 1e-10 and rising again (plain)",
    )  # fmt: skip
    parser.add_argument("--seed", type=options.whole, default=0, help="seed of the pools (0)")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    sizes, compared = _sizes(arguments.sizes, 5000), _sizes(arguments.compare, MODEL_LIMIT)
    whole("seed", arguments.seed, 0)
    frame = measure_table(sizes, compared, arguments.pool, arguments.seed, Progress("pools"))
    emit_runs(arguments, frame, _table)
    return 0


def measure_table(
    sizes: Sequence[int],
    compared: Sequence[int],
    pool: str = "plain",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Measure the exact form for `sizes`, and all forms for `compared`.

    Each measurement has a separate process, so that its peak memory is its own.

    Returns
    -------
    DataFrame
        Columns `models`, `method`, `seconds`, `peak_mb` (of the whole process, Python and NumPy
        included; NaN where the system does not say).
    """
    runs = [(n, "exact") for n in sizes]
    runs += [(n, method) for n in compared for method in METHODS]
    rows = []
    for done, (n, method) in enumerate(runs, 1):
        rows.append((n, method, *apart(measure, n, method, pool, seed)))
        if progress is not None:
            progress(done, len(runs))
    return pd.DataFrame(rows, columns=["models", "method", "seconds", "peak_mb"])


def measure(n: int, method: str, pool: str, seed: int) -> tuple[float, float]:
    """Return the seconds for one table, and the peak memory of this process in MB."""
    profiles = random_profiles(n, pool, seed)
    best = np.inf
    for _ in range(_REPEATS):
        start = time.perf_counter()
        if method == "definition":
            chemistry_by_definition(ProfileCost(profiles, empty_cost=None))
        elif method == "exact":
            compute_chemistry(profiles, "exact", empty_cost=None)
        else:
            compute_chemistry(profiles, "enumerate", empty_cost=None)
        best = min(best, time.perf_counter() - start)
        if best > _SHORT:
            break
    return best, peak_mb()


def chemistry_by_definition(oracle: ProfileCost) -> dict[tuple[str, str], float]:
    """Compute the table as its definition is usually written down, capped.

    A loop over all X and all pairs outside it, with the costs of all subsets computed once: the
    exponential form of the publication, as a yardstick.
    """
    models = oracle.order
    positions = range(len(models))
    subsets = ([models[k] for k in positions if mask >> k & 1] for mask in range(1 << len(models)))
    costs = [oracle.cost(X) for X in subsets]
    table: dict[tuple[str, str], float] = {}
    for mask, none in enumerate(costs):
        if not none > 0:  # zero, or not defined
            continue
        for a, b in combinations([k for k in positions if not mask >> k & 1], 2):
            only_a, only_b = costs[mask | 1 << a], costs[mask | 1 << b]
            both = costs[mask | 1 << a | 1 << b]
            if only_a > 0 and only_b > 0 and both > 0:
                ratio = min(1.0, abs(both - only_a - only_b + none) / both)
                pair = models[a], models[b]
                table[pair] = max(table.get(pair, 0.0), ratio)
    return table


def random_profiles(n: int, pool: str, seed: int) -> Profiles:
    """Draw profiles of n used models whose penalties are of one of the kinds in `POOLS`."""
    choice("pool", pool, POOLS)
    rng = np.random.default_rng(seed)
    quality, accuracy = rng.uniform(0, 10, n), rng.uniform(0.51, 1, n)
    if pool == "spread":
        accuracy = 1 - 10 ** rng.uniform(-10, -0.4, n)
    elif pool == "zeros":
        accuracy[rng.random(n) < 0.5] = 1.0
    elif pool == "outlier":
        accuracy = 1 - 10 ** rng.uniform(-9, -6, n)
        quality[0], accuracy[0] = 9.99, 0.6
    elif pool == "valley":
        quality = np.asarray(np.linspace(5, 0, n), dtype=np.float64)
        exponents = [np.linspace(-0.4, -10, n // 2), np.linspace(-10, -5, n - n // 2)]
        accuracy = np.asarray(1 - 10 ** np.concatenate(exponents), dtype=np.float64)
    names = [f"model-{k:05}" for k in range(n)]
    frame = pd.DataFrame({"model": names, "quality": quality, "accuracy": accuracy})
    return Profiles.from_frame(frame)


def growth(frame: pd.DataFrame, method: str) -> float:
    """Return the exponent k of seconds ≈ c · modelsᵏ, by least squares of logarithms.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"models": [10, 100], "method": "exact", "seconds": [0.01, 1.0]})
    >>> round(growth(frame, "exact"), 6)
    2.0
    """
    own = frame[frame["method"] == method]
    if own["models"].nunique() < 2:
        return float("nan")
    slope, _ = np.polyfit(np.log(own["models"]), np.log(own["seconds"]), 1)
    return float(slope)


def _table(frame: pd.DataFrame) -> str:
    """Write the runs, the ratios of the methods, and how the exact form grows."""
    lines = [frame_text(frame, {"seconds": "{:.4f}", "peak_mb": "{:.0f}"}), ""]
    by_method = frame.groupby(["models", "method"])["seconds"].min().unstack()
    if set(METHODS) <= set(by_method):
        for n, row in by_method.dropna().iterrows():
            ratios = {other: row[other] / row["exact"] for other in METHODS[1:]}
            times = [f"{ratio:.0f} times as fast as {other}" for other, ratio in ratios.items()]
            lines.append(f"{n} models: exact is {', '.join(times)}")
    large = frame[frame["models"] >= min(100, frame["models"].max())]
    exponent = growth(large, "exact")
    if not np.isnan(exponent):
        smallest = large["models"].min()
        lines.append(f"exact, from {smallest} models on: seconds ~ models^{exponent:.2f}")
    return "\n".join(lines).rstrip()


def _sizes(text: str, most: int) -> list[int]:
    if not text.strip():
        return []
    try:
        return [whole("a number of models", int(part), 2, most) for part in text.split(",")]
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{text!r} is not a list of whole numbers") from None
