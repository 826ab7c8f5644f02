"""Several threads: the answers of one, whatever runs where, and an orderly end."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cases, problems, random_problem

from chemopt import Status, StopReason, recommend
from chemopt.execution import ordered
from chemopt.methods.bqp.bound.sdp import BoundParameters
from chemopt.methods.bqp.problem import BinaryQuadratic
from chemopt.methods.bqp.processing import NodeOptions, NodeProcessor
from chemopt.methods.bqp.search import branch_and_bound
from chemopt.methods.exact.brute_force import free_models
from chemopt.methods.local_search import multi_start, parallel, tabu
from chemopt.problem.generate import generate_problem

METHODS = ("exact", "brute-force", "multi-start", "annealing", "tabu")
# How many random problems slow methods are tried on.
MOST = {"multi-start": 250, "annealing": 50, "tabu": 50}
# Whose ensembles, not their losses alone, are those of one thread.
SAME = ("brute-force", "multi-start")
_WEAK = BoundParameters(iterations=2, rounds=1, odd_cliques=0)
WEAK = NodeOptions(enumeration_limit=0, root=_WEAK, child=_WEAK)


def random_cut(nodes, seed):
    """Return a maximum cut of a graph whose edges are there with probability ½."""
    edges = np.triu(np.random.default_rng([seed, nodes]).random((nodes, nodes)) < 0.5, k=1)
    weights = (edges | edges.T).astype(float)
    return BinaryQuadratic(-weights.sum(axis=1), 2 * weights)


@pytest.fixture
def at_once(monkeypatch):
    """Start processes at once, and for few models, too."""
    monkeypatch.setattr(ordered, "START_AFTER", 0.0)
    monkeypatch.setattr(tabu, "_FEW", 0)


def check(problem, method, threads=2):
    """Several threads find what one finds; more tabu searches may find a better ensemble."""
    one, more = (recommend(problem, method, threads=count) for count in (1, threads))
    assert (more.status, more.stop_reason) == (one.status, one.stop_reason)
    if one.loss is None:
        assert more.loss is None
    elif method == "tabu":
        assert more.loss <= one.loss + 1e-9 * max(1.0, abs(one.loss))
    else:
        assert more.loss == pytest.approx(one.loss, rel=1e-9, abs=1e-9)
    if method in SAME:
        assert more.models == one.models


@pytest.mark.parametrize(
    ("method", "examples"),
    [("exact", 25), ("brute-force", 25), ("multi-start", 10), ("annealing", 3), ("tabu", 5)],
)
def test_small_problems(method, examples):
    """All methods, on problems with all kinds of constraints."""

    @given(problem=problems(most=5))
    @settings(max_examples=examples)
    def small(problem):
        check(problem, method)

    small()


@pytest.mark.slow
@pytest.mark.random_cases
@pytest.mark.parametrize(
    ("method", "first"),
    [(m, k) for k in range(0, 500, 50) for m in METHODS if k < MOST.get(m, 500)],
)
def test_random_problems(method, first):
    """Five hundred problems with up to 14 models; by heuristics, which take longer, fewer."""
    for seed in range(first, first + (cases(50) if method in MOST else 50)):
        problem = random_problem(seed)
        if method != "brute-force" or len(free_models(problem)) <= 22:
            check(problem, method, threads=2 + seed % 2)


def _tree(program, **options):
    """Search with bounds so weak that there is a tree, however small the problem."""
    return branch_and_bound(program, nodes=WEAK, **options)


@pytest.mark.slow
@given(st.integers(6, 20), st.integers(0, 999), st.integers(2, 5))
@settings(max_examples=20)
def test_trees(n, seed, threads):
    """Search trees: value, bound and end are those of one thread; all is repeatable."""
    program = random_cut(n, seed)
    one, more, again = (_tree(program, threads=count) for count in (1, threads, threads))
    assert (more.finished, more.value) == (one.finished, one.value)
    assert more.bound == pytest.approx(one.bound, rel=1e-9, abs=1e-9)
    assert (again.nodes, again.x.tolist()) == (more.nodes, more.x.tolist())


@pytest.mark.slow
def test_trees_in_processes(at_once, monkeypatch):
    """Where a node is processed changes nothing: neither nodes nor points."""
    program = random_cut(30, 1)
    there = _tree(program, threads=2)
    monkeypatch.setattr(ordered, "START_AFTER", 1e9)
    here, one = _tree(program, threads=2), _tree(program)
    assert there.nodes == here.nodes > 20
    assert there.decompositions == here.decompositions
    assert there.x.tolist() == here.x.tolist()
    assert (there.value, there.finished) == (one.value, True)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["multi-start", "annealing", "tabu"])
def test_searches_in_processes(at_once, monkeypatch, method):
    """Where an attempt is made changes nothing."""
    problem = generate_problem(12, 3, "uniform")
    there = recommend(problem, method, threads=2)
    monkeypatch.setattr(ordered, "START_AFTER", 1e9)
    monkeypatch.setattr(tabu, "_FEW", 200)
    assert recommend(problem, method, threads=2).models == there.models


@pytest.mark.slow
def test_annealing_does_not_depend_on_the_number_of_threads():
    """From two threads on."""
    problem = generate_problem(8, 1, "uniform")
    two, three = (recommend(problem, "annealing", threads=count) for count in (2, 3))
    assert [loss for _, loss in two.progress] == [loss for _, loss in three.progress]


def test_more_tabu_searches_are_not_worse():
    """The first of them is the search of one thread."""
    problem = generate_problem(12, 1, "uniform")
    one, three = (recommend(problem, "tabu", threads=count) for count in (1, 3))
    assert three.loss <= one.loss


@pytest.mark.parametrize("seconds", [0.3, pytest.param(6.0, marks=pytest.mark.slow)])
@pytest.mark.parametrize("method", ["exact", "multi-start", "annealing", "tabu"])
def test_time_limit(monkeypatch, method, seconds):
    """The best ensemble by then, before and after processes are started; no thread is left."""
    monkeypatch.setattr(ordered, "START_AFTER", 1.0)
    monkeypatch.setattr(multi_start, "PATIENCE", 10**6)
    before = threading.active_count()
    problem = generate_problem(60, 1, "uniform").with_options(m_inter="total", alpha=1.0)
    answer = recommend(problem, method, threads=2, time_limit=seconds)
    assert answer.status in (Status.FEASIBLE, Status.OPTIMAL)
    allowed = {StopReason.TIME_LIMIT, StopReason.PROVED, StopReason.LOCAL_OPTIMUM}
    assert answer.stop_reason in allowed
    assert threading.active_count() == before


def test_a_stopped_tree_keeps_its_bound():
    """Nodes that were given out count as open again."""
    asked = iter(range(10**9))
    answer = _tree(random_cut(30, 1), threads=2, stop=lambda: next(asked) > 40, over=lambda: False)
    assert not answer.finished
    assert answer.bound < answer.value


@pytest.mark.parametrize("method", ["exact", "multi-start", "annealing"])
def test_an_exception_in_a_worker(monkeypatch, method):
    """It comes out as that exception."""

    def fail(*_):
        raise ZeroDivisionError("of the test")

    problem = generate_problem(30, 1, "uniform").with_options(m_inter="total")
    if method == "exact":
        monkeypatch.setattr(NodeProcessor, "process", fail)
        call = lambda: _tree(random_cut(30, 1), threads=2)  # noqa: E731
    else:
        monkeypatch.setattr(parallel, "_listed", fail)
        call = lambda: recommend(problem, method, threads=2)  # noqa: E731
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError, match="of the test"):
        call()
    assert threading.active_count() == before


@pytest.mark.parametrize("method", ["exact", "multi-start"])
def test_an_interruption(at_once, monkeypatch, method):
    """Ctrl-C while answers are waited for leaves no thread running."""
    before = threading.active_count()
    original, answers = ordered.OrderedCalls.next, []

    def interrupted(self, stop=lambda: False):
        if len(answers) == 2:
            raise KeyboardInterrupt
        answers.append(original(self, stop))
        return answers[-1]

    monkeypatch.setattr(ordered.OrderedCalls, "next", interrupted)
    if method == "exact":
        with pytest.raises(KeyboardInterrupt):
            _tree(random_cut(30, 1), threads=2)
    else:
        monkeypatch.setattr(multi_start, "PATIENCE", 10**6)
        answer = recommend(generate_problem(30, 1, "uniform"), method, threads=2)
        assert answer.stop_reason is StopReason.INTERRUPTED
        assert answer.models
    assert threading.active_count() == before


@pytest.mark.slow
def test_control_c(at_once, monkeypatch):
    """A signal during a parallel search of the tree ends it, with the ensemble and the bound."""
    import os
    import signal

    problem = generate_problem(100, 1, "uniform").with_options(m_inter="total", alpha=1.0)
    before = threading.active_count()
    timer = threading.Timer(3.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.perf_counter()
    answer = recommend(problem, "exact", threads=2, time_limit=300)
    timer.join()
    assert answer.stop_reason in (StopReason.INTERRUPTED, StopReason.PROVED)
    assert answer.bound <= answer.loss
    assert time.perf_counter() - began < 250
    assert threading.active_count() == before
