"""Resampling is repeatable, counts what it draws, and copes with models that are not drawn."""

import importlib

import numpy as np
import pandas as pd
import pytest

from chemopt import InputError, StopReason, load_history, recommend, stability
from chemopt.history.generate import generate_history
from chemopt.problem.generate import generate_problem

module = importlib.import_module("chemopt.analysis.stability")

SETTINGS = {"profile_options": {"aggregate": "mean"}, "chemistry_options": {"empty_cost": None}}


@pytest.fixture(scope="module")
def rows():
    """A history of six models."""
    return generate_history(models=6, trials=40, seed=4)


def resampled(frame, **options):
    """Return the stability of a history's recommendation."""
    return stability(load_history(frame), resamples=12, **SETTINGS, **options)


def same(one, other):
    """Tell whether two results are equal."""
    return one.inclusion.equals(other.inclusion) and one.resamples.equals(other.resamples)


@pytest.mark.slow
def test_a_seed_repeats_it(rows):
    """The same seed gives the same resamples, another seed others."""
    assert same(resampled(rows, seed=1), resampled(rows, seed=1))
    assert not same(resampled(rows, seed=1), resampled(rows, seed=2))


def test_the_order_of_trials_does_not_matter(rows):
    """Trials are drawn by name."""
    parts = [own for _, own in rows.groupby("trial", sort=False)]
    turned = pd.concat(parts[::-1], ignore_index=True)
    one, other = resampled(rows, seed=3), resampled(turned, seed=3)
    assert one.resamples["models"].tolist() == other.resamples["models"].tolist()
    assert one.inclusion["frequency"].tolist() == other.inclusion["frequency"].tolist()


def test_frequencies_are_those_of_the_resamples(rows):
    """Inclusion, its standard error and Jaccard indices follow from the resamples."""
    found = resampled(rows, problem_options={"alpha": 0.8, "max_size": 3})
    drawn, chosen = found.resamples["models"], set(found.recommendation.models)
    for row in found.inclusion.to_dict("records"):
        share = np.mean([row["model"] in models for models in drawn])
        assert row["frequency"] == pytest.approx(share)
        assert row["se"] == pytest.approx(np.sqrt(share * (1 - share) / 12))
        assert row["chosen"] == (row["model"] in chosen)
    assert found.inclusion["frequency"].is_monotonic_decreasing
    assert (found.resamples["size"] == drawn.map(len)).all()
    same_ensemble = np.array([set(models) == chosen for models in drawn])
    assert ((found.resamples["jaccard"] == 1).to_numpy() == same_ensemble).all()
    text = str(found)
    assert text.startswith(f"12 resamples: the same ensemble in {same_ensemble.mean():.0%}")


def test_the_whole_history_is_answered_as_ever(rows):
    """The recommendation is that of the history as it is."""
    from chemopt import ChemistryProblem, compute_chemistry, learn_profiles

    history = load_history(rows)
    profiles = learn_profiles(history, aggregate="mean")
    problem = ChemistryProblem(compute_chemistry(profiles, empty_cost=None), profiles=profiles)
    assert resampled(rows).recommendation.models == recommend(problem).models


def test_models_that_are_not_drawn(rows):
    """A model of a single trial is absent from most resamples, but stays in the pool."""
    first = rows[(rows["model"] != "model-1") | (rows["trial"] == rows["trial"].iloc[0])]
    found = resampled(first, problem_options={"require": ("model-1",)})
    frequency = found.inclusion.set_index("model")["frequency"]
    assert len(frequency) == 6
    assert frequency["model-1"] == 1.0


def test_one_task_of_several(rows):
    """Only the trials of the task are drawn; without a task the error lists them."""
    other = rows.assign(task="write a haiku on spring rain", trial="x" + rows["trial"].astype(str))
    both = load_history(pd.concat([rows, other], ignore_index=True))
    task = rows["task"].iloc[0]
    one = stability(both, task, resamples=5, **SETTINGS)
    alone = stability(load_history(rows), resamples=5, **SETTINGS)
    assert same(one, alone)
    with pytest.raises(InputError, match="2 task groups"):
        stability(both, resamples=5)


def test_the_pool_is_that_of_the_whole_history(rows):
    """A model that only another task has is a candidate, as for `recommend`."""
    other = rows[rows["model"] == rows["model"].iloc[0]].assign(task="other", model="elsewhere")
    found = resampled(pd.concat([rows, other]), task=rows["task"].iloc[0])
    assert "elsewhere" in found.recommendation.problem.models


def test_attributes_and_infeasible_resamples(rows):
    """Budgets hold in every resample; where nothing meets the constraints, that is counted."""
    price = {f"model-{k}": {"price": 1.0} for k in range(1, 7)}
    cheap = resampled(rows, problem_options={"attributes": price, "budgets": ["price<=2"]})
    assert (cheap.resamples["size"] <= 2).all()
    none = resampled(rows, problem_options={"attributes": price, "budgets": ["price<=1"]})
    assert (none.resamples["status"] == "infeasible").all()
    assert none.resamples["loss"].isna().all()
    assert (none.inclusion["frequency"] == 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resamples": 0}, "resamples must be a whole number ≥ 1"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"method": "luck"}, "method must be one of"),
    ],
)
def test_bad_options(rows, options, message):
    """Options out of range say what is accepted."""
    with pytest.raises(InputError, match=message):
        stability(load_history(rows), **options)


def test_progress_and_interrupts(rows, monkeypatch):
    """Every resample is counted; Ctrl-C inside a solver ends it all."""
    seen = []
    resampled(rows, progress=lambda *counts: seen.append(counts))
    assert seen == [(k, 12) for k in range(1, 13)]
    stopped = recommend(generate_problem(6))
    object.__setattr__(stopped, "stop_reason", StopReason.INTERRUPTED)
    monkeypatch.setattr(module, "recommend", lambda *_, **__: stopped)
    with pytest.raises(KeyboardInterrupt):
        resampled(rows)
