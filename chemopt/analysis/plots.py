"""Plots of answers: breakpoints, phase diagrams, Pareto fronts, stability, backtests, cascades.

Each function takes what a function of chemopt returns (`chemopt.breakpoints` and so on; its
docstring says which), draws on a Matplotlib Axes, and returns it. Plots of benchmark runs are
in `chemopt.benchmarks.plots`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from chemopt.analysis.breakpoints import WEIGHTS
from chemopt.analysis.phase.diagram import PhaseDiagram
from chemopt.analysis.phase.envelope import centroid
from chemopt.analysis.stability import Stability
from chemopt.errors import InputError, SolverError
from chemopt.selection.backtest import Backtest
from chemopt.selection.cascade.held_out import CASCADE, PARALLEL
from chemopt.selection.cascade.result import Cascade
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


# A region with a smaller share of the plane has no room for its name.
_NAMED_AREA = 0.01


def plot_phase_diagram(diagram: PhaseDiagram, ax: Axes | None = None) -> Axes:
    """Draw the regions of a phase diagram, coloured by the size of their ensembles.

    Regions with at least 1 % of the plane have the names of their models, or the size of the
    ensemble where these are more than three. What is not proved is hatched.

    Parameters
    ----------
    diagram : PhaseDiagram
        From `chemopt.analysis.phase.compute.phase_diagram`.
    """
    _check_diagram("plot_phase_diagram", diagram)
    ax = new_axes(ax)
    regions = diagram.regions
    colours = load_matplotlib().get_cmap("viridis")
    least, span = regions["size"].min(), max(1, regions["size"].max() - regions["size"].min())
    for row in regions.to_dict("records"):
        shade = 0.3 + 0.7 * (row["size"] - least) / span  # dark names stay readable
        alphas, betas = zip(*row["vertices"], strict=True)
        ax.fill(
            alphas, betas, facecolor=colours(shade), edgecolor="white", linewidth=0.5,
            hatch=None if row["proved"] else "//",
        )  # fmt: skip
        if row["area"] >= _NAMED_AREA:
            few = 0 < row["size"] <= 3
            name = "\n".join(row["models"]) if few else f"{row['size']} models"
            ax.annotate(name, centroid(row["vertices"]), ha="center", va="center", fontsize="small")
    return _in_the_plane(ax, diagram.beta_max, "Best ensembles")


def plot_regret(
    frame: pd.DataFrame, diagram: PhaseDiagram | None = None, ax: Axes | None = None
) -> Axes:
    """Draw by how much a heuristic misses the optimum over the plane of α and β.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.analysis.phase.regret.regret_map`; its grid is drawn.
    diagram : PhaseDiagram, optional
        The borders of its regions are drawn, too.
    """
    _check_columns("plot_regret", frame, ("alpha", "beta", "point", "regret"), "regret_map")
    if diagram is not None:
        _check_diagram("plot_regret", diagram)
    ax = new_axes(ax)
    grid = frame[frame["point"] == "grid"].pivot(index="beta", columns="alpha", values="regret")
    colours = ax.pcolormesh(
        grid.columns, grid.index, 100 * grid.to_numpy(), shading="nearest", cmap="Reds", vmin=0
    )
    ax.figure.colorbar(colours, ax=ax, label="regret in %")
    for polygon in [] if diagram is None else diagram.regions["vertices"]:
        alphas, betas = zip(*polygon, polygon[0], strict=True)
        ax.plot(alphas, betas, color="gray", linewidth=0.5)
    return _in_the_plane(ax, float(grid.index.max()), "How far the heuristic is from the optimum")


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


def plot_backtest(backtest: Backtest, ax: Axes | None = None) -> Axes:
    """Draw held-out means: over the number of training items, or of each selector.

    A line or a bar for each selector, objective and size. Bars have the 95 % interval of the
    difference to the most accurate models.

    Parameters
    ----------
    backtest : Backtest
        From `chemopt.backtest`.
    """
    instance_of(
        "plot_backtest needs a Backtest", backtest, Backtest, "chemopt.backtest(outcomes) makes one"
    )
    ax = new_axes(ax)
    summary = backtest.summary()
    cases = summary[["objective", "size"]].drop_duplicates()
    several = len(cases) > 1
    labels = summary["selector"]
    if several:
        labels = labels + ", " + summary["objective"] + ", " + summary["size"].astype(str)
    summary["label"] = labels
    if summary["train_items"].nunique() > 1:
        for label, curve in summary.groupby("label", sort=False):
            ax.plot(curve["train_items"], 100 * curve["mean"], marker=".", label=label)
        ax.set_xscale("log")
        ax.set_xlabel("training items")
        ax.set_ylabel("held-out value in %")
        ax.legend(fontsize="small")
    else:
        shown = summary.iloc[::-1]
        low = (shown["difference"] - shown["low"]).fillna(0.0)
        high = (shown["high"] - shown["difference"]).fillna(0.0)
        ax.barh(
            shown["label"], 100 * shown["mean"], xerr=[100 * low, 100 * high], color="lightgray"
        )
        least = float((shown["mean"] - low).min())
        ax.set_xlim(100 * max(0.0, least - 0.05), 100)
        ax.set_xlabel("held-out value in %, with the interval of the difference to the reference")
    ax.set_title("Chosen from some items, tried on others")
    ax.grid(alpha=0.3)
    return ax


def plot_cascade_front(cascade: Cascade, ax: Axes | None = None) -> Axes:
    """Draw coverage over expected cost: the front, the cascade, and what it is compared with.

    Points that are not proved are hollow. The cascade's held-out mean has its 95 % intervals.

    Parameters
    ----------
    cascade : Cascade
        From `chemopt.cascade`.
    """
    instance_of(
        "plot_cascade_front needs a Cascade",
        cascade,
        Cascade,
        "chemopt.cascade(outcomes, prices) makes one",
    )
    ax = new_axes(ax)
    front = cascade.front
    ax.step(
        front["expected_cost"], 100 * front["coverage"], where="post", color="tab:blue", alpha=0.5
    )
    for proved, face in ((True, "tab:blue"), (False, "none")):
        part = front[front["proved"] == proved]
        if len(part):
            ax.scatter(
                part["expected_cost"], 100 * part["coverage"], s=18, facecolors=face,
                edgecolors="tab:blue", label="front, proved" if proved else "front, not proved",
            )  # fmt: skip
    for row in cascade.baselines.to_dict("records"):
        marker = {CASCADE: "*", PARALLEL: "s"}.get(row["name"], "x")
        ax.scatter(row["expected_cost"], 100 * row["coverage"], marker=marker, label=row["name"])
    cost, covered = cascade.held_out_interval("cost"), cascade.held_out_interval("coverage")
    if not math.isnan(cost.low):
        ax.errorbar(
            cost.mean, 100 * covered.mean, xerr=cost.high - cost.mean,
            yerr=100 * (covered.high - covered.mean), fmt=".", color="black", label="held out",
        )  # fmt: skip
    ax.set_xlabel("expected cost of an item")
    ax.set_ylabel("coverage in %")
    ax.set_title("What cascades cost and cover")
    ax.legend(fontsize="small")
    ax.grid(alpha=0.3)
    return ax


def _in_the_plane(ax: Axes, beta_max: float, title: str) -> Axes:
    ax.set_xlim(0, 1)
    ax.set_ylim(0, beta_max)
    ax.set_xlabel("alpha")
    ax.set_ylabel("beta")
    ax.set_title(title)
    return ax


def _check_diagram(function: str, diagram: object) -> None:
    hint = "chemopt.analysis.phase.compute.phase_diagram(problem) makes one"
    instance_of(f"{function} needs a PhaseDiagram", diagram, PhaseDiagram, hint)


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
