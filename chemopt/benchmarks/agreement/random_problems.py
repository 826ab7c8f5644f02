"""Small random problems of all kinds: tables, weights, conventions and side constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from chemopt.chemistry.table import ChemistryTable
from chemopt.numerics import Floats
from chemopt.problem.problem import M_INTER_CONVENTIONS, SelectionProblem

TableKind = Literal[
    "uniform", "sparse", "0/1", "integer", "constant", "zeros", "twins", "signed", "mixed", "tiny",
    "huge",
]  # fmt: skip
TABLE_KINDS: tuple[TableKind, ...] = (
    "uniform", "sparse", "0/1", "integer", "constant", "zeros", "twins", "signed", "mixed", "tiny",
    "huge",
)  # fmt: skip


@dataclass(frozen=True)
class RandomProblem:
    """A problem, and the same constraints as plain data for whoever checks it independently.

    Attributes
    ----------
    problem : SelectionProblem
    kind : TableKind
        What its table is like.
    prices : mapping of str to float
    budget : float
        Largest sum of the prices; infinite without a budget.
    providers : mapping of str to str
    most_of_a_provider : int
    """

    problem: SelectionProblem
    kind: TableKind
    prices: dict[str, float]
    budget: float
    providers: dict[str, str]
    most_of_a_provider: int


def random_problem(seed: int, number: int, most: int = 10) -> RandomProblem:
    """Draw a problem.

    Parameters
    ----------
    seed, number : int
        The same two give the same problem.
    most : int
        Largest number of models.

    Examples
    --------
    >>> drawn = random_problem(0, 3, most=6)
    >>> len(drawn.problem.models) <= 6 and drawn.kind in TABLE_KINDS
    True
    """
    rng = np.random.default_rng([seed, number])
    n = int(rng.integers(1, most + 1))
    kind = TABLE_KINDS[int(rng.integers(len(TABLE_KINDS)))]
    matrix = _matrix(rng, n, kind)
    names = tuple(f"m{i}" for i in rng.permutation(n))
    table = ChemistryTable(names, matrix, entries="signed" if kind == "signed" else "general")
    prices = {name: float(rng.integers(0, 40)) / 8 for name in names}
    if rng.random() < 0.2:
        prices = {name: float(10.0 ** rng.uniform(-3, 5)) for name in names}
    providers = {name: str(rng.choice(["acme", "bell", "core"])) for name in names}
    budget, most_of = np.inf, n
    options: dict[str, Any] = {
        "attributes": {m: {"price": prices[m], "provider": providers[m]} for m in names}
    }
    if rng.random() < 0.3:
        budget = float(sum(prices[m] for m in names if rng.random() < 0.5))
        options["budgets"] = [f"price<={budget!r}"]
    if rng.random() < 0.25:
        most_of = int(rng.integers(1, 3))
        options["groups"] = [f"provider<={most_of}"]
    options |= _sizes(rng, n) | _membership(rng, names)
    signed = kind == "signed"
    convention = str(rng.choice(["total", "cut"] if signed else list(M_INTER_CONVENTIONS)))
    scale = float(np.abs(matrix).max(initial=0.0)) or 1.0
    beta = float(rng.choice([0.0, 0.1 * scale, scale * rng.random(), 2 * scale, 0.5, 1e3]))
    problem = SelectionProblem(
        table,
        alpha=float(rng.choice([0, 0.2, 1 / 3, 0.5, 0.8, 1, rng.random()])),
        beta=min(beta, 1e9),
        m_inter=convention,  # type: ignore[arg-type]
        **options,
    )
    return RandomProblem(problem, kind, prices, budget, providers, most_of)


def _matrix(rng: np.random.Generator, n: int, kind: TableKind) -> Floats:
    entries = rng.random((n, n))
    if kind == "sparse":
        entries *= rng.random((n, n)) < 0.2
    elif kind == "0/1":
        entries = np.round(entries)
    elif kind == "integer":
        entries = np.floor(9 * entries)
    elif kind == "constant":
        entries = np.full((n, n), 0.25)
    elif kind == "zeros":
        entries *= 0
    elif kind == "twins":
        entries[:, n // 2 :] = entries[:, : n - n // 2]
    elif kind == "signed":
        entries = 2 * entries - 1
    elif kind == "mixed":
        entries *= 10.0 ** rng.uniform(-12, 12, (n, n))
    elif kind == "tiny":
        entries *= 1e-12
    elif kind == "huge":
        entries *= 1e12
    upper = np.triu(entries, k=1)
    return np.asarray(upper + upper.T)


def _sizes(rng: np.random.Generator, n: int) -> dict[str, Any]:
    chance = rng.random()
    if chance < 0.2:
        return {"size": int(rng.integers(0, n + 1))}
    if chance < 0.4:
        return {"max_size": int(rng.integers(0, n + 1))}
    if chance < 0.6:
        return {"min_size": int(rng.integers(0, n + 1))}
    return {}


def _membership(rng: np.random.Generator, names: tuple[str, ...]) -> dict[str, Any]:
    """Draw required and excluded models, pairs, and no-good cuts."""
    options: dict[str, Any] = {}
    for option, chance in (("require", 0.15), ("exclude", 0.15)):
        if rng.random() < chance:
            options[option] = [str(rng.choice(names))]
    for option, chance in (("apart", 0.15), ("together", 0.15)):
        if len(names) > 1 and rng.random() < chance:
            options[option] = [tuple(map(str, rng.choice(names, 2, replace=False)))]
    if rng.random() < 0.2:
        options["forbid"] = [
            [name for name in names if rng.random() < 0.5] for _ in range(int(rng.integers(1, 4)))
        ]
    return options
