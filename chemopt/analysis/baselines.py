"""An ensemble beside what chemistry is to be better than: top-k, the best model, chance."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from chemopt.methods.accuracy import accuracies, available, mean_accuracy, most_accurate
from chemopt.problem.constrained import CONSTRAINT_OPTIONS
from chemopt.problem.problem import SelectionProblem, check_problem
from chemopt.selection.baselines import outcome_baselines, outcome_row
from chemopt.validation import whole

COLUMNS = ("name", "models", "accuracy", "lowest")


def baselines(problem: SelectionProblem, models: Iterable[str]) -> pd.DataFrame:
    """Put an ensemble beside the baselines of its size.

    Parameters
    ----------
    problem : SelectionProblem
        With profiles; of the constraints only `exclude` counts for the baselines.
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
    >>> baselines(SelectionProblem(table, profiles=profiles), ["a", "b"])
                name  models  accuracy  lowest
    0       ensemble  (a, b)     0.375    0.25
    1          top-k  (b, c)     0.625    0.50
    2     best model    (c,)     0.750    0.75
    3  random (mean)      ()     0.500     NaN
    """
    check_problem("baselines", problem)
    members = tuple(sorted(models))
    if problem.outcomes is not None and members:
        own = pd.DataFrame([outcome_row(problem.outcomes, "ensemble", members)])
    elif problem.profiles is not None:
        own = _frame([_row(problem, "ensemble", members)])
    else:
        return _frame([])
    return pd.concat([own, size_baselines(problem, len(members), members)], ignore_index=True)


def size_baselines(
    problem: SelectionProblem, size: int, known: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Return the baselines of a size.

    Parameters
    ----------
    problem : SelectionProblem
    size : int
    known : tuple of str
        An ensemble of this size, which the oracle is at least as good as.

    Returns
    -------
    DataFrame
        Rows ``"top-k"``, the most accurate models that may be chosen, ``"best model"``, and
        ``"random (mean)"``, what an ensemble drawn at random has on average. Columns: `name`;
        `models`, none for the last; `accuracy`, the members' mean; `lowest`, that of the least
        accurate member, NaN for the last. No rows without profiles. Of a problem with outcomes,
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
        constraints = {option: getattr(problem, option) for option in CONSTRAINT_OPTIONS}
        return outcome_baselines(problem.outcomes, size, constraints, known=known)
    top, best = most_accurate(problem, size), most_accurate(problem, 1)
    if top is None or best is None:
        return _frame([])
    random = {"name": "random (mean)", "models": ()}
    return _frame(
        [
            _row(problem, "top-k", top),
            _row(problem, "best model", best),
            # each model is as likely a member as any other, so the mean is that of all
            {**random, "accuracy": mean_accuracy(problem, available(problem)), "lowest": math.nan},
        ]
    )


def _row(problem: SelectionProblem, name: str, models: tuple[str, ...]) -> dict[str, object]:
    return {"name": name, "models": models, **_figures(problem, models)}


def _figures(problem: SelectionProblem, models: tuple[str, ...]) -> dict[str, float]:
    """Measure an ensemble: a figure for each column that is not its name or its members."""
    accuracy = accuracies(problem)
    assert accuracy is not None, "there are profiles"
    known = pd.Series(accuracy[problem.positions(models)])
    return {"accuracy": mean_accuracy(problem, models), "lowest": float(known.min())}


def _frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS))
