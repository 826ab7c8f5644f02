"""``chemopt import`` writes outcomes that all commands read, and commands read logs themselves."""

import json

import pandas as pd
import pytest
from conftest import ROOT

from chemopt import load_outcomes
from chemopt.cli.main import main

FIXTURES = ROOT / "tests" / "outcomes" / "fixtures"


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("form", ["lm-eval", "promptfoo", "routerbench", "auto"])
def test_what_is_written_is_read_again(tmp_path, capsys, ending, form):
    """The table has the outcomes of the logs, whichever way it is written."""
    folder = FIXTURES / ("helm" if form == "auto" else form)
    output = tmp_path / f"outcomes.{ending}"
    assert main(["import", form, str(folder), "-o", str(output)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1].endswith("outcomes of 2 models")
    read, direct = load_outcomes(output), load_outcomes(folder)
    assert read.to_frame().equals(direct.to_frame())
    assert (read.answers is None) == (direct.answers is None)
    for name in ("cost", "latency"):
        one, other = getattr(read, name), getattr(direct, name)
        assert (one is None) == (other is None)
        assert one is None or one == pytest.approx(other)


def test_costs_and_metrics(tmp_path, capsys):
    """Prices make costs, here as in every command that reads outcomes."""
    prices = tmp_path / "prices.csv"
    prices.write_text("model,input,output\nmockllm/ada,1,2\nmockllm/bea,3,9\n")
    folder = str(FIXTURES / "inspect" / "json")
    assert main(["import", "inspect", folder, "--prices", str(prices)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("input_tokens,output_tokens,cost")
    assert lines[1].startswith("mockllm/bea,facts,moon,1,1,")
    output = tmp_path / "base.csv"
    assert main(["import", "evalplus", str(FIXTURES / "evalplus"), "--metric", "base",
                 "-o", str(output)]) == 0  # fmt: skip
    assert pd.read_csv(output)["correct"].sum() == 4
    capsys.readouterr()
    command = ["select", folder, "--prices", str(prices), "--budget", "cost<=0.00002",
               "--repeats", "0", "--shrink", "none", "--format", "json"]  # fmt: skip
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["models"] == ["mockllm/ada"]


@pytest.mark.parametrize("command", ["diversity", "profiles", "recommend"])
@pytest.mark.parametrize("path", ["lm-eval", "promptfoo/results.json"])
def test_commands_read_logs(capsys, command, path):
    """Folders of logs, and JSON logs, are outcomes for other commands too."""
    assert main([command, str(FIXTURES / path)]) == 0
    assert "ada" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["helm", "lm-eval"], "no files of helm"),
        (["auto", "none"], "no such file or folder"),
        (
            ["lm-eval", "lm-eval", "-o", "o.xlsx"],
            "o.xlsx: outcomes are written as .csv or .parquet",
        ),
        (["lm-eval", "lm-eval", "--metric", "bleu"], "no metric 'bleu'; there are acc, acc_norm"),
        (["lm-eval", "lm-eval", "--prices", "none.csv"], "none.csv: no such file"),
    ],
)
def test_errors(monkeypatch, capsys, words, message):
    """One line on stderr, and exit code 2."""
    monkeypatch.chdir(FIXTURES)
    assert main(["import", *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_options_of_outcomes_on_a_history(histories, capsys):
    """A history has no prices."""
    assert main(["report", str(histories / "runs.csv"), "--prices", "p.csv", "-o", "r.html"]) == 2
    assert "--prices applies to outcomes only" in capsys.readouterr().err
