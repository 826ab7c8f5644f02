"""`cascade`: goals, costs, the held-out estimate, what is reported, and bad inputs."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers import labelled_rightly

from chemopt import Constraints, InputError, Status, StopReason, load_outcomes
from chemopt.errors import PoolTooLargeError
from chemopt.evidence.splits import repeated_folds
from chemopt.execution import clock
from chemopt.methods.options import RunOptions
from chemopt.outcomes.generate import generate_outcomes
from chemopt.selection.cascade import layers
from chemopt.selection.cascade import run as run_module
from chemopt.selection.cascade.front import Staircase
from chemopt.selection.cascade.held_out import NAMES
from chemopt.selection.cascade.heuristics import cheapest_first, ratio_greedy
from chemopt.selection.cascade.items import cascade_items
from chemopt.selection.cascade.order import stages
from chemopt.selection.cascade.problem import CascadeProblem
from chemopt.selection.cascade.run import cascade
from chemopt.selection.cascade.solve import CASCADE_METHODS
from chemopt.selection.cascade.verifier import Verifier

FRAME = pd.DataFrame(
    {
        "small": [1, 1, 1, 1, 0, 0, 0, 0],
        "medium": [1, 1, 0, 0, 1, 1, 0, 0],
        "large": [1, 1, 1, 1, 1, 1, 0, 0],
        "odd": [0, 0, 0, 0, 0, 0, 1, 0],
    }
)
PRICES = {"small": 1, "medium": 2, "large": 8, "odd": 0.6}


@pytest.fixture
def outcomes():
    return load_outcomes(FRAME)


@pytest.fixture(scope="module")
def priced():
    return load_outcomes(generate_outcomes(7, 120, seed=3, cost=True))


def test_worked_by_hand(outcomes):
    """Four models, eight items: the order, what it costs, and what reaches each stage."""
    answer = cascade(outcomes, PRICES, target=0.875, repeats=0)
    # small on all 8 items, odd on the 4 that it gets wrong, medium on 3
    assert answer.order == ("small", "odd", "medium")
    assert answer.expected_cost == pytest.approx((8 * 1 + 4 * 0.6 + 3 * 2) / 8)
    assert answer.coverage == 7 / 8
    assert answer.stages["reach"].tolist() == [1, 4 / 8, 3 / 8]
    assert answer.stages["expected_cost"].sum() == pytest.approx(answer.expected_cost)
    assert answer.bound == pytest.approx(answer.expected_cost)
    assert (answer.status, answer.stop_reason, answer.gap) == (Status.OPTIMAL, StopReason.PROVED, 0)


def test_goals(outcomes):
    """The best model's coverage is the default target; a budget is just met or missed."""
    best = cascade(outcomes, PRICES, repeats=0)
    assert best.target == 0.75
    assert best.order == ("small", "medium")
    cost = best.expected_cost
    assert cascade(outcomes, PRICES, target="best", repeats=0).order == best.order
    assert cascade(outcomes, PRICES, max_cost=cost, repeats=0).coverage == 0.75
    less = cascade(outcomes, PRICES, max_cost=cost - 0.01, repeats=0)
    assert less.coverage == less.bound == 0.625
    without = cascade(outcomes, PRICES, exclude=["large", "small"], repeats=0)
    assert without.target == 0.5


def test_decimal_prices_meet_decimal_budgets(outcomes):
    """0.1 + 0.2 is within a budget of 0.3, as written."""
    prices = {"small": 0.1, "odd": 0.2, "medium": 9, "large": 9}
    answer = cascade(outcomes, prices, max_cost=0.1 + 0.5 * 0.2, repeats=0)
    assert answer.order == ("small", "odd")


@pytest.mark.parametrize("form", ["mapping", "series", "table", "index", "text"])
def test_prices_in_every_form(outcomes, form):
    """A mapping, a Series and tables with texts mean the same."""
    given = {
        "mapping": PRICES,
        "series": pd.Series(PRICES),
        "table": pd.DataFrame({"model": list(PRICES), "price": list(PRICES.values())}),
        "index": pd.DataFrame({"price": PRICES}),
        "text": pd.DataFrame({"price": {name: str(price) for name, price in PRICES.items()}}),
    }[form]
    assert cascade(outcomes, given, repeats=0).expected_cost == pytest.approx(14 / 8 + 2 / 8)


