"""Constraints that a user adds to the Pyomo model: respected, checked, and told of."""

import json
import math

import pandas as pd
import pyomo.environ as pyo
import pytest
from hypothesis import assume, given, settings
from strategies import all_subsets, loss_by_definition, problems

from chemopt import (
    ChemistryProblem,
    ChemistryTable,
    InputError,
    MipOptions,
    Profiles,
    SolverError,
    Status,
    best_ensembles,
    breakpoints,
    explain,
    pareto_front,
    phase_diagram,
    recommend,
)
from chemopt.methods.mip import customised
from chemopt.methods.mip.formulations import FORMULATIONS
from chemopt.methods.solvers import HighsModel
from chemopt.problem.generate import generate_problem

every_formulation = pytest.mark.parametrize("formulation", FORMULATIONS)


@pytest.fixture
def problem():
    return generate_problem(8, seed=1).with_options(alpha=0.8, m_inter="total")


def intra(problem, X):
    return math.fsum(problem.table[a, b] for a in X for b in X if a < b)


# Each case: what is added to the model, and the same condition in Python.
def implication(problem):
    a, b = problem.models[:2]
    return lambda m: m.x_of[a] <= m.x_of[b], lambda X: a not in X or b in X


def weights(problem):
    weight = {name: (3 * k) % 5 - 1 for k, name in enumerate(problem.models)}

    def add(m):
        m.weights = pyo.Constraint(expr=sum(weight[i] * m.x_of[i] for i in weight) == 2)

    return add, lambda X: sum(weight[i] for i in X) == 2


def little_chemistry(problem):
    return lambda m: m.intra <= 0.7007, lambda X: intra(problem, X) <= 0.7007


def even_size(problem):
    """Needs a variable of the user's own, in a block of their own."""

    def add(m):
        m.own = pyo.Block()
        m.own.half = pyo.Var(domain=pyo.Integers, bounds=(0, 10))
        m.own.even = pyo.Constraint(expr=m.size == 2 * m.own.half)

    return add, lambda X: len(X) % 2 == 0


def bottleneck(problem):
    """A continuous variable between two sums."""
    first, rest = problem.models[:2], problem.models[2:]

    def add(m):
        m.t = pyo.Var(bounds=(-1, 12))
        m.unused = pyo.Var(bounds=(3, 4))
        m.low = pyo.Constraint(expr=m.t >= sum(m.x_of[i] for i in first) + 0.5)
        m.high = pyo.Constraint(expr=m.t <= sum(m.x_of[i] for i in rest))

    return add, lambda X: len(set(X) & set(first)) + 0.5 <= len(set(X) & set(rest))


CASES = (implication, weights, little_chemistry, even_size, bottleneck)


def least(problem, meets):
    feasible = [X for X in all_subsets(problem.models) if meets(X)]
    return min((loss_by_definition(problem, X) for X in feasible), default=math.inf)


@every_formulation
@pytest.mark.parametrize("case", CASES)
@given(problem=problems(most=5))
@settings(max_examples=6)
def test_it_is_the_best_that_meets_the_condition(formulation, case, problem):
    """The same as going through all subsets with the condition in Python."""
    entries = problem.matrix[problem.matrix != 0]
    assume(formulation != "glover" or not entries.size or entries.max() <= 1e6 * entries.min())
    add, meets = case(problem)
    expected = least(problem, meets)
    answer = recommend(problem, "highs", options=MipOptions(formulation, add))
    if math.isinf(expected):
        assert answer.status is Status.INFEASIBLE
        assert answer.message
        return
    assert answer.status is Status.OPTIMAL
    assert meets(answer.models)
    assert answer.loss == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert answer.bound <= expected + 1e-12
    assert answer.added_constraints


@every_formulation
def test_a_binding_condition_changes_the_answer(problem, formulation):
    """And the answer says under which condition it is optimal, in text and JSON."""
    plain = recommend(problem)
    one, other = plain.models[:2]
    apart = MipOptions(formulation, lambda m: m.x_of[one] + m.x_of[other] <= 1)
    answer = recommend(problem, "highs", options=apart)
    assert answer.models == recommend(problem.with_options(apart=[(one, other)])).models
    assert answer.models != plain.models
    assert "subject to    customised[1]: x[" in answer.summary()
    assert json.loads(answer.to_json())["added_constraints"] == list(answer.added_constraints)
    assert recommend(problem, "auto", options=apart).models == answer.models


