"""Use and slack of constraints, groups that look like budgets, and attributes of any table."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import problems

from chemopt import ChemistryProblem, ChemistryTable, InputError, recommend
from chemopt.problem.attributes import read_attributes
from chemopt.problem.instances import problem_from_dict, problem_to_json
from chemopt.problem.linear import constraint_use

TABLE = ChemistryTable(("a", "b", "c"), [[0, 1, 0.5], [1, 0, 0.25], [0.5, 0.25, 0]])
PRICES = {
    "a": {"price": 1.5, "by": "x"},
    "b": {"price": 1.25, "by": "x"},
    "c": {"price": 4, "by": "y"},
}


@given(problem=problems(), data=st.data())
def test_use_and_slack(problem, data):
    """The slack is below 0 where, and only where, a constraint is broken."""
    chosen = data.draw(st.lists(st.sampled_from(problem.models), unique=True))
    use = constraint_use(problem, chosen)
    rows = problem.side_constraints
    positions = problem.positions(chosen)
    assert list(use["constraint"]) == [row.name for row in rows]
    assert list(use["slack"] >= 0) == [row.is_met(positions) for row in rows]
    assert list(use["used"]) == [row.use(positions)[0] for row in rows]


def test_budgets_say_what_is_left():
    """In the DataFrame, in the JSON and in the text."""
    problem = ChemistryProblem(
        TABLE, m_inter="total", budgets=["price<=3"], groups=["by=x<=2"], attributes=PRICES
    )
    answer = recommend(problem)
    assert answer.models == ("a", "b")
    budget, group = json.loads(answer.to_json())["constraint_use"]
    assert budget == {
        "constraint": "budget price<=3", "used": 2.75, "low": None, "high": 3.0, "slack": 0.25
    }  # fmt: skip
    assert (group["used"], group["slack"]) == (2, 0)
    assert "budget price<=3: 2.75 used, 0.25 left" in answer.summary()
    none = recommend(problem.with_options(budgets=["price<=1"]))
    assert none.constraint_use.empty
    assert none.summary().count("infeasible") == 1


@pytest.mark.parametrize(
    ("column", "group", "warned"),
    [
        ([1.5, 1.25, 4], "n<=1", True),
        ([1, 2, 3], "n<=1", True),
        (["1", "2", "3"], "n<=1", True),
        ([1, 1, 2], "n<=1", False),
        ([True, False, True], "n<=1", False),
        (["x", "y", "z"], "n<=1", False),
        ([1.5, 1.25, 4], "n=1.5<=1", False),
        ([1.5, 1.25, 4], "n>=0", False),
    ],
)
def test_groups_that_look_like_budgets(column, group, warned):
    """A number of its own for each model is summed, not counted: a warning says how."""
    attributes = pd.DataFrame({"n": pd.Series(column, dtype=object)}).set_axis(TABLE.models)
    problem = ChemistryProblem(TABLE, groups=[group], attributes=attributes)
    told = [w for w in recommend(problem).warnings if "--budget 'n<=1'" in w]
    assert len(told) == warned


def test_a_group_of_half_a_model():
    """A bound that is no count points to budgets."""
    with pytest.raises(
        InputError, match=r"for a bound on a sum use a budget \(budgets=, --budget\)"
    ):
        ChemistryProblem(TABLE, groups=["price<=1.5"], attributes=PRICES)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_attributes_of_any_table(tmp_path, separator):
    """Commas, semicolons and tabs, with a byte order mark."""
    path = tmp_path / "models.csv"
    text = "model,price\na,1\nb,2\n".replace(",", separator)
    path.write_text(text, encoding="utf-8-sig")
    assert read_attributes(path)["price"].to_list() == ["1", "2"]


def test_attributes_of_excel(tmp_path):
    """A sheet, whose blank cells are missing values."""
    pytest.importorskip("openpyxl")
    path = tmp_path / "models.xlsx"
    pd.DataFrame({"model": ["a", "b"], "price": [1, None]}).to_excel(path, index=False)
    found = read_attributes(path)["price"]
    assert (found["a"], pd.isna(found["b"])) == (1, True)


def test_decimal_commas_get_a_hint(tmp_path):
    """As European spreadsheets write them."""
    path = tmp_path / "models.csv"
    path.write_text("model;price\na;1,5\nb;2\nc;3\n")
    with pytest.raises(InputError, match="'1,5', not a number; a decimal comma"):
        ChemistryProblem(TABLE, budgets=["price<=3"], attributes=read_attributes(path))


_NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
_VALUE = st.one_of(_NAME, st.integers(), st.floats(), st.booleans(), st.dates())
# What is in the texts of constraints, and in no name of an attribute.
_ATTRIBUTE = _NAME.filter(lambda t: not set(t) & set("=<>≤≥") and t == t.strip())


@given(
    names=st.lists(_NAME, min_size=3, max_size=3, unique_by=str.strip), attribute=_ATTRIBUTE,
    values=st.lists(_VALUE, min_size=3, max_size=3), spare=_VALUE, limit=st.floats(-1e9, 1e9),
)  # fmt: skip
def test_whatever_is_written_can_be_read(names, attribute, values, spare, limit):
    """Names, values and attributes with signs of their own, dates and infinite numbers."""
    try:
        problem = ChemistryProblem(
            ChemistryTable(tuple(names), np.ones((3, 3)) - np.eye(3)),
            attributes={
                name: {attribute: value, "spare": spare, "n": k}
                for k, (name, value) in enumerate(zip(names, values, strict=True))
            },
            groups=[{"attribute": attribute, "value": str(values[0]), "high": 1}],
            budgets=[{"attribute": "n", "limit": limit}],
            require=[names[0]], forbid=[names[:2]], apart=[names[1:]], name=names[0],
        )  # fmt: skip
    except InputError:
        return  # a value that is missing, say
    again = problem_from_dict(json.loads(problem_to_json(problem)))
    assert (again.models, again.constraints.groups, again.constraints.budgets) == (
        problem.models, problem.constraints.groups, problem.constraints.budgets
    )  # fmt: skip
    for one, other in zip(again.side_constraints, problem.side_constraints, strict=True):
        assert (one.name, one.low, one.high) == (other.name, other.low, other.high)
        assert (one.weights == other.weights).all()
