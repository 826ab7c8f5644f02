"""`select`: proved on the items, honest about others, in the words of `recommend`."""

import importlib
import itertools
import json
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers import labelled_rightly
from hypothesis import given
from hypothesis import strategies as st
from strategies import NAMES, examples, meets_side_constraints, side_constraints

from chemopt import Constraints, InputError, Status, StopReason, load_outcomes, select
from chemopt.cli.main import main
from chemopt.execution import clock
from chemopt.methods.options import RunOptions
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.patterns import random_coverage
from chemopt.outcomes.votes import vote
from chemopt.selection import procedure
from chemopt.selection.baselines import outcome_baselines
from chemopt.selection.methods import COVERAGE_METHODS, solve_coverage
from chemopt.selection.procedure import problem_of

# the package has a function of this name, which hides the module
select_module = importlib.import_module("chemopt.selection.select")

QUICK = {"shrink": None, "repeats": 0}


def outcomes_of(scores, answers=None):
    scores = np.array(scores, dtype=float)
    answers = None if answers is None else np.array(answers, dtype=np.int32)
    return Outcomes(NAMES[: scores.shape[1]], pd.RangeIndex(len(scores)), scores, answers)


@st.composite
def pools(draw, fewest=2, most=6):
    """Draw outcomes with ties, duplicate models and duplicate items."""
    n, items = draw(st.integers(fewest, most)), draw(st.integers(1, 9))
    row = st.lists(st.sampled_from([0.0, 1.0]), min_size=n, max_size=n)
    return outcomes_of(draw(st.lists(row, min_size=items, max_size=items)))


def best_by_hand(outcomes, options, worth):
    """Compare all feasible ensembles; None if there is none."""
    values = []
    for size in range(1, len(outcomes.models) + 1):
        for X in itertools.combinations(outcomes.models, size):
            wanted = options.get("size")
            if wanted is not None and size != wanted:
                continue
            if set(options.get("require", ())) - set(X) or set(options.get("exclude", ())) & set(X):
                continue
            if options["check"] is None or meets_side_constraints(options["check"], X):
                values.append(worth(X))
    return max(values, default=None)


@given(pools(), st.data())
@examples(60)
def test_proved_coverage(outcomes, data):
    """The proved optimum is that of enumeration, under every kind of side constraint."""
    constraints = data.draw(side_constraints(outcomes.models))
    size = data.draw(st.one_of(st.none(), st.integers(1, len(outcomes.models))))
    found = select(outcomes, size=size, max_size=len(outcomes.models), **constraints, **QUICK)
    options = {"size": size, "check": found.problem}
    best = best_by_hand(outcomes, options, outcomes.coverage)
    if best is None:
        assert found.status is Status.INFEASIBLE
        assert found.message
        assert found.models == ()
        return
    assert found.status is Status.OPTIMAL
    assert found.value == pytest.approx(best)
    assert found.value == pytest.approx(outcomes.coverage(found.models))
    assert found.bound >= found.value
    assert found.gap == 0
    assert meets_side_constraints(found.problem, found.models)


@given(pools(most=5), st.integers(1, 5), st.sampled_from(["equal", "log-odds"]))
@examples(60)
def test_proved_votes(outcomes, size, weights):
    """The best vote is that of enumeration, and among equals the more accurate members are taken."""
    size = min(size, len(outcomes.models))
    found = select(outcomes, "vote", size=size, weights=weights, repeats=0)
    values = {
        X: vote(outcomes, X, weights).value for X in itertools.combinations(outcomes.models, size)
    }
    assert found.status is Status.OPTIMAL
    assert found.value == pytest.approx(max(values.values()))
    ties = [X for X, value in values.items() if value > found.value - 1e-9]
    means = [outcomes.accuracy[list(X)].mean() for X in ties]
    assert outcomes.accuracy[list(found.models)].mean() == pytest.approx(max(means))


