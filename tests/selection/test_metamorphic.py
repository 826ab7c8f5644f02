"""What must not change an answer of `select` or `cascade`: units, names, needless additions."""

import time
from itertools import count

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from chemopt import Status, cascade, load_outcomes, select

NAMES = ("ash", "birch", "cedar", "dogwood", "elm", "fir")
EXACT = st.sampled_from(["auto", "highs", "cp-sat"])
QUICK = {"shrink": None, "repeats": 0}


@st.composite
def asked(draw, most=5, fewest=5, items=12):
    """Draw right and wrong, whole prices in hundredths, a limit and a constraint."""
    n = draw(st.integers(2, most))
    rows = draw(st.integers(fewest, items))
    right = st.lists(st.booleans(), min_size=n, max_size=n)
    prices = draw(st.lists(st.integers(1, 100), min_size=n, max_size=n))
    pair = draw(st.lists(st.sampled_from(NAMES[:n]), min_size=2, max_size=2, unique=True))
    return {
        "right": pd.DataFrame(
            draw(st.lists(right, min_size=rows, max_size=rows)), columns=list(NAMES[:n]), dtype=int
        ),
        "prices": dict(zip(NAMES, prices, strict=False)),
        # often what some models cost, to the last hundredth
        "limit": sum(draw(st.lists(st.sampled_from(prices), min_size=1, max_size=n))),
        "options": draw(st.sampled_from([{}, {"apart": [pair]}, {"require": pair[:1]}])),
    }


def constraints_of(given, money="e-2"):
    """Return constraints as chemopt takes them, in a unit of money."""
    rows = {name: {"price": float(f"{p}{money}")} for name, p in given["prices"].items()}
    limit = float(f"{given['limit']}{money}")
    return {"attributes": rows, "budgets": [f"price<={limit!r}"], **given["options"]}


def selected(given, method="auto", money="e-2", **options):
    """Select by coverage."""
    how = {**QUICK, **constraints_of(given, money), **options}
    return select(load_outcomes(given["right"]), method=method, **how)


def asked_in_turn(given, method="auto", money="e-2", **options):
    """Return the cascade within a quarter of the limit for an item, and all of it for members."""
    prices = {name: float(f"{p}{money}") for name, p in given["prices"].items()}
    how = {
        **constraints_of(given, money),
        "max_cost": float(f"{given['limit'] / 4}{money}"),
    } | options
    return cascade(load_outcomes(given["right"]), prices, method=method, repeats=0, **how)


def same_selection(one, other):
    """Hold values and proofs of two selections against each other."""
    assert one.status is other.status
    assert one.status in (Status.OPTIMAL, Status.INFEASIBLE)
    if one.models:
        assert one.value == pytest.approx(other.value, abs=1e-12)
        assert one.training_value == pytest.approx(other.training_value, abs=1e-12)


def said(selection):
    """Return what is said first of a selection: words, with figures to two decimals."""
    verdict = selection.verdict
    return verdict.worth, verdict.sentence, verdict.claim, verdict.beside


def same_cascade(one, other, scale=1.0):
    """Hold values, proofs and fronts of two cascades against each other."""
    assert one.status is other.status
    assert one.status in (Status.OPTIMAL, Status.INFEASIBLE)
    assert one.coverage == pytest.approx(other.coverage, abs=1e-12)
    np.testing.assert_allclose(one.front["coverage"], other.front["coverage"], rtol=1e-9)
    np.testing.assert_allclose(
        scale * one.front["expected_cost"], other.front["expected_cost"], rtol=1e-9
    )


def with_a_dear_model(given):
    """Return the same with a model that is always right, and beyond every limit."""
    return given | {
        "right": given["right"].assign(zelkova=1),
        "prices": given["prices"] | {"zelkova": 10**14},
    }


@given(asked(), EXACT)
@examples(40)
def test_a_model_that_no_selection_can_hold(given, method):
    """A perfect model beyond the budget changes neither members nor value."""
    one, other = selected(given, method), selected(with_a_dear_model(given), method)
    same_selection(one, other)
    assert one.models == other.models


@pytest.mark.parametrize("objective", ["coverage", "vote"])
@pytest.mark.parametrize("seed", range(3))
def test_the_verdict_knows_no_model_that_nothing_can_hold(objective, seed):
    """Held-out values, baselines but chance, and the verdict are those without the dear model."""
    given = many_items(seed)
    options = {"objective": objective, "repeats": 1, "folds": 3}
    one = selected(given, **options)
    other = selected(with_a_dear_model(given), **options)
    assert one.models == other.models
    assert said(one) == said(other)
    rows = [each.baselines[each.baselines["name"] != "random (mean)"] for each in (one, other)]
    columns = ["name", "models", "coverage"]
    pd.testing.assert_frame_equal(rows[0][columns], rows[1][columns])


@given(asked())
@examples(40)
def test_a_model_that_no_cascade_can_hold(given):
    """A perfect model beyond the budget changes neither the order nor the front."""
    one, other = asked_in_turn(given), asked_in_turn(with_a_dear_model(given))
    same_cascade(one, other)
    assert one.order == other.order


@given(asked(), EXACT, st.sampled_from(["e-9", "e1", "e6"]))
@examples(40)
def test_other_money(given, method, money):
    """Prices and limits in another currency change nothing but the cost."""
    one, other = selected(given, method), selected(given, method, money)
    same_selection(one, other)
    assert one.models == other.models
    scale = float(f"1{money}") * 100
    one, other = asked_in_turn(given), asked_in_turn(given, money=money)
    same_cascade(one, other, scale)
    assert one.order == other.order


