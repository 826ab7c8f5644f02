"""Plots of runs: performance profile, cactus plot, gap over time, time to target.

Each function takes a table of runs (from `benchmarks.runs.load_runs`, or for your own
problems from `benchmarks.runs.answers_frame`), draws on a Matplotlib Axes, and returns it.
The columns `family`, `instance`, `alpha`, `beta` and `m_inter` identify a problem. A table of
something else is an InputError.

Performance profile (Dolan and Moré, Mathematical Programming 91, 2002)
    ρ_m(τ) = share of the problems that method m proves in at most τ times the time of the fastest
    method on that problem. ρ_m(1) is how often m is the fastest, ρ_m(∞) how often it has a proof.
Cactus plot
    How many problems a method proves, each within the time on the other axis.
Gap over time
    Mean over the problems of (loss − best) / |best| at each moment, best being the least loss of
    any run or publication (for benchmark files: relative to the native objective), capped at 1,
    which also counts as long as there is no ensemble.
Time to target (Aiex, Resende and Ribeiro, Optimization Letters 1, 2007)
    Share of the runs that have come within a relative distance of the best, over time.

Improvements that a method does not record (solvers: all that come after their start) count from
the end of the run only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.runs import PROBLEM
from benchmarks.verdicts import add_comparison
from chemopt.errors import InputError
from chemopt.methods.outcome import Status
from chemopt.numerics import Floats
from chemopt.plots.canvas import load_matplotlib, new_axes
from chemopt.validation import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# Line styles of the methods, by their order in the table, ten methods each.
_STYLES = ("-", "--", "-.", ":")
# Shorter times are drawn as this, since a logarithmic axis has no 0.
_SHORTEST = 1e-3
_PROVED = (Status.OPTIMAL.value, Status.INFEASIBLE.value)


def performance_profile(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of problems proved within a multiple of the fastest method's time."""
    times = _proof_times(frame, "performance_profile")
    ax = new_axes(ax)
    ratios = times.div(times.min(axis=1), axis=0)
    largest = float(np.nanmax(ratios.to_numpy(), initial=1.0)) * 1.1
    for k, method in enumerate(ratios):
        x, y = _shares(ratios[method].dropna().to_numpy(), len(ratios))
        _step(ax, [1.0, *x, largest], [0.0, *y, len(y) / len(ratios)], str(method), k)
    ax.set_ylim(0, 1.05)
    return _labelled(
        ax, "time, relative to the fastest", "share of problems proved", "Performance profile"
    )


