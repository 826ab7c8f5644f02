"""Heatmaps of pairs of models, clusters side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.plots.canvas import (
    RED,
    ROW,
    add_title,
    figure_of,
    load_matplotlib,
    name_columns,
    name_rows,
    needs_columns,
    needs_rows,
    new_axes,
    said_about,
    text_colour,
    text_width,
)
from chemopt.validation import choice
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Order = Literal["cluster", "given"]
# Up to so many models each cell has its figure.
_WITH_FIGURES = 14
# Above, the best order of leaves takes too long.
_BEST_LEAVES = 200
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
    about : str
        Which problem is shown.
    ax : Axes, optional

    Examples
    --------
    >>> ax = chemistry_heatmap(["a", "b"], [[0, 0.25], [0.25, 0]])  # doctest: +SKIP
    """
    names, values = list(models), np.array(matrix, dtype=float)
    if not names or values.shape != (len(names), len(names)):
        raise InputError(
            f"chemistry_heatmap: {counted(len(names), 'model')} need a square matrix of that size, "
            f"not one of shape {values.shape}"
        )
    choice("order", order, ("cluster", "given"))
    if order == "cluster":
        leaves = clustered(values)
        names, values = [names[k] for k in leaves], values[np.ix_(leaves, leaves)]
    n, labels = len(names), text_width(names)
    side = max(3.0, ROW * n if n > _WITH_FIGURES else 0.42 * n)
    ax = new_axes(ax, side + labels + 1.4, side + labels + 0.6)
    np.fill_diagonal(values, np.nan)
    signed = bool((values < 0).any()) if signed is None else signed
    largest = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    colours = (
        load_matplotlib().get_cmap("PuOr_r" if signed else "viridis").with_extremes(bad="0.85")
    )
    image = ax.imshow(
        values, cmap=colours, vmin=-largest if signed else 0.0, vmax=largest, aspect="equal"
    )
    bar = figure_of(ax).colorbar(image, ax=ax, shrink=0.8, pad=0.02)
    bar.set_label(what, parse_math=False)
    name_rows(ax, names, chosen)
    name_columns(ax, names, chosen)
    if n <= _WITH_FIGURES:
        _write_figures(ax, values, image)
    _frame_pairs(ax, names, set(chosen))
    add_title(ax, f"{what[:1].upper()}{what[1:]} of each pair of {counted(n, 'model')}", about)
    return ax


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
    chosen, order, about, ax
        As for `chemistry_heatmap`.
    """
    source = "chemopt.outcomes.diversity.diversity(outcomes)"
    needs_columns("pair_heatmap", frame, ("model_a", "model_b", column), source)
    needs_rows("pair_heatmap", frame)
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


def clustered(matrix: npt.NDArray[np.float64]) -> list[int]:
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


def _write_figures(ax: Axes, values: npt.NDArray[np.float64], image: Any) -> None:
    """Write the number of each pair into its cell."""
    digits = 2 if np.nanmax(np.abs(values), initial=0.0) < 10 else 0
    for i, j in np.argwhere(~np.isnan(values)):
        value = values[i, j]
        colour = text_colour(image.cmap(image.norm(value))[:3])
        ax.text(
            j, i, f"{value:.{digits}f}", ha="center", va="center", fontsize=7, color=colour
        )  # fmt: skip


def _frame_pairs(ax: Axes, names: list[str], chosen: set[str]) -> None:
    """Draw a frame around each pair of two chosen models."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    inside = [k for k, name in enumerate(names) if name in chosen]
    cells = [Rectangle((j - 0.5, i - 0.5), 1, 1) for i in inside for j in inside if i != j]
    if cells:
        ax.add_collection(PatchCollection(cells, facecolor="none", edgecolor=RED, linewidth=1.5))
