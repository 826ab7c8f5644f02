"""The problem in ±1 variables."""

import pytest
from exact_cases import all_signs, random_problem
from hypothesis import given
from hypothesis import strategies as st

from chemopt.methods.bqp.bound.sign_form import natural_scale, sign_form

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
def test_sign_form_is_the_same_function(seed):
    """f(x) = base − scale ⟨W, s sᵀ⟩ for all points."""
    problem = random_problem(seed, most=6)
    form = sign_form(problem, natural_scale(problem))
    for s in all_signs(problem.n):
        value = form.base - form.scale * (s @ form.matrix @ s)
        assert value == pytest.approx(problem.value(s[1:] > 0), abs=2 * problem.rounding_error)
