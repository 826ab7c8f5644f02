"""Statements about the cost: verdicts, counterexamples checked again, the trend."""

import itertools
from fractions import Fraction

import pandas as pd
import pytest

from chemopt import InputError, Profiles, compute_chemistry
from chemopt.chemistry.cost import ProfileCost
from chemopt.studies.theory.pools import LEVELS, RationalModel, rational_cost, rational_pools
from chemopt.studies.theory.statements import EMPTY_COSTS, FAILS, HOLDS, STATEMENTS
from chemopt.studies.theory.validate import LARGEST_POOL, validate_theory

WITHIN_RANK = "raising a model's quality within its rank never costs more"
QUALITY = "raising a model's quality never costs more"
ACCURACY = "raising a used model's accuracy never costs more"
THRESHOLD = "raising accuracy across the usage threshold never costs more"
NOT_MORE, NOT_LESS = "adding a model never costs more", "adding a model never costs less"
SUB, SUPER = "the cost is submodular", "the cost is supermodular"
EQUAL = "chemistry is 0 where all profiles are equal"


@pytest.fixture(scope="module")
def found():
    """What is found for the published rank weights."""
    return validate_theory(models=4, pools=12, seed=3)


@pytest.fixture(scope="module")
def found_uniform():
    """What is found for equal rank weights."""
    return validate_theory(models=4, pools=10, weights="uniform", seed=3)


def verdicts(found, empty_cost):
    frame = found.statements
    own = frame["empty_cost"].isna() if empty_cost is None else frame["empty_cost"] == empty_cost
    return frame[own].set_index("statement")["verdict"].to_dict()


def interaction(a, b, X, cost):
    """Return Δ(a, b, X)."""
    costs = [cost.cost(X | extra) for extra in ({a, b}, {a}, {b}, set())]
    return costs[0] - costs[1] - costs[2] + costs[3]


def oracle(pool, empty_cost):
    frame = pd.DataFrame(
        {
            "model": [m.name for m in pool],
            "quality": [float(m.quality) for m in pool],
            "accuracy": [float(m.accuracy) for m in pool],
        }
    )
    return ProfileCost(Profiles.from_frame(frame), empty_cost=empty_cost)


def subsets(pool):
    names = [m.name for m in pool]
    return itertools.chain.from_iterable(
        itertools.combinations(names, k) for k in range(len(names) + 1)
    )


def test_rational_cost_is_the_cost():
    """In fractions and in floating point, for every subset of every kind of pool."""
    for size, empty_cost in itertools.product((1, 3, 4), EMPTY_COSTS):
        for pool in rational_pools(size, 7, seed=1):
            cost = oracle(pool, empty_cost)
            for X in subsets(pool):
                exact = rational_cost([m for m in pool if m.name in X], empty_cost)
                if exact is None:
                    assert cost.cost(X) != cost.cost(X)
                else:
                    assert cost.cost(X) == pytest.approx(float(exact), abs=1e-14)


def test_verdicts(found):
    """What holds for the published weights, and what does not."""
    for empty_cost in EMPTY_COSTS:
        of = verdicts(found, empty_cost)
        assert {of[name] for name in (WITHIN_RANK, ACCURACY)} == {HOLDS}
        fails = (QUALITY, THRESHOLD, NOT_MORE, NOT_LESS, SUB, SUPER, EQUAL)
        assert {of[name] for name in fails} == {FAILS}


@pytest.mark.slow
def test_verdicts_for_equal_weights(found_uniform):
    """Penalties just add up, so without an empty cost everything is modular."""
    of = verdicts(found_uniform, None)
    assert {of[name] for name in (QUALITY, ACCURACY, NOT_LESS, SUB, SUPER, EQUAL)} == {HOLDS}
    of = verdicts(found_uniform, 1.0)
    assert {of[SUPER], of[QUALITY]} == {HOLDS}
    assert {of[SUB], of[NOT_LESS], of[EQUAL]} == {FAILS}


