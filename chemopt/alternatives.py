"""More than one answer: the k best ensembles, and what is around a given one.

The next best ensemble is the best one that is none of those before it. "Not this one" is a side
condition like any other (`forbid`), so every method that respects conditions gives the k best, each
proved as the first is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from chemopt.check import violations
from chemopt.errors import InputError
from chemopt.loss import SUM_TOLERANCE, loss_terms
from chemopt.neighbourhood import Neighbour, Neighbourhood
from chemopt.problem import SelectionProblem
from chemopt.recommend import recommend
from chemopt.recommendation import Recommendation, StopReason
from chemopt.validate import whole


def best_ensembles(
    problem: SelectionProblem,
    k: int = 5,
    method: str = "auto",
    *,
    tied: bool = False,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> list[Recommendation]:
    """Find the k best distinct ensembles, in the order of their losses.

    Parameters
    ----------
    problem : SelectionProblem
    k : int
        How many, at least 1; there may be fewer.
    method : str
        A method of `recommend`; with an exact one, each place in the order is proved when its
        status is ``"optimal"``.
    tied : bool
        Only those that are as good as the best (up to rounding, 1e-9 of M_intra); k is then a
        limit.
    progress : callable, optional
        Called with the ensembles found and k.
    **options
        As for `recommend`; a time limit holds for each ensemble.

    Returns
    -------
    list of Recommendation
        Empty if no ensemble is admissible. Ties between them are broken as the method does.

    Raises
    ------
    InputError
        An option is not valid.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> found = best_ensembles(SelectionProblem(table, m_inter="total"), 2)
    >>> [(answer.models, answer.loss) for answer in found]
    [(('a', 'b'), 1.875), (('a', 'c'), 1.875)]
    """
    whole("k", k, 1)
    found: list[Recommendation] = []
    left = problem
    while len(found) < k:
        answer = recommend(left, method, **options)
        if answer.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt  # a solver takes the signal for itself
        if answer.loss is None or answer.stop_reason is StopReason.FALLBACK:
            break
        if tied and found and answer.loss > _equal_to(found[0]):
            break
        found.append(answer)
        left = left.with_options(forbid=(*left.forbid, answer.models))
        if progress is not None:
            progress(len(found), k)
    if progress is not None:
        progress(k, k)
    return found


def ensembles_frame(answers: Iterable[Recommendation]) -> pd.DataFrame:
    """Put ensembles side by side: `rank`, `loss`, `above_best`, `status`, `size`, `models`.

    `status` is ``"optimal"`` where it is proved that no ensemble outside the rows above is better.
    """
    rows = list(answers)
    first = rows[0].loss if rows else 0.0
    return pd.DataFrame(
        {
            "rank": range(1, len(rows) + 1),
            "loss": [answer.loss for answer in rows],
            "above_best": [(answer.loss or 0.0) - (first or 0.0) for answer in rows],
            "status": [answer.status.value for answer in rows],
            "size": [len(answer.models) for answer in rows],
            "models": [answer.models for answer in rows],
        }
    )


def contributions(problem: SelectionProblem, models: Iterable[str]) -> pd.DataFrame:
    """Tell what each model of the pool does to the loss of an ensemble.

    Parameters
    ----------
    problem : SelectionProblem
    models : iterable of str
        The ensemble, by name; it need not be admissible.

    Returns
    -------
    DataFrame
        A row for each model, in the order of the pool: `model`; `chosen`; `contribution`, the loss
        with the model less the loss without it, all others as they are, and its parts
        `inter_term`, `intra_term`, `size_term` (a negative contribution lowers the loss);
        `allowed`: whether the ensemble with this one model added or dropped is admissible.

    Raises
    ------
    InputError
        A name is not in the pool.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> frame = contributions(SelectionProblem(table, m_inter="total"), ["a", "b"])
    >>> frame[["model", "chosen", "contribution"]]
      model  chosen  contribution
    0     a    True         0.250
    1     b    True         0.375
    2     c   False         0.500
    """
    chosen = set(_known(problem, models))
    rows = []
    for model in problem.models:
        with_it = loss_terms(problem, problem.positions(chosen | {model}))
        without = loss_terms(problem, problem.positions(chosen - {model}))
        toggled = chosen ^ {model}
        rows.append(
            {
                "model": model,
                "chosen": model in chosen,
                "contribution": with_it.loss - without.loss,
                "inter_term": with_it.loss_inter - without.loss_inter,
                "intra_term": with_it.loss_intra - without.loss_intra,
                "size_term": with_it.size_penalty - without.size_penalty,
                "allowed": not violations(problem, toggled),
            }
        )
    return pd.DataFrame(rows)


def best_moves(problem: SelectionProblem, models: Iterable[str]) -> pd.DataFrame:
    """Find the best single addition, removal and swap for an ensemble.

    Parameters
    ----------
    problem : SelectionProblem
    models : iterable of str
        The ensemble, by name.

    Returns
    -------
    DataFrame
        A row for each kind of move that leads to an admissible ensemble: `move` (``"add"``,
        ``"remove"``, ``"swap"``), `added`, `removed`, `loss` after the move, and `change` of the
        loss, negative for an improvement.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> best_moves(SelectionProblem(table, m_inter="total"), ["b", "c"])
       move added removed   loss  change
    0   add     a     NaN  2.375     0.5
    1  swap     a       b  1.875     0.0
    """
    names = problem.models
    neighbourhood = Neighbourhood(problem)
    chosen = neighbourhood.indicator(_known(problem, models))
    now = loss_terms(problem, [int(i) for i in np.flatnonzero(chosen)]).loss
    found = [neighbourhood.best_of_kind(chosen, kind) for kind in ("add", "remove", "swap")]
    return pd.DataFrame(
        [_move(problem, names, chosen, now, step) for step in found if step is not None],
        columns=["move", "added", "removed", "loss", "change"],
    )


def _move(
    problem: SelectionProblem, names: tuple[str, ...], chosen: Any, now: float, step: Neighbour
) -> tuple[object, ...]:
    after = loss_terms(problem, [int(i) for i in np.flatnonzero(step.apply(chosen))]).loss
    added = None if step.added is None else names[step.added]
    removed = None if step.removed is None else names[step.removed]
    return step.kind, added, removed, after, after - now


def _known(problem: SelectionProblem, models: Iterable[str]) -> list[str]:
    if isinstance(models, str) or not isinstance(models, Iterable):
        raise InputError(f"models must be a collection of names, not {models!r}")
    wanted = list(models)
    for name in wanted:
        if name not in problem.models:
            raise InputError(f"unknown model {name!r}; the pool has {', '.join(problem.models)}")
    return wanted


def _equal_to(best: Recommendation) -> float:
    assert best.loss is not None
    return best.loss + SUM_TOLERANCE * max(abs(best.loss), best.problem.m_intra_value)
