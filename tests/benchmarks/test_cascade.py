"""The benchmark of cascades: all methods on the same tables, each in a separate process."""

import json

from benchmarks.commands import cascade
from chemopt.cli.program import run_command


def bench(*words):
    return run_command("bench", "", (cascade,), ["cascade", *words])


def test_methods_agree():
    """The exact methods prove the same value; a pool that is too large is refused."""
    case = cascade.Case(5, 40)
    rows = [cascade._run(case, method, 20.0) for method in ("dp", "bb", "highs", "cp-sat")]
    assert {row["status"] for row in rows} == {"optimal"}
    assert len({row["coverage"] for row in rows}) == 1
    assert rows[0]["proved"] == rows[0]["front"] == rows[1]["front"]
    assert cascade._run(cascade.Case(25, 400), "highs", 1.0)["status"] == "refused"


def test_command(capsys):
    """A process for each run; JSON with the machine and its load; errors of one line."""
    small = ("--models", "6", "--items", "50", "--methods", "dp")
    assert bench(*small, "--prices", "--max-length", "3", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"][0]["status"] in ("optimal", "infeasible")
    assert found["runs"][0]["peak_mb"] > 0
    assert "load" in found
    for words in (("--methods", "none"), ("--models", "0"), ("--max-length", "0")):
        assert bench(*words) == 2
        assert capsys.readouterr().err.count("\n") == 1
