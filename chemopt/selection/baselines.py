"""What an ensemble is compared with, on the items at hand.

``top-k``
    As many models, the most accurate ones that meet the constraints.
``best model``
    The most accurate model that may be asked alone.
``random (mean)``
    The mean of random ensembles of that many models. Without constraints, coverage needs no
    drawing: an item that c of n models get right is covered by a random ensemble of k with the
    chance 1 − C(n − c, k)/C(n, k). Else it is the mean of `DRAWN` ensembles that meet them.
``oracle``
    As many models that meet the constraints, the ensemble that is best by the objective on these
    very items: what can be reached with hindsight. The figure of the other objective is left out,
    since it is no oracle of that.

The first three are defined in `chemopt.problem.baselines`. The column `proved` says whether no
ensemble is better than top-k, or than the oracle; work limits end their searches, never a clock.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from chemopt.execution.clock import loading
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import StopReason
from chemopt.outcomes.outcomes import Outcomes, check_outcomes
from chemopt.outcomes.patterns import random_coverage
from chemopt.outcomes.votes import Ballots, WeightRule, vote, weights_by_rule
from chemopt.problem.baselines import DRAWN, is_constrained, random_ensembles
from chemopt.problem.constrained import Constraints
from chemopt.selection.objectives import Objective
from chemopt.selection.problem import CoverageProblem
from chemopt.selection.procedure import best_model, problem_of, top_k
from chemopt.selection.voting import solve_vote
from chemopt.validation import whole

COLUMNS = ("name", "models", "accuracy", "lowest", "coverage", "vote", "proved")
# Entries of matrices that the search for the oracle looks at: one to three seconds.
_ORACLE_WORK = 10_000_000


def outcome_baselines(
    outcomes: Outcomes,
    size: int,
    constraints: Constraints | None = None,
    *,
    objective: Objective = "coverage",
    weights: WeightRule = "log-odds",
    seed: int = 0,
    known: tuple[str, ...] = (),
    known_proved: bool = False,
) -> pd.DataFrame:
    """Return what ensembles of a size are to be compared with, on the items at hand.

    Parameters
    ----------
    outcomes : Outcomes
    size : int
        Number of members, at least 1.
    constraints : Constraints, optional
        Which ensembles are feasible.
    objective : {"coverage", "vote"}
        Of the oracle.
    weights : {"equal", "log-odds"}
        Of votes.
    seed : int
        Of the random ensembles.
    known : tuple of str
        A feasible ensemble of this size; the oracle is at least as good.
    known_proved : bool
        Whether it is proved that none of its size is better by the objective on these items.

    Returns
    -------
    DataFrame
        Rows as in the module's text: `name`, `models` (none for ``random``), `accuracy` (mean of
        the members), `lowest` (of the members, NaN for ``random``), `coverage`, `vote` and `proved`
        (None for ``random``). No ``best model`` where no model may be asked alone.

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
    constraints = constraints or Constraints()
    whole("size", size, 1, len(outcomes.models))
    problem = problem_of(outcomes, constraints.of_size(size), 0.0)
    top = top_k(outcomes, constraints, size, known)
    if known and known_proved:
        oracle, proved = known, True
    else:
        oracle, proved = _oracle(outcomes, problem, objective, weights, seed, known)
    if objective == "vote" and not proved:
        values = {X: vote(outcomes, X, weights).value for X in (oracle, top.models) if X}
        oracle = max(values, key=values.__getitem__, default=())
    rows = [
        {**outcome_row(outcomes, "top-k", top.models, weights), "proved": top.proved},
        {**outcome_row(outcomes, "best model", best_model(outcomes, constraints), weights),
         "proved": True},
        _random(outcomes, problem, size, weights, seed),
        {**outcome_row(outcomes, "oracle", oracle, weights), "proved": proved,
         "coverage" if objective == "vote" else "vote": math.nan},
    ]  # fmt: skip
    found = [row for row in rows if row["models"] or row["name"] == "random (mean)"]
    return pd.DataFrame(found, columns=list(COLUMNS))


def with_ensemble(row: Mapping[str, Any], baselines: pd.DataFrame) -> pd.DataFrame:
    """Return the row of an ensemble above its baselines; of its own proof nothing is said there."""
    columns, rows = list(baselines.columns), baselines.itertuples(index=False, name=None)
    records = [{**row, "proved": None}, *(dict(zip(columns, each, strict=True)) for each in rows)]
    return pd.DataFrame(records, columns=baselines.columns)


def unproved_named(baselines: pd.DataFrame) -> pd.DataFrame:
    """Return baselines for reading: `proved` is left out, and in the name where it is not.

    Examples
    --------
    >>> unproved_named(pd.DataFrame({"name": ["top-k", "oracle"], "proved": [True, False]}))
                    name
    0              top-k
    1  oracle (unproved)
    """
    names = [
        f"{name} (unproved)" if proved is False else name
        for name, proved in zip(baselines["name"], baselines["proved"], strict=True)
    ]
    return baselines.assign(name=names).drop(columns="proved")


def _oracle(
    outcomes: Outcomes,
    problem: CoverageProblem,
    objective: Objective,
    weights: WeightRule,
    seed: int,
    known: tuple[str, ...],
) -> tuple[tuple[str, ...], bool]:
    """Return the best ensemble known by an objective, and whether it is proved."""
    if objective == "vote":
        if known:
            return known, False
        best = solve_vote(outcomes, problem, weights, RunOptions(seed=seed))
    else:
        # SciPy, which it needs, is not loaded for tables without outcomes
        with loading():
            from chemopt.selection.coverage import branch_and_bound

        best = branch_and_bound.solve(problem, RunOptions(seed=seed), most_work=_ORACLE_WORK)
    found = tuple(problem.models[k] for k in sorted(best.models or ()))
    proved = best.stop_reason is StopReason.PROVED
    if not proved and known and outcomes.coverage(known) > outcomes.coverage(found):
        found = known
    return found, proved


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


def _random(
    outcomes: Outcomes, problem: CoverageProblem, size: int, weights: WeightRule, seed: int
) -> dict[str, Any]:
    """Return the row of random ensembles; NaN where none that meets the constraints came up."""
    rng = np.random.default_rng(seed)
    drawn = [problem.positions(X) for X in random_ensembles(problem, size, DRAWN, rng)]
    row = {"name": "random (mean)", "models": (), "lowest": math.nan, "proved": None}
    votes = math.nan
    if outcomes.votable and drawn:
        w, ballots = weights_by_rule(outcomes, weights), Ballots(outcomes)
        votes = float(np.mean([ballots.credit(X, w[X]).mean() for X in drawn]))
    if is_constrained(problem):
        accuracy, scores = outcomes.accuracy.to_numpy(), outcomes.scores
        figures = [(accuracy[X].mean(), scores[:, X].max(axis=1).mean()) for X in drawn]
        mean = np.mean(figures or [(math.nan, math.nan)], axis=0)
        return {**row, "accuracy": float(mean[0]), "coverage": float(mean[1]), "vote": votes}
    pool = outcomes.take_models([m for m in outcomes.models if m not in problem.exclude])
    return {
        **row, "accuracy": float(pool.accuracy.mean()), "coverage": random_coverage(pool, size),
        "vote": votes,
    }  # fmt: skip
