"""Numbers of pairs of models: as a heatmap with clusters side by side, and as a network."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.plots.canvas import (
    ROW,
    add_bar,
    add_legend,
    finish,
    name_columns,
    name_rows,
    needs_table,
    new_axes,
    said_about,
    text_width,
)
from chemopt.plots.colours import BLUE, RED, scale, text_colour
from chemopt.plots.labels import short
from chemopt.validation import choice, whole
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
Order = Literal["cluster", "given"]
# Up to this many models each cell has its figure.
_WITH_FIGURES = 14
# Above, the best order of leaves takes too long.
_BEST_LEAVES = 200
# Pairs that a network has for each model by default: more are a ball of wool.
_EACH = 3
# Measures that may be below 0, and those with a name of their own.
_SIGNED = ("q_statistic", "correlation", "signed")
_NAMES = {"q_statistic": "Q statistic", "signed": "signed chemistry"}


def chemistry_heatmap(
    models: Sequence[str],
    matrix: npt.ArrayLike,
    *,
    chosen: Iterable[str] = (),
    order: Order = "cluster",
    what: str = "chemistry",
    signed: bool | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a number for each pair of models.

    Parameters
    ----------
    models : sequence of str
    matrix : array-like of shape (n, n)
        Symmetric; NaN where a pair has no number.
    chosen : iterable of str
        Models whose names are bold and whose pairs are framed.
    order : {"cluster", "given"}
        Pairs with large numbers side by side (average linkage), or as they are given.
    what : str
        What the numbers are.
    signed : bool, optional
        Whether colours diverge from 0; if not given, where there are numbers below 0.

    Examples
    --------
    >>> ax = chemistry_heatmap(["a", "b"], [[0, 0.25], [0.25, 0]])  # doctest: +SKIP
    """
    values = _square("chemistry_heatmap", models, matrix)
    choice("order", order, ("cluster", "given"))
    leaves = clustered(values) if order == "cluster" else list(range(len(models)))
    names, values = [models[k] for k in leaves], values[np.ix_(leaves, leaves)]
    n, labels = len(names), text_width(names)
    side = max(3.0, ROW * n if n > _WITH_FIGURES else 0.42 * n)
    ax = new_axes(ax, side + labels + 1.4, side + labels + 0.6)
    np.fill_diagonal(values, np.nan)
    signed = bool((values < 0).any()) if signed is None else signed
    largest = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    colours = scale("PuOr_r" if signed else "viridis").with_extremes(bad="0.85")
    least = -largest if signed else 0.0
    image = ax.imshow(values, cmap=colours, vmin=least, vmax=largest, aspect="equal")
    add_bar(ax, image, what, shrink=0.8, pad=0.02)
    chosen = set(chosen)
    name_rows(ax, names, chosen)
    name_columns(ax, names, chosen)
    if n <= _WITH_FIGURES:
        _write_figures(ax, values, image)
    _frame_pairs(ax, [k for k, name in enumerate(names) if name in chosen])
    title = f"{what[:1].upper()}{what[1:]} of each pair of {counted(n, 'model')}"
    return finish(ax, title, about)


