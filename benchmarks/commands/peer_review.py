"""``python -m benchmarks peer-review``: coverage and error of the consensus.

Scores are drawn from the model of `chemopt.history.review.consensus` with reviewer variances that
are known, many times. Counted are the share of 95 % intervals that hold the true quality, with the
correction for estimated weights and without it (the normal interval of variance 1/Σ 1/σ̂²), and the
mean squared error against that of the plain mean and of the best weights, which nobody knows.
Counted as well is how often one of several reviewers who are all alike ends with nearly all the
weight.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks import machine
from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable, emit_frame
from chemopt.frames import frame_records, frame_text
from chemopt.history.review.consensus import estimate_consensus
from chemopt.validation import choice, whole

NAME = "peer-review"
HELP = "Coverage and error of the peer-review consensus on simulated reviewers."
CONFIDENCE = 0.95
# (reviewers, answers, whether reviewer j wrote answer j and does not review it)
DESIGNS = (
    (3, 8, False), (4, 4, True), (5, 1, False), (5, 3, False), (5, 5, True), (5, 20, False),
    (8, 4, False), (8, 8, True), (12, 12, True),
)  # fmt: skip
COLLAPSE = 0.95
_ROUNDS = 1000
_FLOOR = 1e-9
_TRUTH = 5.0

#: Standard deviations of J reviewers, for each kind of panel.
PANELS: dict[str, Callable[[int], npt.NDArray[np.float64]]] = {
    "equal": np.ones,
    "up to 2.7 : 1": lambda n: np.geomspace(0.6, 1.6, n),
    "up to 4 : 1": lambda n: np.geomspace(0.5, 2, n),
    "up to 10 : 1": lambda n: np.geomspace(0.3, 3, n),
    "one good, 1 : 3": lambda n: np.concatenate([[1 / 3], np.ones(n - 1)]),
    "one bad, 3 : 1": lambda n: np.concatenate([[3.0], np.ones(n - 1)]),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--simulations", type=options.whole, default=2000, metavar="N", help="of each design (2000)"
    )
    parser.add_argument("--seed", type=options.whole, default=0, help="seed (0)")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    frame = measure(arguments.simulations, seed=arguments.seed, progress=Progress("designs"))
    collapsed = measure_collapse(arguments.simulations, seed=arguments.seed)
    emit_frame(
        arguments,
        frame,
        table=lambda: f"{_tables(frame, collapsed, arguments.simulations)}\n{machine()}",
        data=lambda: {
            "machine": machine(),
            "runs": frame_records(frame),
            "collapse": frame_records(collapsed),
        },
    )
    return 0


def _tables(frame: pd.DataFrame, collapsed: pd.DataFrame, simulations: int) -> str:
    formats = dict.fromkeys(("coverage", "uncorrected"), "{:.1%}")
    formats.update(dict.fromkeys(("mse_ratio", "best_ratio"), "{:.2f}"))
    shares = dict.fromkeys(("naive", "corrected", "shrunk"), "{:.1%}")
    return (
        f"{frame_text(frame, formats)}\n\npanels of equal reviewers where one ends with over "
        f"{COLLAPSE:.0%} of the weight\n\n{frame_text(collapsed, shares)}\n\n"
        f"{simulations} simulations each"
    )


def measure(
    simulations: int,
    designs: Sequence[tuple[int, int, bool]] = DESIGNS,
    panels: Sequence[str] = tuple(PANELS),
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Simulate panels of reviewers.

    Returns
    -------
    DataFrame
        A row for each design and panel: `reviewers`, `answers`, `own` (whether own answers are left
        out), `panel`, `coverage` and `uncorrected` (shares of the intervals of all answers),
        `mse_ratio` (mean squared error over that of the plain mean) and `best_ratio` (that of
        the weights 1/σ_j² over that of the plain mean, from their formulas).
    """
    whole("simulations", simulations, 1)
    whole("seed", seed, 0)
    rows = []
    for done, (reviewers, answers, own) in enumerate(designs):
        for panel in panels:
            figures = simulate(reviewers, answers, own, panel, simulations, seed)
            rows.append((reviewers, answers, own, panel, *figures))
        if progress is not None:
            progress(done + 1, len(designs))
    columns = ["reviewers", "answers", "own", "panel"]
    return pd.DataFrame(
        rows, columns=[*columns, "coverage", "uncorrected", "mse_ratio", "best_ratio"]
    )


def simulate(
    reviewers: int, answers: int, own: bool, panel: str, simulations: int, seed: int
) -> tuple[float, float, float, float]:
    """Return coverage, uncorrected coverage, and the two ratios of mean squared errors."""
    sd = PANELS[choice("panel", panel, PANELS)](reviewers)
    rng = np.random.default_rng([seed, reviewers, answers])
    scores = _TRUTH + sd[:, None] * rng.standard_normal((simulations, reviewers, answers))
    given = ~np.eye(reviewers, answers, dtype=bool) if own else np.ones(scores.shape[1:], bool)
    scores[:, ~given] = np.nan
    consensus = estimate_consensus(scores, _FLOOR)
    error = np.abs(consensus.quality - _TRUTH)
    half = consensus.half_width(CONFIDENCE)
    normal = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    plain_error = np.nanmean(scores, axis=1) - _TRUTH
    count = given.sum(axis=0)
    of_mean = (given * sd[:, None] ** 2).sum(axis=0) / count**2
    of_best = 1 / (given / sd[:, None] ** 2).sum(axis=0)
    return (
        float((error <= half).mean()),
        float((error <= normal * np.sqrt(consensus.plain_variance)).mean()),
        float((error**2).mean() / (plain_error**2).mean()),
        float(of_best.mean() / of_mean.mean()),
    )


def measure_collapse(
    simulations: int,
    sizes: Sequence[tuple[int, int]] = ((4, 4), (5, 5), (5, 10), (8, 8)),
    *,
    seed: int = 0,
) -> pd.DataFrame:
    """Count panels of equal reviewers in which one ends with nearly all the weight.

    Returns
    -------
    DataFrame
        `reviewers`, `answers`, and the shares of panels: `naive` (weights anew from mean squared
        residuals), `corrected` (from residuals over their degrees of freedom), `shrunk` (as it is
        done here).
    """
    rows = []
    for reviewers, answers in sizes:
        rng = np.random.default_rng([seed, reviewers, answers])
        scores = rng.standard_normal((simulations, reviewers, answers))
        variances = [_reweighted(scores, corrected) for corrected in (False, True)]
        variances.append(estimate_consensus(scores, _FLOOR).reviewer_variance)
        shares = [1 / v.min(axis=1) / (1 / v).sum(axis=1) for v in variances]
        rows.append((reviewers, answers, *(float((s > COLLAPSE).mean()) for s in shares)))
    return pd.DataFrame(rows, columns=["reviewers", "answers", "naive", "corrected", "shrunk"])


def _reweighted(scores: npt.NDArray[np.float64], corrected: bool) -> npt.NDArray[np.float64]:
    """Return the variances after many rounds without shrinkage."""
    variance = np.ones(scores.shape[:2])
    for _ in range(_ROUNDS):
        share = 1 / variance / (1 / variance).sum(axis=1, keepdims=True)
        consensus = np.einsum("bj,bjk->bk", share, scores)
        squares = ((scores - consensus[:, None]) ** 2).mean(axis=2)
        variance = np.maximum(_FLOOR, squares / (1 - share) if corrected else squares)
    return variance
