"""Threads, processes, a solver that crashes or lies, and a clock that jumps."""

import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from chemopt import SolverError, recommend
from chemopt.methods.mip import highs
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.problem.generate import generate_problem
from chemopt.problem.loss import loss_floor

METHODS = ("auto", "exact", "highs", "cp-sat", "tabu", "hill-climb", "brute-force")


def solved(case):
    """Solve a case; the part of the answer that does not depend on time."""
    method, seed = case
    answer = recommend(
        generate_problem(9, seed=seed), method, time_limit=0.2 if method == "tabu" else 30
    )
    return answer.models, answer.loss, answer.status.value


CASES = [(method, seed % 2) for seed, method in enumerate(METHODS)]


def test_threads():
    """Two threads give what one gives."""
    expected = [solved(case) for case in CASES]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(solved, CASES)) == expected


@pytest.mark.slow
def test_processes():
    """So does a pool of processes, started afresh."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(solved, CASES)) == [solved(case) for case in CASES]


class StandIn:
    """A model inside a solver that does not do what it should."""

    version = "0"

    def __init__(self, outcome):
        self.outcome = outcome

    def solve(self, run, start=None):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def add(self, cut):
        raise AssertionError("not called")


LIES = {
    "a bound above a known loss": MethodOutcome((0, 1), StopReason.PROVED, "stand-in", bound=1e6),
    "infeasible": MethodOutcome(None, StopReason.PROVED, "stand-in", bound=None, infeasible=True),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_solver_that_lies_is_caught(lie, monkeypatch):
    """A claim that a known ensemble contradicts is an error."""
    monkeypatch.setattr(highs, "_build", lambda *_: StandIn(LIES[lie]))
    with pytest.raises(SolverError, match="stand-in"):
        recommend(generate_problem(8, seed=3), "highs")


def test_a_worse_ensemble_is_not_taken(monkeypatch):
    """The hill climber's is better, so a false loss of another does not matter."""
    worst = MethodOutcome((0, 1), StopReason.PROVED, "stand-in", bound=0.0, claimed_loss=-5.0)
    monkeypatch.setattr(highs, "_build", lambda *_: StandIn(worst))
    problem = generate_problem(8, seed=3)
    answer = recommend(problem, "highs")
    assert answer.models == recommend(problem, "hill-climb").models
    assert answer.status.value == "feasible"
    assert answer.bound == pytest.approx(loss_floor(problem))


def test_a_solver_without_an_answer(monkeypatch):
    """The hill climber's ensemble is the answer."""
    nothing = MethodOutcome(None, StopReason.SOLVER, "stand-in", bound=None)
    monkeypatch.setattr(highs, "_build", lambda *_: StandIn(nothing))
    problem = generate_problem(8, seed=3)
    answer = recommend(problem, "highs")
    assert answer.models == recommend(problem, "hill-climb").models
    assert answer.status.value == "feasible"


@pytest.mark.parametrize("method", ["exact", "tabu", "hill-climb", "auto"])
def test_a_clock_that_jumps(method, monkeypatch):
    """The time of day set back and forth changes nothing: only the monotonic clock is read."""
    hours = iter(range(10**6))
    monkeypatch.setattr(time, "time", lambda: 3600.0 * (next(hours) % 7 - 3))
    problem = generate_problem(10, seed=1)
    answer = recommend(problem, method, time_limit=2.0)
    assert answer.models
    assert 0 <= answer.runtime < 60
    assert answer.status.value in ("optimal", "feasible")
