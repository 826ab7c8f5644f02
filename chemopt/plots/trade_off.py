"""Trade-offs: how the best ensemble changes with α or β, and Pareto fronts of all aims."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.plots.canvas import (
    add_bar,
    add_legend,
    add_size_bar,
    figure_of,
    finish,
    needs_table,
    new_axes,
    row_axes,
    said_about,
)
from chemopt.plots.colours import BLUE, scale, size_colours
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIGNS = {"alpha": "α", "beta": "β"}
_NAMES = {"alpha": "α: weight of inter", "beta": "β: penalty of each model"}
_SOURCE = "chemopt.breakpoints(problem)"
# Of the axis beyond the last breakpoint, where nothing changes, this share is shown.
_BEYOND = 0.15
# A linear axis is left when half of the pieces take less than this share of it.
_NARROW = 0.02


def breakpoints(frame: pd.DataFrame, *, about: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the least loss over α or β, each piece coloured by the size of its ensemble.

    The last piece of β is cut soon after its breakpoint, since nothing changes any more; where
    pieces crowd near 0, the axis is logarithmic except for its beginning.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.breakpoints`.
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
    add_size_bar(ax, colours, norm)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.08 * (high - low))  # room for the sizes
    title = f"Least loss over {_SIGNS[over]}: {counted(len(frame), 'ensemble')}"
    if not frame.get("proved", pd.Series([True])).all():
        title += " (dotted: not proved)"
    least = "least loss; above: the number of models"
    finish(ax, title, said_about(frame, about), x=_NAMES[over], y=least, grid="both")
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
    """
    over = _weight("membership", frame)
    records = frame.to_dict("records")
    known = dict.fromkeys(m for row in records for m in row["models"])
    pool = list(known) if models is None else list(models)
    if missing := [m for m in known if m not in pool]:
        raise InputError(f"membership: {missing[0]!r} of the table is not among the models")
    share = {m: sum(m in row["models"] for row in records) for m in pool}
    names = sorted(pool, key=lambda m: -share[m])
    ax = row_axes(ax, names, least=4)
    end = _end(frame, over)
    for row in records:
        start, stop = row[f"{over}_from"], min(end, row[f"{over}_to"])
        if start > end:
            continue
        inside = [k for k, name in enumerate(names) if name in row["models"]]
        ax.barh(inside, stop - start, left=start, height=0.7, color=BLUE, edgecolor="white",
                linewidth=0.3)  # fmt: skip
    _scale(ax, frame, over, end)
    title = f"Which models are in the best ensemble, over {_SIGNS[over]}"
    return finish(ax, title, said_about(frame, about), x=_NAMES[over], grid="x")


def pareto_front(
    frame: pd.DataFrame, third: str | None = None, *, about: str | None = None,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw a Pareto front: inter and intra of each ensemble, the third aim as its colour.

    Points that are not proved are hollow.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.pareto_front`.
    third : str, optional
        The column of the third aim; the third column if not given.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    source = "chemopt.pareto_front(problem)"
    needs_table("pareto_front", frame, ("inter", "intra", "models"), source, empty=True)
    third = str(frame.columns[2]) if third is None else third
    needs_table("pareto_front", frame, (third,), source)
    ax = new_axes(ax, 7.5, 5.0)
    proved = frame["proved"].astype(bool) if "proved" in frame else pd.Series(True, frame.index)
    norm: Any = Normalize(float(frame[third].min()), float(frame[third].max()))
    colours = scale("viridis")
    if third == "size":
        colours, norm = size_colours(frame[third])
    legend = {}
    for label, part in (("proved", frame[proved]), ("not proved", frame[~proved])):
        if len(part):
            shades = colours(norm(part[third].to_numpy()))
            legend[label] = ax.scatter(
                part["inter"], part["intra"], s=22, edgecolors=shades,
                facecolors=shades if label == "proved" else "none", linewidths=1.2,
            )  # fmt: skip
    if third == "size":
        add_size_bar(ax, colours, norm)
    else:
        add_bar(ax, ScalarMappable(norm, colours), third)
    if not proved.all():
        add_legend(ax, legend, loc="best")
    return finish(
        ax, f"Pareto front of inter, intra and {third}: {counted(len(frame), 'ensemble')}",
        said_about(frame, about), x="inter: chemistry between chosen and others",
        y="intra: chemistry among the chosen", grid="both",
    )  # fmt: skip


def _weight(function: str, frame: pd.DataFrame) -> str:
    """Check a table of breakpoints and return the weight that varies in it."""
    needs_table(function, frame, ("loss_from", "loss_to", "size", "models"), _SOURCE)
    for over in _SIGNS:
        if f"{over}_from" in frame:
            return over
    needs_table(function, frame, ("alpha_from",), _SOURCE)
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
