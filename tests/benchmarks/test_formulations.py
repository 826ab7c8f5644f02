"""The comparison of formulations: every one on the same problems, with its root bound."""

import json

import pytest

from benchmarks.cases import Case
from benchmarks.commands import formulations
from chemopt import SolverError
from chemopt.cli.program import run_command


def test_measure():
    """Every formulation proves the same problem; a stronger one has no larger root gap."""
    frame = formulations.measure([Case("uniform", "uniform-8", 8, 0.8, 0.5, "total")])
    assert set(frame["status"]) == {"optimal"}
    gaps = frame[frame["solver"] == "highs"].set_index("formulation")["root_gap"]
    assert gaps["rlt"] <= gaps["triangles"] + 1e-9 <= gaps["linearised"] + 2e-9
    assert gaps["clique"] <= gaps["linearised"] + 1e-9
    assert gaps["linearised"] <= gaps["glover"] + 1e-9
    sizes = frame.set_index(["solver", "formulation"])["columns"]
    assert sizes["highs", "glover"] == 15
    assert sizes["highs", "linearised"] == 36


def test_command(capsys):
    """A table, or JSON with the machine; bad lists are errors of one line."""

    def bench(*words):
        return run_command("bench", "", (formulations,), ["formulations", *words])

    small = ("--sizes", "5", "--alphas", "0.9", "--families", "uniform")
    assert bench(*small) == 0
    assert "triangle-cuts" in capsys.readouterr().out
    assert bench(*small, "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert len(data["runs"]) == len(formulations.SOLVED)
    for words in (("--sizes", "a"), ("--sizes", "1"), ("--families", "none"), ("--alphas", "2")):
        assert bench(*words) == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1, err


def test_a_wrong_root_bound_is_an_error(monkeypatch):
    """A bound above the loss of a known ensemble ends the run."""
    monkeypatch.setattr(formulations, "_root", lambda *_: (1, 1, 1e6))
    with pytest.raises(SolverError, match="the relaxation of 'linearised' has the bound"):
        formulations.measure([Case("uniform", "one", 5, 1.0, 0.5)])
