"""Minimum cuts, by the maximum flow of OR-Tools: in 64-bit integers, without rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chemopt.errors import SolverError
from chemopt.methods.solvers.loading import load_max_flow

if TYPE_CHECKING:
    from chemopt_models import MinCutModel


@dataclass(frozen=True)
class MinimumCut:
    """A minimum cut: the models on the side of the source, by number, and a bound of the loss."""

    side: tuple[int, ...]
    bound: float
    solver: str


def minimum_cut(network: MinCutModel) -> MinimumCut:
    """Find the minimum cut with the fewest models on the side of the source.

    Raises
    ------
    SolverError
        The flow algorithm failed.
    """
    max_flow = load_max_flow()
    flow = max_flow.SimpleMaxFlow()
    flow.add_arcs_with_capacity(network.tails, network.heads, network.capacities)
    flow.add_arc_with_capacity(network.source, network.sink, 0)  # so that both nodes exist
    status = flow.solve(network.source, network.sink)
    if status != flow.OPTIMAL:
        raise SolverError(f"OR-Tools' maximum flow failed with status {status}")
    reached = [int(network.free[k]) for k in flow.get_source_side_min_cut() if k < network.source]
    side = tuple(sorted([*reached, *network.required.tolist()]))
    bound = flow.optimal_flow() / network.scale + network.constant - network.rounding_error
    return MinimumCut(side, bound, "OR-Tools max-flow")
