"""Budgets that are just met or just missed, next to prices of every size, judged by decimals."""

import math
from decimal import Decimal, localcontext

import numpy as np

from chemopt import ChemistryTable

#: The case of four models at 0.9, 0.9, 0.1 and a thousand million, with 1 to spend.
PRICES = {"ada": 0.9, "bea": 0.9, "cleo": 0.1, "dear": 1e9}
ATTRIBUTES = {name: {"price": price} for name, price in PRICES.items()}
TABLE = ChemistryTable(
    tuple(PRICES), [[0, 0.9, 0.1, 0.8], [0.9, 0, 0.2, 0.7], [0.1, 0.2, 0, 0.3], [0.8, 0.7, 0.3, 0]]
)

_SIZES = [3, 6, 9, 12, 15, 20, 300]


def within(prices, limit) -> bool:
    """Add up prices as they are written, without rounding."""
    with localcontext() as context:
        context.prec = 2000
        return sum((Decimal(repr(one)) for one in prices), Decimal(0)) <= Decimal(repr(limit))


def drawn_budget(rng: np.random.Generator, n: int) -> tuple[list[float], float]:
    """Draw prices, up to two of them out of scale, and a limit near what some subset costs."""
    digits = int(rng.integers(0, 4))
    prices = [round(float(x), digits) for x in rng.uniform(0, 3, n)]
    for _ in range(int(rng.integers(0, 3))):
        scale = int(rng.choice(_SIZES)) * int(rng.choice([1, 1, 1, -1]))
        prices[int(rng.integers(n))] = float(f"{rng.integers(1, 999)}e{scale}")
    if rng.random() < 0.15:
        k = int(rng.integers(n))
        prices[k] = -prices[k]
    some = rng.choice(n, size=int(rng.integers(1, n + 1)), replace=False)
    limit = float(sum(Decimal(repr(prices[k])) for k in some))
    if rng.random() < 0.3:
        limit += float(rng.choice([-1, 1])) * 10.0 ** -int(rng.integers(1, 12))
    return prices, limit if math.isfinite(limit) else 1e308
