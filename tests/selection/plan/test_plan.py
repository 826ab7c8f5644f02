"""`next_evaluations`: what is asked next, by each method, within what may be spent."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemopt import InputError, load_outcomes, select
from chemopt.outcomes.generate import generate_outcomes, generate_scores
from chemopt.outcomes.outcomes import Outcomes
from chemopt.selection.plan.next_evaluations import next_evaluations
from chemopt.selection.plan.policies import METHODS
from chemopt.selection.plan.simulate import simulate_plan
from chemopt.selection.plan.usable import usable_outcomes


def table(scores, names=None):
    """Outcomes of an array; NaN is a gap."""
    scores = np.array(scores, dtype=float)
    names = names or [f"m{k:02}" for k in range(scores.shape[1])]
    items = pd.Index([f"q{k:04}" for k in range(len(scores))], name="item")
    return Outcomes(tuple(names), items, scores)


def with_gaps(seed, models=6, items=60, share=0.5):
    """A random table in which a share of outcomes is missing."""
    rng = np.random.default_rng(seed)
    scores = generate_scores(models, items, seed)
    return table(np.where(rng.random(scores.shape) < share, np.nan, scores))


def planted(items=1500, seed=0):
    """A best model, a complement that is right exactly where the best fails, and eight decoys.

    The decoys are more accurate than the complement, but right where the best model is.
    """
    rng = np.random.default_rng(seed)
    best = rng.random(items) < 0.9
    complement = np.where(best, rng.random(items) < 0.5, rng.random(items) < 0.7)
    decoys = [np.where(best, rng.random(items) < 0.8, rng.random(items) < 0.25) for _ in range(8)]
    names = ["best", "complement", *(f"decoy-{k}" for k in range(8))]
    return table(np.column_stack([best, complement, *decoys]), names)


PRICES = {f"m{k:02}": 1.0 + k for k in range(6)}


@given(
    seed=st.integers(0, 1000), method=st.sampled_from(METHODS), calls=st.integers(0, 200),
    share=st.sampled_from([0.0, 0.2, 0.8, 1.0]), batch=st.sampled_from([None, 1, 7]),
    explore=st.sampled_from([0.0, 0.5, 1.0]),
)  # fmt: skip
def test_calls_are_new_distinct_and_paid(seed, method, calls, share, batch, explore):
    """Whatever is known, only pairs without an outcome are asked, each once, within the limits."""
    outcomes = with_gaps(seed, share=share)
    plan = next_evaluations(
        outcomes, calls, max_cost=100, prices=PRICES, batch=batch, method=method, seed=seed,
        explore=explore,
    )  # fmt: skip
    frame = plan.calls
    assert len(frame) <= min(calls, batch or calls)
    assert frame["cost"].sum() <= 100 + 1e-9
    assert plan.expected.calls == len(frame)
    assert plan.expected.cost == pytest.approx(frame["cost"].sum())
    assert not frame.duplicated(["model", "item"]).any()
    rows = outcomes.items.get_indexer(frame["item"])
    columns = [outcomes.models.index(name) for name in frame["model"]]
    assert np.isnan(outcomes.scores[rows, columns]).all()
    again = next_evaluations(
        outcomes, calls, max_cost=100, prices=PRICES, batch=batch, method=method, seed=seed,
        explore=explore,
    )  # fmt: skip
    pd.testing.assert_frame_equal(frame, again.calls)
    assert again.to_dict() == plan.to_dict()


@pytest.mark.parametrize("method", ["failure", "race"])
@pytest.mark.parametrize("batch", [None, 5])
def test_others_are_asked_where_the_best_model_fails(method, batch):
    """After the common items, other models are asked only where the best one has failed."""
    truth = table(generate_scores(8, 300, seed=3))
    asked = simulate_plan(truth, 800, method=method, size=3, batch=batch)
    known = ~np.isnan(asked.scores)
    assert known.sum() <= 800
    common = known.all(axis=1)
    usable = usable_outcomes(asked, size=3)
    best = asked.models.index(usable.best)
    later = known[:, best] & ~common
    others = np.delete(known, best, axis=1).any(axis=1)
    assert (asked.scores[later & others, best] == 0).all()
    assert (~others[known[:, best] & (asked.scores[:, best] == 1) & ~common]).all()
    assert known[:, best].sum() > 800 / 8


def test_all_asks_all_models():
    """Without a plan, each item is asked of all models, and none of them in part."""
    truth = table(generate_scores(8, 100, seed=3))
    asked = simulate_plan(truth, 100, method="all")
    known = ~np.isnan(asked.scores)
    assert known.sum() == 96
    assert set(known.sum(axis=1)) == {0, 8}


def test_the_seed_decides_which_items():
    """Another seed is another order of the items that nobody was asked on."""
    outcomes = table(np.full((50, 3), np.nan))
    first, same, other = (next_evaluations(outcomes, 30, seed=seed).calls for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, same)
    assert first["item"].tolist() != other["item"].tolist()


def test_coverage_with_the_best_model_is_exact():
    """What a selection uses has the true coverage of every ensemble with the best model."""
    truth = table(generate_scores(6, 200, seed=5))
    usable = usable_outcomes(simulate_plan(truth, 500, size=3), size=3)
    assert not np.isnan(usable.outcomes.scores).any()
    assert usable.require == (usable.best,)
    rows = truth.items.get_indexer(usable.outcomes.items)
    true = truth.take_items(rows)
    for other in truth.models:
        for third in truth.models:
            ensemble = {usable.best, other, third}
            assert usable.outcomes.coverage(ensemble) == true.coverage(ensemble)
    found = select(usable.outcomes, size=2, require=usable.require, shrink=None, repeats=0)
    assert usable.best in found.models
    assert found.value == pytest.approx(true.coverage(found.models))


def test_a_complete_table_is_used_as_it_is():
    """Nothing is filled in, so nothing is required."""
    outcomes = table(generate_scores(4, 30, seed=1))
    usable = usable_outcomes(outcomes)
    assert usable.require == ()
    assert (usable.outcomes.scores == outcomes.scores).all()
    assert usable.outcomes.warnings == ()
    assert usable.best == outcomes.accuracy.idxmax()


def test_items_left_out_do_not_bias_coverage():
    """Where items are open on which the best model fails, as large a share of the others goes."""
    scores = np.full((100, 3), np.nan)
    scores[:80, 0], scores[80:, 0] = 1, 0
    scores[80:90, 1:] = [1, 0]
    scores[90:, 1] = 1
    usable = usable_outcomes(table(scores), size=3)
    assert len(usable.outcomes) == 50
    assert usable.outcomes.coverage(["m00"]) == 0.8
    assert "50 of the items that 'm00' was asked on were left out" in usable.outcomes.warnings[0]
    two = usable_outcomes(table(scores), size=2)
    assert two.outcomes.models == ("m00", "m01")
    assert "1 of 3 models were left out" in two.outcomes.warnings[0]
    assert len(two.outcomes) == 100


@pytest.mark.slow
def test_the_planted_complement_is_found_with_fewer_calls():
    """The plan finds the complement with calls that do not suffice when all models are asked."""
    found = {"all": 0, "failure": 0, "race": 0}
    for seed in range(10):
        truth = planted(seed=seed)
        for method in found:
            asked = simulate_plan(truth, 600, method=method, size=2, seed=seed)
            usable = usable_outcomes(asked, size=2)
            best = select(usable.outcomes, size=2, require=usable.require, shrink=None, repeats=0)
            found[method] += "complement" in best.models
    assert found["failure"] >= 9
    assert found["race"] >= 9
    assert found["all"] <= 7


@pytest.mark.parametrize("method", METHODS)
def test_cold_start(method):
    """A new model is asked first where the ensemble fails, then at random where the best is right."""
    truth = planted()
    asked = simulate_plan(truth.take_models(truth.models[:2] + truth.models[3:]), 3000, size=2)
    plan = next_evaluations(asked, 60, size=2, method=method, new_models=["decoy-0"])
    usable = usable_outcomes(asked, size=2)
    chosen = select(usable.outcomes, size=2, require=usable.require, shrink=None, repeats=0).models
    reasons = plan.calls["reason"]
    scores = asked.to_frame().loc[plan.calls["item"]].reset_index(drop=True)
    first, second = reasons.str.contains("the ensemble fails"), reasons.str.contains("gets right")
    assert 5 <= first.sum() <= 20
    assert second.sum() == 20
    assert first[: first.sum()].all()
    assert (scores.loc[first, list(chosen)] == 0).all().all()
    assert (scores.loc[second, usable.best] == 1).all()
    assert set(plan.calls.loc[first | second, "model"]) == {"decoy-0"}


def test_a_better_new_model_becomes_the_best():
    """A new model takes the best one's place when it is surely better, and not before."""
    rng = np.random.default_rng(0)
    right = rng.random(200) < 0.6
    scores = np.column_stack([right, rng.random(200) < 0.4, np.full(200, np.nan)])
    names = ["old", "weak", "new"]
    scores[:, 2] = np.nan
    assert usable_outcomes(table(scores, names)).best == "old"
    few, many = scores.copy(), scores.copy()
    few[:10, 2] = 1
    many[:120, 2] = 1
    assert usable_outcomes(table(few, names)).best == "old"
    assert usable_outcomes(table(many, names)).best == "new"
    assert usable_outcomes(table(many, names), best="old").best == "old"


