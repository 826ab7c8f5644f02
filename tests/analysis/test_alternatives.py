"""The k best ensembles, contributions and best moves agree with going through all subsets."""

import importlib
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import all_subsets, cases, examples, loss_by_definition, problems, random_problem

from chemopt import (
    ChemistryProblem,
    ChemistryTable,
    InputError,
    Status,
    StopReason,
    best_ensembles,
    recommend,
)
from chemopt.analysis.alternatives import best_moves, contributions, ensembles_frame
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_terms

alternatives = importlib.import_module("chemopt.analysis.alternatives")


def losses_in_order(problem):
    """Return the losses of all feasible ensembles, the least first."""
    losses = (loss_by_definition(problem, X) for X in all_subsets(problem.models))
    return sorted(loss for loss in losses if math.isfinite(loss))


def check_k_best(problem, method, k=5):
    """The k best are those of brute force: losses in order, distinct ensembles, each proved."""
    found = best_ensembles(problem, k, method)
    expected = losses_in_order(problem)[:k]
    assert [answer.loss for answer in found] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert len({answer.models for answer in found}) == len(found)
    assert all(answer.status is Status.OPTIMAL for answer in found)
    assert all(not violations(problem, answer.models) for answer in found)
    if found:
        assert found[0].models == recommend(problem, method).models


@given(problem=problems())
@examples(60)
def test_the_k_best(problem):
    """All places in the order are those of sorting all subsets by loss."""
    check_k_best(problem, "auto", 8)


@pytest.mark.parametrize("method", ["highs", "cp-sat"])
@given(problem=problems())
@settings(max_examples=12)
def test_the_k_best_by_solvers(method, problem):
    """The same by the solvers."""
    check_k_best(problem, method)


@pytest.mark.parametrize("seed", range(10))
def test_the_k_best_of_larger_pools(seed):
    """Up to 10 models with random side constraints."""
    check_k_best(random_problem(seed, most=10), "auto", 12)


@pytest.mark.slow
@pytest.mark.random_cases
@pytest.mark.parametrize("method", ["auto", "highs", "cp-sat"])
@pytest.mark.parametrize("first", [100])
def test_the_k_best_at_length(method, first):
    """By every exact method; ``python -m benchmarks verdicts --of ranked`` draws more problems."""
    for seed in range(first, first + cases(25)):
        check_k_best(random_problem(seed, most=11), method, 6)


@pytest.mark.parametrize("seed", range(6))
def test_the_k_best_by_minimum_cuts(seed):
    """A cut proves what it can; ensembles are distinct and feasible, and bounds are right."""
    problem = random_problem(seed, most=8).with_options(alpha=0.3)
    expected = losses_in_order(problem)
    found = best_ensembles(problem, 4, "min-cut")
    assert len({answer.models for answer in found}) == len(found)
    for answer in found:
        assert not violations(problem, answer.models)
        assert answer.bound <= answer.loss
    if found:
        assert found[0].bound <= expected[0] + 1e-12
        assert found[0].loss >= expected[0] - 1e-12


@given(problem=problems())
@examples(60)
def test_tied(problem):
    """`tied` gives exactly the ensembles that are as good as the best."""
    expected = losses_in_order(problem)
    found = best_ensembles(problem, 64, tied=True)
    limit = 1e-9 * problem.table.magnitude
    assert len(found) == sum(loss <= expected[0] + limit for loss in expected)
    assert all(answer.loss <= expected[0] + limit for answer in found)


def test_tied_up_to_a_limit():
    """Without chemistry all pairs are equal; a large size penalty does not make unequal ones so."""
    empty = ChemistryProblem(ChemistryTable(tuple("abcd"), np.zeros((4, 4))))
    assert len(best_ensembles(empty, 100, tied=True)) == 6
    assert len(best_ensembles(empty, 4, tied=True)) == 4
    c = np.zeros((4, 4))
    c[0, 1] = c[1, 0] = 0.5
    dear = ChemistryProblem(ChemistryTable(tuple("abcd"), c), m_inter="total", alpha=0.0, beta=1e9)
    assert [answer.models for answer in best_ensembles(dear, 100, tied=True)] == [("a", "b")]


def test_a_heuristic_gives_distinct_ensembles_in_order():
    """What a heuristic comes upon is put in order."""
    found = best_ensembles(random_problem(3), 4, "multi-start", seed=1)
    assert len({answer.models for answer in found}) == len(found) > 1
    assert (np.diff([answer.loss for answer in found]) > -1e-9).all()