@given(asked(), EXACT, st.randoms(use_true_random=False))
@examples(40)
def test_other_names_in_another_order(given, method, random):
    """Names and their order decide nothing but ties."""
    names = dict(zip(given["right"], random.sample(NAMES, given["right"].shape[1]), strict=True))
    order = random.sample(list(given["right"]), len(names))
    options = {
        option: [[names[m] for m in pair] for pair in value]
        if option == "apart"
        else [names[m] for m in value]
        for option, value in given["options"].items()
    }
    more = given | {
        "right": given["right"][order].rename(columns=names),
        "prices": {names[name]: price for name, price in given["prices"].items()},
        "options": options,
    }
    same_selection(selected(given, method), selected(more, method))
    same_cascade(asked_in_turn(given), asked_in_turn(more))


@pytest.mark.parametrize("seed", range(3))
def test_the_verdict_goes_by_no_name(seed):
    """On items that leave no ties, models by other names have the same verdict."""
    given = many_items(seed)
    names = dict(zip(NAMES, reversed(NAMES), strict=True))
    more = given | {
        "right": given["right"].rename(columns=names),
        "prices": {names[name]: price for name, price in given["prices"].items()},
    }
    one, other = (selected(each, repeats=1, folds=3) for each in (given, more))
    assert {names[m] for m in one.models} == set(other.models)
    assert said(one) == said(other)


@given(asked(), EXACT, st.integers(2, 3))
@examples(40)
def test_every_item_several_times(given, method, times):
    """Shares of items are the same when each comes several times."""
    more = given | {"right": pd.concat([given["right"]] * times, ignore_index=True)}
    one, other = selected(given, method), selected(more, method)
    same_selection(one, other)
    assert one.models == other.models
    for column in ("accuracy", "coverage"):
        np.testing.assert_allclose(one.baselines[column], other.baselines[column], atol=1e-12)
    one, other = asked_in_turn(given), asked_in_turn(more)
    same_cascade(one, other)
    assert one.order == other.order


@given(asked(), EXACT)
@examples(40)
def test_constraints_that_are_met_already(given, method):
    """To require the members, or to keep two of them together, changes nothing.

    Nor the model that it is compared with: which may be asked alone does not depend on it.
    """
    one, turn = selected(given, method), asked_in_turn(given)
    for options in already_met(one.models):
        other = selected(given | {"options": given["options"] | options}, method)
        same_selection(one, other)
        rows = [each.baselines.set_index("name")["models"] for each in (one, other)]
        assert rows[0]["best model"] == rows[1]["best model"]
    for options in already_met(turn.order):
        other = asked_in_turn(given | {"options": given["options"] | options})
        assert (other.status, other.coverage) == (turn.status, turn.coverage)
        assert other.expected_cost == pytest.approx(turn.expected_cost, rel=1e-9)


def already_met(models):
    """Yield constraints that an ensemble meets."""
    if models:
        yield {"require": models}
    if len(models) > 1:
        yield {"together": [models[:2]]}


@pytest.mark.parametrize("objective", ["coverage", "vote"])
def test_a_slow_machine(objective, monkeypatch):
    """Without a time limit no clock decides: not the ensemble, the baselines or the verdict."""
    rng = np.random.default_rng(4)
    names = [f"m{k:02d}" for k in range(24)]
    right = (rng.random((60, 24)) < np.linspace(0.4, 0.8, 24)).astype(int)
    outcomes = load_outcomes(pd.DataFrame(right, columns=names))
    price, seconds = rng.integers(10, 100, (2, 24)).tolist()
    rows = {m: {"price": p, "seconds": s} for m, p, s in zip(names, price, seconds, strict=True)}
    options = {
        "objective": objective, "attributes": rows, "budgets": ["price<=150", "seconds<=150"],
        "max_size": 3, "shrink": None, "repeats": 1, "folds": 2,
    }  # fmt: skip
    if objective == "vote":
        del options["shrink"]
    one = select(outcomes, **options)
    slow_down(monkeypatch)
    other = select(outcomes, **options)
    assert (one.status, one.models, one.verdict) == (other.status, other.models, other.verdict)
    pd.testing.assert_frame_equal(one.baselines, other.baselines)


def test_a_slow_machine_asks_in_the_same_order(monkeypatch):
    """Nor does a clock decide the order of a cascade, or its front."""
    given = many_items(0)
    one = asked_in_turn(given)
    slow_down(monkeypatch)
    other = asked_in_turn(given)
    assert one.order == other.order
    pd.testing.assert_frame_equal(one.front, other.front)


def slow_down(monkeypatch):
    """Let every look at a clock take a second."""
    for name in ("perf_counter", "monotonic", "time"):
        ticks = count(getattr(time, name)() + 1)
        monkeypatch.setattr(time, name, ticks.__next__)


def many_items(seed):
    """Return six models on 90 items, of different accuracies, so that there are no ties."""
    rng = np.random.default_rng(seed)
    right = (rng.random((90, 6)) < np.linspace(0.4, 0.8, 6)).astype(int)
    return {
        "right": pd.DataFrame(right, columns=list(NAMES)),
        "prices": dict(zip(NAMES, (31, 12, 25, 47, 58, 69), strict=True)),
        "limit": 130,
        "options": {},
    }
