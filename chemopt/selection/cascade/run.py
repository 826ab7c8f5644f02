"""`cascade`: in which order to ask models until one is right, what it costs and what it covers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.evidence.verdict import FEW_ITEMS, Verdict, judge_cascade
from chemopt.execution.clock import HELD_OUT, SOLVE, timed
from chemopt.methods.options import RunOptions, SelectionOptions
from chemopt.methods.outcome import status_text
from chemopt.numerics import SUM_TOLERANCE
from chemopt.outcomes.outcomes import Outcomes, check_outcomes
from chemopt.problem.baselines import single_models
from chemopt.problem.check import linear_violations
from chemopt.problem.constrained import Constraints
from chemopt.progress import Progress, reporter
from chemopt.selection.cascade.held_out import (
    BEST,
    SINGLE,
    Wanted,
    compared,
    cost_and_coverage,
    held_out_means,
    held_out_splits,
)
from chemopt.selection.cascade.items import COST_COLUMNS, CostColumn, Prices, item_costs
from chemopt.selection.cascade.order import stages
from chemopt.selection.cascade.problem import CascadeProblem
from chemopt.selection.cascade.result import Cascade
from chemopt.selection.cascade.solve import (
    CASCADE_METHODS,
    CascadeMethod,
    solve_cascade,
)
from chemopt.selection.cascade.solved import Solved
from chemopt.selection.cascade.verifier import Verifier
from chemopt.selection.procedure import FOLDS
from chemopt.selection.select import REPEATS
from chemopt.validation import choice, no_other_options, number, whole

if TYPE_CHECKING:
    from typing_extensions import Unpack

# With more models than this, one repeat of the held-out estimate has to do.
_FEW_MODELS = 16


def cascade(
    outcomes: Outcomes,
    prices: Prices | None = None,
    *,
    max_cost: float | None = None,
    target: float | Literal["best"] | None = None,
    max_length: int | None = None,
    max_latency: float | None = None,
    costs: CostColumn = "cost",
    constraints: Constraints | None = None,
    false_accept: float = 0.0,
    false_reject: float = 0.0,
    method: CascadeMethod = "auto",
    folds: int = FOLDS,
    repeats: int | None = None,
    progress: Progress = None,
    **options: Unpack[SelectionOptions],
) -> Cascade:
    """Find the order of models that covers most for a largest cost, or costs least for a target.

    A cascade asks models in an order until one is right, which a verifier (tests, a checker, a
    person) recognises. Its expected cost is what an item costs on average: each model is paid for
    on the items that all before it left unsolved.

    Parameters
    ----------
    outcomes : Outcomes
        From `load_outcomes`; right or wrong, without marks between.
    prices : mapping, Series, DataFrame or ndarray, optional
        A price for each model (a DataFrame with a column `price`), or a cost for each item and
        model. By default the costs of the outcomes.
    max_cost : float, optional
        Largest expected cost of an item.
    target : float or "best", optional
        Smallest coverage, as a share of the items; ``"best"``, the default without `max_cost`, is
        the accuracy of the most accurate model that may be asked alone
        (`chemopt.problem.baselines`).
    max_length : int, optional
        Most models of the cascade.
    max_latency : float, optional
        Largest expected latency of an item, one model after the other; outcomes need latencies.
    costs : {"cost", "latency"}
        Without `prices`: the column of the outcomes that is the cost.
    constraints : Constraints, optional
        Which sets of models are feasible. Its fields (`require`, `exclude`, `budgets`, `groups`, …)
        are options of this function, too. `budgets` are sums of attributes over the members, asked
        or not.
    false_accept, false_reject : float
        Share of wrong answers that the verifier accepts, and of right ones that it rejects; see
        `chemopt.selection.cascade.verifier`. Coverage is the share of items whose accepted answer
        is right.
    method : {"auto", "dp", "bb", "highs", "cp-sat"}
        ``"dp"`` compares all sets of up to 24 models, ``"bb"`` is branch and bound by size,
        ``"auto"`` the better of the two. ``"highs"`` and ``"cp-sat"`` solve the model of
        `chemopt_models.cascade`, for small pools, and give no front.
    folds, repeats : int
        Of the cross-validation that makes the held-out estimate; ``repeats=0`` makes none. By
        default 4 repeats, or 1 for more than 16 models.
    progress : bool or callable, optional
        True shows a bar; a function is called with the splits done and the splits in all.
    **options
        Fields of `Constraints`, and the options of solving (`time_limit`, `rel_gap`, `threads`,
        `seed`, `verbose`) as for `recommend`. The time limit is for building and solving, and as
        much for each split of the held-out estimate; `rel_gap` is for HiGHS and CP-SAT.

    Returns
    -------
    Cascade
        Infeasible problems and time limits are reported in `Cascade.status`, not raised.

    Raises
    ------
    InputError
        An option is not valid; nothing says what answers cost; outcomes are not right or wrong.
    SolverError
        A solver is missing, or its answer does not check.

    Examples
    --------
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(pd.DataFrame({
    ...     "small": [1, 1, 1, 0, 0, 0], "large": [1, 1, 1, 1, 1, 0], "odd": [0, 0, 0, 1, 0, 0]}))
    >>> answer = cascade(outcomes, {"small": 1, "large": 10, "odd": 2}, repeats=0)
    >>> answer.order, answer.expected_cost, round(answer.coverage, 3), answer.status.value
    (('small', 'odd', 'large'), 5.333333333333333, 0.833, 'optimal')
    >>> answer.front[["expected_cost", "coverage"]].round(3).to_dict("list")
    {'expected_cost': [1.0, 2.0, 5.333], 'coverage': [0.5, 0.667, 0.833]}
    """
    progress = reporter(progress, "splits")
    check_outcomes("cascade", outcomes)
    left: dict[str, Any] = dict(options)
    constraints, run = Constraints.take(left, constraints), RunOptions.take(left)
    no_other_options("cascade", left, SelectionOptions.__annotations__)
    choice("method", method, CASCADE_METHODS)
    choice("costs", costs, COST_COLUMNS)
    if prices is not None and costs != "cost":
        raise InputError(f"give prices or costs={costs!r} (--cost-column), not both")
    whole("folds", folds, 2)
    if repeats is None:
        repeats = REPEATS if len(outcomes.models) <= _FEW_MODELS else 1
    whole("repeats", repeats, 0)
    if max_length is not None:
        constraints = replace(constraints, max_size=whole("max_length", max_length, 1))
    goal = _goal(outcomes, max_cost, target, max_latency)
    verifier = Verifier(false_accept, false_reject)
    if verifier.false_reject == 1:
        raise InputError("false_reject must be below 1: such a verifier accepts no right answer")
    wanted = Wanted(
        item_costs(outcomes, prices, costs), **goal, constraints=constraints, verifier=verifier,
        method=method,
    )  # fmt: skip
    every = np.arange(len(outcomes))
    if goal["target"] == BEST and not single_models(wanted.constrained(outcomes, every)):
        raise InputError(
            "target 'best' is the accuracy of the best model that may be asked alone, and the "
            "constraints leave none; give a largest cost, or a target as a share"
        )
    timings: dict[str, float] = {}
    with timed(timings, SOLVE) as clock:
        problem = wanted.problem(outcomes, every)
        solved = solve_cascade(problem, method, replace(run, clock=clock))
    items = problem.items
    chosen = solved.chosen
    with timed(timings, HELD_OUT):
        splits = held_out_splits(
            outcomes, wanted, folds=folds, repeats=repeats if chosen else 0, run=run,
            progress=progress,
        )  # fmt: skip
        means = held_out_means(splits, folds)
    total, models = items.total, outcomes.models
    followed = None if chosen is None else stages(items, chosen.order, verifier)
    answer = Cascade(
        problem=problem,
        models=() if chosen is None else tuple(models[k] for k in chosen.order),
        max_cost=max_cost,
        target=None if problem.target is None else problem.target / total,
        status=solved.status,
        stop_reason=solved.stop_reason,
        expected_cost=None if chosen is None else chosen.cost / total,
        coverage=None if chosen is None else chosen.covered / total,
        expected_latency=None
        if followed is None or items.latency is None
        else followed.total_latency / total,
        bound=None if solved.bound is None else solved.bound / total,
        front=_front(solved, models, total),
        stages=_stages(problem, solved),
        baselines=_baselines(problem, solved),
        held_out=means,
        splits=splits,
        verdict=None,
        warnings=(),
        method=method,
        solver=solved.solver,
        solver_version=solved.version,
        timings=timings,
        seed=run.seed,
        settings={
            **run.settings, "folds": folds, "repeats": repeats,
            "costs": "prices" if prices is not None else costs,
        },
        message=solved.message,
    )  # fmt: skip
    return replace(
        answer,
        verdict=_verdict(answer, len(outcomes), repeats),
        warnings=(*outcomes.warnings, *_warnings(answer, len(outcomes))),
    )


def _verdict(answer: Cascade, items: int, repeats: int) -> Verdict | None:
    """Judge the cascade against the best single model; None without a cascade."""
    if not answer.order:
        return None
    more_cost, more_coverage = (
        answer.held_out_interval(f"more_{name}", SINGLE) for name in ("cost", "coverage")
    )
    single = answer.baselines[answer.baselines["name"] == SINGLE]
    compared = repeats > 0 and not single.empty
    figures = {
        "items": items,
        "versus_best_model": {
            "expected_cost": more_cost.to_dict(), "coverage": more_coverage.to_dict()
        },
        "on_the_items": {
            str(row["name"]): {name: row[name] for name in ("expected_cost", "coverage")}
            for row in answer.baselines.to_dict("records")
        },
    }  # fmt: skip
    return judge_cascade(
        f"{answer.goal} ({status_text(answer.status, answer.what)})",
        items,
        more_cost if compared else None,
        more_coverage if compared else None,
        figures,
        single=len(answer.order) == 1,
    )


def _goal(outcomes: Outcomes, max_cost: Any, target: Any, max_latency: Any) -> dict[str, Any]:
    """Return the goal, checked."""
    if max_cost is not None and target is not None:
        raise InputError("give max_cost or a target, not both: one of them is what is optimised")
    if max_cost is not None:
        max_cost = number("max_cost", max_cost, 0)
    elif target is None:
        target = BEST
    if target is not None and target != BEST:
        if isinstance(target, str):
            raise InputError(f"target must be 'best' or a share in (0, 1], not {target!r}")
        target = number("target", target, 0, 1, above=True)
    if max_latency is not None:
        max_latency = number("max_latency", max_latency, 0)
        if outcomes.latency is None:
            raise InputError(f"max_latency: {outcomes.source} has no column 'latency'")
    return {"max_cost": max_cost, "target": target, "max_latency": max_latency}


def _front(solved: Solved, models: tuple[str, ...], total: float) -> pd.DataFrame:
    rows = [
        (tuple(models[k] for k in point.order), point.cost / total, point.covered / total,
         point.proved)
        for point in solved.points
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["order", "expected_cost", "coverage", "proved"])


def _stages(problem: CascadeProblem, solved: Solved) -> pd.DataFrame:
    columns = ["model", "reach", "expected_cost", "coverage"]
    if solved.chosen is None:
        return pd.DataFrame(columns=columns)
    order, total = solved.chosen.order, problem.items.total
    followed = stages(problem.items, order, problem.verifier)
    names = np.array([problem.models[k] for k in order], dtype=object)
    parts = [part / total for part in (followed.reach, followed.cost, followed.covered)]
    return pd.DataFrame(dict(zip(columns, [names, *parts], strict=True)))


def _baselines(problem: CascadeProblem, solved: Solved) -> pd.DataFrame:
    columns = ["name", "order", "expected_cost", "coverage"]
    if solved.chosen is None:
        return pd.DataFrame(columns=columns)
    rows = [
        (name, tuple(problem.models[k] for k in order),
         *cost_and_coverage(problem.items, name, order, problem.verifier))
        for name, order in compared(problem, solved.chosen.order).items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _warnings(answer: Cascade, items: int) -> Iterable[str]:
    """Yield what a user should know before trusting the cascade."""
    if items < FEW_ITEMS:
        yield f"{items} items are few: on others, another order may well be the best."
    rules = answer.baselines[["name", "order"]].itertuples(index=False)
    free = [  # what speaks of company is nothing to a model alone
        str(name)
        for name, order in rules
        if name != SINGLE and linear_violations(answer.problem, order)
    ]
    if free:
        yield f"What the cascade is compared with breaks constraints: {', '.join(free)}."
    cost, covered = answer.held_out_interval("cost"), answer.held_out_interval("coverage")
    if math.isnan(cost.mean):
        return
    if answer.max_cost is not None and cost.mean > answer.max_cost * (1 + SUM_TOLERANCE):
        yield (
            f"Held out, cascades chosen like this one cost {cost.mean:.6g} an item, which is above "
            f"the largest cost of {answer.max_cost:g}."
        )
    if answer.target is not None and covered.mean < answer.target - SUM_TOLERANCE:
        yield (
            f"Held out, cascades chosen like this one cover {100 * covered.mean:.2f} %, which is "
            f"below the target of {100 * answer.target:.2f} %."
        )
