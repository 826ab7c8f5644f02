"""Phase diagrams: which ensemble is best for which α and β."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
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
    text_colour,
)
from chemopt.plots.labels import short
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
SOURCE = "chemopt.phase_diagram(problem).regions"
# Ensembles of up to so many models are named in their regions.
_NAMED = 4


def phase(
    regions: pd.DataFrame,
    beta_max: float | None = None,
    *,
    about: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the regions of a phase diagram, coloured by the number of models.

    A region has the names of its models, their number, or nothing, as there is room. What is not
    proved is hatched.

    Parameters
    ----------
    regions : DataFrame
        With `models`, `size`, `proved` and `vertices`, as in `PhaseDiagram.regions`.
    beta_max : float, optional
        The largest β; that of the regions if not given.
    about : str, optional
        Which problem is shown.
    ax : Axes, optional
    """
    needs_columns("phase", regions, ("models", "size", "proved", "vertices"), SOURCE)
    needs_rows("phase", regions)
    ax = new_axes(ax, 8.0, 5.5)
    if beta_max is None:
        beta_max = max(beta for polygon in regions["vertices"] for _, beta in polygon)
    colours, norm = size_colours(regions["size"])
    for row in regions.to_dict("records"):
        alphas, betas = zip(*row["vertices"], strict=True)
        ax.fill(
            alphas, betas, facecolor=colours(norm(row["size"])), edgecolor="white", linewidth=0.6,
            hatch=None if row["proved"] else "//",
        )  # fmt: skip
    size_bar(ax, colours, norm)
    in_the_plane(ax, beta_max)
    unproved = [
        patch for patch, proved in zip(ax.patches, regions["proved"], strict=True) if not proved
    ]
    if unproved:
        add_legend(ax, unproved[:1], ["not proved"], loc="upper right")
    title = f"Best ensemble for each α and β: {counted(len(regions), 'region')}"
    add_title(ax, title, said_about(regions, about))
    _name_regions(ax, regions, [colours(norm(size)) for size in regions["size"]])
    return ax


def in_the_plane(ax: Axes, beta_max: float) -> None:
    """Give Axes the plane of α and β."""
    ax.set_xlim(0, 1)
    ax.set_ylim(0, beta_max)
    ax.set_xlabel("α: weight of inter (1 − α: of intra)")
    ax.set_ylabel("β: penalty of each model")


def _name_regions(ax: Axes, regions: pd.DataFrame, shades: list[Any]) -> None:
    """Write into each region the longest text that fits, on its colour rather than on hatches."""
    figure = figure_of(ax)
    figure.draw_without_rendering()  # so that the Axes have their final size
    for row, shade in zip(regions.to_dict("records"), shades, strict=True):
        polygon = ax.transData.transform(np.array(row["vertices"]))
        middle = _middle(polygon)
        at = ax.transData.inverted().transform(middle)
        text = ax.text(
            at[0],
            at[1],
            "",
            ha="center",
            va="center",
            fontsize="small",
            parse_math=False,
            color=text_colour(shade),
        )
        if not row["proved"]:
            text.set_bbox({"facecolor": shade, "edgecolor": "none", "pad": 1})
        for words in _texts(row["models"], row["size"]):
            text.set_text(words)
            if _inside(polygon, text.get_window_extent().padded(2).corners()):
                break
        else:
            text.remove()


def _texts(models: Sequence[str], size: int) -> list[str]:
    names = short(models, 18)
    texts = ["\n".join(names), ", ".join(names)] if 0 < size <= _NAMED else []
    return [*texts, counted(size, "model"), str(size)]


def _middle(polygon: Floats) -> Floats:
    """Return the centre of gravity of a convex polygon; the mean of a flat one."""
    x, y = polygon.T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = cross.sum()
    if abs(area) < 1e-9:
        return np.asarray(polygon.mean(axis=0))
    sums = [((x + np.roll(x, -1)) * cross).sum(), ((y + np.roll(y, -1)) * cross).sum()]
    middle: Floats = np.array(sums) / (3 * area)
    return middle


def _inside(polygon: Floats, points: Floats) -> bool:
    """Say whether points are in a convex polygon whose vertices are counter-clockwise."""
    edges = np.roll(polygon, -1, axis=0) - polygon
    ahead = points[:, None, :] - polygon[None, :, :]
    turn = edges[None, :, 0] * ahead[:, :, 1] - edges[None, :, 1] * ahead[:, :, 0]
    return bool((turn >= 0).all())
