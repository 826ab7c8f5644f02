"""What must not change an answer of `recommend`: other units, other names, needless additions."""

import time
from itertools import count

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import examples

from chemopt import ChemistryProblem, ChemistryTable, Status, recommend
from chemopt.methods.registry import METHODS

NAMES = ("ash", "birch", "cedar", "dogwood", "elm", "fir")
EXACT = st.sampled_from(["auto", "exact", "brute-force", "highs"])
PROVED = (Status.OPTIMAL, Status.INFEASIBLE)


@st.composite
def asked(draw, most=5):
    """Draw whole entries and prices, in hundredths, and constraints."""
    n = draw(st.integers(3, most))
    whole = st.integers(0, 100)
    matrix = np.zeros((n, n), dtype=int)
    upper = np.triu_indices(n, k=1)
    matrix[upper] = draw(st.lists(whole, min_size=len(upper[0]), max_size=len(upper[0])))
    prices = draw(st.lists(whole, min_size=n, max_size=n))
    pair = draw(st.lists(st.sampled_from(NAMES[:n]), min_size=2, max_size=2, unique=True))
    return {
        "names": NAMES[:n],
        "matrix": matrix + matrix.T,
        "prices": dict(zip(NAMES, prices, strict=False)),
        # often what some models cost, to the last hundredth
        "limit": sum(draw(st.lists(st.sampled_from(prices), min_size=1, max_size=n))),
        "alpha": draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
        "beta": draw(st.integers(0, 100)),
        "m_inter": draw(st.sampled_from(["total", "cut"])),
        "options": draw(
            st.sampled_from([{}, {"max_size": 2}, {"apart": [pair]}, {"require": pair[:1]}])
        ),
    }


def problem_of(given, entries="e-2", money="e-2"):
    """Return the problem, its entries and β in one unit, prices and limits in another."""
    matrix = [[float(f"{k}{entries}") for k in row] for row in given["matrix"]]
    prices = {name: float(f"{price}{money}") for name, price in given["prices"].items()}
    table = ChemistryTable(given["names"], matrix, entries="general")
    return ChemistryProblem(
        table,
        alpha=given["alpha"],
        beta=float(f"{given['beta']}{entries}"),
        m_inter=given["m_inter"],
        attributes={name: {"price": price} for name, price in prices.items()},
        budgets=[f"price<={float(str(given['limit']) + money)!r}"],
        **given["options"],
    )


def same(one, other, scale=1.0):
    """Hold two answers against each other."""
    assert one.status is other.status
    assert one.status in PROVED
    if one.loss is not None:
        assert other.loss == pytest.approx(scale * one.loss, rel=1e-9, abs=1e-9 * scale)


@given(asked(), EXACT)
@examples(40)
def test_a_model_that_nothing_can_hold(given, method):
    """A model without chemistry, beyond the budget, changes neither the ensemble nor the loss."""
    names = (*given["names"], "zelkova")
    more = given | {
        "names": names,
        "matrix": np.pad(given["matrix"], (0, 1)),
        "prices": given["prices"] | {"zelkova": 10**14},
    }
    one, other = (recommend(problem_of(each), method) for each in (given, more))
    same(one, other)
    assert one.models == other.models


@given(asked(), EXACT, st.sampled_from(["e-9", "e1", "e6"]))
@examples(40)
def test_other_money(given, method, money):
    """Prices and limits in another currency change nothing."""
    one, other = (
        recommend(problem_of(given), method),
        recommend(problem_of(given, money=money), method),
    )
    same(one, other)
    assert one.models == other.models


@given(asked(), EXACT, st.sampled_from(["e-6", "e-1", "e3"]))
@examples(40)
def test_other_units_of_chemistry(given, method, entries):
    """Entries and β times a power of ten give the same ensemble, and the loss times it."""
    one = recommend(problem_of(given), method)
    other = recommend(problem_of(given, entries=entries), method)
    same(one, other, float(f"1{entries}") * 100)


@given(
    asked(), st.sampled_from(["auto", "exact", "brute-force"]), st.sampled_from([-20, -1, 3, 40])
)
@examples(40)
def test_powers_of_two(given, method, power):
    """Entries and β times a power of two are the same numbers, so nothing else changes."""
    problem = problem_of(given | {"beta": given["beta"] / 128})
    table = ChemistryTable(problem.models, problem.matrix * 2.0**power, entries="general")
    assume(problem.beta * 2.0**power <= 1e9)
    one = recommend(problem, method)
    other = recommend(problem.with_options(table=table, beta=problem.beta * 2.0**power), method)
    same(one, other, 2.0**power)
    assert one.models == other.models


@given(asked(), EXACT, st.randoms(use_true_random=False))
@examples(40)
def test_other_names_in_another_order(given, method, random):
    """Names and their order decide nothing but ties."""
    n = len(given["names"])
    order = random.sample(range(n), n)
    names = dict(zip(given["names"], random.sample(NAMES, n), strict=True))
    options = {
        option: [[names[m] for m in pair] for pair in value] if option == "apart" else value
        for option, value in given["options"].items()
    }
    if "require" in options:
        options["require"] = [names[m] for m in options["require"]]
    more = given | {
        "names": tuple(names[given["names"][k]] for k in order),
        "matrix": given["matrix"][np.ix_(order, order)],
        "prices": {names[name]: price for name, price in given["prices"].items()},
        "options": options,
    }
    same(recommend(problem_of(given), method), recommend(problem_of(more), method))


@given(asked(), EXACT)
@examples(40)
def test_constraints_that_are_met_already(given, method):
    """To require the members, or to keep two of them together, changes nothing."""
    problem = problem_of(given)
    one = recommend(problem, method)
    assume(len(one.models) > 1)
    for option, value in (
        ("require", one.models),
        ("together", [one.models[:2]]),
        ("max_size", min(len(one.models), problem.constraints.max_size or len(one.models))),
    ):
        other = recommend(problem.with_options(**{option: value}), method)
        same(one, other)
        assert one.models == other.models


@pytest.mark.parametrize("method", [name for name in METHODS if name != "performance"])
def test_a_slow_machine(method, monkeypatch):
    """Without a time limit no method looks at a clock to decide anything."""
    rng = np.random.default_rng(3)
    upper = np.triu(rng.random((12, 12)), k=1)
    names = tuple(f"m{k:02d}" for k in range(12))
    table = ChemistryTable(names, upper + upper.T)
    alpha = 0.3 if method == "min-cut" else 0.7
    problem = ChemistryProblem(table, alpha=alpha, beta=0.2, m_inter="total")
    one = recommend(problem, method)
    for name in ("perf_counter", "monotonic", "time"):
        ticks = count(getattr(time, name)() + 1)
        monkeypatch.setattr(time, name, ticks.__next__)
    other = recommend(problem, method)
    assert (one.status, one.models, one.loss) == (other.status, other.models, other.loss)
