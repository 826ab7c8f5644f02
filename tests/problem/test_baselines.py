"""What an ensemble is compared with, against definitions that are written out here."""

import itertools
import math
import re
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import NAMES, examples, meets_side_constraints, side_constraints

from chemopt import ChemistryProblem, ChemistryTable
from chemopt.problem import baselines
from chemopt.problem.baselines import (
    best_single_model,
    most_accurate,
    random_ensembles,
    single_models,
)


def problem_of(models, **options):
    return ChemistryProblem(ChemistryTable(tuple(models), np.zeros((len(models),) * 2)), **options)


@st.composite
def problems(draw):
    """Draw a pool with constraints of every kind, and accuracies with ties."""
    models = NAMES[: draw(st.integers(2, 7))]
    some = st.lists(st.sampled_from(models), max_size=2, unique=True)
    options = draw(side_constraints(models))
    options |= {"require": draw(some), "exclude": draw(some)}
    options["max_size"] = draw(st.one_of(st.none(), st.integers(1, 7)))
    accuracy = draw(st.lists(st.integers(0, 4), min_size=len(models), max_size=len(models)))
    share = draw(st.booleans())
    return problem_of(models, **options), np.array(accuracy) / (7 if share else 1)


def may_be_asked_alone(problem, model):
    """Go by the texts: exclusion, the model's own price, groups that are full, a forbidden answer."""
    if model in problem.exclude or any(set(one) == {model} for one in problem.constraints.forbid):
        return False
    for budget in problem.constraints.budgets:
        name, limit = str(budget).split("<=")
        if Decimal(str(problem.constraints.table.loc[model, name])) > Decimal(limit):
            return False
    for group in problem.constraints.groups:
        of, sign, count = re.fullmatch("([^<>=]+(?:=[^<>=]+)?)(<=|>=|==)(.+)", str(group)).groups()
        name, _, wanted = of.partition("=")
        inside = not wanted or problem.constraints.table.loc[model, name] == wanted
        if sign in ("<=", "==") and int(count) == 0 and inside:
            return False
    return True


def feasible(problem, size):
    """List the ensembles of a size that meet all constraints but those on size."""
    return [
        X
        for X in itertools.combinations(problem.models, size)
        if set(problem.require) <= set(X)
        and not set(problem.exclude) & set(X)
        and meets_side_constraints(problem, X)
    ]


@given(problems())
@examples(200)
def test_single_models(drawn):
    """A model may be asked alone unless a constraint speaks of it by itself."""
    problem, accuracy = drawn
    alone = [m for m in problem.models if may_be_asked_alone(problem, m)]
    assert list(single_models(problem)) == alone
    of = dict(zip(problem.models, accuracy, strict=True))
    expected = min(alone, key=lambda m: (-of[m], m), default=None)
    assert best_single_model(problem, accuracy) == expected


