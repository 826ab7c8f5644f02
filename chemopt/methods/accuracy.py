"""The accuracy of models and ensembles, by the profiles of a problem.

A model without rows on the task has no accuracy: it ranks last, and means leave it out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from chemopt.numerics import Floats
from chemopt.problem.baselines import DRAWN, is_constrained, random_ensembles
from chemopt.problem.problem import ChemistryProblem

Ints = npt.NDArray[np.intp]


def accuracies(problem: ChemistryProblem) -> Floats | None:
    """Return the accuracy of each model of the pool, NaN where unknown; None without profiles."""
    if problem.profiles is None:
        return None
    accuracy = problem.profiles.frame["accuracy"].reindex(list(problem.models))
    return accuracy.to_numpy(dtype=float)


def mean_accuracy(problem: ChemistryProblem, models: Iterable[str]) -> float:
    """Return the mean accuracy of some models; NaN where none is known.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import ChemistryTable, Profiles
    >>> problem = ChemistryProblem(
    ...     ChemistryTable(("a", "b"), [[0, 1], [1, 0]]),
    ...     profiles=Profiles.from_frame(
    ...         pd.DataFrame({"model": ["a", "b"], "quality": 5.0, "accuracy": [0.5, 0.75]})))
    >>> mean_accuracy(problem, ["a", "b"])
    0.625
    """
    accuracy = accuracies(problem)
    if accuracy is None:
        return math.nan
    known = accuracy[problem.positions(models)]
    known = known[~np.isnan(known)]
    return math.fsum(known) / len(known) if len(known) else math.nan


def accuracy_rank(problem: ChemistryProblem) -> Ints | None:
    """Return the place of each model when they are sorted by accuracy, the most accurate first.

    Ties go by name. None without profiles.
    """
    accuracy = accuracies(problem)
    if accuracy is None:
        return None
    known = np.nan_to_num(accuracy, nan=-1.0)
    names = problem.models
    rank = np.empty(len(names), dtype=np.intp)
    rank[sorted(range(len(names)), key=lambda k: (-known[k], names[k]))] = np.arange(len(names))
    return rank


def available(problem: ChemistryProblem) -> list[str]:
    """Return the models that may be chosen, in the order of the pool: those not excluded."""
    return [name for name in problem.models if name not in problem.exclude]


def random_accuracy(problem: ChemistryProblem, size: int) -> float:
    """Return the mean accuracy of random ensembles of a size; NaN where none came up.

    What random means under constraints is in `chemopt.problem.baselines`.
    """
    if not is_constrained(problem):
        # each model is as likely a member as any other, so the mean is that of all
        return mean_accuracy(problem, available(problem))
    drawn = random_ensembles(problem, size, DRAWN, np.random.default_rng(0))
    return float(np.mean([mean_accuracy(problem, X) for X in drawn])) if drawn else math.nan
