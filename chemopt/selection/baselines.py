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
    As many models, the ensemble that covers most of these very items: what can be reached with
    hindsight. (Where that is not proved in two seconds, the best one known.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from chemopt.methods.options import RunOptions
from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes, check_outcomes
from chemopt.outcomes.patterns import patterns_of
from chemopt.outcomes.votes import Ballots, WeightRule, vote, weights_by_rule
from chemopt.selection.methods import solve_coverage
from chemopt.selection.procedure import best_model, of_size, problem_of, top_k
from chemopt.validation import whole

COLUMNS = ("name", "models", "accuracy", "lowest", "coverage", "vote")
# Random ensembles whose votes are averaged, and seconds for the oracle.
_DRAWN, _ORACLE_SECONDS = 100, 2.0


def outcome_baselines(
    outcomes: Outcomes,
    size: int,
    constraints: Mapping[str, Any] | None = None,
    *,
    weights: WeightRule = "log-odds",
    seed: int = 0,
    known: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return what ensembles of a size are to be compared with, on the items at hand.

    Parameters
    ----------
    outcomes : Outcomes
    size : int
        Number of members, at least 1.
    constraints : mapping, optional
        Which ensembles are feasible, as options of `CoverageProblem`. For ``random`` only excluded
        models count.
    weights : {"equal", "log-odds"}
        Of votes.
    seed : int
        Of the random ensembles whose votes are averaged.
    known : tuple of str
        An ensemble of this size; the oracle is at least as good.

    Returns
    -------
    DataFrame
        Rows as in the module's text: `name`, `models` (none for ``random``), `accuracy` (mean of
        the members), `lowest` (of the members, NaN for ``random``), `coverage` and `vote`.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(
    ...     pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 1, 0, 0], "c": [0, 0, 1, 0]}))
    >>> outcome_baselines(outcomes, 2)[["name", "coverage"]].round(3)
                name  coverage
    0          top-k     0.500
    1     best model     0.500
    2  random (mean)     0.667
    3         oracle     0.750
    """
    check_outcomes("outcome_baselines", outcomes)
    constraints = {} if constraints is None else constraints
    whole("size", size, 1, len(outcomes.models))
    problem = problem_of(outcomes, of_size(constraints, size), 0.0)
    best = solve_coverage(problem, "exact", RunOptions(time_limit=_ORACLE_SECONDS)).models or ()
    oracle = tuple(problem.models[k] for k in sorted(best))
    if known and outcomes.coverage(known) > outcomes.coverage(oracle):
        oracle = known
    pool = outcomes.take_models([m for m in outcomes.models if m not in problem.exclude] or known)
    random = {
        "name": "random (mean)", "models": (), "accuracy": float(pool.accuracy.mean()),
        "lowest": math.nan, "coverage": random_coverage(pool, size),
        "vote": _random_vote(pool, size, weights, seed),
    }  # fmt: skip
    rows = [
        outcome_row(outcomes, "top-k", top_k(outcomes, constraints, size), weights),
        outcome_row(outcomes, "best model", (best_model(outcomes, constraints),), weights),
        random,
        outcome_row(outcomes, "oracle", oracle, weights),
    ]
    found = [row for row in rows if row["models"] or row is random]
    return pd.DataFrame(found, columns=list(COLUMNS))


def outcome_row(
    outcomes: Outcomes, name: str, models: tuple[str, ...], weights: WeightRule = "log-odds"
) -> dict[str, Any]:
    """Return a row of `outcome_baselines` for an ensemble; only its name if it has no member."""
    if not models:
        return {"name": name, "models": ()}
    members = outcomes.accuracy[list(models)]
    return {
        "name": name,
        "models": models,
        "accuracy": float(members.mean()),
        "lowest": float(members.min()),
        "coverage": outcomes.coverage(models),
        "vote": vote(outcomes, models, weights).value if outcomes.votable else math.nan,
    }


def random_coverage(outcomes: Outcomes, size: int) -> float:
    """Return the mean coverage of all ensembles of a size."""
    patterns = patterns_of(outcomes)
    size = min(size, len(outcomes.models))
    n, right = len(outcomes.models), patterns.right.sum(axis=1).astype(int)
    # C(n − c, k)/C(n, k) as a product, for each c
    missed = np.array([_missed(n, c, size) for c in range(n + 1)])
    return float(patterns.weights @ (1 - missed[right])) / patterns.total


def _missed(n: int, right: int, size: int) -> float:
    steps: Floats = (n - right - np.arange(size, dtype=float)) / (n - np.arange(size, dtype=float))
    return float(np.prod(np.maximum(steps, 0.0)))


def _random_vote(outcomes: Outcomes, size: int, weights: WeightRule, seed: int) -> float:
    if not outcomes.votable:
        return math.nan
    rng, n = np.random.default_rng(seed), len(outcomes.models)
    size = min(size, n)
    w = weights_by_rule(outcomes, weights)
    ballots = Ballots(outcomes)
    drawn = [np.sort(rng.choice(n, size, replace=False)) for _ in range(_DRAWN)]
    return float(np.mean([ballots.credit(X.tolist(), w[X]).mean() for X in drawn]))