@every_formulation
def test_several_are_ranked(problem, formulation):
    """The k best are the k best of those that meet the condition."""
    add, meets = even_size(problem)
    found = best_ensembles(problem, 4, "highs", options=MipOptions(formulation, add))
    losses = sorted(loss_by_definition(problem, X) for X in all_subsets(problem.models) if meets(X))
    assert [answer.loss for answer in found] == pytest.approx(losses[:4])


def test_ties_and_pool_order():
    """Ties by accuracy would swap without knowing the condition; the order of the pool is free."""
    names = ("d", "c", "b", "a")
    accuracy = [0.9, 0.8, 0.7, 0.6]
    frame = pd.DataFrame({"model": names, "quality": 5.0, "accuracy": accuracy})
    profiles = Profiles.from_frame(frame)
    table = ChemistryTable(names, [[0.0 if i == j else 1.0 for j in range(4)] for i in range(4)])
    problem = ChemistryProblem(table, profiles=profiles, size=2, m_inter="total")
    own = MipOptions(customise=lambda m: m.x_of["d"] + m.x_of["c"] <= 0)
    answer = recommend(problem, "highs", options=own)
    assert answer.models == ("a", "b")
    assert answer.proved
    assert not any("ties" in warning for warning in answer.warnings)


def test_without_variables(problem):
    """Whatever is chosen, it is met, or it is not."""
    for limit, status in ((0, Status.OPTIMAL), (1, Status.INFEASIBLE)):
        own = MipOptions(customise=lambda m: 0 * m.x_of["model-1"] >= limit)  # noqa: B023
        assert recommend(problem, "highs", options=own).status is status


@every_formulation
def test_infeasible_says_by_what(problem, formulation):
    add = lambda m: [m.size >= 4, m.intra <= 0.1]  # noqa: E731
    answer = recommend(problem, "highs", options=MipOptions(formulation, add))
    assert answer.status is Status.INFEASIBLE
    assert answer.message == (
        "no ensemble of the 8 models meets the constraints of the problem and those that customise "
        "added: customised[1], customised[2]"
    )


def test_infeasible_without_them(problem):
    """What contradicts itself already is named as ever."""
    clash = problem.with_options(apart=[problem.models[:2]], require=problem.models[:2])
    options = MipOptions(customise=lambda m: m.size <= 3)
    assert recommend(clash, "highs", options=options).message == recommend(clash).message


def test_no_time(problem):
    """A model that is not built says nothing of its constraints, so there is no answer."""
    options = MipOptions(customise=lambda m: m.size <= 3)
    answer = recommend(problem, "highs", options=options, time_limit=1e-9)
    assert answer.status is Status.NO_RECOMMENDATION
    assert "was not begun" in answer.message


@pytest.mark.slow
@pytest.mark.parametrize("formulation", ["linearised", "rlt"])
def test_little_time(formulation):
    """Whatever there is by then meets the condition, and its bound is one."""
    large = generate_problem(40, seed=3, kind="uniform").with_options(alpha=0.8, m_inter="total")
    climbed = recommend(large, "hill-climb").models
    for forbidden in (climbed[0], next(m for m in large.models if m not in climbed)):
        options = MipOptions(formulation, lambda m: m.x_of[forbidden] <= 0)  # noqa: B023
        answer = recommend(large, "highs", options=options, time_limit=1.5)
        assert forbidden not in answer.models
        assert answer.loss is None or answer.bound <= answer.loss


def replace_x(m):
    m.del_component(m.x)


def other_objective(m):
    m.loss.deactivate()
    m.cost = pyo.Objective(expr=m.size)


def second_objective(m):
    m.cost = pyo.Objective(expr=m.size)


def changed_objective(m):
    m.loss.expr = m.size


def changed_weight(m):
    m.alpha = 0.1


def changed_expression(m):
    m.intra.set_value(0)


def fixed(m):
    m.x_of["model-1"].fix(1)


def relaxed_domain(m):
    m.x_of["model-1"].domain = pyo.Reals


def dropped(m):
    m.both_needs_first.deactivate()


def unbounded(m):
    m.z = pyo.Var()
    m.c = pyo.Constraint(expr=m.z <= m.size)


def sos(m):
    m.s = pyo.SOSConstraint(var=m.x, sos=1)


