"""A plan carried out on a complete table: each call is answered by the outcome that it holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from chemopt.outcomes.outcomes import Outcomes, check_outcomes
from chemopt.selection.plan.next_evaluations import next_evaluations
from chemopt.validation import whole


def simulate_plan(truth: Outcomes, calls: int, **options: Any) -> Outcomes:
    """Return the outcomes that a plan asks for, with gaps elsewhere.

    Parameters
    ----------
    truth : Outcomes
        Complete.
    calls : int
        Calls in all.
    **options
        Of `next_evaluations`.

    Raises
    ------
    InputError
        An option is not valid.

    Examples
    --------
    >>> from chemopt.outcomes.generate import generate_outcomes
    >>> from chemopt import load_outcomes
    >>> truth = load_outcomes(generate_outcomes(models=5, items=100, seed=1))
    >>> asked = simulate_plan(truth, 100, method="failure", size=2)
    >>> known = ~np.isnan(asked.scores)
    >>> int(known.sum()) <= 100, int(known.any(axis=1).sum()) > 20
    (True, True)
    """
    check_outcomes("simulate_plan", truth)
    left = whole("calls", calls, 0)
    column = {name: k for k, name in enumerate(truth.models)}
    known = np.full(truth.scores.shape, np.nan)
    while left:
        so_far = replace(truth, scores=known, answers=None, cost=None, latency=None)
        asked = next_evaluations(so_far, left, **options).calls
        if asked.empty:
            break
        rows = truth.items.get_indexer(asked.set_index(list(truth.items.names)).index)
        columns = asked["model"].map(column).to_numpy()
        known = known.copy()
        known[rows, columns] = truth.scores[rows, columns]
        left -= len(asked)
    return replace(truth, scores=known, answers=None, cost=None, latency=None)
