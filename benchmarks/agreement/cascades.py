"""`cascade` on random outcomes, against all orders in exact rationals.

Prices, rates and limits are decimal numbers. Budgets of members are met exactly; expected costs and
latencies are within a limit up to 10⁻⁹ of it, as documented. An order that needs this may be the
answer, but no answer has to know it. An optimal order covers the most, or costs the least, to 10⁻⁹.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np

from benchmarks.agreement.conditions import Conditions, decimals, draw_conditions
from benchmarks.agreement.random_outcomes import RandomOutcomes, random_outcomes
from benchmarks.agreement.verdicts import BETWEEN, NONE, Verdict, tried
from chemopt.methods.outcome import Status
from chemopt.outcomes.outcomes import Outcomes
from chemopt.selection.cascade.result import Cascade
from chemopt.selection.cascade.run import cascade
from chemopt.selection.cascade.solve import CASCADE_METHODS

_RELATIVE = Fraction(1, 10**9)
# All orders of more models take too long.
_MODELS = 5


@dataclass(frozen=True)
class _Order:
    """An order with its exact expected cost, latency and coverage of an item."""

    models: tuple[str, ...]
    cost: Fraction
    latency: Fraction
    coverage: Fraction


@dataclass(frozen=True)
class _Task:
    """What is asked of `cascade`."""

    drawn: RandomOutcomes
    conditions: Conditions
    prices: dict[str, float]
    seconds: dict[str, float] | None
    options: dict[str, Any]

    def rate(self, name: str) -> Fraction:
        """Return the rate at which the verifier errs."""
        return Fraction(repr(self.options.get(name, 0.0)))


def cascades(
    seed: int, number: int, most: int, time_limit: float, methods: Collection[str]
) -> Iterator[Verdict]:
    """Find cascades of up to five models; parameters as for `selections`."""
    rng = np.random.default_rng([seed, number, 3])
    drawn = random_outcomes(rng, min(most, _MODELS), ("right or wrong",))
    task = _task(rng, number, drawn)
    judge = _Judge(task)
    aim = "max_cost" if "max_cost" in task.options else "target"
    for method in CASCADE_METHODS:
        if method not in methods:
            continue
        result, detail = tried(
            lambda method=method: cascade(  # type: ignore[misc]
                task.drawn.outcomes if task.seconds is None else _with_latency(task),
                task.prices, method=method, time_limit=time_limit, repeats=0, **task.options,
            ),
            judge.defects,
            _result,
            feasible=bool(judge.feasible),
        )  # fmt: skip
        yield Verdict(number, "erring" if judge.errs else "perfect", method, aim, result, detail)


def _task(rng: np.random.Generator, number: int, drawn: RandomOutcomes) -> _Task:
    models = drawn.models
    conditions = draw_conditions(rng, number, models, default_low=1)
    options = conditions.options()
    sizes = {
        name: options.pop(name) for name in ("size", "min_size", "max_size") if name in options
    }
    longest = min(sizes.get("size", len(models)), sizes.get("max_size", len(models)))
    if longest >= 1:
        options["max_length"] = longest
    length = {"max_size": longest} if longest >= 1 else {}
    conditions = Conditions(**{**vars(conditions), "sizes": length})
    prices = dict(zip(models, decimals(rng, len(models)), strict=True))
    seconds = None
    if rng.random() < 0.3:
        options |= {"false_accept": 0.1} if rng.random() < 0.5 else {"false_reject": 0.2}
    if rng.random() < 0.2:
        seconds = dict(zip(models, decimals(rng, len(models)), strict=True))
    task = _Task(drawn, conditions, prices, seconds, options)
    some = _follow(task, [str(name) for name in rng.permutation(models)[: rng.integers(1, 4)]])
    if rng.random() < 0.5:
        options["max_cost"] = float(some.cost)
    else:
        options["target"] = max(float(some.coverage), 0.05) if rng.random() < 0.6 else "best"
    if seconds is not None:
        options["max_latency"] = float(some.latency)
    return task


def _with_latency(task: _Task) -> Outcomes:
    """Return the outcomes, each answer of a model taking its seconds."""
    assert task.seconds is not None
    outcomes = task.drawn.outcomes
    row = [task.seconds[name] for name in outcomes.models]
    return replace(outcomes, latency=np.tile(row, (len(outcomes), 1)))


def _follow(task: _Task, order: Sequence[str]) -> _Order:
    """Follow all items through a cascade: each is open with a chance, and pays for each answer."""
    accept, reject = task.rate("false_accept"), task.rate("false_reject")
    scores = task.drawn.scores
    patterns = Counter(zip(*(scores[name] for name in order), strict=True))
    cost = latency = covered = Fraction(0)
    for pattern, count in patterns.items():
        still_open = Fraction(count)
        for name, score in zip(order, pattern, strict=True):
            cost += still_open * Fraction(repr(task.prices[name]))
            if task.seconds is not None:
                latency += still_open * Fraction(repr(task.seconds[name]))
            if score:
                covered += still_open * (1 - reject)
            still_open *= reject if score else 1 - accept
    items = task.drawn.items
    return _Order(tuple(order), cost / items, latency / items, covered / items)


class _Judge:
    """Who holds cascades against all orders."""

    def __init__(self, task: _Task) -> None:
        self._task = task
        self.errs = bool(task.rate("false_accept") or task.rate("false_reject"))
        models = task.drawn.models
        max_cost, target = task.options.get("max_cost"), task.options.get("target")
        self._budget = None if max_cost is None else Fraction(repr(max_cost))
        self._target = None
        if target is not None:
            alone = [name for name in models if task.conditions.fits_alone(name)]
            best = max((sum(task.drawn.scores[name]) for name in alone), default=0.0)
            share = Fraction(best) / task.drawn.items  # whatever the verifier makes of it
            self._target = share if target == "best" else Fraction(repr(target))
        self._allowed = [
            _follow(task, order)
            for size in range(1, len(models) + 1)
            for order in permutations(models, size)
            if task.conditions.met_by(order)
        ]
        self.feasible = [one for one in self._allowed if self._meets_goal(one, Fraction(0))]

    def _meets_goal(self, one: _Order, slack: Fraction) -> bool:
        latency = self._task.options.get("max_latency")
        return (
            (self._budget is None or one.cost <= self._budget * (1 + slack))
            and (self._target is None or one.coverage >= self._target * (1 - slack))
            and (latency is None or one.latency <= Fraction(repr(latency)) * (1 + slack))
        )

    def defects(self, answer: Cascade) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with an answer."""
        if answer.status is Status.INFEASIBLE and self.feasible:
            yield "false infeasible", f"{self.feasible[0].models} is feasible"
        yield from self._front_defects(answer)
        if self.feasible and answer.bound is not None:
            yield from self._bound_defects(Fraction(answer.bound))
        if not answer.order:
            return
        mine = _follow(self._task, answer.order)
        allowed = self._task.conditions.met_by(answer.order)
        if not allowed or not self._meets_goal(mine, _RELATIVE):
            sums = f"cost {float(mine.cost)!r}, coverage {float(mine.coverage)!r}"
            yield "false feasible", f"{answer.order} with {sums}, latency {float(mine.latency)!r}"
        for name, told, true in (
            ("cost", answer.expected_cost, mine.cost),
            ("coverage", answer.coverage, mine.coverage),
        ):
            if told is None or abs(Fraction(told) - true) > _RELATIVE * abs(true):
                yield "false value", f"{name} {told!r}, which is {float(true)!r}"
        if answer.status is Status.OPTIMAL and self.feasible:
            best = self._best()
            if self._budget is not None and mine.coverage < best.coverage * (1 - _RELATIVE):
                yield "false optimal", f"{answer.order}, but {best.models} covers more"
            if self._target is not None and mine.cost > best.cost * (1 + _RELATIVE):
                yield "false optimal", f"{answer.order}, but {best.models} costs less"

    def _best(self) -> _Order:
        if self._budget is not None:
            return max(self.feasible, key=lambda one: one.coverage)
        return min(self.feasible, key=lambda one: one.cost)

    def _bound_defects(self, bound: Fraction) -> Iterator[tuple[str, str]]:
        best = self._best()
        covers = self._budget is not None
        value = best.coverage if covers else best.cost
        if (bound < value * (1 - _RELATIVE)) if covers else (bound > value * (1 + _RELATIVE)):
            yield "false bound", f"{float(bound)!r}, but {best.models} has {float(value)!r}"

    def _front_defects(self, answer: Cascade) -> Iterator[tuple[str, str]]:
        """Look for orders that beat a point of the front that is proved."""
        latency = self._task.options.get("max_latency")
        limit = None if latency is None else Fraction(repr(latency))
        known = [one for one in self._allowed if limit is None or one.latency <= limit]
        for row in answer.front.to_dict("records"):
            mine = _follow(self._task, row["order"])
            slow = limit is not None and mine.latency > limit * (1 + _RELATIVE)
            if slow or not self._task.conditions.met_by(row["order"]):
                yield "false feasible", f"{row['order']} of the front breaks a constraint"
            beaten = next((one for one in known if row["proved"] and _beats(one, mine)), None)
            if beaten is not None:
                yield "false front", f"{row['order']} is beaten by {beaten.models}"


def _beats(one: _Order, other: _Order) -> bool:
    return (
        one.cost <= other.cost
        and one.coverage >= other.coverage
        and (
            one.cost < other.cost * (1 - _RELATIVE)
            or one.coverage > other.coverage * (1 + _RELATIVE)
        )
    )


def _result(answer: Cascade) -> str:
    if answer.status in (Status.OPTIMAL, Status.INFEASIBLE):
        return str(answer.status.value)
    return BETWEEN if answer.order else NONE
