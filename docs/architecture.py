"""Draw the packages of chemopt and their imports into docs/architecture.md.

    python docs/architecture.py

An arrow goes from a package to one that imports from it, as the data flow. What follows from
other arrows is left out. `errors`, `validation`, `numerics`, `frames`, `wording` and `versions`,
from which every package may import, are left out too.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from pathlib import Path

import grimp
import networkx as nx

PAGE = Path(__file__).with_suffix(".md")
BEGIN, END = "<!-- drawn by docs/architecture.py: begin -->", "<!-- end -->"
# From low to high, as in the contract of pyproject.toml.
PACKAGES = ("plots", "evidence", "history", "outcomes", "profiles", "chemistry", "problem",
            "methods", "selection", "analysis", "studies", "reports", "cli")  # fmt: skip


def arrows(graph: grimp.ImportGraph, parts: Iterable[str]) -> list[tuple[str, str]]:
    """Return the imports between some packages or modules, in order, without what follows.

    Each pair is (imported, importer). Those that import from each other all keep their arrows.
    """
    order = {part: k for k, part in enumerate(parts)}
    whole = nx.DiGraph()
    whole.add_nodes_from(order)
    whole.add_edges_from(
        (low, high)
        for low, high in permutations(order, 2)
        if graph.direct_import_exists(importer=high, imported=low, as_packages=True)
    )
    cycles = nx.condensation(whole)
    group = cycles.graph["mapping"]
    kept = nx.transitive_reduction(cycles).edges
    edges = [
        (low, high)
        for low, high in whole.edges
        if group[low] == group[high] or (group[low], group[high]) in kept
    ]
    return sorted(edges, key=lambda edge: (order[edge[0]], order[edge[1]]))


def picture() -> str:
    """Return the Mermaid flowchart of the packages, and of what `methods` is made of."""
    graph = grimp.build_graph("chemopt", "chemopt_models", cache_dir=None)
    packages = ["chemopt_models", *(f"chemopt.{name}" for name in PACKAGES)]
    methods = sorted(graph.find_children("chemopt.methods"))
    lines = ["```mermaid", "flowchart LR"]
    lines += [f"  {_node(name)}" for name in packages]
    lines += [f"  {_id(low)} --> {_id(high)}" for low, high in arrows(graph, packages)]
    lines += ["```", "", "What `methods` is made of:", "", "```mermaid", "flowchart LR"]
    lines += [f"  {_node(name)}" for name in methods]
    lines += [f"  {_id(low)} --> {_id(high)}" for low, high in arrows(graph, methods)]
    return "\n".join([*lines, "```"])


def redrawn(page: str) -> str:
    """Return the page with the picture of now between its markers."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{picture()}\n{END}{after}"


def _id(name: str) -> str:
    return name.replace(".", "_")


def _node(name: str) -> str:
    label = "models/chemopt_models" if name == "chemopt_models" else name.rsplit(".", 1)[-1]
    return f'{_id(name)}["{label}"]'


if __name__ == "__main__":
    PAGE.write_text(redrawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
