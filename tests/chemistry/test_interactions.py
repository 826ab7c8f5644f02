"""Signs, extremes and witnesses of pairs."""

import itertools

import pytest
from helpers import HalfCost
from hypothesis import given
from hypothesis import strategies as st
from strategies import all_subsets, profile_pools

from chemopt import InputError, compute_chemistry, interactions, learn_profiles, load_history
from chemopt.chemistry.cost import ProfileCost
from chemopt.history.generate import generate_history


def signed_ratios_by_definition(oracle, group):
    """All ratios Δ / cost of a group, word by word."""
    ratios = []
    for X in all_subsets([m for m in oracle.models if m not in group]):
        unions = {U: oracle.cost({*X, *U}) for U in all_subsets(group)}
        if all(c > 0 for c in unions.values()):
            delta = sum((-1) ** (len(group) - len(U)) * c for U, c in unions.items())
            ratios.append(delta / unions[tuple(group)])
    return ratios


@given(
    profiles=profile_pools(most=5),
    empty_cost=st.sampled_from([1.0, 0.1, None]),
    weights=st.sampled_from(["reciprocal", lambda r: 0.5**r, lambda r: 10 - r * r / 10]),
)
def test_extremes_and_witnesses(profiles, empty_cost, weights):
    """Both extremes are those of the definition, and every witness reproduces its value."""
    oracle = ProfileCost(profiles, empty_cost=empty_cost, weights=weights)
    frame = interactions(oracle, cap=False)
    table = compute_chemistry(oracle, cap=False)
    for row in frame.itertuples():
        a, b = row.model_a, row.model_b
        ratios = signed_ratios_by_definition(oracle, (a, b))
        assert min([0.0, *ratios]) == pytest.approx(row.most_negative, rel=1e-9, abs=1e-12)
        assert max([0.0, *ratios]) == pytest.approx(row.most_positive, rel=1e-9, abs=1e-12)
        assert row.chemistry == pytest.approx(table[a, b], rel=1e-9, abs=1e-12)
        assert abs(row.signed) == row.chemistry
        for value, X in (
            (row.signed, row.witness),
            (row.most_negative, row.negative_witness),
            (row.most_positive, row.positive_witness),
        ):
            if X is None:
                assert value == 0
                continue
            costs = [oracle.cost({*X, *U}) for U in ((), (a,), (b,), (a, b))]
            assert all(c > 0 for c in costs)
            delta = costs[3] - costs[2] - costs[1] + costs[0]
            assert delta / costs[3] == pytest.approx(value, rel=1e-9, abs=1e-12)


def test_an_oracle_of_ones_own():
    """Its interactions are found by enumeration, with the smallest index of a witness."""
    row = interactions(HalfCost(), [("elm", "ash")]).iloc[0]
    assert (row["model_a"], row["signed"], row["witness"]) == ("elm", -0.5, ())


def test_a_large_pool():
    """Chosen pairs of a pool of a hundred models have witnesses that check."""
    profiles = learn_profiles(load_history(generate_history(100, 400)), aggregate="mean")
    oracle = ProfileCost(profiles, empty_cost=None)
    table = compute_chemistry(oracle, cap=False)
    pairs = list(itertools.islice(itertools.combinations(oracle.order, 2), 0, None, 97))
    for row in interactions(oracle, pairs, cap=False).itertuples():
        a, b, X = row.model_a, row.model_b, set(row.witness)
        parts = [oracle.cost(X | set(U)) for U in ((), (a,), (b,), (a, b))]
        ratio = (parts[3] - parts[2] - parts[1] + parts[0]) / parts[3]
        assert ratio == pytest.approx(row.signed, rel=1e-9)
        assert table[a, b] == pytest.approx(row.chemistry, rel=1e-9)


def test_bad_input(pool):
    """Unknown models and odd pairs are errors."""
    with pytest.raises(InputError, match="unknown model 'zoe'"):
        interactions(pool, [("a", "zoe")])
    with pytest.raises(InputError, match="a pair is two different models"):
        interactions(pool, [("a", "a")])
    with pytest.raises(InputError, match="a pair is two different models, not 5"):
        interactions(pool, [5])
