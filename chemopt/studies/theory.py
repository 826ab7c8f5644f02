"""What is true of the cost and of chemistry, checked on generated profiles.

A pool of heterogeneity h in [0, 1] has the profiles

    quality_m = 5 + 4 h u_m,    accuracy_m = 0.75 + 0.24 h v_m,

with u, v in [−1, 1]: at h = 0 all models are alike, at h = 1 they fill the scale; every model is
used. Statements about the cost (monotone? submodular?) are checked on small pools, in fractions, so
that a violation is one and not rounding: u and v are then multiples of 1/10. A statement is

- "does not hold" if there is a counterexample: the one with fewest models is shown, and of
  those the one that violates it most;
- "holds" if there is none and there is a proof, which is named;
- "cannot be told" otherwise.

Whether chemistry grows with h is a matter of trend: u and v of a pool are drawn once and h is
raised. For each pool, the rank correlation (Spearman) of h and the mean chemistry of its
pairs; over pools, its mean and a bootstrap interval. It grows if the interval is above 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.chemistry.compute import compute_chemistry
from chemopt.chemistry.cost import RANK_WEIGHTS
from chemopt.profiles.profiles import Profiles
from chemopt.validation import choice, whole

Floats = npt.NDArray[np.float64]

HOLDS, FAILS, OPEN = "holds", "does not hold", "cannot be told"
EMPTY_COSTS: tuple[float | None, ...] = (1.0, None)
USAGE_THRESHOLD = Fraction(1, 2)
#: Pools of up to this many models are checked in fractions.
LARGEST_EXACT = 5
LEVELS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SHAPES = ("independent", "aligned", "opposed")
_RESAMPLES = 2000
_CONFIDENCE = 0.95
_DIGITS = 12  # beyond these, chemistry is rounding
_STEP = 10  # u and v of exact pools are multiples of 1/10


@dataclass(frozen=True)
class ExactModel:
    """A profile in fractions."""

    name: str
    quality: Fraction
    accuracy: Fraction

    @cached_property
    def penalty(self) -> Fraction:
        """The penalty (1 − q/10)(1 − a)."""
        return (1 - self.quality / 10) * (1 - self.accuracy)


@dataclass(frozen=True)
class Counterexample:
    """A pool and what is wrong there.

    Attributes
    ----------
    pool : tuple of ExactModel
        As it is before whatever the statement does to it.
    text : str
        What happens, in figures.
    margin : Fraction
        By how much the statement is violated.
    """

    pool: tuple[ExactModel, ...]
    text: str
    margin: Fraction

    def __str__(self) -> str:
        """Return the profiles and what happens."""
        profiles = ", ".join(
            f"{m.name} (q {float(m.quality):g}, a {float(m.accuracy):g})" for m in self.pool
        )
        return f"{profiles}: {self.text}"


@dataclass(frozen=True, eq=False)
class Validation:
    """What `validate_theory` found.

    Attributes
    ----------
    statements : DataFrame
        `statement`, `empty_cost` (NaN for None), `verdict`, `checks` and `violations` (for the
        trend: pools, and pools without a rise), `evidence`, `counterexample` (text; empty if
        there is none).
    trend : DataFrame
        `shape`, `empty_cost`, `heterogeneity`, `mean_chemistry` (over pools and pairs).
    counterexamples : dict
        By (statement, empty_cost): the pools themselves, to check them.
    """

    statements: pd.DataFrame
    trend: pd.DataFrame
    counterexamples: dict[tuple[str, float | None], Counterexample]


def exact_cost(
    pool: Sequence[ExactModel], empty_cost: float | None, weights: str = "reciprocal"
) -> Fraction | None:
    """Return the cost of a set of models in fractions; None where it is not defined.

    Examples
    --------
    >>> exact_cost([ExactModel("a", Fraction(9), Fraction(9, 10)),
    ...             ExactModel("b", Fraction(6), Fraction(3, 4))], None)
    Fraction(3, 50)
    """
    used = [m for m in pool if m.accuracy > USAGE_THRESHOLD]
    if not used:
        return None if empty_cost is None else Fraction(empty_cost)
    used.sort(key=lambda m: (-m.quality, -m.accuracy, m.name))
    total = Fraction(0)
    for rank, model in enumerate(used, 1):
        total += _exact_weight(weights, rank) * model.penalty
    return total


def validate_theory(
    models: int = 8,
    pools: int = 100,
    *,
    weights: str = "reciprocal",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Validation:
    """Check statements about cost and chemistry on generated profiles.

    Parameters
    ----------
    models : int
        Size of the pools for the trend, from 3 to 100.
    pools : int
        How many pools of each size (exact statements) and shape (trend); from 10.
    weights : {"reciprocal", "uniform"}
        Rank weights of the cost.
    seed : int
    progress : callable, optional
        Called with what is done and what there is to do.

    Returns
    -------
    Validation

    Raises
    ------
    InputError
        An option is out of its range.

    Examples
    --------
    >>> found = validate_theory(models=3, pools=10)
    >>> found.statements.set_index("statement")["verdict"].loc["the cost is submodular"].to_list()
    ['does not hold', 'does not hold']
    >>> print(found.counterexamples["the cost is submodular", 1.0].text.split(" = ")[0])
    Δ(a, b, {})
    """
    whole("models", models, 3, 100)
    whole("pools", pools, 10)
    whole("seed", seed, 0)
    choice("weights", weights, RANK_WEIGHTS)
    steps = LARGEST_EXACT + len(SHAPES)
    tallies = {(s.name, e): _Tally() for e in EMPTY_COSTS for s in STATEMENTS}
    for size in range(1, LARGEST_EXACT + 1):
        for pool in exact_pools(size, pools, seed):
            for empty_cost in EMPTY_COSTS:
                costs = _Costs(pool, empty_cost, weights)
                for statement in STATEMENTS:
                    tallies[statement.name, empty_cost].count(pool, statement.check(costs))
        if progress is not None:
            progress(size, steps)
    rows = [
        tallies[s.name, e].row(s.name, e, s.proof(weights, e))
        for e in EMPTY_COSTS
        for s in STATEMENTS
    ]
    trends = []
    for done, shape in enumerate(SHAPES, LARGEST_EXACT + 1):
        means = _mean_chemistry(models, pools, shape, weights, seed)
        for empty_cost, curve in means.items():
            rows.append(_trend_row(shape, empty_cost, curve, seed))
            trends += [
                (shape, empty_cost, h, m) for h, m in zip(LEVELS, curve.mean(0), strict=True)
            ]
        if progress is not None:
            progress(done, steps)
    columns = [
        "statement", "empty_cost", "verdict", "checks", "violations", "evidence", "counterexample"
    ]  # fmt: skip
    trend_columns = ["shape", "empty_cost", "heterogeneity", "mean_chemistry"]
    return Validation(
        statements=pd.DataFrame(rows, columns=columns).astype({"empty_cost": float}),
        trend=pd.DataFrame(trends, columns=trend_columns).astype({"empty_cost": float}),
        counterexamples={k: t.worst for k, t in tallies.items() if t.worst is not None},
    )


# ---- pools ----


def exact_pools(size: int, pools: int, seed: int) -> Iterator[tuple[ExactModel, ...]]:
    """Yield pools in fractions, of all heterogeneities in turn."""
    rng = np.random.default_rng([seed, size])
    for k in range(pools):
        h = Fraction(k % len(LEVELS), len(LEVELS) - 1)
        draws = rng.integers(-_STEP, _STEP + 1, (size, 2)).tolist()
        yield tuple(
            ExactModel(
                name, 5 + 4 * h * Fraction(u, _STEP), Fraction(3, 4) + h * Fraction(24 * v, 1000)
            )
            for name, (u, v) in zip("abcde", draws, strict=False)
        )


def _mean_chemistry(
    models: int, pools: int, shape: str, weights: str, seed: int
) -> dict[float | None, Floats]:
    """Return for each empty cost the mean chemistry of pools × levels."""
    rng = np.random.default_rng([seed, SHAPES.index(shape)])
    means: dict[float | None, Floats] = {e: np.empty((pools, len(LEVELS))) for e in EMPTY_COSTS}
    names = [f"m{k:02}" for k in range(models)]
    pairs = np.triu_indices(models, k=1)
    for pool in range(pools):
        u = rng.uniform(-1, 1, models)
        v = {"aligned": u, "opposed": -u}.get(shape, rng.uniform(-1, 1, models))
        for k, h in enumerate(LEVELS):
            frame = {"model": names, "quality": 5 + 4 * h * u, "accuracy": 0.75 + 0.24 * h * v}
            profiles = Profiles.from_frame(pd.DataFrame(frame))
            for empty_cost in EMPTY_COSTS:
                table = compute_chemistry(profiles, empty_cost=empty_cost, weights=weights)
                means[empty_cost][pool, k] = table.matrix[pairs].mean()
    return means


# ---- statements about the cost ----

# Of one check: by how much the statement is violated (if positive), and then what happened.
Finding = tuple[Fraction, str]


class _Costs:
    """The exact costs of all subsets of a pool; a set is a bit mask."""

    def __init__(
        self, pool: tuple[ExactModel, ...], empty_cost: float | None, weights: str
    ) -> None:
        self.pool, self.empty_cost, self.weights = pool, empty_cost, weights
        self.of = [
            self.cost([m for k, m in enumerate(pool) if mask >> k & 1])
            for mask in range(1 << len(pool))
        ]

    def cost(self, members: Sequence[ExactModel]) -> Fraction | None:
        return exact_cost(members, self.empty_cost, self.weights)

    def names(self, mask: int) -> str:
        return "{" + ", ".join(m.name for k, m in enumerate(self.pool) if mask >> k & 1) + "}"

    def shown(self, mask: int) -> str:
        return f"cost({self.names(mask)}) = {self.of[mask]}"


class _Tally:
    """How often a statement was checked and violated, and its smallest counterexample."""

    def __init__(self) -> None:
        self.checks = self.violations = 0
        self.worst: Counterexample | None = None

    def count(self, pool: tuple[ExactModel, ...], findings: Iterator[Finding]) -> None:
        for margin, text in findings:
            self.checks += 1
            if margin > 0:
                self.violations += 1
                # pools come in order of size
                worst = self.worst
                if worst is None or (len(worst.pool) == len(pool) and margin > worst.margin):
                    self.worst = Counterexample(pool, text, margin)

    def row(self, name: str, empty_cost: float | None, proof: str) -> tuple[Any, ...]:
        if self.worst is not None:
            verdict = FAILS
            share = self.violations / self.checks
            evidence = f"violated in {self.violations} of {self.checks} exact checks ({share:.1%})"
        else:
            verdict = HOLDS if proof else OPEN
            evidence = f"no violation in {self.checks} exact checks"
            if proof:
                evidence += f"; proof: {proof}"
        shown = "" if self.worst is None else str(self.worst)
        return name, empty_cost, verdict, self.checks, self.violations, evidence, shown


@dataclass(frozen=True)
class Statement:
    """A statement about the cost: its checks in a pool, and why it is true where it is."""

    name: str
    check: Callable[[_Costs], Iterator[Finding]]
    proof: Callable[[str, float | None], str]


def _raised(
    costs: _Costs, change: Callable[[ExactModel], Iterator[ExactModel]]
) -> Iterator[Finding]:
    """Check that a better profile of one member does not make the whole pool cost more."""
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


def _better_quality(model: ExactModel) -> Iterator[ExactModel]:
    for quality in range(1, 10):
        if quality > model.quality:
            yield ExactModel(model.name, Fraction(quality), model.accuracy)


def _better_accuracy(model: ExactModel) -> Iterator[ExactModel]:
    for percent in (60, 70, 80, 90, 99):
        if Fraction(percent, 100) > model.accuracy:
            yield ExactModel(model.name, model.quality, Fraction(percent, 100))


def _same_order(costs: _Costs) -> Iterator[Finding]:
    def up_to_the_next(model: ExactModel) -> Iterator[ExactModel]:
        above = [m.quality for m in costs.pool if m.quality > model.quality]
        if not any(m.quality == model.quality for m in costs.pool if m is not model):
            quality = (model.quality + min(above, default=Fraction(10))) / 2
            yield ExactModel(model.name, quality, model.accuracy)

    return _raised(costs, up_to_the_next)


def _across_the_threshold(costs: _Costs) -> Iterator[Finding]:
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


def _adding(costs: _Costs, sign: int) -> Iterator[Finding]:
    """Check that adding a model to a set changes the cost by at most 0, times the sign."""
    for mask, k in itertools.product(range(len(costs.of)), range(len(costs.pool))):
        if mask >> k & 1:
            continue
        more = mask | 1 << k
        before, after = costs.of[mask], costs.of[more]
        if before is not None and after is not None:
            margin = sign * (after - before)
            yield margin, f"{costs.shown(mask)}, {costs.shown(more)}" if margin > 0 else ""


def _mixed_differences(costs: _Costs, sign: int) -> Iterator[Finding]:
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


def _chemistry_of_equals(costs: _Costs) -> Iterator[Finding]:
    """Check that chemistry is 0 in a pool of equal profiles; other pools have nothing to say."""
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


def _never(_weights: str, _empty_cost: float | None) -> str:
    return ""


def _modular(weights: str, empty_cost: float | None) -> str:
    if weights == "uniform" and empty_cost is None:
        return "with equal weights penalties just add up, so every Δ is 0"
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
            "the penalty falls; ranks change only among equal qualities, which stand in order of "
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
                "with equal weights Δ is 0, but for the empty X, where it is the empty cost"
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


def _exact_weight(weights: str, rank: int) -> Fraction:
    return Fraction(1, rank) if weights == "reciprocal" else Fraction(1)


# ---- the trend ----


def _trend_row(shape: str, empty_cost: float | None, curve: Floats, seed: int) -> tuple[Any, ...]:
    name = f"mean chemistry grows with heterogeneity ({shape} q and a)"
    correlations = np.array([_rank_correlation(np.array(LEVELS), own) for own in curve])
    rng = np.random.default_rng([seed, 7])
    drawn = rng.integers(0, len(correlations), (_RESAMPLES, len(correlations)))
    tails = [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2]
    low, high = np.quantile(correlations[drawn].mean(axis=1), tails)
    means = curve.mean(axis=0)
    if np.ptp(curve.round(_DIGITS)) == 0:
        evidence = f"chemistry is {means[0]:.4f} for all {len(curve)} pools at every h"
        return name, empty_cost, FAILS, len(curve), len(curve), evidence, ""
    verdict = HOLDS if low > 0 else FAILS if high < 0 else OPEN
    evidence = (
        f"rank correlation {correlations.mean():+.3f} [{low:+.3f}, {high:+.3f}] over "
        f"{len(correlations)} pools; mean chemistry {means[0]:.4f} at h = 0, {means[-1]:.4f} at "
        f"h = 1"
    )
    against = int((correlations <= 0).sum())
    return name, empty_cost, verdict, len(correlations), against, evidence, ""


def _rank_correlation(x: Floats, y: Floats) -> float:
    """Return Spearman's correlation; 0 where a side is constant (up to rounding)."""
    ranks = [pd.Series(values.round(_DIGITS)).rank().to_numpy(dtype=float) for values in (x, y)]
    if any(np.ptp(r) == 0 for r in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
