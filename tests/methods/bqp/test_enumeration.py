"""Enumeration of few variables."""

from exact_cases import all_signs, random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt.methods.bqp.enumeration import best_points

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
def test_best_points(seed):
    """The bound holds for the points that are not returned."""
    problem = random_problem(seed, most=7)
    points, rest = best_points(problem, 5)
    seen = {tuple(x) for x in points}
    for s in all_signs(problem.n):
        x = s[1:] > 0
        if problem.is_feasible(x) and tuple(x) not in seen:
            assert problem.value(x) >= rest


@given(SEEDS, st.integers(0, 7), st.integers(0, 7))
def test_best_points_of_some_sizes(seed, one, other):
    """The same among the points of a range of sizes, whichever way they are enumerated."""
    problem = random_problem(seed, most=7)
    low, high = min(one, other, problem.n), min(max(one, other), problem.n)
    points, rest = best_points(problem, 5, (low, high))
    assert all(low <= x.sum() <= high for x in points)
    seen = {tuple(x) for x in points}
    for s in all_signs(problem.n):
        x = s[1:] > 0
        if low <= x.sum() <= high and problem.is_feasible(x) and tuple(x) not in seen:
            assert problem.value(x) >= rest
