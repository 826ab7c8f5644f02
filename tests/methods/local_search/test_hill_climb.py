"""The published hill climber: path, parity, fallbacks, constraints."""

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from strategies import NAMES, examples, loss_by_definition, problems

from chemopt import (
    ChemistryProblem,
    ChemistryTable,
    HillClimbOptions,
    Profiles,
    StopReason,
    compute_chemistry,
    recommend,
)
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.problem.check import violations
from chemopt.problem.generate import generate_problem
from chemopt.problem.loss import loss_terms


def climb_by_definition(problem, start, steps=10):
    """One climb word by word; among equal moves, any. Returns the losses on the way."""
    current, losses = frozenset(start), [loss_by_definition(problem, sorted(start))]
    for _ in range(steps):
        outside = set(problem.models) - current
        moves = [current | {m} for m in outside] + [current - {m} for m in current]
        moves += [current - {out} | {new} for out in current for new in outside]
        best = min(moves, key=lambda X: loss_by_definition(problem, sorted(X)))
        loss = loss_by_definition(problem, sorted(best))
        if not loss < losses[-1] - 1e-12:
            break
        current = best
        losses.append(loss)
    return losses


@given(problem=problems(constrained=False))
@examples(100)
def test_each_climb_is_the_definition(problem):
    """Every climb has the losses that a plain reading of the algorithm has."""
    rng = np.random.default_rng(0)
    n = len(problem.models)
    entries = np.zeros((n, n))
    i, j = np.triu_indices(n, k=1)
    entries[i, j] = entries[j, i] = rng.random(len(i))  # no ties: the path is unique
    distinct = resolve_m_inter(problem.with_options(table=ChemistryTable(problem.models, entries)))
    answer = recommend(distinct, "hill-climb")
    starts = {frozenset(s) for s in distinct.subsets if len(s) >= 2}
    assert {frozenset(climb.start) for climb in answer.trace} == starts
    for climb in answer.trace:
        losses = [climb.start_loss, *(move.loss for move in climb.moves)]
        assert losses == pytest.approx(climb_by_definition(distinct, climb.start), abs=1e-9)
    if answer.models:
        assert answer.loss == pytest.approx(min(climb.loss for climb in answer.trace))


def test_the_example_of_the_readme(instances):
    """From {ada, bea} one swap leads to {ada, dot}, where every move is worse."""
    from chemopt.problem.instances import read_problem

    problem = read_problem(instances / "four_models.json")
    answer = recommend(problem, "hill-climb")
    (climb,) = answer.trace
    (move,) = climb.moves
    assert (move.kind, move.removed, move.added) == ("swap", "bea", "dot")
    assert answer.models == ("ada", "dot")
    assert answer.loss == pytest.approx(0.68)
    assert (answer.status.value, answer.stop_reason.value) == ("feasible", "local_optimum")
    frame = answer.trace_frame()
    assert frame["move"].to_list() == ["start", "swap"]
    assert frame["loss"].to_list() == pytest.approx([climb.start_loss, 0.68])


@given(problem=problems(most=5))
@examples(40)
def test_a_trace_has_all_neighbours(problem):
    """Every step looked at every neighbour, and took the best feasible one, if it was better."""
    options = HillClimbOptions(steps=3, trace=True)
    answer = recommend(problem, "hill-climb", options=options)
    plain = recommend(problem, "hill-climb", options=HillClimbOptions(steps=3))
    assert not any(climb.candidates for climb in plain.trace)
    assert [climb.moves for climb in answer.trace] == [climb.moves for climb in plain.trace]
    for climb in answer.trace:
        models, loss = set(climb.start), climb.start_loss
        at_end = climb.stopped is StopReason.LOCAL_OPTIMUM
        assert len(climb.candidates) == len(climb.moves) + at_end
        assert at_end or len(climb.moves) == 3
        fixed_in, fixed_out = set(problem.require) & models, set(problem.exclude) - models
        for k, candidates in enumerate(climb.candidates):
            inside = len(models - fixed_in)
            outside = len(set(problem.models) - models - fixed_out)
            assert len(candidates) == inside + outside + inside * outside
            for one in candidates:
                after = models - {one.removed} | {one.added} - {None}
                by_definition = loss_terms(problem, problem.positions(after)).loss
                assert one.loss == pytest.approx(by_definition, abs=1e-9)
                assert one.feasible == (not violations(problem, after))
            best = min((one.loss for one in candidates if one.feasible), default=math.inf)
            if k == len(climb.moves):
                assert best >= loss - 1e-9
                break
            move = climb.moves[k]
            loss = move.loss
            assert loss == pytest.approx(best, abs=1e-9)
            models = models - {move.removed} | {move.added} - {None}
    data = json.loads(json.dumps(answer.trace_data(), allow_nan=False))
    assert [climb["stopped"] for climb in data] == [c.stopped.value for c in answer.trace]
    assert all(climb["steps"][-1]["move"] is None for climb in data if climb["stopped"][0] == "l")


def test_steps_limit_a_climb():
    """With fewer steps the climb stops on the way, and says so."""
    problem = generate_problem(20, seed=1).with_options(alpha=0.2)
    short, long = (
        recommend(problem, "hill-climb", options=HillClimbOptions(steps=steps)) for steps in (2, 60)
    )
    assert (short.stop_reason.value, long.stop_reason.value) == ("step_limit", "local_optimum")
    assert max(len(climb.moves) for climb in short.trace) == 2
    assert long.loss < short.loss


