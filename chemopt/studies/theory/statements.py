"""Statements on the cost, and their checks on all subsets of a pool, in rational arithmetic.

A violation is therefore a violation and not a rounding error. A statement is

- "does not hold" if there is a counterexample: the one with fewest models is shown, and of
  those the one that violates it most;
- "holds" if there is none and there is a proof, which is named;
- "inconclusive" otherwise.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chemopt.chemistry.cost import Weights
from chemopt.studies.theory.pools import RationalModel, rational_cost

EMPTY_COSTS: tuple[float | None, ...] = (1.0, None)
HOLDS, FAILS, INCONCLUSIVE = "holds", "does not hold", "inconclusive"

# Of one check: by how much the statement is violated (if positive), and what happened.
Finding = tuple[Fraction, str]


@dataclass(frozen=True)
class Counterexample:
    """A pool that violates a statement.

    Attributes
    ----------
    pool : tuple of RationalModel
        The pool before the change that the statement is about.
    text : str
        The violation, in figures.
    margin : Fraction
        By how much the statement is violated.
    """

    pool: tuple[RationalModel, ...]
    text: str
    margin: Fraction

    def __str__(self) -> str:
        """Return the profiles and the violation."""
        profiles = ", ".join(
            f"{m.name} (q {float(m.quality):g}, a {float(m.accuracy):g})" for m in self.pool
        )
        return f"{profiles}: {self.text}"


class Costs:
    """The costs of all subsets of a pool, in rational arithmetic; a set is a bit mask."""

    def __init__(
        self, pool: tuple[RationalModel, ...], empty_cost: float | None, weights: Weights
    ) -> None:
        self.pool, self.empty_cost, self.weights = pool, empty_cost, weights
        self.of = [
            self.cost([m for k, m in enumerate(pool) if mask >> k & 1])
            for mask in range(1 << len(pool))
        ]

    def cost(self, members: Sequence[RationalModel]) -> Fraction | None:
        """Return the cost of a set; None where it is undefined."""
        return rational_cost(members, self.empty_cost, self.weights)

    def names(self, mask: int) -> str:
        """Return a set as text."""
        return "{" + ", ".join(m.name for k, m in enumerate(self.pool) if mask >> k & 1) + "}"

    def shown(self, mask: int) -> str:
        """Return a set and its cost as text."""
        return f"cost({self.names(mask)}) = {self.of[mask]}"


class Tally:
    """The numbers of checks and violations of a statement, and its smallest counterexample."""

    def __init__(self) -> None:
        self.checks = self.violations = 0
        self.worst: Counterexample | None = None

    def count(self, pool: tuple[RationalModel, ...], findings: Iterator[Finding]) -> None:
        """Count the checks of one pool."""
        for margin, text in findings:
            self.checks += 1
            if margin > 0:
                self.violations += 1
                # Pools are checked in order of size.
                worst = self.worst
                if worst is None or (len(worst.pool) == len(pool) and margin > worst.margin):
                    self.worst = Counterexample(pool, text, margin)

    def row(self, name: str, empty_cost: float | None, proof: str) -> tuple[Any, ...]:
        """Return the row of `Validation.statements`."""
        if self.worst is not None:
            verdict = FAILS
            share = self.violations / self.checks
            evidence = (
                f"violated in {self.violations} of {self.checks} checks in rational arithmetic "
                f"({share:.1%})"
            )
        else:
            verdict = HOLDS if proof else INCONCLUSIVE
            evidence = f"no violation in {self.checks} checks in rational arithmetic"
            if proof:
                evidence += f"; proof: {proof}"
        shown = "" if self.worst is None else str(self.worst)
        return name, empty_cost, verdict, self.checks, self.violations, evidence, shown


@dataclass(frozen=True)
class Statement:
    """A statement on the cost: its checks in a pool, and its proof ("" if there is none)."""

    name: str
    check: Callable[[Costs], Iterator[Finding]]
    proof: Callable[[Weights, float | None], str]


def _raised(
    costs: Costs, change: Callable[[RationalModel], Iterator[RationalModel]]
) -> Iterator[Finding]:
    """Check that a better profile of one member does not raise the cost of the pool."""
    before = costs.of[-1]
    for k, model in enumerate(costs.pool):
        for better in change(model):
            after = costs.cost([*costs.pool[:k], better, *costs.pool[k + 1 :]])
            if before is None or after is None:
                continue
            yield (
                after - before,
                (
                    f"with q {float(better.quality):g}, a {float(better.accuracy):g} for "
                    f"{better.name}, the cost of all rises from {before} to {after}"
                ),
            )


def _better_quality(model: RationalModel) -> Iterator[RationalModel]:
    for quality in range(1, 10):
        if quality > model.quality:
            yield RationalModel(model.name, Fraction(quality), model.accuracy)


def _better_accuracy(model: RationalModel) -> Iterator[RationalModel]:
    for percent in (60, 70, 80, 90, 99):
        if Fraction(percent, 100) > model.accuracy:
            yield RationalModel(model.name, model.quality, Fraction(percent, 100))


def _same_order(costs: Costs) -> Iterator[Finding]:
    def up_to_the_next(model: RationalModel) -> Iterator[RationalModel]:
        above = [m.quality for m in costs.pool if m.quality > model.quality]
        if not any(m.quality == model.quality for m in costs.pool if m is not model):
            quality = (model.quality + min(above, default=Fraction(10))) / 2
            yield RationalModel(model.name, quality, model.accuracy)

    return _raised(costs, up_to_the_next)


def _across_the_threshold(costs: Costs) -> Iterator[Finding]:
    n = len(costs.pool)
    for k, model in enumerate(costs.pool):
        without, everyone = costs.of[(1 << n) - 1 - (1 << k)], costs.of[-1]
        if without is None or everyone is None:
            continue
        yield (
            everyone - without,
            (
                f"raising a of {model.name} from 0.5 to {float(model.accuracy):g} takes the cost "
                f"of all from {without} to {everyone}"
            ),
        )


def _adding(costs: Costs, sign: int) -> Iterator[Finding]:
    """Check that adding a model to a set changes the cost by at most 0, times the sign."""
    for mask, k in itertools.product(range(len(costs.of)), range(len(costs.pool))):
        if mask >> k & 1:
            continue
        more = mask | 1 << k
        before, after = costs.of[mask], costs.of[more]
        if before is not None and after is not None:
            margin = sign * (after - before)
            yield margin, f"{costs.shown(mask)}, {costs.shown(more)}" if margin > 0 else ""


def _mixed_differences(costs: Costs, sign: int) -> Iterator[Finding]:
    """Check that Δ(a, b, X) times the sign is at most 0."""
    for a, b in itertools.combinations(range(len(costs.pool)), 2):
        for mask in range(len(costs.of)):
            if mask >> a & 1 or mask >> b & 1:
                continue
            masks = (mask, mask | 1 << a, mask | 1 << b, mask | 1 << a | 1 << b)
            none, only_a, only_b, both = (costs.of[m] for m in masks)
            if none is None or only_a is None or only_b is None or both is None:
                continue
            delta = both - only_a - only_b + none
            first, second = costs.pool[a].name, costs.pool[b].name
            text = f"Δ({first}, {second}, {costs.names(mask)}) = {delta}"
            yield sign * delta, text


def _chemistry_of_equals(costs: Costs) -> Iterator[Finding]:
    """Check that chemistry is 0 in a pool of equal profiles; other pools do not count."""
    pool = costs.pool
    if len(pool) < 2 or len({(m.quality, m.accuracy) for m in pool}) > 1:
        return
    largest, at = Fraction(0), 0
    for mask in range(0, len(costs.of), 4):
        four = [costs.of[m] for m in (mask, mask | 1, mask | 2, mask | 3)]
        none, only_a, only_b, both = four
        if none and only_a and only_b and both:
            ratio = min(Fraction(1), abs(both - only_a - only_b + none) / both)
            if ratio > largest:
                largest, at = ratio, mask
    yield largest, f"chem(a, b) = {largest}, at X = {costs.names(at)}"


def _never(_weights: Weights, _empty_cost: float | None) -> str:
    return ""


def _modular(weights: Weights, empty_cost: float | None) -> str:
    if weights == "uniform" and empty_cost is None:
        return "with equal weights penalties add up, so every Δ is 0"
    return ""


STATEMENTS = (
    Statement(
        "raising a model's quality never costs more",
        lambda costs: _raised(costs, _better_quality),
        lambda weights, _: (
            "ranks do not matter, and the penalty falls" if weights == "uniform" else ""
        ),
    ),
    Statement(
        "raising a model's quality within its rank never costs more",
        _same_order,
        lambda *_: "no rank changes, and the penalty falls",
    ),
    Statement(
        "raising a used model's accuracy never costs more",
        lambda costs: _raised(costs, _better_accuracy),
        lambda *_: (
            "the penalty falls; ranks change only among equal qualities, which are sorted by "
            "penalty, the cheapest order for weights that do not increase"
        ),
    ),
    Statement(
        "raising accuracy across the usage threshold never costs more",
        _across_the_threshold,
        _never,
    ),
    Statement("adding a model never costs more", lambda costs: _adding(costs, 1), _never),
    Statement(
        "adding a model never costs less",
        lambda costs: _adding(costs, -1),
        lambda weights, empty_cost: (
            "with equal weights a penalty of at least 0 is added"
            if weights == "uniform" and empty_cost is None
            else ""
        ),
    ),
    Statement("the cost is submodular", lambda costs: _mixed_differences(costs, 1), _modular),
    Statement(
        "the cost is supermodular",
        lambda costs: _mixed_differences(costs, -1),
        lambda weights, empty_cost: (
            _modular(weights, empty_cost)
            or (
                "with equal weights Δ is 0, except for the empty X, where it is the empty cost"
                if weights == "uniform"
                else ""
            )
        ),
    ),
    Statement(
        "chemistry is 0 where all profiles are equal",
        _chemistry_of_equals,
        _modular,
    ),
)
