"""What a selection may use of outcomes with gaps: a complete table, and the best model in it.

Coverage of an ensemble with the best model b does not depend on what others do where b is right.
So where b is right, an outcome that is missing counts as wrong, and the coverage of *every ensemble
with b* is what it would be without gaps. Hence b is required. Of ensembles without b it would only
be a lower bound.

Where b fails, all models of the pool have to be known. Models are left out that were not asked on
nine tenths of these items, and then items that not all of the others answered. Items that b was not
asked on are left out, too. If items were left out where b fails, so is the same share of those
where b is right: they tell no ensemble with b from another, and coverage remains what it would be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from chemopt.errors import InputError
from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes
from chemopt.selection.plan.best import best_so_far
from chemopt.validation import instance_of, whole
from chemopt.wording import counted, listed

# Models are in the pool that answered this share of the items on which most is known.
_ENOUGH = 0.9


@dataclass(frozen=True, eq=False)
class Usable:
    """What `select` may use.

    Attributes
    ----------
    outcomes : Outcomes
        Complete. Without answers, costs and latencies where outcomes were filled in: these are not
        known. What was left out stands in `Outcomes.warnings`.
    best : str
        The best model.
    require : tuple of str
        The models that an ensemble must have for its coverage to be right: the best one, or none
        where nothing had to be filled in.
    """

    outcomes: Outcomes
    best: str
    require: tuple[str, ...]


def usable_outcomes(outcomes: Outcomes, *, size: int = 1, best: str | None = None) -> Usable:
    """Return a complete table for `select`, and the model to require.

    Select with ``select(usable.outcomes, size=…, require=usable.require, shrink=None)``. Shares of
    right answers in this table are too low for all but the best model, so what rests on them means
    little: shrinkage, the difference to the most accurate models, and votes. Coverage, its held-out
    estimate and the difference to the best model alone are right.

    Parameters
    ----------
    outcomes : Outcomes
        With gaps: ``load_outcomes(data, missing="keep")``.
    size : int
        Members that are wanted; at least this many models are kept.
    best : str, optional
        The best model, where it is known better than `chemopt.selection.plan.best` can tell.

    Raises
    ------
    InputError
        There is no outcome, no such model, too few models, or no item to use.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes, select
    >>> frame = pd.DataFrame({"ada": [1, 1, 1, 0, 0], "bea": [1, None, None, 1, 1],
    ...                       "cyd": [0, None, None, 0, 1]})
    >>> usable = usable_outcomes(load_outcomes(frame, missing="keep"), size=2)
    >>> usable.require, usable.outcomes.scores[1].tolist()
    (('ada',), [1.0, 0.0, 0.0])
    >>> found = select(usable.outcomes, size=2, require=usable.require, shrink=None, repeats=0)
    >>> found.models, found.value
    (('ada', 'bea'), 1.0)
    """
    instance_of(
        "usable_outcomes needs Outcomes", outcomes, Outcomes, "load them: load_outcomes(data)"
    )
    whole("size", size, 1, len(outcomes.models))
    best = checked_best(outcomes, best)
    if best is None:
        raise InputError(f"{outcomes.source}: there is no outcome to use")
    scores, column = outcomes.scores, outcomes.models.index(best)
    pool, rows = block(scores, column, size)
    if not len(rows):
        raise InputError(
            f"{outcomes.source}: there is no item to use: none that {best!r} gets right, and none "
            f"where it fails that {counted(size, 'model')} answered"
        )
    kept = outcomes.take_items(rows).take_models([outcomes.models[k] for k in pool])
    gaps = np.isnan(kept.scores)
    told = _told(outcomes, pool, rows, column)
    if gaps.any():
        kept = replace(
            kept, scores=np.where(gaps, 0.0, kept.scores), answers=None, cost=None, latency=None
        )
        told.append(
            f"{counted(int(gaps.sum()), 'outcome')} missing where {best!r} is right, which count "
            f"as wrong; coverage is right of ensembles with {best!r} only."
        )
    return Usable(
        replace(kept, warnings=(*outcomes.warnings, *told)), best, (best,) if gaps.any() else ()
    )


def checked_best(outcomes: Outcomes, best: str | None) -> str | None:
    """Return the best model, as given or as it seems from the outcomes.

    Raises
    ------
    InputError
        There is no such model, or nothing is known of it.
    """
    if best is None:
        return best_so_far(outcomes)
    (column,) = outcomes.positions([best])
    if np.isnan(outcomes.scores[:, column]).all():
        raise InputError(f"{outcomes.source}: best={best!r} has no outcome yet")
    return best


def block(
    scores: Floats, best: int, size: int = 1
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the models and the items that are used, by number.

    Parameters
    ----------
    scores : ndarray of shape (items, models)
        NaN where there is no outcome.
    best : int
    size : int
        At least this many models are kept.
    """
    asked = ~np.isnan(scores)
    right = np.flatnonzero(scores[:, best] == 1)
    failed = np.flatnonzero(scores[:, best] < 1)
    known = asked[failed]
    # A best model that never fails leaves nothing to tell the others by.
    counts = known.sum(axis=0) if len(failed) else asked.sum(axis=0)
    counts[best] = len(scores)
    order = np.argsort(-counts, kind="stable")
    answered = np.logical_and.accumulate(known[:, order], axis=1).sum(axis=0)
    least = min(max(size, 2), len(order))  # the best model alone was asked on all of them
    enough = np.flatnonzero(answered >= _ENOUGH * answered[least - 1])
    pool = np.sort(order[: enough[-1] + 1])
    complete = failed[known[:, pool].all(axis=1)]
    if len(failed):
        right = _thinned(right, round(len(right) * len(complete) / len(failed)))
    return pool, np.sort(np.concatenate([complete, right]))


def _thinned(rows: npt.NDArray[np.intp], wanted: int) -> npt.NDArray[np.intp]:
    """Return this many rows, evenly spaced."""
    return rows[(np.arange(wanted) * len(rows)) // max(1, wanted)]


def _told(
    outcomes: Outcomes, pool: npt.NDArray[np.intp], rows: npt.NDArray[np.intp], best: int
) -> list[str]:
    """Say which models and items were left out."""
    told: list[str] = []
    without: list[Any] = sorted(set(range(len(outcomes.models))) - set(pool.tolist()))
    name = outcomes.models[best]
    if without:
        told.append(
            f"{len(without)} of {len(outcomes.models)} models were left out, which were asked on "
            f"too few items where {name!r} fails: {listed([outcomes.models[k] for k in without])}."
        )
    left_out = int((~np.isnan(outcomes.scores[:, best])).sum()) - len(rows)
    if left_out:
        told.append(
            f"{left_out} of the items that {name!r} was asked on were left out, since not all "
            "models were asked where it fails."
        )
    return told
