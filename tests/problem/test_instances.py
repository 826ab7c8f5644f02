"""Problems as JSON files."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from strategies import problems

from chemopt import Budget, ChemistryProblem, ChemistryTable, Group, InputError, recommend
from chemopt.problem.instances import (
    problem_from_dict,
    problem_to_dict,
    problem_to_json,
    read_problem,
)

FILES = (
    "four_models", "liar", "quixbugs", "clinical", "liar_mean", "quixbugs_mean", "clinical_mean",
    "random_20", "random_40",
)  # fmt: skip


@given(problem=problems())
def test_json_brings_it_back(problem):
    """A problem survives JSON: options, table and subsets."""
    again = problem_from_dict(json.loads(problem_to_json(problem)))
    assert again.table == problem.table
    assert again.subsets == problem.subsets
    assert problem_to_dict(again)["options"] == problem_to_dict(problem)["options"]


@pytest.mark.parametrize("name", FILES)
def test_bundled_instances(instances, name):
    """Every bundled instance loads, says where it is from, and can be climbed."""
    problem = read_problem(instances / f"{name}.json")
    assert problem.source
    assert recommend(problem, "hill-climb").models


def test_random_instances_are_what_their_source_says(instances):
    """The random pools come out of the generator again."""
    from chemopt.problem.generate import generate_problem

    for n in (20, 40):
        text = (instances / f"random_{n}.json").read_text(encoding="utf-8")
        assert problem_to_json(generate_problem(n, seed=n)) == text


def test_only_the_table_is_needed(tmp_path):
    """Defaults are those of `ChemistryProblem`."""
    path = tmp_path / "small.json"
    path.write_text(
        json.dumps(
            {
                "format": "chemopt-problem",
                "schema_version": 1,
                "chemistry": {"models": ["a", "b"], "matrix": [[0, 1], [1, 0]]},
            }
        )
    )
    problem = read_problem(path)
    default = ChemistryProblem(problem.table)
    assert problem_to_dict(problem)["options"] == problem_to_dict(default)["options"]
    assert problem.subsets is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, 'an object with "format": "chemopt-problem" is needed'),
        ({"schema_version": 2}, "schema_version is 2; this version of chemopt reads 1"),
        ({"optoins": {}}, "unknown key 'optoins'; is 'options' meant?"),
        ({"options": {"alhpa": 1}}, "unknown option 'alhpa'; is 'alpha' meant?"),
        ({"options": {"alpha": 2}}, r"alpha must be a number in \[0, 1\]"),
        ({"options": {"alpha": "0.5"}}, "alpha must be a number in .* not '0.5'"),
        ({"options": {"alpha": True}}, "alpha must be a number in .* not True"),
        ({"options": {"beta": 10**400}}, "beta must be a number in"),
        ({"options": {"require": 3}}, "require must be a collection of names, not 3"),
        ({"schema_version": True}, "schema_version is True"),
        (
            {"chemistry": {"models": ["a", "\ud800"], "matrix": [[0, 1], [1, 0]]}},
            "not valid Unicode",
        ),
        ({"chemistry": {"models": ["a"], "matrix": [[10**400]]}}, "not made of numbers"),
        ({"profiles": {"models": {"a": {"quality": "x"}}}}, "profiles: not in the expected form"),
        ({"options": []}, "'options' must be an object"),
        ({"options": 3}, "'options' must be an object"),
        ({"chemistry": None}, "an object is needed, not NoneType"),
        ({"chemistry": {"models": ["a"]}}, "the key 'matrix' is missing"),
        ({"subsets": [["zoe"]]}, "subsets: unknown model 'zoe'"),
        ({"subsets": 3}, "not in the expected form"),
        ({"profiles": {"models": {"a": 3}}}, "profiles: not in the expected form"),
        ({"profiles": {}}, "profiles: not in the expected form"),
    ],
)
def test_bad_files(tmp_path, change, message):
    """A file that is not in order is refused, with its name and the fault."""
    data = {
        "format": "chemopt-problem",
        "schema_version": 1,
        "chemistry": {"models": ["a", "b"], "matrix": [[0, 1], [1, 0]]},
        **change,
    }
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(data))
    with pytest.raises(InputError, match=message) as caught:
        read_problem(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not JSON at line 1, column 2"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b"[1]", "not an instance"),
        (b'{"format": 1, "format": 2}', "the key 'format' is given twice"),
        (b'{"alpha": NaN}', "NaN is not a number that JSON has"),
        (b'{"alpha": ' + b"1" * 5000 + b"}", "not an instance"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_unreadable_files(tmp_path, content, message):
    """Bytes that are no JSON object are refused with the place."""
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_problem(path)


def test_missing_file(tmp_path):
    """A file that is not there is said to be so."""
    with pytest.raises(InputError, match="no such file"):
        read_problem(tmp_path / "none.json")


@pytest.mark.parametrize(
    "group",
    [
        Group("provider", "salt and pepper", high=1),
        Group("provider", "a=b", high=1),
        Group("provider", "x<y", low=0, high=2),
        Group("salt and pepper", low=0, high=2),
        Group("provider", "plain", low=0, high=1),
    ],
)
def test_values_with_signs_of_their_own(group):
    """A constraint whose text would be read as another is written by its fields."""
    table = ChemistryTable(("a", "b", "c"), [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    values = {"a": "salt and pepper", "b": "a=b", "c": "x<y"}
    if group.value == "plain":
        values["c"] = "plain"
    attributes = {m: {"provider": v, "salt and pepper": 1} for m, v in values.items()}
    budgets = [Budget("salt and pepper", 2)]
    problem = ChemistryProblem(table, groups=[group], budgets=budgets, attributes=attributes)
    again = problem_from_dict(json.loads(problem_to_json(problem)))
    assert again.constraints.groups == problem.constraints.groups
    assert again.constraints.budgets == problem.constraints.budgets


def test_attributes_that_json_lacks():
    """Dates and infinite numbers are written as text; used in a budget, they are refused as ever."""
    table = ChemistryTable(("a", "b"), [[0, 1], [1, 0]])
    attributes = pd.DataFrame(
        {"since": pd.to_datetime(["2024-01-01", "2025-01-01"]), "price": [1.0, np.inf]},
        index=["a", "b"],
    )
    problem = ChemistryProblem(table, attributes=attributes)
    again = problem_from_dict(json.loads(problem_to_json(problem)))
    assert again.constraints.table.loc["b"].to_dict() == {
        "since": "2025-01-01 00:00:00",
        "price": "inf",
    }
    with pytest.raises(InputError, match="not a number"):
        again.with_options(budgets=["price<=3"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"attribute": "price"}, "lacks a field"),
        ({"attribute": "price", "limt": 3}, "is 'limit' meant"),
        ({"attribute": "price", "limit": "3"}, "must be a finite number"),
    ],
)
def test_bad_fields(fields, message):
    """Fields of a budget are checked as its text is."""
    table = ChemistryTable(("a", "b"), [[0, 1], [1, 0]])
    with pytest.raises(InputError, match=message):
        ChemistryProblem(table, budgets=[fields], attributes={"a": {"price": 1}, "b": {"price": 1}})
