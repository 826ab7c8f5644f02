"""Synthetic histories and pools."""

import pandas as pd
import pytest

from chemopt import InputError, check_saturation, learn_profiles, load_history
from chemopt.history.generate import generate_history
from chemopt.problem.generate import generate_problem, generate_table


def test_histories_load_and_support_chemistry():
    """A generated history is valid, and its means are not saturated."""
    history = load_history(generate_history(models=10, trials=50, seed=1))
    assert len(history.models) == 10
    assert not check_saturation(learn_profiles(history, aggregate="mean")).saturated


def test_heterogeneity_spreads_models():
    """The larger it is, the more accuracies differ."""

    def spread(heterogeneity):
        history = load_history(generate_history(10, 300, heterogeneity, seed=2))
        return learn_profiles(history, aggregate="mean").frame["accuracy"].std()

    assert 1.5 * spread(0) < spread(0.4) < spread(1) / 1.2


def test_a_seed_gives_the_same_again():
    """Equal seeds give equal data, others do not."""
    pd.testing.assert_frame_equal(generate_history(seed=5), generate_history(seed=5))
    assert not generate_history(seed=5).equals(generate_history(seed=6))
    assert generate_table(9, seed=1) == generate_table(9, seed=1)
    assert generate_problem(9, seed=1).subsets == generate_problem(9, seed=1).subsets


def test_tasks_are_told_apart():
    """Each task is a group of its own."""
    history = load_history(generate_history(models=4, trials=5, tasks=8))
    assert len(history.groups) == 8


def test_kinds_of_tables():
    """Chemistry-like entries are mostly near 1, uniform ones are not."""
    like = generate_table(30, seed=1).to_frame()["chemistry"]
    assert 0.5 < (like > 0.998).mean() < 0.75
    assert like.min() >= 0.3
    uniform = generate_table(30, seed=1, kind="uniform").to_frame()["chemistry"]
    assert 0.4 < uniform.mean() < 0.6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: generate_history(models=0), "models must be a whole number from 1 to 5000, not 0"),
        (lambda: generate_history(trials=1.5), "trials must be a whole number"),
        (lambda: generate_history(tasks=9), "tasks must be a whole number from 1 to 8"),
        (lambda: generate_history(heterogeneity=-1), "heterogeneity must be a number in"),
        (lambda: generate_history(seed=-1), "seed must be a whole number"),
        (lambda: generate_table(5, kind="dense"), "kind must be one of chemistry-like, uniform"),
        (lambda: generate_problem(1), "models must be a whole number from 2"),
    ],
)
def test_bad_options(call, message):
    """Numbers out of range are errors."""
    with pytest.raises(InputError, match=message):
        call()
