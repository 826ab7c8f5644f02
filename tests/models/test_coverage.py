"""The declarative models of maximum coverage."""

import itertools

import pyomo.environ as pyo
import pytest
from chemopt_models import build_coverage, build_coverage_cp_sat
from coverage_cases import random_coverage

from chemopt.problem.check import linear_violations


def binary_problems(seeds, most):
    for seed in seeds:
        problem = random_coverage(seed, most=most)
        right = problem.patterns.right
        if len(right) and ((right == 0) | (right == 1)).all():
            yield problem


def subsets(n):
    return itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1))


def meets(model):
    """Whether the values in a model meet its constraints."""
    return all(
        (con.lower is None or pyo.value(con.body) >= pyo.value(con.lower) - 1e-12)
        and (con.upper is None or pyo.value(con.body) <= pyo.value(con.upper) + 1e-12)
        for con in model.component_data_objects(pyo.Constraint, active=True)
    )


def test_the_model_is_the_problem():
    """For every subset: the objective is the value, the constraints are the constraints."""
    for problem in binary_problems(range(30), most=5):
        model = build_coverage(problem)
        labels = list(model.I)
        for chosen in subsets(len(labels)):
            for variable, value in model.point({labels[i] for i in chosen}):
                variable.set_value(value)
            assert pyo.value(model.coverage) == pytest.approx(problem.patterns.value(chosen))
            assert pyo.value(model.size) == len(chosen)
            names = [problem.models[i] for i in chosen]
            assert meets(model) == (not linear_violations(problem, names))


def test_cp_sat_rounding_error_is_a_bound():
    """For every subset the integer objective is within `rounding_error` of the value."""
    for problem in binary_problems(range(30), most=5):
        built = build_coverage_cp_sat(problem)
        proto = built.model.proto
        names = [variable.name for variable in proto.variables]
        # a maximisation is stored with the signs turned round
        weight = {
            int(names[k][2:-1]): -w
            for k, w in zip(proto.objective.vars, proto.objective.coeffs, strict=True)
        }
        right = problem.patterns.right
        for chosen in subsets(len(problem.models)):
            covered = right[:, list(chosen)].any(axis=1)
            value = sum(weight.get(p, 0) * bool(c) for p, c in enumerate(covered, 1))
            error = abs(value / built.scale - problem.patterns.value(chosen))
            assert error <= built.rounding_error + 1e-12
        if not (problem.patterns.weights % 1).any():
            assert (built.scale, built.rounding_error) == (1.0, 0.0)
