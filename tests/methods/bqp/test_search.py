"""Branch and bound: correct, repeatable, and within its limits."""

import math

import numpy as np
import pytest
from exact_cases import least_value, random_problem
from strategies import cases

from chemopt import ChemistryProblem, ChemistryTable, recommend
from chemopt.methods.bqp.problem import BinaryQuadratic
from chemopt.methods.bqp.processing import NodeOptions
from chemopt.methods.bqp.search import branch_and_bound
from chemopt.problem.generate import generate_problem


def check(seed, most, enumeration_limit):
    problem = random_problem(seed, most)
    least = least_value(problem)
    answer = branch_and_bound(problem, nodes=NodeOptions(enumeration_limit=enumeration_limit))
    assert answer.finished
    assert answer.bound <= least
    if math.isinf(least):
        assert answer.x is None
    else:
        assert problem.is_feasible(answer.x)
        # The limit on inter includes a rounding allowance; losses are not distinguished by less.
        allowance = 1e-9 * problem.inter.limit if problem.inter is not None else 0.0
        assert answer.value == pytest.approx(least, rel=1e-9, abs=allowance)
        # what nodes are pruned by, and what presolve may lose
        slack = 2 * allowance + 6 * problem.rounding_error
        assert answer.bound == pytest.approx(least, rel=2e-9, abs=slack)


def test_agreement_with_enumeration():
    """Small problems of all kinds, with and without constraints, have the optimum of brute force."""
    for seed in range(20):
        check(seed, most=8, enumeration_limit=0)


@pytest.mark.slow
@pytest.mark.random_cases
@pytest.mark.parametrize("start", range(1000, 1300, 100))
def test_agreement_with_enumeration_at_length(start):
    """Larger ones, in a long run more of them, some enumerated from few variables on."""
    for seed in range(start, start + cases(50)):
        check(seed, most=12 if seed % 5 else 16, enumeration_limit=seed % 5)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.4, 0.8, 1.0])
@pytest.mark.parametrize("m_inter", ["total", "published"])
def test_agreement_on_chemistry(alpha, m_inter):
    """Tables as published ones look, large enough for the bound to matter."""
    for seed in range(2):
        problem = generate_problem(18, seed=seed).with_options(alpha=alpha, m_inter=m_inter)
        best = recommend(problem, "brute-force")
        found = recommend(problem, "exact")
        assert (found.status.value, found.stop_reason.value) == ("optimal", "proved")
        assert found.loss == pytest.approx(best.loss, rel=1e-9)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("entry", [0.0, 1e-11, 1.0])
def test_tiny_pools(n, entry):
    """One, two and three equal models, without chemistry, with a trace of it, and with all."""
    table = ChemistryTable(tuple("abc"[:n]), entry * (1 - np.eye(n)))
    for alpha in (0.0, 0.5, 1.0):
        problem = ChemistryProblem(table, alpha=alpha, beta=0.1)
        best, found = recommend(problem, "brute-force"), recommend(problem, "exact")
        assert found.status == best.status
        assert found.loss == pytest.approx(best.loss, rel=1e-9)


def test_the_same_seed_gives_the_same_search():
    """Nodes, decompositions and the point are repeated."""
    core = _cut(26)
    first, second = (branch_and_bound(core, nodes=NodeOptions(seed=3)) for _ in range(2))
    assert first.x.tolist() == second.x.tolist()
    assert (first.value, first.bound) == (second.value, second.bound)
    assert (first.nodes, first.decompositions) == (second.nodes, second.decompositions)


def test_a_time_limit_leaves_a_point_and_a_bound():
    """At the time limit there are an incumbent, a valid bound and a gap."""
    core = _cut(120)
    answer = branch_and_bound(core, time_limit=0.2)
    assert not answer.finished
    assert core.value(answer.x) == answer.value
    assert answer.bound < answer.value
    problem = generate_problem(90, seed=1, kind="uniform").with_options(alpha=1.0)
    found = recommend(problem, "exact", time_limit=1.0)
    assert found.stop_reason.value in ("time_limit", "proved")
    assert found.bound is not None


def test_stopped_from_outside():
    """A stop keeps the incumbent; the bound of an unfinished node is at least its parent's."""
    calls = iter(range(10**9))
    core = _cut(40)
    answer = branch_and_bound(core, stop=lambda: next(calls) > 60)
    assert not answer.finished
    assert answer.bound <= answer.value


def test_the_gap_asked_for():
    """With a relative gap the search may stop early, and reports it."""
    answer = branch_and_bound(_cut(40), rel_gap=0.5)
    assert answer.gap_reached
    assert answer.value - answer.bound <= 0.5 * abs(answer.value)


def test_infeasible_rows():
    """Constraints that no point meets are proved infeasible, by propagation or by branching."""
    core = _cut(12)
    odd = core.with_changes(
        weights=np.full((1, 12), 2.0), low=np.array([5.0]), high=np.array([5.0])
    )
    answer = branch_and_bound(odd, nodes=NodeOptions(enumeration_limit=0))
    assert answer.finished
    assert answer.x is None
    assert answer.bound == math.inf


def test_log_lines():
    """The log has the time, nodes, open nodes, incumbent, bound and gap."""
    lines = []
    branch_and_bound(_cut(20), log=lines.append)
    assert lines
    assert all("nodes" in line and "open" in line and line.endswith("%") for line in lines)


def test_known_maximum_cuts(shared):
    """Published instances have their published values."""
    check_cut(shared, "g05_60.3", 538)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), [("pw01_100.4", 2039), ("g05_60.0", 536)])
def test_more_known_maximum_cuts(shared, name, value):
    """Larger and harder ones."""
    check_cut(shared, name, value)


def check_cut(shared, name, value):
    answer = branch_and_bound(_rudy(shared / "benchmarks" / "maxcut" / name))
    assert (answer.finished, -answer.value) == (True, value)
    assert -answer.bound == pytest.approx(value)


def _cut(n):
    rng = np.random.default_rng(n)
    weights = np.triu(rng.integers(-5, 6, (n, n)), k=1).astype(float)
    weights = weights + weights.T
    return BinaryQuadratic(-weights.sum(axis=1), 2 * weights)


def _rudy(path):
    numbers = path.read_text().split()
    weights = np.zeros((int(numbers[0]),) * 2)
    for i, j, w in zip(*(numbers[k::3] for k in (2, 3, 4)), strict=True):
        weights[int(i) - 1, int(j) - 1] = weights[int(j) - 1, int(i) - 1] = float(w)
    return BinaryQuadratic(-weights.sum(axis=1), 2 * weights)
