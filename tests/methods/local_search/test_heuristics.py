"""Descents from random starts and annealing: feasible, good, repeatable, and what they record."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import all_subsets, examples, least_loss, loss_by_definition, problems

from chemopt import ChemistryProblem, ChemistryTable, Status, recommend
from chemopt.methods.infeasibility import conflicts
from chemopt.methods.local_search.incumbent import random_start
from chemopt.methods.local_search.neighbourhood import Neighbourhood
from chemopt.methods.registry import BASELINES, HEURISTICS
from chemopt.problem.check import violations
from chemopt.problem.formats import native_value, read_benchmark
from chemopt.problem.generate import generate_problem

OURS = ("multi-start", "annealing")


@pytest.mark.parametrize(("method", "count"), [("multi-start", 60), ("annealing", 12)])
def test_small_pools(method, count):
    """On small pools the best ensemble is found, whatever the constraints, and none where none is."""

    @given(problem=problems(most=5))
    @examples(count)
    def check(problem):
        least = least_loss(problem)
        answer = recommend(problem, method)
        if math.isinf(least):
            assert not answer.models
            assert answer.message
        else:
            assert answer.status is Status.FEASIBLE
            assert answer.bound is None
            assert answer.loss == pytest.approx(least, rel=1e-9, abs=1e-9)
            assert loss_by_definition(problem, answer.models) == pytest.approx(least, abs=1e-9)

    check()


@given(problem=problems(most=6), data=st.data())
@examples(60)
def test_flips_are_their_definition(problem, data):
    """What one and two flips would change is what they do change, after any number of neighbourhood."""
    n = len(problem.models)
    neighbourhood = Neighbourhood(problem)
    some = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    neighbourhood.start(np.array(some))
    for model in data.draw(st.lists(st.integers(0, n - 1), max_size=5)):
        neighbourhood.flip(model)
    changes, violated = neighbourhood.singles()
    both, both_violated = neighbourhood.pairs(np.arange(n))
    # required models inside and excluded ones outside stay; misplaced ones may be flipped
    in_place = {
        k
        for k, (name, inside) in enumerate(zip(problem.models, neighbourhood.chosen, strict=True))
        if (name in problem.require and inside) or (name in problem.exclude and not inside)
    }
    for i in range(n):
        for j in range(n):
            other = Neighbourhood(problem)
            other.start(neighbourhood.chosen)
            other.flip(i)
            if i != j:
                other.flip(j)
            change, violation = (
                (changes[i], violated[i]) if i == j else (both[i, j], both_violated[i, j])
            )
            if i in neighbourhood.free and j in neighbourhood.free:
                assert change == pytest.approx(other.loss - neighbourhood.loss, abs=1e-9)
                assert violation == pytest.approx(other.violation, abs=1e-9)
            elif {i, j} & in_place:
                assert math.isinf(change)


@given(problem=problems(most=6))
@examples(100)
def test_violation_is_zero_where_nothing_is_violated(problem):
    """The sums of the search and the independent check agree on what is feasible."""
    if conflicts(problem):
        return
    neighbourhood = Neighbourhood(problem)
    fixed = set(problem.require) | set(problem.exclude)
    for X in all_subsets([m for m in problem.models if m not in fixed]):
        chosen = np.isin(problem.models, [*X, *problem.require])
        neighbourhood.start(chosen)
        broken = violations(problem, [*X, *problem.require])
        assert (neighbourhood.violation == 0) == (not broken)


@given(problem=problems(most=6), seed=st.integers(0, 9))
def test_random_starts(problem, seed):
    """A start has an allowed size, all required and no excluded models."""
    if conflicts(problem):
        return
    chosen = random_start(problem, np.random.default_rng(seed))
    low, high = problem.size_bounds
    assert low <= chosen.sum() <= max(high, len(problem.require))
    names = {problem.models[i] for i in np.flatnonzero(chosen)}
    assert set(problem.require) <= names
    assert not names & set(problem.exclude)


PRICES = [3.0, 1.0, 0.5, 2.0, 4.0, 1.5, 2.5, 0.1]
CASES = {
    "budget": {"budgets": ("price<=4",)},
    "expensive": {"budgets": ("saving<=-9",)},
    "apart": {"apart": (("model-1", "model-2"), ("model-3", "model-4"))},
    "together": {"together": (("model-1", "model-2"), ("model-3", "model-5")), "max_size": 4},
    "group": {"groups": ("provider=x>=2", "provider=x<=3"), "budgets": ("price<=5",)},
    "forbidden": {"forbid": (("model-1", "model-2"),), "max_size": 3},
    "impossible": {"budgets": ("saving<=-99",)},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", OURS)
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_side_constraints(case, method, seed):
    """Budgets, groups and pairs are met, and the best ensemble that meets them is found."""
    table = generate_problem(8, seed, "uniform").table
    attributes = {
        name: {"price": price, "saving": -price, "provider": "x" if k < 4 else "y"}
        for k, (name, price) in enumerate(zip(table.models, PRICES, strict=True))
    }
    options = {"alpha": 0.7, "beta": 0.2, "m_inter": "total", "attributes": attributes}
    problem = ChemistryProblem(table, **options, **CASES[case])
    answer = recommend(problem, method)
    if case == "impossible":
        assert answer.status is Status.INFEASIBLE
        assert "saving" in answer.message
        return
    assert violations(problem, answer.models) == ()
    assert answer.loss == pytest.approx(least_loss(problem), abs=1e-9)


@pytest.mark.parametrize("method", OURS)
def test_a_solver_finds_a_start_where_chance_does_not(method, monkeypatch):
    """Where random starts lead nowhere, an ensemble that meets the constraints is asked for."""
    attributes = {f"model-{k:02}": {"price": 2.0**k} for k in range(1, 17)}
    problem = ChemistryProblem(
        generate_problem(16, seed=1).table, min_size=0, attributes=attributes,
        budgets=("price<=43690.5",), forbid=((),), m_inter="total",
    )  # fmt: skip
    monkeypatch.setattr("chemopt.methods.local_search.incumbent.START_PATIENCE", 0)
    answer = recommend(problem, method)
    assert answer.models
    assert violations(problem, answer.models) == ()


@pytest.mark.parametrize("method", sorted(set(HEURISTICS) - set(BASELINES)))
def test_repeatable_and_recorded(method):
    """A seed gives the same ensemble; the record falls in time and ends with the answer."""
    problem = generate_problem(16, seed=2, kind="uniform").with_options(alpha=0.8)
    first, second = (recommend(problem, method, seed=5) for _ in range(2))
    assert first.models == second.models
    seconds, losses = zip(*first.progress, strict=True)
    assert list(seconds) == sorted(seconds)
    assert list(losses) == sorted(losses, reverse=True)
    assert losses[-1] == pytest.approx(first.loss, abs=1e-9)
    assert losses == tuple(loss for _, loss in second.progress)
    assert first.loss <= recommend(problem, "hill-climb").loss


def test_solvers_record_their_start():
    """A solver's record is that of the climber it starts from."""
    problem = generate_problem(8, seed=2, kind="uniform")
    losses = [loss for _, loss in recommend(problem, "hill-climb").progress]
    assert [loss for _, loss in recommend(problem, "highs").progress] == losses != []