def test_no_ensemble_and_few_ensembles(problem):
    """There may be none, and fewer than asked for."""
    assert best_ensembles(problem.with_options(size=2, require=("a", "b", "c"))) == []
    assert len(best_ensembles(problem.with_options(m_inter="total"), 10)) == 4
    seen = []
    best_ensembles(problem, 10, progress=lambda *counts: seen.append(counts))
    assert seen[-1] == (10, 10)


def test_a_fallback_is_the_only_answer(pool):
    """Profiles alone give one ensemble and no next one."""
    empty = ChemistryProblem(ChemistryTable(pool.models, np.zeros((4, 4))), profiles=pool)
    found = best_ensembles(empty, 3, "hill-climb")
    assert [answer.stop_reason for answer in found] == [StopReason.FALLBACK]


def test_an_interrupt_is_passed_on(problem, monkeypatch):
    """A solver that was stopped by Ctrl-C stops the search."""
    real = recommend(problem)
    object.__setattr__(real, "stop_reason", StopReason.INTERRUPTED)
    monkeypatch.setattr(alternatives, "recommend", lambda *_, **__: real)
    with pytest.raises(KeyboardInterrupt):
        best_ensembles(problem)


def test_the_frame(problem):
    """The table of ensembles has ranks and distances from the best."""
    frame = ensembles_frame(best_ensembles(problem.with_options(m_inter="total"), 4))
    assert frame["rank"].tolist() == [1, 2, 3, 4]
    assert frame["above_best"].iloc[0] == 0
    assert frame["loss"].is_monotonic_increasing
    assert (frame["size"] == frame["models"].map(len)).all()
    assert ensembles_frame([]).empty


@pytest.mark.parametrize("bad", [0, 1.5, "three", True])
def test_bad_k(problem, bad):
    """k is a whole number."""
    with pytest.raises(InputError, match="k must be a whole number ≥ 1"):
        best_ensembles(problem, bad)


def some_ensemble(draw, problem):
    """Draw any ensemble of the pool, feasible or not."""
    return draw.draw(st.lists(st.sampled_from(problem.models), unique=True))


@given(problem=problems(), data=st.data())
@examples(80)
def test_contributions(problem, data):
    """The parts are the differences of the terms of the loss with and without the model."""
    chosen = set(some_ensemble(data, problem))
    frame = contributions(problem, chosen)
    assert tuple(frame["model"]) == problem.models
    for row in frame.to_dict("records"):
        model = row["model"]
        with_it = loss_terms(problem, problem.positions(chosen | {model}))
        without = loss_terms(problem, problem.positions(chosen - {model}))
        assert row["chosen"] == (model in chosen)
        assert row["contribution"] == pytest.approx(with_it.loss - without.loss, abs=1e-12)
        assert row["inter_term"] == pytest.approx(
            with_it.loss_inter - without.loss_inter, abs=1e-12
        )
        assert row["intra_term"] == pytest.approx(
            with_it.loss_intra - without.loss_intra, abs=1e-12
        )
        assert row["size_term"] == problem.beta
        assert row["allowed"] == math.isfinite(loss_by_definition(problem, chosen ^ {model}))


@given(problem=problems(), data=st.data())
@examples(120)
def test_best_moves(problem, data):
    """The best addition, removal and swap are those of trying all, from any ensemble."""
    chosen = set(some_ensemble(data, problem))
    now = loss_terms(problem, problem.positions(chosen)).loss
    outside = set(problem.models) - chosen
    expected = {
        "add": [chosen | {a} for a in outside],
        "remove": [chosen - {r} for r in chosen],
        "swap": [chosen - {r} | {a} for a in outside for r in chosen],
    }
    moves = best_moves(problem, chosen).set_index("move")
    for kind, ensembles in expected.items():
        least = min((loss_by_definition(problem, tuple(X)) for X in ensembles), default=math.inf)
        if math.isinf(least):
            assert kind not in moves.index
            continue
        row = moves.loc[kind]
        assert row["loss"] == pytest.approx(least, rel=1e-9, abs=1e-9)
        assert row["change"] == pytest.approx(least - now, rel=1e-9, abs=1e-9)
        after = chosen - {row["removed"]} | ({row["added"]} if pd.notna(row["added"]) else set())
        assert not violations(problem, after)


@pytest.mark.parametrize("function", [contributions, best_moves])
def test_unknown_names(problem, function):
    """Names that are not in the pool are errors that show the pool."""
    with pytest.raises(InputError, match="unknown model 'z'; the pool has a, b, c"):
        function(problem, ["a", "z"])
    with pytest.raises(InputError, match="models must be a collection of names, not 'ab'"):
        function(problem, "ab")
