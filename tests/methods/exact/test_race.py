"""The race of semidefinite and linear bounds: right, reproducible, and over when one side is."""

import functools
import itertools
import logging
import signal
import threading

import numpy as np
import pytest
from strategies import cases, least_loss_exactly, random_problem

from benchmarks.conditioned import conditioned_problem
from chemopt import ChemistryProblem, ChemistryTable, Status, StopReason, recommend
from chemopt.methods.bqp.processing import NodeOptions
from chemopt.methods.exact import branch_and_bound, linear_side, race
from chemopt.methods.exact.alternation import Turns
from chemopt.methods.outcome import MethodOutcome
from chemopt.methods.solvers import HighsModel
from chemopt.problem.generate import generate_problem


@pytest.fixture
def racing(monkeypatch):
    """Make both sides run on small problems too, which are enumerated otherwise."""
    monkeypatch.setattr(
        branch_and_bound, "NodeOptions", functools.partial(NodeOptions, enumeration_limit=0)
    )
    monkeypatch.setattr(race, "linear_is_hopeless", lambda problem: False)
    monkeypatch.setattr(race, "_SEARCH", 0.0)
    monkeypatch.setattr(race, "_EASY", 0.0)
    monkeypatch.setattr(race, "_ROUND", 0.03)


def check(problem):
    """Nothing is better than an optimum, no bound is above it, and infeasible is infeasible."""
    least = least_loss_exactly(problem)
    answer = recommend(problem, "exact")
    if least is None:
        assert answer.status is Status.INFEASIBLE
        return
    assert answer.status is Status.OPTIMAL
    assert answer.bound <= least
    assert answer.loss - least <= problem.proof_tolerance(answer.loss)


@pytest.mark.parametrize("seed", range(20))
def test_answers_are_exact(racing, seed):
    """Against the enumeration in rationals, with conditions of all kinds."""
    check(random_problem(seed, most=9))


@pytest.mark.slow
@pytest.mark.random_cases
@pytest.mark.parametrize("first", range(100, 600, 50))
def test_answers_are_exact_at_length(racing, first):
    """A hundred and twenty more (in a long run five hundred), of up to 12 models."""
    for seed in range(first, first + cases(50)):
        check(random_problem(seed, most=12))


def test_both_sides_run(racing, caplog):
    """The log has the bounds of both, and each knows the other's ensemble."""
    with caplog.at_level(logging.DEBUG, logger="chemopt.methods.bqp.search"):
        answer = recommend(generate_problem(14, 3, "uniform").with_options(alpha=0.8), "exact")
    assert answer.status is Status.OPTIMAL
    assert "linear: loss" in caplog.text


@pytest.mark.parametrize(
    "number", [10, *(pytest.param(k, marks=pytest.mark.slow) for k in (19, 26, 57))]
)
def test_conditions_are_proved(number):
    """Budgets, sizes and the inter constraint, on tables of several kinds; the same each time."""
    problem = conditioned_problem(number)
    answer, again = (recommend(problem, "exact", time_limit=600) for _ in range(2))
    assert answer.status is Status.OPTIMAL
    assert (answer.models, answer.loss, answer.nodes) == (again.models, again.loss, again.nodes)
    linear = recommend(problem, "highs", time_limit=600)
    assert linear.loss == pytest.approx(answer.loss, rel=1e-6)


def test_a_bound_above_the_optimum_is_ignored(racing, monkeypatch, caplog):
    """What HiGHS says is checked against every ensemble that is known."""

    def wrong(self, run, start=None, monitor=None):
        return MethodOutcome((0, 1), StopReason.PROVED, "HiGHS", bound=1e6)

    monkeypatch.setattr(HighsModel, "solve", wrong)
    problem = generate_problem(10, 1).with_options(m_inter="total")
    answer = recommend(problem, "exact")
    assert answer.loss == pytest.approx(float(least_loss_exactly(problem)))
    assert answer.bound <= answer.loss
    assert "ignored" in caplog.text


def test_failures_are_told(racing, monkeypatch):
    """An error of the linear side is not hidden, and no thread is left behind."""

    def fail(problem, name):
        raise RuntimeError("no model")

    monkeypatch.setattr(linear_side, "HighsModel", functools.partial(fail, "products"))
    before = threading.active_count()
    with pytest.raises(RuntimeError, match="no model"):
        recommend(generate_problem(12, 1), "exact")
    assert threading.active_count() == before


def test_interrupts_end_both_sides(racing, monkeypatch):
    """Ctrl-C gives what is known so far."""
    before, calls, spend = threading.active_count(), itertools.count(), Turns.spend

    def interrupted(self, player, work):
        if next(calls) == 20:  # in the middle of the search, however loaded the machine is
            signal.raise_signal(signal.SIGINT)
        spend(self, player, work)

    monkeypatch.setattr(Turns, "spend", interrupted)
    answer = recommend(generate_problem(60, 1, "uniform").with_options(alpha=0.9), "exact")
    assert answer.stop_reason is StopReason.INTERRUPTED
    assert answer.status is Status.FEASIBLE
    assert threading.active_count() == before


def test_two_threads_at_once():
    """HiGHS runs once at a time; the other run goes on without it until it is free."""
    problems = [conditioned_problem(number) for number in (10, 26)]
    answers = [None, None]

    def solve(k):
        answers[k] = recommend(problems[k], "exact", time_limit=600)

    threads = [threading.Thread(target=solve, args=[k]) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [Status.OPTIMAL] * 2


def test_turns_alternate():
    """Work decides, whatever the threads' speed."""
    turns, order = Turns((2.0, 1.0), first=1.0), []

    def other():
        turns.wait(1)
        for _ in range(3):
            order.append("other")
            turns.spend(1, 0.5)
        turns.leave(1)

    thread = threading.Thread(target=other)
    thread.start()
    for _ in range(6):
        order.append("own")
        turns.spend(0, 1.0)
    thread.join()
    assert order == ["own", "other", "other", "own", "own", "other", "own", "own", "own"]


@pytest.mark.parametrize(
    ("options", "hopeless", "likelier"),
    [
        ({"m_inter": "total"}, True, False),
        ({"m_inter": "total", "size": 9}, False, False),
        ({"m_inter": "total", "size": 9, "alpha": 0.8}, True, False),
        ({"m_inter": "total", "size": 3, "alpha": 0.8}, False, False),
        ({"m_inter": "total", "max_size": 9, "alpha": 0.2}, False, True),
        ({}, True, False),
        ({"beta": 0.01}, False, False),
        ({"alpha": 0.3}, False, True),
        ({"alpha": 0.9}, True, False),
    ],
)
def test_the_choice(options, hopeless, likelier):
    """By table and conditions."""
    problem = generate_problem(24).with_options(**options)
    assert race.linear_is_hopeless(problem) is hopeless
    assert race.linear_is_likelier(problem) is likelier


def test_mixed_magnitudes_are_left_to_one_side():
    """HiGHS's tolerances cannot tell them apart."""
    matrix = 10.0 ** -np.arange(144.0).reshape(12, 12)
    matrix = np.triu(matrix[:12, :12], 1)
    table = ChemistryTable([f"m{k}" for k in range(12)], matrix + matrix.T)
    assert race.linear_is_hopeless(ChemistryProblem(table, size=3))