def test_others_record_nothing():
    """A method that does not record its progress has none."""
    assert recommend(generate_problem(5), "brute-force").progress == ()


@pytest.mark.parametrize("method", OURS)
def test_a_time_limit_gives_what_there_is(method):
    """A limit that leaves no time still gives an ensemble, and says why it stopped."""
    answer = recommend(generate_problem(60, seed=1, kind="uniform"), method, time_limit=1e-6)
    assert answer.stop_reason.value == "time_limit"
    assert answer.models


@pytest.mark.parametrize("method", OURS)
def test_an_interrupt_gives_what_there_is(method, monkeypatch):
    """Ctrl-C keeps the ensemble found by then; before there is one, it is an interrupt."""
    problem = generate_problem(20, seed=1)
    starts = []

    def interrupted(*given):
        if len(starts) == allowed:
            raise KeyboardInterrupt
        starts.append(random_start(*given))
        return starts[-1]

    monkeypatch.setattr("chemopt.methods.local_search.incumbent.random_start", interrupted)
    allowed = 2
    answer = recommend(problem, method)
    assert answer.stop_reason.value == "interrupted"
    assert answer.models
    starts.clear()
    allowed = 0
    with pytest.raises(KeyboardInterrupt):
        recommend(problem, method)


@pytest.mark.slow
def test_pairs_in_blocks(monkeypatch):
    """Going through the pairs in blocks makes no difference."""
    problem = generate_problem(20, seed=4, kind="uniform").with_options(alpha=0.9, size=7)
    at_once = recommend(problem, "multi-start")
    monkeypatch.setattr("chemopt.methods.local_search.neighbourhood._BLOCK", 1)
    assert recommend(problem, "multi-start").models == at_once.models


@pytest.mark.parametrize("method", OURS)
@pytest.mark.parametrize("matrix", [np.zeros((4, 4)), 1 - np.eye(4), np.zeros((1, 1))])
def test_degenerate_tables(method, matrix):
    """No chemistry, all ones, one model: as good as the proof."""
    problem = ChemistryProblem(ChemistryTable(tuple("abcd")[: len(matrix)], matrix))
    assert recommend(problem, method).loss == recommend(problem, "brute-force").loss


@pytest.mark.parametrize(
    ("kind", "name", "best"),
    [("max-cut", "maxcut/g05_60.0", 536), ("qubo", "qubo/bqp50-1.sparse", -2098)],
)
def test_published_instances(shared, kind, name, best):
    """The published optimum is found."""
    problem = read_benchmark(shared / "benchmarks" / name, kind)
    for method in OURS:
        assert native_value(kind, problem, recommend(problem, method).loss) == best


def test_they_are_heuristics():
    """They prove nothing, so `compare` looks for an optimum elsewhere."""
    assert set(OURS) < set(HEURISTICS)


@pytest.mark.parametrize("method", ["multi-start", "annealing", "tabu"])
def test_infeasible_problems_are_named(method):
    """Where linear constraints contradict each other, a heuristic says so too."""
    table = ChemistryTable(("a", "b"), [[0, 1], [1, 0]])
    problem = ChemistryProblem(table, require=["a"], apart=[("a", "b")], m_inter="total")
    answer = recommend(problem, method)
    assert answer.status is Status.INFEASIBLE
    assert "apart 'a' and 'b'" in answer.message
