"""The benchmark of coverage: all methods on the same tables, synthetic or from files."""

import json

import pandas as pd
import pytest

from benchmarks.commands import coverage
from chemopt.cli.program import run_command
from chemopt.outcomes.generate import generate_outcomes


def bench(*words):
    return run_command("bench", "", (coverage,), ["coverage", *words])


@pytest.mark.parametrize("constrained", [False, True])
def test_exact_methods_agree(constrained):
    """The three exact methods prove the same value; heuristics prove nothing."""
    ((name, patterns),) = coverage.synthetic([12], [100], seed=0)
    problem = coverage.problem(patterns, 3, constrained, seed=0)
    frame = coverage.measure([(name, problem)], list(coverage.METHODS)).set_index("method")
    exact = frame.loc[["exact", "highs", "cp-sat"]]
    assert set(exact["status"]) == {"optimal"}
    assert exact["value"].nunique() == 1
    assert (exact["bound"] == exact["value"]).all()
    assert frame.loc["greedy", "status"] == "feasible"
    assert frame.loc["greedy", "value"] <= frame.loc["swap", "value"] <= exact["value"].max()


def test_command(capsys):
    """A table, or JSON with the machine; bad options are errors of one line."""
    small = ("--models", "8", "--items", "50", "--sizes", "2,9")
    assert bench(*small) == 0
    assert "synthetic 8 × 50" in capsys.readouterr().out
    assert bench(*small, "--methods", "greedy,swap", "--format", "json") == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 2
    for words in (("--methods", "none"), ("--sizes", "0"), ("--data", "/nowhere")):
        assert bench(*words) == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1, err


def test_files(tmp_path, capsys):
    """A file with the same models in all tasks is one table, else each task is one."""
    frame = generate_outcomes(5, 20, tasks=2)
    frame.to_csv(tmp_path / "same.csv.gz", index=False)
    fewer = frame[(frame["task"] == "task-1") | (frame["model"] != "model-1")]
    fewer.to_csv(tmp_path / "differ.csv.gz", index=False)
    assert (
        bench("--data", str(tmp_path), "--sizes", "2", "--methods", "greedy", "--format", "csv")
        == 0
    )
    (tmp_path / "out.csv").write_text(capsys.readouterr().out)
    found = pd.read_csv(tmp_path / "out.csv").set_index("instance")
    assert found["models"].to_dict() == {"differ task-1": 5, "differ task-2": 4, "same": 5}
    assert found["items"].to_dict() == {"differ task-1": 20, "differ task-2": 20, "same": 40}
