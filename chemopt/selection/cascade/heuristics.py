"""What a cascade is compared with: simple rules, the best model, and asking all at once.

The best model is one that may be asked alone (`chemopt.problem.baselines`). The other rules know
the excluded models and the largest length, and no other constraint on the members.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chemopt.numerics import SUM_TOLERANCE
from chemopt.problem.baselines import single_models
from chemopt.selection.cascade.order import Stages, stages
from chemopt.selection.cascade.problem import CascadeProblem

Order = tuple[int, ...]


def cheapest_first(problem: CascadeProblem) -> Order:
    """Ask models in the order of their mean price, until the budget or the target is reached.

    Within a budget, models are asked as long as they fit in; numbers are those of `pool`.
    """
    items = problem.free_items
    price = items.cost.sum(axis=0)
    order = [int(k) for k in np.lexsort((-items.accuracy, price))]
    return _begin(problem, order[: problem.longest])


def ratio_greedy(problem: CascadeProblem) -> Order:
    """Ask the model next that gains most for what it costs, of those that the budget allows.

    Gain and cost are those on the items that are left. It ends when no model gains, or the target
    is reached.
    """
    items, verifier = problem.free_items, problem.verifier
    chosen: list[int] = []
    still_open = np.ones(len(items.weights))
    spent = covered = 0.0
    while len(chosen) < problem.longest and not _reached(problem, covered):
        gain = (1 - verifier.false_reject) * ((items.weights * still_open) @ items.right)
        cost = still_open @ items.cost
        fits = [
            j for j in range(len(items.models))
            if j not in chosen and gain[j] > 0 and problem.within(spent + cost[j])
        ]  # fmt: skip
        if not fits:
            break
        best = max(fits, key=lambda j: (gain[j] / cost[j] if cost[j] > 0 else np.inf, gain[j], -j))
        chosen.append(best)
        spent, covered = spent + cost[best], covered + gain[best]
        still_open = still_open * verifier.passes(items.right[:, best])
    return tuple(chosen)


def best_single(problem: CascadeProblem) -> Order:
    """Return the most accurate model that may be asked alone, whatever the expected cost.

    Among equals it is the cheapest. None if no model may be asked alone.
    """
    items, alone = problem.free_items, set(single_models(problem))
    order = np.lexsort((items.cost.sum(axis=0), -items.accuracy))
    return next(((int(k),) for k in order if items.models[k] in alone), ())


def parallel_cost(problem: CascadeProblem, order: Order) -> float:
    """Return the cost of asking all models of a cascade on every item."""
    return float(problem.free_items.cost[:, list(order)].sum())


def seeds(problem: CascadeProblem) -> list[Order]:
    """Return beginnings of the simple orders, for a search to start from."""
    free = replace(problem, max_cost=None, target=None)
    orders = [cheapest_first(free), ratio_greedy(free), ratio_greedy(problem)]
    found = {order[:k]: None for order in orders for k in range(1, len(order) + 1)}
    return [*found, *([best] if (best := best_single(problem)) else [])]


def _begin(problem: CascadeProblem, order: list[int]) -> Order:
    """Return as much of an order as the budget allows, or the target needs."""
    followed: Stages = stages(problem.free_items, order, problem.verifier)
    spent, covered = followed.cost.cumsum(), followed.covered.cumsum()
    if problem.target is not None:
        enough = [k for k, value in enumerate(covered) if _reached(problem, value)]
        return tuple(order[: enough[0] + 1] if enough else order)
    return tuple(j for j, cost in zip(order, spent, strict=True) if problem.within(cost))


def _reached(problem: CascadeProblem, covered: float) -> bool:
    return problem.target is not None and covered >= problem.target - SUM_TOLERANCE * max(
        1.0, covered
    )
