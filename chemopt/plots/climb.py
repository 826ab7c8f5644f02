"""The way of a hill climber: the loss after each move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.plots.canvas import LARGE, finish, needs_table, new_axes, text_width
from chemopt.plots.colours import BLUE, GREEN, GREY, RED, SKY
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
    """
    source = "recommend(problem, 'hill-climb').trace_frame()"
    columns = ("climb", "step", "added", "removed", "loss")
    needs_table("hill_climb_trace", frame, columns, source)
    ends = frame.groupby("climb", sort=False)["loss"].last()
    best = ends.idxmin()
    path = frame[frame["climb"] == best]
    feasible = np.isfinite(float(path["loss"].iloc[0]))
    moves = ["start" if feasible else "start (not feasible)", *_moves(path.iloc[1:])]
    if candidates is not None:
        candidates = candidates[candidates["climb"] == best]
        if len(candidates) and candidates["step"].max() == len(path):
            moves.append("none is better")
    width = min(16.0, max(7.0, 2.5 + 0.38 * len(moves)))
    longest = text_width([part for move in moves for part in move.split("\n")])
    ax = new_axes(ax, width, 4.2 + longest)
    legend: dict[str, Any] = {}
    others = [
        _line(ax, climb, color=GREY, linewidth=0.8, alpha=0.6, zorder=1)
        for key, climb in frame.groupby("climb", sort=False)
        if key != best
    ]
    if others:
        legend[counted(len(others), "other climb")] = others[0]
    if candidates is not None:
        legend |= _candidates(ax, candidates)
    legend["best climb"] = _line(ax, path, color=BLUE, linewidth=2.2, marker="o", zorder=3)
    if optimum is not None:
        legend["proved optimum"] = ax.axhline(optimum, color=GREEN, linestyle="--", zorder=2)
    last = max(int(frame["step"].max()), len(moves) - 1)
    shown = [*moves, *[""] * (last + 1 - len(moves))]
    ax.set_xticks(range(last + 1), shown, rotation=90, fontsize=LARGE, parse_math=False)
    ax.set_xlim(-0.4, last + 0.4)
    made = counted(len(path) - 1, "move")
    return finish(
        ax, f"Hill climbing: {counted(len(ends), 'climb')}, the best one of {made}", about,
        x="moves of the best climb", y="loss", grid="y", legend=legend,
    )  # fmt: skip


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


def _candidates(ax: Axes, rows: pd.DataFrame) -> dict[str, Any]:
    """Draw what each step could have done, half a move to the left of what it did."""
    feasible = rows["feasible"].astype(bool)
    return {
        label: ax.scatter(
            part["step"] - 0.3, part["loss"], s=14, marker=marker, color=colour, linewidths=0.8
        )
        for part, colour, marker, label in (
            (rows[feasible], SKY, ".", "neighbours"),
            (rows[~feasible], RED, "x", "infeasible neighbours"),
        )
        if len(part)
    }
