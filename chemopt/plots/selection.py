"""A selection by outcomes beside what it is compared with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    BLUE,
    RED,
    SKY,
    add_legend,
    add_title,
    name_rows,
    needs_columns,
    needs_rows,
    new_axes,
    text_width,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def selection(
    baselines: pd.DataFrame,
    objective: str = "coverage",
    *,
    chosen: str = "ensemble",
    held_out: tuple[float, float, float] | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw what an ensemble and its baselines are worth on the items, and held out.

    Parameters
    ----------
    baselines : DataFrame
        `Selection.baselines`: `name` and the objective.
    objective : str
        The column to draw: ``"coverage"`` or ``"vote"``.
    chosen : str
        The name of the selected ensemble, whose bar has another colour.
    held_out : tuple of float, optional
        Its held-out mean, and the ends of the 95 % interval.
    about : str
        Which data are shown.
    ax : Axes, optional
    """
    source = "chemopt.select(outcomes).baselines"
    needs_columns("selection", baselines, ("name", objective), source)
    shown = baselines[baselines[objective].notna()]
    needs_rows("selection", shown)
    names = [str(name) for name in shown["name"]]
    ax = new_axes(ax, 6.5 + text_width(names), 1.6 + 0.32 * len(names))
    handles: list[Any] = []
    labels = []
    values = 100 * shown[objective].to_numpy(dtype=float)
    for mine, colour, label in ((True, BLUE, "selected"), (False, SKY, "compared with")):
        rows = [k for k, name in enumerate(names) if (name == chosen) == mine]
        if rows:
            handles.append(ax.barh(rows, values[rows], color=colour, height=0.7))
            labels.append(label)
    least = float(values.min())
    if held_out is not None and not math.isnan(held_out[0]) and chosen in names:
        mean, low, high = (100 * value for value in held_out)
        ends = None if math.isnan(low) else [[mean - low], [high - mean]]
        row = names.index(chosen)
        handles.append(ax.errorbar([mean], [row], xerr=ends, fmt="D", color=RED, capsize=3))
        labels.append("held out, 95 % interval" if ends else "held out")
        least = min(least, mean if math.isnan(low) else low)
    name_rows(ax, names, [chosen])
    ax.set_xlim(max(0.0, 10 * math.floor(least / 10 - 0.5)), 100)
    ax.set_xlabel(f"{objective} in % of the items")
    ax.grid(axis="x", alpha=0.3)
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    add_title(ax, f"The selected ensemble by {objective}, and what it is compared with", about)
    return ax
