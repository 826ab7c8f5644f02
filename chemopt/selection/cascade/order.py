"""Expected cost, coverage and reach of one order; the cheapest order of one set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chemopt.numerics import Floats
from chemopt.selection.cascade.items import CascadeItems
from chemopt.selection.cascade.verifier import Verifier


@dataclass(frozen=True, eq=False)
class Stages:
    """What happens at each stage of a cascade, of all items together.

    Attributes
    ----------
    reach : ndarray of shape (k,)
        Items that reach the stage.
    cost, latency, covered : ndarray of shape (k,)
        What is spent there, and right answers that are accepted there. Latency is 0 if not known.
    """

    reach: Floats
    cost: Floats
    latency: Floats
    covered: Floats

    @property
    def total_cost(self) -> float:
        """The expected cost of all items together."""
        return float(self.cost.sum())

    @property
    def total_latency(self) -> float:
        """The expected latency of all items together."""
        return float(self.latency.sum())

    @property
    def total_covered(self) -> float:
        """The expected number of items whose accepted answer is right."""
        return float(self.covered.sum())


def stages(items: CascadeItems, order: Sequence[int], verifier: Verifier) -> Stages:
    """Follow the items through a cascade, given by numbers of models.

    Examples
    --------
    >>> right = np.array([[True, True], [False, True], [False, False]])
    >>> items = CascadeItems(("a", "b"), right, np.ones(3), np.array([[1.0, 4]] * 3))
    >>> found = stages(items, [0, 1], Verifier())
    >>> found.reach.tolist(), found.total_cost, found.total_covered
    ([3.0, 2.0], 11.0, 2.0)
    """
    still_open = np.ones(len(items.weights))
    reach, cost, latency, covered = [], [], [], []
    accepted = 1 - verifier.false_reject
    for j in order:
        reach.append(float(items.weights @ still_open))
        cost.append(float(items.cost[:, j] @ still_open))
        latency.append(0.0 if items.latency is None else float(items.latency[:, j] @ still_open))
        solved = items.weights * items.right[:, j]
        covered.append(accepted * float(solved @ still_open))
        still_open = still_open * verifier.passes(items.right[:, j])
    return Stages(np.array(reach), np.array(cost), np.array(latency), np.array(covered))


def cheapest_order(items: CascadeItems, members: Sequence[int], verifier: Verifier) -> list[int]:
    """Return the cheapest order of one set, by dynamic programming over its subsets.

    Parameters
    ----------
    items : CascadeItems
    members : sequence of int
        Numbers of models.
    verifier : Verifier

    Examples
    --------
    >>> right = np.array([[True, True], [False, True], [False, False]])
    >>> items = CascadeItems(("a", "b"), right, np.ones(3), np.array([[5.0, 4]] * 3))
    >>> cheapest_order(items, [0, 1], Verifier())
    [1, 0]
    """
    from chemopt.selection.cascade.subsets import Subsets

    members = sorted(members)
    table = Subsets(items.take_models(list(members)), verifier)
    return [members[k] for k in table.order((1 << len(members)) - 1)]
