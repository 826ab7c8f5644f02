"""Every method against enumeration in exact rationals, on random problems."""

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from strategies import cases

from chemopt.benchmarks.agreement import verdicts as agreement
from chemopt.benchmarks.agreement.random_problems import TABLE_KINDS, random_problem
from chemopt.benchmarks.agreement.rational import enumerate_optimum, maximum_cut
from chemopt.benchmarks.agreement.verdicts import METHODS_TRIED, SOUND, verdicts
from chemopt.benchmarks.commands import verdicts as command
from chemopt.cli.program import run_command
from chemopt.methods.recommend import recommend
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_terms


@pytest.mark.parametrize("number", range(40))
def test_enumeration_agrees_with_the_check_of_answers(number):
    """Two codes that share nothing: the rationals, and the loss and constraints of the library."""
    drawn = random_problem(3, number, most=6)
    problem = drawn.problem
    m_inter = (
        problem.m_inter_value if problem.m_inter != "cut" else float(maximum_cut(problem.matrix))
    )
    optimum = enumerate_optimum(drawn, m_inter)
    solved = recommend(problem, "brute-force").problem
    losses = [
        loss_terms(solved, subset).loss
        for k in range(len(problem.models) + 1)
        for subset in combinations(range(len(problem.models)), k)
        if not violations(solved, [problem.models[i] for i in subset])
    ]
    assert (optimum.loose is None) == (not losses)
    if losses:
        tolerance = problem.proof_tolerance(min(losses))
        assert float(optimum.loose) - tolerance <= min(losses) <= float(optimum.strict) + tolerance


def test_problems_are_of_all_kinds():
    """Constraints, conventions and tables all occur, and a number gives the same problem again."""
    drawn = [random_problem(0, number) for number in range(200)]
    assert {each.kind for each in drawn} == set(TABLE_KINDS)
    problems = [each.problem for each in drawn]
    for option in ("budgets", "groups", "require", "exclude", "apart", "together", "forbid"):
        assert any(getattr(problem, option) for problem in problems)
    for option in ("size", "min_size", "max_size"):
        assert any(getattr(problem, option) is not None for problem in problems)
    assert len({problem.m_inter for problem in problems}) == 4
    again = random_problem(0, 17).problem
    assert np.array_equal(again.matrix, problems[17].matrix)


@pytest.mark.slow
@pytest.mark.random_cases
def test_no_method_is_contradicted():
    """25 problems (in a long run a hundred), every method and formulation."""
    found = verdicts(1, range(cases(100)), most=8)
    assert [verdict for verdict in found if verdict.result not in SOUND] == []


def test_a_wrong_answer_is_noticed(monkeypatch):
    """A method that calls any ensemble optimal is contradicted."""

    def wrong(problem, method, **options):
        answer = recommend(problem, "brute-force")
        if not answer.models:
            return answer
        worse = recommend(problem, "random", seed=1)
        return replace(worse, status=answer.status, bound=worse.loss)

    monkeypatch.setattr(agreement, "recommend", wrong)
    results = {verdict.result for verdict in verdicts(0, range(6), most=7)}
    assert "false bound" in results


def test_command(tmp_path):
    """The counts as JSON; problems are numbered."""
    file = tmp_path / "counts.json"
    words = ["verdicts", "--count", "2", "--models", "4", "--format", "json", "-o", str(file)]
    assert run_command("bench", "", (command,), words) == 0
    data = json.loads(file.read_text())
    assert data["problems"] == 2
    assert data["defects"] == []
    assert len(data["counts"]) == len(METHODS_TRIED)
    assert all(sum(row[name] for name in SOUND) == 2 for row in data["counts"])


def test_some_methods(tmp_path, capsys):
    """`--method` names those that are tried; others than ours, and none, are refused."""
    file = tmp_path / "counts.json"
    words = ["verdicts", "--count", "2", "--models", "4", "--format", "json", "-o", str(file)]
    assert run_command("bench", "", (command,), [*words, "--method", "exact, brute-force"]) == 0
    assert {row["method"] for row in json.loads(file.read_text())["counts"]} == {
        "exact", "brute-force",
    }  # fmt: skip
    assert run_command("bench", "", (command,), [*words, "--method", "guess"]) == 2
    assert "guess" in capsys.readouterr().err
    assert run_command("bench", "", (command,), [*words, "--method", ","]) == 2
    assert "at least one" in capsys.readouterr().err
