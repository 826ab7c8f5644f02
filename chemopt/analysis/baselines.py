"""An ensemble next to what chemistry must beat: top-k, the best model, chance."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from chemopt.methods.accuracy import accuracies, mean_accuracy, random_accuracy
from chemopt.problem.baselines import best_single_model, most_accurate
from chemopt.problem.problem import ChemistryProblem, check_problem
from chemopt.selection.baselines import outcome_baselines, outcome_row, with_ensemble
from chemopt.validation import whole

COLUMNS = ("name", "models", "accuracy", "lowest", "proved")


def baselines(problem: ChemistryProblem, models: Iterable[str]) -> pd.DataFrame:
    """Put an ensemble next to the baselines of its size.

    Parameters
    ----------
    problem : ChemistryProblem
        With profiles. `chemopt.problem.baselines` says what its constraints mean for baselines.
    models : iterable of str
        The ensemble, by name.

    Returns
    -------
    DataFrame
        A row for the ``"ensemble"`` and each row of `size_baselines`. Without profiles there are
        no rows.

    Raises
    ------
    InputError
        `problem` is none.

    Examples
    --------
    >>> from chemopt import ChemistryTable, Profiles
    >>> profiles = Profiles.from_frame(pd.DataFrame(
    ...     {"model": ["a", "b", "c"], "quality": 5.0, "accuracy": [0.25, 0.5, 0.75]}))
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> baselines(ChemistryProblem(table, profiles=profiles), ["a", "b"])
                name  models  accuracy  lowest proved
    0       ensemble  (a, b)     0.375    0.25   None
    1          top-k  (b, c)     0.625    0.50   True
    2     best model    (c,)     0.750    0.75   True
    3  random (mean)      ()     0.500     NaN   None
    """
    check_problem("baselines", problem)
    members = tuple(sorted(models))
    if problem.outcomes is not None and members:
        own = outcome_row(problem.outcomes, "ensemble", members)
    elif problem.profiles is not None:
        own = _row(problem, "ensemble", members, None)
    else:
        return pd.DataFrame(columns=list(COLUMNS))
    return with_ensemble(own, size_baselines(problem, len(members), members))


def size_baselines(
    problem: ChemistryProblem, size: int, known: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Return the baselines of a size.

    Parameters
    ----------
    problem : ChemistryProblem
    size : int
    known : tuple of str
        A feasible ensemble of this size, which top-k and the oracle are at least as good as.

    Returns
    -------
    DataFrame
        Rows ``"top-k"``, ``"best model"`` and ``"random (mean)"``, as in
        `chemopt.problem.baselines`; one that does not exist is left out. Columns: `name`; `models`,
        none for the last; `accuracy`, the members' mean; `lowest`, that of the least accurate
        member, NaN for the last; `proved`, whether no ensemble is better, None for the last. No
        rows without profiles. Of a problem with outcomes,
        the rows and columns of `chemopt.selection.baselines.outcome_baselines`, which has
        ``"oracle"``, `coverage` and `vote` as well.

    Raises
    ------
    InputError
        `problem` is none, or the size is not a whole number.
    """
    check_problem("size_baselines", problem)
    whole("size", size, 0)
    if problem.outcomes is not None and size:
        return outcome_baselines(problem.outcomes, size, problem.constraints, known=known)
    accuracy = accuracies(problem)
    if accuracy is None:
        return pd.DataFrame(columns=list(COLUMNS))
    top = most_accurate(problem, accuracy, size, known)
    best = best_single_model(problem, accuracy)
    rows = [_row(problem, "top-k", top.models, top.proved)] if top.models or not size else []
    rows += [] if best is None else [_row(problem, "best model", (best,), True)]
    rows.append(
        {"name": "random (mean)", "models": (), "accuracy": random_accuracy(problem, size),
         "lowest": math.nan, "proved": None}
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    problem: ChemistryProblem, name: str, models: tuple[str, ...], proved: bool | None
) -> dict[str, object]:
    accuracy = accuracies(problem)
    assert accuracy is not None, "there are profiles"
    known = pd.Series(accuracy[problem.positions(models)])
    return {
        "name": name, "models": models, "accuracy": mean_accuracy(problem, models),
        "lowest": float(known.min()), "proved": proved,
    }  # fmt: skip
