"""HiGHS and CP-SAT on the declarative model of coverage."""

import math

import numpy as np
import pytest
from coverage_cases import best_value, constrained_synthetic, random_coverage, synthetic

from chemopt import InputError, SolverError
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.problem.check import linear_violations
from chemopt.selection.coverage import branch_and_bound, mip

METHODS = {"highs": mip.solve_highs, "cp-sat": mip.solve_cp_sat}


def binary(problem):
    right = problem.patterns.right
    return bool(((right == 0) | (right == 1)).all())


@pytest.mark.parametrize("method", METHODS)
def test_enumeration_agrees(method):
    """Value and bound are the optimum, or the problem is infeasible."""
    for seed in range(60):
        problem = random_coverage(seed)
        if not binary(problem):
            continue
        best, outcome = best_value(problem), METHODS[method](problem, RunOptions())
        if best == -math.inf:
            assert outcome.infeasible
            continue
        assert outcome.stop_reason is StopReason.PROVED
        assert not linear_violations(problem, [problem.models[i] for i in outcome.models])
        assert outcome.claimed_loss == pytest.approx(best)
        assert outcome.claimed_loss <= outcome.bound <= best + 1e-5


def agrees_with_highs(seed):
    """HiGHS finds the value that branch and bound proves; also once that ensemble is forbidden."""
    problem = constrained_synthetic(seed)
    ours = branch_and_bound.solve(problem, RunOptions())
    if ours.models is not None:
        best = [problem.models[i] for i in ours.models]
        problem = problem.with_options(forbid=[best])
        second = branch_and_bound.solve(problem, RunOptions())
        assert second.infeasible or second.claimed_loss <= ours.claimed_loss + 1e-9
        assert second.models != ours.models
        ours = second
    theirs = mip.solve_highs(problem, RunOptions())
    assert ours.infeasible == theirs.infeasible
    if not ours.infeasible:
        assert ours.claimed_loss == pytest.approx(theirs.claimed_loss, rel=1e-9)
        assert theirs.bound == pytest.approx(ours.bound, rel=1e-5)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in range(1, 6))]
)
def test_constrained_problems_agree(seed):
    """Pools of 15 to 45 models under budgets, groups, pairs and no-good cuts."""
    agrees_with_highs(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6, 60))
def test_more_constrained_problems_agree(seed):
    """Many more of them."""
    agrees_with_highs(seed)


@pytest.mark.slow
def test_cp_sat_agrees_on_larger_tables():
    """Fifty models under a budget and groups: the value that branch and bound proves."""
    attributes = {f"m{k:03}": {"price": 1 + k % 7, "provider": f"p{k % 9}"} for k in range(50)}
    for seed in range(3):
        problem = synthetic(
            50, 400, seed, max_size=5, attributes=attributes, budgets=["price<=14"],
            groups=["provider<=1"],
        )  # fmt: skip
        outcome = mip.solve_cp_sat(problem, RunOptions(time_limit=120))
        assert outcome.claimed_loss == branch_and_bound.solve(problem, RunOptions()).claimed_loss
        assert outcome.bound == outcome.claimed_loss


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_bounds_are_valid_when_time_is_up(method):
    """A table that takes longer: the bound is above the optimum, and there is an ensemble."""
    problem = synthetic(60, 1500, ability=0.2, size=6)
    best = branch_and_bound.solve(problem, RunOptions()).claimed_loss
    for limit in (1e-9, 1.0):
        outcome = METHODS[method](problem, RunOptions(time_limit=limit))
        assert outcome.stop_reason is StopReason.TIME_LIMIT
        assert outcome.claimed_loss <= best <= outcome.bound <= problem.patterns.weights.sum()


@pytest.mark.parametrize("method", METHODS)
def test_chances_are_refused(method):
    """Pseudo-items are for other methods, which the message names."""
    problem = next(p for p in map(random_coverage, range(50)) if not binary(p))
    with pytest.raises(InputError, match="'exact', 'swap' and 'greedy' take them"):
        METHODS[method](problem, RunOptions())


class Liar:
    """A solver that answers what it is told to."""

    def __init__(self, **answer):
        self.answer = MethodOutcome(solver="liar", **answer)

    def solve(self, run, start=None):
        return self.answer

    def add(self, cut):
        raise AssertionError


PROVED = {"stop_reason": StopReason.PROVED}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"models": None, "infeasible": True}, "says infeasible, but m0"),
        ({"models": (0, 1), "bound": 1.0}, "claims the bound 1.0"),
        ({"models": (0, 1), "bound": 99.0, "claimed_loss": 98.0}, "covers 98.0, but it covers"),
    ],
)
def test_wrong_claims_are_errors(answer, message):
    """A claim that a known ensemble contradicts is not passed on."""
    problem = synthetic(5, 100, size=2)
    with pytest.raises(SolverError, match=message):
        mip._solve(problem, RunOptions(), "liar", lambda: Liar(**answer, **PROVED))


def test_a_worse_answer_is_replaced():
    """The ensemble of the local search is returned if the solver's is worse; bounds are rounded."""
    problem = synthetic(5, 100, size=2)
    best = best_value(problem)
    liar = Liar(models=(0, 1), bound=best + 0.5, **PROVED)
    outcome = mip._solve(problem, RunOptions(), "liar", lambda: liar)
    assert outcome.claimed_loss == best == outcome.bound


def test_an_answer_that_breaks_a_constraint_is_cut_off():
    """The solver is asked again, without that ensemble."""
    problem = synthetic(5, 100, size=2)

    class Careless(Liar):
        def add(self, cut):
            assert not cut.is_met((0, 1, 2))
            self.answer = MethodOutcome((0, 1), StopReason.PROVED, "liar", bound=99.0)

    careless = Careless(models=(0, 1, 2), bound=99.0, **PROVED)
    outcome = mip._solve(problem, RunOptions(), "liar", lambda: careless)
    assert len(outcome.models) == 2
    assert np.isclose(outcome.claimed_loss, best_value(problem))
