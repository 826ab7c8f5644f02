"""The plane of α and β: which ensemble is best where, and where a method misses the optimum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.plots.canvas import (
    add_bar,
    add_legend,
    add_size_bar,
    figure_of,
    finish,
    needs_rows,
    needs_table,
    new_axes,
    said_about,
)
from chemopt.plots.colours import GREY, scale, size_colours, text_colour
from chemopt.plots.labels import short
from chemopt.validation import known_option
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
_REGIONS = "chemopt.phase_diagram(problem).regions"
_ALPHA, _BETA = "α: weight of inter (1 − α: of intra)", "β: penalty of each model"
# Ensembles of up to this many models are named in their regions.
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
    """
    needs_table("phase", regions, ("models", "size", "proved", "vertices"), _REGIONS)
    ax = new_axes(ax, 8.0, 5.5)
    if beta_max is None:
        beta_max = max(beta for polygon in regions["vertices"] for _, beta in polygon)
    colours, norm = size_colours(regions["size"])
    legend: dict[str, Any] = {}
    for row in regions.to_dict("records"):
        (patch,) = ax.fill(
            *zip(*row["vertices"], strict=True), facecolor=colours(norm(row["size"])),
            edgecolor="white", linewidth=0.6, hatch=None if row["proved"] else "//",
        )  # fmt: skip
        if not row["proved"]:
            legend.setdefault("not proved", patch)
    add_size_bar(ax, colours, norm)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, beta_max)
    if legend:
        add_legend(ax, legend, loc="upper right")
    title = f"Best ensemble for each α and β: {counted(len(regions), 'region')}"
    finish(ax, title, said_about(regions, about), x=_ALPHA, y=_BETA)
    _name_regions(ax, regions, [colours(norm(size)) for size in regions["size"]])
    return ax


def regret(
    frame: pd.DataFrame,
    regions: pd.DataFrame | None = None,
    *,
    method: str | None = None,
    about: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw by how much a heuristic misses the optimum over the plane of α and β.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.analysis.phase.regret.regret_map`; its grid is drawn.
    regions : DataFrame, optional
        `PhaseDiagram.regions`, whose borders are drawn, too.
    method : str, optional
        The heuristic, for the title.
    """
    source = "chemopt.analysis.phase.regret.regret_map(problem, diagram)"
    needs_table("regret", frame, ("alpha", "beta", "point", "regret"), source, empty=True)
    borders = _borders("regret", regions)
    grid = frame[frame["point"] == "grid"]
    needs_rows("regret", grid)
    title = f"Where {method or frame.attrs.get('method') or 'the heuristic'} misses the optimum"
    return _map(grid, "regret", title, borders, said_about(frame, about), ax)


def gap_map(
    frame: pd.DataFrame,
    method: str | None = None,
    *,
    regions: pd.DataFrame | None = None,
    about: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the gap of a heuristic to the proved optimum over the values of α and β compared.

    Parameters
    ----------
    frame : DataFrame
        From ``chemopt.compare(problem, alphas=[…], betas=[…])``.
    method : str, optional
        The heuristic; the first method of the table if not given.
    regions : DataFrame, optional
        `PhaseDiagram.regions`, whose borders are drawn, too.
    """
    source = "chemopt.compare(problem, alphas=[…], betas=[…])"
    needs_table("gap_map", frame, ("alpha", "beta", "method", "gap"), source)
    method = frame["method"].iloc[0] if method is None else method
    known_option("method", method, list(frame["method"].unique()))
    borders = _borders("gap_map", regions)
    rows, title = frame[frame["method"] == method], f"Gap of {method} to the proved optimum"
    return _map(rows, "gap", title, borders, said_about(frame, about), ax)


def _borders(function: str, regions: pd.DataFrame | None) -> list[Any]:
    """Return the vertices of each region, none without regions."""
    if regions is None:
        return []
    needs_table(function, regions, ("vertices",), _REGIONS, empty=True)
    return list(regions["vertices"])


def _map(
    rows: pd.DataFrame, column: str, title: str, borders: list[Any], about: str, ax: Axes | None
) -> Axes:
    from matplotlib.patches import Patch

    ax = new_axes(ax, 7.5, 5.0)
    grid = rows.pivot(index="beta", columns="alpha", values=column)
    values = 100 * grid.to_numpy(dtype=float)
    if not values.size:
        raise InputError("there is no point of the plane to draw")
    missed = int((values > 0).sum())
    colours = scale("YlOrBr").with_extremes(bad="0.75", under="#f7fbff")
    norm, extend = _norm(values[values > 0])
    if norm.vmin > 0:  # a logarithmic scale has no 0
        values = np.where(values == 0, norm.vmin / 10, values)
    high = max(1.0, float(grid.index.max()))
    mesh = ax.pcolormesh(
        _edges(grid.columns, 1.0), _edges(grid.index, high), np.ma.masked_invalid(values),
        cmap=colours, norm=norm,
    )  # fmt: skip
    unit = f"{column} in %" + ("; below the scale: none" if norm.vmin > 0 else "")
    add_bar(ax, mesh, unit, extend=extend)
    for polygon in borders:
        ax.plot(*zip(*polygon, polygon[0], strict=True), color=GREY, linewidth=0.7)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, float(grid.index.max()))
    if len(grid.index) == 1 or len(grid.columns) == 1:
        ax.set_xlim(*_edges(grid.columns, 1.0)[[0, -1]])
        ax.set_ylim(*_edges(grid.index, high)[[0, -1]])
    if np.isnan(values).any():
        add_legend(ax, {"not known": Patch(color="0.75")}, loc="upper right")
    title += f": at {missed} of {counted(values.size, 'point')}"
    return finish(ax, title, about, x=_ALPHA, y=_BETA)


def _norm(missed: Floats) -> tuple[Any, Literal["neither", "min", "both"]]:
    """Return the scale of colours for gaps above 0, and which ends it leaves open.

    Logarithmic where gaps differ by more than a hundred times. The upper end is 100 % at most:
    where the optimum is near 0, a gap relative to it says nothing.
    """
    from matplotlib.colors import LogNorm, Normalize

    if not len(missed):
        return Normalize(0.0, 1.0), "neither"
    low, high = float(missed.min()), float(missed.max())
    top = min(high, 100.0)
    if top > 100 * low:
        low = max(low, top / 1e5)
        return LogNorm(low, top), "both" if high > top else "min"
    if low >= top:
        low = top / 2
    return Normalize(0.0, top), "both" if high > top else "neither"


def _edges(values: pd.Index[Any], span: float) -> Floats:
    """Return the borders between points of a grid, half a step beyond its ends."""
    at = np.asarray(values, dtype=np.float64)
    if len(at) == 1:
        return np.array([at[0] - 0.05 * span, at[0] + 0.05 * span])
    middle = (at[:-1] + at[1:]) / 2
    return np.concatenate([[at[0] - (middle[0] - at[0])], middle, [2 * at[-1] - middle[-1]]])


def _name_regions(ax: Axes, regions: pd.DataFrame, shades: list[Any]) -> None:
    """Write into each region the longest text that fits, on its colour rather than on hatches."""
    figure = figure_of(ax)
    figure.draw_without_rendering()  # so that the Axes have their final size
    for row, shade in zip(regions.to_dict("records"), shades, strict=True):
        polygon = ax.transData.transform(np.array(row["vertices"]))
        x, y = ax.transData.inverted().transform(_middle(polygon))
        text = ax.text(x, y, "", ha="center", va="center", fontsize="small", parse_math=False,
                       color=text_colour(shade))  # fmt: skip
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
