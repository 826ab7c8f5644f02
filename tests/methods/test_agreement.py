"""Independent methods agree on random problems."""

import math

import numpy as np
import pytest
from hypothesis import given
from strategies import (
    cases,
    check_exact,
    examples,
    least_loss,
    loss_by_definition,
    problems,
    random_problem,
)

from chemopt import ChemistryProblem, ChemistryTable, MipOptions, Status, StopReason, recommend
from chemopt.methods.mip.formulations import CP_SAT_FORMULATIONS, FORMULATIONS
from chemopt.problem.generate import generate_problem

EXACT = ("brute-force", "exact", "highs", "cp-sat")
FORMULATED = [("highs", f) for f in FORMULATIONS] + [("cp-sat", f) for f in CP_SAT_FORMULATIONS]
every_formulation = pytest.mark.parametrize(("method", "formulation"), FORMULATED)


@given(problem=problems())
@examples(60)
def test_brute_force_is_exact(problem):
    """Matrix products over halves give what going through the subsets gives."""
    check_exact(problem, "brute-force")


@every_formulation
@given(problem=problems())
@examples(25)
def test_solvers_are_exact(method, formulation, problem):
    """HiGHS and CP-SAT agree with the definition, by every formulation, constraints and all."""
    check_exact(problem, method, MipOptions(formulation))


def check_against_brute_force(problem: ChemistryProblem, method: str, **options) -> None:
    """A method that claims optimality agrees with brute force; its bound is never above that."""
    expected, answer = recommend(problem, "brute-force"), recommend(problem, method, **options)
    assert answer.status == expected.status
    if expected.loss is not None:
        assert answer.loss == pytest.approx(expected.loss, rel=1e-9, abs=1e-9)
        assert answer.bound <= expected.loss + 1e-12


@every_formulation
@pytest.mark.parametrize("seed", range(12))
def test_formulations_agree_with_brute_force(method, formulation, seed):
    """Up to 14 models with random side constraints."""
    check_against_brute_force(random_problem(seed), method, options=MipOptions(formulation))


@pytest.mark.slow
@pytest.mark.random_cases
@pytest.mark.parametrize("first", range(12, 262, 50))
def test_formulations_agree_with_brute_force_at_length(first):
    """Sixty such problems (in a long run two hundred and fifty), by every formulation and every solver."""
    for seed in range(first, first + cases(50)):
        for method, formulation in FORMULATED:
            check_against_brute_force(random_problem(seed), method, options=MipOptions(formulation))


@pytest.mark.slow
@pytest.mark.parametrize("method", EXACT)
@given(problem=problems(most=9))
@examples(300)
def test_exact_methods_at_length(method, problem):
    """The same on larger pools and many more cases."""
    check_exact(problem, method)


@given(problem=problems())
@examples(150)
def test_hill_climb_is_feasible_and_never_better(problem):
    """The climber's ensemble meets all constraints, and its loss is at least the optimum."""
    least = least_loss(problem)
    answer = recommend(problem, "hill-climb")
    if answer.models and answer.stop_reason.value != "fallback":
        assert answer.status is Status.FEASIBLE
        assert answer.bound is None
        assert answer.loss == pytest.approx(loss_by_definition(problem, answer.models), abs=1e-12)
        assert answer.loss >= least - 1e-9
    if math.isinf(least):
        assert not answer.models


@given(problem=problems(constrained=False))
@examples(40)
def test_loss_does_not_depend_on_names(problem):
    """Renaming models (in the same order) changes names, not losses."""
    new_name = {old: f"x{k} / {old}" for k, old in enumerate(problem.models)}
    table = problem.table
    renamed = ChemistryProblem(
        type(table)(tuple(new_name.values()), table.matrix),
        alpha=problem.alpha,
        beta=problem.beta,
        m_inter=problem.m_inter,
        subsets=tuple(tuple(new_name[m] for m in subset) for subset in problem.subsets),
    )
    for method in ("brute-force", "hill-climb"):
        before, after = recommend(problem, method), recommend(renamed, method)
        assert after.loss == before.loss
        assert after.models == tuple(sorted(new_name[m] for m in before.models))


@pytest.mark.parametrize("kind", ["chemistry-like", "uniform"])
@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.9])
def test_solvers_agree_on_twelve_models(kind, alpha):
    """On pools of the published size the three exact methods agree to 1e-9."""
    problem = generate_problem(12, seed=5, kind=kind).with_options(alpha=alpha)
    losses = [recommend(problem, method).loss for method in EXACT]
    assert max(losses) - min(losses) < 1e-9


def test_methods_do_not_depend_on_threads_or_seed():
    """Another seed and more threads find the same loss."""
    problem = generate_problem(10, seed=3)
    losses = {
        round(recommend(problem, method, seed=seed, threads=threads).loss, 10)
        for method in ("highs", "cp-sat")
        for seed, threads in ((0, 1), (7, 2), (7, 1))
    }
    assert len(losses) == 1


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 3e4, 1e6])
@every_formulation
def test_small_and_large_entries_are_proved(method, formulation, scale):
    """Tolerances go with the entries: the same pool is proved at any scale."""
    table = generate_problem(6, seed=5, kind="uniform").table
    scaled = ChemistryTable(table.models, table.matrix * scale, entries="general")
    problem = ChemistryProblem(scaled, alpha=0.6, beta=0.1 * scale, m_inter="cut")
    for at in (problem, problem.with_options(alpha=1.0, beta=0.0)):  # whose optimum is 0
        expected, answer = recommend(at), recommend(at, method, options=MipOptions(formulation))
        assert expected.status is answer.status is Status.OPTIMAL
        assert answer.loss == pytest.approx(expected.loss, rel=1e-9, abs=1e-9 * scale)


@pytest.mark.parametrize("method", ["multi-start", "annealing", "tabu", "hill-climb"])
@pytest.mark.parametrize("beta", [1e4, 1e6, 1e9])
def test_searches_end_where_a_price_drowns_the_chemistry(method, beta):
    """A swap that changes nothing is no gain, whatever rounding leaves of β."""
    matrix = 0.1 * (1 - np.eye(5))
    problem = ChemistryProblem(
        ChemistryTable(tuple("abcde"), matrix), alpha=0.7, beta=beta, m_inter="total"
    )
    answer = recommend(problem, method, time_limit=60 if method != "tabu" else 1)
    assert answer.stop_reason is not StopReason.TIME_LIMIT or method == "tabu"
    assert len(answer.models) == 2
