"""Baselines of `select`, `recommend`, `backtest` and `cascade`: the same ones, and no clock."""

import itertools
import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, side_constraints

from chemopt import ChemistryProblem, Constraints, Status, backtest, cascade, load_outcomes, select
from chemopt.analysis.baselines import baselines
from chemopt.chemistry.compute import compute_chemistry
from chemopt.cli.output import baselines_text
from chemopt.outcomes.outcomes import CHEMISTRY_DEFAULTS, PROFILE_DEFAULTS
from chemopt.outcomes.votes import vote
from chemopt.problem import baselines as under_constraints
from chemopt.problem.baselines import single_models
from chemopt.profiles.profiles import learn_profiles
from chemopt.selection import baselines as of_outcomes
from chemopt.selection.baselines import outcome_baselines
from chemopt.selection.procedure import problem_of

NAMES = ("ace", "bob", "cyd", "dan", "eve", "fay")
QUICK = {"shrink": None, "repeats": 0}


def team(items=300, seed=0):
    """Draw a pool in which ace is the best model, then bob; the others fall behind."""
    chances = np.array([0.85, 0.72, 0.6, 0.42, 0.38, 0.34])
    right = np.random.default_rng(seed).random((items, 6)) < chances
    return load_outcomes(pd.DataFrame(right.astype(int), columns=list(NAMES)))


TEAM = team()
ATTRIBUTES = pd.DataFrame(
    {"price": [4.0, 3.0, 1.0, 1.0, 1.0, 1.0], "maker": list("xyyzzz")}, index=list(NAMES)
)
KINDS = {
    "none": ({}, "ace"),
    "required": ({"require": ["dan", "eve"]}, "ace"),
    "excluded": ({"exclude": ["ace"]}, "bob"),
    "budget": ({"budgets": ["price<=3.5"]}, "bob"),
    "group": ({"groups": ["maker=x<=0"]}, "bob"),
    "fewest of a group": ({"groups": ["maker=z>=2"]}, "ace"),
    "apart": ({"apart": [("ace", "bob")]}, "ace"),
    "together": ({"together": [("ace", "bob")]}, "ace"),
    "forbidden": ({"forbid": [["ace"]]}, "bob"),
    "several": (
        {"together": [("ace", "cyd")], "budgets": ["price<=6"], "forbid": [["ace"], ["bob"]]},
        "cyd",
    ),
}  # fmt: skip


def problem_of_team(**options):
    """Put the problem of `recommend` on the same items."""
    profiles = learn_profiles(TEAM.to_history(), **PROFILE_DEFAULTS)
    table = compute_chemistry(profiles, **CHEMISTRY_DEFAULTS)
    return ChemistryProblem(table, profiles=profiles, outcomes=TEAM, m_inter="total", **options)


@pytest.mark.parametrize("kind", KINDS)
def test_one_best_model_everywhere(kind):
    """Whoever compares with the best model compares with the same one."""
    options, best = KINDS[kind]
    options = {"attributes": ATTRIBUTES, **options}
    chosen = select(TEAM, size=3, **options, **QUICK)
    rows = chosen.baselines.set_index("name")
    assert rows.loc["best model", "models"] == (best,)
    problem = problem_of_team(size=3, **options)
    assert baselines(problem, chosen.models).set_index("name").loc["best model", "models"] == (
        best,
    )
    profiled = problem.with_options(outcomes=None)
    by_profiles = baselines(profiled, chosen.models).set_index("name")
    assert by_profiles.loc["best model", "models"] == (best,)
    assert by_profiles.loc["top-k", "models"] == rows.loc["top-k", "models"]
    tested = backtest(TEAM, ["best-model"], sizes=[3], splits=2, **options)
    assert set(tested.results["models"]) == {(best,)}
    found = cascade(TEAM, dict.fromkeys(NAMES, 1.0), repeats=0, **options)
    assert found.baselines.set_index("name").loc["best model", "order"] == (best,)
    assert found.target == pytest.approx(TEAM.accuracy[best])
    assert not any("best model" in warning for warning in found.warnings)


@pytest.mark.parametrize("objective", ["coverage", "vote"])
def test_together_and_required_are_judged_alike(objective):
    """Two ways of keeping a pair are compared with the same, where the ensemble is the same."""
    answers = [
        select(
            TEAM,
            objective,
            size=3,
            repeats=1,
            **({} if objective == "vote" else {"shrink": None}),
            **option,
        )
        for option in ({"together": [("ace", "bob")]}, {"require": ["ace", "bob"]})
    ]
    one, two = answers
    assert one.models == two.models
    assert one.versus_best_model.to_dict() == two.versus_best_model.to_dict()
    assert one.versus_top_k.to_dict() == two.versus_top_k.to_dict()
    assert one.verdict.sentence == two.verdict.sentence
    best = [found.baselines.set_index("name").loc["best model", "models"] for found in answers]
    assert best == [("ace",), ("ace",)]


def test_no_model_may_be_asked_alone():
    """Where each is forbidden by itself, there is no best model, and nothing fails."""
    options = {"forbid": [[name] for name in NAMES]}
    found = select(TEAM, size=2, repeats=1, shrink=None, **options)
    assert "best model" not in set(found.baselines["name"])
    assert np.isnan(found.versus_best_model.mean)
    priced = cascade(TEAM, dict.fromkeys(NAMES, 1.0), max_cost=2.0, repeats=1, **options)
    assert "best model" not in set(priced.baselines["name"])
    with pytest.raises(ValueError, match="the constraints leave none"):
        cascade(TEAM, dict.fromkeys(NAMES, 1.0), **options)


