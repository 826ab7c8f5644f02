"""A row for each model: profiles, chemistry, what each adds to the loss, how often it is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.plots.canvas import finish, needs_table, row_axes, said_about
from chemopt.plots.colours import BLUE, GREY, ORANGE, PURPLE, RED, SKY
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def profiles(frame: pd.DataFrame, *, about: str = "", ax: Axes | None = None) -> Axes:
    """Draw accuracy, quality (a tenth of it) and penalty of each model, least penalty first.

    Parameters
    ----------
    frame : DataFrame
        From `Profiles.to_frame`: `model`, `quality`, `accuracy`, `penalty`.
    """
    columns = ("model", "quality", "accuracy", "penalty")
    needs_table("profiles", frame, columns, "chemopt.learn_profiles(history).to_frame()")
    shown = frame.sort_values("penalty", kind="stable")
    ax = row_axes(ax, list(shown["model"]), least=5)
    rows = range(len(shown))
    ax.hlines(rows, 0, 1, color="0.9", linewidth=0.8, zorder=1)
    legend = {
        label: ax.scatter(values, rows, color=colour, marker=marker, s=26, zorder=3)
        for label, values, colour, marker in (
            ("accuracy", shown["accuracy"].astype(float), BLUE, "o"),
            ("quality / 10", 0.1 * shown["quality"].astype(float), ORANGE, "D"),
            ("penalty", shown["penalty"].astype(float), RED, "x"),
        )
    }
    ax.set_xlim(-0.02, 1.02)
    title = f"Profiles of {counted(len(shown), 'model')}"
    return finish(ax, title, about, x="accuracy, quality / 10, penalty", legend=legend)


def ensemble(frame: pd.DataFrame, *, about: str = "", ax: Axes | None = None) -> Axes:
    """Draw the chemistry of each model with the chosen models and with the others.

    The chosen models come first, with bold names.

    Parameters
    ----------
    frame : DataFrame
        From `Recommendation.to_frame`: `model`, `chosen`, `inside`, `outside`.
    """
    columns = ("model", "chosen", "inside", "outside")
    needs_table("ensemble", frame, columns, "recommend(problem).to_frame()")
    shown = frame.assign(total=frame["inside"] + frame["outside"]).sort_values(
        ["chosen", "total"], ascending=False, kind="stable"
    )
    ax = _chosen_first(shown, ax)
    rows, inside = range(len(shown)), shown["inside"]
    legend = {
        "with the chosen": ax.barh(rows, inside, color=BLUE, height=0.75),
        "with the others": ax.barh(rows, shown["outside"], left=inside, color=SKY, height=0.75),
    }
    title = f"Ensemble of {int(shown['chosen'].sum())} of {counted(len(shown), 'model')} (bold)"
    return finish(ax, title, about, x="chemistry", grid="x", legend=legend)


def contributions(frame: pd.DataFrame, *, about: str = "", ax: Axes | None = None) -> Axes:
    """Draw what each model does to the loss: the loss with it less the loss without it.

    Bars to the left lower the loss. Black dots are the sums.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.analysis.alternatives.contributions`.
    """
    colours = {"inter": BLUE, "intra": ORANGE, "size": PURPLE}
    columns = ("model", "chosen", "contribution", *(f"{part}_term" for part in colours))
    source = "chemopt.analysis.alternatives.contributions(problem, models)"
    needs_table("contributions", frame, columns, source)
    shown = frame.sort_values(["chosen", "contribution"], ascending=[False, True], kind="stable")
    ax = _chosen_first(shown, ax)
    rows = range(len(shown))
    legend: dict[str, Any] = {}
    up, down = pd.Series(0.0, shown.index), pd.Series(0.0, shown.index)
    for part, colour in colours.items():
        values = shown[f"{part}_term"].astype(float)
        left = up.where(values >= 0, down)
        legend[part] = ax.barh(rows, values, left=left, color=colour, height=0.7)
        up, down = up + values.clip(lower=0), down + values.clip(upper=0)
    legend["sum"] = ax.scatter(shown["contribution"], rows, color="black", s=14, zorder=3)
    ax.axvline(0, color=GREY, linewidth=0.8)
    title = f"What each of {counted(len(shown), 'model')} does to the loss of the ensemble (bold)"
    change = "change of the loss by the model (negative: better with it)"
    return finish(ax, title, about, x=change, grid="x", legend=legend)


def inclusion(
    frame: pd.DataFrame,
    resamples: int | None = None,
    *,
    about: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw in which share of the resamples each model is recommended, with two standard errors.

    Parameters
    ----------
    frame : DataFrame
        `Stability.inclusion`: `model`, `chosen`, `frequency`, `se`, the most frequent first.
    resamples : int, optional
        Their number, for the title.
    """
    columns = ("model", "chosen", "frequency", "se")
    needs_table("inclusion", frame, columns, "chemopt.stability(history).inclusion")
    chosen = frame["chosen"].to_numpy(dtype=bool)
    ax = row_axes(ax, list(frame["model"]), frame.loc[chosen, "model"], least=6)
    frequency, error = (frame[name].to_numpy(dtype=float) for name in ("frequency", "se"))
    # a share is in [0, 1], and so is what it may be
    low, high = (2 * error).clip(max=frequency), (2 * error).clip(max=1 - frequency)
    legend = {
        label: ax.barh(
            rows, frequency[rows], color=colour, height=0.75,
            xerr=[low[rows], high[rows]], error_kw={"linewidth": 1, "ecolor": "0.25"},
        )
        for rows, colour, label in (
            (np.flatnonzero(chosen), BLUE, "recommended"),
            (np.flatnonzero(~chosen), GREY, "not recommended"),
        )
        if len(rows)
    }  # fmt: skip
    ax.set_xlim(0, 1)
    of = "" if resamples is None else f", of {counted(resamples, 'resample')}"
    return finish(
        ax, f"How often each model is recommended{of}", said_about(frame, about),
        x="share of the resamples (± 2 standard errors)", grid="x", legend=legend,
    )  # fmt: skip


def _chosen_first(shown: pd.DataFrame, ax: Axes | None) -> Axes:
    """Return Axes with a row for each model, and a line below the chosen ones, which are bold."""
    chosen = shown["chosen"].astype(bool)
    ax = row_axes(ax, list(shown["model"]), shown.loc[chosen, "model"], least=6)
    if 0 < chosen.sum() < len(shown):
        ax.axhline(chosen.sum() - 0.5, color=GREY, linewidth=0.8, linestyle="--")
    return ax
