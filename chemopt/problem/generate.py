"""Random chemistry tables and selection problems, from a seed."""

from __future__ import annotations

import numpy as np

from chemopt.chemistry.table import ChemistryTable
from chemopt.history.generate import LARGEST_POOL, model_names
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import choice, whole

POOL_KINDS = ("chemistry-like", "uniform")


def generate_table(models: int, seed: int = 0, kind: str = "chemistry-like") -> ChemistryTable:
    """Draw a random chemistry table.

    Parameters
    ----------
    models : int
        At least 1.
    seed : int
    kind : {"chemistry-like", "uniform"}
        ``"chemistry-like"``: 60 % of the entries within 0.001 of 1, the rest uniform in [0.3, 1],
        as published tables look; ``"uniform"``: uniform in [0, 1], which is harder.

    Examples
    --------
    >>> len(generate_table(20, seed=1))
    20
    """
    whole("models", models, 1, LARGEST_POOL)
    whole("seed", seed, 0)
    choice("kind", kind, POOL_KINDS)
    rng = np.random.default_rng(seed)
    i, j = np.triu_indices(models, k=1)
    if kind == "uniform":
        entries = rng.random(len(i))
    else:
        near_one = rng.random(len(i)) < 0.6
        entries = np.where(near_one, 1 - 0.001 * rng.random(len(i)), rng.uniform(0.3, 1, len(i)))
    matrix = np.zeros((models, models))
    matrix[i, j] = matrix[j, i] = np.round(entries, 6)
    return ChemistryTable(model_names(models), matrix, {"method": f"random, {kind}", "seed": seed})


def generate_problem(
    models: int, seed: int = 0, kind: str = "chemistry-like", *, subsets: int = 10
) -> ChemistryProblem:
    """Draw a random selection problem: a table and historical subsets of two to five models.

    Parameters
    ----------
    models, seed, kind
        As for `generate_table`; at least 2 models.
    subsets : int
        Number of historical subsets drawn; equal ones count once.
    """
    whole("models", models, 2, LARGEST_POOL)
    table = generate_table(models, seed, kind)
    rng = np.random.default_rng([seed, 1])
    drawn = []
    for _ in range(subsets):
        size = rng.integers(2, min(5, models) + 1)
        drawn.append(tuple(table.models[k] for k in sorted(rng.permutation(models)[:size])))
    return ChemistryProblem(
        table,
        subsets=tuple(dict.fromkeys(drawn)),
        name=f"random {kind} pool of {models} models, seed {seed}",
        source=f"chemopt.problem.generate.generate_problem({models}, seed={seed}, kind={kind!r})",
    )