@given(pools(fewest=3, most=5), st.permutations(range(5)), st.sampled_from([None, "cv", 20]))
@examples(40)
def test_order_does_not_matter(outcomes, order, shrink):
    """Models under other names in another order give the same value."""
    order = [k for k in order if k < len(outcomes.models)]
    other = Outcomes(outcomes.models, outcomes.items, outcomes.scores[:, order].copy())
    one = select(outcomes, size=2, shrink=shrink, repeats=0)
    two = select(other, size=2, shrink=shrink, repeats=0)
    assert one.value == pytest.approx(two.value)
    assert one.status is two.status is Status.OPTIMAL


def specialists(items=400, seed=0):
    """Draw a pool where two specialists cover more than two generalists; two more are weak."""
    rng = np.random.default_rng(seed)
    topic, p = np.arange(items) % 2, np.full((items, 6), 0.3)
    p[:, 0], p[:, 1] = np.where(topic, 0.95, 0.3), np.where(topic, 0.3, 0.95)
    p[:, 2:4] = 0.7
    scores = rng.random((items, 6)) < p
    scores[:, 3] = scores[:, 2]  # generalists err together
    return outcomes_of(scores)


def test_worth_it():
    """Specialists cover more than the most accurate models, held out too."""
    found = select(specialists(), size=2)
    assert found.models == NAMES[:2]
    assert found.versus_top_k.low > 0
    assert found.verdict.worth.value == "worth it"
    assert found.held_out.mean == pytest.approx(found.training_value, abs=0.02)
    names = found.baselines["name"].tolist()
    assert names == ["ensemble", "top-k", "best model", "random (mean)", "oracle"]
    rows = found.baselines.set_index("name")
    assert rows.loc["oracle", "coverage"] >= rows.loc["ensemble", "coverage"]
    assert rows.loc["top-k", "models"] == ("cedar", "dogwood")
    assert len(found.splits) == 20
    assert "held out" in found.summary()


def test_not_worth_it():
    """Models that err alike are no better together than the most accurate ones."""
    rng = np.random.default_rng(1)
    common = rng.random(2000) < 0.6
    scores = np.column_stack(
        [common & (rng.random(2000) < keep) for keep in (0.998, 0.9, 0.8, 0.7)]
    )
    found = select(outcomes_of(scores), size=2)
    assert found.verdict.worth.value == "not worth it"
    assert "Take the best single model" in found.verdict.sentence


def test_too_few_items():
    """A handful of items says nothing, and that is said."""
    found = select(specialists(16, seed=2), size=2, shrink=None)
    assert found.verdict.worth.value == "too few items to say"
    assert any("Only 16 items" in warning for warning in found.warnings)
    tiny = select(outcomes_of([[1, 0], [0, 1]]), size=2)
    assert math.isnan(tiny.held_out.mean)
    assert "too few to hold any out" in tiny.verdict.sentence


def test_warnings():
    """Warnings come from data that deserve them, and from no others."""
    good = select(specialists(), size=2, repeats=0)
    assert good.warnings == ()
    assert good.verdict.worth.value == "not known"
    top = select(outcomes_of([[1, 0, 0], [1, 1, 0]] * 30), size=2, repeats=0)
    assert any("These are the 2 most accurate models" in w for w in top.warnings)
    # two models that are mostly wrong cover what the others miss
    rare = np.zeros((100, 5))
    rare[:60, :3], rare[60:80, 3], rare[80:, 4] = 1, 1, 1
    weak = select(outcomes_of(rare), size=2, **QUICK)
    assert any("is below that of a random ensemble" in w for w in weak.warnings)
    ballots = select(specialists(), "vote", size=3, repeats=0)
    assert any("lower bound of the plurality vote" in w for w in ballots.warnings)


