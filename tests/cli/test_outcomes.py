"""Every command that takes a history takes outcomes, with defaults that suit them."""

import json

import pytest

from chemopt import learn_profiles, load_outcomes
from chemopt.cli.main import main
from chemopt.outcomes.generate import generate_outcomes
from chemopt.outcomes.outcomes import CHEMISTRY_DEFAULTS, PROFILE_DEFAULTS


@pytest.fixture
def path(tmp_path):
    """Outcomes of seven models on two tasks."""
    file = tmp_path / "outcomes.csv"
    generate_outcomes(models=7, items=60, seed=3, tasks=2, cost=True).to_csv(file, index=False)
    return file


def run(capsys, *words):
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return captured.out


@pytest.mark.parametrize(
    "words",
    [
        ("profiles",),
        ("chemistry",),
        ("chemistry", "--details"),
        ("mig",),
        ("recommend", "--size", 3),
        ("recommend", "--size", 3, "--explain"),
        ("recommend", "--best", 3, "--size", 3),
        ("compare", "--method", "hill-climb,auto", "--size", 3),
        ("evaluate", "--ensemble", "model-1", "model-2"),
        ("breakpoints", "--size", 3),
        ("pareto-front", "--size", 3),
        ("stability", "--size", 3, "--resamples", 3),
        ("ablate",),
        ("diversity",),
        ("select", "--size", 2, "--repeats", 0),
        ("backtest", "--selector", "top-k", "--splits", 2),
    ],
    ids=lambda words: "-".join(map(str, words)),
)
def test_every_command(path, capsys, words):
    """The command runs on outcomes, with answers by itself or from the history they make."""
    command, *options = words
    assert run(capsys, command, path, *options)


def test_defaults_suit_outcomes(path, capsys):
    """Means without a floor, no empty set, a threshold of 0; and those that are given."""
    data = json.loads(run(capsys, "recommend", path, "--size", 3, "--format", "json"))
    settings = data["chemistry_settings"]
    assert settings["empty_cost"] is None
    assert settings["usage_threshold"] == 0
    profiles = json.loads(run(capsys, "profiles", path, "--format", "json"))
    assert (profiles["aggregate"], profiles["accuracy_floor"]) == ("mean", 0)
    means = load_outcomes(path).accuracy
    assert {m: row["accuracy"] for m, row in profiles["models"].items()} == pytest.approx(
        means.to_dict()
    )
    stated = ("--aggregate", "best", "--usage-threshold", "0.4", "--empty-cost", "1")
    words = ("recommend", path, "--size", 3, "--format", "json", *stated)
    given = json.loads(run(capsys, *words))["chemistry_settings"]
    assert (given["aggregate"], given["usage_threshold"], given["empty_cost"]) == ("best", 0.4, 1)


def test_items_beside_the_loss(path, capsys):
    """recommend and compare say what ensembles and baselines cover and how they vote."""
    data = json.loads(run(capsys, "recommend", path, "--size", 3, "--format", "json"))
    rows = {row["name"]: row for row in data["baselines"]}
    assert list(rows) == ["ensemble", "top-k", "best model", "random (mean)", "oracle"]
    outcomes = load_outcomes(path)
    assert rows["ensemble"]["coverage"] == pytest.approx(outcomes.coverage(data["models"]))
    assert rows["oracle"]["coverage"] >= max(rows[k]["coverage"] for k in ("ensemble", "top-k"))
    assert rows["best model"]["vote"] == pytest.approx(outcomes.accuracy.max())
    words = ("compare", path, "--size", 3, "--method", "hill-climb,random,performance")
    frame = json.loads(run(capsys, *words, "--format", "json"))
    for row in frame:
        assert row["coverage"] == pytest.approx(outcomes.coverage(row["models"]))
        assert 0 <= row["vote"] <= 1
    assert "oracle" in run(capsys, *words)


def test_tasks_and_costs(path, capsys):
    """A task leaves its items, and mean costs bound an ensemble."""
    data = json.loads(run(capsys, "profiles", path, "--task", "task-2", "--format", "json"))
    assert {row["count"] for row in data["models"].values()} == {60}
    costs = load_outcomes(path).attributes()["cost"]
    limit = float(costs.sort_values().iloc[:2].sum()) * 1.01
    words = ("recommend", path, "--size", 2, "--budget", f"cost<={limit}", "--format", "json")
    chosen = json.loads(run(capsys, *words))["models"]
    assert costs[chosen].sum() <= limit


def test_options_that_do_not_apply(path, capsys, tmp_path):
    """Options of histories are refused for outcomes, and the other way round."""
    history = tmp_path / "history.csv"
    history.write_text("trial,model,task,quality,accuracy\nt,a,x,5,0.5\nt,b,x,5,0.5\n")
    for words, message in [
        (("recommend", path, "--ground-truth", "no"), "--ground-truth applies to histories only"),
        (("recommend", history, "--missing", "wrong"), "--missing applies to outcomes only"),
        (("profiles", path, "--task", "task-9"), "there is no task 'task-9'"),
        (("profiles", path, "--columns", "model=name"), "no column 'name' for 'model'"),
        (("profiles", path, "--min-answered", "2"), "min_answered must be a number in"),
    ]:
        assert main([str(word) for word in words]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert message in captured.err


def test_python_defaults():
    """The defaults for outcomes are named, for use in Python."""
    outcomes = load_outcomes(generate_outcomes(models=4, items=30, seed=1))
    profiles = learn_profiles(outcomes.to_history(), **PROFILE_DEFAULTS)
    assert profiles.frame["accuracy"].to_dict() == pytest.approx(outcomes.accuracy.to_dict())
    assert CHEMISTRY_DEFAULTS == {"empty_cost": None, "usage_threshold": 0.0}
