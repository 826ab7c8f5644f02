"""Draw the flowcharts of Mermaid that docs/architecture.py writes, as SVG, without a script.

Only what that page needs: ``flowchart LR``, boxes ``id["label"]`` and arrows ``a --> b``, which
must not go round in a circle.
"""

from __future__ import annotations

import re
from collections import defaultdict
from html import escape

import networkx as nx
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WIDTH, HEIGHT, ACROSS, DOWN = 112, 30, 44, 18


def drawn(text: str) -> str:
    """Return the SVG of a flowchart: a column for each level, in an order with few crossings."""
    labels = dict(re.findall(r'(\w+)\["(.*?)"\]', text))
    graph = nx.DiGraph(re.findall(r"(\w+) --> (\w+)", text))
    graph.add_nodes_from(labels)
    columns = [list(level) for level in nx.topological_generations(graph)]
    place = {name: (c, r) for c, column in enumerate(columns) for r, name in enumerate(column)}
    for _ in range(8):  # the barycentre rule: stand near those that the arrows come from
        for c, column in enumerate(columns):
            near = {
                name: [place[p][1] for p in (*graph.predecessors(name), *graph.successors(name))]
                for name in column
            }
            column.sort(key=lambda name: (sum(near[name]) / max(len(near[name]), 1), name))
            place.update({name: (c, r) for r, name in enumerate(column)})
    tallest = max(map(len, columns))

    def corner(name: str) -> tuple[float, float]:
        c, r = place[name]
        shift = (tallest - len(columns[c])) * (HEIGHT + DOWN) / 2
        return 6 + c * (WIDTH + ACROSS), 6 + shift + r * (HEIGHT + DOWN)

    lanes: dict[str, int] = defaultdict(int)
    parts = []
    for low, high in graph.edges:
        (x1, y1), (x2, y2) = corner(low), corner(high)
        x1, y1, y2 = x1 + WIDTH, y1 + HEIGHT / 2, y2 + HEIGHT / 2
        span = place[high][0] - place[low][0]
        if span == 1:
            middle = (x1 + x2) / 2
            way = f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2 - 5} {y2}"
        else:  # past the boxes between, below them
            lanes[low] += 1
            y = tallest * (HEIGHT + DOWN) + 4 + 8 * (len(lanes) + lanes[low])
            way = (
                f"M{x1} {y1} C{x1 + ACROSS} {y1} {x1 + 8} {y} {x1 + ACROSS} {y} "
                f"L{x2 - ACROSS} {y} C{x2 - 8} {y} {x2 - ACROSS} {y2} {x2 - 5} {y2}"
            )
        parts.append(f'<path d="{way}" class="arrow" marker-end="url(#arrow)"/>')
    for name, label in labels.items():
        x, y = corner(name)
        short = escape(label.rsplit("/", 1)[-1])
        parts.append(f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>')
        parts.append(f'<text x="{x + WIDTH / 2}" y="{y + HEIGHT / 2 + 4}">{short}</text>')
    width = 12 + len(columns) * (WIDTH + ACROSS) - ACROSS
    height = tallest * (HEIGHT + DOWN) + (
        8 * (len(lanes) + max(lanes.values()) + 2) if lanes else 0
    )
    said = "; ".join(f"{labels[low]} to {labels[high]}" for low, high in graph.edges)
    return (
        f'<div class="flowchart"><svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{escape(said)}"><defs><marker id="arrow" viewBox="0 0 8 8" refX="6" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
        f"{''.join(parts)}</svg></div>"
    )


class Flowchart(SphinxDirective):
    """A fence of Mermaid, drawn."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        return [nodes.raw("", drawn("\n".join(self.content)), format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Let fences of Mermaid be drawn."""
    app.add_directive("mermaid", Flowchart)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
