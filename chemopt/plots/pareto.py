"""Pareto fronts of inter, intra and a third aim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    add_legend,
    add_title,
    figure_of,
    needs_columns,
    needs_rows,
    new_axes,
    said_about,
    size_bar,
    size_colours,
)
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
    about : str, optional
        Which problem is shown.
    ax : Axes, optional
    """
    source = "chemopt.pareto_front(problem)"
    needs_columns("pareto_front", frame, ("inter", "intra", "models"), source)
    third = str(frame.columns[2]) if third is None else third
    needs_columns("pareto_front", frame, (third,), source)
    needs_rows("pareto_front", frame)
    ax = new_axes(ax, 7.5, 5.0)
    proved = frame["proved"].astype(bool) if "proved" in frame else pd.Series(True, frame.index)
    if third == "size":
        colours, norm = size_colours(frame[third])
    else:
        from matplotlib.colors import Normalize

        from chemopt.plots.canvas import load_matplotlib

        colours = load_matplotlib().get_cmap("viridis")
        norm = Normalize(float(frame[third].min()), float(frame[third].max()))
    handles: list[Any] = []
    labels = []
    for kind, label in ((True, "proved"), (False, "not proved")):
        part = frame[proved == kind]
        if part.empty:
            continue
        shades = colours(norm(part[third].to_numpy()))
        handles.append(
            ax.scatter(
                part["inter"], part["intra"], s=22, edgecolors=shades,
                facecolors=shades if kind else "none", linewidths=1.2,
            )
        )  # fmt: skip
        labels.append(label)
    if third == "size":
        size_bar(ax, colours, norm)
    else:
        from matplotlib.cm import ScalarMappable

        bar = figure_of(ax).colorbar(ScalarMappable(norm, colours), ax=ax)
        bar.set_label(third, parse_math=False)
    if not proved.all():
        add_legend(ax, handles, labels)
    ax.set_xlabel("inter: chemistry between chosen and others")
    ax.set_ylabel("intra: chemistry among the chosen")
    ax.grid(alpha=0.3)
    aim = "size" if third == "size" else third
    title = f"Pareto front of inter, intra and {aim}: {counted(len(frame), 'ensemble')}"
    add_title(ax, title, said_about(frame, about))
    return ax
