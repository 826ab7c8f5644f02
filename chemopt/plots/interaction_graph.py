"""The model interaction graph, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    SMALL,
    add_bar,
    figure_of,
    finish,
    needs_table,
    new_axes,
    whole_ticks,
)
from chemopt.plots.colours import BLUE
from chemopt.plots.labels import short
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Above, nodes would be a solid block, and their number by size is drawn.
_NODES = 400
# Up to this many nodes in the widest layer, nodes are named.
_NAMED = 10

Edge = tuple[frozenset[str], frozenset[str]]


def interaction_graph(
    nodes: pd.DataFrame,
    edges: Iterable[Edge] = (),
    *,
    about: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the nodes of a model interaction graph by their number of models, coloured by cost.

    Small graphs have names and edges: the models that a node uses are written below it. Of large
    ones, with more than 400 nodes, the number of nodes of each size is drawn.

    Parameters
    ----------
    nodes : DataFrame
        A row for each node: `models` and `used` (collections of names), `cost`.
    edges : iterable of pairs of frozenset of str
        From a node to one without one of its models; not needed for large graphs.
    """
    source = "chemopt.chemistry.mig.ModelInteractionGraph(profiles)"
    needs_table("interaction_graph", nodes, ("models", "used", "cost"), source)
    sizes = [len(models) for models in nodes["models"]]
    title = (
        f"Model interaction graph: {counted(len(nodes), 'node')} cover {2 ** max(sizes)} subsets"
    )
    if len(nodes) <= _NODES:
        return _graph(nodes, list(edges), title, about, ax)
    ax = new_axes(ax, 7.0, 4.5)
    counts = pd.Series(sizes).value_counts().sort_index()
    ax.bar(counts.index, counts.to_numpy(), color=BLUE)
    ax.set_yscale("log")
    whole_ticks(ax, "x")
    return finish(ax, title, about, x="models of a node", y="nodes", grid="y")


def _graph(nodes: pd.DataFrame, edges: list[Edge], title: str, about: str, ax: Axes | None) -> Axes:
    from matplotlib.collections import LineCollection

    layers: dict[int, list[frozenset[str]]] = {}
    for models in nodes["models"]:
        layers.setdefault(len(models), []).append(frozenset(models))
    widest = max(map(len, layers.values()))
    place = {}
    for size, layer in layers.items():
        for k, node in enumerate(sorted(layer, key=sorted)):
            place[node] = ((k + 0.5) / len(layer), size)
    named = widest <= _NAMED
    room = 1.5 if named else 0.3
    ax = new_axes(ax, min(20.0, max(7.0, room * widest)), max(4.0, 0.9 * len(layers) + 1.0))
    lines: list[Any] = [[place[one], place[two]] for one, two in edges]
    ax.add_collection(LineCollection(lines, colors="0.75", linewidths=0.6, zorder=1))
    x, y = zip(*(place[frozenset(models)] for models in nodes["models"]), strict=True)
    dots = ax.scatter(
        x, y, c=nodes["cost"].astype(float), cmap="viridis_r", s=60 if named else 22, zorder=2
    )
    add_bar(ax, dots, "cost", pad=0.02)
    ax.set_xticks([])
    ax.set_xlim(0, 1)
    ax.set_ylim(min(layers) - 0.6, max(layers) + 0.6)
    whole_ticks(ax, "y")
    finish(ax, title, about, y="models")
    if named:
        _write_nodes(ax, nodes, place, layers)
    return ax


def _write_nodes(
    ax: Axes,
    nodes: pd.DataFrame,
    place: dict[frozenset[str], tuple[float, int]],
    layers: dict[int, list[frozenset[str]]],
) -> None:
    """Write what each node uses below it, in letters that fit between its neighbours."""
    figure = figure_of(ax)
    figure.draw_without_rendering()
    inches = ax.get_window_extent().width / figure.dpi
    for models, used in zip(nodes["models"], nodes["used"], strict=True):
        at = place[frozenset(models)]
        points = 72 * inches / len(layers[len(models)])
        signs = max(4, int(points / (0.62 * 7)) - 1)
        words = short([", ".join(sorted(used)) or "uses none"], signs)[0]
        ax.annotate(
            words, at, xytext=(0, -7), textcoords="offset points", ha="center", va="top",
            fontsize=max(SMALL, 7), parse_math=False,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none",
                  "alpha": 0.85},
        )  # fmt: skip
