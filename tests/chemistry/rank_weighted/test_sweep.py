"""The polynomial algorithm: equal to enumeration for every option, on every kind of pool."""

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, profile_pools

import chemopt.chemistry.rank_weighted.sweep
from chemopt import Profiles, compute_chemistry, interactions, learn_profiles, load_history
from chemopt.chemistry.cost import ProfileCost
from chemopt.chemistry.rank_weighted.hulls import hulls_from_the_end, useful_ranks
from chemopt.chemistry.rank_weighted.pair import PairSolver
from chemopt.chemistry.rank_weighted.pool import ranked_pool
from chemopt.chemistry.rank_weighted.sweep import chemistry_by_hulls
from chemopt.history.generate import generate_history

CONVEX = {
    "reciprocal": "reciprocal",
    "uniform": "uniform",
    "geometric": lambda r: 0.5**r,
    "linear": lambda r: 20.0 - r,
    "steps": lambda r: [10, 6, 4, 3, 2.5, 2.3, 2.2, 2.1, 2.05, 2.01][r - 1],
}
EMPTY_COSTS = (1.0, 0.01, 0.0, None)


def pool_of(quality, accuracy):
    """Profiles with these numbers, named in order."""
    names = [f"m{k:04}" for k in range(len(quality))]
    frame = pd.DataFrame({"model": names, "quality": quality, "accuracy": accuracy})
    return Profiles.from_frame(frame)


def random_pool(rng, kind, n):
    """A pool of one of the kinds that the algorithm treats in its own way."""
    levels = {
        "plain": (rng.uniform(0, 10, n), rng.uniform(0.4, 1, n)),
        "ties": (rng.choice([5.0, 7.5], n), rng.choice([0.6, 0.75, 0.9], n)),
        "zeros": (rng.uniform(0, 10, n), rng.choice([1.0, 1.0, 0.8, 0.55], n)),
        "perfect": (rng.choice([10.0, 9.0], n), rng.uniform(0.51, 1, n)),
        "tiny": (rng.uniform(0, 10, n), 1 - 10 ** rng.uniform(-12, -0.4, n)),
        "equal penalties": (np.full(n, 5.0), np.full(n, 0.8)),
        "one used": (rng.uniform(0, 10, n), np.where(np.arange(n) == 0, 0.9, 0.2)),
        "none used": (rng.uniform(0, 10, n), np.full(n, 0.5)),
    }
    return pool_of(*levels[kind])


KINDS = ("plain", "ties", "zeros", "perfect", "tiny", "equal penalties", "one used", "none used")