def pair_heatmap(
    frame: pd.DataFrame,
    column: str,
    *,
    chosen: Iterable[str] = (),
    order: Order = "cluster",
    about: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a column of a table of pairs, as `chemopt.outcomes.diversity.diversity` returns it.

    Parameters
    ----------
    frame : DataFrame
        With the columns `model_a` and `model_b`, a row for each pair.
    column : str
        What to draw, as ``"disagreement"`` or ``"signed"``.
    chosen, order
        As for `chemistry_heatmap`.
    """
    source = "chemopt.outcomes.diversity.diversity(outcomes)"
    needs_table("pair_heatmap", frame, ("model_a", "model_b", column), source)
    names = list(dict.fromkeys([*frame["model_a"], *frame["model_b"]]))
    place = {name: k for k, name in enumerate(names)}
    values = np.full((len(names), len(names)), np.nan)
    for a, b, value in zip(frame["model_a"], frame["model_b"], frame[column], strict=True):
        values[place[a], place[b]] = values[place[b], place[a]] = value
    return chemistry_heatmap(
        names, values, chosen=chosen, order=order,
        what=_NAMES.get(column, column.replace("_", " ")),
        signed=column in _SIGNED or None,
        about=said_about(frame, about), ax=ax,
    )  # fmt: skip


def chemistry_network(
    models: Sequence[str],
    matrix: npt.ArrayLike,
    *,
    chosen: Iterable[str] = (),
    most: int | None = None,
    what: str = "chemistry",
    about: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the pairs with the largest numbers as lines between models on a circle.

    Wide and dark lines are large numbers, large dots models with a large sum.

    Parameters
    ----------
    models : sequence of str
    matrix : array-like of shape (n, n)
        Symmetric.
    chosen : iterable of str
        Models whose dots have another colour.
    most : int, optional
        Pairs that are drawn; three for each model if not given.
    what
        As for `chemistry_heatmap`.
    """
    values = np.abs(np.nan_to_num(_square("chemistry_network", models, matrix)))
    n = len(models)
    most = _EACH * n if most is None else whole("most", most, 0)
    leaves = clustered(values)
    names, values = [models[k] for k in leaves], values[np.ix_(leaves, leaves)]
    radius = max(1.7, 0.19 * n / (2 * math.pi) + 0.4)
    side = 2 * (radius + text_width(names, 8) + 0.2)
    ax = new_axes(ax, side + 1.2, side + 0.4)
    angles = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    spots = np.column_stack([np.cos(angles), np.sin(angles)])
    x, y = spots.T
    drawn, pairs = _draw_pairs(ax, values, spots, most, what)
    picked, legend = set(chosen), {}
    sums = values.sum(axis=1)
    for inside, colour, kind in ((True, RED, "chosen"), (False, BLUE, "not chosen")):
        rows = [k for k, name in enumerate(names) if (name in picked) == inside]
        if rows:
            dots = 20 + 60 * sums[rows] / (sums.max() or 1.0)
            legend[kind] = ax.scatter(x[rows], y[rows], s=dots, color=colour, zorder=3)
    _write_names(ax, names, angles, picked)
    reach = 1.1 + text_width(names, 8) / radius
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_aspect("equal")
    ax.set_axis_off()
    if picked:
        add_legend(ax, legend, loc="lower left", frameon=False)
    title = f"{what[:1].upper()}{what[1:]} of {counted(n, 'model')}"
    if drawn < pairs:
        title += f": {drawn} of {pairs} pairs, those with most"
    return finish(ax, title, about)


def clustered(matrix: Floats) -> list[int]:
    """Return the models in an order that puts pairs with large numbers side by side.

    Average linkage, in which a pair is the closer the larger its number; the leaves in the order
    of least distance (Bar-Joseph, Gifford and Jaakkola, Bioinformatics 17, 2001).

    Examples
    --------
    >>> clustered(np.array([[0, 0, 9, 0.], [0, 0, 0, 9], [9, 0, 0, 0], [0, 9, 0, 0]]))
    [0, 2, 3, 1]
    """
    n = len(matrix)
    if n < 3:
        return list(range(n))
    from scipy.cluster.hierarchy import leaves_list, linkage

    known = np.nan_to_num(matrix)
    distance = np.nanmax(known) - known
    upper = distance[np.triu_indices(n, k=1)]
    tree = linkage(upper, method="average", optimal_ordering=n <= _BEST_LEAVES)
    return [int(k) for k in leaves_list(tree)]


def _square(function: str, models: Sequence[str], matrix: npt.ArrayLike) -> Floats:
    values = np.array(matrix, dtype=float)
    if not len(models) or values.shape != (len(models), len(models)):
        raise InputError(
            f"{function}: {counted(len(models), 'model')} need a square matrix of that size, "
            f"not one of shape {values.shape}"
        )
    return values


def _write_figures(ax: Axes, values: Floats, image: Any) -> None:
    """Write the number of each pair into its cell."""
    digits = 2 if np.nanmax(np.abs(values), initial=0.0) < 10 else 0
    for i, j in np.argwhere(~np.isnan(values)):
        text = f"{values[i, j]:.{digits}f}"
        colour = text_colour(image.cmap(image.norm(values[i, j]))[:3])
        ax.text(j, i, text, ha="center", va="center", fontsize=7, color=colour)


def _frame_pairs(ax: Axes, inside: Sequence[int]) -> None:
    """Draw a frame around each pair of two chosen models."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    cells = [Rectangle((j - 0.5, i - 0.5), 1, 1) for i in inside for j in inside if i != j]
    if cells:
        ax.add_collection(PatchCollection(cells, facecolor="none", edgecolor=RED, linewidth=1.5))


def _draw_pairs(ax: Axes, values: Floats, spots: Floats, most: int, what: str) -> tuple[int, int]:
    """Draw the largest entries, small ones first; return how many, and how many are not 0."""
    from matplotlib.collections import LineCollection

    ends = np.column_stack(np.triu_indices(len(values), k=1))
    weights = values[tuple(ends.T)]
    order = np.argsort(-weights, kind="stable")
    pairs = int((weights > 0).sum())
    kept = order[: min(most, pairs)][::-1]
    if not len(kept):
        return 0, pairs
    largest = float(weights.max())
    least = float(weights[kept].min())
    widths = 0.5 + 2.0 * (weights[kept] - least) / ((largest - least) or 1.0)
    lines = LineCollection(
        list(spots[ends[kept]]), cmap="viridis_r", linewidths=widths, zorder=2, alpha=0.8
    )
    lines.set_array(weights[kept])
    lines.set_clim(0.0, largest)
    ax.add_collection(lines)
    add_bar(ax, lines, what, shrink=0.5, pad=0.02)
    return len(kept), pairs


def _write_names(ax: Axes, names: list[str], angles: Floats, chosen: set[str]) -> None:
    """Write names outside the circle, along its radii, so that they do not meet."""
    size = 8 if len(names) <= 80 else max(3.0, 640 / len(names))
    for name, label, angle in zip(names, short(names), angles, strict=True):
        left = math.cos(angle) < -1e-9
        ax.text(
            1.07 * math.cos(angle), 1.07 * math.sin(angle), label, fontsize=size,
            rotation=math.degrees(angle) + (180 if left else 0), rotation_mode="anchor",
            ha="right" if left else "left", va="center", parse_math=False,
            fontweight="bold" if name in chosen else "normal",
        )  # fmt: skip
