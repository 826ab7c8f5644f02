"""`select`: the ensemble that covers most items, or votes best, and whether it is worth it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from chemopt.errors import InputError, SolverError
from chemopt.evidence.intervals import Interval
from chemopt.evidence.verdict import FEW_ITEMS, Figures, Verdict, judge_ensemble
from chemopt.execution.clock import BASELINES, HELD_OUT, timed
from chemopt.methods.judge import judge
from chemopt.methods.options import RunOptions, SelectionOptions
from chemopt.methods.outcome import Status, StopReason, status_text
from chemopt.numerics import PRUNE_TOLERANCE, SUM_TOLERANCE
from chemopt.outcomes.outcomes import Outcomes, check_outcomes
from chemopt.outcomes.votes import WEIGHT_RULES, WeightRule
from chemopt.problem.check import linear_violations
from chemopt.problem.constrained import Constraints
from chemopt.progress import Progress, reporter
from chemopt.selection.baselines import COLUMNS, outcome_baselines, outcome_row, with_ensemble
from chemopt.selection.held_out import held_out_values, mean_of
from chemopt.selection.methods import COVERAGE_METHODS, CoverageMethod
from chemopt.selection.objectives import OBJECTIVES, Objective, worth
from chemopt.selection.procedure import (
    FOLDS,
    Choice,
    Chosen,
    Shrink,
    check_constraints,
    choose,
)
from chemopt.selection.selection import Selection, objective_text
from chemopt.selection.shrinkage import TOP_K, Strength, checked_strength
from chemopt.selection.tied_swaps import MOST, tied_swaps
from chemopt.validation import choice, no_other_options, whole
from chemopt.wording import counted

if TYPE_CHECKING:
    from typing_extensions import Unpack

# Without any bound on size or money, covering most means taking all.
DEFAULT_SIZE = 3
REPEATS = 4


def select(
    outcomes: Outcomes,
    objective: Objective = "coverage",
    *,
    constraints: Constraints | None = None,
    shrink: Shrink | None = "cv",
    weights: WeightRule = "log-odds",
    method: CoverageMethod = "auto",
    folds: int = FOLDS,
    repeats: int = REPEATS,
    progress: Progress = None,
    **options: Unpack[SelectionOptions],
) -> Selection:
    """Select the ensemble that covers most items or votes best, and estimate what it is worth.

    Parameters
    ----------
    outcomes : Outcomes
        From `load_outcomes`.
    objective : {"coverage", "vote"}
        ``"coverage"``: the share of items that some member gets right, for when a verifier (tests,
        a checker, a person) picks the right answer. ``"vote"``: the credit of a weighted vote.
    constraints : Constraints, optional
        Which ensembles are feasible. Its fields (`size`, `max_size`, `require`, `exclude`,
        `budgets`, `groups`, …) are options of this function, too. The mean `cost` and `latency` of
        outcomes are attributes. Without any size or budget, `size` is 3.
    shrink : "cv", None, float or "top-k"
        For coverage. Pseudo-items m of a one-factor model that are added to the items, against luck
        (`chemopt.selection.shrinkage`); ``"cv"`` lets cross-validation choose m, or the most
        accurate models. None adds none.
    weights : {"log-odds", "equal"}
        For votes.
    method : {"auto", "exact", "highs", "cp-sat", "greedy", "swap"}
        For coverage. ``"exact"`` (``"auto"``) is chemopt's branch and bound, ``"highs"`` and
        ``"cp-sat"`` solve the model of `chemopt_models.coverage` (without pseudo-items),
        ``"greedy"`` and ``"swap"`` are heuristics. A vote has one method.
    folds, repeats : int
        Of the cross-validation that makes the held-out estimate; ``repeats=0`` makes none.
    progress : bool or callable, optional
        True shows a bar; a function is called with the splits done and the splits in all.
    **options
        Fields of `Constraints`, and the options of solving (`time_limit`, `rel_gap`, `threads`,
        `seed`, `verbose`) as for `recommend`. The time limit is for building and solving, and as
        much for that of each split of the held-out estimate; the choice of the shrinkage and
        imports are not counted.

    Returns
    -------
    Selection
        Infeasible problems and time limits are reported in `Selection.status`, not raised.

    Raises
    ------
    InputError
        An option is not valid, or not the objective's or the method's.
    SolverError
        A solver is missing, or its answer does not check.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(pd.DataFrame({
    ...     "ada": [1, 1, 1, 0, 0, 0], "bea": [1, 1, 0, 0, 0, 0], "cyd": [0, 0, 0, 1, 1, 0]}))
    >>> best = select(outcomes, size=2, shrink=None, repeats=0)
    >>> best.models, round(best.value, 3), best.status.value
    (('ada', 'cyd'), 0.833, 'optimal')
    """
    progress = reporter(progress, "splits")
    check_outcomes("select", outcomes)
    left: dict[str, Any] = dict(options)
    constraints, run = Constraints.take(left, constraints), RunOptions.take(left)
    no_other_options("select", left, SelectionOptions.__annotations__)
    choice("objective", objective, OBJECTIVES)
    choice("weights", weights, WEIGHT_RULES)
    if objective == "coverage" and weights != "log-odds":
        raise InputError(f"weights {weights!r} are of votes; coverage has none")
    choice("method", method, COVERAGE_METHODS)
    whole("folds", folds, 2)
    whole("repeats", repeats, 0)
    strength = _strength(shrink, objective, method, outcomes.votable)
    for option in ("size", "max_size"):
        if (given := getattr(constraints, option)) is not None:
            whole(option, given, 1)
    check_constraints(outcomes, constraints)
    if not constraints.sized and not constraints.budgets:
        available = len(set(outcomes.models) - set(constraints.exclude))
        default = max(1, len(constraints.require), min(DEFAULT_SIZE, available))
        constraints = replace(constraints, size=default)
    how = Choice(objective, constraints, strength, method, weights)
    chosen = choose(outcomes, how, run)
    status, value, bound, reason = _checked(chosen, len(outcomes), run)
    models = chosen.models if value is not None else ()
    timings = dict(chosen.timings)
    with timed(timings, HELD_OUT):
        splits = held_out_values(
            outcomes, how, folds=folds, repeats=repeats if models else 0, run=run,
            progress=progress,
        )  # fmt: skip
        held_out = mean_of(splits, folds, "ensemble")
        versus_top_k = mean_of(splits, folds, "ensemble", "top_k")
        versus_best = mean_of(splits, folds, "ensemble", "best_model")
    with timed(timings, BASELINES):
        proved = status is Status.OPTIMAL and chosen.strength in (None, 0.0)
        baselines = _baselines(outcomes, models, how, run.seed, proved)
    outcome = chosen.outcome
    return Selection(
        problem=chosen.problem,
        models=models,
        objective=objective,
        status=status,
        stop_reason=reason,
        value=value,
        bound=bound,
        training_value=worth(outcomes, models, objective, weights) if models else None,
        shrink=chosen.strength,
        held_out=held_out,
        versus_top_k=versus_top_k,
        versus_best_model=versus_best,
        splits=splits,
        baselines=baselines,
        verdict=_verdict(
            outcomes, how, chosen.strength, status, baselines,
            (versus_top_k, versus_best) if repeats else None,
        ),
        warnings=(
            *outcomes.warnings, *_warnings(outcomes, chosen, how, baselines),
            *_unproved_top_k(splits),
        ),
        method=method,
        solver=outcome.solver,
        solver_version=outcome.version,
        timings=timings,
        seed=run.seed,
        settings={
            **run.settings, "folds": folds, "repeats": repeats,
            "shrink": "infinite" if shrink == math.inf else shrink, "weights": weights,
        },
        message=outcome.message,
        nodes=outcome.nodes,
    )  # fmt: skip


def _baselines(
    outcomes: Outcomes,
    models: tuple[str, ...],
    how: Choice,
    seed: int,
    proved: bool,
) -> pd.DataFrame:
    """Return the ensemble and what it is compared with; no rows without an ensemble.

    `proved` says whether none is better by the objective on these items.
    """
    if not models:
        return pd.DataFrame(columns=list(COLUMNS))
    others = outcome_baselines(
        outcomes, len(models), how.constraints, objective=how.objective, weights=how.weights,
        seed=seed, known=models, known_proved=proved,
    )  # fmt: skip
    return with_ensemble(outcome_row(outcomes, "ensemble", models, how.weights), others)


def _verdict(
    outcomes: Outcomes,
    how: Choice,
    strength: Strength | None,
    status: Status,
    baselines: pd.DataFrame,
    versus: tuple[Interval, Interval] | None,
) -> Verdict | None:
    """Judge the ensemble by its baselines and held-out differences; None without an ensemble."""
    if baselines.empty:
        return None
    rows = {str(row["name"]): row for row in baselines.to_dict("records")}
    chosen = rows["ensemble"]["models"]

    def value(name: str) -> float | None:
        found = float(rows[name][how.objective]) if name in rows else math.nan
        return None if math.isnan(found) else found

    def same(name: str) -> bool:
        return name in rows and set(rows[name]["models"]) == set(chosen)

    figures = Figures(
        how.objective,
        len(chosen),
        value("ensemble"),
        top_k=value("top-k"),
        best_model=value("best model"),
        random=value("random (mean)"),
        best_known=value("oracle"),
        same_as_top_k=same("top-k"),
        same_as_best_model=same("best model"),
        items=len(outcomes),
        versus_top_k=None if versus is None else versus[0],
        versus_best_model=None if versus is None else versus[1],
    )
    return judge_ensemble(figures, f"{objective_text(strength)} ({status_text(status)})")


def _strength(shrink: Any, objective: Objective, method: CoverageMethod, votable: bool) -> Shrink:
    """Return the strength of shrinkage that was asked for, if it goes with the rest."""
    if objective == "vote":
        if not votable:
            raise InputError(
                "a vote needs the answers (a column 'answer'), or right and wrong; marks between "
                "do not say who votes for what"
            )
        if method != "auto":
            raise InputError(f"method {method!r} is for coverage; a vote has one method")
        if shrink is not None and not (isinstance(shrink, str) and shrink == "cv"):
            raise InputError("shrink is for coverage; a vote has no pseudo-items")
        return 0.0
    if isinstance(shrink, str) and shrink == "cv":
        # the models of solvers have no pseudo-items
        return 0.0 if method in ("highs", "cp-sat") else "cv"
    return 0.0 if shrink is None else checked_strength(shrink)


def _checked(
    chosen: Chosen, items: int, run: RunOptions
) -> tuple[Status, float | None, float | None, StopReason]:
    """Check the outcome; return status, value and bound as shares, and why it stopped."""
    problem, outcome = chosen.problem, chosen.outcome
    total = problem.patterns.total
    if chosen.strength is None:
        total = float(items)
    elif chosen.strength == TOP_K:
        total = float(max(problem.feasible_sizes, default=1))
    if outcome.models is None:
        status = Status.INFEASIBLE if outcome.infeasible else Status.NO_RECOMMENDATION
        bound = None if outcome.bound is None else outcome.bound / total
        return status, None, bound, outcome.stop_reason
    broken = linear_violations(problem, chosen.models)
    if broken:
        raise SolverError(f"{outcome.solver} gave {', '.join(chosen.models)}, but {broken[0]}")
    value = outcome.claimed_loss
    if chosen.strength is not None:
        value = problem.patterns.value(outcome.models)
        claimed = outcome.claimed_loss
        if claimed is not None and abs(value - claimed) > SUM_TOLERANCE * max(1.0, value):
            raise SolverError(
                f"{outcome.solver} says its ensemble has value {claimed!r}, but it is {value!r}"
            )
    if value is None:
        raise SolverError(f"{outcome.solver} does not say what its ensemble is worth")
    tolerance = 10 * PRUNE_TOLERANCE * max(1.0, value)
    found = judge(
        value, outcome.bound, outcome.stop_reason, maximised=True, tolerance=tolerance,
        accuracy=tolerance, solver=outcome.solver, rel_gap=run.rel_gap,
    )  # fmt: skip
    bound = None if found.bound is None else found.bound / total
    return found.status, value / total, bound, found.stop_reason


def _unproved_top_k(splits: pd.DataFrame) -> Iterable[str]:
    """Yield a warning where the difference to top-k is one to ensembles that may not be top-k."""
    unproved = int((splits["top_k_proved"] == False).sum())  # noqa: E712 - a column of objects
    if unproved:
        yield (
            f"In {unproved} of {counted(len(splits), 'split')} the most accurate models are not "
            "proved, so the difference to them may be too large."
        )


def _warnings(
    outcomes: Outcomes, chosen: Chosen, how: Choice, baselines: pd.DataFrame
) -> Iterable[str]:
    """Yield what a user should know before trusting the ensemble."""
    yield from chosen.problem.constraint_warnings
    if len(outcomes) < FEW_ITEMS:
        items = counted(len(outcomes), "item")
        yield f"Only {items}: on others, other models may well be the best."
    if how.objective == "vote" and outcomes.answers is None:
        yield (
            "Answers are not known, only right and wrong, so the vote is a majority vote, a lower "
            "bound of the plurality vote."
        )
    if not chosen.models:
        return
    covers = how.objective == "coverage"
    if tied := tied_swaps(outcomes, chosen, how.weights):
        more = "or more " if len(tied) == MOST else ""
        yield (
            f"{counted(len(tied), 'ensemble')} {more}that differ{'s' if len(tied) == 1 else ''} in "
            f"one member {'is' if len(tied) == 1 else 'are'} as good by this objective, such as "
            f"{', '.join(tied[0])}; there may be others."
        )
    rows = {name: group.iloc[0] for name, group in baselines.groupby("name")}
    mine, best = rows["ensemble"], rows.get("top-k")
    if best is not None and set(mine["models"]) == set(best["models"]):
        if np.ptp(outcomes.accuracy) == 0:
            yield "All models are equally accurate, so any of them would do."
        elif len(chosen.models) == 1:
            yield "This is the most accurate model."
        else:
            yield f"These are the {len(chosen.models)} most accurate models."
    mean = rows["random (mean)"]["accuracy"]
    if mine["accuracy"] < mean - SUM_TOLERANCE:
        needs = ": they need a verifier that knows a right answer" if covers else ""
        yield (
            f"The members' mean accuracy, {mine['accuracy']:.3f}, is below that of a random "
            f"ensemble, {mean:.3f}{needs}."
        )