@given(st.data())
@examples(40)
def test_rows(data):
    """By enumeration: top-k is the most accurate feasible ensemble, the oracle the best of all."""
    right = data.draw(
        st.lists(st.lists(st.integers(0, 1), min_size=5, max_size=5), min_size=4, max_size=8)
    )
    outcomes = load_outcomes(pd.DataFrame(right, columns=list("abcde")))
    constraints = Constraints(**data.draw(side_constraints(outcomes.models)))
    size = data.draw(st.integers(1, 4))
    objective = data.draw(st.sampled_from(["coverage", "vote"]))
    problem = problem_of(outcomes, constraints.of_size(size), 0.0)
    possible = [
        X for X in itertools.combinations(outcomes.models, size)
        if all(row.is_met(problem.positions(X)) for row in problem.side_constraints)
    ]  # fmt: skip
    rows = outcome_baselines(outcomes, size, constraints, objective=objective).set_index("name")
    worth = {
        X: outcomes.coverage(X) if objective == "coverage" else vote(outcomes, X, "log-odds").value
        for X in possible
    }
    assert ("top-k" in rows.index) == ("oracle" in rows.index) == bool(possible)
    assert ("best model" in rows.index) == bool(single_models(problem))
    assert np.isnan(rows.loc["random (mean)", "coverage"]) == (not possible)
    if not possible:
        return
    accuracies = [outcomes.accuracy[list(X)].mean() for X in possible]
    assert rows.loc["top-k", "accuracy"] == pytest.approx(max(accuracies))
    assert rows.loc["oracle", objective] == pytest.approx(max(worth.values()))
    assert rows.loc["top-k", "proved"] is True
    assert rows.loc["oracle", "proved"] is True
    mean = rows.loc["random (mean)", objective]
    assert min(worth.values()) - 1e-9 <= mean <= max(worth.values()) + 1e-9


@pytest.mark.parametrize("size", [3, 6])
def test_no_oracle_is_below_the_ensemble(size):
    """The oracle of a vote is the best vote known, proved where all ensembles were compared."""
    found = select(TEAM, "vote", size=size, repeats=0)
    rows = found.baselines.set_index("name")
    assert rows.loc["oracle", "vote"] == rows["vote"].max() >= rows.loc["ensemble", "vote"]
    assert rows.loc["oracle", "proved"] is (found.status is Status.OPTIMAL)
    assert np.isnan(rows.loc["oracle", "coverage"])
    covered = select(TEAM, size=3, repeats=0).baselines.set_index("name")
    assert covered.loc["oracle", "coverage"] == covered["coverage"].max()
    assert np.isnan(covered.loc["oracle", "vote"])


def test_what_is_not_proved_is_told(monkeypatch):
    """Tables name it, JSON has it, and a warning says of how many splits it holds."""
    monkeypatch.setattr(of_outcomes, "_ORACLE_WORK", 0)
    monkeypatch.setattr(under_constraints.most_accurate, "__defaults__", ((), 1))
    right = np.random.default_rng(3).random((80, 12)) < np.linspace(0.3, 0.8, 12)
    outcomes = load_outcomes(pd.DataFrame(right.astype(int)).rename(columns="m{:02d}".format))
    prices = {m: {"price": float(k + k % 3)} for k, m in enumerate(outcomes.models)}
    found = select(outcomes, size=4, shrink=50, budgets=["price<=26"], attributes=prices, repeats=1)
    rows = {row["name"]: row for row in found.to_dict()["baselines"]}
    assert rows["top-k"]["proved"] is rows["oracle"]["proved"] is False
    assert rows["best model"]["proved"] is True
    text = baselines_text(found.baselines)
    assert "top-k (unproved)" in text
    assert "oracle (unproved)" in text
    assert any("of 5 splits the most accurate models are not proved" in w for w in found.warnings)
    assert rows["oracle"]["coverage"] >= rows["ensemble"]["coverage"]


def test_a_slow_machine_changes_nothing(monkeypatch):
    """With a clock on which every look takes an hour, baselines and estimates are the same."""
    options = {
        "size": 3,
        "budgets": ["price<=7"],
        "attributes": ATTRIBUTES,
        "shrink": 20,
        "repeats": 1,
    }
    quick = json.loads(select(TEAM, **options).to_json())
    hours = itertools.count(0, 3600)
    for clock in ("perf_counter", "monotonic"):
        monkeypatch.setattr(time, clock, lambda: next(hours))
    slow = json.loads(select(TEAM, **options).to_json())
    for answer in (quick, slow):
        del answer["runtime"], answer["timings"]
    assert slow == quick
    members = backtest(TEAM, ["top-k", "exact", "vote"], sizes=[2], splits=2).results["models"]
    monkeypatch.undo()
    assert list(members) == list(
        backtest(TEAM, ["top-k", "exact", "vote"], sizes=[2], splits=2).results["models"]
    )


def test_ties_are_told():
    """Ensembles that are as good by the objective are counted, and one of them is named."""
    right = pd.DataFrame(
        {"a": [1, 1, 1, 0, 0], "b": [0, 0, 0, 1, 0], "c": [0, 0, 0, 1, 0], "d": [0] * 5}
    )
    outcomes = load_outcomes(pd.concat([right] * 20))
    tied = select(outcomes, size=2, **QUICK)
    assert tied.models == ("a", "b")
    assert any(
        "1 ensemble that differs in one member is as good" in w and "a, c" in w
        for w in tied.warnings
    )
    votes = select(outcomes, "vote", size=1, repeats=0)
    assert not any("as good by this objective" in warning for warning in votes.warnings)
    forbidden = select(outcomes, size=2, forbid=[["a", "c"]], **QUICK)
    assert not any("as good by this objective" in warning for warning in forbidden.warnings)
