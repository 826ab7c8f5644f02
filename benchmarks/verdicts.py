"""Hold runs against each other: which claims are wrong, and a summary.

Every loss that a method reports, and every published value, is attained by some ensemble. So no
valid bound is above it, and nothing above it is optimal; and nothing is below a published value
that is proved optimal. Differences up to the tolerance of a proof do not count
(`chemopt.methods.recommendation.proof_tolerance`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.runs import FAILED, KILLED, PROBLEM
from chemopt.methods.outcome import Status, StopReason

SUMMARY = ("family", "models", "alpha", "method")


def wrong_claims(frame: pd.DataFrame) -> list[str]:
    """List the claims of runs that another run or a published value shows to be wrong.

    Parameters
    ----------
    frame : DataFrame
        Runs, as `benchmarks.runs.measure` returns them.

    Examples
    --------
    >>> from benchmarks.runs import runs_frame
    >>> same = {"family": "f", "instance": "i", "alpha": 1, "beta": 0, "m_inter": "total"}
    >>> rows = [{**same, "method": "a", "status": "optimal", "loss": 5.0, "bound": 5.0},
    ...         {**same, "method": "b", "status": "feasible", "loss": 4.0}]
    >>> wrong_claims(runs_frame(rows))
    ['f i (alpha 1, beta 0): a claims the bound 5.0, but b found 4.0']
    """
    claims: list[str] = []
    for key, runs in frame.groupby(list(PROBLEM), sort=False, dropna=False):
        family, instance, alpha, beta, _ = key
        name = f"{family} {instance} (alpha {alpha:g}, beta {beta:g})"
        claims += [f"{name}: {claim}" for claim in _of_one_problem(runs)]
    return claims


def failures(frame: pd.DataFrame) -> list[str]:
    """Name the runs that failed."""
    failed = frame[frame["status"] == FAILED]
    return [
        f"{row['family']} {row['instance']}: {row['method']} failed: {row['message']}"
        for row in failed.to_dict("records")
    ]


def add_comparison(frame: pd.DataFrame) -> pd.DataFrame:
    """Return runs with the best loss known of each problem, and how far above it a run's is.

    Returns
    -------
    DataFrame
        With the columns `best`, the least loss of all runs and of published values; `unit`, what
        distances from it are relative to: |best|, or for benchmark files the native objective
        there; and `above_best`, (loss − best) / unit.
    """
    losses = frame[["loss", "known_loss"]].min(axis=1)
    best = losses.groupby([frame[name] for name in PROBLEM], dropna=False).transform("min")
    # The loss of a benchmark file is a constant minus (or plus) its native objective, which is what
    # distances are relative to.
    unit = np.where(
        frame["value"].notna(),
        (frame["value"].abs() + (frame["loss"] - best)).abs(),
        best.abs(),
    )
    above = (frame["loss"] - best).where(frame["loss"] - best > frame["tolerance"].fillna(0), 0.0)
    above = above.where(frame["loss"].notna())
    unit = np.maximum(unit, 1e-9)
    return frame.assign(best=best, unit=unit, above_best=above / unit)


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum up runs: a row for each family, number of models, α and method.

    Returns
    -------
    DataFrame
        `family`, `models`, `alpha`, `method`; `runs`; `proved`, the share of runs that end
        with a proof; `seconds`, the median (of a run that was ended: its limit); `gap`, the median
        gap between loss and bound, infinite if half of the runs have none; `above_best`, the median
        distance from the best loss that any run or publication has; `peak_mb`, the largest.
        Runs that a method refuses are left out.
    """
    compared = add_comparison(frame[frame["status"] != "refused"])
    compared["proved"] = compared["status"].isin([Status.OPTIMAL.value, Status.INFEASIBLE.value])
    killed = compared["status"] == KILLED
    compared["seconds"] = compared["seconds"].where(~killed, compared["time_limit"].astype(float))
    for column in ("gap", "above_best"):
        compared[column] = compared[column].fillna(math.inf)
    order = {name: k for k, name in enumerate(dict.fromkeys(compared["method"]))}
    grouped = compared.groupby(list(SUMMARY), sort=False).agg(
        runs=("status", "size"),
        proved=("proved", "mean"),
        seconds=("seconds", "median"),
        gap=("gap", "median"),
        above_best=("above_best", "median"),
        peak_mb=("peak_mb", "max"),
    )
    table = grouped.reset_index()
    table["_order"] = table["method"].map(order)
    ordered = table.sort_values([*SUMMARY[:3], "_order"], kind="stable")
    return ordered.drop(columns="_order").reset_index(drop=True)


def _of_one_problem(runs: pd.DataFrame) -> Iterator[str]:
    """Compare the runs on one problem with each other and with what is published."""
    rows = runs.to_dict("records")
    attained = [
        (row["loss"], row["method"], _tolerance(row))
        for row in rows
        # A fallback need not meet the problem's constraints.
        if row["stop_reason"] != StopReason.FALLBACK.value
    ]
    attained += [(row["known_loss"], "a published value", _tolerance(row)) for row in rows]
    attained = [one for one in attained if not math.isnan(one[0])]
    if not attained:
        return
    least, finder, slack = min(attained, key=lambda one: one[0])
    for row in rows:
        method, loss, bound = row["method"], row["loss"], row["bound"]
        tolerance = max(_tolerance(row), slack)
        if row["status"] == Status.INFEASIBLE.value:
            yield f"{method} claims that there is no ensemble, but {finder} found {least!r}"
        elif bound > least + tolerance:
            yield f"{method} claims the bound {bound!r}, but {finder} found {least!r}"
        elif row["status"] == Status.OPTIMAL.value and loss > least + tolerance:
            yield f"{method} calls {loss!r} optimal, but {finder} found {least!r}"
        elif row["known_proved"] and loss < row["known_loss"] - tolerance:
            yield f"{method} found {loss!r}, below the published optimum {row['known_loss']!r}"


def _tolerance(row: dict[object, float]) -> float:
    tolerance = row["tolerance"]
    return 0.0 if math.isnan(tolerance) else tolerance