def test_items_and_models_without_outcomes(tmp_path):
    """A long table names what may be asked with blank outcomes, and blank costs."""
    frame = pd.DataFrame(
        {
            "model": ["ada", "ada", "ada", "bea", "bea", "cyd"],
            "task": ["s", "s", "t", "s", "s", "s"],
            "item": ["1", "2", "1", "1", "2", "1"],
            "correct": [1, 0, None, 0, None, None],
            "cost": [0.1, 0.2, None, 0.1, None, None],
        }
    )
    frame.to_csv(tmp_path / "o.csv", index=False)
    for data in (frame, tmp_path / "o.csv"):
        outcomes = load_outcomes(data, missing="keep")
        assert outcomes.models == ("ada", "bea", "cyd")
        assert len(outcomes) == 3
        plan = next_evaluations(outcomes, 9, size=2, explore=0)
        assert plan.calls.columns.tolist() == ["model", "task", "item", "reason"]
        assert ("bea", "s", "2") in list(
            plan.calls[["model", "task", "item"]].itertuples(index=False, name=None)
        )
    with pytest.raises(InputError, match="a cost of at least 0"):
        load_outcomes(frame.assign(cost=None), missing="keep")


def test_nothing_is_known():
    """With blank outcomes alone, all models are asked on the same items."""
    frame = pd.DataFrame({"ada": [None] * 4, "bea": [None] * 4})
    outcomes = load_outcomes(frame, missing="keep")
    plan = next_evaluations(outcomes, 4)
    assert plan.expected.best_model is None
    assert plan.calls["model"].tolist() == ["ada", "bea"]
    assert plan.calls["item"].nunique() == 1
    assert next_evaluations(outcomes, 1).calls.empty
    with pytest.raises(InputError, match="there is no outcome to use"):
        usable_outcomes(outcomes)


