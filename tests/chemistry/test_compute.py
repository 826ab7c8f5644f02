"""Chemistry: its entry point, its options, and enumeration against the definition."""

import dataclasses
import inspect
import itertools

import pytest
from helpers import HalfCost
from hypothesis import given
from hypothesis import strategies as st
from strategies import all_subsets, profile_pools

from chemopt import (
    InputError,
    Profiles,
    check_saturation,
    compute_chemistry,
    interactions,
    learn_profiles,
    load_history,
)
from chemopt.chemistry.cost import CostOptions, ProfileCost
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.errors import PoolTooLargeError
from chemopt.history.generate import generate_history


def chemistry_by_definition(oracle, cap=True):
    """The entries, word by word: every X, all four costs, the published rule."""
    entries = {}
    for a, b in itertools.combinations(oracle.models, 2):
        best = 0.0
        for X in all_subsets([m for m in oracle.models if m not in (a, b)]):
            costs = [oracle.cost({*X, *extra}) for extra in ((), (a,), (b,), (a, b))]
            if all(c > 0 for c in costs):  # NaN is not
                none, only_a, only_b, both = costs
                best = max(best, abs(both - only_a - only_b + none) / both)
        entries[a, b] = min(best, 1.0) if cap else best
    return entries


@given(
    profiles=profile_pools(most=5),
    empty_cost=st.sampled_from([1.0, 0.1, None]),
    weights=st.sampled_from(["reciprocal", "uniform", lambda r: 0.5**r]),
    cap=st.booleans(),
)
def test_entries_are_their_definition(profiles, empty_cost, weights, cap):
    """Every option of the cost and the cap enter as defined."""
    oracle = ProfileCost(profiles, empty_cost=empty_cost, weights=weights)
    table = compute_chemistry(
        profiles, "enumerate", empty_cost=empty_cost, weights=weights, cap=cap
    )
    for (a, b), value in chemistry_by_definition(oracle, cap).items():
        assert table[a, b] == pytest.approx(value, rel=1e-9, abs=1e-12)


@given(profiles=profile_pools())
def test_tables_are_symmetric_and_within_0_and_1(profiles):
    """A table is symmetric with a zero diagonal, and capped."""
    matrix = compute_chemistry(profiles).matrix
    assert (matrix == matrix.T).all()
    assert (matrix.diagonal() == 0).all()
    assert ((matrix >= 0) & (matrix <= 1)).all()


@given(profiles=profile_pools())
def test_names_do_not_matter(profiles):
    """Renaming models in the same order renames the table."""
    frame = profiles.frame.rename(index=lambda name: f"z {name}")
    renamed = compute_chemistry(Profiles.from_frame(frame))
    assert (renamed.matrix == compute_chemistry(profiles).matrix).all()


def test_a_model_that_is_not_used_changes_nothing(pool):
    """It has no chemistry, and the others' stays."""
    table = compute_chemistry(pool)
    assert all(table["idle", other] == 0 for other in "abc")
    without = compute_chemistry(Profiles.from_frame(pool.frame.drop(index="idle")))
    assert (without.matrix == table.matrix[:3, :3]).all()


def test_uniform_weights_have_no_chemistry(pool):
    """When penalties just add up, no pair interacts."""
    assert compute_chemistry(pool, weights="uniform", empty_cost=None).matrix.max() < 1e-12


def test_tau_leaves_small_entries_out(pool):
    """Entries below τ become 0."""
    plain = compute_chemistry(pool, empty_cost=None)
    table = compute_chemistry(pool, empty_cost=None, tau=0.2)
    assert table["a", "b"] == 0 < plain["a", "b"] < 0.2
    assert table["a", "c"] == plain["a", "c"]


def test_settings_are_recorded(pool):
    """The table says how it was computed."""
    settings = compute_chemistry(
        pool, empty_cost=None, usage_threshold=0.3, tau=0.1, cap=False
    ).settings
    assert settings == {
        "method": "exact", "usage_threshold": 0.3, "empty_cost": None, "weights": "reciprocal",
        "task": "", "aggregate": "given", "accuracy_floor": 0.0, "tau": 0.1, "cap": False,
    }  # fmt: skip


def test_any_oracle():
    """Chemistry of a user's own oracle is computed by enumeration."""
    table = compute_chemistry(HalfCost())
    assert table["ash", "elm"] == pytest.approx(1 / 2)
    assert table["ash", "birch"] == 0
    assert table.settings["oracle"] == "HalfCost"


