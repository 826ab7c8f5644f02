"""Synthetic histories and pools, from a seed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from chemopt.histories import GROUND_TRUTH_WEIGHT
from chemopt.problem import SelectionProblem
from chemopt.table import ChemistryTable
from chemopt.validate import choice, number, whole

# A table of this many models has 200 MB.
LARGEST_POOL = 5000
POOL_KINDS = ("chemistry-like", "uniform")
_TASKS = (
    "extract the invoice total", "translate a product review", "answer a physics question",
    "repair a short program", "summarise a meeting", "label the tone of a message",
    "solve a word problem", "write a database query",
)  # fmt: skip


def generate_history(
    models: int = 8,
    trials: int = 60,
    heterogeneity: float = 0.5,
    *,
    tasks: int = 1,
    seed: int = 0,
) -> pd.DataFrame:
    """Simulate a performance history.

    Each trial asks one item, of random difficulty, of three to six models. Model m answers
    correctly with probability 1/(1 + exp(−(1.5 + s_m − difficulty))), where its skill s_m is normal
    with standard deviation 2 · heterogeneity, and difficulty is standard normal. Reviewers see
    the answer's worth with noise: quality is near 8 for correct answers, near 4 for wrong ones.

    Parameters
    ----------
    models : int
        Number of models, at least 1.
    trials : int
        Number of trials for each task, at least 1.
    heterogeneity : float
        How much skills differ, in [0, 100]; 0 makes all models alike, 1 very different.
    tasks : int
        Number of tasks, 1 to 8.
    seed : int

    Returns
    -------
    DataFrame
        With the columns of a history; `load_histories` takes it.

    Raises
    ------
    InputError
        A number is out of range.

    Examples
    --------
    >>> history = generate_history(models=5, trials=20, seed=1)
    >>> history["model"].nunique()
    5
    """
    whole("models", models, 1, LARGEST_POOL)
    whole("trials", trials, 1)
    whole("tasks", tasks, 1, len(_TASKS))
    whole("seed", seed, 0)
    number("heterogeneity", heterogeneity, 0, 100)
    rng = np.random.default_rng(seed)
    names = _names(models)
    pace = rng.uniform(2.0, 30.0, models)
    g = GROUND_TRUTH_WEIGHT[True]
    rows = []
    for task in _TASKS[:tasks]:
        skill = 2 * heterogeneity * rng.standard_normal(models)
        for trial in range(1, trials + 1):
            difficulty = rng.standard_normal()
            asked = rng.permutation(models)[: rng.integers(min(3, models), min(6, models) + 1)]
            for m in sorted(asked):
                correct = float(rng.random() < 1 / (1 + math.exp(difficulty - 1.5 - skill[m])))
                variance = float(rng.gamma(2.0, 0.5))
                quality = float(np.clip(rng.normal(4 + 4 * correct, math.sqrt(variance)), 0, 10))
                review = math.exp(-variance / 4)
                rows.append(
                    {
                        "trial": f"{task.split()[0]} {trial}",
                        "model": names[m],
                        "task": task,
                        "latency": round(float(pace[m] * rng.lognormal(0, 0.3)), 2),
                        "quality": round(quality, 4),
                        "generation_accuracy": correct,
                        "variance": round(variance, 4),
                        "review_accuracy": round(review, 4),
                        "accuracy": round(g * correct + (1 - g) * review, 4),
                        "strategy": "RANDOM",
                    }
                )
    return pd.DataFrame(rows)


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
    return ChemistryTable(_names(models), matrix, {"method": f"random, {kind}", "seed": seed})


def generate_problem(
    models: int, seed: int = 0, kind: str = "chemistry-like", *, subsets: int = 10
) -> SelectionProblem:
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
    return SelectionProblem(
        table,
        subsets=tuple(dict.fromkeys(drawn)),
        name=f"random {kind} pool of {models} models, seed {seed}",
        source=f"chemopt.generate.generate_problem({models}, seed={seed}, kind={kind!r})",
    )


def _names(models: int) -> tuple[str, ...]:
    return tuple(f"model-{k:0{len(str(models))}}" for k in range(1, models + 1))
