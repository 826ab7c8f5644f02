"""An ensemble model by model: chemistry inside and outside, and what each adds to the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    BLUE,
    GREY,
    ORANGE,
    PURPLE,
    ROW,
    SKY,
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


def ensemble(frame: pd.DataFrame, *, about: str = "", ax: Axes | None = None) -> Axes:
    """Draw the chemistry of each model with the chosen models and with the others.

    The chosen models come first, with bold names.

    Parameters
    ----------
    frame : DataFrame
        From `Recommendation.to_frame`: `model`, `chosen`, `inside`, `outside`.
    about : str
        Which problem is shown.
    ax : Axes, optional
    """
    columns = ("model", "chosen", "inside", "outside")
    needs_columns("ensemble", frame, columns, "recommend(problem).to_frame()")
    needs_rows("ensemble", frame)
    shown = frame.assign(total=frame["inside"] + frame["outside"]).sort_values(
        ["chosen", "total"], ascending=False, kind="stable"
    )
    ax = _rows(shown, ax)
    rows = range(len(shown))
    inside = ax.barh(rows, shown["inside"], color=BLUE, height=0.75)
    outside = ax.barh(rows, shown["outside"], left=shown["inside"], color=SKY, height=0.75)
    ax.set_xlabel("chemistry")
    _divide(ax, int(shown["chosen"].sum()), len(shown))
    add_legend(ax, [inside, outside], ["with the chosen", "with the others"],
               loc="upper left", bbox_to_anchor=(1.01, 1.0))  # fmt: skip
    number = counted(len(shown), "model")
    add_title(ax, f"Ensemble of {int(shown['chosen'].sum())} of {number} (bold)", about)
    return ax


def contributions(frame: pd.DataFrame, *, about: str = "", ax: Axes | None = None) -> Axes:
    """Draw what each model does to the loss: the loss with it less the loss without it.

    Bars to the left lower the loss. Black dots are the sums.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.analysis.alternatives.contributions`.
    about : str
        Which problem is shown.
    ax : Axes, optional
    """
    parts = {"inter_term": (BLUE, "inter"), "intra_term": (ORANGE, "intra"),
             "size_term": (PURPLE, "size")}  # fmt: skip
    columns = ("model", "chosen", "contribution", *parts)
    source = "chemopt.analysis.alternatives.contributions(problem, models)"
    needs_columns("contributions", frame, columns, source)
    needs_rows("contributions", frame)
    shown = frame.sort_values(["chosen", "contribution"], ascending=[False, True], kind="stable")
    ax = _rows(shown, ax)
    handles: list[Any] = []
    rows = list(range(len(shown)))
    up, down = pd.Series(0.0, shown.index), pd.Series(0.0, shown.index)
    for column, (colour, _) in parts.items():
        values = shown[column].astype(float)
        left = up.where(values >= 0, down)
        handles.append(ax.barh(rows, values, left=left, color=colour, height=0.7))
        up, down = up + values.clip(lower=0), down + values.clip(upper=0)
    dots = ax.scatter(shown["contribution"], rows, color="black", s=14, zorder=3)
    ax.axvline(0, color=GREY, linewidth=0.8)
    _divide(ax, int(shown["chosen"].sum()), len(shown))
    ax.set_xlabel("change of the loss by the model (negative: better with it)")
    labels = [*(label for _, label in parts.values()), "sum"]
    add_legend(ax, [*handles, dots], labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    number = counted(len(shown), "model")
    title = f"What each of {number} does to the loss of the ensemble (bold)"
    add_title(ax, title, about)
    return ax


def _rows(shown: pd.DataFrame, ax: Axes | None) -> Axes:
    names = list(shown["model"])
    ax = new_axes(ax, 6.5 + text_width(names), 1.4 + ROW * max(len(names), 6))
    name_rows(ax, names, shown.loc[shown["chosen"].astype(bool), "model"])
    ax.grid(axis="x", alpha=0.3)
    return ax


def _divide(ax: Axes, chosen: int, total: int) -> None:
    """Draw a line below the chosen models."""
    if 0 < chosen < total:
        ax.axhline(chosen - 0.5, color=GREY, linewidth=0.8, linestyle="--")
