"""What is said first of an answer by chemistry: see `chemopt.evidence.verdict`."""

from __future__ import annotations

import math

import numpy as np

from chemopt.evidence.verdict import Figures, Verdict, judge_ensemble
from chemopt.methods.accuracy import accuracies, available, mean_accuracy, random_accuracy
from chemopt.methods.warnings import usage_threshold
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.patterns import random_coverage
from chemopt.problem.baselines import (
    DRAWN,
    best_single_model,
    is_constrained,
    most_accurate,
    random_ensembles,
)
from chemopt.problem.problem import ChemistryProblem
from chemopt.profiles.saturation import check_saturation

_INSTEAD = "choose by outcomes item by item, with `chemopt select`"


def verdict_of(problem: ChemistryProblem, models: tuple[str, ...], status: str) -> Verdict:
    """Judge an ensemble of least loss.

    Parameters
    ----------
    problem : ChemistryProblem
    models : tuple of str
        The ensemble, of one model at least.
    status : str
        What is known of its loss.
    """
    return judge_ensemble(_figures(problem, models), f"published loss ({status})", unfit(problem))


def unfit(problem: ChemistryProblem) -> str:
    """Say why the loss does not serve on the data of a problem; "" if nothing is known."""
    if problem.outcomes is not None:
        return "outcomes are known item by item, so choose by them, with `chemopt select`"
    pairs = problem.table.upper
    if len(pairs) > 1 and problem.table.is_constant:
        return f"all pairs have chemistry {pairs[0]:g}, so it tells none from another; {_INSTEAD}"
    if problem.profiles is None:
        return ""
    if check_saturation(problem.profiles, usage_threshold(problem)).saturated:
        return f"the profiles are saturated; {_INSTEAD}"
    return ""


def _figures(problem: ChemistryProblem, models: tuple[str, ...]) -> Figures:
    """Return coverage of the items where they are known, else the members' mean accuracy."""
    outcomes, size = problem.outcomes, len(models)
    measure, accuracy = "accuracy", accuracies(problem)
    if outcomes is not None:
        measure = "coverage"
        accuracy = np.array(outcomes.accuracy[list(problem.models)], dtype=float)
    if accuracy is None:
        return Figures(measure, size, None)

    def worth(ensemble: tuple[str, ...]) -> float | None:
        if not ensemble:
            return None
        found = (
            mean_accuracy(problem, ensemble) if outcomes is None else outcomes.coverage(ensemble)
        )
        return None if math.isnan(found) else found

    best = best_single_model(problem, accuracy)
    top = most_accurate(problem, accuracy, size, models).models
    choice = size < len(available(problem))  # else the ensemble is the pool
    return Figures(
        measure,
        size,
        worth(models),
        top_k=worth(top),
        best_model=None if best is None else worth((best,)),
        random=_random(problem, outcomes, size) if choice else None,
        same_as_top_k=choice and top == tuple(sorted(models)),
        same_as_best_model=models == (best,),
        items=None if outcomes is None else len(outcomes),
    )


def _random(problem: ChemistryProblem, outcomes: Outcomes | None, size: int) -> float | None:
    """Return the mean of random ensembles; None where none that meets the constraints came up."""
    if outcomes is None:
        found = random_accuracy(problem, size)
        return None if math.isnan(found) else found
    if not is_constrained(problem):
        return random_coverage(outcomes.take_models(available(problem)), size)
    drawn = random_ensembles(problem, size, DRAWN, np.random.default_rng(0))
    return float(np.mean([outcomes.coverage(X) for X in drawn])) if drawn else None
