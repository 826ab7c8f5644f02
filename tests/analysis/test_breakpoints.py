"""Breakpoints over α and β against the least loss at many values."""

import importlib
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, examples, least_loss, problems, random_problem

from chemopt import InputError, StopReason, UnansweredError, breakpoints, recommend
from chemopt.errors import InfeasibleError
from chemopt.problem.generate import generate_problem

optima = importlib.import_module("chemopt.analysis.optima")


def loss_along(frame, weight):
    """Return the least loss at one value of the weight, NaN outside the path."""
    over = "alpha" if "alpha_from" in frame else "beta"
    for row in frame.to_dict("records"):
        a, b = row[f"{over}_from"], row[f"{over}_to"]
        if a <= weight <= b:
            share = 0.0 if b == a else (weight - a) / (b - a)
            return row["loss_from"] + share * (row["loss_to"] - row["loss_from"])
    return math.nan


def check_path(problem, over, weights=(), **options):
    """The path is connected, in order, and nowhere above or below the least loss."""
    if math.isinf(least_loss(problem)):
        with pytest.raises(InfeasibleError):
            breakpoints(problem, over, **options)
        return
    frame = breakpoints(problem, over, **options)
    low, high = frame[f"{over}_from"], frame[f"{over}_to"]
    assert (low <= high).all()
    assert low.iloc[1:].tolist() == high.iloc[:-1].tolist()
    assert frame["loss_from"].iloc[1:].tolist() == pytest.approx(
        frame["loss_to"].iloc[:-1].tolist(), abs=1e-8
    )
    assert frame["models"].is_unique
    assert frame["proved"].all()
    points = sorted({low.iloc[0], *high})
    points += [(a + b) / 2 for a, b in pairwise(points)]
    points += [low.iloc[0] + share * (high.iloc[-1] - low.iloc[0]) for share in weights]
    for weight in points:
        at = problem.with_options(**{over: weight})
        rounding = 2e-9 * problem.table.magnitude
        assert loss_along(frame, weight) == pytest.approx(least_loss(at), rel=1e-9, abs=rounding)


@pytest.mark.parametrize("over", ["alpha", "beta"])
@given(problem=problems(most=5), weights=st.lists(st.floats(0, 1), max_size=4))
@examples(40)
def test_the_path_is_the_least_loss(over, problem, weights):
    """Breakpoints, points between and elsewhere, with constraints and every convention."""
    check_path(problem, over, weights)


@pytest.mark.parametrize("over", ["alpha", "beta"])
@pytest.mark.parametrize("seed", range(4))
def test_the_path_of_larger_pools(over, seed):
    """Up to 9 models with random side constraints."""
    check_path(random_problem(seed, most=9), over, np.random.default_rng(seed).random(5))


@pytest.mark.slow
@pytest.mark.random_cases
@pytest.mark.parametrize("over", ["alpha", "beta"])
@pytest.mark.parametrize("first", [50])
def test_the_path_at_length(over, first):
    """More such problems; ``python -m benchmarks verdicts --of breakpoints`` draws others."""
    for seed in range(first, first + cases(25)):
        check_path(random_problem(seed, most=9), over, np.random.default_rng(seed).random(5))


@pytest.mark.parametrize("method", ["highs", "cp-sat"])
@pytest.mark.parametrize("over", ["alpha", "beta"])
def test_solvers_find_the_same_path(method, over):
    """The breakpoints do not depend on the method."""
    problem = generate_problem(8, seed=3).with_options(m_inter="total")
    expected, found = (breakpoints(problem, over, method=m) for m in ("auto", method))
    columns = [f"{over}_from", f"{over}_to", "loss_from", "loss_to"]
    assert found["models"].tolist() == expected["models"].tolist()
    assert found[columns].to_numpy() == pytest.approx(expected[columns].to_numpy(), abs=1e-6)


def test_a_large_interval_of_size_penalties():
    """A size penalty that drowns the chemistry loses no breakpoint."""
    problem = generate_problem(8, seed=2).with_options(alpha=0.2, m_inter="total", min_size=0)
    near, far = (breakpoints(problem, "beta", high=high) for high in (None, 1e9))
    assert far["models"].tolist() == near["models"].tolist()
    assert far["beta_to"].iloc[:-1].tolist() == pytest.approx(near["beta_to"].iloc[:-1].tolist())
    assert near["models"].iloc[-1] == ()


def test_part_of_the_interval():
    """A narrower interval gives the pieces inside; a point gives one."""
    problem = generate_problem(10, seed=5)
    whole = breakpoints(problem)
    part = breakpoints(problem, "alpha", 0.3, 0.6)
    inside = whole[(whole["alpha_to"] > 0.3) & (whole["alpha_from"] < 0.6)]
    assert part["models"].tolist() == inside["models"].tolist()
    assert (part["alpha_from"].iloc[0], part["alpha_to"].iloc[-1]) == (0.3, 0.6)
    point = breakpoints(problem, "alpha", 0.5, 0.5)
    assert point["models"].tolist() == [recommend(problem.with_options(alpha=0.5)).models]
    assert len(breakpoints(problem, "beta", 100.0)) == 1
    assert math.isnan(loss_along(part, 0.9))


def test_what_is_not_proved_is_not_called_so():
    """A heuristic gives a path, but no proof."""
    frame = breakpoints(generate_problem(8, seed=1), method="hill-climb")
    assert not frame["proved"].any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"over": "gamma"}, "over must be one of alpha, beta, not 'gamma'"),
        ({"low": -0.1}, r"low must be a number in \[0, 1\]"),
        ({"high": 1.5}, r"high must be a number in \[0, 1\]"),
        ({"low": 0.6, "high": 0.4}, r"high must be a number in \[0.6, 1\], not 0.4"),
        ({"over": "beta", "high": 2e9}, "high must be a number in"),
        ({"method": "best"}, "method must be one of"),
        ({"time_limit": 0}, "time_limit must be a number > 0"),
    ],
)
def test_bad_options(problem, options, message):
    """Options out of range say what is accepted."""
    with pytest.raises(InputError, match=message):
        breakpoints(problem, **options)


def test_no_ensemble(problem):
    """Infeasible problems say why, at which value."""
    with pytest.raises(
        UnansweredError, match="alpha = 0: no ensemble of the 3 models meets size=7"
    ):
        breakpoints(problem.with_options(size=7))


def test_an_interrupt_is_passed_on(problem, monkeypatch):
    """A solver that was stopped by Ctrl-C stops the path; progress ends where it began to."""
    seen = []
    breakpoints(problem, progress=lambda *counts: seen.append(counts))
    assert seen[-1][0] == seen[-1][1]
    assert all(done < total for done, total in seen[:-1])
    stopped = recommend(problem)
    object.__setattr__(stopped, "stop_reason", StopReason.INTERRUPTED)
    monkeypatch.setattr(optima, "recommend_within", lambda *_, **__: stopped)
    with pytest.raises(KeyboardInterrupt):
        breakpoints(problem)