@pytest.mark.parametrize("count", [1, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS)
def test_equal_to_enumeration(kind, count, monkeypatch):
    """Over 2,400 random cases with n ≤ 9, of which a part is not slow: every option, and both ways of solving a pair."""
    rng = np.random.default_rng(KINDS.index(kind))
    cases = itertools.product(EMPTY_COSTS, CONVEX.values(), (True, False), range(count))
    for empty_cost, weights, cap, case in cases:
        profiles = random_pool(rng, kind, int(rng.integers(1, 10)))
        options = {"empty_cost": empty_cost, "weights": weights, "cap": cap}
        # a high floor and few counts leave most pairs to the solver of single pairs
        floor, counts = ((0.05, 64), (0.4, 1))[(case + cap) % 2]
        monkeypatch.setattr(chemopt.chemistry.rank_weighted.sweep, "FLOOR", floor)
        monkeypatch.setattr(chemopt.chemistry.rank_weighted.sweep, "COUNTS", counts)
        exact = compute_chemistry(profiles, "exact", **options).matrix
        expected = compute_chemistry(profiles, "enumerate", **options).matrix
        np.testing.assert_allclose(exact, expected, rtol=1e-9, atol=1e-12)


@given(
    profiles=profile_pools(most=7),
    empty_cost=st.sampled_from(EMPTY_COSTS),
    weights=st.sampled_from(list(CONVEX.values())),
)
@examples(150)
def test_equal_to_enumeration_on_random_pools(profiles, empty_cost, weights):
    """The same on pools that hypothesis makes up."""
    options = {"empty_cost": empty_cost, "weights": weights, "cap": False, "usage_threshold": 0.4}
    exact = compute_chemistry(profiles, "exact", **options).matrix
    expected = compute_chemistry(profiles, "enumerate", **options).matrix
    np.testing.assert_allclose(exact, expected, rtol=1e-9, atol=1e-12)


def rational_chemistry(penalty, weight=lambda rank: Fraction(1, rank)):
    """Chemistry in rational arithmetic, without the empty set, in rank order."""
    n = len(penalty)
    p = [Fraction(float(x)) for x in penalty]

    def cost(X):
        return sum((p[k] * weight(rank) for rank, k in enumerate(sorted(X), 1)), Fraction(0))

    costs = {
        frozenset(X): cost(X) for r in range(n + 1) for X in itertools.combinations(range(n), r)
    }
    best = {}
    for a, b in itertools.combinations(range(n), 2):
        value = Fraction(0)
        for X, none in costs.items():
            if none and a not in X and b not in X:
                delta = costs[X | {a, b}] - costs[X | {a}] - costs[X | {b}] + none
                value = max(value, abs(delta) / costs[X | {a, b}])
        best[a, b] = value
    return best


@pytest.mark.parametrize("seed", range(6))
def test_no_digits_are_lost(seed):
    """Penalties from 1e-12 to 1 in one pool: every entry to 1e-9 of rational arithmetic."""
    rng = np.random.default_rng(seed)
    penalty = 10 ** rng.uniform(-12, 0, 7)
    if seed % 2:
        penalty = np.sort(penalty)[::-1]
    # quality falls with position, and accuracy gives the penalty
    quality = 5 - np.arange(7) / 10
    profiles = pool_of(quality, 1 - penalty / (1 - quality / 10) / 2)
    oracle = ProfileCost(profiles, empty_cost=None)
    found = chemistry_by_hulls(ranked_pool(oracle), cap=False)
    for (a, b), value in rational_chemistry(oracle.penalty).items():
        assert found[a, b] == pytest.approx(float(value), rel=1e-9, abs=0)


@pytest.mark.parametrize("seed", range(6))
def test_enumeration_is_accurate_absolutely(seed):
    """Weights that increase, or are zero from rank 3 on: entries to 1e-14."""
    weight = (float, lambda rank: (1.0, 0.5, 0.0, 0.0, 0.0, 0.0)[rank - 1])[seed % 2]
    rng = np.random.default_rng(seed)
    penalty = np.sort(rng.uniform(0.01, 0.2, 6))[::-1]
    quality = 5 - np.arange(6) / 10
    profiles = pool_of(quality, 1 - penalty / (1 - quality / 10) / 2)
    oracle = ProfileCost(profiles, empty_cost=None, weights=weight)
    options = {"empty_cost": None, "weights": weight, "cap": False}
    found = compute_chemistry(profiles, "enumerate", **options).matrix
    rows = interactions(profiles, **options).set_index(["model_a", "model_b"])["chemistry"]
    expected = rational_chemistry(oracle.penalty, lambda rank: Fraction(weight(rank)))
    for (a, b), value in expected.items():
        assert found[a, b] == pytest.approx(float(value), rel=1e-14, abs=1e-14)
        named = rows[f"m{a:04}", f"m{b:04}"]
        assert named == pytest.approx(float(value), rel=1e-14, abs=1e-14)


def test_what_cancels_is_zero():
    """Where Δ is within the rounding allowance, there is no chemistry, no sign and no witness."""
    profiles = pool_of([5.0, 4.0, 3.0], [0.8, 1 - 0.2 / 0.6, 1 - 0.3 / 0.7])
    table = compute_chemistry(profiles, "exact", empty_cost=None)
    assert table["m0000", "m0001"] == 0
    row = interactions(profiles, [("m0000", "m0001")], empty_cost=None).iloc[0]
    assert row["signed"] == 0
    assert row["witness"] is None


def test_no_warning_for_pairs_without_penalties():
    """Pairs of zero penalty and weights that fall fast divide nothing by zero."""
    profiles = pool_of([9.0, 8.0, 7.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.55, 0.6])
    exact = compute_chemistry(profiles, "exact", weights=lambda r: 0.01**r, empty_cost=None)
    expected = compute_chemistry(profiles, "enumerate", weights=lambda r: 0.01**r, empty_cost=None)
    assert abs(exact.matrix - expected.matrix).max() < 1e-9


def test_a_large_table():
    """Two hundred models: symmetric, in [0, 1], the same under renaming and idle models."""
    rng = np.random.default_rng(3)
    quality, accuracy = rng.uniform(0, 10, 200), rng.uniform(0.51, 1, 200)
    profiles = pool_of(quality, accuracy)
    matrix = compute_chemistry(profiles, empty_cost=None).matrix
    assert (matrix == matrix.T).all()
    assert ((matrix >= 0) & (matrix <= 1)).all()
    renamed = Profiles.from_frame(profiles.frame.rename(index=lambda name: f"x {name}"))
    assert (compute_chemistry(renamed, empty_cost=None).matrix == matrix).all()
    idle = pool_of(np.append(quality, 9.9), np.append(accuracy, 0.5))
    with_idle = compute_chemistry(idle, empty_cost=None).matrix
    assert (with_idle[:200, :200] == matrix).all()
    assert not with_idle[200].any()


@pytest.mark.parametrize("kind", ["outlier", "many zeros", "falling", "spread", "valley"])
def test_hard_pools_agree_with_the_solver_of_pairs(kind):
    """Where bounds leave pairs open, the table still is what each pair's own solver says."""
    rng = np.random.default_rng(5)
    n = 60
    penalty = {
        "outlier": np.append(0.5, 10 ** rng.uniform(-9, -6, n - 1)),
        "many zeros": np.where(rng.random(n) < 0.5, 0.0, rng.random(n) / 2),
        "falling": 0.5 * 10 ** np.linspace(0, -10, n),
        "valley": 0.5 * 10 ** np.abs(np.linspace(-9, 5, n)) / 1e10,
        "spread": 0.5 * 10 ** rng.uniform(-10, 0, n),
    }[kind]
    profiles = pool_of(np.linspace(4, 0, n), 1 - penalty)
    oracle = ProfileCost(profiles, empty_cost=None)
    pool = ranked_pool(oracle)
    table, solver = chemistry_by_hulls(pool, cap=False), PairSolver(pool)
    for a, b in itertools.islice(itertools.combinations(range(n), 2), 0, None, 7):
        assert table[a, b] == pytest.approx(solver.largest(a, b), rel=1e-9)


def test_hulls():
    """A hull has, for each multiplier above the floor, the best of all sets."""
    rng = np.random.default_rng(1)
    penalty = rng.random(7).tolist()
    r = np.arange(1, 10)
    second, after = (2 / (r * (r + 1) * (r + 2))).tolist(), (1 / (r + 2)).tolist()
    ranks = useful_ranks(second, after, 0.01)
    for k, hulls in hulls_from_the_end(penalty, second, after, 0.01, ranks):
        for first in range(min(ranks, 3)):
            for multiplier in (0.02, 0.1, 0.3, 0.9):
                best = 0.0
                for size in range(len(penalty) - k + 1):
                    for B in itertools.combinations(penalty[k:], size):
                        terms = (
                            p * (second[first + i] - multiplier * after[first + i])
                            for i, p in enumerate(B)
                            if first + i < len(second)
                        )
                        best = max(best, sum(terms))
                on_hull = max(gain - multiplier * cost for cost, gain in hulls[first])
                assert on_hull == pytest.approx(best, abs=1e-12)


def test_history_of_three_hundred_models():
    """From a history to a table, far beyond enumeration."""
    history = load_history(generate_history(models=300, trials=1500, seed=1))
    table = compute_chemistry(learn_profiles(history, aggregate="mean"), empty_cost=None)
    assert len(table) == 300
    assert table.settings["method"] == "exact"