def logical(m):
    m.z = pyo.BooleanVar()
    m.c = pyo.LogicalConstraint(expr=m.z)


def of_another_model(m):
    other = pyo.ConcreteModel(name="other")
    other.q = pyo.Var(bounds=(0, 1))
    m.c = pyo.Constraint(expr=other.q >= 1)
    m.keep_alive = pyo.Block()
    m.keep_alive.other = [other]


def raises(m):
    raise RuntimeError("no luck\nat all")


@pytest.mark.parametrize(
    ("customise", "message"),
    [
        (replace_x, "customise must not remove or replace 'x' of the model"),
        (other_objective, "'loss' of the model; the loss is what is checked and compared"),
        (
            second_objective,
            "customise added the objective 'cost'; the loss must stay the objective",
        ),
        (changed_objective, "'loss' of the model; the loss is what is checked and compared"),
        (changed_weight, "'alpha' of the model; give the problem other weights"),
        (changed_expression, "'intra' of the model; it may only add"),
        (fixed, r"'x\[m1_model_1\]' of the model; say it by a constraint"),
        (relaxed_domain, r"'x\[m1_model_1\]' of the model"),
        (dropped, "must not change, fix, deactivate or remove 'both_needs_first"),
        (unbounded, "variable 'z' that customise added needs finite bounds"),
        (sos, "customise added 's', a SOSConstraint"),
        (logical, "customise added 'z', a BooleanVar"),
        (of_another_model, "'q', which is of another model"),
        (raises, "customise raised RuntimeError: no luck$"),
        (lambda m: m.x_of["model-1"] * m.x_of["model-2"] <= 0, r"'customised\[1\]' .* not linear"),
        (lambda m: m.x_of["model-1"] * math.nan <= 0, "not a finite number"),
        (lambda m: m.x_of["gpt"] <= 0, "customise raised KeyError: 'gpt'"),
        (lambda m: 3, "return them .* but it returned 3"),
        (lambda m: [m.size <= 3, True], "but it returned True"),
        (lambda: None, "customise raised TypeError"),
    ],
)
def test_what_it_may_not_do(problem, customise, message):
    """Whatever would make the proof one of another problem is refused before anything runs."""
    with pytest.raises(InputError, match=message):
        recommend(problem, "highs", options=MipOptions(customise=customise))


def test_where_it_is_refused(problem):
    """What cannot respect it says so."""
    own = MipOptions(customise=lambda m: m.size <= 3)
    with pytest.raises(InputError, match="customise must be a function of the Pyomo model"):
        MipOptions(customise="x <= 1")
    with pytest.raises(InputError, match="method 'highs' solves, not 'cp-sat'"):
        recommend(problem, "cp-sat", options=own)
    with pytest.raises(InputError, match="method 'exact' does not take MipOptions"):
        recommend(problem, "exact", options=own)
    for analysis in (breakpoints, pareto_front, phase_diagram):
        with pytest.raises(InputError, match="customise is for recommend and best_ensembles"):
            analysis(problem, method="highs", options=own)
    with pytest.raises(InputError, match="explain knows the constraints of the problem only"):
        explain(recommend(problem, "highs", options=own))


@pytest.mark.parametrize("own_variable", [False, True])
def test_an_answer_that_breaks_it_is_not_returned(problem, own_variable, monkeypatch):
    """A solver that ignored the condition is found out, apart from the solver."""
    best = recommend(problem).models
    wrong = tuple(problem.positions(best))
    true_solve = HighsModel.solve
    calls = []

    def solve(self, run, start=None):
        answer = true_solve(self, run, start)
        calls.append(answer.models)
        if len(calls) == 1:
            return customised.MethodOutcome(wrong, answer.stop_reason, "HiGHS", bound=answer.bound)
        return answer

    def add(m):
        m.z = pyo.Var(bounds=(0, 1))
        return m.x_of[best[0]] <= (0.5 * m.z if own_variable else 0)

    monkeypatch.setattr(HighsModel, "solve", solve)
    options = MipOptions(customise=add)
    if own_variable:
        with pytest.raises(SolverError, match=r"your constraint 'customised\[1\]'"):
            recommend(problem, "highs", options=options)
    else:
        answer = recommend(problem, "highs", options=options)
        assert len(calls) == 2
        assert best[0] not in answer.models
