"""The exact solver for maximum coverage against enumeration, and what it proves when stopped."""

import itertools
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from coverage_cases import best_value, random_coverage, synthetic
from helpers import child_environment
from strategies import cases

from chemopt import Constraints
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import StopReason
from chemopt.outcomes.patterns import Patterns
from chemopt.problem.check import linear_violations
from chemopt.selection.coverage import branch_and_bound, greedy, search, swap, ties
from chemopt.selection.coverage.incumbent import Incumbent
from chemopt.selection.coverage.instance import instance_of_problem
from chemopt.selection.problem import CoverageProblem


def check(problem):
    """The solver finds and proves the best value, or says that nothing is feasible."""
    best, outcome = best_value(problem), branch_and_bound.solve(problem, RunOptions())
    if best == -np.inf:
        assert outcome.infeasible
        assert outcome.models is None
        assert outcome.message
        return
    tolerance = 1e-9 * max(1.0, best)
    assert outcome.stop_reason is StopReason.PROVED
    assert not linear_violations(problem, [problem.models[i] for i in outcome.models])
    assert outcome.claimed_loss == pytest.approx(problem.patterns.value(outcome.models))
    assert outcome.claimed_loss == pytest.approx(best, abs=tolerance)
    assert best - 1e-12 * best <= outcome.bound <= best + 2 * tolerance


@pytest.mark.random_cases
def test_enumeration_agrees():
    """Scores, ties, equal models, pseudo-items, all constraints."""
    for seed in range(cases(500)):
        check(random_coverage(seed))


@pytest.mark.slow
@pytest.mark.random_cases
def test_enumeration_agrees_at_length():
    """More such problems, and twice as many with more models; in a long run four times as many."""
    for seed in range(500, 500 + cases(1500)):
        check(random_coverage(seed))
    for seed in range(10_000, 10_000 + cases(3000)):
        check(random_coverage(seed, most=12))


@pytest.mark.random_cases
def test_relaxations_alone_agree(monkeypatch):
    """The same without enumeration of nodes with few models to choose."""
    monkeypatch.setattr(search, "_ENUMERATED", 1)
    for seed in range(2000, 2000 + cases(250)):
        check(random_coverage(seed))


PRICES = {f"m{k:03}": {"price": 1 + k % 7, "provider": f"p{k % 9}"} for k in range(25)}


@pytest.mark.parametrize(
    "options",
    [
        {"size": 4},
        {"size": 7},
        {"max_size": 6, "min_size": 2},
        {"max_size": 6, "budgets": ["price<=15"], "groups": ["provider<=1"], "attributes": PRICES},
    ],
)
def test_the_order_of_models_does_not_matter(options):
    """Permuted models: the same value, and the same models by name."""
    problem = synthetic(25, 300, seed=3, **options)
    patterns = problem.patterns
    for method in (branch_and_bound, swap, greedy):
        answers = set()
        for seed in range(4):
            order = np.random.default_rng(seed).permutation(25)
            names = tuple(patterns.models[i] for i in order)
            moved = Patterns(names, patterns.right[:, order], patterns.weights, patterns.total)
            outcome = method.solve(CoverageProblem(moved, Constraints(**options)), RunOptions())
            answers.add((outcome.claimed_loss, frozenset(names[i] for i in outcome.models)))
        assert len(answers) == 1


def test_ties_go_by_accuracy():
    """Of all ensembles that cover most, the one with the largest mean accuracy."""
    several = 0
    for seed in range(60):
        problem = synthetic(12, 15, seed, size=3)
        patterns = problem.patterns
        outcome = branch_and_bound.solve(problem, RunOptions())
        accuracy = patterns.weights @ patterns.right
        best = [
            float(accuracy[list(chosen)].sum())
            for chosen in itertools.combinations(range(12), 3)
            if patterns.value(chosen) == outcome.claimed_loss
        ]
        assert accuracy[list(outcome.models)].sum() == max(best)
        several += len(set(best)) > 1
    assert several > 20


def test_looking_for_ties_is_bounded(monkeypatch):
    """Without nodes for ties, the value and the proof are the same."""
    problem = synthetic(30, 60, size=4)
    usual = branch_and_bound.solve(problem, RunOptions())
    monkeypatch.setattr(ties.TieSearch, "_nodes_left", 0)
    outcome = branch_and_bound.solve(problem, RunOptions())
    assert (outcome.claimed_loss, outcome.bound) == (usual.claimed_loss, usual.bound)
    assert outcome.stop_reason is StopReason.PROVED


