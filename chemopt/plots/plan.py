"""A plan of evaluations: how many calls of each model, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.plots.canvas import (
    PALETTE,
    ROW,
    add_legend,
    add_title,
    name_rows,
    needs_columns,
    new_axes,
    text_width,
    whole_ticks,
)
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# More reasons than colours are drawn as one.
_REASONS = 6


def plan(calls: pd.DataFrame, *, about: str = "", ax: Axes | None = None) -> Axes:
    """Draw how many calls of each model a plan has, coloured by their reason.

    Parameters
    ----------
    calls : DataFrame
        `EvaluationPlan.calls`: `model` and `reason`.
    about : str
        What is known and expected.
    ax : Axes, optional
    """
    needs_columns("plan", calls, ("model", "reason"), "chemopt.next_evaluations(outcomes)")
    counts = calls.groupby(["model", "reason"]).size().unstack(fill_value=0)
    order = counts.sum(axis=1).sort_values(ascending=False, kind="stable").index
    names = [str(name) for name in order]
    counts = counts.loc[order]
    reasons = list(calls["reason"].value_counts(sort=True).index)
    ax = new_axes(ax, 7.0 + text_width(names), 1.6 + ROW * max(len(names), 4))
    handles: list[Any] = []
    labels = []
    left = np.zeros(len(names))
    groups = [([reason], str(reason)) for reason in reasons[: _REASONS - 1]]
    if rest := reasons[_REASONS - 1 :]:
        groups.append((rest, str(rest[0]) if len(rest) == 1 else "other reasons"))
    for k, (some, label) in enumerate(groups):
        width = counts[some].sum(axis=1).to_numpy(dtype=float)
        handles.append(ax.barh(range(len(names)), width, left=left, color=PALETTE[k], height=0.75))
        labels.append(label)
        left += width
    if names:
        name_rows(ax, names)
    else:
        ax.set_yticks([])
    whole_ticks(ax, "x")
    ax.set_xlim(left=0)
    ax.set_xlabel("calls")
    ax.grid(axis="x", alpha=0.3)
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    add_title(ax, f"The next {counted(len(calls), 'call')}" if len(calls) else "No call is left",
              about)  # fmt: skip
    return ax