def test_costs_by_item(outcomes, priced):
    """An array, a table by model and the column of the outcomes are costs of each item."""
    own = cascade(priced, repeats=0)
    assert cascade(priced, priced.cost.copy(), repeats=0).expected_cost == own.expected_cost
    table = pd.DataFrame(priced.cost, columns=priced.models)
    assert cascade(priced, table, repeats=0).expected_cost == own.expected_cost
    by_model = cascade(outcomes, np.tile([PRICES[m] for m in outcomes.models], (8, 1)), repeats=0)
    same = cascade(outcomes, PRICES, repeats=0)
    assert by_model.order == same.order
    assert by_model.expected_cost == pytest.approx(same.expected_cost)


def test_latency(outcomes):
    """Latencies are costs, or a limit; the expected latency of an item is reported."""
    seconds = (
        pd.DataFrame(FRAME)
        .rename_axis("item")
        .reset_index()
        .melt("item", var_name="model", value_name="correct")
    )
    seconds["latency"] = seconds["model"].map({"small": 4, "medium": 3, "large": 5, "odd": 2})
    seconds["cost"] = seconds["model"].map(PRICES)
    timed = load_outcomes(seconds)
    free = cascade(timed, repeats=0)
    assert free.order == ("small", "medium")
    assert free.expected_latency == 4 + 3 / 2
    limited = cascade(timed, max_latency=5.2, repeats=0)
    assert limited.order == ("medium", "small")
    assert limited.expected_latency == 3 + 4 / 2
    assert limited.status is Status.OPTIMAL
    assert cascade(timed, costs="latency", repeats=0).expected_cost == 5
    assert cascade(timed, max_latency=1, repeats=0).status is Status.INFEASIBLE
    for method in ("highs", "cp-sat"):
        assert cascade(timed, max_latency=5.2, repeats=0, method=method).order == limited.order


def test_the_front(priced):
    """Each point is proved, costs and covers what it says, and beats every other in something."""
    answer = cascade(priced, repeats=0)
    front = answer.front
    assert front["proved"].all()
    assert (np.diff(front["expected_cost"]) > 0).all()
    assert (np.diff(front["coverage"]) > 0).all()
    items = answer.problem.items
    for row in front.itertuples():
        order = [priced.models.index(name) for name in row.order]
        followed = stages(items, order, Verifier())
        assert followed.total_cost / 120 == pytest.approx(row.expected_cost)
        assert followed.total_covered / 120 == pytest.approx(row.coverage)


def test_held_out(priced):
    """Means with intervals, for the cascade and all it is compared with, in a row each."""
    answer = cascade(priced, max_cost=0.01, repeats=2)
    assert tuple(answer.held_out["name"]) == NAMES
    assert len(answer.splits) == 10 * len(NAMES)
    found = answer.held_out_interval("coverage")
    assert found.low < found.mean < found.high
    mine = answer.splits[answer.splits["name"] == "cascade"]
    assert found.mean == pytest.approx(mine["coverage"].mean())
    greedy = answer.splits[answer.splits["name"] == "greedy by ratio"]
    more = answer.held_out_interval("more_coverage", "greedy by ratio").mean
    assert more == pytest.approx(mine["coverage"].mean() - greedy["coverage"].mean())
    parallel = answer.held_out.set_index("name").loc["all in parallel"]
    assert parallel["more_coverage"] == 0
    assert parallel["more_cost"] <= 0
    assert cascade(priced, max_cost=0.01, repeats=2).splits.equals(answer.splits)
    assert math.isnan(cascade(priced, max_cost=0.01, repeats=0).held_out_interval("cost").mean)