def cactus(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many problems each method proves within a time."""
    times = _proof_times(frame, "cactus")
    ax = new_axes(ax)
    for k, method in enumerate(times):
        solved = np.sort(times[method].dropna().to_numpy())
        _step(ax, solved, np.arange(1, len(solved) + 1), str(method), k)
    return _labelled(ax, "seconds", "problems proved", "Cactus plot")


def gap_over_time(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the mean distance of the best ensemble so far from the best known, over time."""
    paths = _paths(frame, "gap_over_time")
    ax = new_axes(ax)
    for k, (method, runs) in enumerate(paths.items()):
        moments = np.union1d(_moments(runs), _end(paths))
        gaps = [_gap_at(path, moments) for path in runs]
        _step(ax, moments, np.mean(gaps, axis=0), method, k)
    _labelled(ax, "seconds", "mean gap to the best known", "Gap over time")
    ax.set_yscale("symlog", linthresh=1e-4)
    ax.set_ylim(0, 1.05)
    return ax


def time_to_target(frame: pd.DataFrame, target: float = 0.001, ax: Axes | None = None) -> Axes:
    """Draw the share of runs that have come within `target` (relative) of the best, over time."""
    number("target", target, 0)
    paths = _paths(frame, "time_to_target")
    ax = new_axes(ax)
    for k, (method, runs) in enumerate(paths.items()):
        reached = [seconds[gaps <= target][0] for seconds, gaps in runs if (gaps <= target).any()]
        x, y = _shares(np.array(reached), len(runs))
        _step(ax, [_SHORTEST, *x, _end(paths)], [0.0, *y, len(y) / len(runs)], method, k)
    ax.set_ylim(0, 1.05)
    return _labelled(ax, "seconds", f"share within {target:.3g} of the best", "Time to target")


PLOTS: dict[str, Callable[..., Axes]] = {
    "performance_profile": performance_profile,
    "cactus": cactus,
    "gap_over_time": gap_over_time,
    "time_to_target": time_to_target,
}


def save_all(frame: pd.DataFrame, folder: str | Path) -> list[Path]:
    """Draw each plot into a PNG file of a folder, which is made if need be.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    plt = load_matplotlib()
    written = []
    for name, draw in PLOTS.items():
        figure, ax = plt.subplots(figsize=(7, 4.5))
        try:
            draw(frame, ax=ax)
            path = Path(folder) / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(path, dpi=150, bbox_inches="tight")
        except OSError as error:
            raise InputError(f"{folder}: cannot be written: {error.strerror}") from error
        finally:
            plt.close(figure)
        written.append(path)
    return written


def _check_runs(frame: pd.DataFrame, plot: str, columns: Iterable[str]) -> None:
    """Raise an InputError unless this is a table of runs with the columns that a plot needs."""
    wanted = [*PROBLEM, "method", *columns]
    if isinstance(frame, pd.DataFrame):
        missing = [name for name in wanted if name not in frame]
        fault = f"there is no column {', '.join(missing)}" if missing else ""
    else:
        fault = f"this is of type {type(frame).__name__}"
    if fault:
        raise InputError(
            f"{plot} draws a table of runs with the columns {', '.join(wanted)}; {fault}. "
            "benchmarks.runs.load_runs(FOLDER) reads such a table, "
            "benchmarks.runs.answers_frame([...]) makes one of answers of recommend"
        )
    if frame.empty:
        raise InputError("there are no runs to plot")


def _proof_times(frame: pd.DataFrame, plot: str) -> pd.DataFrame:
    """Return seconds to a proof, NaN without one: a row for each problem, a column a method."""
    _check_runs(frame, plot, ("status", "seconds"))
    seconds = frame["seconds"].clip(lower=_SHORTEST).where(frame["status"].isin(_PROVED))
    problem = frame.groupby(list(PROBLEM), sort=False, dropna=False).ngroup()
    runs = pd.DataFrame({"problem": problem, "method": frame["method"], "seconds": seconds})
    table = runs.groupby(["problem", "method"])["seconds"].median().unstack("method")
    return table[list(dict.fromkeys(frame["method"]))]


def _paths(frame: pd.DataFrame, plot: str) -> dict[str, list[tuple[Floats, Floats]]]:
    """Return for each method the seconds and gaps at each improvement, for each of its runs."""
    columns = ("seconds", "loss", "known_loss", "value", "tolerance", "progress")
    _check_runs(frame, plot, columns)
    compared = add_comparison(frame)
    paths: dict[str, list[tuple[Floats, Floats]]] = {}
    for row in compared.to_dict("records"):
        steps = list(row["progress"] or [])
        if not np.isnan(row["loss"]):
            steps.append((row["seconds"], row["loss"]))
        seconds = np.array([step[0] for step in steps]).clip(min=_SHORTEST)
        above = np.array([step[1] for step in steps]) - row["best"]
        gaps = np.clip(above / row["unit"], 0.0, 1.0)
        gaps[above <= np.nan_to_num(row["tolerance"])] = 0.0
        paths.setdefault(str(row["method"]), []).append((seconds, gaps))
    return paths


def _moments(runs: list[tuple[Floats, Floats]]) -> Floats:
    return np.unique(np.concatenate([[_SHORTEST], *(seconds for seconds, _ in runs)]))


def _end(paths: dict[str, list[tuple[Floats, Floats]]]) -> float:
    """Return the last moment of all runs, to which every curve is extended."""
    return max(float(_moments(runs)[-1]) for runs in paths.values())


def _gap_at(path: tuple[Floats, Floats], moments: Floats) -> Floats:
    """Return the gap of a run at some moments; 1 before there is an ensemble."""
    seconds, gaps = path
    held = np.concatenate([[1.0], gaps])
    at: Floats = held[np.searchsorted(seconds, moments, side="right")]
    return at


def _shares(values: Floats, total: int) -> tuple[Floats, Floats]:
    """Return sorted values, and the share of the total that is at most each."""
    ordered = np.sort(values)
    return ordered, np.arange(1, len(ordered) + 1) / total


def _step(ax: Axes, x: Iterable[float], y: Iterable[float], label: str, k: int) -> None:
    style = _STYLES[k // 10 % len(_STYLES)]
    ax.plot(list(x), list(y), style, drawstyle="steps-post", label=label)


def _labelled(ax: Axes, x: str, y: str, title: str) -> Axes:
    ax.set_xscale("log")
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.set_title(title)
    ax.grid(alpha=0.3)
    ax.legend()
    return ax
