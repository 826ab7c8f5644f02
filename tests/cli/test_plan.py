"""`chemopt next-evaluations`: formats, prices, new models, bad input."""

import json

import pandas as pd
import pytest
from conftest import ROOT

from chemopt import load_outcomes
from chemopt.cli.main import main
from chemopt.selection.plan.next_evaluations import next_evaluations

GAPS = str(ROOT / "instances" / "example_gaps.csv")
PRICES = str(ROOT / "instances" / "example_models.csv")


@pytest.fixture
def path(tmp_path):
    """A long table in which cyd has no outcome, and q3 none either."""
    frame = pd.DataFrame(
        {
            "model": ["ada", "bea", "ada", "bea", "ada", "cyd"],
            "item": ["q1", "q1", "q2", "q2", "q3", "q1"],
            "correct": [1, 0, 0, None, None, None],
        }
    )
    frame.to_csv(tmp_path / "o.csv", index=False)
    (tmp_path / "p.csv").write_text("model,price\nada,2\nbea,1\ncyd,0.5\ndot,0.25\n")
    (tmp_path / "no.csv").write_text("model,cost\nada,2\n")
    (tmp_path / "bad.csv").write_text("model,price\nada,dear\nbea,1\ncyd,1\n")
    return tmp_path


def test_json_says_what_python_says(capsys):
    """All of it, and in the order of asking."""
    words = [
        "next-evaluations",
        GAPS,
        "--calls",
        "500",
        "--size",
        "4",
        "--method",
        "race",
        "--seed",
        "3",
    ]
    assert main([*words, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    plan = next_evaluations(load_outcomes(GAPS, missing="keep"), 500, size=4, method="race", seed=3)
    assert data == plan.to_dict()
    assert set(data) == {"calls", "expected", "method", "seed"}
    assert set(data["calls"][0]) == {"model", "task", "item", "reason"}


def test_formats_and_files(path, capsys):
    """A table with a summary, CSV, a file."""
    given = ["next-evaluations", str(path / "o.csv"), "--size", "2", "--explore", "0"]
    assert main([*given, "--calls", "9"]) == 0
    out = capsys.readouterr().out
    assert "'ada' is the best model so far" in out
    assert main([*given, "--calls", "9", "--format", "csv", "-o", str(path / "out.csv")]) == 0
    asked = pd.read_csv(path / "out.csv")
    assert asked[["model", "item"]].to_numpy().tolist() == [
        ["bea", "q2"], ["cyd", "q2"], ["ada", "q3"]
    ]  # fmt: skip
    assert main([*given, "--calls", "0"]) == 0
    captured = capsys.readouterr()
    assert "no call is left to make" in captured.err


def test_prices_and_new_models(path, capsys):
    """Costs are told, and kept within the budget; a new model is asked, too."""
    words = ["next-evaluations", str(path / "o.csv"), "--size", "2", "--explore", "0", "--max-cost", "1.8",
             "--prices", str(path / "p.csv"), "--new-model", "dot", "--format", "json"]  # fmt: skip
    assert main(words) == 0
    data = json.loads(capsys.readouterr().out)
    assert [(call["model"], call["cost"]) for call in data["calls"]] == [
        ("bea", 1), ("cyd", 0.5), ("dot", 0.25)
    ]  # fmt: skip
    assert data["expected"]["cost"] == 1.75


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "needs calls or a largest cost"),
        (["--calls", "many"], "not a whole number"),
        (["--calls", "-1"], "calls must be a whole number"),
        (["--calls", "3", "--size", "9"], "size must be a whole number from 2 to 3"),
        (["--calls", "3", "--method", "greedy"], "invalid choice"),
        (["--calls", "3", "--missing", "wrong"], "unrecognized arguments"),
        (["--max-cost", "3"], "max_cost needs prices"),
        (["--max-cost", "3", "--prices", "nowhere.csv"], "nowhere.csv"),
        (["--max-cost", "3", "--prices", "{no.csv}"], "the column 'price' is missing"),
        (["--max-cost", "3", "--prices", "{bad.csv}"], "attribute 'price' of 'ada' is 'dear'"),
        (
            ["--max-cost", "3", "--prices", "{p.csv}", "--new-model", "eve"],
            "there is none of 'eve'",
        ),
        (["--calls", "3", "--new-model", "ada"], "is there already"),
        (["--calls", "3", "--best", "cyd"], "has no outcome yet"),
        (["--calls", "3", "--task", "x"], "there is no column task"),
        (["--calls", "3", "-o", "none/there.json"], "does not exist"),
    ],
)
def test_bad_words(path, capsys, words, message):
    """Bad usage is one line and exit code 2."""
    words = [str(path / word[1:-1]) if word.startswith("{") else word for word in words]
    assert main(["next-evaluations", str(path / "o.csv"), *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.strip().count("\n") == 0, err
