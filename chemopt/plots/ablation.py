"""Ablations: the gap of the hill climber for each value of each setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.plots.canvas import (
    MARKERS,
    PALETTE,
    ROW,
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

_COLUMNS = ("setting", "value", "pool", "gap")
_SIGNS = {"alpha": "α = ", "beta": "β = ", "steps": "steps ", "weights": "weights "}


def ablation(frame: pd.DataFrame, *, about: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw by how much the hill climber misses the optimum, a row for each value of each setting.

    Each pool has its colour and marker. Where a gap is not known, nothing is drawn; the title says
    how often.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.studies.ablation.ablate`.
    about : str, optional
        Which problems are shown; the pools if not given.
    ax : Axes, optional
    """
    from matplotlib.lines import Line2D

    needs_columns("ablation", frame, _COLUMNS, "chemopt.studies.ablation.ablate(problems)")
    needs_rows("ablation", frame)
    keys = list(dict.fromkeys(zip(frame["setting"], frame["value"], strict=True)))
    names = [_SIGNS.get(str(setting), str(setting)) + str(value) for setting, value in keys]
    pools = list(dict.fromkeys(frame["pool"]))
    step = ROW * min(max(1.2, 0.45 * len(pools)), 2.5)
    height = max(step * len(names), ROW * 1.2 * len(pools))  # the legend has a row for each pool
    ax = new_axes(ax, 6.5 + text_width(names) + text_width(pools), 1.4 + height)
    row_of = {key: row for row, key in enumerate(keys)}
    handles: list[Any] = []
    for k, pool in enumerate(pools):
        own = frame[(frame["pool"] == pool) & frame["gap"].notna()]
        rows = np.array([row_of[key] for key in zip(own["setting"], own["value"], strict=True)])
        marker = MARKERS[(k + k // len(PALETTE)) % len(MARKERS)]
        style: dict[str, Any] = {
            "color": PALETTE[k % len(PALETTE)],
            "marker": marker,
            "linestyle": "",
            "markersize": 5,
        }
        # pools side by side within a row, so that equal gaps are all seen
        shift = 0.7 * ((k + 0.5) / len(pools) - 0.5)
        ax.plot(100 * own["gap"], rows + shift, clip_on=False, zorder=3, **style)
        handles.append(Line2D([], [], **style))
    name_rows(ax, names)
    settings = [setting for setting, _ in keys]
    for row in range(1, len(keys)):
        if settings[row] != settings[row - 1]:
            ax.axhline(row - 0.5, color="0.6", linewidth=0.8)
    ax.set_xlim(0, max(1.0, 105 * float(frame["gap"].max(skipna=True) or 0.0)))
    ax.set_xlabel("gap to the proved optimum in %")
    ax.grid(axis="x", alpha=0.3)
    if len(pools) > 1:
        add_legend(ax, handles, pools, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    unknown = int(frame["gap"].isna().sum())
    note = f" ({unknown} of {counted(len(frame), 'gap')} not known)" if unknown else ""
    if about is None:
        about = said_about(frame, about) or ("" if len(pools) > 1 else str(pools[0]))
    add_title(ax, f"Gap of hill climbing, one setting changed at a time{note}", about)
    return ax
