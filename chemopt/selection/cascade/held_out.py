"""What cascades chosen in the same way cost and cover on items that they were not chosen from.

K-fold cross-validation, repeated, as in `chemopt.selection.held_out`: each fold in turn is left
out, a cascade and what it is compared with are chosen on the others, and followed through the fold.
An order that just meets a budget on the items it was chosen from may well exceed it on others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from chemopt.evidence.splits import Rows, repeated_folds
from chemopt.methods.options import RunOptions
from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes
from chemopt.problem.constrained import Constraints
from chemopt.selection.cascade.heuristics import (
    best_single,
    cheapest_first,
    parallel_cost,
    ratio_greedy,
)
from chemopt.selection.cascade.items import CascadeItems, cascade_items, decimal_ceiling
from chemopt.selection.cascade.order import stages
from chemopt.selection.cascade.problem import CascadeProblem
from chemopt.selection.cascade.solve import CascadeMethod, solve_cascade
from chemopt.selection.cascade.verifier import Verifier
from chemopt.selection.held_out import mean_of
from chemopt.selection.procedure import on_items

#: The target of covering as much as the best model alone gets right.
BEST = "best"
CASCADE, SINGLE, PARALLEL = "cascade", "best model", "all in parallel"
RULES: dict[str, Callable[[CascadeProblem], tuple[int, ...]]] = {
    "cheapest first": cheapest_first,
    "greedy by ratio": ratio_greedy,
    SINGLE: best_single,
}
NAMES = (CASCADE, *RULES, PARALLEL)
# What is averaged over the splits, and between which values the mean is.
_INTERVALS = {
    "cost": (0.0, math.inf), "coverage": (0.0, 1.0), "more_cost": (-math.inf, math.inf),
    "more_coverage": (-1.0, 1.0),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is wanted of a cascade, and how it is chosen from items.

    Attributes
    ----------
    costs : ndarray of shape (items, models) or (models,)
    max_cost : float or None
        Largest expected cost of an item.
    target : float, "best" or None
        Smallest coverage, as a share of the items.
    max_latency : float or None
        Largest expected latency of an item.
    constraints : Constraints
        Attributes are those that were given.
    verifier : Verifier
    method : str
    """

    costs: Floats
    max_cost: float | None
    target: float | str | None
    max_latency: float | None
    constraints: Constraints
    verifier: Verifier = field(default_factory=Verifier)
    method: CascadeMethod = "auto"

    def items(self, outcomes: Outcomes, rows: Rows) -> CascadeItems:
        """Return some items as patterns."""
        outcomes = outcomes.take_items(rows)
        costs = self.costs if self.costs.ndim == 1 else self.costs[rows]
        return cascade_items(outcomes, costs, outcomes.latency)

    def constrained(self, outcomes: Outcomes, rows: Rows) -> CascadeProblem:
        """Return some items with the constraints, and without a goal.

        Mean costs and latencies are attributes, too: those of these items.
        """
        own = on_items(self.constraints, outcomes.take_items(rows))
        return CascadeProblem(self.items(outcomes, rows), self.verifier, constraints=own)

    def problem(self, outcomes: Outcomes, rows: Rows) -> CascadeProblem:
        """Return the problem on some items."""
        problem = self.constrained(outcomes, rows)
        total = problem.items.total
        changes: dict[str, Any] = {}
        if self.max_latency is not None:
            changes["max_latency"] = self.max_latency * total
        if self.max_cost is not None:
            changes["max_cost"] = self.max_cost * total
        elif self.target == BEST:
            accuracy = problem.free_items.accuracy[list(best_single(problem))]
            changes["target"] = round(float(accuracy.sum()) * total)
        else:
            share = float(self.target or 0.0)
            whole = self.verifier.perfect
            changes["target"] = decimal_ceiling(share, total) if whole else share * total
        return replace(problem, **changes) if changes else problem


def compared(problem: CascadeProblem, order: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Return a cascade and what it is compared with, by numbers of the whole pool."""
    rules = {name: tuple(problem.pool[k] for k in rule(problem)) for name, rule in RULES.items()}
    if not rules[SINGLE]:
        del rules[SINGLE]
    return {CASCADE: order, **rules, PARALLEL: order}


def cost_and_coverage(
    items: CascadeItems, name: str, order: tuple[int, ...], verifier: Verifier
) -> tuple[float, float]:
    """Return the expected cost of an item, and the coverage as a share."""
    followed = stages(items, order, verifier)
    cost = followed.total_cost
    if name == PARALLEL:
        cost = parallel_cost(CascadeProblem(items), order)
    return cost / items.total, followed.total_covered / items.total


def held_out_splits(
    outcomes: Outcomes,
    wanted: Wanted,
    *,
    folds: int,
    repeats: int,
    run: RunOptions,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Choose on all folds but one, for each fold and repeat.

    Returns
    -------
    DataFrame
        A row for each repeat, fold and name (of `NAMES`): `models` in their order, `cost` and
        `coverage` on the fold. None if there are fewer items than folds, or where no cascade came
        up.
    """
    rows: list[tuple[Any, ...]] = []
    for done, split in enumerate(repeated_folds(len(outcomes), folds, repeats, run.seed), 1):
        problem = wanted.problem(outcomes, split.train)
        test = wanted.items(outcomes, split.test)
        limits = RunOptions(run.time_limit, threads=run.threads, seed=run.seed + split.repeat)
        chosen = solve_cascade(problem, wanted.method, limits, goal_only=True).chosen
        if chosen is not None:
            for name, order in compared(problem, chosen.order).items():
                found = cost_and_coverage(test, name, order, wanted.verifier)
                names = tuple(outcomes.models[k] for k in order)
                rows.append((split.repeat, split.fold, name, names, *found))
        if progress is not None:
            progress(done, repeats * folds)
    return pd.DataFrame(rows, columns=["repeat", "fold", "name", "models", "cost", "coverage"])


def held_out_means(splits: pd.DataFrame, folds: int) -> pd.DataFrame:
    """Return means over splits with 95 % intervals.

    Returns
    -------
    DataFrame
        A row for each of `NAMES`: `cost`, `coverage`, and how much `more_cost` and `more_coverage`
        the cascade has, each with `…_low` and `…_high`.
    """
    key = ["repeat", "fold"]
    parts = {str(name): part.set_index(key) for name, part in splits.groupby("name", sort=False)}
    rows: list[dict[str, Any]] = []
    for name, part in parts.items():
        values = part[["cost", "coverage"]]
        frame = values.assign(
            more_cost=parts[CASCADE]["cost"] - values["cost"],
            more_coverage=parts[CASCADE]["coverage"] - values["coverage"],
        )
        row: dict[str, Any] = {"name": name}
        for column, (least, most) in _INTERVALS.items():
            found = mean_of(frame, folds, column, least=least, most=most)
            row |= {column: found.mean, f"{column}_low": found.low, f"{column}_high": found.high}
        rows.append(row)
    columns = [f"{column}{end}" for column in _INTERVALS for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["name", *columns])
