"""Double exchanges: points that come close to the limit of the rule on inter.

Where the rule binds, the best points are those whose inter is a hair below the limit, as in a
subset-sum problem: a search that goes downhill passes them by. So two exchanges (a chosen variable
for another, twice) are evaluated together for a sample of exchanges. With δ the change of x, f
changes by Σ h_i δ_i + Σ_{i<j} Q_ij δ_i δ_j, and the part of two disjoint exchanges a → b and a' →
b' is the sum of both and

    Q_aa' − Q_ab' − Q_ba' + Q_bb',

so 300 exchanges give 45 000 points by adding matrices; inter changes in the same way.
"""

from __future__ import annotations

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, Bools, Floats, Places

_SAMPLE = 300


def double_exchange(
    problem: BinaryQuadratic, x: Bools, rng: np.random.Generator
) -> tuple[Bools, float] | None:
    """Return the best point two sampled exchanges away that keeps the rule, and its value.

    Parameters
    ----------
    problem : BinaryQuadratic
        With a rule. Rows are left out of account, but sizes stay as they are.
    x : ndarray of bool
    rng : Generator
    """
    rule = problem.rule
    inside, outside = np.flatnonzero(x), np.flatnonzero(~x)
    if rule is None or len(inside) < 2 or len(outside) < 2:
        return None
    count = min(_SAMPLE, len(inside) * len(outside))
    drawn = rng.choice(len(inside) * len(outside), count, replace=False)
    a, b = inside[drawn // len(outside)], outside[drawn % len(outside)]
    field = problem.linear + problem.quadratic @ x
    value = problem.constant + float((problem.linear + field)[x].sum() / 2)
    pull = rule.lines - 2 * (rule.matrix @ x)
    inter = rule.base + float((rule.lines + pull)[x].sum() / 2)
    values = _both(field, problem.quadratic, a, b) + value
    inters = _both(pull, -2 * rule.matrix, a, b) + inter
    meets = (a[:, None] == a[None, :]) | (b[:, None] == b[None, :])
    values[meets | (inters > rule.limit)] = np.inf
    k, other = divmod(int(values.argmin()), count)
    if not np.isfinite(values[k, other]):
        return None
    found = x.copy()
    found[[a[k], a[other]]] = False
    found[[b[k], b[other]]] = True
    return found, float(values[k, other])


def near(
    problem: BinaryQuadratic, x: Bools, rng: np.random.Generator
) -> tuple[Bools, float] | None:
    """Change some variables of a point at random; return the best double exchange from there."""
    start = x.copy()
    # up to three in and three out: the same size, or one near it
    for side in (x, ~x):
        places = rng.permutation(np.flatnonzero(side))
        start[places[: int(rng.integers(4))]] ^= True
    return double_exchange(problem, start, rng)


def _both(field: Floats, matrix: Floats, a: Places, b: Places) -> Floats:
    """Return by how much each pair of exchanges changes a quadratic function."""
    single = field[b] - field[a] - matrix[a, b]
    # columns first, so that each entry is looked up in small matrices
    rows = matrix[a] - matrix[b]
    cross = rows[:, a] - rows[:, b]
    found: Floats = single[:, None] + single[None, :] + cross
    return found
