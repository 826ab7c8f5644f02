"""Draw the flowcharts of Mermaid that docs/architecture.py writes, as SVG, without a script.

Only what that page needs: ``flowchart LR``, boxes ``id["label"]`` and arrows ``a --> b``, which
must not go round in a circle. They are drawn from top to bottom, since pages are narrow.
"""

from __future__ import annotations

import re
from html import escape

import networkx as nx
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WIDTH, HEIGHT, ACROSS, DOWN = 112, 28, 14, 34


def drawn(text: str) -> str:
    """Return the SVG of a flowchart: a row for each level, in an order with few crossings."""
    labels = dict(re.findall(r'(\w+)\["(.*?)"\]', text))
    graph = nx.DiGraph(re.findall(r"(\w+) --> (\w+)", text))
    graph.add_nodes_from(labels)
    rows = [sorted(level) for level in nx.topological_generations(graph)]
    place = {name: (r, c) for r, row in enumerate(rows) for c, name in enumerate(row)}
    widest = max(map(len, rows))

    def middle(name: str) -> float:
        r, c = place[name]
        return 6 + ((widest - len(rows[r])) / 2 + c + 0.5) * (WIDTH + ACROSS)

    def top(name: str) -> float:
        return 6 + place[name][0] * (HEIGHT + DOWN)

    for _ in range(8):  # the barycentre rule: stand near those that the arrows join
        for r, row in enumerate(rows):
            near = {
                name: [middle(n) for n in (*graph.predecessors(name), *graph.successors(name))]
                or [middle(name)]
                for name in row
            }
            row.sort(key=lambda name: (sum(near[name]) / len(near[name]), name))
            place.update({name: (r, c) for c, name in enumerate(row)})

    edge = 12 + widest * (WIDTH + ACROSS)
    parts = []
    lanes = 0
    for low, high in graph.edges:
        x1, y1, x2, y2 = middle(low), top(low) + HEIGHT, middle(high), top(high)
        if place[high][0] - place[low][0] == 1:
            half = (y1 + y2) / 2
            way = f"M{x1} {y1} C{x1} {half} {x2} {half} {x2} {y2 - 5}"
        else:  # past the rows between, on the right
            lanes += 1
            x = edge + 9 * lanes
            way = (
                f"M{x1} {y1} C{x1} {y1 + DOWN / 2} {x} {y1} {x} {y1 + DOWN} "
                f"L{x} {y2 - DOWN} C{x} {y2 - 5} {x2} {y2 - DOWN / 2} {x2} {y2 - 5}"
            )
        parts.append(f'<path d="{way}" class="arrow" marker-end="url(#arrow)"/>')
    for name, label in labels.items():
        x, y = middle(name), top(name)
        short = escape(label.rsplit("/", 1)[-1])
        parts.append(
            f'<rect x="{x - WIDTH / 2}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>'
        )
        parts.append(f'<text x="{x}" y="{y + HEIGHT / 2 + 4}">{short}</text>')
    width = edge + 9 * lanes + 6
    height = 12 + len(rows) * (HEIGHT + DOWN) - DOWN
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
