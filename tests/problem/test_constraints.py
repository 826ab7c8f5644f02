"""Budgets, groups, pairs, no-good cuts: texts, constraints, and every method respecting them."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import all_subsets, meets_side_constraints, problems

from chemopt import Budget, ChemistryProblem, ChemistryTable, Group, InputError, recommend
from chemopt.cli.main import main
from chemopt.methods.registry import METHODS
from chemopt.problem.check import violations
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import problem_from_dict, problem_to_json

ATTRIBUTES = {
    "a": {"price": 0.1, "provider": "Acme", "open": True, "ram": 8},
    "b": {"price": 0.2, "provider": "acme", "open": False, "ram": 16},
    "c": {"price": 3, "provider": "bolt", "open": True},
}


@pytest.fixture
def attributed(problem):
    """Three models with attributes."""
    return problem.with_options(attributes=ATTRIBUTES, m_inter="total")


@given(problem=problems())
def test_constraints_are_what_their_texts_say(problem):
    """For every subset of what is not excluded: the weighted sums judge as the texts do."""
    left = [m for m in problem.models if m not in problem.exclude]
    for X in all_subsets(left):
        positions = problem.positions(X)
        judged = all(row.is_met(positions) for row in problem.side_constraints)
        assert judged == meets_side_constraints(problem, X)


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("price<=3", Budget("price", 3.0)),
        (" mean latency ≤ 2.5e1 ", Budget("mean latency", 25.0)),
        ("x<=-1", Budget("x", -1.0)),
    ],
)
def test_budgets_are_read(text, budget):
    """With or without spaces, and what is written is read again."""
    assert Budget.parse(text) == budget
    assert Budget.parse(str(budget)) == budget


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("provider=acme<=2", Group("provider", "acme", high=2)),
        ("provider>=1", Group("provider", low=1)),
        ("open = true == 1", Group("open", "true", 1, 1)),
        ("provider==0", Group("provider", None, 0, 0)),
        ("kind=large model ≥ 1", Group("kind", "large model", low=1)),
    ],
)
def test_groups_are_read(text, group):
    """One value or every value, from one side or from both."""
    assert Group.parse(text) == group
    assert Group.parse(str(group)) == group


@given(limit=st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_limits_survive_their_text(limit):
    """No digit of a limit is lost in JSON."""
    assert Budget.parse(str(Budget("price", limit))).limit == limit


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        # 0.1 + 0.2 is a little more than 0.3 in floating point
        ({"budgets": ["price<=0.3"]}, ["", "a", "b", "ab"]),
        ({"budgets": [Budget("price", 0.29)]}, ["", "a", "b"]),
        ({"budgets": ["price<=3.1", "ram<=8"], "exclude": ("c",)}, ["", "a", "b", "ab", "c", "ac"]),
        ({"groups": ["provider<=1"]}, ["", "a", "b", "c", "ac", "bc"]),
        ({"groups": ["provider=ACME<=1"]}, ["", "a", "b", "c", "ac", "bc"]),
        ({"groups": ["open=true>=2"]}, ["ac", "abc"]),
        ({"groups": [Group("provider", "acme", 1, 2), "open==0"]}, []),
        ({"apart": [("b", "a")]}, ["", "a", "b", "c", "ac", "bc"]),
        ({"together": [("a", "c")]}, ["", "b", "ac", "abc"]),
        ({"forbid": [(), ("a", "b")]}, ["a", "b", "c", "ac", "bc", "abc"]),
    ],
)
def test_constraints_by_hand(attributed, options, allowed):
    """Which of the eight subsets are allowed."""
    ram_missing = "ram<=8" in options.get("budgets", ())
    problem = attributed.with_options(min_size=0, **options)
    found = [
        "".join(X)
        for X in all_subsets("abc")
        if all(c.is_met(problem.positions(X)) for c in problem.side_constraints)
    ]
    if ram_missing:  # an excluded model needs no value, and weighs nothing
        assert [X for X in found if "c" not in X] == ["", "a"]
    else:
        assert sorted(found) == sorted(allowed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budgets": "price<=3"}, "budgets must be a collection"),
        ({"budgets": ["price<3"]}, "not of the form ATTRIBUTE<=NUMBER"),
        ({"budgets": ["price<=cheap"]}, "'cheap' in 'price<=cheap' is not a number"),
        ({"budgets": ["price<=nan"]}, "budget price must be a finite number, not nan"),
        ({"budgets": [3]}, "3 is neither a text nor a Budget"),
        ({"budgets": ["cost<=3"]}, "no attribute 'cost'; there are price, provider, open, ram"),
        ({"budgets": ["ram<=3"]}, "attribute 'ram' of 'c' is missing"),
        ({"budgets": ["provider<=3"]}, "attribute 'provider' of 'a' is 'Acme', not a number"),
        (
            {"groups": ["provider=core<=1"]},
            "no model has provider 'core'; there are Acme, acme, bolt",
        ),
        ({"groups": ["provider<=some"]}, "'some' in 'provider<=some' is not a whole number"),
        ({"groups": ["provider=acme"]}, "not of the form ATTRIBUTE=VALUE<=COUNT"),
        ({"groups": [Group("provider", "acme", 1), "ram<=1"]}, "attribute 'ram' of 'c' is missing"),
        ({"apart": [("a",)]}, "apart must be pairs of two different models, not \\('a',\\)"),
        ({"together": [("a", "a")]}, "together must be pairs"),
        ({"together": ["ab"]}, "together must be a collection of names"),
        ({"forbid": [("a", "x")]}, "forbid: unknown model 'x'"),
        ({"attributes": 3}, "attributes must be a DataFrame"),
        ({"attributes": {"a": {1: 2}}}, "1 is not the name of a attribute"),
    ],
)
def test_bad_constraints(attributed, options, message):
    """What is wrong is said when the problem is made, and what there is instead."""
    with pytest.raises(InputError, match=message):
        attributed.with_options(**options)


def test_groups_need_an_end():
    """A group without bounds says nothing."""
    with pytest.raises(InputError, match="give the fewest or the most models"):
        Group("provider", "acme")


def test_attributes_are_needed(problem):
    """Budgets of a problem without attributes."""
    with pytest.raises(InputError, match="price<=1 needs attributes of the models"):
        problem.with_options(budgets=["price<=1"])


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"min-cut", "performance"}))
def test_every_method_respects_them(method):
    """On a pool of 16, each method's ensemble meets budget, groups and pairs."""
    problem = generate_problem(16, seed=4)
    names = problem.models
    attributes = pd.DataFrame(
        {"price": np.arange(16) / 10, "provider": list("wxyz") * 4}, index=list(names)
    )
    bound = problem.with_options(
        alpha=0.6, attributes=attributes, budgets=["price<=4.2"], groups=["provider<=2"],
        apart=[names[:2]], together=[names[2:4]], m_inter="total",
    )  # fmt: skip
    answer = recommend(bound, method)
    assert answer.models
    assert not violations(bound, answer.models)
    assert answer.loss >= recommend(bound, "brute-force").loss - 1e-9


