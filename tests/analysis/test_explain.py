"""Explanations say what is so."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from strategies import all_subsets, examples, loss_by_definition, problems

from chemopt import (
    ChemistryProblem,
    ChemistryTable,
    HillClimbOptions,
    InputError,
    Status,
    best_ensembles,
    explain,
    recommend,
)
from chemopt.frames import to_json
from chemopt.problem.check import violations
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import read_problem
from chemopt.problem.loss import loss_terms


@given(problem=problems())
@examples(30)
def test_members_and_runner_up(problem):
    """The text names the members, and the runner-up is the second best."""
    answer = recommend(problem)
    if answer.loss is None:
        with pytest.raises(InputError, match="there is no ensemble to explain"):
            explain(answer)
        return
    found = explain(answer)
    text = str(found)
    assert all(f"\n  {model} " in text for model in answer.models)
    losses = sorted(loss_by_definition(problem, X) for X in all_subsets(problem.models))
    second = losses[1]
    if math.isinf(second):
        assert found.runner_up.status is Status.INFEASIBLE
        assert "no other ensemble meets the constraints" in text
    else:
        assert found.runner_up.loss == pytest.approx(second, rel=1e-9, abs=1e-9)
        assert found.runner_up.models == best_ensembles(problem, 2)[1].models
        assert f"loss {found.runner_up.loss:.6f}" in text
    json.loads(to_json(found.to_dict()))


def single_changes(problem, models):
    """Return all ensembles one change away."""
    inside, outside = set(models), set(problem.models) - set(models)
    return [
        *(inside | {a} for a in outside),
        *(inside - {r} for r in inside),
        *(inside - {r} | {a} for a in outside for r in inside),
    ]


@given(problem=problems())
@examples(60)
def test_binding_constraints(problem):
    """Each stands alone in the way of a change that is better than all allowed ones."""
    answer = recommend(problem)
    if answer.loss is None:
        return
    rounding = 1e-9 * problem.table.magnitude
    blamed = {}
    for X in single_changes(problem, answer.models):
        change = loss_terms(problem, problem.positions(X)).loss - answer.loss
        broken = violations(problem, X)
        if change < -2 * rounding and len(broken) == 1:
            blamed.setdefault(broken[0], []).append(change)
    found = explain(answer).binding
    changes = found["change"].tolist()
    for least in map(min, blamed.values()):
        assert any(c <= least + 1e-9 + rounding for c in changes)
    for row in found.to_dict("records"):
        assert row["change"] < -rounding
        after = set(answer.models) - {row["removed"]} | {row["added"]}
        after = {m for m in after if isinstance(m, str)}
        assert violations(problem, after)
        assert row["loss"] == pytest.approx(loss_terms(problem, problem.positions(after)).loss)


def test_which_constraints_bind():
    """A price, a pair, a size that stand in the way are named; those that do not are not."""
    c = [[0, 1, 0.5, 0], [1, 0, 0.9, 0], [0.5, 0.9, 0, 0], [0, 0, 0, 0]]
    problem = ChemistryProblem(
        ChemistryTable(tuple("abcd"), c),
        alpha=0.0,
        beta=0.1,
        m_inter="total",
        attributes={m: {"price": 1.0} for m in "abcd"},
        budgets=["price<=2"],
        exclude=["d"],
        together=[("a", "b")],
    )
    found = explain(recommend(problem))
    assert found.recommendation.models == ("a", "b")
    assert found.binding["condition"].tolist() == ["budget price<=2"]
    assert found.binding["added"].tolist() == ["c"]
    assert "without budget price<=2: adding c, which changes the loss by -1.300000" in str(found)
    sized = explain(recommend(problem.with_options(budgets=(), size=2)))
    assert sized.binding["condition"].tolist() == ["size=2"]
    free = explain(recommend(problem.with_options(budgets=())))
    assert free.binding.empty
    required = explain(recommend(problem.with_options(require=("d",), exclude=(), budgets=())))
    assert "require d" in required.binding["condition"].tolist()


def test_the_inter_constraint_can_bind(instances):
    """In the README's example only that rule keeps better ensembles out."""
    found = explain(recommend(read_problem(instances / "four_models.json")))
    assert "the inter constraint" in found.binding["condition"].tolist()
    forbidden = "dropping it is forbidden by the inter constraint"
    lines = {line.split()[0]: line for line in str(found).splitlines()[1:4]}
    assert {m for m, line in lines.items() if line.endswith(forbidden)} == {"bea", "cyd"}
    free = explain(recommend(found.recommendation.problem.with_options(m_inter="greedy")))
    assert forbidden not in str(free)


def test_a_heuristic_claims_no_runner_up():
    """What is not proved is not called the runner-up; the method's options are kept."""
    answer = recommend(generate_problem(8, seed=2), "hill-climb", options=HillClimbOptions(steps=3))
    found = explain(answer)
    assert "best other ensemble found: " in str(found)
    assert found.runner_up.settings["steps"] == 3


def test_a_fallback_is_explained(pool):
    """Where profiles alone decided, nothing is compared."""
    empty = ChemistryProblem(ChemistryTable(pool.models, np.zeros((4, 4))), profiles=pool)
    found = explain(recommend(empty, "hill-climb"))
    assert found.runner_up is None
    assert "chosen by the profiles alone" in str(found)
    assert found.to_dict()["runner_up"] is None


def test_time_limit():
    """The runner-up has the limit of the recommendation, or its own."""
    answer = recommend(generate_problem(8, seed=2), time_limit=9)
    assert explain(answer).runner_up.settings["time_limit"] == 9
    assert explain(answer, time_limit=5).runner_up.settings["time_limit"] == 5
