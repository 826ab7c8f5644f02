"""Random coverage problems from a seed, and their optima by enumeration."""

import numpy as np

from chemopt import Constraints
from chemopt.outcomes.generate import generate_scores
from chemopt.outcomes.patterns import Patterns
from chemopt.selection.problem import CoverageProblem

KINDS = ("items", "halves", "marks", "ties", "pseudo-items")


def random_patterns(rng, n: int) -> Patterns:
    """Draw patterns of n models: whole weights or others, few or many, with equal models or not."""
    kind = rng.choice(KINDS)
    rows = int(rng.integers(0, 8 if kind == "ties" else 60))
    ability, difficulty = rng.normal(0, 1, n), rng.normal(0, 1, (rows, 1))
    right = (ability - difficulty + rng.normal(0, 0.7, (rows, n)) > 0.3).astype(float)
    if n > 2 and rng.random() < 0.3:
        right[:, 1] = right[:, 0]
    weights = np.ones(rows) if kind == "ties" else rng.integers(1, 4, rows).astype(float)
    if kind == "halves":
        weights = weights / 2
    elif kind == "marks":
        weights = weights / 3 + rng.random(rows) * (rng.random() < 0.5)
    elif kind == "pseudo-items":
        right = np.vstack([right, rng.random((3, n))])
        weights = np.append(weights, 5 * rng.random(3))
    kept = right.any(axis=1)
    names = tuple(f"m{k}" for k in rng.permutation(n))
    return Patterns(names, right[kept], weights[kept], float(weights.sum()) + 1)


def random_coverage(seed: int, most: int = 10) -> CoverageProblem:
    """Draw a coverage problem of up to `most` models with side constraints."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, most + 1))
    patterns = random_patterns(rng, n)
    models = patterns.models
    pick = lambda k: tuple(str(m) for m in rng.choice(models, min(k, n), replace=False))  # noqa: E731
    options = {}
    if rng.random() < 0.5:
        options["max_size"] = int(rng.integers(1, n + 1))
    if rng.random() < 0.3:
        options["size"] = int(rng.integers(1, n + 1))
    if rng.random() < 0.25:
        return CoverageProblem(patterns, Constraints(**options))
    price = lambda: float(rng.choice([0, 0.1, 0.2, 0.3, 1, 2.5, round(rng.random(), 2)]))  # noqa: E731
    attributes = {m: {"price": price(), "provider": str(rng.choice(list("xyz")))} for m in models}
    if rng.random() < 0.4:
        options["budgets"] = [f"price<={rng.uniform(0, n / 2):.2f}"]
    if rng.random() < 0.4:
        of = rng.choice(["", "=" + attributes[models[0]]["provider"]])
        sign = rng.choice(["<=", ">=", "=="], p=[0.6, 0.2, 0.2])
        options["groups"] = [f"provider{of}{sign}{rng.integers(0, 4)}"]
    if n > 1:
        for option in ("apart", "together"):
            if rng.random() < 0.3:
                options[option] = [pick(2)]
        if rng.random() < 0.3:
            options["forbid"] = [pick(int(rng.integers(1, 4))) for _ in range(2)]
    for option in ("require", "exclude"):
        if rng.random() < 0.2:
            options[option] = pick(1)
    if rng.random() < 0.3:
        options["min_size"] = int(rng.integers(0, n))
    return CoverageProblem(patterns, Constraints(attributes=attributes, **options))


def synthetic(models: int, items: int, seed: int = 0, ability: float = 0.5, **options):
    """Return a problem on a synthetic table, with merged patterns."""
    scores = generate_scores(models, items, seed, ability=ability)
    rows, counts = np.unique(scores[scores.any(axis=1)], axis=0, return_counts=True)
    names = tuple(f"m{k:03}" for k in range(models))
    patterns = Patterns(names, rows, counts.astype(float), float(items))
    return CoverageProblem(patterns, Constraints(**options))


def constrained_synthetic(seed: int) -> CoverageProblem:
    """Return a problem of 15 to 45 models with side constraints of all kinds."""
    rng = np.random.default_rng(seed)
    n, items = int(rng.integers(15, 45)), int(rng.integers(50, 400))
    patterns = synthetic(n, items, seed, float(rng.choice([0.1, 0.3, 1]))).patterns
    models = patterns.models
    if rng.random() < 0.3:
        weights = patterns.weights * rng.random(len(patterns.weights))
        patterns = Patterns(models, patterns.right, weights, patterns.total)
    pair = lambda: tuple(map(str, rng.choice(models, 2, replace=False)))  # noqa: E731
    attributes = {
        m: {"price": round(float(rng.lognormal()), 2), "provider": f"p{rng.integers(8)}"}
        for m in models
    }
    options = {}
    if rng.random() < 0.6:
        options["budgets"] = [f"price<={rng.uniform(1, 10):.2f}"]
    if rng.random() < 0.6:
        options["groups"] = [f"provider{rng.choice(['<=1', '<=2', '=p1>=1', '=p2==1'])}"]
    if rng.random() < 0.4:
        options["together"] = [pair() for _ in range(2)]
    if rng.random() < 0.4:
        options["apart"] = [pair() for _ in range(3)]
    if rng.random() < 0.3:
        options["require"] = [str(rng.choice(models))]
    most = int(rng.integers(2, 12))
    return CoverageProblem(patterns, Constraints(attributes=attributes, max_size=most, **options))


def best_value(problem: CoverageProblem) -> float:
    """Return the largest value over all subsets; −∞ if none is feasible."""
    n = len(problem.models)
    chosen = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    right, weights = problem.patterns.right, problem.patterns.weights
    wrong = np.ones((2**n, len(weights)))
    for i in range(n):
        wrong *= np.where(chosen[:, [i]] == 1, 1 - right[:, i], 1.0)
    low, high = problem.size_bounds
    sizes = chosen.sum(axis=1)
    feasible = (low <= sizes) & (sizes <= high)
    feasible &= chosen[:, problem.positions(problem.require)].all(axis=1)
    feasible &= ~chosen[:, problem.positions(problem.exclude)].any(axis=1)
    for row in problem.side_constraints:
        sums = chosen @ row.weights
        feasible &= (row.low <= sums) & (sums <= row.high)
    values = (1 - wrong) @ weights
    return float(values[feasible].max(initial=-np.inf))


def greedy_by_the_book(problem: CoverageProblem, size: int) -> float:
    """Return the value of the textbook greedy algorithm, one model at a time."""
    chosen: list[int] = []
    for _ in range(size):
        rest = [i for i in range(len(problem.models)) if i not in chosen]
        accuracy = problem.patterns.weights @ problem.patterns.right
        chosen.append(
            min(
                rest,
                key=lambda i: (
                    -problem.patterns.value([*chosen, i]), -accuracy[i], problem.models[i]
                ),
            )
        )  # fmt: skip
    return problem.patterns.value(chosen)
