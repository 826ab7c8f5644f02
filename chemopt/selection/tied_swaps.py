"""Ensembles that are as good as the answer by its objective, one swap away.

Items often do not tell ensembles apart, and then something else decided. Not all ties are a swap
away, so there may be more than are found here.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chemopt.numerics import SUM_TOLERANCE, Floats
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.votes import Ballots, WeightRule, weights_by_rule
from chemopt.problem.check import linear_violations
from chemopt.selection.problem import CoverageProblem
from chemopt.selection.procedure import Chosen

# More are not counted.
MOST = 100


def tied_swaps(outcomes: Outcomes, chosen: Chosen, rule: WeightRule) -> list[tuple[str, ...]]:
    """Return feasible ensembles that differ in one member and have the same value, `MOST` at most.

    Parameters
    ----------
    outcomes : Outcomes
        What the ensemble was chosen from.
    chosen : Chosen
        With an ensemble.
    rule : {"equal", "log-odds"}
        Weights of votes, for an ensemble that votes.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import Constraints, load_outcomes
    >>> from chemopt.methods.options import RunOptions
    >>> from chemopt.selection.procedure import Choice, choose
    >>> outcomes = load_outcomes(pd.DataFrame({"a": [1, 1, 0], "b": [0, 0, 1], "c": [0, 0, 1]}))
    >>> chosen = choose(outcomes, Choice("coverage", Constraints(size=2), 0.0), RunOptions())
    >>> chosen.models, tied_swaps(outcomes, chosen, "log-odds")
    (('a', 'b'), [('a', 'c')])
    """
    problem, members = chosen.problem, list(chosen.outcome.models or ())
    voting = chosen.strength is None
    values = _votes(outcomes, members, rule) if voting else _coverage(problem, members)
    found: list[tuple[str, ...]] = []
    value = next(values)[1][0]
    for out, of in values:
        equal = np.abs(of - value) <= SUM_TOLERANCE * max(1.0, value)
        equal[members] = False
        for new in np.flatnonzero(equal):
            swapped = {*members, int(new)} - {out}
            names = tuple(sorted(problem.models[k] for k in swapped))
            if not linear_violations(problem, names):
                found.append(names)
                if len(found) == MOST:
                    return found
    return found


def _coverage(problem: CoverageProblem, members: list[int]) -> Iterator[tuple[int, Floats]]:
    """Yield the value of the members, then for each of them those with any other in its place."""
    right, weights = problem.patterns.right, problem.patterns.weights
    total = float(weights.sum())
    yield -1, total - np.array([(weights * np.prod(1 - right[:, members], axis=1)).sum()])
    for out in members:
        rest = weights * np.prod(1 - right[:, [k for k in members if k != out]], axis=1)
        yield out, total - rest.sum() + rest @ right


def _votes(
    outcomes: Outcomes, members: list[int], rule: WeightRule
) -> Iterator[tuple[int, Floats]]:
    """Yield the same of votes."""
    ballots, w = Ballots(outcomes), weights_by_rule(outcomes, rule)

    def value(of: list[int]) -> float:
        return float(ballots.credit(of, w[of]).mean())

    yield -1, np.array([value(members)])
    for out in members:
        others = [k for k in members if k != out]
        every = range(len(outcomes.models))
        yield out, np.array([-1.0 if k in members else value(sorted([*others, k])) for k in every])