ATTRIBUTES = {
    m: {"price": p, "maker": q} for m, p, q in zip("abcd", (5, 4, 1, 1), "xyyz", strict=True)
}
ALONE = {
    "size": ({"size": 3}, "abcd"),
    "smallest size": ({"min_size": 3}, "abcd"),
    "required": ({"require": ["c", "d"]}, "abcd"),
    "excluded": ({"exclude": ["a"]}, "bcd"),
    "budget": ({"budgets": ["price<=4"]}, "bcd"),
    "most of a group": ({"groups": ["maker=x<=0"]}, "bcd"),
    "most of each group": ({"groups": ["maker<=1"]}, "abcd"),
    "fewest of a group": ({"groups": ["maker=y>=2"]}, "abcd"),
    "number of a group": ({"groups": ["maker=y==2"]}, "abcd"),
    "apart": ({"apart": [("a", "b")]}, "abcd"),
    "together": ({"together": [("a", "b")]}, "abcd"),
    "forbidden alone": ({"forbid": [["a"]]}, "bcd"),
    "forbidden in company": ({"forbid": [["a", "b"]]}, "abcd"),
    "nothing forbidden": ({"forbid": [[]]}, "abcd"),
    "several": (
        {"together": [("a", "b")], "budgets": ["price<=4"], "forbid": [["b"]], "require": ["d"]},
        "cd",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ALONE)
def test_single_models_by_kind(kind):
    """Each kind of constraint by itself, and some together."""
    options, alone = ALONE[kind]
    assert "".join(single_models(problem_of("abcd", attributes=ATTRIBUTES, **options))) == alone


@given(problems(), st.integers(0, 7))
@examples(300)
def test_most_accurate(drawn, size):
    """Enumeration finds the same: the largest sum, and of equal ones the first in the order."""
    problem, accuracy = drawn
    of = dict(zip(problem.models, accuracy, strict=True))
    order = sorted(problem.models, key=lambda m: (-of[m], m))
    best = min(
        feasible(problem, size),
        key=lambda X: (-sum(Fraction(of[m]).limit_denominator(7) for m in X), sorted(map(order.index, X))),
        default=(),
    )  # fmt: skip
    found = most_accurate(problem, accuracy, size)
    assert found.proved
    assert found.models == tuple(sorted(best))
    for known in feasible(problem, size)[:1]:
        assert most_accurate(problem, accuracy, size, known) == found


@given(problems(), st.integers(1, 7))
@examples(100)
def test_random_ensembles(drawn, size):
    """Those that are drawn are feasible, and all that there are where they are few."""
    problem, _ = drawn
    possible = set(feasible(problem, size))
    found = random_ensembles(problem, size, 5, np.random.default_rng(1))
    if math.comb(len(problem.models) - len(problem.exclude), size) <= 5:
        assert sorted(found) == sorted(possible)
        return
    assert set(found) <= possible
    assert len(found) == (5 if possible else 0)


def test_random_ensembles_are_equally_likely():
    """Without constraints, and where pairs go together, each ensemble comes up about as often."""
    for options, count in (({}, 10), ({"exclude": ["e"]}, 6), ({"require": ["a"]}, 4)):
        problem = problem_of("abcde", **options)
        rng = np.random.default_rng(0)
        times = Counter(X for _ in range(500) for X in random_ensembles(problem, 2, 4, rng))
        assert len(times) == count
        assert min(times.values()) > 0.7 * 2000 / count


def test_unknown_accuracies_come_last():
    """A model of unknown accuracy is taken where no known one is left."""
    problem, accuracy = problem_of("abcd"), np.array([np.nan, 0.0, 0.9, np.nan])
    assert most_accurate(problem, accuracy, 2).models == ("b", "c")
    assert most_accurate(problem, accuracy, 3).models == ("a", "b", "c")
    assert best_single_model(problem, accuracy) == "c"
    assert best_single_model(problem.with_options(exclude=["b", "c"]), accuracy) == "a"


def large(seed, models=60):
    """Draw a pool in which accurate models cost more of two things."""
    rng = np.random.default_rng(seed)
    names = tuple(f"m{k:02d}" for k in range(models))
    right = rng.binomial(300, rng.uniform(0.2, 0.9, models))
    attributes = pd.DataFrame(
        {
            "price": np.round(right / 60 + rng.uniform(0, 3, models), 2),
            "latency": np.round(right / 75 + rng.uniform(0, 3, models), 2),
            "maker": rng.integers(0, 8, models).astype(str),
        },
        index=names,
    )
    return names, right, attributes


@pytest.mark.parametrize("seed", range(4))
def test_sixty_models_and_two_budgets_are_proved(seed):
    """A mixed-integer solver finds the same value, and few nodes are needed."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    names, right, attributes = large(seed)
    size = (6, 12)[seed % 2]
    limits = [round(0.7 * size * attributes[of].mean(), 2) for of in ("price", "latency")]
    budgets = [f"{of}<={limit}" for of, limit in zip(("price", "latency"), limits, strict=True)]
    groups = ["maker<=3"] if seed > 1 else []
    problem = problem_of(names, budgets=budgets, groups=groups, attributes=attributes)
    found = most_accurate(problem, right, size, nodes=1000)
    assert found.proved
    makers = [(attributes["maker"] == maker).to_numpy(float) for maker in set(attributes["maker"])]
    rows = [attributes["price"], attributes["latency"], *(makers if groups else [])]
    highs = [*limits, *([3] * len(makers) if groups else [])]
    other = milp(
        -right, integrality=np.ones(60), bounds=Bounds(0, 1), options={"mip_rel_gap": 0},
        constraints=[LinearConstraint(np.array(rows), -np.inf, highs),
                     LinearConstraint(np.ones((1, 60)), size, size)],
    )  # fmt: skip
    assert right[problem.positions(found.models)].sum() == pytest.approx(-other.fun)
    assert meets_side_constraints(problem, found.models)


@pytest.mark.parametrize("price", [1e3, 1e15])
def test_dear_models_and_other_units_cost_no_nodes(price):
    """A price that nobody can pay, and prices in millionths, leave the search as it was."""
    names, right, attributes = large(2)
    budgets = ["price<=38", "latency<=34"]
    plain = problem_of(names, budgets=budgets, attributes=attributes)
    expected = most_accurate(plain, right, 12, nodes=400)
    assert expected.proved
    more = attributes.assign(price=attributes["price"] * 1e6)
    more.loc["dear"] = [price * 1e6, 0.0, "0"]
    dear = problem_of((*names, "dear"), budgets=["price<=38e6", budgets[1]], attributes=more)
    assert most_accurate(dear, np.append(right, 300), 12, nodes=400) == expected


def test_a_node_limit_is_told():
    """Without a proof it says so, and is no worse than what is known."""
    names, right, attributes = large(1)
    problem = problem_of(names, budgets=["price<=38"], attributes=attributes)
    known = tuple(attributes["price"].nsmallest(12).index)
    found = most_accurate(problem, right, 12, known, nodes=1)
    assert not found.proved
    assert right[problem.positions(found.models)].sum() >= right[problem.positions(known)].sum()
    assert meets_side_constraints(problem, found.models)
    assert most_accurate(problem, right, 12, known).proved


@pytest.mark.parametrize("scale", [1.0, 1e9, 1e15])
def test_a_model_that_nobody_can_afford_changes_nothing(scale):
    """Neither top-k nor the best model nor what is drawn look at its price."""
    prices = {"a": 0.9, "b": 0.9, "c": 0.1, "d": 0.1}
    accuracy = np.array([0.9, 0.8, 0.5, 0.4])
    few = problem_of(
        "abcd", budgets=["price<=1"], attributes={m: {"price": p} for m, p in prices.items()}
    )
    more = problem_of(
        "abcde", budgets=["price<=1"],
        attributes={m: {"price": p} for m, p in (prices | {"e": 2 * scale}).items()},
    )  # fmt: skip
    assert most_accurate(few, accuracy, 2).models == ("a", "c")
    assert most_accurate(more, np.append(accuracy, 1.0), 2).models == ("a", "c")
    assert best_single_model(more, np.append(accuracy, 1.0)) == "a"
    drawn = random_ensembles(more, 2, 50, np.random.default_rng(0))
    assert set(drawn) <= {("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")}


def test_no_clock():
    """Nothing that looks at the time is used."""
    assert not {"time", "perf_counter", "monotonic"} & set(vars(baselines))
