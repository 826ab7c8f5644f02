"""Budgets as decimal sums: exact judgements, rows for solvers, parts of rows, cuts."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from budget_cases import ATTRIBUTES, TABLE
from hypothesis import given
from hypothesis import strategies as st

from chemopt import ChemistryProblem
from chemopt.problem.decimal_sum import DecimalSum
from chemopt.problem.linear import constraint_use

_PRICE = st.one_of(
    st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.7, 1.0, 2.5, 1e9, 1e15, 1e308, 5e-324, -0.1, -1e12]),
    st.integers(0, 10**6).map(lambda cents: cents / 100),
    st.floats(allow_nan=False, allow_infinity=False),
)


@st.composite
def sums(draw):
    """Draw values, and a limit that is often the sum of some of them."""
    values = draw(st.lists(_PRICE, min_size=1, max_size=6))
    some = draw(st.lists(st.integers(0, len(values) - 1), unique=True))
    total = float(sum((Fraction(repr(values[k])) for k in some), Fraction(0)))
    limit = draw(st.one_of(st.just(total), _PRICE))
    return values, limit if math.isfinite(limit) else 1e308


def subsets(n):
    """Yield all subsets of the numbers below n."""
    return itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1))


@given(case=sums())
def test_sets_are_judged_as_decimals(case):
    """By rational numbers; the row lets every feasible set pass, and with its parts no other."""
    values, limit = case
    exact = DecimalSum.of(values, limit)
    (weights, high), lower = exact.row(), exact.lower_rows()
    assert np.abs(weights).sum() < 2.0**53
    assert not (weights % 1).any()
    for chosen in subsets(len(values)):
        total = sum((Fraction(repr(values[k])) for k in chosen), Fraction(0))
        met = total <= Fraction(repr(limit))
        assert exact.is_met(chosen) == met
        excess = weights[list(chosen)].sum() - high
        assert excess <= 0 or not met
        carried = 0
        for (part, end), base in reversed(lower):
            carried = math.ceil((part[list(chosen)].sum() - end + carried) / base)
        assert (excess + carried <= 0) == met


@given(case=sums(), data=st.data())
def test_cuts_keep_what_is_feasible(case, data):
    """A set that is too dear breaks its cut, and no set that is not does."""
    values, limit = case
    exact = DecimalSum.of(values, limit)
    every = list(subsets(len(values)))
    chosen = data.draw(st.sampled_from(every))
    if exact.is_met(chosen):
        return
    weights, high = exact.cover(chosen)
    assert weights[list(chosen)].sum() > high
    assert all(weights[list(one)].sum() <= high for one in every if exact.is_met(one))


@given(case=sums(), dear=st.sampled_from([1e3, 1e9, 1e300]), power=st.sampled_from([10.0, 4.0]))
def test_rows_know_nothing_of_scale(case, dear, power):
    """A model that is too dear changes no weight of others, and neither does a unit of price."""
    values, limit = case
    weights, high = DecimalSum.of(values, limit).row()
    least = sum(Fraction(repr(one)) for one in values if one < 0)
    if 0 <= Fraction(repr(limit)) - least < Fraction(repr(dear)):
        more, same = DecimalSum.of([*values, dear], limit).row()
        assert same == high
        assert more[:-1].tolist() == weights.tolist()
        assert more[-1] > high - weights[weights < 0].sum()
    cents = [round(one, 2) for one in values if abs(one) < 1e9]
    unit = DecimalSum.of(cents, 12.34).row()
    scaled = DecimalSum.of([round(one * power, 2) for one in cents], round(12.34 * power, 2)).row()
    assert (unit[0].tolist(), unit[1]) == (scaled[0].tolist(), scaled[1])


@pytest.mark.parametrize(
    ("values", "limit", "chosen"),
    [
        ([0.1, 0.2, 0.3], 0.6, [0, 1, 2]),
        ([0.1] * 10, 1.0, range(10)),
        ([1e11, 0.1, 0.025], 100000000000.125, [0, 1, 2]),
        ([1e308, 5e-324], 1e308, [0]),
        ([-0.1, 0.4], 0.3, [0, 1]),
    ],
)
def test_a_limit_that_is_just_met(values, limit, chosen):
    """All of it may be spent, and one unit of the last place more may not."""
    assert DecimalSum.of(values, limit).is_met(chosen)
    assert not DecimalSum.of(values, np.nextafter(limit, -np.inf)).is_met(chosen)


def test_use_is_exact():
    """Nothing is left of 0.3 after 0.1 and 0.2, and amounts beyond all floats are infinite."""
    prices = {"ada": {"price": 0.1}, "bea": {"price": 0.2}, "cleo": {"price": 1e308}}
    prices["dear"] = {"price": 1e308}
    problem = ChemistryProblem(TABLE, attributes=prices, budgets=["price<=0.3"])
    used, slack = constraint_use(problem, ["ada", "bea"])[["used", "slack"]].iloc[0]
    assert (used, slack) == (0.3, 0.0)
    assert constraint_use(problem, ["cleo", "dear"])["used"].tolist() == [math.inf]
    assert constraint_use(
        ChemistryProblem(TABLE, attributes=ATTRIBUTES, budgets=["price<=1"]), ["ada", "bea"]
    )["slack"].tolist() == [-0.8]
