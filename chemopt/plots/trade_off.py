"""How the best ensemble changes with α or β: its loss and size, and its members."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.plots.canvas import (
    BLUE,
    ROW,
    add_title,
    figure_of,
    name_rows,
    needs_columns,
    needs_rows,
    new_axes,
    said_about,
    size_bar,
    size_colours,
    text_width,
)
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIGNS = {"alpha": "α", "beta": "β"}
_SOURCE = "chemopt.breakpoints(problem)"
# Of the axis beyond the last breakpoint, where nothing changes, this share is shown.
_BEYOND = 0.15
# A linear axis is left when half of the pieces take less than this share of it.
_NARROW = 0.02


def breakpoints(frame: pd.DataFrame, *, about: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the least loss over α or β, each piece coloured by the size of its ensemble.

    The last piece of β is cut soon after its breakpoint, since nothing changes any more; where
    pieces crowd near 0, the axis is logarithmic but for its beginning.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.breakpoints`.
    about : str, optional
        Which problem is shown.
    ax : Axes, optional
    """
    over = _weight("breakpoints", frame)
    ax = new_axes(ax, 7.5, 4.5)
    colours, norm = size_colours(frame["size"])
    end = _end(frame, over)
    spots: list[tuple[float, float, int]] = []
    for row in frame.to_dict("records"):
        x = [row[f"{over}_from"], min(end, row[f"{over}_to"])]
        if x[0] > end:
            continue
        y = np.interp(
            x, [row[f"{over}_from"], row[f"{over}_to"]], [row["loss_from"], row["loss_to"]]
        )
        ax.plot(
            x, y, marker="|", color=colours(norm(row["size"])), linewidth=2.5,
            linestyle="-" if row.get("proved", True) else ":",
        )  # fmt: skip
        spots.append((x[0], x[1], row["size"]))
    _scale(ax, frame, over, end)
    size_bar(ax, colours, norm)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.08 * (high - low))  # room for the sizes
    ax.set_ylabel("least loss; above: the number of models")
    ax.grid(alpha=0.3)
    title = f"Least loss over {_SIGNS[over]}: {counted(len(frame), 'ensemble')}"
    if not frame.get("proved", pd.Series([True])).all():
        title += " (dotted: not proved)"
    add_title(ax, title, said_about(frame, about))
    _write_sizes(ax, spots)
    return ax


def membership(
    frame: pd.DataFrame,
    models: Iterable[str] | None = None,
    *,
    about: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw for which α or β each model is in the best ensemble: a row for each model.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.breakpoints`.
    models : iterable of str, optional
        The pool; those that are in some ensemble if not given. Models that are in it longest come
        first.
    about : str, optional
        Which problem is shown.
    ax : Axes, optional
    """
    over = _weight("membership", frame)
    records = frame.to_dict("records")
    known = dict.fromkeys(m for row in records for m in row["models"])
    pool = list(known) if models is None else list(models)
    if missing := [m for m in known if m not in pool]:
        raise InputError(f"membership: {missing[0]!r} of the table is not among the models")
    share = {m: sum(m in row["models"] for row in records) for m in pool}
    names = sorted(pool, key=lambda m: -share[m])
    ax = new_axes(ax, 6.5 + text_width(names), 1.4 + ROW * max(len(names), 4))
    end = _end(frame, over)
    for row in records:
        start, stop = row[f"{over}_from"], min(end, row[f"{over}_to"])
        if start > end:
            continue
        inside = [k for k, name in enumerate(names) if name in row["models"]]
        ax.barh(inside, stop - start, left=start, height=0.7, color=BLUE, edgecolor="white",
                linewidth=0.3)  # fmt: skip
    _scale(ax, frame, over, end)
    name_rows(ax, names)
    ax.grid(axis="x", alpha=0.3)
    add_title(ax, f"Which models are in the best ensemble, over {_SIGNS[over]}",
              said_about(frame, about))  # fmt: skip
    return ax


def _weight(function: str, frame: pd.DataFrame) -> str:
    """Check a table of breakpoints and return the weight that varies in it."""
    needs_columns(function, frame, ("loss_from", "loss_to", "size", "models"), _SOURCE)
    needs_rows(function, frame)
    for over in _SIGNS:
        if f"{over}_from" in frame:
            return over
    needs_columns(function, frame, ("alpha_from",), _SOURCE)
    raise AssertionError("the check raises")


def _end(frame: pd.DataFrame, over: str) -> float:
    """Return where the axis ends: soon after the last breakpoint of β, and where α does."""
    end = float(frame[f"{over}_to"].iloc[-1])
    last, start = float(frame[f"{over}_from"].iloc[-1]), float(frame[f"{over}_from"].iloc[0])
    if over == "alpha" or last <= start:
        return end
    return min(end, last + _BEYOND * (last - start))


def _scale(ax: Axes, frame: pd.DataFrame, over: str, end: float) -> None:
    """Give the axis of the weight its ends and a scale on which pieces can be seen."""
    start = float(frame[f"{over}_from"].iloc[0])
    if end <= start:
        return
    borders = np.unique([*frame[f"{over}_from"], end])
    widths = np.diff(borders)
    if over == "beta" and len(widths) > 2 and np.median(widths) < _NARROW * (end - start):
        positive = borders[borders > 0]
        ax.set_xscale("symlog", linthresh=float(positive[0]), linscale=0.3)
    ax.set_xlim(start, end)
    aside = "weight of inter" if over == "alpha" else "penalty of each model"
    ax.set_xlabel(f"{_SIGNS[over]}: {aside}")


def _write_sizes(ax: Axes, spots: list[tuple[float, float, int]]) -> None:
    """Write the size above each piece that has room for it."""
    figure = figure_of(ax)
    figure.draw_without_rendering()
    for start, stop, size in spots:
        left, right = (ax.transData.transform((x, 0))[0] for x in (start, stop))
        text = ax.annotate(
            str(size), (ax.transData.inverted().transform(((left + right) / 2, 0))[0], 1.0),
            xycoords=("data", "axes fraction"), xytext=(0, -10), textcoords="offset points",
            ha="center", va="center", fontsize="small",
        )  # fmt: skip
        if text.get_window_extent().width + 3 > right - left:
            text.remove()