def stopped_after(problem, nodes):
    """Return a search that was stopped after this many nodes."""
    instance = instance_of_problem(problem)
    incumbent = Incumbent(instance, RunOptions())
    incumbent.offer(tuple(sorted(instance.required + instance.free))[: instance.high])
    left = iter(range(nodes))
    found = search.Search(instance, incumbent, lambda: next(left, None) is None)
    found.run()
    return found


@pytest.mark.parametrize("seed", range(3))
def test_bounds_are_valid_whenever_it_is_stopped(seed):
    """At every node: the bound is at least the optimum, and never grows."""
    problem = synthetic(30, 400, seed=seed, ability=0.2, size=5)
    best = branch_and_bound.solve(problem, RunOptions()).claimed_loss
    bounds = []
    for nodes in [*range(12), 30, 100]:
        found = stopped_after(problem, nodes)
        assert found.incumbent.value <= best <= found.bound
        bounds.append(found.bound)
    assert all(np.diff(bounds) <= 1e-6)
    assert not stopped_after(problem, 0).finished


def test_a_time_limit_is_kept():
    """A hard table: what was found, with a bound, soon after the limit."""
    problem = synthetic(80, 3000, ability=0.05, size=12)
    began = time.perf_counter()
    outcome = branch_and_bound.solve(problem, RunOptions(time_limit=0.5))
    assert time.perf_counter() - began < 5
    assert outcome.stop_reason is StopReason.TIME_LIMIT
    assert len(outcome.models) == 12
    assert outcome.claimed_loss < outcome.bound <= problem.patterns.total
    at_once = branch_and_bound.solve(problem, RunOptions(time_limit=1e-9))
    assert at_once.claimed_loss <= at_once.bound


def test_a_gap_may_be_left():
    """With a gap of 5 % the local search is enough here, and the bound says so."""
    problem = synthetic(60, 2000, ability=0.3, size=6)
    exact = branch_and_bound.solve(problem, RunOptions())
    rough = branch_and_bound.solve(problem, RunOptions(rel_gap=0.05))
    assert exact.stop_reason is StopReason.PROVED
    assert rough.stop_reason in (StopReason.GAP_LIMIT, StopReason.PROVED)
    assert exact.claimed_loss <= rough.bound <= 1.05 * rough.claimed_loss
    assert rough.nodes < exact.nodes


def test_an_infeasible_problem_is_explained():
    """The message names the constraints."""
    problem = synthetic(5, 30, min_size=4, exclude=("m000", "m001"))
    outcome = branch_and_bound.solve(problem, RunOptions())
    assert outcome.infeasible
    assert "min_size=4" in outcome.message


def test_nothing_to_cover():
    """Without patterns, any ensemble is optimal."""
    patterns = Patterns(("a", "b"), np.zeros((0, 2)), np.zeros(0), 4.0)
    outcome = branch_and_bound.solve(CoverageProblem(patterns), RunOptions())
    assert (outcome.claimed_loss, outcome.bound) == (0.0, 0.0)
    assert outcome.models


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send")
def test_an_interrupt_leaves_the_incumbent():
    """Ctrl-C ends the search in good order."""
    script = (
        "import sys; from coverage_cases import synthetic\n"
        "from chemopt.methods.options import RunOptions\n"
        "from chemopt.selection.coverage.branch_and_bound import solve\n"
        "problem = synthetic(80, 3000, ability=0.05, size=12)\n"
        "print('begun', flush=True)\n"
        "outcome = solve(problem, RunOptions(time_limit=60))\n"
        "print(outcome.stop_reason.value, outcome.bound >= outcome.claimed_loss)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=child_environment(),
    )  # fmt: skip
    assert child.stdout.readline() == "begun\n"
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert out.split() == ["interrupted", "True"], err


def test_larger_constrained_problems_agree_with_each_other():
    """A solution is feasible for the relaxed problem, so bounds are ordered."""
    attributes = {f"m{k:03}": {"price": 1 + k % 7, "provider": f"p{k % 9}"} for k in range(50)}
    free = synthetic(50, 1000, max_size=6, attributes=attributes)
    cheap = synthetic(50, 1000, max_size=6, attributes=attributes, budgets=["price<=12"])
    both = synthetic(
        50, 1000, max_size=6, attributes=attributes, budgets=["price<=12"], groups=["provider<=1"]
    )
    values = [branch_and_bound.solve(one, RunOptions()).claimed_loss for one in (free, cheap, both)]
    assert values == sorted(values, reverse=True)
    local = swap.solve(both, RunOptions())
    assert local.claimed_loss <= values[-1]
