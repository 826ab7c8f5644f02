"""What predicts the gain of an ensemble: R² of each set of features on data left out of the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    BLUE,
    GREY,
    ORANGE,
    add_legend,
    add_title,
    name_rows,
    needs_columns,
    needs_rows,
    new_axes,
    said_about,
    text_width,
)
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# R² below this is worse than useless, however far; it is drawn at the edge.
_LOWEST = -1.0


def gain_predictors(
    by_set: pd.DataFrame, *, about: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw R² of each set of features: on each data set left out of the fit, and their median.

    R² below −1 is drawn at the left edge, a median below −1 is not drawn.

    Parameters
    ----------
    by_set : DataFrame
        `GainPredictors.by_set`.
    about : str, optional
        The second line of the title; which objective if not given.
    ax : Axes, optional
    """
    columns = ("features", "objective", "left_out", "r2")
    source = "chemopt.studies.gain.predictors.gain_predictors(outcome_sets).by_set"
    needs_columns("gain_predictors", by_set, columns, source)
    needs_rows("gain_predictors", by_set)
    names = list(dict.fromkeys(by_set["features"]))
    row_of = {name: row for row, name in enumerate(names)}
    ax = new_axes(ax, 6.5 + text_width(names), 1.6 + 0.28 * len(names))
    known = by_set[by_set["r2"].notna()]
    inside = known[known["r2"] >= _LOWEST]
    below = known[known["r2"] < _LOWEST]
    handles: list[Any] = []
    labels = []
    if len(inside):
        handles.append(
            ax.scatter(inside["r2"], inside["features"].map(row_of), color=GREY, s=22, zorder=2)
        )
        labels.append("a data set left out")
    if len(below):
        rows = below["features"].map(row_of)
        handles.append(
            ax.scatter([_LOWEST] * len(rows), rows, marker="<", color=ORANGE, clip_on=False)
        )
        labels.append("a data set left out, below −1")
    median = known.groupby("features")["r2"].median()
    median = median[median >= _LOWEST]
    if len(median):
        places = median.index.map(row_of)
        handles += ax.plot(median, places, "|", color=BLUE, markersize=15, markeredgewidth=3)
        labels.append("median")
    name_rows(ax, names)
    ax.set_xlim(min(0.0, float(known["r2"].clip(lower=_LOWEST).min())) - 0.05, 1.02)
    ax.axvline(0, color="0.4", linewidth=0.8, zorder=0)
    ax.set_xlabel("R² on data left out of the fit (0: no better than the mean)")
    ax.grid(axis="x", alpha=0.3)
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    sets = counted(int(by_set["left_out"].nunique()), "data set")
    title = f"What predicts the held-out gain of an ensemble, {sets}"
    if about is None and not (about := said_about(by_set, None)):
        about = "objective: " + ", ".join(dict.fromkeys(map(str, by_set["objective"])))
    add_title(ax, title, about)
    return ax