def test_held_out_constraints_know_training_items_only():
    """Costs and latencies of side constraints are means over the items that a split chose from."""
    frame = generate_outcomes(6, 60, seed=5, cost=True)
    frame["latency"] = np.random.default_rng(5).gamma(0.3, 2.0, len(frame))
    data = load_outcomes(frame)
    means = data.attributes()
    best = cascade(data, max_cost=100, max_length=3, repeats=0).order
    limits = {name: float(means.loc[list(best), name].sum()) for name in means}
    answer = cascade(
        data,
        max_cost=100,
        repeats=3,
        folds=3,
        budgets=[f"{name}<={limit!r}" for name, limit in limits.items()],
    )
    members = answer.splits[answer.splits["name"] == "cascade"]
    assert len(members) == 9
    splits = list(repeated_folds(len(data), 3, 3, seed=0))
    for row in members.itertuples():
        train = splits[row.repeat * 3 + row.fold].train
        chosen = [data.models.index(name) for name in row.models]
        for name, limit in limits.items():
            used = getattr(data, name)[np.ix_(train, chosen)].mean(axis=0).sum()
            assert used <= limit * (1 + 1e-9)


def test_spending_above_the_budget_is_told(priced):
    """Where held-out items cost more than the budget, or cover less than the target, it is said."""
    told = []
    # budgets that training items just meet
    for cost in cascade(priced, repeats=0).front["expected_cost"][:12]:
        answer = cascade(priced, max_cost=float(cost) * 1.001, repeats=1)
        over = answer.held_out_interval("cost").mean > answer.max_cost
        assert any("above the largest cost" in warning for warning in answer.warnings) == over
        mine = answer.splits[answer.splits["name"] == "cascade"]
        assert answer.over_cost == pytest.approx((mine["cost"] > answer.max_cost).mean())
        told.append(over)
    assert any(told)
    answer = cascade(priced, target=0.9, repeats=1)
    below = answer.held_out_interval("coverage").mean < answer.target
    assert any("below the target" in warning for warning in answer.warnings) == below


def test_what_is_reported(priced):
    """JSON, summary and repr."""
    answer = cascade(priced, max_cost=0.01, max_length=3, repeats=1)
    data = json.loads(answer.to_json())
    wanted = {
        "order",
        "expected_cost",
        "coverage",
        "bound",
        "status",
        "front",
        "held_out",
        "stages",
    }
    assert wanted <= set(data)
    assert set(data["front"][0]) == {"order", "expected_cost", "coverage", "proved"}
    assert set(data["held_out"]["versus"]) == set(NAMES) - {"cascade"}
    assert "optimal, proved" in str(answer)
    assert " → ".join(answer.order) in answer.summary()
    assert repr(answer).startswith("Cascade(status='optimal'")
    none = cascade(priced, max_cost=0, repeats=1)
    assert none.status is Status.INFEASIBLE
    assert none.order == ()
    assert "no feasible cascade costs at most 0 an item" in none.summary()
    assert json.loads(none.to_json())["expected_cost"] is None
    assert none.gap is None


def test_infeasible(outcomes):
    """The message says which constraints contradict each other, or what can be reached."""
    clash = cascade(outcomes, PRICES, require=["odd"], exclude=["odd"])
    assert clash.stop_reason is StopReason.CONFLICT
    assert "require 'odd' and exclude 'odd'" in clash.message
    far = cascade(outcomes, PRICES, target=0.9, max_length=2)
    assert far.status is Status.INFEASIBLE
    assert far.message == "no feasible cascade covers 1 of the items; the most is 0.875"


def test_rules_that_break_constraints(outcomes):
    """What the cascade is compared with may break constraints, and then that is said."""
    answer = cascade(outcomes, PRICES, target=0.5, forbid=[["small"]], repeats=0)
    assert any("breaks constraints: greedy by ratio" in one for one in answer.warnings)
    assert any("8 items are few" in one for one in answer.warnings)


def test_verifiers_that_err(priced):
    """Errors of the verifier cost coverage; the front is proved all the same."""
    perfect = cascade(priced, max_cost=0.01, repeats=0)
    errs = cascade(priced, max_cost=0.01, repeats=1, false_accept=0.1, false_reject=0.1)
    assert errs.coverage < perfect.coverage
    assert errs.status is Status.OPTIMAL
    assert errs.front["proved"].all()
    assert json.loads(errs.to_json())["false_accept"] == 0.1


