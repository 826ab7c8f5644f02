"""The optimum of a small problem by enumeration in exact rationals.

It goes by the definitions and shares no code with the methods: every float is a rational number
with a power of two below, so all sums are exact integers over one denominator. Subsets come in the
order of a Gray code, so that each differs from the one before by one model.

Conditions on floats (budgets and the inter constraint) are met up to rounding by the methods. So
there are two optima: over the ensembles that meet them exactly, and over those that meet them
within a relative 1e-9. A method's answer must lie between.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from chemopt.benchmarks.agreement.random_problems import RandomProblem
from chemopt.numerics import Floats

_SLACK = Fraction(1, 10**9)


@dataclass(frozen=True)
class Optimum:
    """What enumeration says.

    Attributes
    ----------
    strict, loose : Fraction or None
        The least loss of the ensembles that meet all conditions exactly, and of those that meet
        them within rounding; None if there are none.
    """

    strict: Fraction | None
    loose: Fraction | None


def enumerate_optimum(drawn: RandomProblem, m_inter: float) -> Optimum:
    """Compare all ensembles.

    Parameters
    ----------
    drawn : RandomProblem
    m_inter : float
        The value of M_inter under the problem's convention.

    Examples
    --------
    >>> from chemopt.benchmarks.agreement.random_problems import random_problem
    >>> drawn = random_problem(0, 8, most=5)
    >>> optimum = enumerate_optimum(drawn, m_inter=0.0)
    >>> optimum.strict is None or optimum.loose <= optimum.strict
    True
    """
    problem = drawn.problem
    alpha, beta = Fraction(problem.alpha), Fraction(problem.beta)
    total = _total(problem.matrix)
    limit = Fraction(m_inter)
    limited = problem.m_inter == "reference"
    strict: Fraction | None = None
    loose: Fraction | None = None
    for chosen, inter, intra in _ensembles(problem.matrix):
        names = [problem.models[i] for i in chosen]
        price = sum((Fraction(drawn.prices[name]) for name in names), Fraction(0))
        within = nearly = True
        if drawn.budget < math.inf:
            budget = Fraction(drawn.budget)
            within, nearly = price <= budget, price <= budget * (1 + _SLACK)
        if limited:
            within = within and inter <= limit
            nearly = nearly and inter <= limit + _SLACK * max(limit, inter)
        if not nearly or not _meets_exact_conditions(drawn, set(names)):
            continue
        loss = alpha * (limit - inter) + (1 - alpha) * (total - intra) + beta * len(chosen)
        loose = loss if loose is None else min(loose, loss)
        if within:
            strict = loss if strict is None else min(strict, loss)
    return Optimum(strict, loose)


def maximum_cut(matrix: Floats) -> Fraction:
    """Return the largest inter of all ensembles."""
    return max(inter for _, inter, _ in _ensembles(matrix))


def _total(matrix: Floats) -> Fraction:
    rows = _fractions(matrix)
    return sum((sum(row[:i], Fraction(0)) for i, row in enumerate(rows)), Fraction(0))


def _fractions(matrix: Floats) -> list[list[Fraction]]:
    return [[Fraction(float(entry)) for entry in row] for row in matrix]


def _ensembles(matrix: Floats) -> Iterator[tuple[list[int], Fraction, Fraction]]:
    """Yield every ensemble with its inter and intra."""
    rows = _fractions(matrix)
    n = len(rows)
    scale = max((entry.denominator for row in rows for entry in row), default=1)
    whole = [[int(entry * scale) for entry in row] for row in rows]
    chosen = [False] * n
    inter = intra = 0
    yield [], Fraction(0), Fraction(0)
    for code in range(1, 1 << n):
        i = (code & -code).bit_length() - 1  # what changes in the Gray code
        inside = sum(whole[i][j] for j in range(n) if chosen[j] and j != i)
        outside = sum(whole[i]) - inside
        sign = -1 if chosen[i] else 1
        intra += sign * inside
        inter += sign * (outside - inside)
        chosen[i] = not chosen[i]
        members = [j for j in range(n) if chosen[j]]
        yield members, Fraction(inter, scale), Fraction(intra, scale)


def _meets_exact_conditions(drawn: RandomProblem, names: set[str]) -> bool:
    """Return whether an ensemble meets the conditions that count models."""
    problem = drawn.problem
    n = len(problem.models)
    low = problem.min_size
    if low is None:  # two, or what is left by other options
        most = min(size for size in (n, problem.max_size, problem.size) if size is not None)
        low = min(2, most, max(1, n - len(problem.exclude)))
    sizes = [
        len(names) >= low,
        problem.max_size is None or len(names) <= problem.max_size,
        problem.size is None or len(names) == problem.size,
    ]
    counts = [sum(drawn.providers[m] == p for m in names) for p in set(drawn.providers.values())]
    return (
        all(sizes)
        and names.issuperset(problem.require)
        and names.isdisjoint(problem.exclude)
        and all(count <= drawn.most_of_a_provider for count in counts)
        and not any(names.issuperset(pair) for pair in problem.apart)
        and all(len(names.intersection(pair)) != 1 for pair in problem.together)
        and all(names != set(ensemble) for ensemble in problem.forbid)
    )
