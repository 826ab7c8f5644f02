"""The verdict: a table of cases, and what real pools are told first."""

import json
import math
import shlex

import numpy as np
import pandas as pd
import pytest

import chemopt
from chemopt.cli.main import main
from chemopt.evidence.intervals import Interval, split_interval
from chemopt.evidence.verdict import Figures, Worth, judge_cascade, judge_ensemble

UP, NONE, OPEN, DOWN = (
    Interval(0.05, 0.03, 0.07),
    Interval(0.0, -0.005, 0.005),
    Interval(0.02, -0.02, 0.06),
    Interval(-0.05, -0.07, -0.03),
)
TOO_FEW = Interval(math.nan, math.nan, math.nan)
CASES = {
    # on the items: ensemble, top-k, best model, random; held out: versus top-k, versus best model
    "pays": (0.9, 0.85, 0.8, 0.7, UP, UP, {}, "worth it", ""),
    "equals top-k, above the best model": (
        0.85, 0.85, 0.7, 0.6, NONE, UP, {"same_as_top_k": True}, "worth it", "the same models"
    ),
    "no better than top-k": (
        0.85, 0.85, 0.7, 0.6, NONE, UP, {}, "not worth it", "Take the 3 most accurate models."
    ),
    "below the best model": (
        0.7, 0.7, 0.8, 0.6, NONE, DOWN, {"same_as_top_k": True}, "not worth it",
        "Take the best single model."
    ),
    "among the worst": (0.4, 0.7, 0.8, 0.6, DOWN, DOWN, {}, "not worth it", "Take the best"),
    "better by less than a point": (
        0.804, 0.8, 0.8, 0.6, Interval(0.004, 0.003, 0.005), UP, {}, "not worth it", "Take the 3"
    ),
    "all alike": (1.0, 1.0, 1.0, 1.0, NONE, NONE, {}, "not worth it", "Take the best"),
    "undecided against top-k": (0.9, 0.88, 0.7, 0.6, OPEN, UP, {}, "too few items to say", "About"),
    "undecided against the best model": (
        0.9, 0.9, 0.88, 0.6, UP, OPEN, {}, "too few items to say", "items like these"
    ),
    "too few to hold out": (
        1.0, 0.5, 0.5, 0.5, TOO_FEW, TOO_FEW, {}, "too few items to say", "hold any out"
    ),
    "no model may be asked alone": (
        0.9, 0.8, None, 0.6, UP, TOO_FEW, {}, "worth it", "no model may be asked alone"
    ),
    "the best model itself": (
        0.8, 0.8, 0.8, 0.6, NONE, NONE, {"same_as_best_model": True}, "not worth it", "itself"
    ),
    "nothing held out": (0.9, 0.8, 0.7, 0.6, None, None, {}, "not known", "nothing was held out"),
    "nothing held out, below random": (
        0.5, 0.8, 0.7, 0.6, None, None, {}, "not worth it", "below 3 models at random"
    ),
    "nothing held out, like random": (
        0.605, 0.8, 0.7, 0.6, None, None, {}, "not known", "no better than 3 models at random"
    ),
    "loss, below random": (
        0.5, 0.8, 0.7, 0.6, None, None, {"unfit": "x"}, "the loss does not serve",
        "it is below 3 models at random and below the 3 most accurate models"
    ),
    "loss, equals top-k": (
        0.8, 0.8, 0.7, 0.6, None, None, {"unfit": "x", "same_as_top_k": True},
        "the loss does not serve", "these are the 3 most accurate models"
    ),
    "loss, nothing else known": (
        None, None, None, None, None, None, {}, "not known", "neither accuracies nor outcomes"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_table_of_cases(case):
    """Each case has its word, and the sentence begins with it and gives the reason."""
    ensemble, top, best, random, versus_top, versus_best, more, word, said = CASES[case]
    more = dict(more)
    unfit = more.pop("unfit", "")
    figures = Figures(
        "coverage", 3, ensemble, top, best, random, items=400,
        versus_top_k=versus_top, versus_best_model=versus_best, **more,
    )  # fmt: skip
    verdict = judge_ensemble(figures, "an objective (optimal, proved)", unfit)
    assert verdict.worth.value == word
    assert verdict.sentence.lower().startswith(word)
    assert said in verdict.sentence
    assert verdict.to_dict()["claim"] == "an objective (optimal, proved)"


@pytest.mark.parametrize(
    ("cost", "coverage", "single", "word"),
    [
        (Interval(-2, -3, -1), NONE, False, Worth.WORTH_IT),
        (Interval(-2, -3, 1), UP, False, Worth.WORTH_IT),
        (Interval(-2, -3, -1), DOWN, False, Worth.NOT_WORTH_IT),
        (Interval(2, 1, 3), NONE, False, Worth.NOT_WORTH_IT),
        (Interval(0, 0, 0), NONE, True, Worth.NOT_WORTH_IT),
        (Interval(-2, -3, -1), OPEN, False, Worth.TOO_FEW_ITEMS),
        (Interval(-2, -3, 1), NONE, False, Worth.TOO_FEW_ITEMS),
        (TOO_FEW, TOO_FEW, False, Worth.TOO_FEW_ITEMS),
        (None, None, False, Worth.NOT_KNOWN),
    ],
)
def test_cascades(cost, coverage, single, word):
    """A cascade is judged by cost and coverage, each against the best single model."""
    assert judge_cascade("cost", 400, cost, coverage, {}, single=single).worth is word


@pytest.mark.parametrize("values", [[1.0, 1.0, 0.8, 1.0], [0.0, 0.1, 0.0, 0.0], [0.5, 0.4, 0.6]])
def test_intervals_of_shares_are_possible(values):
    """An interval is cut off at what a share can be, and is else that without limits."""
    free = split_interval(np.array(values), 0.2)
    cut = split_interval(np.array(values), 0.2, 0.0, 1.0)
    assert 0 <= cut.low <= cut.mean == free.mean <= cut.high <= 1
    assert cut.low in (0.0, free.low)
    assert cut.high in (1.0, free.high)


def test_cascade_intervals_are_possible():
    """Held-out shares stay in 0 and 1, costs above 0, differences of shares in −1 and 1."""
    right = np.arange(40)[:, None] % 8 < np.array([2, 5, 7])
    outcomes = chemopt.load_outcomes(pd.DataFrame(right.astype(int), columns=["s", "m", "l"]))
    found = chemopt.cascade(outcomes, {"s": 0.01, "m": 1, "l": 30}).held_out
    assert found[["coverage_low", "cost_low"]].min().min() >= 0
    assert found["coverage_high"].max() <= 1
    assert found[["more_coverage_low", "more_coverage_high"]].abs().max().max() <= 1


def test_an_answer_that_is_top_k_pays_against_the_best_model():
    """Specialists that are also the most accurate are worth it, and are not told to be replaced."""
    draw = np.random.default_rng(3)
    topic = np.arange(600) % 3
    chance = np.where(topic[:, None] == np.arange(3), 0.95, 0.4)
    right = np.column_stack([draw.random((600, 3)) < chance, draw.random((600, 3)) < 0.2])
    outcomes = chemopt.load_outcomes(pd.DataFrame(right.astype(int), columns=list("abcdef")))
    found = chemopt.select(outcomes, size=3)
    assert found.models == ("a", "b", "c")
    assert found.verdict.worth is Worth.WORTH_IT
    assert "against the 3 most accurate models: the same models" in found.verdict.sentence
    lines = found.summary().splitlines()
    assert lines[0].endswith("auto: optimal, proved")
    assert lines[1] == found.verdict.sentence


def test_the_first_line_says_of_what_an_answer_is_the_optimum():
    """With pseudo-items the objective is named, and better coverage on the items is shown."""
    draw = np.random.default_rng(2)
    right = draw.random((30, 12)) < np.linspace(0.3, 0.5, 12)
    outcomes = chemopt.load_outcomes(pd.DataFrame(right.astype(int)).rename(columns=str))
    found = chemopt.select(outcomes, size=2, shrink=400, repeats=0)
    best = found.baselines.set_index("name").loc["oracle", "coverage"]
    assert best > found.training_value
    lines = found.summary().splitlines()
    assert lines[0] == "coverage with 400 pseudo-items, auto: optimal, proved"
    assert f"the best of this size on these items {100 * best:.2f} %" in found.summary()
    assert found.to_dict()["verdict"]["figures"]["best_known"] == best


@pytest.mark.parametrize("constrained", [False, True])
def test_recommend_on_outcomes_names_select(tmp_path, capsys, constrained):
    """The first lines say that the loss does not serve, with the command to type, which works."""
    draw = np.random.default_rng(1)
    names = [f"m {k}" for k in range(6)]
    right = draw.random((80, 6)) < np.linspace(0.2, 0.7, 6)
    path = tmp_path / "some items.csv"
    pd.DataFrame(right.astype(int), columns=names).to_csv(path, index=False)
    words = ["--size", "3"]
    words += ["--apart", "m 5", "m 4", "--exclude", "m 0"] if constrained else []
    assert main(["recommend", str(path), *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("The loss does not serve here: ")
    assert "3 most accurate" in lines[0]
    assert "random" in lines[0]
    program, *typed = shlex.split(lines[1].removeprefix("  instead"))
    assert lines[2].startswith("published loss, auto: optimal")
    assert (program, typed[0]) == ("chemopt", "select")
    assert main([*typed, "--repeats", "0", "--format", "json"]) == 0
    chosen = json.loads(capsys.readouterr().out)
    assert chosen["size"] == 3
    assert not constrained or not {"m 4", "m 5"} <= set(chosen["models"])
    assert main(["recommend", str(path), *words, "--format", "json"]) == 0
    verdict = json.loads(capsys.readouterr().out)["verdict"]
    assert verdict["word"] == "the loss does not serve"
    assert shlex.split(verdict["instead"])[1:] == typed


def test_figures_of_recommend_are_those_of_its_baselines():
    """The verdict and the table below it give the same figures, under constraints as well."""
    draw = np.random.default_rng(2)
    names = [f"m{k}" for k in range(7)]
    right = draw.random((90, 7)) < np.linspace(0.2, 0.7, 7)
    outcomes = chemopt.load_outcomes(pd.DataFrame(right.astype(int), columns=names))
    from chemopt.analysis.baselines import baselines
    from chemopt.reports.case import make_case

    for options in ({"size": 3}, {"size": 3, "apart": [("m5", "m6")]}):
        answer = chemopt.recommend(make_case(outcomes, None, None, None, options).problem)
        rows = baselines(answer.problem, answer.models).set_index("name")["coverage"]
        figures = answer.verdict.figures
        for name, row in {"ensemble": "ensemble", "top_k": "top-k", "best_model": "best model",
                          "random": "random (mean)"}.items():  # fmt: skip
            assert figures[name] == pytest.approx(rows[row])


@pytest.mark.parametrize(
    ("entry", "said"), [(0.0, "chemistry 0"), (1.0, "chemistry 1"), (None, "")]
)
def test_a_table_that_tells_no_pair_from_another(entry, said):
    """Where all pairs have the same chemistry the loss does not serve, whatever it is."""
    matrix = np.full((4, 4), entry) if entry is not None else np.arange(16.0).reshape(4, 4) / 15
    matrix = (matrix + matrix.T) / 2
    np.fill_diagonal(matrix, 0)
    problem = chemopt.ChemistryProblem(chemopt.ChemistryTable(tuple("abcd"), matrix), size=2)
    verdict = chemopt.recommend(problem).verdict
    serves = entry is None
    assert verdict.worth is (Worth.NOT_KNOWN if serves else Worth.WRONG_OBJECTIVE)
    assert said in verdict.sentence


def test_saturated_profiles(tmp_path, capsys):
    """The first lines of `recommend`, `compare` and the report say that the loss does not serve."""
    rows = [
        (f"t{t}", model, "sum", 10.0, 1.0 - 0.01 * k)
        for t in range(6)
        for k, model in enumerate("abc")
    ]
    columns = ["trial", "model", "task", "quality", "accuracy"]
    path = tmp_path / "history.csv"
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    for command in ("recommend", "compare"):
        assert main([command, str(path)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("The loss does not serve here: ")
        assert "`chemopt select`" in lines[0]
        assert any(line.startswith("published loss") for line in lines[1:3])
    history = chemopt.load_history(path)
    head = chemopt.report(history, time_limit=None).head
    assert head.verdict.startswith("The loss does not serve here: ")


def test_json_has_one_layout(tmp_path, capsys):
    """All commands give the word, the sentence, of what it is the optimum, and the figures."""
    draw = np.random.default_rng(5)
    right = draw.random((40, 4)) < np.linspace(0.3, 0.7, 4)
    path = tmp_path / "items.csv"
    pd.DataFrame(right.astype(int), columns=list("abcd")).to_csv(path, index=False)
    prices = tmp_path / "prices.csv"
    pd.DataFrame({"model": list("abcd"), "price": [1, 2, 3, 4]}).to_csv(prices, index=False)
    for words in (
        ["recommend"], ["compare"], ["select", "--size", "2"], ["cascade", "--prices", str(prices)]
    ):  # fmt: skip
        assert main([words[0], str(path), *words[1:], "--format", "json"]) == 0
        data = json.loads(capsys.readouterr().out)
        verdict = (data[0] if isinstance(data, list) else data)["verdict"]
        assert {"word", "sentence", "claim", "figures"} <= set(verdict)
        assert verdict["word"] in [worth.value for worth in Worth]
