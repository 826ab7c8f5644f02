"""Small random problems of all kinds: tables, weights, conventions and side constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from benchmarks.agreement.conditions import Conditions, draw_conditions
from chemopt.chemistry.table import ChemistryTable
from chemopt.numerics import Floats
from chemopt.problem.problem import M_INTER_CONVENTIONS, ChemistryProblem
from chemopt.profiles.profiles import Profiles

TableKind = Literal[
    "uniform", "sparse", "0/1", "integer", "constant", "zeros", "twins", "signed", "mixed", "tiny",
    "huge", "decimal", "useless",
]  # fmt: skip
TABLE_KINDS: tuple[TableKind, ...] = (
    "uniform", "sparse", "0/1", "integer", "constant", "zeros", "twins", "signed", "mixed", "tiny",
    "huge", "decimal", "useless",
)  # fmt: skip
# What a table may hold at most.
_LARGEST = 1e15


@dataclass(frozen=True)
class RandomProblem:
    """A problem, and the same constraints as plain data for whoever checks it independently.

    Attributes
    ----------
    problem : ChemistryProblem
    kind : TableKind
        What its table is like.
    conditions : Conditions
        All constraints but the inter constraint.
    """

    problem: ChemistryProblem
    kind: TableKind
    conditions: Conditions


def random_problem(seed: int, number: int, most: int = 10) -> RandomProblem:
    """Draw a problem.

    In half of the tables one or two entries are 10³ to 10¹⁵ times what they were.

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
    typical = float(np.median(matrix[matrix > 0])) if (matrix > 0).any() else 1.0
    if rng.random() < 0.5:
        _put_out_of_scale(rng, matrix)
    names = tuple(f"m{i}" for i in rng.permutation(n))
    signed = kind == "signed"
    table = ChemistryTable(names, matrix, entries="signed" if signed else "general")
    conditions = draw_conditions(rng, number, names, default_low=2)
    conventions = ["total", "cut"] if signed else list(M_INTER_CONVENTIONS)
    largest = float(np.abs(matrix).max(initial=0.0)) or 1.0
    profiles = None
    if rng.random() < 0.3:
        known = {"model": names, "quality": 5.0, "accuracy": np.ceil(rng.random(n) * 20) / 20}
        profiles = Profiles.from_frame(pd.DataFrame(known))
    beta = rng.choice([0.0, 0.1 * typical, typical, typical * rng.random(), 0.5, 1e3, 2 * largest])
    problem = ChemistryProblem(
        table,
        alpha=float(rng.choice([0, 0.1, 0.2, 1 / 3, 0.5, 0.8, 1, rng.random()])),
        beta=min(float(beta), 1e9),
        m_inter=str(rng.choice(conventions)),  # type: ignore[arg-type]
        profiles=profiles,
        **conditions.options(),
    )
    return RandomProblem(problem, kind, conditions)


def _matrix(rng: np.random.Generator, n: int, kind: TableKind) -> Floats:
    entries = rng.random((n, n))
    if kind == "sparse":
        entries *= rng.random((n, n)) < 0.2
    elif kind == "0/1":
        entries = np.round(entries)
    elif kind == "integer":
        entries = np.floor(9 * entries)
    elif kind == "decimal":
        entries = np.round(entries, 1)
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
    elif kind == "useless":
        entries[0] = 0
    upper = np.triu(entries, k=1)
    return np.asarray(upper + upper.T)


def _put_out_of_scale(rng: np.random.Generator, matrix: Floats) -> None:
    """Multiply one or two entries by a large number, in place."""
    n = len(matrix)
    if n < 2:
        return
    for _ in range(int(rng.integers(1, 3))):
        i, j = rng.choice(n, 2, replace=False)
        factor = 10.0 ** rng.integers(3, 16)
        value = float(np.clip((matrix[i, j] or 0.5) * factor, -_LARGEST, _LARGEST))
        matrix[i, j] = matrix[j, i] = value
