"""Maps of where in the plane of α and β a method misses the optimum, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.plots.canvas import (
    GREY,
    add_legend,
    add_title,
    figure_of,
    load_matplotlib,
    needs_columns,
    needs_rows,
    new_axes,
    said_about,
)
from chemopt.plots.phase import in_the_plane
from chemopt.validation import known_option
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
Polygons = Sequence[Sequence[tuple[float, float]]]


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
    about : str, optional
        Which problem is shown.
    ax : Axes, optional
    """
    source = "chemopt.analysis.phase.regret.regret_map(problem, diagram)"
    needs_columns("regret", frame, ("alpha", "beta", "point", "regret"), source)
    if regions is not None:
        hint = "chemopt.phase_diagram(problem).regions"
        needs_columns("regret", regions, ("vertices",), hint)
    grid = frame[frame["point"] == "grid"]
    needs_rows("regret", grid)
    who = method or frame.attrs.get("method") or "the heuristic"
    polygons = () if regions is None else list(regions["vertices"])
    return _map(grid, "regret", f"Where {who} misses the optimum", polygons,
                said_about(frame, about), ax)  # fmt: skip


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
    about : str, optional
        Which problem is shown.
    ax : Axes, optional
    """
    source = "chemopt.compare(problem, alphas=[…], betas=[…])"
    needs_columns("gap_map", frame, ("alpha", "beta", "method", "gap"), source)
    needs_rows("gap_map", frame)
    method = frame["method"].iloc[0] if method is None else method
    known_option("method", method, list(frame["method"].unique()))
    if regions is not None:
        needs_columns("gap_map", regions, ("vertices",), "chemopt.phase_diagram(problem).regions")
    polygons = () if regions is None else list(regions["vertices"])
    return _map(
        frame[frame["method"] == method], "gap", f"Gap of {method} to the proved optimum", polygons,
        said_about(frame, about), ax,
    )  # fmt: skip


def _map(
    rows: pd.DataFrame, column: str, title: str, polygons: Polygons, about: str, ax: Axes | None
) -> Axes:
    from matplotlib.patches import Patch

    ax = new_axes(ax, 7.5, 5.0)
    grid = rows.pivot(index="beta", columns="alpha", values=column)
    values = 100 * grid.to_numpy(dtype=float)
    if not values.size:
        raise InputError("there is no point of the plane to draw")
    missed = int((values > 0).sum())
    colours = load_matplotlib().get_cmap("YlOrBr").with_extremes(bad="0.75", under="#f7fbff")
    norm, extend = _norm(values[values > 0])
    if norm.vmin > 0:  # a logarithmic scale has no 0
        values = np.where(values == 0, norm.vmin / 10, values)
    high = max(1.0, float(grid.index.max()))
    mesh = ax.pcolormesh(
        _edges(grid.columns, 1.0), _edges(grid.index, high), np.ma.masked_invalid(values),
        cmap=colours, norm=norm,
    )  # fmt: skip
    bar: Any = figure_of(ax).colorbar(mesh, ax=ax, extend=extend)
    bar.set_label(f"{column} in %" + ("; below the scale: none" if norm.vmin > 0 else ""))
    for polygon in polygons:
        alphas, betas = zip(*polygon, polygon[0], strict=True)
        ax.plot(alphas, betas, color=GREY, linewidth=0.7)
    in_the_plane(ax, float(grid.index.max()))
    if len(grid.index) == 1 or len(grid.columns) == 1:
        ax.set_xlim(*_edges(grid.columns, 1.0)[[0, -1]])
        ax.set_ylim(*_edges(grid.index, high)[[0, -1]])
    if np.isnan(values).any():
        add_legend(ax, [Patch(color="0.75")], ["not known"], loc="upper right")
    add_title(ax, f"{title}: at {missed} of {counted(values.size, 'point')}", about)
    return ax


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
