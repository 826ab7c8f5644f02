"""Answers against enumeration in exact rationals, on random problems."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from strategies import cases

from benchmarks.agreement import cascades, fronts, recommended, selected, weights
from benchmarks.agreement.conditions import KINDS, Conditions, draw_conditions
from benchmarks.agreement.random_problems import (
    TABLE_KINDS,
    RandomProblem,
    random_problem,
)
from benchmarks.agreement.rational import Enumeration
from benchmarks.agreement.verdicts import SOUND
from benchmarks.commands import verdicts as command
from benchmarks.commands.verdicts import TARGETS
from chemopt import ChemistryProblem, ChemistryTable
from chemopt.cli.program import run_command
from chemopt.methods.recommend import recommend
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_terms
from chemopt.selection.select import select

# What takes most time of CI: each gets a share of `cases` that takes about as long.
SHARES = {
    "recommend": 100, "ranked": 60, "select": 60, "cascade": 100, "fronts": 100,
    "breakpoints": 60, "phase": 40,
}  # fmt: skip


def problem_of(matrix, **options):
    """Return a problem of some entries above the diagonal, without side constraints."""
    names = tuple("abcdefgh"[: len(matrix)])
    table = ChemistryTable(names, np.add(matrix, np.transpose(matrix)), entries="general")
    problem = ChemistryProblem(table, **options)
    low = problem.size_bounds[0]
    conditions = Conditions(names, low, {}, {}, (), (), {}, (), (), (), ())
    return RandomProblem(problem, "uniform", conditions)


def results_of(tried, most, methods):
    """Return what a judge says of a few problems."""
    return {
        verdict.result for number in range(9) for verdict in tried(0, number, most, 20.0, methods)
    }


def defects(of, seed, numbers, most=6):
    """Return what is not sound of a target on some problems, and the command's words for it."""
    target = TARGETS[of]
    return [
        (verdict, f"--of {of} --seed {seed} --first {number} --count 1 --models {most}")
        for number in numbers
        for verdict in target.tried(seed, number, most, 20.0, target.methods)
        if verdict.result not in SOUND
    ]


def test_the_loss_is_that_of_the_definition():
    """Terms and constants by hand: three models, c(ab) = 1, c(ac) = 1/2, c(bc) = 1/4."""
    drawn = problem_of([[0, 1, 0.5], [0, 0, 0.25], [0, 0, 0]], alpha=0.5, beta=0.125)
    exact = Enumeration(drawn)
    # by total chemistry a, b, c: a and c against b
    assert exact.m_inter == Fraction(5, 4)
    assert exact.m_intra == Fraction(7, 4)
    assert exact.typical == Fraction(1, 4)
    pair = exact.find(("a", "b"))
    assert (pair.inter, pair.intra) == (Fraction(3, 4), 1)
    assert exact.loss(pair) == Fraction(1, 4) + Fraction(3, 8) + Fraction(1, 4)
    assert exact.least().models == {"a", "b"}
    assert exact.find(("a",)) is None  # two at least


@pytest.mark.parametrize("number", range(20))
def test_enumeration_agrees_with_the_check_of_answers(number):
    """Two codes that share nothing: the rationals, and the loss and constraints of the library."""
    drawn = random_problem(3, number, most=6)
    exact, solved = Enumeration(drawn), recommend(drawn.problem, "brute-force").problem
    for k in range(len(solved.models) + 1):
        for names in combinations(solved.models, k):
            found = exact.find(names)
            assert (found is None) == bool(violations(solved, names))
            if found is not None:
                loss = loss_terms(solved, solved.positions(names)).loss
                assert not exact.loss_is_false(loss, found)


def test_problems_are_of_all_kinds():
    """Constraints in all combinations, conventions and tables; a number gives its problem again."""
    drawn = [random_problem(0, number, most=6) for number in range(300)]
    assert {each.kind for each in drawn} == set(TABLE_KINDS)
    assert len({each.problem.m_inter for each in drawn}) == 4
    spread = [each.problem.table.largest / (each.problem.table.magnitude or 1) for each in drawn]
    assert sum(share > 0.999 for share in spread) > 30
    rng = np.random.default_rng(0)
    combined = set()
    for number in range(512):
        options = draw_conditions(rng, number, tuple("abcdef"), 2).options()
        asked = {"sizes": {"size", "min_size", "max_size"} & set(options)}
        asked |= {name: options[name] for name in ("require", "apart", "together", "forbid")}
        combined.add(tuple(bool(value) for value in asked.values()))
    assert len(combined) == 32
    assert len(KINDS) == 9
    again = random_problem(0, 17).problem
    assert np.array_equal(again.matrix, drawn[17].problem.matrix)


