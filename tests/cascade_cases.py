"""Random cascade problems from a seed, and all orders of all sets by enumeration, item by item."""

import numpy as np
import pandas as pd

from chemopt import Constraints
from chemopt.outcomes.outcomes import Outcomes
from chemopt.problem.check import linear_violations
from chemopt.selection.cascade.items import cascade_items
from chemopt.selection.cascade.problem import CascadeProblem
from chemopt.selection.cascade.verifier import Verifier


def random_outcomes(rng, n, most_items=12, latency=False):
    """Draw right and wrong; models may be equal, items may be, and some are right on nothing."""
    items = int(rng.integers(1, most_items + 1))
    scores = (rng.random((items, n)) < rng.random(n)).astype(float)
    if n > 2 and rng.random() < 0.3:
        scores[:, 1] = scores[:, 0]
    if items > 2 and rng.random() < 0.3:
        scores[1:3] = scores[0]
    models = tuple(f"m{k}" for k in range(n))
    seconds = rng.integers(1, 6, scores.shape).astype(float) if latency else None
    return Outcomes(models, pd.RangeIndex(items, name="item"), scores, latency=seconds)


def random_costs(rng, outcomes):
    """Draw costs of items and models, or prices of models: decimal, whole, or 0 for some."""
    shape = outcomes.scores.shape if rng.random() < 0.5 else outcomes.scores.shape[1:]
    kind = rng.choice(["decimal", "whole", "zeros", "random"])
    if kind == "random":
        return rng.random(shape)
    costs = rng.integers(0 if kind == "zeros" else 1, 4, shape).astype(float)
    return costs / 10 if kind == "decimal" else costs


def random_constraints(rng, models):
    """Draw lengths, required and excluded models, sums, groups and pairs, often none."""
    options = {}
    n = len(models)
    pick = lambda k: tuple(str(m) for m in rng.choice(models, min(k, n), replace=False))  # noqa: E731
    if rng.random() < 0.4:
        options["max_size"] = int(rng.integers(1, n + 1))
    if rng.random() < 0.15:
        options["require"] = pick(1)
    if rng.random() < 0.15:
        options["exclude"] = pick(1)
    if rng.random() < 0.25:
        rows = {
            m: {"price": rng.integers(0, 5) / 10, "kind": str(rng.choice(list("xy")))}
            for m in models
        }
        options |= {"attributes": rows, "budgets": [f"price<={rng.integers(1, 9) / 10}"]}
        if rng.random() < 0.5:
            options["groups"] = [f"kind{rng.choice(['<=', '>='])}1"]
    if n > 1 and rng.random() < 0.15:
        options[str(rng.choice(["apart", "together"]))] = [pick(2)]
    if rng.random() < 0.15:
        options["forbid"] = [pick(2)]
    return options


def random_case(seed, sizes=(1, 7), constrained=True, verifier=None, latency=False):
    """Draw outcomes, costs and the problem on them, without a goal."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(sizes[0], sizes[1] + 1))
    outcomes = random_outcomes(rng, n, latency=latency)
    costs = random_costs(rng, outcomes)
    options = random_constraints(rng, outcomes.models) if constrained else {}
    items = cascade_items(outcomes, costs, outcomes.latency)
    return (
        outcomes,
        costs,
        CascadeProblem(items, verifier or Verifier(), constraints=Constraints(**options)),
    )


def all_orders(outcomes, costs, verifier=None):
    """Follow every order of every set, item by item.

    Returns orders as rows of `orders` (−1 after the last), with `cost`, `covered`, `latency`.
    """
    verifier = verifier or Verifier()
    n, items = len(outcomes.models), len(outcomes)
    costs = np.broadcast_to(costs, (items, n))
    seconds = np.zeros((items, n)) if outcomes.latency is None else outcomes.latency
    right = outcomes.scores == 1
    passed = np.where(right, verifier.false_reject, 1 - verifier.false_accept)
    still_open, sums = np.ones((1, items)), np.zeros((1, 3))
    orders = np.zeros((1, 0), dtype=int)
    found = []
    for _ in range(n):
        parts = []
        for j in range(n):
            some = ~(orders == j).any(axis=1)
            more = np.stack(
                [still_open @ costs[:, j],
                 still_open @ right[:, j] * (1 - verifier.false_reject),
                 still_open @ seconds[:, j]], axis=1
            )  # fmt: skip
            last = np.full((some.sum(), 1), j)
            parts.append((np.hstack([orders[some], last]), (sums + more)[some],
                          (still_open * passed[:, j])[some]))  # fmt: skip
        orders, sums, still_open = (np.concatenate([part[k] for part in parts]) for k in range(3))
        found.append((np.pad(orders, ((0, 0), (0, n - orders.shape[1])), constant_values=-1), sums))
    orders, sums = (np.concatenate([part[k] for part in found]) for k in range(2))
    return orders, sums[:, 0], sums[:, 1], sums[:, 2]


def feasible(problem, orders):
    """Say of each order whether its set meets the constraints, by the check of all problems."""
    masks = ((orders >= 0) * (1 << np.maximum(orders, 0))).sum(axis=1)
    names = problem.models
    met = {
        mask: not linear_violations(problem, [m for k, m in enumerate(names) if mask >> k & 1])
        for mask in set(masks.tolist())
    }
    return np.array([met[mask] for mask in masks.tolist()], dtype=bool)


def enumerated_front(cost, covered):
    """Return the undominated pairs of cost and coverage, cheapest first."""
    front = []
    for pair in sorted(zip(-covered, cost, strict=True)):
        if not front or pair[1] < front[-1][0] * (1 - 1e-9):
            front.append((pair[1], -pair[0]))
    return front[::-1]


def same_front(points, front):
    """Say whether points of a solution are an enumerated front."""
    return len(points) == len(front) and np.allclose(
        [(point.cost, point.covered) for point in points], front, rtol=1e-9, atol=1e-9
    )
