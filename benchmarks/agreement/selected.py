"""`select` on random outcomes, against all ensembles by the definitions.

Coverage of items is exact; coverage of pseudo-items goes by their chances and weights, as the
problem that was solved states them. Votes count here as 0.5 where half of the weight is right, to
10⁻⁹, as documented. An optimal ensemble is worth the best one less 10⁻⁹ of it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

import numpy as np

from benchmarks.agreement.compared import baseline_defects
from benchmarks.agreement.conditions import Conditions, draw_conditions
from benchmarks.agreement.random_outcomes import RandomOutcomes, random_outcomes
from benchmarks.agreement.verdicts import BETWEEN, NONE, Verdict, tried
from chemopt.methods.outcome import Status
from chemopt.outcomes.votes import WEIGHT_RULES, WeightRule
from chemopt.selection.methods import COVERAGE_METHODS, CoverageMethod
from chemopt.selection.select import select
from chemopt.selection.selection import Selection

_RELATIVE = 1e-9
# Accuracies are clipped to this before log-odds are taken.
_CLIPPED = (0.51, 0.99)
Names = tuple[str, ...]


@dataclass(frozen=True)
class _Run:
    """How `select` is called, beyond the constraints."""

    method: CoverageMethod
    variant: str
    options: dict[str, Any]


def selections(
    seed: int, number: int, most: int, time_limit: float, methods: Collection[str]
) -> Iterator[Verdict]:
    """Select by coverage and by votes.

    Parameters
    ----------
    seed, number : int
        Of the problem.
    most : int
        Largest number of models.
    time_limit : float
        Seconds a run.
    methods : collection of str
        Of `chemopt.select`; ``"auto"`` brings votes with it.

    Examples
    --------
    >>> {verdict.result for verdict in selections(0, 1, 4, 20.0, ["exact"])}
    {'optimal'}
    """
    rng = np.random.default_rng([seed, number, 2])
    drawn = random_outcomes(rng, most)
    conditions = draw_conditions(rng, number, drawn.models, default_low=1)
    options = conditions.options()
    if not conditions.sizes and not conditions.budgets:
        options["max_size"] = len(drawn.models)  # else `size` is 3
    feasible = tuple(names for names in _subsets(drawn.models) if conditions.met_by(names))
    judge = _Judge(drawn, conditions, feasible)
    for run in _runs(drawn):
        if run.method not in methods:
            continue
        result, detail = tried(
            lambda run=run: select(  # type: ignore[misc]
                drawn.outcomes, method=run.method, time_limit=time_limit, **options, **run.options
            ),
            judge.defects,
            _result,
            feasible=bool(feasible),
        )
        yield Verdict(number, drawn.kind, run.method, run.variant, result, detail)


def _runs(drawn: RandomOutcomes) -> Iterator[_Run]:
    plain: dict[str, Any] = {"shrink": None, "repeats": 0}
    held_out: dict[str, Any] = {"repeats": 1, "folds": 2}
    yield _Run("auto", "coverage, held out", {"shrink": None, **held_out})
    for method in COVERAGE_METHODS:
        yield _Run(method, "coverage", plain)
    for shrink in ("cv", "top-k", 20.0, math.inf):
        yield _Run("auto", f"coverage, shrink {shrink}", {"shrink": shrink, "repeats": 0})
    if drawn.kind != "marks":
        for rule in WEIGHT_RULES:
            options = {"objective": "vote", "weights": rule, **held_out}
            yield _Run("auto", f"vote, {rule}", options)


def _result(answer: Selection) -> str:
    if answer.status in (Status.OPTIMAL, Status.INFEASIBLE):
        return str(answer.status.value)
    return BETWEEN if answer.models else NONE


class _Judge:
    """Who holds selections from some outcomes against all feasible ensembles."""

    def __init__(
        self, drawn: RandomOutcomes, conditions: Conditions, feasible: tuple[Names, ...]
    ) -> None:
        self._drawn, self._conditions, self._feasible = drawn, conditions, feasible
        self._accuracy = {name: sum(row) / drawn.items for name, row in drawn.scores.items()}

    def defects(self, answer: Selection) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with an answer."""
        models = answer.models
        if answer.status is Status.INFEASIBLE and self._feasible:
            yield "false infeasible", f"{self._feasible[0]} is feasible"
        if answer.value is None:
            return
        if not self._conditions.met_by(models):
            yield "false feasible", f"{models} breaks a constraint"
            return
        value = self._value(answer, models)
        if abs(answer.value - value) > _RELATIVE * max(1.0, abs(value)):
            yield "false value", f"{answer.value!r} of {models}, which is {value!r}"
        best = max(self._feasible, key=lambda names: self._value(answer, names))
        most = self._value(answer, best)
        slack = _RELATIVE * max(most, 1 / self._drawn.items)
        if answer.bound is not None and answer.bound < most - slack:
            yield "false bound", f"{answer.bound!r}, but {best} has {most!r}"
        if answer.status is Status.OPTIMAL and value < most - slack:
            yield "false optimal", f"{models} with {value!r}, but {best} has {most!r}"
        if not models:  # of no models nothing is said but that they are worth nothing
            return
        worth = self._worth(answer, models)
        if answer.training_value is None or abs(answer.training_value - worth) > _RELATIVE:
            yield "false value", f"{answer.training_value!r} on the items, which is {worth!r}"
        yield from self._baseline_defects(answer)
        top = answer.baselines.set_index("name")["models"].get("top-k", ())
        same = sorted(top) == sorted(answer.models)
        single = answer.versus_best_model
        better = (same or answer.versus_top_k.low > 0) and not single.low <= 0
        if answer.verdict is not None and answer.verdict.worth == "worth it" and not better:
            yield "false verdict", answer.verdict.sentence

    def _baseline_defects(self, answer: Selection) -> Iterator[tuple[str, str]]:
        """Hold the most accurate models, and the best of these items, against all of the size."""
        k = len(answer.models)
        same = [names for names in self._feasible if len(names) == k]
        yield from baseline_defects(self._conditions, self._accuracy, answer.baselines, k)
        for row in answer.baselines.to_dict("records"):
            name, models = row["name"], tuple(row["models"])
            if not models:
                continue
            if abs(row["coverage"] - self._coverage(models)) > _RELATIVE:
                yield "false baseline", f"{name}: coverage {row['coverage']!r} of {models}"
            if name == "oracle" and row.get("proved", True):
                value = self._worth(answer, models)
                most = max(self._worth(answer, names) for names in same)
                if not self._conditions.met_by(models) or value < most - _RELATIVE:
                    yield "false baseline", f"oracle: {models} with {value!r}, not {most!r}"

    def _worth(self, answer: Selection, models: Sequence[str]) -> float:
        """Return coverage or vote on the items."""
        if answer.objective == "coverage":
            return self._coverage(models)
        return self._vote(models, answer.settings["weights"])

    def _value(self, answer: Selection, models: Sequence[str]) -> float:
        """Return the objective, as a share of items and pseudo-items."""
        if answer.objective == "vote" or answer.shrink == 0:
            return self._worth(answer, models)
        if answer.shrink == "top-k":
            return self._summed_accuracy(models) / max(answer.problem.feasible_sizes, default=1)
        patterns = answer.problem.patterns
        columns = [patterns.models.index(name) for name in models]
        terms = [
            weight * (1 - math.prod(1 - chance for chance in row[columns]))
            for row, weight in zip(patterns.right, patterns.weights.tolist(), strict=True)
        ]
        return math.fsum(terms) / patterns.total

    def _summed_accuracy(self, models: Sequence[str]) -> float:
        return math.fsum(self._accuracy[name] for name in models)

    def _coverage(self, models: Sequence[str]) -> float:
        rows = [self._drawn.scores[name] for name in models]
        return math.fsum(max(marks) for marks in zip(*rows, strict=True)) / self._drawn.items

    def _vote(self, models: Sequence[str], rule: WeightRule) -> float:
        """Return the mean credit: the heaviest answer's score, shared where answers tie."""
        if not models:
            return 0.0
        weights = {name: self._weight(name, rule) for name in models}
        whole = math.fsum(weights.values())
        credits = []
        for item in range(self._drawn.items):
            right: dict[str, float] = {}
            votes: defaultdict[str, list[float]] = defaultdict(list)
            for name in models:
                score = self._drawn.scores[name][item]
                said = self._drawn.answers[name][item] if self._drawn.answers else f"{score}"
                votes[said].append(weights[name])
                right[said] = score
            sums = {said: math.fsum(given) for said, given in votes.items()}
            if self._drawn.answers is None:  # more than half must be right
                margin = sums.get("1.0", 0.0) - whole / 2
                credits.append(0.5 if abs(margin) <= _RELATIVE * whole else float(margin > 0))
                continue
            top = max(sums.values())
            tied = [said for said, total in sums.items() if total >= top * (1 - _RELATIVE)]
            credits.append(sum(right[said] for said in tied) / len(tied))
        return math.fsum(credits) / self._drawn.items

    def _weight(self, name: str, rule: WeightRule) -> float:
        if rule == "equal":
            return 1.0
        accuracy = min(max(self._accuracy[name], _CLIPPED[0]), _CLIPPED[1])
        return math.log(accuracy / (1 - accuracy))


def _subsets(models: Sequence[str]) -> Iterator[Names]:
    return chain.from_iterable(combinations(models, k) for k in range(len(models) + 1))
