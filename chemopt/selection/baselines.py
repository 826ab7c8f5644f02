"""What an ensemble is to be compared with, on the items at hand.

``top-k``
    As many models, the most accurate ones.
``best model``
    The most accurate model alone.
``random (mean)``
    The mean of all ensembles of that many models. For coverage it needs no drawing: an item that c
    of n models get right is covered by a random ensemble of k with the chance 1 − C(n − c, k)/C(n,
    k).
``oracle``
    As many models, the ensemble that covers most of these very items; what can be reached with
    hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from chemopt.methods.options import RunOptions
from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes, check_outcomes
from chemopt.outcomes.patterns import patterns_of
from chemopt.outcomes.votes import WeightRule, vote
from chemopt.selection.methods import solve_coverage
from chemopt.selection.procedure import best_model, problem_of, top_k

COLUMNS = ("name", "models", "accuracy", "lowest", "coverage", "vote")
# Random ensembles whose votes are averaged, and seconds for the oracle.
_DRAWN, _ORACLE_SECONDS = 100, 2.0


def outcome_baselines(
    outcomes: Outcomes,
    models: Iterable[str],
    constraints: Mapping[str, Any] | None = None,
    *,
    weights: WeightRule = "log-odds",
    seed: int = 0,
) -> pd.DataFrame:
    """Compare an ensemble with others of its size, on the items at hand.

    Parameters
    ----------
    outcomes : Outcomes
    models : iterable of str
        The ensemble.
    constraints : mapping, optional
        Which ensembles are feasible, as options of `CoverageProblem`; for all but ``random``.
    weights : {"equal", "log-odds"}
        Of votes.
    seed : int
        Of the random ensembles whose votes are averaged.

    Returns
    -------
    DataFrame
        Rows as in the module's text, first the ``ensemble``: `name`, `models`, `accuracy` (mean of
        the members), `lowest` (of the members), `coverage` and `vote`.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(
    ...     pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 1, 0, 0], "c": [0, 0, 1, 0]}))
    >>> outcome_baselines(outcomes, ["a", "b"])[["name", "coverage"]].round(3)
                name  coverage
    0       ensemble     0.500
    1          top-k     0.500
    2     best model     0.500
    3  random (mean)     0.667
    4         oracle     0.750
    """
    check_outcomes("outcome_baselines", outcomes)
    chosen = tuple(outcomes.models[k] for k in outcomes.positions(models))
    if not chosen:
        return pd.DataFrame(columns=list(COLUMNS))
    constraints = {} if constraints is None else constraints
    of_size = {**constraints, "size": len(chosen), "min_size": None, "max_size": None}
    problem = problem_of(outcomes, of_size, 0.0)
    best = solve_coverage(problem, "exact", RunOptions(time_limit=_ORACLE_SECONDS)).models or ()
    named = {
        "ensemble": chosen,
        "top-k": top_k(outcomes, constraints, len(chosen)),
        "best model": (best_model(outcomes, tuple(constraints.get("exclude", ()))),),
        "random (mean)": (),
        "oracle": tuple(problem.models[k] for k in sorted(best)),
    }
    rows = []
    for name, X in named.items():
        if name == "random (mean)":
            accuracy, lowest, covered, voted = _random(outcomes, len(chosen), weights, seed)
        elif X:
            of_members = outcomes.accuracy[list(X)]
            accuracy, lowest = float(of_members.mean()), float(of_members.min())
            covered, voted = outcomes.coverage(X), vote(outcomes, X, weights).value
        else:
            continue
        rows.append((name, X, accuracy, lowest, covered, voted))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def random_coverage(outcomes: Outcomes, size: int) -> float:
    """Return the mean coverage of all ensembles of a size."""
    patterns = patterns_of(outcomes)
    n, right = len(outcomes.models), patterns.right.sum(axis=1).astype(int)
    # C(n − c, k)/C(n, k) as a product, for each c
    missed = np.array([_missed(n, c, size) for c in range(n + 1)])
    return float(patterns.weights @ (1 - missed[right])) / patterns.total


def _missed(n: int, right: int, size: int) -> float:
    steps: Floats = (n - right - np.arange(size, dtype=float)) / (n - np.arange(size, dtype=float))
    return float(np.prod(np.maximum(steps, 0.0)))


def _random(
    outcomes: Outcomes, size: int, weights: WeightRule, seed: int
) -> tuple[float, float, float, float]:
    rng, n = np.random.default_rng(seed), len(outcomes.models)
    drawn = [rng.choice(n, size, replace=False) for _ in range(_DRAWN)]
    accuracy = outcomes.accuracy.to_numpy()
    votes = [vote(outcomes, [outcomes.models[k] for k in X], weights).value for X in drawn]
    lowest = float(np.mean([accuracy[X].min() for X in drawn]))
    return float(accuracy.mean()), lowest, random_coverage(outcomes, size), float(np.mean(votes))
