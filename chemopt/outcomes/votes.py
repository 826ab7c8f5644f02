"""Votes of an ensemble: the answer with most weight wins.

Each member votes for its answer with a weight w_i > 0; no answer is no vote. The answer of largest
total weight wins, and a tie shares the credit: of t answers that tie, each counts 1/t. The credit
of an item is the score of the winning answer, 0 if nobody answered. The vote's value is the mean
credit over items (*plurality vote*).

Where only right and wrong are known, answers are not: then the vote counts as right when more than
half of the weight is right, and as half right when exactly half is (*majority vote*). Wrong answers
may differ among themselves, so this is a lower bound of the plurality vote's value.

Log-odds weights, w_i = log(a_i / (1 − a_i)) with the members' accuracies a_i on training items, are
the best ones for members that err independently of each other (Nitzan and Paroush, International
Economic Review 23, 1982). Accuracies are clipped to [`LEAST_ACCURACY`, `MOST_ACCURACY`] first, so
that each weight is positive and finite: a member that is mostly wrong is no oracle for the opposite
where there are more than two answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from chemopt.errors import InputError
from chemopt.numerics import SUM_TOLERANCE, Floats
from chemopt.outcomes.outcomes import NO_ANSWER, Outcomes, check_outcomes
from chemopt.validation import shown

WeightRule = Literal["equal", "log-odds"]
WEIGHT_RULES: tuple[WeightRule, ...] = get_args(WeightRule)
Weights: TypeAlias = WeightRule | Sequence[float] | Floats
# What accuracies are clipped to before their log-odds are taken.
LEAST_ACCURACY, MOST_ACCURACY = 0.51, 0.99


@dataclass(frozen=True, eq=False)
class Vote:
    """What an ensemble's vote is worth.

    Attributes
    ----------
    models : tuple of str
        The members, in the order of names.
    weights : ndarray of shape (members,)
    credit : ndarray of shape (items,)
        In [0, 1], by item.
    lower_bound : bool
        Whether answers are not known, so that this is the majority vote, a lower bound.
    """

    models: tuple[str, ...]
    weights: Floats
    credit: Floats
    lower_bound: bool

    @property
    def value(self) -> float:
        """Mean credit."""
        return float(self.credit.mean())


def vote(
    outcomes: Outcomes,
    models: Iterable[str],
    weights: Weights = "equal",
    *,
    train: Outcomes | None = None,
) -> Vote:
    """Let an ensemble vote on each item.

    Parameters
    ----------
    outcomes : Outcomes
        The items that are voted on.
    models : iterable of str
        The members, at least one.
    weights : {"equal", "log-odds"} or sequence of float
        One positive number for each member, in the order of `models`, or a rule.
    train : Outcomes, optional
        Where the accuracies behind ``"log-odds"`` come from; `outcomes` itself if not given, which
        flatters the vote.

    Raises
    ------
    InputError
        A model is unknown or there is none, or weights are not valid.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(pd.DataFrame({
    ...     "model": ["a", "b", "c"] * 2, "item": [1] * 3 + [2] * 3,
    ...     "correct": [0, 1, 0, 1, 0, 0], "answer": ["x", "y", "z", "x", "y", "y"]}))
    >>> vote(outcomes, ["a", "b", "c"]).credit.round(2).tolist()
    [0.33, 0.0]
    >>> vote(outcomes, ["a", "b", "c"], [1, 3, 1]).credit.tolist()
    [1.0, 0.0]
    """
    check_outcomes("vote", outcomes)
    if not outcomes.votable:
        raise InputError(
            f"{outcomes.source}: a vote needs the answers (a column 'answer'), or right and wrong; "
            "marks between do not say who votes for what"
        )
    given = list(models) if not isinstance(models, str) else models
    chosen = outcomes.positions(given)
    if not chosen:
        raise InputError("vote needs at least one model")
    if isinstance(weights, str):
        w = _rule_weights(outcomes, chosen, weights, outcomes if train is None else train)
    else:
        w = _given_weights(outcomes, list(given), weights)
    return Vote(
        models=tuple(outcomes.models[k] for k in chosen),
        weights=w,
        credit=credit_of(outcomes, chosen, w),
        lower_bound=outcomes.answers is None,
    )


def weights_by_rule(train: Outcomes, rule: str) -> Floats:
    """Return the weight of each model of the pool by a rule.

    Raises
    ------
    InputError
        There is no such rule.
    """
    if rule not in WEIGHT_RULES:
        raise InputError(
            f"weights must be {', '.join(WEIGHT_RULES)} or a number for each member, not "
            f"{shown(rule)}"
        )
    if rule == "equal":
        return np.ones(len(train.models))
    accuracy = np.clip(train.accuracy.to_numpy(), LEAST_ACCURACY, MOST_ACCURACY)
    odds: Floats = np.log(accuracy / (1 - accuracy))
    return odds


def credit_of(outcomes: Outcomes, chosen: Sequence[int], weights: Floats) -> Floats:
    """Return the credit of each item for members given by number, with a weight each."""
    return Ballots(outcomes).credit(chosen, weights)


class Ballots:
    """The answers of a pool, kept so that many ensembles can be counted.

    Parameters
    ----------
    outcomes : Outcomes
    """

    def __init__(self, outcomes: Outcomes) -> None:
        # a row for each model, since an ensemble takes some of them
        self._scores = np.ascontiguousarray(outcomes.scores.T)
        given = outcomes.answers
        self._answers = None if given is None else np.ascontiguousarray(given.T)

    def credit(self, chosen: Sequence[int], weights: Floats) -> Floats:
        """Return the credit of each item for members given by number, with a weight each."""
        members = list(chosen)
        if self._answers is None:
            return _majority(self._scores[members], weights)
        return _plurality(self._scores[members], self._answers[members], weights)


def _majority(scores: Floats, weights: Floats) -> Floats:
    margin = weights @ scores - weights.sum() / 2
    tied = np.abs(margin) <= SUM_TOLERANCE * weights.sum()
    credit: Floats = np.where(tied, 0.5, (margin > 0).astype(float))
    return credit


def _plurality(scores: Floats, answers: npt.NDArray[np.int32], weights: Floats) -> Floats:
    """Add up, for each member, the weight and the number of those who gave the same answer."""
    k = len(weights)
    votes = np.repeat(weights[:, None], scores.shape[1], axis=1)
    alike = np.ones(scores.shape)
    for one in range(k):
        for other in range(one + 1, k):
            same = answers[one] == answers[other]
            votes[one] += weights[other] * same
            votes[other] += weights[one] * same
            alike[one] += same
            alike[other] += same
    votes[answers == NO_ANSWER] = 0.0
    best = votes.max(axis=0)
    # members with the same answer share its place among the winners
    place = ((votes >= best * (1 - SUM_TOLERANCE)) & (best > 0)) / alike
    winners = place.sum(axis=0)
    credit: Floats = (place * scores).sum(axis=0) / np.where(winners > 0, winners, 1.0)
    return credit


def _rule_weights(outcomes: Outcomes, chosen: Sequence[int], rule: str, train: Outcomes) -> Floats:
    """Return the weights of members by a rule, from training items of a pool that has them."""
    check_outcomes("vote", train)
    names = [outcomes.models[k] for k in chosen]
    missing = [name for name in names if name not in train.models]
    if missing:
        raise InputError(f"vote: {missing[0]!r} has no training items")
    of_train = dict(zip(train.models, weights_by_rule(train, rule), strict=True))
    return np.array([of_train[name] for name in names])


def _given_weights(outcomes: Outcomes, given: list[str], weights: Weights) -> Floats:
    """Return weights that were given, in the order of the members' names."""
    try:
        array = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"weights must be numbers, not {shown(weights)}") from None
    if array.shape != (len(given),) or not (np.isfinite(array) & (array > 0)).all():
        raise InputError(
            f"weights must be {len(given)} positive numbers, one for each member, not "
            f"{shown(weights)}"
        )
    if len(set(given)) < len(given):
        raise InputError("vote: a model is named twice; give it a larger weight instead")
    order = np.argsort([outcomes.models.index(name) for name in given])
    return array[order]