def test_rules(outcomes):
    """Cheapest first and greedy by ratio do what they say."""
    items = cascade_items(outcomes, np.array([PRICES[m] for m in outcomes.models]))
    name = dict(enumerate(outcomes.models))
    free = CascadeProblem(items)
    assert [name[k] for k in cheapest_first(free)] == ["odd", "small", "medium", "large"]
    assert [name[k] for k in ratio_greedy(free)] == ["small", "odd", "medium"]
    tight = CascadeProblem(items, max_cost=12.0)
    assert [name[k] for k in cheapest_first(tight)] == ["odd", "small"]
    enough = CascadeProblem(items, target=5.0)
    assert [name[k] for k in ratio_greedy(enough)] == ["small", "odd"]
    short = CascadeProblem(items, constraints=Constraints(max_size=1))
    assert [name[k] for k in ratio_greedy(short)] == ["small"]


def test_large_pools(monkeypatch):
    """Above 24 models, and with few states, there is an order, a bound and an honest status."""
    outcomes = load_outcomes(generate_outcomes(26, 150, seed=1, cost=True))
    short = cascade(outcomes, max_cost=0.001, max_length=2, repeats=0)
    assert short.status is Status.OPTIMAL
    assert short.front["proved"].all()
    monkeypatch.setattr(layers, "_WIDTH", 20)
    monkeypatch.setattr(layers, "_NARROW", 20)
    narrow = cascade(outcomes, max_cost=0.0005, repeats=0)
    assert narrow.bound >= narrow.coverage
    assert narrow.gap >= 0
    with pytest.raises(PoolTooLargeError, match="method 'dp' takes up to 24 models, not 26"):
        cascade(outcomes, method="dp")
    with pytest.raises(PoolTooLargeError, match="'highs' is for small pools"):
        cascade(outcomes, method="highs", max_length=20)


def test_staircase():
    """Pairs that others beat are dropped; questions are answered at and between pairs."""
    pairs = Staircase.empty()
    assert pairs.most(1.0) == -math.inf
    assert pairs.least(1.0) == math.inf
    pairs.add(np.array([2.0, 1.0, 3.0]), np.array([5.0, 3.0, 4.0]))
    assert pairs.cost.tolist() == [1.0, 2.0]
    assert (pairs.most(1.5), pairs.most(0.5), pairs.least(4.0)) == (3.0, -math.inf, 2.0)
    assert pairs.covers(np.array([2.0, 2.0, 0.5]), np.array([5.0, 6.0, 1.0])).tolist() == [
        True,
        False,
        False,
    ]
    assert pairs.beats(3.0, 5.0)
    assert not pairs.beats(2.0, 5.0)


