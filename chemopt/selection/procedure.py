"""The way from items to an ensemble: shrink, choose the strength by cross-validation, solve.

`choose` is all that `select` does with the items it is given, and so what its held-out estimate
repeats on parts of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from chemopt.evidence.splits import repeated_folds
from chemopt.execution.clock import SHRINKAGE, SOLVE, timed
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.votes import WeightRule
from chemopt.problem.attributes import joined_attributes
from chemopt.problem.baselines import TopK, best_single_model, most_accurate
from chemopt.problem.constrained import Constraints
from chemopt.selection.methods import CoverageMethod, solve_coverage
from chemopt.selection.objectives import Objective
from chemopt.selection.problem import CoverageProblem
from chemopt.selection.shrinkage import TOP_K, Shrinkage, Strength, shrunk_patterns
from chemopt.selection.voting import solve_vote

# Among equals the strongest shrinkage is taken, so they are in this order.
STRENGTHS: tuple[Strength, ...] = (TOP_K, math.inf, 400.0, 200.0, 100.0, 50.0, 0.0)
Shrink: TypeAlias = Literal["cv"] | Strength
FOLDS = 5


@dataclass(frozen=True)
class Choice:
    """How an ensemble is chosen from items.

    Attributes
    ----------
    objective : {"coverage", "vote"}
    constraints : Constraints
        Which ensembles are feasible; attributes are those that were given.
    shrink : "cv", "top-k" or float
        For coverage: a strength of shrinkage, or ``"cv"`` to choose one of `STRENGTHS`.
    method : str
        For coverage; see `chemopt.selection.methods`.
    weights : {"equal", "log-odds"}
        For votes.
    thorough : bool
        Whether a vote may enumerate ensembles, rather than swap members.
    """

    objective: Objective
    constraints: Constraints
    shrink: Shrink = "cv"
    method: CoverageMethod = "auto"
    weights: WeightRule = "log-odds"
    thorough: bool = True


@dataclass(frozen=True, eq=False)
class Chosen:
    """What was chosen, and how.

    Attributes
    ----------
    problem : CoverageProblem
        What was solved; of a vote, its constraints.
    outcome : MethodOutcome
        With value and bound in the units of `problem`, in items for a vote.
    strength : "top-k", float or None
        Pseudo-items; None for a vote.
    timings : dict
        Seconds of the choice of the strength, if it was made, and of building and solving.
    """

    problem: CoverageProblem
    outcome: MethodOutcome
    strength: Strength | None
    timings: Mapping[str, float]

    @property
    def models(self) -> tuple[str, ...]:
        """The ensemble, by name; empty without one."""
        return tuple(sorted(self.problem.models[k] for k in self.outcome.models or ()))


def choose(items: Outcomes, choice: Choice, run: RunOptions) -> Chosen:
    """Choose an ensemble from some items; the time limit is for building and solving."""
    timings: dict[str, float] = {}
    strength: Strength | None = None
    if choice.objective == "coverage":
        if choice.shrink == "cv":
            with timed(timings, SHRINKAGE):
                strength = choose_strength(items, choice, run.seed)
        else:
            strength = choice.shrink
    with timed(timings, SOLVE) as clock:
        run = replace(run, clock=clock)
        if strength is None:
            problem = problem_of(items, choice.constraints, 0.0)
            outcome = solve_vote(items, problem, choice.weights, run, thorough=choice.thorough)
        else:
            problem = problem_of(items, choice.constraints, strength)
            outcome = solve_coverage(problem, choice.method, run)
    return Chosen(problem, outcome, strength, timings)


def problem_of(items: Outcomes, constraints: Constraints, strength: Strength) -> CoverageProblem:
    """Return the coverage problem of some items with shrinkage.

    Mean costs and latencies are attributes, too: those of these items, so that nothing is known of
    others.
    """
    return CoverageProblem(shrunk_patterns(items, strength), on_items(constraints, items))


def choose_strength(items: Outcomes, choice: Choice, seed: int) -> Strength:
    """Choose the shrinkage whose ensembles cover most of folds that they did not see.

    Ensembles of folds are those of the swap heuristic, which is within a fraction of a percent of
    the optimum and much faster.
    """
    if len(items) < FOLDS:
        return STRENGTHS[0]  # too few items to leave any out
    scores = np.zeros(len(STRENGTHS))
    of_all = problem_of(items, choice.constraints, TOP_K)
    for split in repeated_folds(len(items), FOLDS, 1, seed):
        train, test = items.take_items(split.train), items.take_items(split.test)
        shrinkage, constrained = Shrinkage(train), of_all
        if (
            choice.constraints.budgets or choice.constraints.groups
        ):  # which mean costs of these items may be about
            constrained = problem_of(train, choice.constraints, TOP_K)
        for k, strength in enumerate(STRENGTHS):
            problem = constrained.with_patterns(shrinkage.patterns(strength))
            outcome = solve_coverage(problem, "swap", RunOptions(seed=seed))
            names = [problem.models[i] for i in outcome.models or ()]
            scores[k] += test.coverage(names) * len(test)
    return STRENGTHS[int(np.argmax(np.round(scores, 9)))]


def top_k(
    items: Outcomes, constraints: Constraints, size: int, known: tuple[str, ...] = ()
) -> TopK:
    """Return the most accurate models, of those ensembles of a size that meet the constraints.

    `known` is one of them, if one is known; see `chemopt.problem.baselines`.
    """
    problem = problem_of(items, constraints.of_size(size), TOP_K)
    return most_accurate(problem, items.scores.sum(axis=0), size, known)


def best_model(items: Outcomes, constraints: Constraints) -> tuple[str, ...]:
    """Return the most accurate model that may be asked alone; none where there is none.

    Which models may be is defined in `chemopt.problem.baselines`.
    """
    problem = problem_of(items, constraints, TOP_K)
    best = best_single_model(problem, items.scores.sum(axis=0))
    return () if best is None else (best,)


def on_items(constraints: Constraints, items: Outcomes) -> Constraints:
    """Return constraints with the mean cost and latency of some items as attributes, too."""
    own = items.attributes()
    if own.columns.empty:
        return constraints
    return constraints.with_attributes(joined_attributes(own, constraints.table))


def check_constraints(items: Outcomes, constraints: Constraints) -> None:
    """Raise unless constraints are valid for the models of some outcomes.

    Raises
    ------
    InputError
        A name or an attribute is not known, or a model lacks one.
    """
    on_items(constraints, items).for_pool(items.models).rows(items.models)
