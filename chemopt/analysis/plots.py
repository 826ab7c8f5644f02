"""Plots of answers: breakpoints, Pareto fronts, stability.

Each function takes what `chemopt.breakpoints`, `chemopt.pareto_front` or `chemopt.stability`
returns, draws on a Matplotlib Axes, and returns it. Plots of benchmark runs are in
`chemopt.benchmarks.plots`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from chemopt.analysis.breakpoints import WEIGHTS
from chemopt.analysis.stability import Stability
from chemopt.errors import InputError, SolverError
from chemopt.validation import instance_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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


def plot_breakpoints(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the least loss over α or β, with the size of the best ensemble of each piece.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.breakpoints`.
    """
    _check_columns("plot_breakpoints", frame, ("loss_from", "loss_to", "size"), "breakpoints")
    ax = new_axes(ax)
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
    _check_columns("plot_front", frame, ("inter", "intra", "models"), "pareto_front")
    ax = new_axes(ax)
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
    hint = "chemopt.stability(history) makes one"
    instance_of("plot_inclusion needs a Stability", stability, Stability, hint)
    ax = new_axes(ax)
    shown = stability.inclusion.iloc[::-1]  # bars go up, and the most frequent is to be on top
    colours = ["tab:blue" if chosen else "lightgray" for chosen in shown["chosen"]]
    ax.barh(shown["model"], shown["frequency"], xerr=2 * shown["se"], color=colours)
    ax.set_xlim(0, 1.05)
    ax.set_xlabel(f"share of {len(stability.resamples)} resamples (blue: recommended)")
    ax.set_title("How often each model is recommended")
    return ax


def _check_columns(function: str, frame: object, columns: tuple[str, ...], source: str) -> None:
    """Raise unless a value is a table of a function of chemopt."""
    hint = f"chemopt.{source}(problem) makes one"
    instance_of(f"{function} needs a DataFrame", frame, pd.DataFrame, hint)
    missing = [name for name in columns if name not in cast("pd.DataFrame", frame).columns]
    if missing:
        raise InputError(f"{function}: the table has no column {missing[0]!r}; {hint}")


def new_axes(ax: Axes | None) -> Axes:
    """Return the Axes given, or those of a new figure."""
    plt = load_matplotlib()
    if ax is not None:
        return ax
    axes: Axes = plt.subplots(figsize=(7, 4.5))[1]
    return axes
