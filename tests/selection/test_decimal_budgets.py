"""Select, cascades and plans under budgets that are just met, next to prices of every size."""

import itertools

import numpy as np
import pandas as pd
import pytest
from budget_cases import ATTRIBUTES, PRICES, drawn_budget, within

from chemopt import Constraints, cascade, load_outcomes, select
from chemopt.methods.options import RunOptions
from chemopt.outcomes.patterns import Patterns
from chemopt.selection.methods import solve_coverage
from chemopt.selection.plan.state import Wallet
from chemopt.selection.problem import CoverageProblem

METHODS = ("exact", "highs", "cp-sat", "swap", "greedy")
EXACT = METHODS[:3]
QUICK = {"shrink": None, "repeats": 0}


def drawn_coverage(seed: int) -> CoverageProblem:
    """Draw a small coverage problem with a budget."""
    rng = np.random.default_rng(seed)
    n, items = int(rng.integers(3, 8)), int(rng.integers(3, 30))
    names = tuple(f"m{k}" for k in range(n))
    right = (rng.random((items, n)) < rng.uniform(0.2, 0.8, n)).astype(float)
    prices, limit = drawn_budget(rng, n)
    return CoverageProblem(
        Patterns(names, right, np.ones(items), float(items)),
        Constraints(
            attributes={m: {"price": p} for m, p in zip(names, prices, strict=True)},
            budgets=[f"price<={limit!r}"],
            size=int(rng.integers(1, 4)) if rng.random() < 0.3 else None,
        ),
    )


def most_covered(problem: CoverageProblem) -> float:
    """Go through all subsets; −∞ if none is feasible."""
    right, prices = (
        problem.patterns.right,
        problem.constraints.table["price"].to_numpy(dtype=float),
    )
    low, high = problem.size_bounds
    return max(
        (
            float(right[:, chosen].max(axis=1, initial=0.0).sum())
            for size in range(low, high + 1)
            for chosen in itertools.combinations(range(len(prices)), size)
            if within(prices[list(chosen)].tolist(), problem.constraints.budgets[0].limit)
        ),
        default=-np.inf,
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [30, pytest.param(300, marks=pytest.mark.slow)])
def test_methods_against_all_subsets(method, count):
    """The most that ensembles within the budget as a decimal sum cover, or none."""
    for seed in range(count):
        problem = drawn_coverage(seed)
        best, outcome = most_covered(problem), solve_coverage(problem, method, RunOptions())
        assert (outcome.models is None) == (best == -np.inf)
        if outcome.models is not None:
            prices = problem.constraints.table["price"].to_numpy(dtype=float)[list(outcome.models)]
            assert within(prices.tolist(), problem.constraints.budgets[0].limit)
            covered = problem.patterns.value(outcome.models)
            assert covered == best if method in EXACT else covered <= best


def four(right):
    """Return outcomes of the four models."""
    rows = [
        {"model": name, "item": k, "correct": score}
        for name, row in zip(PRICES, right, strict=True)
        for k, score in enumerate(row)
    ]
    return load_outcomes(pd.DataFrame(rows))


@pytest.mark.parametrize("method", METHODS)
def test_a_dear_model_lends_nothing(method):
    """Ada and Bea cover all together, but cost 1.8."""
    outcomes = four([[1, 1, 0, 0] * 5, [0, 0, 1, 1] * 5, [0, 0, 1, 0] * 5, [1, 1, 1, 1] * 5])
    options = {"attributes": ATTRIBUTES, "budgets": ["price<=1"], "method": method, **QUICK}
    found = select(outcomes, min_size=1, **options)
    assert found.models == ("ada", "cleo")
    assert found.value == 0.75
    assert "1 used, 0 left" in found.summary()
    if method in EXACT:
        assert found.bound == 0.75


def test_votes():
    """The vote spends no more than there is, either."""
    rng = np.random.default_rng(1)
    outcomes = four((rng.random((4, 30)) < 0.6).astype(int))
    found = select(
        outcomes, "vote", attributes=ATTRIBUTES, budgets=["price<=1"], min_size=1, **QUICK
    )
    assert within([PRICES[name] for name in found.models], 1.0)


@pytest.mark.parametrize("method", ["auto", "dp", "bb", "highs", "cp-sat"])
def test_cascades(method):
    """A budget over the members, asked or not, holds for every cascade and the front."""
    outcomes = four([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 0], [1, 1, 1, 1]])
    options = {"attributes": ATTRIBUTES, "budgets": ["price<=1"], "repeats": 0, "method": method}
    answer = cascade(outcomes, PRICES, max_cost=1.0, **options)
    assert set(answer.order) == {"ada", "cleo"}
    assert answer.coverage == 0.75
    assert answer.bound == pytest.approx(0.75)
    for order in answer.front["order"] if len(answer.front) else ():
        assert within([PRICES[name] for name in order], 1.0)


@pytest.mark.parametrize("method", ["auto", "dp", "bb", "highs", "cp-sat"])
def test_dear_models_in_cascades(method):
    """What costs a multiple of the budget does not blur what others cost."""
    outcomes = four([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 0], [1, 1, 1, 1]])
    for dear in (1e3, 1e9, 1e15):
        costs = {"ada": 0.1, "bea": 0.2, "cleo": 0.15, "dear": dear}
        answer = cascade(outcomes, costs, max_cost=0.2, repeats=0, method=method)
        assert answer.order[:2] == ("ada", "bea")  # all is solved, and a third one never asked
        assert answer.coverage == 1.0
        less = cascade(outcomes, costs, max_cost=0.1999, repeats=0, method=method)
        assert less.coverage == 0.75
        cheapest = cascade(outcomes, costs, target=1.0, repeats=0, method=method)
        assert cheapest.status.value == "optimal"
        assert cheapest.expected_cost == pytest.approx(0.2)


def test_means_are_decimals():
    """The mean of 0.1, 0.2 and 0.3 is 0.2 and within a budget of 0.2."""
    frame = {"model": ["a"] * 3 + ["b"] * 3, "item": [1, 2, 3] * 2, "correct": [1, 0, 0, 0, 1, 0]}
    cost = {"cost": [0.1, 0.2, 0.3, 0.3, 0.3, 0.3]}
    outcomes = load_outcomes(pd.DataFrame(frame | cost))
    assert outcomes.attributes()["cost"].tolist() == [0.2, 0.3]
    found = select(outcomes, budgets=["cost<=0.5"], **QUICK)
    assert found.models == ("a", "b")


@pytest.mark.parametrize(("money", "calls"), [(1.0, 10), (0.99, 9), (0.3, 3), (1e-12, 0)])
def test_plans_spend_all_and_no_more(money, calls):
    """1 pays for ten calls at 0.1, 0.99 for nine, and 10⁻¹² for none of 1.1 · 10⁻¹²."""
    wallet = Wallet(np.inf, money, np.array([0.1, 1.1e-12, 1e12]))
    for _ in range(calls):
        assert wallet.affords([0])
        wallet.pay([0])
    assert not wallet.affords([0])
    assert wallet.affords([1]) == (money == 0.99)
    assert wallet.money == (0.09 if money == 0.99 else 1e-12 if calls == 0 else 0.0)
