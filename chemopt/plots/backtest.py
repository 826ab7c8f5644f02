"""Backtests: what ensembles chosen from some items are worth on others."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import pandas as pd

from chemopt.plots.canvas import (
    finish,
    needs_table,
    new_axes,
    row_axes,
    said_about,
    text_width,
)
from chemopt.plots.colours import BLUE, LINES, MARKERS, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = ("objective", "size", "train_items", "selector", "mean", "difference", "low", "high",
            "versus")  # fmt: skip


def backtest_curve(
    summary: pd.DataFrame, *, about: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw held-out means: over the number of training items, or of each selector.

    A line for each selector, objective and size; with one number of training items a dot for each,
    with the 95 % interval of the difference to the selector of reference.

    Parameters
    ----------
    summary : DataFrame
        From `Backtest.summary`.
    """
    needs_table("backtest_curve", summary, _COLUMNS, "chemopt.backtest(outcomes).summary()")
    labels = _labels(summary)
    title = "Held-out " + " or ".join(dict.fromkeys(map(str, summary["objective"])))
    several = summary["train_items"].nunique() > 1
    if several:
        title += " by the number of training items"
    else:
        title += f", chosen from {int(summary['train_items'].iloc[0])} training items"
    if "splits" in summary:
        title += f", mean of {int(summary['splits'].max())} splits"
    draw = _curves if several else _differences
    return draw(summary, labels, title, said_about(summary, about), ax)


def _labels(summary: pd.DataFrame) -> list[str]:
    """Name each row by its selector, and by what else differs."""
    parts = [summary["selector"].astype(str)]
    if summary["objective"].nunique() > 1:
        parts.append(summary["objective"].astype(str))
    if summary["size"].nunique() > 1:
        parts.append(summary["size"].astype(str) + " models")
    return [", ".join(row) for row in zip(*parts, strict=True)]


def _curves(
    summary: pd.DataFrame, labels: list[str], title: str, about: str, ax: Axes | None
) -> Axes:
    from matplotlib.ticker import NullLocator

    ax = new_axes(ax, 6.5 + text_width(labels), 4.5)
    legend = {}
    lines = [line for line in LINES for _ in PALETTE]
    groups = summary.assign(label=labels).groupby("label", sort=False)
    styles = zip(groups, cycle(PALETTE), cycle(MARKERS), cycle(lines), strict=False)
    for (label, rows), colour, marker, line in styles:
        curve = rows.sort_values("train_items")
        (legend[str(label)],) = ax.plot(
            curve["train_items"], 100 * curve["mean"], color=colour, marker=marker, markersize=4,
            linestyle=line,
        )  # fmt: skip
    ax.set_xscale("log")
    items = sorted(summary["train_items"].unique())
    ax.set_xticks(items, [f"{int(n)}" for n in items], rotation=90 if len(items) > 8 else 0)
    ax.xaxis.set_minor_locator(NullLocator())
    return finish(
        ax, title, about, x="training items", y="held-out value in %", grid="both", legend=legend
    )


def _differences(
    summary: pd.DataFrame, labels: list[str], title: str, about: str, ax: Axes | None
) -> Axes:
    ax = row_axes(ax, labels, row=0.28, margin=1.6)
    mean = 100 * summary["mean"]
    # a share is in [0, 1], and so is what it may be
    low = (100 * (summary["difference"] - summary["low"]).fillna(0.0)).clip(0, mean)
    high = (100 * (summary["high"] - summary["difference"]).fillna(0.0)).clip(0, 100 - mean)
    ax.errorbar(mean, range(len(labels)), xerr=[low, high], fmt="o", color=BLUE, capsize=3)
    versus = summary["versus"].iloc[0]
    x = f"held-out value in %, with the 95 % interval of the difference to {versus}"
    return finish(ax, title, about, x=x, grid="x")
