"""Random quadratic problems with constraints, and their optima by exact enumeration."""

from __future__ import annotations

import math

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, InterConstraint

KINDS = ("normal", "integer", "tiny", "huge", "symmetric", "zeros", "ones", "one pair", "twins",
         "nearly equal")  # fmt: skip


def random_problem(seed: int, most: int = 10) -> BinaryQuadratic:
    """Draw a problem of one of the kinds, some with linear constraints and an inter constraint."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, most + 1))
    kind = KINDS[int(rng.integers(len(KINDS)))]
    linear, quadratic = rng.standard_normal(n) * 2, rng.standard_normal((n, n))
    if kind == "integer":
        linear, quadratic = np.round(linear), np.round(2 * quadratic)
    elif kind == "tiny":
        linear, quadratic = linear * 1e-11, quadratic * 1e-11
    elif kind == "huge":
        linear, quadratic = linear * 1e6, quadratic * 1e6
    elif kind == "zeros":
        linear, quadratic = 0 * linear, 0 * quadratic
    elif kind == "ones":
        linear, quadratic = np.full(n, -(n - 1) / 2), np.ones((n, n))
    elif kind == "nearly equal":
        linear = -(n - 1) / 2 + 1e-3 * linear
        quadratic = 1 + 1e-3 * quadratic
    elif kind == "one pair":
        quadratic = np.where(np.arange(n)[:, None] + np.arange(n) == 1, quadratic, 0.0)
    elif kind == "twins":
        quadratic[:, n // 2 :] = quadratic[:, : n - n // 2]
    quadratic = np.triu(quadratic, k=1)
    quadratic = quadratic + quadratic.T
    if kind == "symmetric":
        linear = -quadratic.sum(axis=1) / 2
    weights, low, high = [], [], []
    for _ in range(int(rng.integers(0, 3))):
        form = rng.integers(3)
        row = (np.ones(n), rng.integers(-3, 4, n).astype(float), rng.random(n))[form]
        at = float(row[rng.random(n) < 0.5].sum())
        ends = ((-math.inf, at), (at, at), (at, math.inf), (at - 1, at + 0.5))
        below, above = ends[int(rng.integers(4))]
        weights.append(row)
        low.append(below - 1e-9)
        high.append(above + (1e-9 if form == 2 else 0.0))
        if below == above and form < 2:
            low[-1] = below
    inter = None
    if rng.random() < 0.3:
        table = np.triu(rng.random((n, n)), k=1)
        table = table + table.T
        inter = InterConstraint.of(table, float(table.sum() / 2 * rng.random() * 0.7))
    return BinaryQuadratic(
        linear,
        quadratic,
        float(rng.standard_normal()),
        np.array(weights).reshape(len(weights), n),
        np.array(low),
        np.array(high),
        inter,
    )


def least_value(problem: BinaryQuadratic) -> float:
    """Return the least value over all feasible points; inf without one."""
    least = math.inf
    for mask in range(1 << problem.n):
        x = np.array([bool(mask >> i & 1) for i in range(problem.n)])
        if problem.is_feasible(x):
            least = min(least, problem.value(x))
    return least


def all_signs(n: int) -> np.ndarray:
    """Return all s ∈ {−1, 1}ᴺ with s_0 = 1, N = n + 1, one a row."""
    masks = np.arange(1 << n)[:, None] >> np.arange(n) & 1
    return np.hstack([np.ones((1 << n, 1)), 2.0 * masks - 1])
