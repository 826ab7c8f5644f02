"""The way of a hill climber: the loss after each move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.plots.canvas import (
    BLUE,
    GREEN,
    GREY,
    LARGE,
    RED,
    SKY,
    add_legend,
    add_title,
    needs_columns,
    needs_rows,
    new_axes,
    text_width,
)
from chemopt.plots.labels import short
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def hill_climb_trace(
    frame: pd.DataFrame,
    *,
    candidates: pd.DataFrame | None = None,
    optimum: float | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss of each climb over its moves; the moves of the best one are written out.

    Parameters
    ----------
    frame : DataFrame
        From `Recommendation.trace_frame`: `climb`, `step`, `added`, `removed`, `loss`.
    candidates : DataFrame, optional
        From `Recommendation.candidates_frame`: what each step of the best climb looked at.
    optimum : float, optional
        The proved least loss, drawn as a line.
    about : str
        Which problem is shown.
    ax : Axes, optional
    """
    source = "recommend(problem, 'hill-climb').trace_frame()"
    columns = ("climb", "step", "added", "removed", "loss")
    needs_columns("hill_climb_trace", frame, columns, source)
    needs_rows("hill_climb_trace", frame)
    ends = frame.groupby("climb", sort=False)["loss"].last()
    best = ends.idxmin()
    path = frame[frame["climb"] == best]
    feasible = np.isfinite(float(path["loss"].iloc[0]))
    moves = ["start" if feasible else "start (not feasible)", *_moves(path.iloc[1:])]
    if candidates is not None and len(candidates):
        looked_at = candidates.loc[candidates["climb"] == best, "step"]
        if len(looked_at) and looked_at.max() == len(path):
            moves.append("none is better")
    width = min(16.0, max(7.0, 2.5 + 0.38 * len(moves)))
    ax = new_axes(
        ax, width, 4.2 + text_width([part for move in moves for part in move.split("\n")])
    )
    handles: list[Any] = []
    labels = []

    def keep(handle: Any, label: str) -> None:
        handles.append(handle)
        labels.append(label)

    others = [climb for key, climb in frame.groupby("climb", sort=False) if key != best]
    lines = [_line(ax, climb, color=GREY, linewidth=0.8, alpha=0.6, zorder=1) for climb in others]
    if lines:
        keep(lines[0], counted(len(lines), "other climb"))
    if candidates is not None and len(candidates):
        _draw_candidates(ax, candidates[candidates["climb"] == best], keep)
    keep(_line(ax, path, color=BLUE, linewidth=2.2, marker="o", zorder=3), "best climb")
    if optimum is not None:
        keep(ax.axhline(optimum, color=GREEN, linestyle="--", zorder=2), "proved optimum")
    longest = max(int(frame["step"].max()), len(moves) - 1)
    ticks = list(range(longest + 1))
    shown = [*moves, *[""] * (len(ticks) - len(moves))]
    ax.set_xticks(ticks, shown, rotation=90, fontsize=LARGE, parse_math=False)
    ax.set_xlim(-0.4, longest + 0.4)
    ax.set_xlabel("moves of the best climb")
    ax.set_ylabel("loss")
    ax.grid(axis="y", alpha=0.3)
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    number = counted(len(ends), "climb")
    add_title(
        ax, f"Hill climbing: {number}, the best one of {counted(len(path) - 1, 'move')}", about
    )
    return ax


def _moves(rows: pd.DataFrame) -> list[str]:
    """Write each move as what it adds and removes."""
    found = []
    for added, removed in zip(rows["added"], rows["removed"], strict=True):
        parts = [f"+{added}"] if isinstance(added, str) else []
        parts += [f"−{removed}"] if isinstance(removed, str) else []
        found.append("\n".join(short(parts, 30 if len(parts) == 1 else 18)))
    return found


def _line(ax: Axes, climb: pd.DataFrame, **style: Any) -> Any:
    """Draw a climb; a start that is not feasible has no loss."""
    loss = climb["loss"].astype(float).replace(np.inf, np.nan)
    return ax.plot(climb["step"], loss, **style)[0]


def _draw_candidates(ax: Axes, rows: pd.DataFrame, keep: Any) -> None:
    """Draw what each step could have done, half a move to the left of what it did."""
    for feasible, colour, marker, label in (
        (True, SKY, ".", "neighbours"), (False, RED, "x", "infeasible neighbours"),
    ):  # fmt: skip
        part = rows[rows["feasible"].astype(bool) == feasible]
        if len(part):
            dots = ax.scatter(
                part["step"] - 0.3, part["loss"], s=14, marker=marker, color=colour, linewidths=0.8
            )
            keep(dots, label)
