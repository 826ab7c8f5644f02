"""Cascades: what they cost and cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import finish, needs_table, new_axes
from chemopt.plots.colours import BLUE, GREEN, MARKERS, ORANGE, PURPLE, RED, SKY
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
    """
    columns = ("expected_cost", "coverage", "proved")
    needs_table("cascade_front", front, columns, _SOURCE, empty=True)
    ax = new_axes(ax, 8.0, 4.8)
    legend: dict[str, Any] = {}
    cost, covered, proved = front["expected_cost"], 100 * front["coverage"], front["proved"]
    proved = proved.astype(bool)
    if len(front):
        ax.step(cost, covered, where="post", color=BLUE, alpha=0.5)
    for label, rows, face in (
        ("front, proved", proved, BLUE), ("front, not proved", ~proved, "none"),
    ):  # fmt: skip
        if rows.any():
            legend[label] = ax.scatter(
                cost[rows], covered[rows], s=18, facecolors=face, edgecolors=BLUE, zorder=3
            )
    if baselines is not None:
        _draw_baselines(ax, baselines, chosen, legend)
    if held_out is not None:
        _draw_held_out(ax, held_out[held_out["name"] == chosen], f"{chosen}, held out", legend)
    title = f"What {counted(len(front), 'cascade')} of the front cost and cover"
    if not proved.all():
        title += f" ({int(proved.sum())} proved)"
    return finish(
        ax, title, about, x="expected cost of an item", y="coverage in %", grid="both",
        legend=legend,
    )  # fmt: skip


def _draw_baselines(ax: Axes, baselines: pd.DataFrame, chosen: str, legend: dict[str, Any]) -> None:
    columns = ("name", "expected_cost", "coverage")
    needs_table("cascade_front", baselines, columns, _SOURCE, empty=True)
    colours = (ORANGE, GREEN, PURPLE, SKY)
    others = 0
    for row in baselines.to_dict("records"):
        mine = row["name"] == chosen
        legend[str(row["name"])] = ax.scatter(
            row["expected_cost"], 100 * row["coverage"],
            marker="*" if mine else MARKERS[1 + others % (len(MARKERS) - 2)],
            color=RED if mine else colours[others % len(colours)],
            s=160 if mine else 40, zorder=5 if mine else 4,
            edgecolors="white", linewidths=0.5,
        )  # fmt: skip
        others += not mine


def _draw_held_out(ax: Axes, held_out: pd.DataFrame, label: str, legend: dict[str, Any]) -> None:
    for row in held_out.dropna(subset=["cost", "cost_low", "cost_high"]).to_dict("records"):
        across, up = (
            [[factor * (row[name] - row[f"{name}_low"])],
             [factor * (row[f"{name}_high"] - row[name])]]
            for name, factor in (("cost", 1), ("coverage", 100))
        )  # fmt: skip
        legend[label] = ax.errorbar(
            row["cost"], 100 * row["coverage"], xerr=across, yerr=up, fmt=".", color="black",
            capsize=2, zorder=6,
        )  # fmt: skip
