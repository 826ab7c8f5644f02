"""The pool as a network: models on a circle, the pairs with most chemistry joined."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from chemopt.errors import InputError
from chemopt.plots.canvas import (
    BLUE,
    RED,
    add_legend,
    add_title,
    figure_of,
    new_axes,
    text_width,
)
from chemopt.plots.heatmap import clustered
from chemopt.plots.labels import short
from chemopt.validation import whole
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Pairs drawn for each model, unless told otherwise: more are a ball of wool.
_EACH = 3


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
    what, about, ax
        As for `chemistry_heatmap`.
    """
    values = np.abs(np.nan_to_num(np.array(matrix, dtype=float)))
    n = len(models)
    if not n or values.shape != (n, n):
        raise InputError(
            f"chemistry_network: {counted(n, 'model')} need a square matrix of that size, not one "
            f"of shape {values.shape}"
        )
    most = _EACH * n if most is None else whole("most", most, 0)
    leaves = clustered(values)
    names, values = [models[k] for k in leaves], values[np.ix_(leaves, leaves)]
    radius = max(1.7, 0.19 * n / (2 * math.pi) + 0.4)
    side = 2 * (radius + text_width(names, 8) + 0.2)
    ax = new_axes(ax, side + 1.2, side + 0.4)
    angles = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    x, y = np.cos(angles), np.sin(angles)
    drawn, pairs = _draw_pairs(ax, values, x, y, most, what)
    picked = set(chosen)
    handles, kinds = [], []
    sums = values.sum(axis=1)
    for inside, colour, kind in ((True, RED, "chosen"), (False, BLUE, "not chosen")):
        rows = [k for k, name in enumerate(names) if (name in picked) == inside]
        if rows:
            dots = 20 + 60 * sums[rows] / (sums.max() or 1.0)
            handles.append(ax.scatter(x[rows], y[rows], s=dots, color=colour, zorder=3))
            kinds.append(kind)
    _write_names(ax, names, angles, picked)
    reach = 1.1 + text_width(names, 8) / radius
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_aspect("equal")
    ax.set_axis_off()
    if picked:
        add_legend(ax, handles, kinds, loc="lower left", frameon=False)
    title = f"{what[:1].upper()}{what[1:]} of {counted(n, 'model')}"
    if drawn < pairs:
        title += f": {drawn} of {pairs} pairs, those with most"
    add_title(ax, title, about)
    return ax


def _draw_pairs(
    ax: Axes,
    values: npt.NDArray[np.float64],
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    most: int,
    what: str,
) -> tuple[int, int]:
    """Draw the largest entries, small ones first; return how many, and how many are not 0."""
    from matplotlib.collections import LineCollection

    i, j = np.triu_indices(len(values), k=1)
    weights = values[i, j]
    order = np.argsort(-weights, kind="stable")
    pairs = int((weights > 0).sum())
    kept = order[: min(most, pairs)][::-1]
    if not len(kept):
        return 0, pairs
    largest = float(weights.max())
    least = float(weights[kept].min())
    widths = 0.5 + 2.0 * (weights[kept] - least) / ((largest - least) or 1.0)
    lines = LineCollection(
        [[(x[i[k]], y[i[k]]), (x[j[k]], y[j[k]])] for k in kept],
        cmap="viridis_r", linewidths=widths, zorder=2, alpha=0.8,
    )  # fmt: skip
    lines.set_array(weights[kept])
    lines.set_clim(0.0, largest)
    ax.add_collection(lines)
    bar = figure_of(ax).colorbar(lines, ax=ax, shrink=0.5, pad=0.02)
    bar.set_label(what, parse_math=False)
    return len(kept), pairs


def _write_names(
    ax: Axes, names: list[str], angles: npt.NDArray[np.float64], chosen: set[str]
) -> None:
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
