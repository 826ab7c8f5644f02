"""An option that has no effect is an error that says so, before any work."""

import json

import pytest

from chemopt import InputError
from chemopt.analysis.alternatives import best_moves, contributions
from chemopt.cli.main import main
from chemopt.history.generate import generate_history
from chemopt.outcomes.generate import generate_outcomes
from chemopt.problem.generate import generate_problem

IDLE = "has no effect here"
PRICES = ["--attributes", "prices.csv"]
NO_BUDGET = f"--attributes {IDLE}: it is for constraints on attributes, and no --budget or --group"
# What is read: O outcomes, H a history, I an instance. Each with what is said.
CASES = [
    # a weight that varies is not given
    (["phase-diagram", "H", "--alpha", "0.3"], "unrecognized arguments: --alpha"),
    (
        ["phase-diagram", "H", "--beta", "0.3"],
        "unrecognized arguments: --beta 0.3; is --beta-max meant",
    ),
    (["pareto-front", "H", "--alpha", "0.3"], "unrecognized arguments: --alpha"),
    (["pareto-front", "I", "--beta", "0.3"], "unrecognized arguments: --beta"),
    (["breakpoints", "H", "--alpha", "0.3"], f"--alpha {IDLE}: this weight varies"),
    (["breakpoints", "H", "--over", "beta", "--beta", "1"], f"--beta {IDLE}: this weight varies"),
    # attributes that nothing is about
    (["recommend", "H", *PRICES], NO_BUDGET),
    (["recommend", "I", *PRICES], NO_BUDGET),
    (["compare", "H", *PRICES], NO_BUDGET),
    (["stability", "H", *PRICES], NO_BUDGET),
    (["pareto-front", "H", *PRICES], NO_BUDGET),
    (["export", "H", *PRICES], NO_BUDGET),
    (["select", "O", *PRICES], NO_BUDGET),
    (["backtest", "O", *PRICES], NO_BUDGET),
    (["cascade", "O", *PRICES], "and no --budget or --group is given"),
    (["recommend", "O", "--prices", "prices.csv"], f"--prices {IDLE}"),
    (["select", "O", "--prices", "prices.csv"], f"--prices {IDLE}"),
    (["diversity", "O", "--prices", "prices.csv"], "unrecognized arguments: --prices"),
    (["profiles", "O", "--prices", "prices.csv"], "unrecognized arguments: --prices"),
    # what belongs to another objective, method or part of an answer
    (["select", "O", "--weights", "equal"], f"--weights {IDLE}: it is for --objective vote"),
    (["select", "O", "--objective", "vote", "--shrink", "9"], f"--shrink {IDLE}: a vote"),
    (["select", "O", "--objective", "vote", "--method", "auto"], f"--method {IDLE}: a vote"),
    (["select", "O", "--method", "highs", "--shrink", "cv"], f"--shrink {IDLE}: --method highs"),
    (["select", "O", "--folds", "3", "--repeats", "0"], f"--folds {IDLE}: --repeats 0"),
    (["cascade", "O", "--folds", "3", "--repeats", "0"], f"--folds {IDLE}: --repeats 0"),
    (["backtest", "O", "--weights", "equal"], f"--weights {IDLE}: it is for --objective vote"),
    (["review", "S", "--show", "items", "--confidence", "0.9"], "applies to --show answers only"),
    (
        ["next-evaluations", "G", "--calls", "3", "--method", "all", "--explore", "0.1"],
        f"--explore {IDLE}",
    ),
    (
        ["next-evaluations", "G", "--max-cost", "3", "--columns", "cost=price"],
        f"--columns cost=… {IDLE}: a plan",
    ),
    # of a study nothing is run
    (["study", "--store", "s", "--status", "--retries", "2"], f"--retries {IDLE}: --status and"),
    (["study", "--store", "s", "--export", "t.csv", "--workers", "2"], f"--workers {IDLE}"),
    (["study", "--store", "s", "--export", "t.csv", "-o", "u.csv"], f"--output {IDLE}: --export"),
    # files named as if something else were written
    (["report", "H", "-o", "r.pdf"], "-o r.pdf: HTML is written, not PDF"),
    (["recommend", "H", "-o", "r.xlsx"], "-o r.xlsx: a table of text is written, not XLSX"),
    (["recommend", "H", "--format", "json", "-o", "r.csv"], "-o r.csv: JSON is written, not CSV"),
    (["generate", "-o", "h.json"], "-o h.json: CSV is written, not JSON"),
    (["generate", "--kind", "uniform", "-o", "pool.csv"], "-o pool.csv: JSON is written, not CSV"),
    # values beyond what they mean
    (["generate", "--heterogeneity", "5"], "heterogeneity must be a number in [0, 1], not 5"),
    (["evaluate", "I", "--ensemble", "model-1", "model-1"], "'model-1' is given twice"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a history, outcomes, an instance and a table of prices."""
    folder = tmp_path_factory.mktemp("idle")
    generate_history(models=5, trials=20).to_csv(folder / "H.csv", index=False)
    generate_outcomes(4, 20, cost=True).to_csv(folder / "O.csv", index=False)
    generate_outcomes(4, 20).assign(price=1.0).to_csv(folder / "G.csv", index=False)
    (folder / "S.csv").write_text("item,reviewer,author,score\nq,x,y,7\nq,y,x,3\n")
    (folder / "prices.csv").write_text("model,price\nmodel-1,2\nmodel-2,1\n")
    assert main(["generate", "--kind", "uniform", "-o", str(folder / "I.json")]) == 0
    return folder


@pytest.mark.parametrize(("words", "message"), CASES, ids=lambda part: " ".join(part)[:60])
def test_options_without_effect(words, message, folder, monkeypatch, capsys):
    """Exit code 2, one line that names the option, and nothing is written."""
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    names = {"H": "H.csv", "O": "O.csv", "G": "G.csv", "S": "S.csv", "I": "I.json"}
    code = main([names.get(word, word) for word in words])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == before


def test_the_ending_of_a_file_says_its_form(folder, capsys):
    """Without ``--format`` a file .json or .csv holds JSON or CSV; any other a table."""
    words = ["recommend", str(folder / "I.json")]
    for name in ("found.json", "found.csv", "found.txt"):
        assert main([*words, "-o", str(folder / name)]) == 0
    assert json.loads((folder / "found.json").read_text())["models"]
    assert "verdict,models,size,method," in (folder / "found.csv").read_text()
    assert "loss" in (folder / "found.txt").read_text()


def test_attributes_that_are_used(folder):
    """An instance to write holds its attributes, whatever is asked of them later."""
    words = ["export", str(folder / "H.csv"), "--attributes", str(folder / "prices.csv")]
    assert main([*words, "-o", str(folder / "with-prices.json")]) == 0
    assert "price" in (folder / "with-prices.json").read_text()


def test_an_ensemble_has_each_model_once():
    """The same in Python."""
    problem = generate_problem(4)
    for function in (contributions, best_moves):
        with pytest.raises(InputError, match="'model-2' is given twice"):
            function(problem, ["model-2", "model-1", "model-2"])
