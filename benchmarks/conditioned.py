"""Random selection problems under the conditions of real life, each made from its number.

A problem's number decides everything about it. Four numbers in a row have the four kinds of
conditions, and 32 in a row every kind of table under each of them; all else is drawn.

Conditions
    ``free``; ``size``, a fixed |X|; ``sides``, a budget, a limit per provider, or both; ``inter``,
    the inter constraint of the default convention.
Tables
    ``chemistry-like`` and ``uniform`` (`chemopt.problem.generate`); ``sparse``, 5 to 30 % of the
    pairs; ``signed``, uniform in [−1, 1] (never with ``inter``, which would have no meaning: then
    half of the entries are 0 instead); ``integer``, 0 to 10; ``0/1``; ``wide``, entries over six
    orders of magnitude; ``constant``, all entries within 0.1 % of 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chemopt.chemistry.table import ChemistryTable
from chemopt.history.generate import model_names
from chemopt.numerics import Floats
from chemopt.problem.generate import generate_table
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import whole

CONDITIONS = ("free", "size", "sides", "inter")
TABLES = (
    "chemistry-like", "uniform", "sparse", "signed", "integer", "0/1", "wide", "constant",
)  # fmt: skip
_FEWEST, _MOST = 24, 70
_ALPHAS = (0.0, 0.2, 0.5, 0.8, 1.0)
_PROVIDERS = 5


def kind_of(number: int) -> tuple[str, str]:
    """Return the condition and the kind of table of a problem.

    Examples
    --------
    >>> kind_of(0), kind_of(9)
    (('free', 'chemistry-like'), ('size', 'sparse'))
    """
    return CONDITIONS[number % 4], TABLES[number // 4 % 8]


def conditioned_problem(number: int) -> ChemistryProblem:
    """Make a problem of 24 to 70 models.

    Examples
    --------
    >>> conditioned_problem(9)
    ChemistryProblem('9: size, sparse', 29 models, alpha=1, beta=0, m_inter='total', size=4)
    """
    whole("number", number, 0)
    condition, kind = kind_of(number)
    rng = np.random.default_rng([number, 300])
    n = int(rng.integers(_FEWEST, _MOST + 1))
    alpha = float(rng.choice(_ALPHAS) if rng.random() < 0.7 else round(rng.random(), 3))
    matrix = _table(n, kind, condition, rng)
    # from none up to what outweighs half of a typical model's chemistry
    degree = float(np.abs(matrix).sum()) / n
    beta = float(f"{rng.choice([0.0, 0.05, 0.5]) * rng.random() * degree:.3g}")
    names = model_names(n)
    conditions: dict[str, Any] = {}
    if condition == "size":
        conditions["size"] = int(rng.integers(3, n // 2 + 1))
    if condition == "sides":
        conditions = _sides(names, rng)
    return ChemistryProblem(
        ChemistryTable(names, matrix, entries="signed" if matrix.min() < 0 else "general"),
        alpha=alpha,
        beta=beta,
        m_inter="published" if condition == "inter" else "total",
        name=f"{number}: {condition}, {kind}",
        source=f"benchmarks.conditioned.conditioned_problem({number})",
        **conditions,
    )


def _table(n: int, kind: str, condition: str, rng: np.random.Generator) -> Floats:
    i, j = np.triu_indices(n, k=1)
    pairs = len(i)
    if kind in ("chemistry-like", "uniform"):
        return generate_table(n, int(rng.integers(2**31)), kind).matrix
    if kind == "sparse":
        entries = rng.random(pairs) * (rng.random(pairs) < rng.uniform(0.05, 0.3))
    elif kind == "signed":
        entries = rng.uniform(-1, 1, pairs)
        if condition == "inter":
            entries = np.maximum(entries, 0.0)
    elif kind == "integer":
        entries = rng.integers(0, 11, pairs).astype(float)
    elif kind == "0/1":
        entries = (rng.random(pairs) < rng.uniform(0.2, 0.8)).astype(float)
    elif kind == "wide":
        entries = 10 ** rng.uniform(-6, 0, pairs)
    else:
        entries = 1 - 0.001 * rng.random(pairs)
    matrix = np.zeros((n, n))
    matrix[i, j] = matrix[j, i] = np.round(entries, 9)
    return matrix


def _sides(names: tuple[str, ...], rng: np.random.Generator) -> dict[str, Any]:
    """Draw a budget, limits per provider, or both, with the attributes that they speak of."""
    prices = np.round(rng.lognormal(0.0, 1.0, len(names)), 2)
    attributes = {
        name: {"price": float(price), "provider": f"p{rng.integers(_PROVIDERS)}"}
        for name, price in zip(names, prices, strict=True)
    }
    sides: dict[str, Any] = {"attributes": attributes}
    which = int(rng.integers(3))
    if which != 1:
        sides["budgets"] = (f"price<={rng.uniform(0.1, 0.6) * prices.sum():.2f}",)
    if which != 0:
        sides["groups"] = (f"provider<={rng.integers(1, 6)}",)
    return sides
