"""Profiles: accuracy, quality and penalty of each model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    BLUE,
    ORANGE,
    RED,
    ROW,
    add_legend,
    add_title,
    name_rows,
    needs_columns,
    needs_rows,
    new_axes,
    text_width,
)
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def profiles(frame: pd.DataFrame, *, about: str = "", ax: Axes | None = None) -> Axes:
    """Draw accuracy, quality (a tenth of it) and penalty of each model, least penalty first.

    Parameters
    ----------
    frame : DataFrame
        From `Profiles.to_frame`: `model`, `quality`, `accuracy`, `penalty`.
    about : str
        Which data are shown.
    ax : Axes, optional
    """
    columns = ("model", "quality", "accuracy", "penalty")
    needs_columns("profiles", frame, columns, "chemopt.learn_profiles(history).to_frame()")
    needs_rows("profiles", frame)
    shown = frame.sort_values("penalty", kind="stable")
    names = list(shown["model"])
    ax = new_axes(ax, 6.5 + text_width(names), 1.4 + ROW * max(len(names), 5))
    rows = range(len(names))
    ax.hlines(rows, 0, 1, color="0.9", linewidth=0.8, zorder=1)
    handles: list[Any] = []
    for column, factor, colour, marker in (
        ("accuracy", 1.0, BLUE, "o"), ("quality", 0.1, ORANGE, "D"), ("penalty", 1.0, RED, "x"),
    ):  # fmt: skip
        values = factor * shown[column].astype(float)
        handles.append(ax.scatter(values, rows, color=colour, marker=marker, s=26, zorder=3))
    name_rows(ax, names)
    ax.set_xlim(-0.02, 1.02)
    ax.set_xlabel("accuracy, quality / 10, penalty")
    add_legend(ax, handles, ["accuracy", "quality / 10", "penalty"],
               loc="upper left", bbox_to_anchor=(1.01, 1.0))  # fmt: skip
    add_title(ax, f"Profiles of {counted(len(names), 'model')}", about)
    return ax
