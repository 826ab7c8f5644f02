"""How often each model is recommended from resampled histories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from chemopt.plots.canvas import (
    BLUE,
    GREY,
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
    about : str, optional
        Which problem is shown.
    ax : Axes, optional
    """
    columns = ("model", "chosen", "frequency", "se")
    needs_columns("inclusion", frame, columns, "chemopt.stability(history).inclusion")
    needs_rows("inclusion", frame)
    names = list(frame["model"])
    ax = new_axes(ax, 6.5 + text_width(names), 1.4 + ROW * max(len(names), 6))
    handles, labels = [], []
    chosen = frame["chosen"].to_numpy(dtype=bool)
    frequency, error = (frame[name].to_numpy(dtype=float) for name in ("frequency", "se"))
    # a share is in [0, 1], and so is what it may be
    low, high = (2 * error).clip(max=frequency), (2 * error).clip(max=1 - frequency)
    for kind, colour, label in ((True, BLUE, "recommended"), (False, GREY, "not recommended")):
        rows = [k for k in range(len(frame)) if chosen[k] == kind]
        if rows:
            handles.append(
                ax.barh(
                    rows, frequency[rows], color=colour, height=0.75,
                    xerr=[low[rows], high[rows]], error_kw={"linewidth": 1, "ecolor": "0.25"},
                )
            )  # fmt: skip
            labels.append(label)
    name_rows(ax, names, frame.loc[chosen, "model"])
    ax.set_xlim(0, 1)
    ax.set_xlabel("share of the resamples (± 2 standard errors)")
    ax.grid(axis="x", alpha=0.3)
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    of = "" if resamples is None else f", of {counted(resamples, 'resample')}"
    add_title(ax, f"How often each model is recommended{of}", said_about(frame, about))
    return ax
