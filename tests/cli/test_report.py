"""``chemopt report`` reads what other commands read, and writes one page or one line."""

import io
import sys

import pandas as pd
import pytest

from chemopt import read_problem, report
from chemopt.cli.main import main
from chemopt.outcomes.generate import generate_outcomes


@pytest.fixture
def words(instances):
    """Report on the four models of the README."""
    return ["report", str(instances / "four_models.json"), "--beta-max", "0.5"]


@pytest.mark.slow
def test_the_page_is_that_of_python(words, instances, tmp_path, capsys):
    """The command line and Python have the same options and make the same page."""
    path = tmp_path / "report.html"
    assert main([*words, "--time-limit", "none", "-o", str(path)]) == 0
    assert capsys.readouterr() == ("", "")
    command = f"chemopt {' '.join(words)} --time-limit none -o {path}"
    found = report(read_problem(instances / "four_models.json"), beta_max=0.5, time_limit=None,
                   command=command)  # fmt: skip
    assert path.read_text(encoding="utf-8").rstrip("\n") == found.to_html().rstrip("\n")
    assert command in found.to_html()


@pytest.mark.slow
def test_outcomes_and_histories(instances, tmp_path):
    """Options for learning and for the problem reach the page, attributes too."""
    outcomes = tmp_path / "outcomes.csv"
    generate_outcomes(models=5, items=60, seed=1).to_csv(outcomes, index=False)
    names = sorted(pd.read_csv(outcomes)["model"].unique())
    prices = tmp_path / "prices.csv"
    pd.DataFrame({"model": names, "price": range(1, 6)}).to_csv(prices, index=False)
    path = tmp_path / "report.html"
    assert main(["report", str(outcomes), "--attributes", str(prices), "--size", "2",
                 "--budget", "price<=8", "--time-limit", "none", "-o", str(path)]) == 0  # fmt: skip
    text = path.read_text(encoding="utf-8")
    for heading in ("Backtest", "Cascades", "Stability", "Verdict:"):
        assert heading in text
    assert "price&lt;=8" in text
    assert main(["report", str(instances / "example_history.csv"), "--aggregate", "mean",
                 "--empty-cost", "none", "-o", str(path)]) == 0  # fmt: skip
    assert "profiles by aggregate mean" in path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_time_that_ran_out_is_told(instances, tmp_path, capsys):
    path = tmp_path / "report.html"
    words = ["report", str(instances / "random_40.json"), "--time-limit", "1", "-o", str(path)]
    assert main(words) == 0
    assert "time ran out in: " in capsys.readouterr().err
    assert "Unfinished:" in path.read_text(encoding="utf-8")


def test_an_infeasible_problem_has_a_page_and_exit_code_1(words, tmp_path, capsys):
    path = tmp_path / "report.html"
    wrong = ["--require", "ada", "--require", "bea", "--apart", "ada", "bea"]
    assert main([*words, *wrong, "-o", str(path)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert "There is no ensemble" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["-o", "/nowhere/report.html"], "the folder /nowhere does not exist"),
        (["-o", ""], "-o needs the name of a file"),
        (["--beta-max", "0"], "--beta-max must be a number"),
        (["--time-limit", "0"], "time_limit must be a number > 0"),
        (["--method", "tabu"], "invalid choice"),
        (["--seed", "-1"], "seed must be a whole number"),
        (["--alpha", "2"], "alpha must be a number"),
        (["--aggregate", "mean"], "--aggregate applies to histories only"),
        (["--require", "eve"], "eve"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(words, capsys, extra, message):
    assert main([*words, *extra]) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert message in err


def test_no_page_on_a_terminal(words, capsys, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    assert main(words) == 2
    assert "give a file with -o report.html" in capsys.readouterr().err


def test_without_jinja_it_says_what_to_install(words, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert main(words) == 1
    assert "pip install 'chemopt[report]'" in capsys.readouterr().err
