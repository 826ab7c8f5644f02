"""Cascades: what they cost and cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    BLUE,
    GREEN,
    MARKERS,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    add_legend,
    add_title,
    needs_columns,
    new_axes,
)
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SOURCE = "chemopt.cascade(outcomes, prices)"


def cascade_front(
    front: pd.DataFrame,
    baselines: pd.DataFrame | None = None,
    held_out: pd.DataFrame | None = None,
    *,
    chosen: str = "cascade",
    about: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw coverage over expected cost: the front, the cascade, and what it is compared with.

    Points that are not proved are hollow. The cascade's held-out means have their 95 % intervals.

    Parameters
    ----------
    front : DataFrame
        `Cascade.front`: `expected_cost`, `coverage`, `proved`.
    baselines : DataFrame, optional
        `Cascade.baselines`: `name`, `expected_cost`, `coverage`.
    held_out : DataFrame, optional
        `Cascade.held_out`.
    chosen : str
        The name of the cascade in both.
    about : str
        Which problem is shown.
    ax : Axes, optional
    """
    needs_columns("cascade_front", front, ("expected_cost", "coverage", "proved"), _SOURCE)
    ax = new_axes(ax, 8.0, 4.8)
    handles: list[Any] = []
    labels: list[str] = []
    if len(front):
        ax.step(
            front["expected_cost"], 100 * front["coverage"], where="post", color=BLUE, alpha=0.5
        )
    proved = front["proved"].astype(bool)
    for kind, face in ((True, BLUE), (False, "none")):
        part = front[proved == kind]
        if len(part):
            handles.append(
                ax.scatter(
                    part["expected_cost"], 100 * part["coverage"], s=18, facecolors=face,
                    edgecolors=BLUE, zorder=3,
                )
            )  # fmt: skip
            labels.append("front, proved" if kind else "front, not proved")
    if baselines is not None:
        _draw_baselines(ax, baselines, chosen, handles, labels)
    if held_out is not None:
        _draw_held_out(ax, held_out, chosen, handles, labels)
    ax.set_xlabel("expected cost of an item")
    ax.set_ylabel("coverage in %")
    ax.grid(alpha=0.3)
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    number = counted(len(front), "cascade")
    title = f"What {number} of the front cost and cover"
    if not proved.all():
        title += f" ({int(proved.sum())} proved)"
    add_title(ax, title, about)
    return ax


def _draw_baselines(
    ax: Axes, baselines: pd.DataFrame, chosen: str, handles: list[Any], labels: list[str]
) -> None:
    needs_columns("cascade_front", baselines, ("name", "expected_cost", "coverage"), _SOURCE)
    colours = (ORANGE, GREEN, PURPLE, SKY)
    others = 0
    for row in baselines.to_dict("records"):
        mine = row["name"] == chosen
        colour = RED if mine else colours[others % len(colours)]
        marker = "*" if mine else MARKERS[1 + others % (len(MARKERS) - 2)]
        handles.append(
            ax.scatter(
                row["expected_cost"], 100 * row["coverage"], marker=marker, color=colour,
                s=160 if mine else 40, zorder=5 if mine else 4,
                edgecolors="white", linewidths=0.5,
            )
        )  # fmt: skip
        labels.append(str(row["name"]))
        others += not mine


def _draw_held_out(
    ax: Axes, held_out: pd.DataFrame, chosen: str, handles: list[Any], labels: list[str]
) -> None:
    rows = held_out[held_out["name"] == chosen].dropna(subset=["cost", "cost_low", "cost_high"])
    for row in rows.to_dict("records"):
        ends = [
            [
                [factor * (row[name] - row[f"{name}_low"])],
                [factor * (row[f"{name}_high"] - row[name])],
            ]
            for name, factor in (("cost", 1), ("coverage", 100))
        ]
        handles.append(
            ax.errorbar(
                row["cost"], 100 * row["coverage"], xerr=ends[0], yerr=ends[1], fmt=".",
                color="black", capsize=2, zorder=6,
            )
        )  # fmt: skip
        labels.append(f"{chosen}, held out")