def test_counterexamples_are_wrong_by_the_margin(found):
    """Every counterexample is one for the library's own cost, far above rounding."""
    for (name, empty_cost), example in found.counterexamples.items():
        assert example.margin > Fraction(1, 10**6), name
        cost = oracle(example.pool, empty_cost)
        names = [m.name for m in example.pool]
        if name in (NOT_MORE, NOT_LESS):
            sign = 1 if name == NOT_MORE else -1
            worst = max(
                sign * (cost.cost({*X, m}) - cost.cost(X))
                for X in subsets(example.pool)
                for m in set(names) - set(X)
                if X or empty_cost is not None
            )
        elif name in (SUB, SUPER):
            sign = 1 if name == SUB else -1
            worst = max(
                sign * interaction(a, b, set(X), cost)
                for a, b in itertools.combinations(names, 2)
                for X in subsets(example.pool)
                if not {a, b} & set(X) and (X or empty_cost is not None)
            )
        elif name == EQUAL:
            worst = compute_chemistry(cost)["a", "b"]
        else:
            continue
        assert worst == pytest.approx(float(example.margin), rel=1e-9), name


def test_smallest_counterexamples(found):
    """Where theory says how small a counterexample can be, one of that size is found."""
    sizes = {key: len(example.pool) for key, example in found.counterexamples.items()}
    assert sizes[QUALITY, None] == 2
    assert sizes[NOT_LESS, 1.0] == 1  # from nothing to something
    assert sizes[NOT_LESS, None] == 2
    assert sizes[SUB, 1.0] == 2  # X is empty
    assert sizes[SUB, None] == 3  # X is a model after both
    assert sizes[SUPER, 1.0] == sizes[SUPER, None] == 3
    assert found.counterexamples[EQUAL, None].margin == Fraction(1, 11)
    assert str(found.counterexamples[EQUAL, None]).endswith("chem(a, b) = 1/11, at X = {c}")


def test_a_quality_counterexample_by_hand():
    """The worse model overtakes: 0.01 + 0.1/2 becomes 0.02 … with its penalty in front."""
    a = RationalModel("a", Fraction(5), Fraction(98, 100))
    b = RationalModel("b", Fraction(4), Fraction(60, 100))
    better = RationalModel("b", Fraction(6), Fraction(60, 100))
    assert rational_cost([a, b], None) == Fraction(1, 100) + Fraction(24, 200)
    assert rational_cost([a, better], None) == Fraction(16, 100) + Fraction(1, 200)
    assert rational_cost([a, better], None) > rational_cost([a, b], None)


@pytest.mark.slow
def test_the_trend(found, found_uniform):
    """Without an empty cost chemistry grows from 1/11; with it, nothing grows at all."""
    grows = found.statements[found.statements["statement"].str.startswith("mean chemistry")]
    assert len(grows) == 6
    assert (grows.loc[grows["empty_cost"].isna(), "verdict"] == HOLDS).all()
    assert (grows.loc[grows["empty_cost"] == 1, "verdict"] == FAILS).all()
    trend = found.trend[found.trend["empty_cost"].isna()]
    for _, own in trend.groupby("shape"):
        assert own["heterogeneity"].to_list() == list(LEVELS)
        assert own["mean_chemistry"].iloc[0] == pytest.approx(1 / 11)
        assert own["mean_chemistry"].is_monotonic_increasing
    nothing = found_uniform.trend[found_uniform.trend["empty_cost"].isna()]
    assert (nothing["mean_chemistry"] == 0).all()
    assert "0.0000 for all 10 pools" in " ".join(found_uniform.statements["evidence"])


def test_pools_have_the_heterogeneity_asked_for():
    """Alike at h = 0, all used and on the scale at h = 1; the same for a seed."""
    for size in range(1, LARGEST_POOL + 1):
        pools = list(rational_pools(size, 12, seed=0))
        assert pools == list(rational_pools(size, 12, seed=0))
        assert len({(m.quality, m.accuracy) for m in pools[0]}) == 1
        for model in itertools.chain(*pools):
            assert 1 <= model.quality <= 9
            assert Fraction(1, 2) < model.accuracy < 1
    assert len(STATEMENTS) == 9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"models": 2}, "models must be a whole number from 3 to 100"),
        ({"pools": 9}, "pools must be a whole number ≥ 10"),
        ({"weights": "linear"}, "weights must be one of reciprocal, uniform"),
        ({"seed": -1}, "seed must be a whole number"),
    ],
)
def test_bad_options(options, message):
    """Options out of range are named."""
    with pytest.raises(InputError, match=message):
        validate_theory(**options)


@pytest.mark.slow
def test_repeatable_and_with_progress(found):
    """The same seed gives the same frames; progress runs to its end."""
    seen = []
    again = validate_theory(models=4, pools=12, seed=3, progress=lambda *p: seen.append(p))
    pd.testing.assert_frame_equal(again.statements, found.statements)
    pd.testing.assert_frame_equal(again.trend, found.trend)
    assert seen[-1] == (8, 8)
