"""Cost against its definition."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import all_subsets, profile_pools

from chemopt import InputError, Profiles
from chemopt.chemistry.cost import ProfileCost


def cost_by_definition(profiles, X, threshold=0.5, empty=1.0, weight=lambda r: 1 / r):
    """The cost of X, word by word."""
    rows = profiles.frame.loc[list(X)]
    used = [
        (-r.quality, -r.accuracy, name) for name, r in rows.iterrows() if r.accuracy > threshold
    ]
    if not used:
        return empty
    total = 0.0
    for rank, (minus_q, minus_a, _) in enumerate(sorted(used), 1):
        total += weight(rank) * (1 + minus_q / 10) * (1 + minus_a)
    return total


@given(profiles=profile_pools(), data=st.data())
def test_cost_is_its_definition(profiles, data):
    """`ProfileCost.cost` agrees with a direct reading of the definition."""
    X = data.draw(st.lists(st.sampled_from(profiles.models), unique=True))
    assert ProfileCost(profiles).cost(X) == pytest.approx(
        cost_by_definition(profiles, X), abs=1e-15
    )


@given(profiles=profile_pools(), threshold=st.sampled_from([0.0, 0.4, 0.5, 1.0]))
def test_costs_of_all_subsets(profiles, threshold):
    """The array of all costs holds, at each mask, the cost of that set of used models."""
    oracle = ProfileCost(profiles, usage_threshold=threshold, empty_cost=0.25)
    costs = oracle.subset_costs()
    assert len(costs) == 2 ** len(oracle.order)
    for X in all_subsets(oracle.order):
        mask = sum(1 << oracle.order.index(model) for model in X)
        assert costs[mask] == pytest.approx(oracle.cost(X), abs=1e-15)


def test_ties_in_quality(pool):
    """Equal qualities are ordered by accuracy, larger first, then by name."""
    frame = pd.DataFrame({"quality": 5.0, "accuracy": [0.7, 0.9, 0.9]}, index=["c", "b", "a"])
    assert ProfileCost(Profiles.from_frame(frame)).order == ("a", "b", "c")


def test_empty_cost(pool):
    """A set without a used model costs what was asked, or has no cost."""
    assert ProfileCost(pool).cost([]) == ProfileCost(pool).cost(["idle"]) == 1.0
    assert math.isnan(ProfileCost(pool, empty_cost=None).cost(["idle"]))
    assert ProfileCost(pool, empty_cost=0).cost([]) == 0.0


def test_weights(pool):
    """Uniform weights add penalties up; a callable is used as it is, and named."""
    assert ProfileCost(pool, weights="uniform").cost(["a", "b"]) == pytest.approx(0.11)
    geometric = ProfileCost(pool, weights=lambda r: 0.5**r)
    assert geometric.cost(["a", "b"]) == pytest.approx(0.005 + 0.025)
    assert "lambda" in geometric.options.weights_name


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: ProfileCost(p).cost(["zoe"]), "unknown model 'zoe'"),
        (lambda p: ProfileCost(p).cost("ab"), "not the single string 'ab'"),
        (lambda p: ProfileCost(p, usage_threshold=2), "usage_threshold must be a number in"),
        (lambda p: ProfileCost(p, empty_cost=-1), "empty_cost must be a number in"),
        (lambda p: ProfileCost(p, empty_cost=math.nan), "empty_cost must be a number in"),
        (lambda p: ProfileCost(p, weights="harmonic"), "must be one of reciprocal"),
        (lambda p: ProfileCost(p, weights=lambda r: -1.0), "a rank weight that is not ≥ 0"),
    ],
)
def test_bad_input(pool, call, message):
    """Unknown names and options out of range are errors that say so."""
    with pytest.raises(InputError, match=message):
        call(pool)
