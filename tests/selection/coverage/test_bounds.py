"""The parts of the exact solver: relaxation, bounds from multipliers, side constraints."""

import itertools

import numpy as np
import pytest
from chemopt_models import build_coverage
from coverage_cases import random_coverage, synthetic

from chemopt.methods.options import RunOptions
from chemopt.methods.solvers import HighsModel
from chemopt.selection.coverage.bounds import bounds_from
from chemopt.selection.coverage.instance import instance_of_problem
from chemopt.selection.coverage.node import merge_rows
from chemopt.selection.coverage.relaxation import Multipliers, best_sums, relax
from chemopt.selection.coverage.sides import Sides, implied


def values_by_choice(instance, low, high):
    """Yield each choice of columns within rows and sizes, as a set, with its value."""
    n = instance.right.shape[1]
    for size in range(low, high + 1):
        for chosen in itertools.combinations(range(n), size):
            columns = list(chosen)
            if (instance.sides.weights[:, columns].sum(axis=1) <= instance.sides.limits).all():
                wrong = np.prod(1 - instance.right[:, columns].astype(float), axis=1)
                yield set(chosen), float(instance.weights @ (1 - wrong))


def test_bounds_hold_for_any_multipliers():
    """Random multipliers, and those of the relaxation: of all, with and without each model."""
    for seed in range(120):
        instance = instance_of_problem(random_coverage(seed, most=6))
        n = instance.right.shape[1]
        rng = np.random.default_rng(seed)
        low = int(rng.integers(0, n))
        high = int(rng.integers(max(1, low), n + 1))
        known = list(values_by_choice(instance, low, high))
        drawn = Multipliers(
            rng.random(len(instance.weights)) * instance.weights,
            3 * rng.random(len(instance.sides)),
            np.zeros(n),
        )
        solved = relax(instance.right, instance.weights, instance.sides, low, high, 0.0)
        for multipliers in (drawn, solved):
            found = bounds_from(
                multipliers, instance.right, instance.weights, instance.sides, low, high
            )
            for chosen, value in known:
                assert value <= found.all
                assert all(value <= found.include[i] for i in chosen)
                assert all(value <= found.exclude[i] for i in range(n) if i not in chosen)


@pytest.mark.parametrize(
    "options", [{"size": 4}, {"size": 9}, {"max_size": 8, "budgets": ["price<=20"]}]
)
def test_the_relaxation_is_solved(options):
    """Its bound is that of HiGHS, to a part of what was asked."""
    attributes = {f"m{k:03}": {"price": 1 + k % 5} for k in range(30)}
    problem = synthetic(30, 600, attributes=attributes, **options)
    exact = HighsModel(build_coverage(problem)).relax(RunOptions()).bound
    instance = instance_of_problem(problem)
    arrays = (instance.right, instance.weights, instance.sides, instance.low, instance.high)
    target = -exact - 1e-3
    multipliers = relax(*arrays, target)
    found = bounds_from(multipliers, *arrays).all
    # in single precision multipliers are rounded
    assert -exact - 1e-6 <= found <= -exact + 0.05


def test_implied_is_what_all_choices_share():
    """What rows imply holds for every choice within them."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        n, m = int(rng.integers(1, 7)), int(rng.integers(1, 4))
        weights = rng.integers(-2, 4, (m, n)).astype(float)
        sides = Sides(weights, rng.integers(-2, 6, m).astype(float), np.zeros(m))
        low = int(rng.integers(0, n + 1))
        high = int(rng.integers(low, n + 1))
        choices = [
            set(chosen)
            for size in range(low, high + 1)
            for chosen in itertools.combinations(range(n), size)
            if (weights[:, list(chosen)].sum(axis=1) <= sides.limits).all()
        ]
        found = implied(sides, low, high)
        if choices:
            assert found.low <= min(map(len, choices))
            assert max(map(len, choices)) <= found.high
        for chosen in choices:
            assert chosen >= set(np.flatnonzero(found.chosen))
            assert not chosen & set(np.flatnonzero(found.left_out))


def test_best_sums():
    """The largest sum of this many values, by enumeration."""
    rng = np.random.default_rng(0)
    for _ in range(100):
        values = rng.normal(size=5)
        low = int(rng.integers(0, 6))
        high = int(rng.integers(low, 6))
        best = max(
            sum(chosen)
            for size in range(low, high + 1)
            for chosen in itertools.combinations(values, size)
        )
        assert best_sums(values, low, high) == pytest.approx(best)


@pytest.mark.parametrize("n", [5, 64, 70])
def test_merged_rows_cover_the_same(n):
    """Equal rows are one, with the sum of their weights."""
    rng = np.random.default_rng(0)
    rows = (rng.random((20, n)) < 0.5).astype(np.float32)
    right = rows[rng.integers(0, 20, 200)]
    weights = rng.integers(1, 5, 200).astype(np.float32)
    merged, sums = merge_rows(right, weights)
    assert len(merged) <= 20
    assert (sums @ merged).tolist() == (weights @ right).tolist()
