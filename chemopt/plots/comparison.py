"""Methods side by side: their losses at a point, or their gaps over α or β."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.numerics import PROOF_TOLERANCE, SMALLEST_VALUE
from chemopt.plots.canvas import finish, needs_table, new_axes, row_axes, said_about
from chemopt.plots.colours import BLUE, GREEN, LINES, MARKERS, ORANGE, PALETTE
from chemopt.plots.plane import gap_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
    """
    needs_table("compare", frame, _COLUMNS, "chemopt.compare(problem)")
    varying = [name for name in ("alpha", "beta") if frame[name].nunique() > 1]
    if len(varying) == 2:
        return gap_map(frame, about=about, ax=ax)
    about = said_about(frame, about)
    if varying:
        return _gaps(frame, varying[0], about, ax)
    return _losses(frame, about, ax)


def _losses(frame: pd.DataFrame, about: str, ax: Axes | None) -> Axes:
    from matplotlib.ticker import MaxNLocator

    loss, bound, optimum = frame["loss"], frame["bound"], frame["optimum"].dropna()
    ax = row_axes(ax, list(frame["method"]), width=6.0, row=0.32, margin=1.8)
    rows = np.arange(len(frame))
    legend: dict[str, Any] = {}
    # a proof leaves a difference of rounding, which is no gap
    apart = (loss - bound > PROOF_TOLERANCE * loss.abs().clip(lower=SMALLEST_VALUE)).to_numpy(
        dtype=bool
    )
    if apart.any():
        legend["from its bound to its loss"] = ax.hlines(
            rows[apart], bound[apart], loss[apart], color=ORANGE, linewidth=3
        )
        ax.plot(bound[apart], rows[apart], "|", color=ORANGE, markersize=14, markeredgewidth=2)
    known = loss.notna().to_numpy()
    if known.any():
        legend["loss"] = ax.scatter(loss[known], rows[known], color=BLUE, zorder=3)
    for row in rows[~known]:
        ax.text(0.02, row, str(frame["status"].iloc[row]), va="center", fontsize="small",
                transform=ax.get_yaxis_transform(), parse_math=False)  # fmt: skip
    if len(optimum):
        legend["proved optimum"] = ax.axvline(
            float(optimum.iloc[0]), color=GREEN, linestyle="--", zorder=1
        )
    _span(ax, pd.concat([loss, bound[apart], optimum]).dropna())
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.ticklabel_format(axis="x", useOffset=False)
    title = "Loss of each method" + ("" if len(optimum) else " (no method proved the optimum)")
    return finish(ax, title, about, x="loss", grid="x", legend=legend)


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
    legend: dict[str, Any] = {}
    proved = frame["gap"].notna()
    gaps = 100 * frame["gap"].where(proved, frame["bound_gap"])
    groups = frame.groupby("method", sort=False)
    styles = zip(groups, cycle(PALETTE), cycle(MARKERS), cycle(LINES), strict=False)
    for k, ((method, rows), colour, marker, line) in enumerate(styles):
        known = gaps.loc[rows.index]
        ax.plot(rows[over], known, linewidth=1.5, color=colour, linestyle=line)
        for certain in (True, False):
            part = rows.index[(proved.loc[rows.index] == certain) & known.notna()]
            ax.plot(
                frame.loc[part, over], gaps.loc[part], marker, color=colour,
                markersize=max(4, 10 - 2 * k),  # what lies below is still seen
                markerfacecolor=colour if certain else "none",
            )  # fmt: skip
        if known.notna().any():
            legend[str(method)] = Line2D([], [], marker=marker, color=colour, ls=line)
    if (~proved & gaps.notna()).any():
        legend["to the best bound only"] = Line2D(
            [], [], marker="o", color="0.4", markerfacecolor="none", linestyle=""
        )
    if not gaps.gt(0).any():
        ax.set_ylim(-0.05, 1)
        ax.text(0.5, 0.5, "no method misses the optimum", ha="center", transform=ax.transAxes)
    sign = {"alpha": "α", "beta": "β"}[over]
    title = f"Gap of each method to the optimum, over {sign}"
    return finish(ax, title, about, x=sign, y="gap in %", grid="both", legend=legend)
