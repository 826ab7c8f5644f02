"""Plots of answers (breakpoints, fronts, inclusion) and of runs of methods.

Plots of answers take what `chemopt.breakpoints`, `chemopt.pareto_front` and `chemopt.stability`
return, and draw on a Matplotlib Axes, which they return.

Plots of runs: performance profile, cactus plot, gap over time, time to target. Each function takes
a table of runs (`chemopt.bench.results.load_runs`, or for your own problems
`chemopt.bench.runs.answers_frame`) and draws on a Matplotlib Axes, which it returns. A problem is
what the columns `family`, `instance`, `alpha`, `beta` and `m_inter` name.

Performance profile (Dolan and Moré, Mathematical Programming 91, 2002)
    ρ_m(τ) = share of the problems that method m proves in at most τ times the time of the fastest
    method on that problem. ρ_m(1) is how often m is the fastest, ρ_m(∞) how often it has a proof.
Cactus plot
    How many problems a method proves, each within the time on the other axis.
Gap over time
    Mean over the problems of (loss − best) / |best| at each moment, best being the least loss of
    any run or publication (for foreign instances: relative to the value it stands for), capped at
    1, which also counts as long as there is no ensemble.
Time to target (Aiex, Resende and Ribeiro, Optimization Letters 1, 2007)
    Share of the runs that have come within a relative distance of the best, over time.

What a method does not record of its progress (solvers: all that comes after their start) counts
from the end of the run only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.bench.runs import PROBLEM
from chemopt.bench.verdicts import add_comparison
from chemopt.errors import InputError, SolverError
from chemopt.recommendation import Status
from chemopt.stability import Stability
from chemopt.trade_offs import WEIGHTS
from chemopt.validate import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]

# What methods are drawn with, by their order in the table.
_STYLES = ("-", "--", "-.", ":")
# Shorter times are drawn as this: on a logarithmic axis 0 has no place.
_SHORTEST = 1e-3
_PROVED = (Status.OPTIMAL.value, Status.INFEASIBLE.value)


def load_matplotlib() -> Any:
    """Import Matplotlib's pyplot.

    Raises
    ------
    SolverError
        It is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise SolverError(
            f"plots need Matplotlib, which cannot be imported ({error}): "
            "pip install 'chemopt[plots]'"
        ) from error
    return plt


def performance_profile(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of problems proved within a multiple of the fastest method's time."""
    ax = _axes(ax)
    times = _proof_times(frame)
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
    ax = _axes(ax)
    times = _proof_times(frame)
    for k, method in enumerate(times):
        solved = np.sort(times[method].dropna().to_numpy())
        _step(ax, solved, np.arange(1, len(solved) + 1), str(method), k)
    return _labelled(ax, "seconds", "problems proved", "Cactus plot")


def gap_over_time(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the mean distance of the best ensemble so far from the best known, over time."""
    ax = _axes(ax)
    paths = _paths(frame)
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
    ax = _axes(ax)
    paths = _paths(frame)
    for k, (method, runs) in enumerate(paths.items()):
        reached = [seconds[gaps <= target][0] for seconds, gaps in runs if (gaps <= target).any()]
        x, y = _shares(np.array(reached), len(runs))
        _step(ax, [_SHORTEST, *x, _end(paths)], [0.0, *y, len(y) / len(runs)], method, k)
    ax.set_ylim(0, 1.05)
    return _labelled(ax, "seconds", f"share within {target:.3g} of the best", "Time to target")


def plot_breakpoints(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the least loss over α or β, with the size of the best ensemble of each piece.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.breakpoints`.
    """
    ax = _axes(ax)
    over = next(name for name in WEIGHTS if f"{name}_from" in frame)
    for row in frame.to_dict("records"):
        x = [row[f"{over}_from"], row[f"{over}_to"]]
        (line,) = ax.plot(x, [row["loss_from"], row["loss_to"]], marker=".")
        middle = sum(x) / 2, (row["loss_from"] + row["loss_to"]) / 2
        ax.annotate(
            str(row["size"]), middle, xytext=(0, 6), textcoords="offset points",
            ha="center", color=line.get_color(), fontsize="small",
        )  # fmt: skip
    ax.set_xlabel(over)
    ax.set_ylabel("least loss")
    ax.set_title("Best ensembles, and their sizes")
    ax.grid(alpha=0.3)
    return ax


def plot_front(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw a Pareto front: inter and intra of each ensemble, the third aim as its colour.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.pareto_front`.
    """
    ax = _axes(ax)
    third = str(frame.columns[2])
    points = ax.scatter(frame["inter"], frame["intra"], c=frame[third], s=18)
    ax.figure.colorbar(points, ax=ax, label=third)
    ax.set_xlabel("inter")
    ax.set_ylabel("intra")
    ax.set_title("Pareto front")
    ax.grid(alpha=0.3)
    return ax


def plot_inclusion(stability: Stability, ax: Axes | None = None) -> Axes:
    """Draw in which share of the resamples each model is recommended, with two standard errors.

    Parameters
    ----------
    stability : Stability
        From `chemopt.stability`.
    """
    ax = _axes(ax)
    shown = stability.inclusion.iloc[::-1]  # bars go up, and the most frequent is to be on top
    colours = ["tab:blue" if chosen else "lightgray" for chosen in shown["chosen"]]
    ax.barh(shown["model"], shown["frequency"], xerr=2 * shown["se"], color=colours)
    ax.set_xlim(0, 1.05)
    ax.set_xlabel(f"share of {len(stability.resamples)} resamples (blue: recommended)")
    ax.set_title("How often each model is recommended")
    return ax


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


def _axes(ax: Axes | None) -> Axes:
    plt = load_matplotlib()
    if ax is not None:
        return ax
    axes: Axes = plt.subplots(figsize=(7, 4.5))[1]
    return axes


def _proof_times(frame: pd.DataFrame) -> pd.DataFrame:
    """Return seconds to a proof, NaN without one: a row for each problem, a column a method."""
    if frame.empty:
        raise InputError("there are no runs to plot")
    seconds = frame["seconds"].clip(lower=_SHORTEST).where(frame["status"].isin(_PROVED))
    problem = frame.groupby(list(PROBLEM), sort=False, dropna=False).ngroup()
    runs = pd.DataFrame({"problem": problem, "method": frame["method"], "seconds": seconds})
    table = runs.groupby(["problem", "method"])["seconds"].median().unstack("method")
    return table[list(dict.fromkeys(frame["method"]))]


def _paths(frame: pd.DataFrame) -> dict[str, list[tuple[Floats, Floats]]]:
    """Return for each method the seconds and gaps at each improvement, for each of its runs."""
    if frame.empty:
        raise InputError("there are no runs to plot")
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
    """Return the last moment of all runs, to which every curve goes on."""
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
