"""The model interaction graph (MIG): the cost of every subset from few evaluations.

Algorithm 1 of arXiv 2510.03930, after the index benefit graph of Frank, Omiecinski and Navathe
(EDBT 1992) and the index interactions of Schnaitter, Polyzotis and Getoor (VLDB 2009). A node is a
set Y with used(Y) and cost(Y). The root is the pool; the children of a node remove one model that
it uses (or any one model, if it uses none). A node Y *covers* X when used(Y) ⊆ X ⊆ Y, and then
cost(X) = cost(Y); every subset of the pool is covered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.chemistry.cost import CostOracle, as_oracle
from chemopt.errors import InputError, PoolTooLargeError
from chemopt.profiles.profiles import Profiles
from chemopt.wording import counted, meant

if TYPE_CHECKING:
    import networkx as nx

    from chemopt.plots.canvas import Axes

# A graph has up to 2ⁿ nodes: a million here.
MODEL_LIMIT = 20


@dataclass(frozen=True)
class Node:
    """A node of the graph: a set of models, those it uses, and its cost."""

    models: frozenset[str]
    used: frozenset[str]
    cost: float


class ModelInteractionGraph:
    """All nodes reachable from the pool, for any cost oracle.

    Parameters
    ----------
    oracle : CostOracle or Profiles
        Profiles mean ``ProfileCost(profiles)``.

    Raises
    ------
    PoolTooLargeError
        The pool has more than 20 models.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import Profiles
    >>> mig = ModelInteractionGraph(Profiles.from_frame(pd.DataFrame({
    ...     "model": ["a", "b", "c"], "quality": [9.0, 6.0, 5.0], "accuracy": [0.9, 0.75, 0.3]})))
    >>> len(mig)
    5
    >>> sorted(mig.cover({"a"}).models)
    ['a', 'c']
    """

    def __init__(self, oracle: CostOracle | Profiles) -> None:
        oracle = as_oracle(oracle, caller="ModelInteractionGraph")
        self.models = oracle.models
        if len(self.models) > MODEL_LIMIT:
            raise PoolTooLargeError(
                f"the model interaction graph is built for at most {MODEL_LIMIT} models (it has up "
                f"to 2ⁿ nodes), and the pool has {len(self.models)}"
            )
        self._bit = {model: 1 << k for k, model in enumerate(self.models)}
        root = (1 << len(self.models)) - 1
        self._nodes: dict[int, tuple[int, float]] = {}
        seen, queue = {root}, deque([root])
        while queue:
            mask = queue.popleft()
            members = self._members(mask)
            used = self._mask(oracle.used(members))
            self._nodes[mask] = (used, oracle.cost(members))
            for child in _without_one(mask, used or mask):
                if child not in seen:
                    seen.add(child)
                    queue.append(child)

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        """Yield the nodes, breadth first from the pool."""
        return (self._node(mask) for mask in self._nodes)

    def cover(self, X: Iterable[str]) -> Node:
        """Return a node that covers X, reached by one walk down from the pool.

        Raises
        ------
        InputError
            X has a model that is not in the pool.
        """
        target, mask = self._mask(X), (1 << len(self.models)) - 1
        while True:
            used = self._nodes[mask][0]
            # Remove a used model outside X; a node that uses only models of X covers it.
            surplus = used & ~target
            if not surplus:
                return self._node(mask)
            mask &= ~(surplus & -surplus)

    def cost(self, X: Iterable[str]) -> float:
        """Return cost(X), read from a covering node."""
        return self.cover(X).cost

    def subset_costs(self) -> npt.NDArray[np.float64]:
        """Return the costs of all 2ⁿ subsets; bit k of the index is ``models[k]``."""
        costs = np.full(1 << len(self.models), np.nan)
        for mask, (used, value) in self._nodes.items():
            costs[_between(used, mask)] = value
        return costs

    def to_frame(self) -> pd.DataFrame:
        """Return the nodes: `size`, `models`, `used` (names, comma-separated) and `cost`."""
        return pd.DataFrame(
            {
                "size": len(node.models),
                "models": ", ".join(sorted(node.models)),
                "used": ", ".join(sorted(node.used)),
                "cost": node.cost,
            }
            for node in self
        )

    def to_networkx(self) -> nx.DiGraph[frozenset[str]]:
        """Return a directed graph of frozensets.

        Nodes have the attributes `used` and `cost`; edges name the model `removed`.
        """
        import networkx as nx

        graph: nx.DiGraph[frozenset[str]] = nx.DiGraph()
        for node in self:
            graph.add_node(node.models, used=node.used, cost=node.cost)
        for mask, (used, _) in self._nodes.items():
            for child in _without_one(mask, used or mask):
                (removed,) = self._members(mask ^ child)
                graph.add_edge(self._members(mask), self._members(child), removed=removed)
        return graph

    def plot(self, ax: Axes | None = None, *, about: str = "") -> Axes:
        """Draw the nodes by size, coloured by cost: `chemopt.plots.interaction_graph`."""
        from chemopt.plots.interaction_graph import interaction_graph

        nodes = pd.DataFrame(
            [(node.models, node.used, node.cost) for node in self],
            columns=["models", "used", "cost"],
        )
        edges = (
            (self._members(mask), self._members(child))
            for mask, (used, _) in self._nodes.items()
            for child in _without_one(mask, used or mask)
        )
        about = about or f"pool of {counted(len(self.models), 'model')}"
        return interaction_graph(nodes, edges, about=about, ax=ax)

    def _node(self, mask: int) -> Node:
        used, value = self._nodes[mask]
        return Node(self._members(mask), self._members(used), value)

    def _members(self, mask: int) -> frozenset[str]:
        return frozenset(model for model, bit in self._bit.items() if mask & bit)

    def _mask(self, models: Iterable[str]) -> int:
        mask = 0
        for model in models:
            if model not in self._bit:
                raise InputError(
                    f"unknown model {model!r}; {meant(model, self.models, 'the pool has')}"
                )
            mask |= self._bit[model]
        return mask


def _without_one(mask: int, candidates: int) -> Iterator[int]:
    while candidates:
        lowest = candidates & -candidates
        yield mask & ~lowest
        candidates &= ~lowest


def _between(low: int, high: int) -> list[int]:
    """List the masks X with low ⊆ X ⊆ high."""
    free, sub, masks = high & ~low, high & ~low, []
    while True:
        masks.append(low | sub)
        if not sub:
            return masks
        sub = (sub - 1) & free
