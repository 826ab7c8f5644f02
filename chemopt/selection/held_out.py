"""The held-out estimate: choose again and again on a part of the items, and look at the rest.

K-fold cross-validation, repeated: each fold in turn is left out, the whole procedure runs on the
others (its own choice of shrinkage included), and the ensemble, the most accurate models of the
same number, and the best single model are worth something on the fold left out. Intervals are those
of Nadeau and Bengio (`chemopt.evidence.intervals`). The members of a vote come from swaps, which
take a fraction of the time of enumeration.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from chemopt.evidence.intervals import Interval, split_interval
from chemopt.evidence.splits import repeated_folds
from chemopt.methods.options import RunOptions
from chemopt.outcomes.outcomes import Outcomes
from chemopt.selection.objectives import worth
from chemopt.selection.procedure import Choice, best_model, choose, top_k

COLUMNS = ("repeat", "fold", "models", "ensemble", "top_k", "best_model", "top_k_proved")


def held_out_values(
    items: Outcomes,
    choice: Choice,
    *,
    folds: int,
    repeats: int,
    run: RunOptions,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Choose on all folds but one, for each fold and repeat, each within the time limit of `run`.

    Returns
    -------
    DataFrame
        A row for each repeat and fold: `models`, and what the `ensemble`, the `top_k` and the
        `best_model` are worth on the fold (NaN where no model may be asked alone), and whether
        these are proved to be the top-k (`top_k_proved`); none if there are fewer items than folds,
        or where no ensemble came up.
    """
    rows: list[tuple[object, ...]] = []
    quick = replace(choice, thorough=False)
    for done, split in enumerate(repeated_folds(len(items), folds, repeats, run.seed), 1):
        train, test = items.take_items(split.train), items.take_items(split.test)
        again = replace(run, seed=run.seed + split.repeat, verbose=False)
        models = choose(train, quick, again).models
        if models:
            single = best_model(train, choice.constraints)
            top = top_k(train, choice.constraints, len(models), models)
            values = [
                worth(test, X, choice.objective, choice.weights, train) if X else math.nan
                for X in (models, top.models, single)
            ]
            rows.append((split.repeat, split.fold, models, *values, top.proved))
        if progress is not None:
            progress(done, repeats * folds)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def mean_of(
    values: pd.DataFrame,
    folds: int,
    column: str,
    less: str | None = None,
    *,
    least: float | None = None,
    most: float = 1.0,
) -> Interval:
    """Return the mean of a column, or of its difference to another, with its interval.

    The interval stays between `least` and `most`: those of shares, or of their differences, if
    not given.
    """
    if least is None:
        least = 0.0 if less is None else -1.0
    if values.empty:
        return Interval(float("nan"), float("nan"), float("nan"))
    found = values[column].to_numpy(dtype=float)
    if less is not None:
        found = found - values[less].to_numpy(dtype=float)
        found = found[~np.isnan(found)]
    if not len(found):
        return Interval(math.nan, math.nan, math.nan)
    return split_interval(found, 1 / folds, least, most)
