"""A verifier that errs: expected sums of an order against a simulation of every verdict."""

import numpy as np
import pytest
from cascade_cases import random_case

from chemopt import InputError
from chemopt.selection.cascade.order import cheapest_order, stages
from chemopt.selection.cascade.verifier import Verifier

RATES = [(0.0, 0.0), (0.15, 0.0), (0.0, 0.3), (0.2, 0.35), (1.0, 0.0)]


def simulated(outcomes, costs, order, verifier, rng, runs=4000):
    """Ask models one by one; return means and standard errors of cost and coverage of all items."""
    right = outcomes.scores == 1
    items = len(outcomes)
    costs = np.broadcast_to(costs, right.shape)
    waiting = np.ones((runs, items), dtype=bool)
    cost, covered = np.zeros(runs), np.zeros(runs)
    reach = []
    for j in order:
        reach.append(waiting.sum() / runs)
        cost += waiting @ costs[:, j]
        chance = np.where(right[:, j], 1 - verifier.false_reject, verifier.false_accept)
        accepted = waiting & (rng.random((runs, items)) < chance)
        covered += (accepted & right[:, j]).sum(axis=1)
        waiting &= ~accepted
    means = np.array([cost.mean(), covered.mean()])
    return means, np.array([cost.std(), covered.std()]) / np.sqrt(runs), reach


@pytest.mark.parametrize(("false_accept", "false_reject"), RATES)
def test_monte_carlo(false_accept, false_reject):
    """Cost, coverage and reach are means of simulated cascades, within four standard errors."""
    verifier = Verifier(false_accept, false_reject)
    rng = np.random.default_rng(0)
    for seed in range(12):
        outcomes, costs, problem = random_case(seed, (2, 6), constrained=False)
        order = rng.permutation(len(outcomes.models))[: rng.integers(1, 7)].tolist()
        found = stages(problem.items, order, verifier)
        means, errors, reach = simulated(outcomes, costs, order, verifier, rng)
        expected = [found.total_cost, found.total_covered]
        assert np.abs(means - expected) == pytest.approx(0, abs=4 * errors.max() + 1e-9)
        assert found.reach == pytest.approx(reach, abs=0.25)


def test_without_errors():
    """Rates of 0 are a verifier that knows; a right answer ends the item."""
    outcomes, _, problem = random_case(5, (4, 4), constrained=False)
    found = stages(problem.items, [0, 1, 2, 3], Verifier())
    assert found.total_covered == pytest.approx(len(outcomes) * outcomes.coverage(outcomes.models))
    assert Verifier().perfect
    assert not Verifier(0.1).perfect


def test_false_accepts_only_cost_coverage():
    """False accepts lower the coverage and the cost of every order."""
    for seed in range(10):
        *_, problem = random_case(seed, (3, 5), constrained=False)
        order = list(range(len(problem.models)))
        without = stages(problem.items, order, Verifier(0, 0.2))
        with_errors = stages(problem.items, order, Verifier(0.3, 0.2))
        assert with_errors.total_covered <= without.total_covered + 1e-12
        assert with_errors.total_cost <= without.total_cost + 1e-12


def test_the_cheapest_order_depends_on_the_verifier():
    """A model that is often rejected is asked later where rejections count."""
    *_, problem = random_case(8, (5, 5), constrained=False)
    members = [0, 1, 2, 3, 4]
    for verifier in (Verifier(), Verifier(0.3, 0.6)):
        order = cheapest_order(problem.items, members, verifier)
        least = stages(problem.items, order, verifier).total_cost
        for other in ([4, 3, 2, 1, 0], members):
            assert least <= stages(problem.items, other, verifier).total_cost + 1e-12


@pytest.mark.parametrize("rates", [(-0.1, 0), (0, 1.1), ("a", 0), (0, float("nan"))])
def test_bad_rates(rates):
    """A rate is a share."""
    with pytest.raises(InputError, match="must be a number in"):
        Verifier(*rates)
