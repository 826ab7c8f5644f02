"""`backtest`: selectors on items that they did not choose from, resumable and repeatable."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

import chemopt.selection.backtest
from chemopt import InputError, backtest, load_outcomes, select
from chemopt.cli.main import main
from chemopt.errors import Interrupted
from chemopt.evidence.intervals import split_interval
from chemopt.execution.store import Store
from chemopt.outcomes.generate import generate_outcomes
from chemopt.outcomes.outcomes import Outcomes
from chemopt.selection.selectors import SELECTORS, parse_selector


@pytest.fixture(scope="module")
def outcomes():
    return load_outcomes(generate_outcomes(models=7, items=120, seed=4))


def test_every_selector(outcomes):
    """Each selector has members of the size, and its values lie between 0 and 1."""
    names = list(SELECTORS)
    found = backtest(outcomes, names, ["coverage", "vote"], [2], splits=2)
    frame = found.results
    assert len(frame) == 2 * 2 * len(names)
    assert frame[["value", "train_value", "accuracy"]].to_numpy().min() >= 0
    assert frame[["value", "train_value", "accuracy"]].to_numpy().max() <= 1
    members = frame.set_index("selector")["models"].map(len)
    assert set(members.drop(["best-model", "greedy-vote"])) == {2}
    assert set(members["best-model"]) == {1}
    summary = found.summary().set_index(["objective", "selector"])
    assert summary.loc[("coverage", "top-k"), "difference"] == 0
    exact = frame[(frame["objective"] == "coverage") & (frame["selector"] == "exact")]
    others = frame[(frame["objective"] == "coverage")].groupby("split")["train_value"].max()
    assert exact.set_index("split")["train_value"].to_list() == pytest.approx(others.to_list())


def test_values_are_those_of_the_items(outcomes):
    """Training and test items are apart, and values are recomputed from them."""
    found = backtest(outcomes, ["top-k"], sizes=[3], splits=3, seed=5)
    for row in found.results.to_dict("records"):
        order = np.random.default_rng([5, row["split"]]).permutation(len(outcomes))
        train, test = outcomes.take_items(order[:60]), outcomes.take_items(order[60:])
        members = list(row["models"])
        best = sorted(train.accuracy.sort_values(ascending=False, kind="stable").index[:3])
        assert train.accuracy[members].sum() == pytest.approx(train.accuracy[best].sum())
        assert row["value"] == pytest.approx(test.coverage(members))
        assert row["train_value"] == pytest.approx(train.coverage(members))


def test_learning_curve(outcomes):
    """More training items include the fewer ones, and the curve says how many are enough."""
    found = backtest(outcomes, ["top-k", "shrunk"], sizes=[2], splits=2, train_items=[10, 40, 80])
    assert sorted(found.results["train_items"].unique()) == [10, 40, 80]
    enough = found.enough_items()
    assert set(enough["selector"]) == {"top-k", "shrunk"}
    assert enough["items"].isin([10, 40, 80]).all()
    means = found.summary().set_index(["selector", "train_items"])["mean"]
    for row in enough.to_dict("records"):
        assert row["best"] == pytest.approx(means[row["selector"], 80])
        assert means[row["selector"], row["items"]] >= row["best"] - 0.005


def test_resumes(outcomes, tmp_path, monkeypatch):
    """What the store holds is not computed again; results of other data are not taken for it."""
    made = []
    choose = chemopt.selection.backtest.select_members

    def counted(selector, task):
        made.append(selector)
        return choose(selector, task)

    monkeypatch.setattr(chemopt.selection.backtest, "select_members", counted)
    options = {"sizes": [2], "splits": 2, "store": tmp_path / "runs"}
    first = backtest(outcomes, ["top-k"], **options)
    again = backtest(outcomes, ["top-k", "greedy"], **options)
    assert made == ["top-k", "top-k", "greedy", "greedy"]
    mine = again.results[again.results["selector"] == "top-k"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, first.results)
    fewer = outcomes.take_items(np.arange(100))
    backtest(fewer, ["top-k"], **options)
    assert len(made) == 6


def test_interrupted_or_out_of_time_there_is_what_was_done(outcomes):
    """Ctrl-C comes with the rows so far, a time limit returns them; both say that some miss."""

    def interrupt(done, total):
        if done == 3:
            raise KeyboardInterrupt

    options = {"sizes": [2], "splits": 4}
    whole = backtest(outcomes, ["top-k", "greedy"], **options).results
    assert "partial" not in whole.attrs
    with pytest.raises(Interrupted, match="partial: interrupted after 3 of 8 runs") as caught:
        backtest(outcomes, ["top-k", "greedy"], progress=interrupt, **options)
    rows = caught.value.result.results
    columns = ["split", "selector", "value", "models"]
    pd.testing.assert_frame_equal(rows[columns], whole[columns][:3])
    late = backtest(outcomes, ["top-k"], time_limit=1e-6, sizes=[2], splits=500).results
    assert late.attrs["partial"].startswith("partial: the time limit ended it after ")
    assert len(late) < 500
    with pytest.raises(InputError, match="time_limit"):
        backtest(outcomes, ["top-k"], time_limit=-1)


@pytest.mark.slow
def test_the_same_in_processes(outcomes):
    """Rows are in the same order, whoever was first."""
    names = ["random", "shrunk"]
    frames = [
        backtest(outcomes, names, sizes=[2], splits=3, executor=executor).results
        for executor in ("serial", "processes")
    ]
    pd.testing.assert_frame_equal(*(frame.drop(columns="seconds") for frame in frames))


def test_same_seed_same_results(outcomes):
    """A seed decides splits and draws."""
    names = ["random", "shrunk"]
    one, two = (backtest(outcomes, names, sizes=[2], splits=3, seed=7).results for _ in range(2))
    pd.testing.assert_frame_equal(one.drop(columns="seconds"), two.drop(columns="seconds"))
    other = backtest(outcomes, names, sizes=[2], splits=3, seed=8).results
    assert (one["value"] != other["value"]).any()


def test_constraints_hold_for_all(outcomes):
    """Every selector keeps to the constraints."""
    first = outcomes.models[0]
    names = [name for name in SELECTORS if name != "best-model"]
    found = backtest(outcomes, names, sizes=[2], splits=2, exclude=[first])
    assert not any(first in models for models in found.results["models"])
    attributes = {m: {"price": 1 + k} for k, m in enumerate(outcomes.models)}
    budget = {"budgets": ["price<=5"], "attributes": attributes}
    names = ["top-k", "random", "greedy", "exact", "shrunk", "chemistry", "vote"]
    found = backtest(outcomes, names, sizes=[2], splits=2, **budget)
    for models in found.results["models"]:
        assert sum(attributes[m]["price"] for m in models) <= 5


def test_interval_formula():
    """Half splits have the variance (1/J + 1) s², with Student's quantile."""
    values = np.array([0.01, 0.03, 0.02, 0.04, 0.0])
    found = split_interval(values, 0.5)
    reach = 2.7764451 * np.sqrt((1 / 5 + 1) * values.var(ddof=1))
    assert found.mean == pytest.approx(0.02)
    assert found.high - found.mean == pytest.approx(reach)


