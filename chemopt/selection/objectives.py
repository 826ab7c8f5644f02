"""What an ensemble is worth on items: its coverage, or its vote."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.votes import Weights, vote

Objective = Literal["coverage", "vote"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)


def worth(
    outcomes: Outcomes,
    models: Iterable[str],
    objective: Objective,
    weights: Weights = "log-odds",
    train: Outcomes | None = None,
) -> float:
    """Return what an ensemble is worth on some items, as a share of them.

    Parameters
    ----------
    outcomes : Outcomes
        The items.
    models : iterable of str
    objective : {"coverage", "vote"}
    weights : {"equal", "log-odds"} or sequence of float
        Of the vote.
    train : Outcomes, optional
        Where log-odds come from; see `chemopt.outcomes.votes.vote`.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(pd.DataFrame({"a": [1, 0, 0], "b": [1, 1, 0], "c": [0, 1, 1]}))
    >>> worth(outcomes, ["a", "b", "c"], "coverage")
    1.0
    >>> round(worth(outcomes, ["a", "b", "c"], "vote", "equal"), 2)
    0.67
    """
    if objective == "coverage":
        return outcomes.coverage(models)
    return vote(outcomes, models, weights, train=train).value
