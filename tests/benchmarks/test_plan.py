"""The benchmark of plans: equal calls, the same splits, figures of real outcomes."""

import json

import numpy as np
import pytest

from benchmarks.commands import plan
from benchmarks.outcome_files import outcomes_of_folder
from chemopt import load_outcomes
from chemopt.cli.program import run_command
from chemopt.outcomes.generate import generate_outcomes


def bench(*words):
    return run_command("bench", "", (plan,), ["plan", *words])


@pytest.fixture(scope="module")
def results():
    tables = [(f"t{k}", load_outcomes(generate_outcomes(8, 200, seed=k))) for k in (1, 2)]
    return plan.measure(tables, items=[20], sizes=[2], splits=3)


def test_runs(results):
    """Every way makes no more calls than all models on this many items, and plans use more items."""
    assert len(results) == 2 * 3 * len(plan.WAYS)
    assert (results["calls"] <= 20 * 8).all()
    assert set(results["models"].str.split(", ").map(len)) == {2}
    used = results.groupby("way")["used"].min()
    assert used[plan.REFERENCE] == 20
    assert used["failure"] > 20
    assert (results["value"].between(0, 1)).all()


def test_summary(results):
    """The mean over tables is that of their gains; the reference gains nothing over itself."""
    gains = plan.summary(results).set_index(["way", "data"])
    assert (gains.loc[plan.REFERENCE, "gain"] == 0).all()
    for way in plan.WAYS:
        of = gains.loc[way]
        assert of.loc["mean", "gain"] == pytest.approx(of.loc[["t1", "t2"], "gain"].mean())
        assert of.loc["mean", "low"] <= of.loc["mean", "gain"] <= of.loc["mean", "high"]
        assert of.loc["mean", "error"] <= of.loc[["t1", "t2"], "error"].max()


def test_command(tmp_path, capsys):
    """A table, or JSON with the machine; bad options are errors of one line."""
    generate_outcomes(6, 80).to_csv(tmp_path / "a.csv.gz", index=False)
    small = ("--data", str(tmp_path), "--items", "10", "--sizes", "2", "--splits", "2")
    assert bench(*small) == 0
    assert "failure" in capsys.readouterr().out
    assert bench(*small, "--ways", f"{plan.REFERENCE};race", "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert len(data["runs"]) == 4
    assert set(data["gains"][0]) >= {"way", "gain", "low", "high", "error"}
    for words in (("--ways", "none"), ("--sizes", "0"), ("--data", "/nowhere"), ("--splits", "1"),
                  ("--explore", "2"), ("--items", "1"), ("--ways", "race")):  # fmt: skip
        assert bench(*small, *words) == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1, err


@pytest.mark.slow
def test_figures_of_the_page(shared):
    """A few splits tell the story of docs/planning.md: a small gain, from more items."""
    tables = list(outcomes_of_folder(shared / "data" / "outcomes", 0.9))
    ways = [plan.REFERENCE, "failure", "race"]
    results = plan.measure(tables, items=[100], sizes=[3], splits=10, ways=ways)
    gains = plan.summary(results).set_index(["way", "data"])
    for way in ways[1:]:
        found = gains.loc[(way, "mean")]
        assert 0 < found["gain"] < 0.012
        assert found["used"] > 250
    assert np.isclose(gains.loc[(plan.REFERENCE, "mean"), "used"], 100)
