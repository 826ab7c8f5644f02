"""Methods side by side: their losses at a point, or their gaps over α or β."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.plots.canvas import (
    BLUE,
    GREEN,
    LINES,
    MARKERS,
    ORANGE,
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
from chemopt.plots.regret import gap_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SOURCE = "chemopt.compare(problem)"
_COLUMNS = ("alpha", "beta", "method", "loss", "optimum", "gap", "bound", "bound_gap")


def compare(frame: pd.DataFrame, *, about: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw a comparison of methods.

    At one α and β: the loss of each method, its bound, and the proved optimum. Over several of one
    of them: the gap of each method, hollow where it is to a bound only. Over both: the gap of the
    first method, as `gap_map`.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.compare`.
    about : str, optional
        Which problem is shown.
    ax : Axes, optional
    """
    needs_columns("compare", frame, _COLUMNS, _SOURCE)
    needs_rows("compare", frame)
    varying = [name for name in ("alpha", "beta") if frame[name].nunique() > 1]
    if len(varying) == 2:
        return gap_map(frame, about=about, ax=ax)
    about = said_about(frame, about)
    if varying:
        return _gaps(frame, varying[0], about, ax)
    return _losses(frame, about, ax)


def _losses(frame: pd.DataFrame, about: str, ax: Axes | None) -> Axes:
    from matplotlib.ticker import MaxNLocator

    methods = list(frame["method"])
    ax = new_axes(ax, 6.0 + text_width(methods), 1.8 + 0.32 * len(methods))
    rows = np.arange(len(methods))
    handles: list[Any] = []
    labels = []
    # a proof leaves a difference of rounding, which is no gap
    apart = (frame["loss"] - frame["bound"]) > 1e-6 * frame["loss"].abs().clip(lower=1e-9)
    bounded = apart.to_numpy(dtype=bool)
    if bounded.any():
        handles.append(
            ax.hlines(rows[bounded], frame["bound"][bounded], frame["loss"][bounded],
                      color=ORANGE, linewidth=3)
        )  # fmt: skip
        labels.append("from its bound to its loss")
        ends = frame["bound"][bounded]
        ax.plot(ends, rows[bounded], "|", color=ORANGE, markersize=14, markeredgewidth=2)
    with_loss = frame["loss"].notna().to_numpy()
    if with_loss.any():
        handles.append(ax.scatter(frame["loss"][with_loss], rows[with_loss], color=BLUE, zorder=3))
        labels.append("loss")
    for row in rows[~with_loss]:
        ax.text(0.02, row, str(frame["status"].iloc[row]), va="center", fontsize="small",
                transform=ax.get_yaxis_transform(), parse_math=False)  # fmt: skip
    optimum = frame["optimum"].dropna()
    if len(optimum):
        handles.append(ax.axvline(float(optimum.iloc[0]), color=GREEN, linestyle="--", zorder=1))
        labels.append("proved optimum")
    name_rows(ax, methods)
    _span(ax, pd.concat([frame["loss"], frame["bound"][bounded], optimum]).dropna())
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.ticklabel_format(axis="x", useOffset=False)
    ax.set_xlabel("loss")
    ax.grid(axis="x", alpha=0.3)
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    title = "Loss of each method" + ("" if len(optimum) else " (no method proved the optimum)")
    add_title(ax, title, about)
    return ax


def _span(ax: Axes, values: pd.Series[float]) -> None:
    """Show at least 1 % of the values, so that rounding is not spread over the axis."""
    if values.empty:
        return
    low, high = float(values.min()), float(values.max())
    margin = max(0.1 * (high - low), 0.005 * max(abs(low), abs(high)), 1e-6)
    ax.set_xlim(low - margin, high + margin)


def _gaps(frame: pd.DataFrame, over: str, about: str, ax: Axes | None) -> Axes:
    from matplotlib.lines import Line2D

    ax = new_axes(ax, 8.0, 4.5)
    sign = {"alpha": "α", "beta": "β"}[over]
    handles: list[Any] = []
    labels = []
    proved = frame["gap"].notna()
    gaps = 100 * frame["gap"].where(proved, frame["bound_gap"])
    for k, (method, rows) in enumerate(frame.groupby("method", sort=False)):
        colour, marker = PALETTE[k % len(PALETTE)], MARKERS[k % len(MARKERS)]
        known = gaps.loc[rows.index]
        style: dict[str, Any] = {"color": colour, "linestyle": LINES[k % len(LINES)]}
        ax.plot(rows[over], known, linewidth=1.5, **style)
        for certain in (True, False):
            part = rows.index[(proved.loc[rows.index] == certain) & known.notna()]
            ax.plot(
                frame.loc[part, over], gaps.loc[part], marker, color=colour,
                markersize=max(4, 10 - 2 * k),  # what lies below is still seen
                markerfacecolor=colour if certain else "none",
            )  # fmt: skip
        if known.notna().any():
            handles.append(Line2D([], [], marker=marker, **style))
            labels.append(str(method))
    if (~proved & gaps.notna()).any():
        handles.append(
            Line2D([], [], marker="o", color="0.4", markerfacecolor="none", linestyle="")
        )
        labels.append("to the best bound only")
    ax.set_xlabel(sign)
    ax.set_ylabel("gap in %")
    if not gaps.gt(0).any():
        ax.set_ylim(-0.05, 1)
        ax.text(0.5, 0.5, "no method misses the optimum", ha="center", transform=ax.transAxes)
    ax.grid(alpha=0.3)
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    add_title(ax, f"Gap of each method to the optimum, over {sign}", about)
    return ax