BAD = {
    "not outcomes": ({"outcomes": 3}, "cascade needs Outcomes, not an int"),
    "both goals": ({"max_cost": 1, "target": 0.5}, "max_cost or a target, not both"),
    "negative budget": ({"max_cost": -1}, "max_cost must be a number ≥ 0, not -1"),
    "budget of text": ({"max_cost": "1"}, "max_cost must be a number"),
    "infinite budget": ({"max_cost": math.inf}, "max_cost must be a number"),
    "target of nothing": ({"target": 0}, r"target must be a number in \(0, 1\], not 0"),
    "target in percent": ({"target": 90}, "target must be a number in"),
    "unknown target": ({"target": "most"}, "target must be 'best' or a share"),
    "no length": ({"max_length": 0}, "max_length must be a whole number ≥ 1, not 0"),
    "half a length": ({"max_length": 1.5}, "max_length must be a whole number"),
    "latency unknown": ({"max_latency": 1}, "max_latency: .* has no column 'latency'"),
    "negative latency": ({"max_latency": -1}, "max_latency must be a number ≥ 0"),
    "unknown costs": ({"costs": "tokens"}, "costs must be one of cost, latency, not 'tokens'"),
    "prices and a column": ({"costs": "latency"}, "give prices or costs='latency'"),
    "no costs": ({"prices": None}, "there is no column 'cost', so nothing says what an answer"),
    "no price": ({"prices": {"small": 1}}, "there is no price of 'large'"),
    "price below 0": ({"prices": PRICES | {"odd": -1}}, "the price of 'odd' is -1, below 0"),
    "price of text": ({"prices": PRICES | {"odd": "dear"}}, "'price' of 'odd' is 'dear', not a number"),
    "price missing": ({"prices": PRICES | {"odd": math.nan}}, "'price' of 'odd' is missing"),
    "prices of a kind": ({"prices": 3}, "prices must be a mapping of models to prices"),
    "no price column": ({"prices": pd.DataFrame({"cost": PRICES})}, "no column 'price'; there are cost"),
    "twice in a series": ({"prices": pd.Series([1, 2], index=["odd", "odd"])}, "a model is given twice"),
    "array of another shape": ({"prices": np.ones((3, 4))}, r"\(8, 4\), not \(3, 4\)"),
    "cost below 0": ({"prices": -np.ones((8, 4))}, "'large' on item '1' is not a cost of at least 0"),
    "costs of text": ({"prices": np.full((8, 4), "a")}, "an array of costs must hold numbers"),
    "rejects all": ({"false_reject": 1}, "false_reject must be below 1"),
    "no rate": ({"false_accept": 2}, "false_accept must be a number in"),
    "unknown method": ({"method": "exact"}, "method must be one of auto, dp, bb, highs, cp-sat"),
    "verifier for a solver": ({"method": "highs", "false_accept": 0.1}, "takes no verifier that errs"),
    "unknown model": ({"require": ["huge"]}, "require: unknown model 'huge'"),
    "budget of attributes": ({"budgets": ["price<=3"]}, "needs attributes of the models"),
    "one fold": ({"folds": 1}, "folds must be a whole number ≥ 2"),
    "negative repeats": ({"repeats": -1}, "repeats must be a whole number ≥ 0"),
    "no time": ({"time_limit": 0}, "time_limit must be a number > 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_inputs(outcomes, case):
    """Each is one clear error."""
    given, message = BAD[case]
    options = {"outcomes": outcomes, "prices": PRICES, **given}
    with pytest.raises(InputError, match=message) as caught:
        cascade(**options)
    assert "\n" not in str(caught.value)


def test_marks_are_refused():
    """A cascade ends at a right answer, so there must be right and wrong."""
    with pytest.raises(InputError, match="outcomes must be right or wrong"):
        cascade(load_outcomes(pd.DataFrame({"a": [0.5, 1], "b": [0, 1]})), {"a": 1, "b": 2})


CONFLICTS = {
    "none": {},
    "sizes": {"max_length": 1, "require": ["small", "large"]},
    "pairs": {"together": [("small", "large"), ("large", "odd")], "apart": [("small", "odd")],
              "require": ["small"]},
}  # fmt: skip


@pytest.mark.parametrize("case", CONFLICTS)
@pytest.mark.parametrize("method", CASCADE_METHODS)
def test_what_answered_is_named(outcomes, method, case):
    """A solver that was not asked is not named, and each has its own version."""
    answer = cascade(outcomes, PRICES, max_cost=4, repeats=0, method=method, **CONFLICTS[case])
    labelled_rightly(answer)
    named = {"none": {"highs": "HiGHS", "cp-sat": "CP-SAT"}.get(method), "sizes": "chemopt",
             "pairs": "CP-SAT"}[case]  # fmt: skip
    assert answer.solver == (named or answer.solver)
    assert (answer.status is Status.INFEASIBLE) == (case != "none")


def test_parts_of_the_time(outcomes, monkeypatch):
    """The runtime and the time limit are of building and solving, apart from the estimate."""
    at, left = [0.0], []
    monkeypatch.setattr(clock, "time", SimpleNamespace(perf_counter=lambda: at[0]))

    def slower(name, seconds):
        really = getattr(run_module, name)

        def run(*args, **options):
            left.extend(one.remaining for one in args if isinstance(one, RunOptions))
            at[0] += seconds
            return really(*args, **options)

        monkeypatch.setattr(run_module, name, run)

    slower("item_costs", 50.0)
    slower("solve_cascade", 3.0)
    slower("held_out_splits", 1000.0)
    answer = cascade(outcomes, PRICES, max_cost=4, repeats=0, time_limit=9)
    assert answer.timings == {"solve": 3.0, "held_out": 1000.0, "loading": 0.0}
    assert answer.runtime == answer.to_dict()["runtime"] == 3.0
    assert answer.to_dict()["timings"] == answer.timings
    assert left == [9.0]
    assert "  time          solve 3.00 s, held out 1000.00 s, loading 0.00 s" in str(answer)
