"""Synthetic histories, from a seed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from chemopt.history.histories import GROUND_TRUTH_WEIGHT
from chemopt.validation import number, whole

# The table of 5,000 models takes 200 MB.
LARGEST_POOL = 5000
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
    with standard deviation 2 · heterogeneity, and difficulty is standard normal. Reviewers observe
    the answer's worth with noise: quality is near 8 for correct answers, near 4 for wrong ones.

    Parameters
    ----------
    models : int
        Number of models, at least 1.
    trials : int
        Number of trials for each task, at least 1.
    heterogeneity : float
        How much skills differ, from 0, all models alike, to 1, very different.
    tasks : int
        Number of tasks, 1 to 8.
    seed : int

    Returns
    -------
    DataFrame
        With the columns of a history; `load_history` takes it.

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
    number("heterogeneity", heterogeneity, 0, 1)
    rng = np.random.default_rng(seed)
    names = model_names(models)
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


def model_names(models: int) -> tuple[str, ...]:
    """Return the names of that many invented models."""
    return tuple(f"model-{k:0{len(str(models))}}" for k in range(1, models + 1))
