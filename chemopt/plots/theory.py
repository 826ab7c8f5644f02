"""The trend of chemistry: its mean in generated pools that are more and more heterogeneous."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    LINES,
    MARKERS,
    PALETTE,
    add_legend,
    add_title,
    needs_columns,
    needs_rows,
    new_axes,
    said_about,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def chemistry_trend(
    trend: pd.DataFrame, *, about: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the mean chemistry over the heterogeneity of pools.

    A colour for each shape of pools, a line style for each cost of the empty set.

    Parameters
    ----------
    trend : DataFrame
        `Validation.trend`.
    about : str, optional
        The second line of the title.
    ax : Axes, optional
    """
    columns = ("shape", "empty_cost", "heterogeneity", "mean_chemistry")
    source = "chemopt.studies.theory.validate.validate_theory().trend"
    needs_columns("chemistry_trend", trend, columns, source)
    needs_rows("chemistry_trend", trend)
    ax = new_axes(ax, 8.5, 4.5)
    shapes = list(dict.fromkeys(trend["shape"]))
    costs = list(dict.fromkeys(trend["empty_cost"].fillna(-1)))  # NaN is not equal to itself
    handles: list[Any] = []
    labels = []
    for k, j in itertools.product(range(len(shapes)), range(len(costs))):
        shape, cost = shapes[k], costs[j]
        curve = trend[(trend["shape"] == shape) & (trend["empty_cost"].fillna(-1) == cost)]
        handles += ax.plot(
            curve["heterogeneity"], curve["mean_chemistry"], color=PALETTE[k % len(PALETTE)],
            marker=MARKERS[k % len(MARKERS)], markersize=9 - 3 * min(k, 2),
            linestyle=LINES[j % len(LINES)],
        )  # fmt: skip
        empty = "empty set left out" if cost < 0 else f"empty set costs {cost:g}"
        labels.append(f"{shape}, {empty}")
    ax.set_xlabel("heterogeneity of the pool")
    ax.set_ylabel("mean chemistry of a pair")
    ax.set_ylim(bottom=min(0.0, float(trend["mean_chemistry"].min())))
    ax.grid(alpha=0.3)
    add_legend(
        ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0), title="quality, accuracy"
    )
    add_title(
        ax, "Mean chemistry of generated pools over their heterogeneity", said_about(trend, about)
    )
    return ax
