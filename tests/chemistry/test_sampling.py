"""Chemistry from sampled subsets."""

import pytest
from helpers import HalfCost
from hypothesis import given
from strategies import profile_pools

from chemopt import InputError, compute_chemistry, learn_profiles, load_history
from chemopt.chemistry.cost import ProfileCost
from chemopt.history.generate import generate_history


@given(profiles=profile_pools())
def test_it_is_a_lower_bound(profiles):
    """No sampled entry is above that of full enumeration."""
    exact = compute_chemistry(profiles, "enumerate", empty_cost=None, cap=False)
    sampled = compute_chemistry(profiles, "sampled", empty_cost=None, cap=False, samples=20)
    assert (sampled.matrix <= exact.matrix + 1e-12).all()


def test_many_samples_find_everything(pool):
    """With far more samples than subsets, the bound is the value."""
    exact = compute_chemistry(pool, "enumerate").matrix
    assert abs(compute_chemistry(pool, "sampled", samples=500).matrix - exact).max() < 1e-12


def test_any_cost_and_any_number_of_models():
    """A user's own oracles, and pools too large to enumerate."""
    assert compute_chemistry(HalfCost(), "sampled", samples=50)["ash", "elm"] == pytest.approx(0.5)
    profiles = learn_profiles(load_history(generate_history(40, 80)), aggregate="mean")
    oracle = ProfileCost(profiles, empty_cost=None)
    assert compute_chemistry(oracle, "sampled", samples=5).matrix.max() > 0


def test_seed_and_settings(pool):
    """A seed gives the same again; the table says that it is sampled, and how."""
    first, again = (compute_chemistry(pool, "sampled", samples=9, seed=4) for _ in range(2))
    assert first == again
    assert first.settings["method"] == "sampled"
    assert (first.settings["samples"], first.settings["seed"]) == (9, 4)


@pytest.mark.parametrize("odd", [-1.0, float("inf")])
def test_odd_costs_are_refused(odd):
    """A cost that is negative or infinite is an error, as for enumeration."""

    class Odd(HalfCost):
        def cost(self, X):
            return odd if len(frozenset(X)) == 1 else super().cost(X)

    with pytest.raises(InputError, match="negative or infinite"):
        compute_chemistry(Odd(), "sampled", samples=20)


@pytest.mark.parametrize("options", [{"samples": 0}, {"samples": 1.5}, {"seed": -1}])
def test_bad_options(pool, options):
    """Numbers out of range are errors."""
    with pytest.raises(InputError, match="must be a whole number"):
        compute_chemistry(pool, "sampled", **options)