def test_default_size():
    """Without a size or a budget three models are chosen; with a budget the money decides."""
    outcomes = outcomes_of(np.random.default_rng(0).random((40, 6)) < 0.4)
    assert len(select(outcomes, **QUICK).models) == 3
    prices = {name: {"price": 1.0} for name in outcomes.models}
    rich = select(outcomes, budgets=["price<=5"], attributes=prices, **QUICK)
    assert rich.value >= select(outcomes, size=3, **QUICK).value
    assert len(select(outcomes_of([[1, 0]]), **QUICK).models) == 2


def test_costs_are_attributes():
    """The mean cost of outcomes bounds an ensemble, next to attributes of a file."""
    frame = pd.DataFrame(
        {"model": list("abc") * 2, "item": [1] * 3 + [2] * 3, "correct": [1, 0, 0, 0, 1, 1],
         "cost": [1.0, 5.0, 1.0, 3.0, 5.0, 1.0]}
    )  # fmt: skip
    outcomes = load_outcomes(frame)
    found = select(outcomes, budgets=["cost<=3"], **QUICK)
    assert found.models == ("a", "c")
    attributes = {m: {"provider": "x" if m == "c" else "y"} for m in "abc"}
    both = select(
        outcomes, budgets=["cost<=7"], groups=["provider=x<=0"], attributes=attributes, **QUICK
    )
    assert both.models == ("a", "b")


@pytest.mark.parametrize("method", ["exact", "highs", "cp-sat", "greedy", "swap"])
def test_methods(method):
    """Every method respects constraints; those that prove agree."""
    outcomes = outcomes_of(np.random.default_rng(3).random((60, 8)) < 0.4)
    prices = {name: {"price": 1 + k % 3} for k, name in enumerate(outcomes.models)}
    options = {"budgets": ["price<=5"], "attributes": prices, "exclude": ["ash"], **QUICK}
    exact = select(outcomes, **options)
    found = select(outcomes, method=method, **options)
    assert found.value <= exact.value + 1e-9
    assert "ash" not in found.models
    if method in ("exact", "highs", "cp-sat"):
        assert found.status is Status.OPTIMAL
        assert found.value == pytest.approx(exact.value)
    else:
        assert found.status is Status.FEASIBLE
        assert found.gap is None


def test_marks_between():
    """Scores between 0 and 1 are covered by the best mark."""
    scores = np.random.default_rng(4).choice([0, 0.25, 0.5, 1], (30, 6))
    outcomes = outcomes_of(scores)
    found = select(outcomes, size=2, **QUICK)
    best = max(outcomes.coverage(X) for X in itertools.combinations(outcomes.models, 2))
    assert found.status is Status.OPTIMAL
    assert found.value == pytest.approx(best)


@given(pools(), st.integers(1, 6))
@examples(50)
def test_random_coverage(outcomes, size):
    """The mean over all ensembles of a size, without drawing any."""
    size = min(size, len(outcomes.models))
    values = [outcomes.coverage(X) for X in itertools.combinations(outcomes.models, size)]
    assert random_coverage(outcomes, size) == pytest.approx(np.mean(values))


def test_baselines_meet_constraints():
    """What an ensemble is compared with may not take what the ensemble may not."""
    outcomes = specialists()
    frame = outcome_baselines(outcomes, 2, Constraints(exclude=("cedar",))).set_index("name")
    assert all("cedar" not in X for X in frame["models"])


def test_time_limit():
    """A time limit returns the best ensemble known with a bound, and says why it stopped."""
    outcomes = outcomes_of(np.random.default_rng(0).random((3000, 10)) < 0.3)
    found = select(outcomes, size=5, time_limit=1e-6, **QUICK)
    assert found.stop_reason in (StopReason.TIME_LIMIT, StopReason.PROVED)
    assert found.value is not None
    assert found.bound >= found.value


