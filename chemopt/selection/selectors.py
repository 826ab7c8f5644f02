"""Selectors: ways to get from training items to members, for `backtest`.

A selector is written by its name, with options after a colon: ``"chemistry:alpha=0.8,beta=0.1"``.

===================  ==========================================================================
``top-k``            the most accurate models that meet the constraints
``performance``      the same by the publication's name
``best-model``       the most accurate one alone, as in `chemopt.problem.baselines`
``random``           random members (the publication's other baseline), drawn as there
``greedy, swap``     coverage by heuristics
``exact``            proved coverage of the training items
``shrunk``           coverage with pseudo-items; ``m`` of them, or chosen by cross-validation
``vote``             members for a log-odds vote, or another with ``weights=equal``, by swaps
``greedy-vote``      AutoGluon's rule: greedy with replacement, each weighs as often as it is taken
``chemistry``        `recommend` on the history of the training items: mean profiles,
                     ``empty_cost=none``, α = 0.5 and β = 0 unless given, |X| fixed
``published``        the same with the publication's settings
===================  ==========================================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chemopt.errors import InputError
from chemopt.methods.options import RunOptions
from chemopt.methods.recommend import recommend
from chemopt.numerics import SUM_TOLERANCE, Floats
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.votes import Ballots
from chemopt.problem.baselines import most_accurate, random_ensembles
from chemopt.problem.constrained import Constraints
from chemopt.problem.problem import ChemistryProblem
from chemopt.selection.methods import CoverageMethod
from chemopt.selection.procedure import (
    Choice,
    Shrink,
    best_model,
    choose,
    on_items,
    problem_of,
    top_k,
)
from chemopt.selection.shrinkage import TOP_K, checked_strength
from chemopt.validation import known_option, number


@dataclass(frozen=True)
class Members:
    """The members that a selector chose; `weights` of their votes, if it sets them itself."""

    models: tuple[str, ...]
    weights: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Task:
    """What a selector is given: training items, constraints with `size`, a seed and the split."""

    train: Outcomes
    constraints: Constraints
    seed: int
    split: int = 0

    @property
    def size(self) -> int:
        """The number of members asked for."""
        assert self.constraints.size is not None, "a backtest asks for one"
        return self.constraints.size


Options = Mapping[str, str]
Selector = Callable[[Task, Options], Members]


def select_members(name: str, task: Task) -> Members:
    """Run a selector by its name."""
    base, options = parse_selector(name)
    selector, _ = SELECTORS[base]
    return selector(task, options)


def parse_selector(name: str) -> tuple[str, dict[str, str]]:
    """Return the name of a selector and its options.

    Raises
    ------
    InputError
        There is no such selector or option, or a value is not valid.

    Examples
    --------
    >>> parse_selector("chemistry:alpha=0.8,beta=0.1")
    ('chemistry', {'alpha': '0.8', 'beta': '0.1'})
    """
    if not isinstance(name, str):
        raise InputError(f"a selector is a name, not {name!r}")
    base, _, rest = name.partition(":")
    known_option("selector", base, tuple(SELECTORS))
    if rest and not SELECTORS[base][1]:
        raise InputError(f"selector {base!r} has no options, but {rest!r} was given")
    pairs = [part.partition("=") for part in rest.split(",") if part.strip()]
    options = {key.strip(): value.strip() for key, _, value in pairs}
    for key, value in options.items():
        known_option(f"option of selector {base!r}", key, SELECTORS[base][1])
        if key == "weights":
            if value not in ("equal", "log-odds"):
                raise InputError(f"{name}: weights are equal or log-odds, not {value!r}")
        elif value != "none" or key != "empty_cost":
            high = 1 if key in ("alpha", "usage_threshold") else math.inf
            number(f"{name}: {key}", _number(name, value), 0, high)
    return base, options


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{name}: {text!r} is not a number") from None


def _top_k(task: Task, options: Options) -> Members:
    return Members(top_k(task.train, task.constraints, task.size).models)


def _best_model(task: Task, options: Options) -> Members:
    return Members(best_model(task.train, task.constraints))


def _random(task: Task, options: Options) -> Members:
    """Draw an ensemble; where none comes up, take that of the largest sum of random numbers."""
    rng = np.random.default_rng([task.seed, task.split])
    problem = problem_of(task.train, task.constraints, TOP_K)
    drawn = random_ensembles(problem, task.size, 1, rng)
    if drawn:
        return Members(drawn[0])
    return Members(most_accurate(problem, rng.random(len(problem.models)), task.size).models)


def _coverage(method: CoverageMethod) -> Selector:
    def choose_members(task: Task, options: Options) -> Members:
        how = Choice("coverage", task.constraints, 0.0, method)
        return Members(choose(task.train, how, RunOptions(seed=task.seed)).models)

    return choose_members


def _shrunk(task: Task, options: Options) -> Members:
    strength: Shrink = "cv"
    if "m" in options:
        strength = checked_strength(_number("shrunk", options["m"]))
    how = Choice("coverage", task.constraints, strength, "swap")
    return Members(choose(task.train, how, RunOptions(seed=task.seed)).models)


def _vote(task: Task, options: Options) -> Members:
    rule: Any = options.get("weights", "log-odds")
    how = Choice("vote", task.constraints, weights=rule, thorough=False)
    return Members(choose(task.train, how, RunOptions(seed=task.seed)).models)


def _greedy_vote(task: Task, options: Options) -> Members:
    """Add the model that helps the vote most, k times; one may be added again.

    Caruana, Niculescu-Mizil, Crew and Ksikes, Ensemble Selection from Libraries of Models, ICML
    2004. Among equals the more accurate model is added.
    """
    train = task.train
    rows = problem_of(train, task.constraints, TOP_K)
    if rows.side_constraints or rows.require:
        raise InputError("selector 'greedy-vote' knows no constraints but excluded models")
    ballots = Ballots(train)
    excluded = set(task.constraints.exclude)
    models = [k for k, name in enumerate(train.models) if name not in excluded]
    models.sort(key=lambda k: -train.accuracy.iloc[k])
    counts: Floats = np.zeros(len(train.models))
    for _ in range(task.size):
        best, chosen = -math.inf, models[0]
        for k in models:
            counts[k] += 1
            members = np.flatnonzero(counts)
            value = float(ballots.credit(members.tolist(), counts[members]).mean())
            if value > best + SUM_TOLERANCE:
                best, chosen = value, k
            counts[k] -= 1
        counts[chosen] += 1
    members = np.flatnonzero(counts)
    return Members(tuple(train.models[k] for k in members), tuple(counts[members].tolist()))


def _chemistry(published: bool) -> Selector:
    def choose_members(task: Task, options: Options) -> Members:
        given: dict[str, Any] = {
            name: None if text == "none" else float(text)  # of `empty_cost`
            for name, text in {"beta": "0", **options}.items()
        }
        problem = ChemistryProblem.from_data(
            task.train.to_history() if published else task.train,
            m_inter="total",
            constraints=on_items(task.constraints, task.train),
            **given,
        )
        return Members(recommend(problem, seed=task.seed).models)

    return choose_members


_CHEMISTRY_OPTIONS = ("alpha", "beta", "usage_threshold", "empty_cost")
# Each with the names of its options.
SELECTORS: dict[str, tuple[Selector, tuple[str, ...]]] = {
    "top-k": (_top_k, ()),
    "performance": (_top_k, ()),
    "best-model": (_best_model, ()),
    "random": (_random, ()),
    "greedy": (_coverage("greedy"), ()),
    "swap": (_coverage("swap"), ()),
    "exact": (_coverage("exact"), ()),
    "shrunk": (_shrunk, ("m",)),
    "vote": (_vote, ("weights",)),
    "greedy-vote": (_greedy_vote, ()),
    "chemistry": (_chemistry(published=False), _CHEMISTRY_OPTIONS),
    "published": (_chemistry(published=True), _CHEMISTRY_OPTIONS),
}
