"""More than one answer: the k best ensembles, and what is around a given one.

The next best ensemble is the best one that is none of those before it. "Not this one" is a side
constraint like any other, a no-good cut (`forbid`), so every method gives the k best, each proved
as the first is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

from chemopt.errors import InputError
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.local_search.neighbourhood import Neighbour, Neighbourhood
from chemopt.methods.outcome import StopReason
from chemopt.methods.recommend import check_options, recommend
from chemopt.methods.recommendation import Recommendation, raise_if_interrupted
from chemopt.methods.registry import MethodName
from chemopt.numerics import row_sums
from chemopt.problem.check import meets_inter, violations
from chemopt.problem.loss import loss_terms
from chemopt.problem.problem import ChemistryProblem, check_problem
from chemopt.progress import Progress, reporter
from chemopt.validation import whole
from chemopt.wording import meant

MOVE_COLUMNS = ("move", "added", "removed", "loss", "change")


def best_ensembles(
    problem: ChemistryProblem,
    k: int = 5,
    method: MethodName = "auto",
    *,
    tied: bool = False,
    progress: Progress = None,
    **options: Any,
) -> list[Recommendation]:
    """Find the k best distinct ensembles, in the order of their losses.

    Parameters
    ----------
    problem : ChemistryProblem
    k : int
        How many, at least 1; there may be fewer.
    method : str
        A method of `recommend`; with an exact one, each place in the order is proved when its
        status is ``"optimal"``.
    tied : bool
        Only those that are as good as the best, up to the rounding of their own losses; k is then a
        limit.
    progress : bool or callable, optional
        True shows a bar; a function is called with the ensembles found and k.
    **options
        As for `recommend`; a time limit holds for each ensemble.

    Returns
    -------
    list of Recommendation
        Empty if there is none. Ties between them are broken as the method does. Those of an exact
        method are the best to the tolerance of its proofs; a heuristic may miss some. Where the
        hill climber falls back on profiles, its answer alone.

    Raises
    ------
    InputError
        An option is not valid.
    KeyboardInterrupt
        A run was interrupted.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> found = best_ensembles(ChemistryProblem(table, m_inter="total"), 2)
    >>> [(answer.models, answer.loss) for answer in found]
    [(('a', 'b'), 1.875), (('a', 'c'), 1.875)]
    """
    progress = reporter(progress, "ensembles")
    check_problem("best_ensembles", problem)
    check_options(method, options, customised=True)
    whole("k", k, 1)
    ranked: list[Recommendation] = []
    left = resolve_m_inter(problem, time_limit=options.get("time_limit"))
    while len(ranked) < k:
        answer = recommend(left, method, **options)
        raise_if_interrupted(answer)
        if answer.loss is None or (tied and ranked and answer.loss > _equal_to(ranked[0])):
            break
        if answer.stop_reason is StopReason.FALLBACK:
            ranked = ranked or [answer]  # it was not chosen by its loss, so nothing comes next
            break
        at = len(ranked)
        while at and _loss(ranked[at - 1]) > _equal_to(answer):
            at -= 1  # a heuristic may come upon a better one later
        ranked.insert(at, answer)
        left = left.with_options(forbid=(*left.constraints.forbid, answer.models))
        if progress is not None:
            progress(len(ranked), k)
    if progress is not None and len(ranked) < k:
        progress(k, k)
    return ranked


def ensembles_frame(answers: Iterable[Recommendation]) -> pd.DataFrame:
    """Put ensembles side by side: `rank`, `loss`, `above_best`, `status`, `size`, `models`.

    `status` is ``"optimal"`` where it is proved that no ensemble outside the rows above is better.
    """
    rows = list(answers)
    return pd.DataFrame(
        {
            "rank": range(1, len(rows) + 1),
            "loss": [_loss(answer) for answer in rows],
            "above_best": [_loss(answer) - _loss(rows[0]) for answer in rows],
            "status": [answer.status.value for answer in rows],
            "size": [len(answer.models) for answer in rows],
            "models": [answer.models for answer in rows],
        }
    )


def contributions(problem: ChemistryProblem, models: Iterable[str]) -> pd.DataFrame:
    """Tell what each model of the pool does to the loss of an ensemble.

    Parameters
    ----------
    problem : ChemistryProblem
    models : iterable of str
        The ensemble, by name; it need not be feasible.

    Returns
    -------
    DataFrame
        A row for each model, in the order of the pool: `model`; `chosen`; `contribution`, the loss
        with the model less the loss without it, all others as they are, and its parts
        `inter_term`, `intra_term`, `size_term` (a negative contribution lowers the loss);
        `allowed`: whether the ensemble with this one model added or dropped is feasible;
        `inter_allowed`: whether it meets the inter constraint.

    Raises
    ------
    InputError
        A name is not in the pool.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> frame = contributions(ChemistryProblem(table, m_inter="total"), ["a", "b"])
    >>> frame[["model", "chosen", "contribution"]]
      model  chosen  contribution
    0     a    True         0.250
    1     b    True         0.375
    2     c   False         0.500
    """
    check_problem("contributions", problem)
    chosen = set(_known(problem, models))
    # chemistry of each model with all others, and with the chosen
    everyone = problem.table.degrees
    inside = row_sums(problem.matrix[:, problem.positions(chosen)])
    flipped = [chosen ^ {model} for model in problem.models]
    frame = pd.DataFrame(
        {
            "model": list(problem.models),
            "chosen": [model in chosen for model in problem.models],
            "contribution": 0.0,
            "inter_term": problem.alpha * (2 * inside - everyone),
            "intra_term": -(1 - problem.alpha) * inside,
            "size_term": problem.beta,
            "allowed": [not violations(problem, models) for models in flipped],
            "inter_allowed": [meets_inter(problem, models) for models in flipped],
        }
    )
    frame["contribution"] = frame[["inter_term", "intra_term", "size_term"]].sum(axis=1)
    return frame


def best_moves(problem: ChemistryProblem, models: Iterable[str]) -> pd.DataFrame:
    """Find the best single addition, removal and swap for an ensemble.

    Parameters
    ----------
    problem : ChemistryProblem
    models : iterable of str
        The ensemble, by name; it need not be feasible.

    Returns
    -------
    DataFrame
        A row for each kind of move that leads to a feasible ensemble: `move` (``"add"``,
        ``"remove"``, ``"swap"``), `added`, `removed`, `loss` after the move, and `change` of the
        loss, negative for an improvement.

    Raises
    ------
    InputError
        A name is not in the pool.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> best_moves(ChemistryProblem(table, m_inter="total"), ["b", "c"])
       move added removed   loss  change
    0   add     a    None  2.375     0.5
    1  swap     a       b  1.875     0.0
    """
    check_problem("best_moves", problem)
    problem = resolve_m_inter(problem)
    chosen = frozenset(problem.positions(_known(problem, models)))
    now = loss_terms(problem, sorted(chosen)).loss
    neighbourhood = Neighbourhood(problem)
    neighbourhood.start(neighbourhood.indicator(problem.models[i] for i in chosen))
    rows = [_row(problem, chosen, now, move) for move in neighbourhood.best_of_each_kind()]
    frame = pd.DataFrame(rows, columns=list(MOVE_COLUMNS))
    for column in ("added", "removed"):  # None stays None, whatever the version of pandas
        frame[column] = pd.Series([row[MOVE_COLUMNS.index(column)] for row in rows], dtype=object)
    return frame


def _row(
    problem: ChemistryProblem, chosen: frozenset[int], now: float, move: Neighbour
) -> tuple[object, ...]:
    names = problem.models
    after = loss_terms(problem, sorted(chosen.symmetric_difference(move.flips))).loss
    added = None if move.added is None else names[move.added]
    removed = None if move.removed is None else names[move.removed]
    return move.kind, added, removed, after, after - now


def _known(problem: ChemistryProblem, models: Iterable[str]) -> list[str]:
    if isinstance(models, str) or not isinstance(models, Iterable):
        raise InputError(f"models must be a collection of names, not {models!r}")
    wanted = list(models)
    for name in wanted:
        if name not in problem.models:
            hint = meant(name, problem.models, "the pool has")
            raise InputError(f"unknown model {name!r}; {hint}")
        if wanted.count(name) > 1:
            raise InputError(f"the model {name!r} is given twice; an ensemble has each model once")
    return wanted


def _loss(answer: Recommendation) -> float:
    assert answer.loss is not None, "it has an ensemble"
    return answer.loss


def _equal_to(answer: Recommendation) -> float:
    """Return the largest loss that only rounding tells from this one."""
    assert answer.terms is not None, "it has an ensemble"
    # a large β must not drown the chemistry, so of the loss only its last places count
    return answer.terms.loss + answer.terms.tie + 4 * math.ulp(answer.terms.loss)