def test_instances_hold_them(attributed):
    """Constraints and attributes survive a file, and are checked when it is read."""
    problem = attributed.with_options(
        budgets=["price<=3.2"], groups=["provider<=1"], apart=[("a", "b")], forbid=[("a", "c")]
    )
    data = json.loads(problem_to_json(problem))
    assert data["options"]["budgets"] == ["price<=3.2"]
    again = problem_from_dict(data)
    assert recommend(again).models == recommend(problem).models == ("b", "c")
    del data["attributes"]
    with pytest.raises(InputError, match="needs attributes"):
        problem_from_dict(data)


def test_command_line(tmp_path, capsys, instances):
    """Attributes from a file and from the history; infeasible names the constraints."""
    history = str(instances / "example_history.csv")
    names = [f"model-{k}" for k in range(1, 9)]
    path = tmp_path / "attributes.csv"
    rows = [f"{name},{k / 10},{'xyz'[k % 3]}" for k, name in enumerate(names)]
    path.write_text("\n".join(["model,price,provider", *rows]) + "\n", encoding="utf-8")
    options = ["--attributes", str(path), "--budget", "price<=0.9", "--group", "provider<=1",
               "--apart", "model-1", "model-2", "--format", "json"]  # fmt: skip
    assert main(["recommend", history, *options]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["budgets"] == ["price<=0.9"]
    assert sum(names.index(m) / 10 for m in answer["models"]) <= 0.9
    assert main(["recommend", history, "--budget", "latency<=1"]) == 1
    assert "meets min_size=2 (the default) and budget latency<=1" in capsys.readouterr().out
    for bad in (["--budget", "latency<1"], ["--group", "x<=1"], ["--attributes", "none.csv"],
                ["--together", "model-1", "model-x"]):  # fmt: skip
        assert main(["recommend", history, *bad]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1


def test_a_table_without_chemistry_can_be_bound():
    """Constraints hold when only sizes and prices are left."""
    table = ChemistryTable(("a", "b", "c"), np.zeros((3, 3)))
    problem = ChemistryProblem(table, attributes=ATTRIBUTES, groups=["open=true>=2"])
    for method in ("brute-force", "highs", "cp-sat"):
        assert recommend(problem, method).models == ("a", "c")


@pytest.mark.parametrize("method", ["brute-force", "exact", "highs", "cp-sat", "hill-climb"])
def test_a_budget_without_prices(problem, method):
    """Where all prices are 0, a budget below 0 is met by nothing, and any other by everything."""
    free = problem.with_options(attributes={m: {"price": 0} for m in "abc"}, m_inter="total")
    none = recommend(free.with_options(budgets=["price<=-0.1"]), method)
    assert none.status.value == "infeasible"
    assert none.message == "no ensemble of the 3 models meets budget price<=-0.1"
    assert recommend(free.with_options(budgets=["price<=0"]), method).models
