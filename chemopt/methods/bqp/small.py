"""Small problems by enumeration: all 2ⁿ values by matrix products, rows included."""

from __future__ import annotations

import math

import numpy as np

from chemopt.methods.bqp.quadratic import BinaryQuadratic, Bools
from chemopt.methods.bqp.subsets import members, subset_values


def best_points(problem: BinaryQuadratic, most: int) -> tuple[list[Bools], float]:
    """Return the points that can be best, least value first, and a lower bound of f on all others.

    Sums have errors, so a point outside of a row by less than those counts as inside here, and
    the caller checks. At most `most` points are returned; the bound is that of the points left out,
    −inf never: if all are returned it is inf.

    Parameters
    ----------
    problem : BinaryQuadratic
        With few variables (20: a million points).
    most : int
    """
    n = problem.n
    slack = 1e-9
    kept: list[tuple[float, int]] = []
    rest = math.inf
    streams = [subset_values(problem.linear, problem.quadratic)]
    zero = np.zeros((n, n))
    streams += [subset_values(row, zero) for row in problem.weights]
    if problem.rule is not None:
        streams.append(subset_values(problem.rule.lines, -2 * problem.rule.matrix))
    for chunks in zip(*streams, strict=True):
        first, values = chunks[0]
        for (_, activity), row, low, high in zip(
            chunks[1:], problem.weights, problem.low, problem.high, strict=False
        ):
            error = slack * (1.0 + float(np.abs(row).sum()))
            values[(activity < low - error) | (activity > high + error)] = np.inf
        if problem.rule is not None:
            error = slack * (1.0 + float(np.abs(problem.rule.lines).sum()))
            values[chunks[-1][1] + problem.rule.base > problem.rule.limit + error] = np.inf
        near = (
            np.argpartition(values, most)[: most + 1]
            if len(values) > most
            else np.arange(len(values))
        )
        kept += [(float(values[k]), first + int(k)) for k in near if values[k] < np.inf]
        kept.sort()
        if len(kept) > most:
            rest = min(rest, kept[most][0])
            kept = kept[:most]
    points = []
    for _, mask in kept:
        x = np.zeros(n, dtype=bool)
        x[members(mask, n)] = True
        points.append(x)
    return points, rest + problem.constant - problem.rounding