def test_json_and_seed():
    """The JSON has what it should, without NaN, and the same seed gives the same."""
    outcomes = specialists(80)
    one, two = select(outcomes, size=2, seed=3), select(outcomes, size=2, seed=3)
    data = json.loads(one.to_json())
    wanted = {"models", "objective", "status", "value", "bound", "gap", "held_out", "versus_top_k",
              "versus_best_model", "baselines", "warnings", "seed", "solver", "runtime"}  # fmt: skip
    assert wanted <= set(data)
    assert set(data["versus_top_k"]) == {"mean", "low", "high"}
    other = json.loads(two.to_json())
    times = ("runtime", "timings")
    assert {k: v for k, v in data.items() if k not in times} == {
        k: v for k, v in other.items() if k not in times
    }
    assert "NaN" not in select(outcomes_of([[1, 0], [0, 1]]), size=1).to_json()


POOL = specialists(60)
BAD = {
    "outcomes": ({"outcomes": [1]}, "select needs Outcomes, not a list; load them"),
    "gaps": ({"outcomes": outcomes_of([[1, np.nan]])}, "an outcome of every model on every item"),
    "objective": ({"objective": "accuracy"}, "objective must be one of coverage, vote"),
    "method": ({"method": "simplex"}, "method must be one of auto, exact"),
    "weights": ({"weights": "accuracy"}, "weights must be one of equal, log-odds"),
    "shrink": ({"shrink": -3}, "shrink must be 'cv', None, 'top-k' or a number"),
    "shrink word": ({"shrink": "much"}, "shrink must be"),
    "shrink and vote": ({"objective": "vote", "shrink": 50}, "shrink is for coverage"),
    "method and vote": ({"objective": "vote", "method": "exact"}, "a vote has one method"),
    "pseudo-items and HiGHS": ({"method": "highs", "shrink": 50}, "take them"),
    "folds": ({"folds": 1}, "folds must be a whole number ≥ 2"),
    "repeats": ({"repeats": -1}, "repeats must be a whole number ≥ 0"),
    "size": ({"size": 1.5}, "size must be a whole number"),
    "require": ({"require": ["zed"]}, "require: unknown model 'zed'"),
    "exclude": ({"exclude": "ash"}, "exclude must be a collection of names"),
    "budget": ({"budgets": ["price<=3"]}, "needs attributes of the models"),
    "budget form": ({"budgets": ["price=3"]}, "not of the form ATTRIBUTE<=NUMBER"),
    "group": ({"groups": ["provider<=1"]}, "needs attributes of the models"),
    "attributes": ({"attributes": 3}, "attributes must be a DataFrame"),
    "other models": ({"attributes": {"zed": {"price": 1}}}, "none of the pool's models"),
    "apart": ({"apart": [("ash",)]}, "pairs of two different models"),
    "time": ({"time_limit": 0}, "time_limit must be a number > 0"),
    "gap": ({"rel_gap": 2}, "rel_gap must be a number in"),
    "threads": ({"threads": 0}, "threads must be a whole number"),
    "seed": ({"seed": -1}, "seed must be a whole number"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_options(case):
    """Each error says what is wrong."""
    options, message = BAD[case]
    options = {"outcomes": POOL, "size": 2, "repeats": 0, **options}
    with pytest.raises(InputError, match=message):
        select(options.pop("outcomes"), options.pop("objective", "coverage"), **options)


@pytest.fixture
def files(tmp_path):
    """Write outcomes and attributes."""
    frame = specialists(60).to_frame()
    frame.to_csv(tmp_path / "outcomes.csv", index=False)
    (tmp_path / "models.csv").write_text(
        "model,price,provider\nash,1,x\nbirch,2,x\ncedar,3,y\ndogwood,4,z\nelm,1,u\nfir,1,v\n"
    )
    return tmp_path


def test_command(files, capsys):
    """The command line says the same as Python, in each format."""
    path, attributes = str(files / "outcomes.csv"), str(files / "models.csv")
    words = ["select", path, "--size", "2", "--repeats", "1"]
    assert main([*words, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["models"] == list(select(load_outcomes(path), size=2, repeats=1).models)
    assert main(words) == 0
    assert "random (mean)" in capsys.readouterr().out
    assert main([*words, "--format", "csv", "--shrink", "none"]) == 0
    assert capsys.readouterr().out.startswith("verdict,models,size,method,")
    bound = ["--attributes", attributes, "--group", "provider<=1", "--budget", "price<=5"]
    assert main([*words, *bound, "--format", "json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["models"]) != {"ash", "birch"}
    assert main([*words, *bound, "--require", "ash", "--require", "birch"]) == 1
    captured = capsys.readouterr()
    assert "infeasible: no ensemble" in captured.out
    assert main(["select", path, "--objective", "vote", "--size", "3", "--repeats", "0"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--objective", "loss"], "invalid choice"),
        (["--shrink", "strong"], "'strong' is neither 'cv', 'none', 'top-k' nor a number"),
        (["--columns", "model"], "not of the form OURS=YOURS"),
        (["--columns", "modell=m"], "unknown column 'modell'"),
        (["--missing", "keep"], "invalid choice"),
        (["--task", "x"], "there is no column task"),
        (["--size", "9"], "conflict"),
        (["--method", "exact", "--objective", "vote"], "a vote has one method"),
        (["-o", "none/there.json"], "does not exist"),
    ],
)
def test_bad_words(files, capsys, words, message):
    """Bad usage is one line and exit code 2; a size beyond the pool has no answer."""
    code = main(["select", str(files / "outcomes.csv"), "--repeats", "0", *words])
    captured = capsys.readouterr()
    if message == "conflict":
        assert code == 1
        return
    assert code == 2
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err


def test_a_vote_below_the_best_model_is_not_worth_it():
    """Better than the most accurate ones together is not enough where one alone is better still."""
    rng = np.random.default_rng(0)
    clones = np.repeat(rng.random((600, 1)) < 0.61, 3, axis=1)
    scores = np.column_stack([rng.random(600) < 0.9, clones, rng.random((600, 3)) < 0.57])
    found = select(outcomes_of(scores), "vote", size=3, weights="equal", repeats=2)
    assert found.versus_best_model.high < 0
    assert found.verdict.worth.value == "not worth it"
    assert "Take the best single model" in found.verdict.sentence


def test_marks_do_not_vote():
    """Where marks lie between 0 and 1 and answers are not known, there is no vote."""
    outcomes = outcomes_of(np.full((20, 3), 0.6))
    with pytest.raises(InputError, match="a vote needs the answers"):
        select(outcomes, "vote", size=3)
    found = select(outcomes, size=2, **QUICK)
    assert found.baselines["vote"].isna().all()
    assert any("equally accurate" in warning for warning in found.warnings)


def test_baselines_know_the_constraints():
    """Random ensembles have no excluded models, and the best model is one that may be chosen."""
    outcomes = specialists()
    excluded = ["cedar", "dogwood", "fir"]
    found = select(outcomes, size=3, exclude=excluded, **QUICK)
    rows = found.baselines.set_index("name")
    assert rows.loc["random (mean)", "coverage"] == pytest.approx(found.value)
    assert rows.loc["random (mean)", "accuracy"] == pytest.approx(
        outcomes.accuracy.drop(excluded).mean()
    )
    assert not any("below that of a random" in warning for warning in found.warnings)
    prices = {m: {"price": 5 if m in ("cedar", "dogwood") else 1} for m in outcomes.models}
    cheap = select(outcomes, budgets=["price<=3"], attributes=prices, **QUICK)
    assert cheap.baselines.set_index("name").loc["best model", "models"][0] in ("ash", "birch")


def test_costs_of_test_items_are_not_known():
    """Which ensemble a split chooses depends on the costs of its training items alone."""
    rng = np.random.default_rng(5)
    scores, cost = (rng.random((60, 6)) < 0.4).astype(float), rng.random((60, 6))
    base = Outcomes(NAMES[:6], pd.RangeIndex(60), scores, cost=cost)
    options = {"budgets": ["cost<=1.2"], "shrink": None, "folds": 3, "repeats": 1}
    order = np.random.default_rng(0).permutation(60) % 3
    dear = cost.copy()
    dear[order == 0] *= 3
    one = select(base, **options).splits
    two = select(Outcomes(NAMES[:6], pd.RangeIndex(60), scores, cost=dear), **options).splits
    assert one["models"][0] == two["models"][0]


def test_default_size_leaves_room():
    """Without a size, more required models than three and fewer available ones are no conflict."""
    outcomes = specialists()
    four = select(outcomes, require=outcomes.models[:4], **QUICK)
    assert four.models == outcomes.models[:4]
    two = select(outcomes, exclude=outcomes.models[:4], **QUICK)
    assert two.models == outcomes.models[4:]
    with pytest.raises(InputError, match="size must be a whole number ≥ 1"):
        select(outcomes, size=0, **QUICK)


CONFLICTS = {
    "none": {"size": 2},
    "sizes": {"size": 1, "require": NAMES[:2]},
    "pairs": {"size": 2, "apart": [NAMES[:2], NAMES[1:3], (NAMES[0], NAMES[2])]},
}


@pytest.mark.parametrize("case", CONFLICTS)
@pytest.mark.parametrize("method", [*COVERAGE_METHODS, "vote"])
def test_what_answered_is_named(method, case):
    """A solver that was not asked is not named, and each has its own version."""
    how = {"objective": "vote", "repeats": 0} if method == "vote" else {"method": method, **QUICK}
    answer = select(outcomes_of(np.eye(3)[[0, 1, 2, 0]]), **how, **CONFLICTS[case])
    labelled_rightly(answer)
    named = {"none": {"highs": "HiGHS", "cp-sat": "CP-SAT"}.get(method), "sizes": "chemopt",
             "pairs": "CP-SAT"}[case]  # fmt: skip
    assert answer.solver == (named or answer.solver)
    assert answer.status is (Status.INFEASIBLE if case != "none" else answer.status)


def test_a_solver_without_time_is_not_named():
    """Where time was up before HiGHS was begun, the local search answered."""
    problem = problem_of(outcomes_of(np.eye(3)[[0, 1, 2, 0]]), Constraints(size=2), 0.0)
    outcome = solve_coverage(problem, "highs", RunOptions(time_limit=1e-9))
    assert outcome.solver == "chemopt swap"


def test_parts_of_the_time(monkeypatch):
    """Shrinkage, solving, baselines and the held-out estimate are apart; the limit is solving's."""
    at, left = [0.0], []
    monkeypatch.setattr(clock, "time", SimpleNamespace(perf_counter=lambda: at[0]))

    def slower(module, name, seconds):
        really = getattr(module, name)

        def run(*args, **options):
            left.extend(one.remaining for one in args if isinstance(one, RunOptions))
            at[0] += seconds
            return really(*args, **options)

        monkeypatch.setattr(module, name, run)

    slower(procedure, "choose_strength", 100.0)
    slower(procedure, "problem_of", 2.0)
    slower(procedure, "solve_coverage", 1.0)
    slower(select_module, "held_out_values", 1000.0)
    slower(select_module, "_baselines", 10.0)
    answer = select(outcomes_of(np.eye(3)[[0, 1, 2, 0] * 20]), size=2, repeats=0, time_limit=9)
    # the choice of the strength builds a problem, and solves others of it
    solved = procedure.FOLDS * len(procedure.STRENGTHS)
    baselines = answer.timings["baselines"]  # which solve something, too
    assert baselines >= 10.0
    assert answer.timings == {
        "solve": 3.0, "shrinkage": 102.0 + solved, "held_out": 1000.0, "baselines": baselines,
        "loading": 0.0,
    }  # fmt: skip
    assert answer.runtime == 3.0
    assert [one for one in left if one is not None] == [7.0]
    assert json.loads(answer.to_json())["timings"] == answer.timings
    assert "  time          solve 3.00 s, shrinkage 137.00 s, held out 1000.00 s" in str(answer)
