"""The multiplier of the inter constraint: bounds hold, and are better than without it."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from exact_cases import random_problem
from strategies import cases

from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.inter_multiplier import bound_with_multiplier
from chemopt.methods.bqp.bound.sdp import BoundParameters, bound_node
from chemopt.methods.bqp.branching import Subproblem
from chemopt.methods.bqp.forms import Forms
from chemopt.methods.bqp.problem import FREE
from chemopt.methods.quadratic import binary_quadratic
from chemopt.problem.generate import generate_problem

PARAMETERS = BoundParameters(rho=0.05, rounds=8)


def bounds(forms, left, cutoff):
    """Return the bounds of f without the constraint, and with it, from below and from above."""
    form = forms.of(left)
    without = replace(form, inter=None)
    target = forms.target(form, cutoff, left)
    before = bound_node(without, Duals.eigenvalue_bound(form.matrix), target, PARAMETERS)
    found = [before] + [
        bound_with_multiplier(form, before, target, PARAMETERS, falling=falling)
        for falling in (False, True)
    ]
    return [forms.objective_bound(form, node.certificate.bound, left) for node in found]


@pytest.mark.random_cases
def test_no_feasible_point_is_below():
    """Whatever the multiplier is."""
    checked = 0
    for seed in range(cases(100)):
        problem = random_problem(seed, most=7)
        if problem.inter is None:
            continue
        points = np.array(list(product([False, True], repeat=problem.n)))
        values = [problem.value(x) for x in points if problem.is_feasible(x)]
        if values:
            checked += 1
            left = Subproblem(np.full(problem.n, FREE, dtype=np.int8), (0, problem.n))
            for bound in bounds(Forms(problem), left, min(values)):
                assert bound <= min(values) + 1e-9 * problem.magnitude
    assert checked > 3


@pytest.mark.parametrize("seed", range(3))
def test_where_it_binds_the_bound_is_better(seed):
    """Chemistry of 24 models, ensembles of 14."""
    problem = generate_problem(24, seed).with_options(alpha=0.8, beta=0.5, m_inter="published")
    program, fixed = binary_quadratic(problem)
    without, rising, falling = bounds(Forms(program), Subproblem(fixed, (14, 14)), 100.0)
    assert falling > rising > without
