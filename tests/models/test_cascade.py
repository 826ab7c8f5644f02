"""The declarative models of cascades: for every order they are its expected cost and coverage."""

import itertools
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest
from cascade_cases import random_case
from chemopt_models import build_cascade, build_cascade_cp_sat

from chemopt.methods.options import RunOptions
from chemopt.methods.solvers import CpSatSolver, HighsModel
from chemopt.problem.check import linear_violations
from chemopt.selection.cascade.order import stages
from chemopt.selection.cascade.verifier import Verifier


def orders_of(n):
    for size in range(1, n + 1):
        yield from itertools.permutations(range(n), size)


def set_order(model, problem, order):
    """Give the variables their values for an order: what is unsolved, and what is asked."""
    labels, right = list(model.I), problem.items.right
    for i in labels:
        model.x[i].set_value(float(labels.index(i) in order))
        for t in model.T:
            model.y[i, t].set_value(float(t <= len(order) and labels[order[t - 1]] == i))
    for p in model.P:
        still_open = 1.0
        for t in model.T:
            for i in labels:
                model.q[p, i, t].set_value(still_open * pyo.value(model.y[i, t]))
            if t <= len(order) and right[p - 1, order[t - 1]]:
                still_open = 0.0
            model.u[p, t].set_value(still_open)


def meets(model):
    return all(
        (con.lower is None or pyo.value(con.body) >= pyo.value(con.lower) - 1e-9)
        and (con.upper is None or pyo.value(con.body) <= pyo.value(con.upper) + 1e-9)
        for con in model.component_data_objects(pyo.Constraint, active=True)
    )


def test_the_model_is_the_problem():
    """For every order: cost, coverage and latency are those of its stages, and limits hold."""
    for seed in range(12):
        *_, problem = random_case(seed, (1, 4), latency=True)
        problem = replace(problem, max_cost=4.0, max_latency=8.0)
        model = build_cascade(problem)
        longest = len(model.T)
        for order in orders_of(len(problem.models)):
            if len(order) > longest:
                continue
            set_order(model, problem, order)
            found = stages(problem.items, order, Verifier())
            assert pyo.value(model.cost) == pytest.approx(found.total_cost)
            assert pyo.value(model.covered) == pytest.approx(found.total_covered)
            assert pyo.value(model.latency) == pytest.approx(found.total_latency)
            names = [problem.models[k] for k in order]
            within = found.total_cost <= 4 + 1e-9 and found.total_latency <= 8 + 1e-9
            assert meets(model) == (within and not linear_violations(problem, names))


@pytest.mark.parametrize("goal", [{"max_cost": 3.0}, {"target": 2.0}], ids=str)
def test_cp_sat_bounds_hold(goal):
    """The bound in integers, with its rounding error, is on the right side of HiGHS's optimum."""
    compared = 0
    for seed in range(20):
        *_, problem = random_case(seed, (2, 4))
        problem = replace(problem, **goal)
        mine = CpSatSolver(build_cascade_cp_sat(problem)).solve(RunOptions())
        other = HighsModel(build_cascade(problem)).solve(RunOptions())
        assert (mine.models is None) == (other.models is None)
        if mine.models is None:
            continue
        sign = 1 if "max_cost" in goal else -1
        assert sign * (mine.bound - other.claimed_loss) >= -1e-6
        assert mine.claimed_loss == pytest.approx(other.claimed_loss, abs=1e-6)
        compared += 1
    assert compared > 5


def test_positions_have_no_gaps():
    """A later position is filled only if the one before is."""
    *_, problem = random_case(2, (3, 3), constrained=False)
    model = build_cascade(replace(problem, max_cost=100.0))
    set_order(model, problem, (0, 1))
    assert meets(model)
    first, third = model.I.first(), model.T.last()
    model.y[first, 1].set_value(0)
    model.y[first, third].set_value(1)
    assert not meets(model)
    assert np.isfinite(pyo.value(model.cost))