def test_a_budget_is_met_exactly():
    """Decimals add up as they are written, whatever else the pool costs."""
    prices = {"a": 0.1, "b": 0.2, "c": 0.1000000000001, "dear": 1e15}
    rows = {name: {"price": price} for name, price in prices.items()}
    names = tuple(prices)
    drawn = Conditions(names, 1, rows, {}, (), (), {"price": 0.3}, (), (), (), ())
    assert drawn.met_by(["a", "b"])
    assert not drawn.met_by(["b", "c"])


@pytest.mark.parametrize("of", TARGETS)
def test_a_few_are_sound(of):
    """Three problems of each target are sound; CI and long runs have more."""
    assert defects(of, 11, range(3), most=5) == []


@pytest.mark.slow
@pytest.mark.random_cases
@pytest.mark.parametrize("of", TARGETS)
def test_no_answer_is_contradicted(of):
    """A quarter of the problems in CI, all in a long run; every method and variant."""
    assert defects(of, 1, range(cases(SHARES[of]))) == []


class TestWrongAnswersAreNoticed:
    """Each kind of false claim, made on purpose."""

    def test_of_recommend(self, monkeypatch):
        """A method that calls any ensemble optimal."""

        def wrong(problem, method, **options):
            answer = recommend(problem, "brute-force")
            if not answer.models:
                return answer
            worse = recommend(problem, "random", seed=1)
            return replace(worse, status=answer.status, bound=worse.loss)

        monkeypatch.setattr(recommended, "recommend", wrong)
        results = results_of(recommended.recommendations, 7, ["exact"])
        assert "false bound" in results

    def test_of_select(self, monkeypatch):
        """A selection that gives way in its budget, and one that calls any members optimal."""

        def wrong(outcomes, **options):
            answer = select(outcomes, **options)
            return replace(answer, models=answer.models[:1]) if answer.models else answer

        monkeypatch.setattr(selected, "select", wrong)
        results = results_of(selected.selections, 6, ["exact"])
        assert {"false feasible", "false value"} & results

    def test_of_cascade(self, monkeypatch):
        """A cascade whose order is turned round."""
        ask = cascades.cascade

        def wrong(*given, **options):
            answer = ask(*given, **options)
            return replace(answer, models=answer.order[::-1])

        monkeypatch.setattr(cascades, "cascade", wrong)
        results = results_of(cascades.cascades, 5, ["auto"])
        assert {"false value", "false feasible"} & results

    def test_of_fronts(self, monkeypatch):
        """A front without its first row."""
        ask = fronts.pareto_front
        monkeypatch.setattr(fronts, "pareto_front", lambda *a, **k: ask(*a, **k).iloc[1:])
        results = results_of(fronts.fronts, 5, ["auto"])
        assert "false front" in results

    def test_of_breakpoints(self, monkeypatch):
        """A path of one ensemble for all weights."""
        ask = weights.breakpoints

        def wrong(problem, over, **options):
            path = ask(problem, over, **options)
            ends = {f"{over}_to": path[f"{over}_to"].iloc[-1], "loss_to": path["loss_to"].iloc[-1]}
            return pd.DataFrame([path.iloc[0].to_dict() | ends])

        monkeypatch.setattr(weights, "breakpoints", wrong)
        results = results_of(weights.paths, 6, ["auto"])
        assert {"false optimal", "false loss"} & results


def test_command(tmp_path):
    """The counts as JSON; problems are numbered."""
    file = tmp_path / "counts.json"
    words = ["verdicts", "--count", "2", "--models", "4", "--format", "json", "-o", str(file)]
    assert run_command("bench", "", (command,), words) == 0
    data = json.loads(file.read_text())
    assert data["problems"] == 2
    assert data["defects"] == []
    assert len(data["counts"]) == len(recommended.METHODS_TRIED)
    assert all(sum(row[name] for name in SOUND) == 2 for row in data["counts"])


def test_some_methods(tmp_path, capsys):
    """`--method` names those that are tried; others than the target's, and none, are refused."""
    file = tmp_path / "counts.json"
    words = ["verdicts", "--count", "2", "--models", "4", "--format", "json", "-o", str(file)]
    assert run_command("bench", "", (command,), [*words, "--method", "exact, brute-force"]) == 0
    assert {row["method"] for row in json.loads(file.read_text())["counts"]} == {
        "exact", "brute-force",
    }  # fmt: skip
    words += ["--of", "cascade"]
    assert run_command("bench", "", (command,), [*words, "--method", "dp"]) == 0
    assert run_command("bench", "", (command,), [*words, "--method", "exact"]) == 2
    assert "exact" in capsys.readouterr().err
    assert run_command("bench", "", (command,), [*words, "--method", ","]) == 2
    assert "at least one" in capsys.readouterr().err