def test_marks():
    """A mark below 1 is a failure: others may do better there."""
    plan = next_evaluations(
        table([[1, 0], [0.5, math.nan], [1, math.nan], [0, 1]]), 2, size=2, explore=0
    )
    assert plan.calls[["model", "item"]].to_numpy().tolist() == [["m01", "q0001"]]


OUTCOMES = load_outcomes(generate_outcomes(3, 20))
BAD = {
    "not outcomes": (lambda: next_evaluations(pd.DataFrame({"a": [1]}), 3), "needs Outcomes"),
    "no limit": (lambda: next_evaluations(OUTCOMES), "needs calls or a largest cost"),
    "no prices": (lambda: next_evaluations(OUTCOMES, max_cost=3), "max_cost needs prices"),
    "calls": (lambda: next_evaluations(OUTCOMES, -1), "calls must be a whole number ≥ 0"),
    "half a call": (lambda: next_evaluations(OUTCOMES, 1.5), "calls must be a whole number"),
    "budget": (lambda: next_evaluations(OUTCOMES, max_cost=-1, prices={}), "max_cost must be a number"),
    "a price missing": (lambda: next_evaluations(OUTCOMES, 3, prices={"model-1": 1}), "there is none of 'model-2'"),
    "a price below 0": (lambda: next_evaluations(OUTCOMES, 3, prices=dict.fromkeys(OUTCOMES.models, -1)), "the price of 'model-1' must be a number ≥ 0"),
    "a price of words": (lambda: next_evaluations(OUTCOMES, 3, prices=dict.fromkeys(OUTCOMES.models, "dear")), "not a number"),
    "prices": (lambda: next_evaluations(OUTCOMES, 3, prices=[1, 2, 3]), "prices must be a mapping"),
    "batch": (lambda: next_evaluations(OUTCOMES, 3, batch=0), "batch must be a whole number ≥ 1"),
    "size": (lambda: next_evaluations(OUTCOMES, 3, size=4), "size must be a whole number from 2 to 3"),
    "size 1": (lambda: next_evaluations(OUTCOMES, 3, size=1), "size must be a whole number from 2 to 3"),
    "one model": (lambda: next_evaluations(table([[1], [0]]), 3), "size must be a whole number from 2"),
    "method": (lambda: next_evaluations(OUTCOMES, 3, method="random"), "method must be one of failure"),
    "explore": (lambda: next_evaluations(OUTCOMES, 3, explore=1.5), "explore must be a number in"),
    "best": (lambda: next_evaluations(OUTCOMES, 3, best="ada"), "unknown model 'ada'"),
    "best unknown": (lambda: next_evaluations(OUTCOMES, 3, best="new", new_models=["new"]), "has no outcome yet"),
    "one new model": (lambda: next_evaluations(OUTCOMES, 3, new_models="ada"), "must be a collection"),
    "new model there": (lambda: next_evaluations(OUTCOMES, 3, new_models=["model-1"]), "is there already"),
    "new model twice": (lambda: next_evaluations(OUTCOMES, 3, new_models=["a", "a"]), "is there already"),
    "no name": (lambda: next_evaluations(OUTCOMES, 3, new_models=[" "]), "is not the name of a model"),
    "seed": (lambda: next_evaluations(OUTCOMES, 3, seed=-1), "seed must be a whole number"),
    "usable: data": (lambda: usable_outcomes([1]), "needs Outcomes"),
    "usable: size": (lambda: usable_outcomes(OUTCOMES, size=9), "size must be"),
    "usable: no item": (lambda: usable_outcomes(table([[0, math.nan], [0, math.nan]])), "no item to use"),
    "simulate: gaps": (lambda: simulate_plan(with_gaps(1), 9), "needs an outcome of every model"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_errors(case):
    """Each error is named."""
    call, message = BAD[case]
    with pytest.raises(InputError, match=message):
        call()
