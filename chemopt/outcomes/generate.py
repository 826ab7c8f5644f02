"""Synthetic outcomes, from a seed: ability, difficulty and noise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chemopt.history.generate import LARGEST_POOL, model_names
from chemopt.numerics import Floats
from chemopt.validation import number, whole

_MOST_ITEMS = 10_000_000


def generate_scores(
    models: int, items: int, seed: int = 0, *, ability: float = 0.5, difficulty: float = 1.0
) -> Floats:
    """Draw which model gets which item right.

    Model i is right on item p if a_i − d_p + e_pi > 0, with a normal ability a_i, a normal
    difficulty d_p and standard normal noise e_pi: a probit model with one factor. The smaller both
    deviations are, the harder it is to prove a maximum coverage.

    Parameters
    ----------
    models, items : int
        At least 1.
    seed : int
    ability, difficulty : float
        Standard deviations.

    Returns
    -------
    ndarray of shape (items, models)
        1 for right, 0 for wrong.

    Raises
    ------
    InputError
        A number is out of range.

    Examples
    --------
    >>> generate_scores(3, 4).shape
    (4, 3)
    """
    whole("models", models, 1, LARGEST_POOL)
    whole("items", items, 1, _MOST_ITEMS)
    whole("seed", seed, 0)
    number("ability", ability, 0)
    number("difficulty", difficulty, 0)
    rng = np.random.default_rng(seed)
    abilities = rng.normal(0, ability, models)
    difficulties = rng.normal(0, difficulty, items)
    noise = rng.normal(size=(items, models))
    return (abilities - difficulties[:, None] + noise > 0).astype(float)


def generate_outcomes(
    models: int = 8, items: int = 200, seed: int = 0, *, tasks: int = 1, cost: bool = False
) -> pd.DataFrame:
    """Simulate outcomes in long form, a row for each item and model.

    Parameters
    ----------
    models, items : int
        At least 1; `items` is their number in each task.
    seed : int
    tasks : int
        Number of tasks, at least 1. With several, there is a column `task`.
    cost : bool
        Add a column `cost`: a log-normal price of the model times a log-normal length of the
        answer.

    Returns
    -------
    DataFrame
        Columns `model`, `task` (with several tasks), `item`, `correct`, and `cost` if wanted.

    Raises
    ------
    InputError
        A number is out of range.

    Examples
    --------
    >>> generate_outcomes(2, 2)
         model    item  correct
    0  model-1  item-1        0
    1  model-2  item-1        0
    2  model-1  item-2        1
    3  model-2  item-2        1
    """
    whole("tasks", tasks, 1, 1000)
    scores = np.vstack([generate_scores(models, items, seed + task) for task in range(tasks)])
    names = model_names(models)
    width = len(str(items))
    labels = [f"item-{k:0{width}}" for k in range(1, items + 1)] * tasks
    frame = pd.DataFrame(
        {
            "model": np.tile(names, len(scores)),
            "item": np.repeat(labels, models),
            "correct": scores.ravel().astype(int),
        }
    )
    if tasks > 1:
        frame.insert(
            1, "task", np.repeat([f"task-{k}" for k in range(1, tasks + 1)], items * models)
        )
    if cost:
        rng = np.random.default_rng(seed)
        price = rng.lognormal(-6, 1.5, models)
        length = rng.lognormal(0, 0.5, scores.shape)
        frame["cost"] = np.round(price * length, 6).ravel()
    return frame