BAD = {
    "outcomes": ({"outcomes": 3}, "backtest needs Outcomes, not an int"),
    "selector": ({"selectors": ["best"]}, "unknown selector 'best'"),
    "selectors": ({"selectors": "exact"}, "selectors must be a list"),
    "no selector": ({"selectors": []}, "selectors must be a list of at least one value"),
    "option": ({"selectors": ["chemistry:gamma=1"]}, "unknown option of selector 'chemistry' 'gamma'"),
    "value": ({"selectors": ["chemistry:alpha=high"]}, "'high' is not a number"),
    "weights of a vote": ({"selectors": ["vote:weights=some"]}, "weights are equal or log-odds"),
    "strength": ({"selectors": ["shrunk:m=-4"]}, "m must be a number ≥ 0"),
    "objective": ({"objectives": ["speed"]}, "objective must be one of coverage, vote"),
    "size": ({"sizes": [0]}, "sizes must be a whole number from 1 to 7"),
    "large size": ({"sizes": [8]}, "sizes must be a whole number from 1 to 7"),
    "splits": ({"splits": 1}, "splits must be a whole number ≥ 2"),
    "train": ({"train_items": 120}, "train_items must be a whole number from 1 to 119"),
    "trains": ({"train_items": []}, "train_items must be a list"),
    "weights": ({"weights": "best"}, "weights must be one of"),
    "test items": ({"test_items": 0}, "test_items must be a whole number ≥ 1"),
    "negative test items": ({"test_items": -5}, "test_items must be a whole number ≥ 1"),
    "no options": ({"selectors": ["exact:m=1"]}, "selector 'exact' has no options"),
    "alpha": ({"selectors": ["chemistry:alpha=2"]}, "alpha must be a number in"),
    "selector kind": ({"selectors": [["exact"]]}, "selectors must be names"),
    "constraint kind": ({"constraints": {"require": ["model-1"]}}, "constraints must be Constraints"),
    "constraint name": ({"exlude": []}, "unknown option of backtest 'exlude'; is 'exclude' meant"),
    "greedy vote": ({"selectors": ["greedy-vote"], "require": ["model-1"]}, "knows no constraints"),
    "seed": ({"seed": 1.5}, "seed must be a whole number"),
    "size constraint": ({"size": 3}, r"backtest takes sizes=\[…\]"),
    "constraint": ({"require": ["zed"]}, "unknown model 'zed'"),
    "infeasible": ({"exclude": [f"model-{k}" for k in range(1, 7)]}, "has no ensemble of 2 models"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_options(outcomes, case):
    """Each error says what is wrong."""
    changes, message = BAD[case]
    options = {"outcomes": outcomes, "selectors": ["top-k"], "sizes": [2], "splits": 2, **changes}
    with pytest.raises(InputError, match=message):
        backtest(options.pop("outcomes"), options.pop("selectors"), **options)


def test_few_items():
    """Items that cannot be split are too few."""
    tiny = Outcomes(("a", "b"), pd.RangeIndex(3), np.eye(3)[:, :2])
    with pytest.raises(InputError, match="at least 4 items"):
        backtest(tiny, sizes=[1])


def test_bad_store(outcomes, tmp_path):
    """A file is no store, and a store of something else is refused."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        backtest(outcomes, ["top-k"], store=tmp_path / "file")
    Store(tmp_path, "study").close()
    with pytest.raises(InputError, match="a store of a study, not of a backtest"):
        backtest(outcomes, ["top-k"], store=tmp_path)


def test_selector_names():
    """Options of selectors are read from their names."""
    assert parse_selector("shrunk:m=100") == ("shrunk", {"m": "100"})
    assert parse_selector("chemistry:alpha=0.2, empty_cost=none")[1]["empty_cost"] == "none"
    with pytest.raises(InputError, match="a selector is a name"):
        parse_selector(3)


def test_command_and_plots(tmp_path, capsys):
    """The command prints means, differences and how many items are enough, and draws."""
    path, plot = tmp_path / "outcomes.csv", tmp_path / "curve.png"
    generate_outcomes(models=5, items=60, seed=1).to_csv(path, index=False)
    words = ["backtest", str(path), "--selector", "top-k", "--selector", "greedy", "--sizes", "2,3",
             "--splits", "2"]  # fmt: skip
    assert main([*words, "--train-items", "10,30", "--plot", str(plot)]) == 0
    out = capsys.readouterr().out
    assert "items that are enough" in out
    assert plot.stat().st_size > 1000
    assert main([*words, "--objective", "coverage,vote", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {"summary", "results"} <= set(data)
    assert {row["objective"] for row in data["summary"]} == {"coverage", "vote"}
    assert main([*words, "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith("split,train_items")
    assert main([*words, "--objective", "speed"]) == 2
    assert "objective must be one of" in capsys.readouterr().err


def cell(row):
    """Write a difference in points as the page on outcomes does."""
    half = 100 * (row["high"] - row["low"]) / 2
    return f"{100 * row['difference']:+.1f} ± {half:.1f}".replace("-", "−")


@pytest.mark.slow
def test_page_on_outcomes(shared):
    """The page shows what `backtest` says: a row of each of its tables."""
    folder = shared / "data" / "outcomes"
    page = (ROOT / "docs" / "outcomes.md").read_text(encoding="utf-8")
    names = ["top-k", "greedy", "exact", "shrunk", "chemistry", "published", "random"]
    chembench = load_outcomes(folder / "chembench.csv.gz")
    rows = backtest(chembench, names, sizes=[5]).summary().set_index("selector")
    cells = " | ".join(cell(rows.loc[name]) for name in names[1:])
    assert f"| ChemBench | 2,854 × 22 | {100 * rows.loc['top-k', 'mean']:.1f} | {cells} |" in page
    crux = load_outcomes(folder / "zeroeval.csv.gz", task="crux", min_answered=0.9)
    names = ["best-model", "top-k", "vote", "greedy-vote"]
    votes = backtest(crux, names, ["vote"], [3, 5]).summary(versus="best-model")
    rows = votes.set_index(["selector", "size"])
    cells = " | ".join(cell(rows.loc[name, size]) for size in (3, 5) for name in names[1:])
    assert f"| CRUX | {100 * rows.loc[('best-model', 3), 'mean']:.1f} | {cells} |" in page


@pytest.mark.slow
def test_published_findings(shared):
    """Findings 2 and 4 of the study come out: coverage pays on ChemBench, votes of top-k on MATH."""
    folder = shared / "data" / "outcomes"
    chembench = load_outcomes(folder / "chembench.csv.gz")
    found = backtest(chembench, ["top-k", "greedy", "exact"], sizes=[5], splits=50).summary()
    rows = found.set_index("selector")
    assert rows.loc["greedy", "difference"] == pytest.approx(0.039, abs=0.015)
    assert rows.loc["greedy", "low"] > 0
    assert abs(rows.loc["exact", "mean"] - rows.loc["greedy", "mean"]) < 0.01
    maths = load_outcomes(folder / "zeroeval.csv.gz", task="math-l5", min_answered=0.9)
    votes = backtest(maths, ["best-model", "top-k"], ["vote"], [3, 5], splits=50)
    by_size = votes.summary(versus="best-model").set_index(["selector", "size"])
    best = max(by_size.loc[("top-k", size), "difference"] for size in (3, 5))
    assert best == pytest.approx(0.023, abs=0.014)


def test_random_draws_anew_in_each_split(outcomes):
    """Random members differ from split to split, with constraints too."""
    found = backtest(outcomes, ["random"], sizes=[3], splits=8)
    assert found.results["models"].nunique() > 4
    first = outcomes.models[0]
    bound = backtest(outcomes, ["random"], sizes=[3], splits=8, exclude=[first])
    assert bound.results["models"].nunique() > 3


def test_random_members_meet_budgets_on_costs():
    """Mean costs of the outcomes bound random members, too."""
    frame = generate_outcomes(models=6, items=60, seed=2, cost=True)
    costly = load_outcomes(frame)
    limit = float(costly.attributes()["cost"].median()) * 2
    options = {"budgets": [f"cost<={limit}"], "sizes": [2], "splits": 3}
    found = backtest(costly, ["random", "top-k", "exact", "chemistry"], **options)
    assert len(found.results) == 12


def test_summary_names_what_it_compares_with(outcomes):
    """Without top-k, differences are to the first selector, and the table says so."""
    found = backtest(outcomes, ["exact", "random"], sizes=[2], splits=2)
    assert set(found.summary()["versus"]) == {"exact"}


def test_weights_are_refused_without_a_vote():
    """Weights of votes have no effect on coverage, in backtests and selections."""
    data = load_outcomes(generate_outcomes(models=4, items=20))
    for function in (backtest, select):
        with pytest.raises(InputError, match="weights 'equal' are of votes"):
            function(data, weights="equal")
