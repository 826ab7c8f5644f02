"""Backtests: what ensembles chosen from some items are worth on others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    BLUE,
    LINES,
    MARKERS,
    PALETTE,
    add_legend,
    add_title,
    name_rows,
    needs_columns,
    needs_rows,
    new_axes,
    said_about,
    text_width,
)

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
    about : str, optional
        Which data are shown.
    ax : Axes, optional
    """
    needs_columns("backtest_curve", summary, _COLUMNS, "chemopt.backtest(outcomes).summary()")
    needs_rows("backtest_curve", summary)
    labelled = summary.assign(label=_labels(summary))
    what = " or ".join(dict.fromkeys(map(str, summary["objective"])))
    if summary["train_items"].nunique() > 1:
        ax = _curves(labelled, ax)
        title = f"Held-out {what} by the number of training items"
    else:
        ax = _differences(labelled, ax)
        items = int(summary["train_items"].iloc[0])
        title = f"Held-out {what}, chosen from {items} training items"
    if "splits" in summary:
        title += f", mean of {int(summary['splits'].max())} splits"
    add_title(ax, title, said_about(summary, about))
    return ax


def _labels(summary: pd.DataFrame) -> list[str]:
    """Name each row by its selector, and by what else differs."""
    parts = [summary["selector"].astype(str)]
    if summary["objective"].nunique() > 1:
        parts.append(summary["objective"].astype(str))
    if summary["size"].nunique() > 1:
        parts.append(summary["size"].astype(str) + " models")
    return [", ".join(row) for row in zip(*parts, strict=True)]


def _curves(summary: pd.DataFrame, ax: Axes | None) -> Axes:
    from matplotlib.ticker import NullLocator

    ax = new_axes(ax, 6.5 + text_width(list(summary["label"])), 4.5)
    handles: list[Any] = []
    labels = []
    for k, (label, curve) in enumerate(summary.groupby("label", sort=False)):
        curve = curve.sort_values("train_items")  # noqa: PLW2901
        handles += ax.plot(
            curve["train_items"], 100 * curve["mean"], color=PALETTE[k % len(PALETTE)],
            marker=MARKERS[k % len(MARKERS)], markersize=4,
            linestyle=LINES[k // len(PALETTE) % len(LINES)],
        )  # fmt: skip
        labels.append(str(label))
    ax.set_xscale("log")
    items = sorted(summary["train_items"].unique())
    ax.set_xticks(items, [f"{int(n)}" for n in items], rotation=90 if len(items) > 8 else 0)
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("training items")
    ax.set_ylabel("held-out value in %")
    ax.grid(alpha=0.3)
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return ax


def _differences(summary: pd.DataFrame, ax: Axes | None) -> Axes:
    ax = new_axes(ax, 6.5 + text_width(list(summary["label"])), 1.6 + 0.28 * len(summary))
    rows = range(len(summary))
    mean = 100 * summary["mean"]
    # a share is in [0, 1], and so is what it may be
    low = (100 * (summary["difference"] - summary["low"]).fillna(0.0)).clip(0, mean)
    high = (100 * (summary["high"] - summary["difference"]).fillna(0.0)).clip(0, 100 - mean)
    ax.errorbar(mean, rows, xerr=[low, high], fmt="o", color=BLUE, capsize=3)
    name_rows(ax, list(summary["label"]))
    versus = summary["versus"].iloc[0]
    ax.set_xlabel(
        f"held-out value in %, with the 95 % interval of the difference to {versus}",
        parse_math=False,
    )
    ax.grid(axis="x", alpha=0.3)
    return ax