def test_the_limit_is_on_used_models():
    """Twenty-one used models are refused; with fewer used, a larger pool is fine."""
    history = load_history(generate_history(models=21, trials=60, heterogeneity=0.2, seed=4))
    profiles = learn_profiles(history)
    with pytest.raises(PoolTooLargeError, match="of at most 20 used models; this pool has 21"):
        compute_chemistry(profiles, "enumerate")
    assert compute_chemistry(profiles).settings["method"] == "exact"
    mean = learn_profiles(history, aggregate="mean")
    assert len(compute_chemistry(mean, "enumerate", usage_threshold=0.8)) == 21


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "exactly"}, "method must be one of"),
        ({"tau": -0.1}, "tau must be a number"),
        ({"empty_cost": -1.0}, "empty_cost must be a number in"),
        ({"weights": "linear"}, "must be one of reciprocal"),
    ],
)
def test_bad_options(pool, options, message):
    """Options out of range are errors that name them."""
    with pytest.raises(InputError, match=message):
        compute_chemistry(pool, **options)


def test_an_oracle_has_its_own_options():
    """Options of the profile cost next to another oracle would be ignored, so they are refused."""
    with pytest.raises(InputError, match="belong to the cost of profiles"):
        compute_chemistry(HalfCost(), empty_cost=None)


@pytest.mark.parametrize(
    "call",
    [
        compute_chemistry,
        interactions,
        ModelInteractionGraph,
        ProfileCost,
        check_saturation,
    ],
)
def test_a_history_is_not_profiles(call):
    """The error names what is needed and how to get it."""
    history = load_history(generate_history(3, 5))
    with pytest.raises(InputError, match=r"profiles.*, not a History; learn them: learn_profiles"):
        call(history)


def test_cost_options_are_checked_once():
    """Defaults and checks of the cost's options are those of `CostOptions`, everywhere."""
    defaults = {field.name: field.default for field in dataclasses.fields(CostOptions)}
    for function in (compute_chemistry, interactions, ProfileCost):
        parameters = inspect.signature(function).parameters
        assert {name: parameters[name].default for name in defaults} == defaults
    assert CostOptions(usage_threshold=1).usage_threshold == 1.0
    with pytest.raises(InputError, match="usage_threshold must be a number in"):
        CostOptions(usage_threshold=-1)


def test_negative_costs_are_refused():
    """A ratio to a negative cost means nothing."""

    class Negative(HalfCost):
        def cost(self, X):
            return -1.0

    with pytest.raises(InputError, match="negative or infinite"):
        compute_chemistry(Negative())


def test_auto_takes_the_polynomial_algorithm_where_it_applies(pool):
    """Convex weights have the polynomial form; other weights and oracles are enumerated."""
    methods = {
        "convex": compute_chemistry(pool, weights=lambda r: 0.9**r),
        "concave": compute_chemistry(pool, weights=lambda r: 10 - r * r / 10),
        "oracle": compute_chemistry(HalfCost()),
    }
    found = {name: table.settings["method"] for name, table in methods.items()}
    assert found == {"convex": "exact", "concave": "enumerate", "oracle": "enumerate"}


def test_weights_are_identified_by_the_function_not_by_its_name(pool):
    """A user's function called reciprocal is not 1/r."""

    def reciprocal(r):
        return 1 / r**2

    reciprocal.__qualname__ = "reciprocal"
    exact = compute_chemistry(pool, "exact", weights=reciprocal, empty_cost=None)
    expected = compute_chemistry(pool, "enumerate", weights=reciprocal, empty_cost=None)
    assert abs(exact.matrix - expected.matrix).max() < 1e-12
    assert exact.settings["weights"] == "callable reciprocal"


def test_a_subclass_of_the_profile_cost_is_an_oracle(pool):
    """A subclass with another cost is enumerated with that cost."""

    class Squared(ProfileCost):
        def cost(self, X):
            return super().cost(X) ** 2

    squared = Squared(pool, empty_cost=None)
    table = compute_chemistry(squared)
    assert table.settings["method"] == "enumerate"
    for (a, b), value in chemistry_by_definition(squared).items():
        assert table[a, b] == pytest.approx(value, abs=1e-12)
    with pytest.raises(InputError, match="rank-weighted cost of profiles"):
        compute_chemistry(squared, "exact")


@pytest.mark.parametrize("weights", [lambda r: "x", lambda r: 1 / (r - 1)])
def test_weights_that_are_no_numbers(pool, weights):
    """A weight function that fails is named."""
    with pytest.raises(InputError, match="gives no number for some rank"):
        compute_chemistry(pool, weights=weights)


def test_the_polynomial_algorithm_refuses_other_costs(pool):
    """Weights that violate the assumptions, and other costs, are refused with an alternative."""
    with pytest.raises(InputError, match="positive, nonincreasing and convex"):
        compute_chemistry(pool, "exact", weights=lambda r: 10 - r * r / 10)
    with pytest.raises(InputError, match="positive, nonincreasing and convex"):
        compute_chemistry(pool, "exact", weights=float)
    with pytest.raises(InputError, match="for another cost use 'enumerate'"):
        compute_chemistry(HalfCost(), "exact")


@pytest.mark.parametrize("method", ["exact", "enumerate", "sampled"])
def test_progress(pool, method):
    """Every method reports its progress, up to the end."""
    calls = []
    compute_chemistry(pool, method, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1][0] == calls[-1][1] > 0
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