def test_small_subsets_and_those_without_chemistry_are_no_starts():
    """Without a start there is no recommendation, and the reason is told."""
    matrix = np.zeros((3, 3))
    matrix[0, 1] = matrix[1, 0] = 1.0
    table = ChemistryTable(("a", "b", "c"), matrix)
    answer = recommend(ChemistryProblem(table, subsets=(("a",), ("b", "c"))), "hill-climb")
    assert answer.status.value == "no_recommendation"
    assert answer.stop_reason.value == "no_start"
    assert "none of the 2 historical subsets" in answer.message
    assert answer.loss is None


def test_without_a_history_it_starts_from_pairs():
    """Where no history is known, each model starts with its best partner."""
    problem = generate_problem(8, seed=1).with_options(subsets=None)
    answer = recommend(problem, "hill-climb")
    assert answer.models
    assert all(len(climb.start) == 2 for climb in answer.trace)


@pytest.mark.parametrize(
    "options",
    [
        {"size": 4},
        {"max_size": 3, "require": ("model-1",)},
        {"min_size": 6, "exclude": ("model-2", "model-3")},
        {"size": 1},
        {"require": ("model-1", "model-2"), "exclude": ("model-8",), "max_size": 4},
    ],
)
def test_constraints_hold_all_along(options):
    """Every start and every step meets the constraints; the end is no better than the optimum."""
    problem = generate_problem(8, seed=1).with_options(m_inter="total", alpha=0.8, **options)
    answer = recommend(problem, "hill-climb")
    assert answer.models
    low, high = problem.size_bounds
    for climb in answer.trace:
        size = len(climb.start)
        for move in climb.moves:
            assert low <= size <= high
            assert move.removed not in problem.require
            assert move.added not in problem.exclude
            size += (move.added is not None) - (move.removed is not None)
        assert low <= size <= high
    assert answer.loss >= recommend(problem, "brute-force").loss - 1e-9


def pool_without_chemistry(accuracy, quality):
    """A problem whose table is empty, with the given profiles."""
    names = NAMES[: len(accuracy)]
    frame = pd.DataFrame({"model": names, "quality": quality, "accuracy": accuracy})
    profiles = Profiles.from_frame(frame, subsets=itertools.combinations(names, 1))
    table = ChemistryTable(names, np.zeros((len(names), len(names))))
    return ChemistryProblem(table, profiles=profiles)


BAD = ([0.5, 0.4, 0.2], [5.0, 1.0, 0.0])
GOOD = ([0.9, 1.0, 0.95], [9.0, 9.5, 10.0])
MIXED = ([0.4, 0.9, 0.9], [9.0, 5.0, 7.0])


@pytest.mark.parametrize(
    ("pool", "policies", "models"),
    [
        (BAD, {}, ()),
        (BAD, {"fallback_bad": "single"}, ("ash",)),
        (GOOD, {}, ("birch",)),
        (GOOD, {"fallback_good": "all"}, ("ash", "birch", "cedar")),
        (MIXED, {}, ("cedar",)),
        (MIXED, {"fallback_good": "all", "fallback_bad": "none"}, ("cedar",)),
    ],
)
def test_fallbacks(pool, policies, models):
    """Without chemistry the profiles decide, by the published rules, which chemopt applies."""
    answer = recommend(
        pool_without_chemistry(*pool), "hill-climb", options=HillClimbOptions(**policies)
    )
    assert answer.models == models
    assert answer.stop_reason.value == "fallback"
    assert answer.status.value == ("feasible" if models else "no_recommendation")
    assert "no pair of models has chemistry" in answer.message


def test_entries_that_are_all_zero_are_no_chemistry():
    """One used model: each pair has an entry, 0, and the answer says whose fallback it is."""
    frame = pd.DataFrame(
        {
            "model": ["ash", "birch", "cedar", "dogwood"],
            "quality": [3.9, 7.1, 5.5, 4.2],
            "accuracy": [0.48, 0.87, 0.58, 0.42],
        }
    )
    subsets = [["ash", "birch"], ["ash", "cedar"], ["birch", "cedar", "dogwood"]]
    profiles = Profiles.from_frame(frame, subsets=subsets)
    table = compute_chemistry(profiles, usage_threshold=0.7)
    answer = recommend(ChemistryProblem(table, profiles=profiles), "hill-climb")
    assert answer.models == ("birch",)
    assert answer.stop_reason is StopReason.FALLBACK
    assert "chemopt's fallback" in answer.message


def test_fallback_ties_go_to_the_shorter_name_then_the_first():
    """Equal accuracy and quality: ash before elm, both before birch."""
    answer = recommend(pool_without_chemistry([0.8] * 5, [6.0] * 5), "hill-climb")
    assert answer.models == ("ash",)


def test_a_fallback_meets_constraints_or_is_none():
    """Required, excluded and sizes given are kept; a fallback that breaks them is none."""
    problem = pool_without_chemistry(*MIXED)
    assert recommend(problem.with_options(exclude=("cedar",)), "hill-climb").models == ("birch",)
    with_required = recommend(problem.with_options(require=("ash",)), "hill-climb")
    assert with_required.models == ("ash", "cedar")
    refused = recommend(problem.with_options(min_size=2), "hill-climb")
    assert refused.models == ()
    assert "1 model is fewer than 2" in refused.message
    unknown = ChemistryProblem(problem.table)
    assert "no profiles to go by" in recommend(unknown, "hill-climb").message


def test_exact_methods_need_no_chemistry():
    """An empty table is a problem like any other for an exact method."""
    problem = pool_without_chemistry(*MIXED)
    for method in ("brute-force", "highs", "cp-sat"):
        answer = recommend(problem, method)
        assert answer.status.value == "optimal"
        assert answer.loss == pytest.approx(1.0)
