"""The benchmark of conditions: numbered problems of all kinds, and a summary by kind."""

import json

import numpy as np
import pytest

from benchmarks.cases import conditioned_cases
from benchmarks.commands import conditions
from benchmarks.conditioned import CONDITIONS, TABLES, conditioned_problem, kind_of
from benchmarks.runs import Run, run_here, runs_frame
from chemopt.cli.program import run_command


@pytest.mark.parametrize("number", range(64))
def test_a_number_makes_a_problem(number):
    """The same one each time, of the kind that its number says."""
    problem, again = conditioned_problem(number), conditioned_problem(number)
    assert problem.table == again.table
    assert repr(problem) == repr(again)
    condition, table = kind_of(number)
    assert 24 <= len(problem.models) <= 70
    assert (problem.constraints.size is not None) == (condition == "size")
    assert bool(problem.side_constraints) == (condition == "sides")
    assert (problem.m_inter == "published") == (condition == "inter")
    entries = problem.matrix[np.triu_indices(len(problem.models), 1)]
    assert (entries.min() < 0) == (table == "signed" and condition != "inter")
    if table == "0/1":
        assert set(entries) == {0.0, 1.0}


def test_all_kinds_come_in_a_row():
    """Every table under every condition, in 32 numbers."""
    kinds = {kind_of(number) for number in range(100, 132)}
    assert len(kinds) == 32 == len(CONDITIONS) * len(TABLES)


def test_cases_survive_the_way_to_a_process():
    """A case is rebuilt from its fields."""
    (case,) = conditioned_cases(11, 1)
    assert case.problem().table == conditioned_problem(11).table
    assert (case.family, case.instance) == ("conditioned", "inter, sparse, 11")


def test_summary_by_condition():
    """Rows by condition, then by table, with what was proved."""
    runs = [Run(case, "exact", 60.0) for case in conditioned_cases(8, 3)]
    table = conditions.by_condition(runs_frame([run_here(run) for run in runs]))
    assert list(table["problems"]) == ["free", "size", "sides", "sparse"]
    assert list(table["proved"]) == [1, 1, 1, 3]
    assert (table["cpu"] > 0).all()


@pytest.mark.slow
def test_command(tmp_path, capsys):
    """From the command line, resumed from its store."""
    results = tmp_path / "runs"
    arguments = [
        "--first", "8", "--count", "1", "--method", "exact,tabu", "--time-limit", "1",
        "--results", str(results), "--format", "json",
    ]  # fmt: skip
    times = []
    for _ in range(2):
        assert run_command("benchmarks", "", [conditions], ["conditions", *arguments]) == 0
        runs = json.loads(capsys.readouterr().out)["runs"]
        assert [run["method"] for run in runs] == ["exact", "tabu"]
        times.append([run["seconds"] for run in runs])
    assert times[0] == times[1]  # nothing was run again
