"""The exact methods against all orders of all sets, followed item by item."""

from dataclasses import replace

import numpy as np
import pytest
from cascade_cases import all_orders, enumerated_front, feasible, random_case, same_front

from benchmarks.commands.cascade import Case
from chemopt import Status
from chemopt.methods.options import RunOptions
from chemopt.selection.cascade import labels, layers, solve, subsets
from chemopt.selection.cascade.order import stages
from chemopt.selection.cascade.solve import solve_cascade
from chemopt.selection.cascade.verifier import Verifier


def enumerated(outcomes, costs, problem):
    """Return cost, coverage and latency of all feasible orders."""
    orders, cost, covered, seconds = all_orders(outcomes, costs, problem.verifier)
    kept = feasible(problem, orders)
    return cost[kept], covered[kept], seconds[kept]


def with_goal(problem, rng, cost, covered):
    """Return the problem with a budget or a target, sometimes out of reach or just met."""
    if rng.random() < 0.5:
        max_cost = (
            float(rng.choice(cost)) if len(cost) and rng.random() < 0.5 else 20 * rng.random()
        )
        return replace(problem, max_cost=max_cost * float(rng.choice([1, 1, 0.999, 0.3])))
    target = float(rng.choice(covered)) if len(covered) else 1.0
    return replace(problem, target=target + float(rng.choice([0, 0, 1])))


def check(problem, solved, cost, covered):
    """A cascade is what it says, the best for the goal, and so proved; or there is none."""
    if problem.max_cost is not None:
        within = covered[cost <= problem.max_cost * (1 + 1e-9)]
        best = within.max() if len(within) else None
    else:
        enough = cost[covered >= problem.target - 1e-9]
        best = enough.min() if len(enough) else None
    if best is None:
        assert solved.status is Status.INFEASIBLE
        assert solved.chosen is None
        assert solved.message
        return
    chosen = solved.chosen
    assert solved.status is Status.OPTIMAL
    value = chosen.covered if problem.max_cost is not None else chosen.cost
    assert value == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert solved.bound == pytest.approx(best, rel=1e-9, abs=1e-9)
    followed = stages(problem.items, chosen.order, problem.verifier)
    assert followed.total_cost == pytest.approx(chosen.cost)
    assert followed.total_covered == pytest.approx(chosen.covered)


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_random_tables(count, monkeypatch):
    """Front, cascade and bound are those of enumeration, by both exact methods."""
    monkeypatch.setattr(subsets, "_BLOCK_BITS", 3)  # so that small pools have several blocks
    monkeypatch.setattr(subsets, "_PIECE_BITS", 2)
    for seed in range(count):
        outcomes, costs, problem = random_case(seed, (6, 7) if seed % 20 == 0 else (1, 5))
        cost, covered, _ = enumerated(outcomes, costs, problem)
        problem = with_goal(problem, np.random.default_rng(seed + 10**6), cost, covered)
        front = enumerated_front(cost, covered)
        solved = solve_cascade(problem, "bb", RunOptions(), goal_only=True)
        if solved.chosen is not None:
            check(problem, solved, cost, covered)
        for method in ("dp", "bb"):
            solved = solve_cascade(problem, method, RunOptions())
            assert same_front(solved.points, front), (seed, method)
            assert all(point.proved for point in solved.points)
            check(problem, solved, cost, covered)


@pytest.mark.slow
@pytest.mark.parametrize("per_item", [True, False])
def test_larger_pools(per_item):
    """With 18 models, which take two blocks, dynamic programming and search by size agree."""
    for seed in range(3):
        case = Case(18, 120, per_item=per_item, seed=seed)
        first, second = (solve_cascade(case.problem(), m, RunOptions()) for m in ("dp", "bb"))
        pairs = [[(p.cost, p.covered) for p in solved.points] for solved in (first, second)]
        assert np.allclose(*pairs, rtol=1e-9)
        assert all(point.proved for point in (*first.points, *second.points))
        assert first.chosen.covered == second.chosen.covered == first.bound == second.bound


def test_every_set(monkeypatch):
    """The least cost of every set is that of its cheapest order, which is given."""
    monkeypatch.setattr(subsets, "_BLOCK_BITS", 2)
    for seed in range(60):
        outcomes, costs, problem = random_case(seed, (1, 5), constrained=False)
        orders, cost, covered, _ = all_orders(outcomes, costs)
        masks = ((orders >= 0) * (1 << np.maximum(orders, 0))).sum(axis=1)
        table = subsets.Subsets(problem.items, problem.verifier)
        for mask in range(1, len(table.least)):
            own = masks == mask
            assert table.least[mask] == pytest.approx(cost[own].min())
            assert table.covered[mask] == covered[own][0]
            followed = stages(problem.items, table.order(mask), problem.verifier)
            assert followed.total_cost == pytest.approx(cost[own].min())


VERIFIERS = [
    Verifier(0, 0.3),
    Verifier(0.2, 0),
    Verifier(0.1, 0.25),
    Verifier(1, 0),
    Verifier(1, 0.5),
]


@pytest.mark.parametrize("verifier", VERIFIERS, ids=str)
def test_verifiers_that_err(monkeypatch, verifier):
    """With false accepts too, where order matters, the front is that of all orders."""
    monkeypatch.setattr(subsets, "_BLOCK_BITS", 2)
    for seed in range(60):
        outcomes, costs, problem = random_case(seed, (1, 5), verifier=verifier)
        cost, covered, _ = enumerated(outcomes, costs, problem)
        problem = with_goal(problem, np.random.default_rng(seed), cost, covered)
        solved = solve_cascade(problem, "auto", RunOptions())
        front = enumerated_front(np.round(cost, 10), np.round(covered, 10))
        reached = [(round(p.cost, 10), round(p.covered, 10)) for p in solved.points]
        # pairs that differ by rounding alone may be listed or not
        assert no_worse(reached, front), seed
        assert no_worse(front, reached), seed
        check(problem, solved, cost, covered)


def no_worse(mine, theirs):
    return all(any(c <= d + 1e-8 and g >= h - 1e-8 for c, g in mine) for d, h in theirs)


def test_limited_latency():
    """With a limit of expected latency, the front is that of all orders within it."""
    for seed in range(100):
        outcomes, costs, problem = random_case(seed, (1, 5), latency=True)
        cost, covered, seconds = enumerated(outcomes, costs, problem)
        rng = np.random.default_rng(seed)
        limit = float(rng.choice(seconds)) if len(seconds) else 1.0
        kept = seconds <= limit * (1 + 1e-9)
        problem = with_goal(replace(problem, max_latency=limit), rng, cost[kept], covered[kept])
        solved = solve_cascade(problem, "auto", RunOptions())
        assert same_front(solved.points, enumerated_front(cost[kept], covered[kept])), seed
        check(problem, solved, cost[kept], covered[kept])


@pytest.mark.parametrize("verifier", [Verifier(), Verifier(0.2, 0.1)], ids=str)
def test_larger_pools_where_order_matters(monkeypatch, verifier):
    """Without labels, orders are feasible, and bounds and proofs hold."""
    monkeypatch.setattr(solve, "MOST_SETS", 0)
    monkeypatch.setattr(subsets, "_BLOCK_BITS", 2)
    statuses = set()
    for seed in range(40):
        outcomes, costs, problem = random_case(seed, (2, 5), verifier=verifier, latency=True)
        cost, covered, seconds = enumerated(outcomes, costs, problem)
        if not len(cost):
            continue
        rng = np.random.default_rng(seed)
        limit = float(rng.choice(seconds))
        kept = seconds <= limit * (1 + 1e-9)
        problem = with_goal(replace(problem, max_latency=limit), rng, cost[kept], covered[kept])
        solved = solve_cascade(problem, "auto", RunOptions())
        statuses.add(solved.status)
        honest(problem, solved, cost[kept], covered[kept])
        for point in solved.points:
            assert stages(problem.items, point.order, verifier).total_latency <= limit * (1 + 1e-9)
    assert {Status.OPTIMAL, Status.FEASIBLE} <= statuses


def honest(problem, solved, cost, covered):
    """Every claim of a solution holds: bounds, proofs, infeasibility."""
    for point in solved.points:
        if point.proved:
            better = (cost < point.cost * (1 - 1e-8)) & (covered >= point.covered - 1e-9)
            better |= (cost <= point.cost) & (covered > point.covered + 1e-8)
            assert not better.any()
    if problem.max_cost is not None:
        best = covered[cost <= problem.max_cost * (1 + 1e-9)].max(initial=-1.0)
        if solved.bound is not None:
            assert best <= solved.bound + 1e-8
        found = -1.0 if solved.chosen is None else solved.chosen.covered
        worse = found < best - 1e-8
    else:
        best = cost[covered >= problem.target - 1e-9].min(initial=np.inf)
        if solved.bound is not None:
            assert best >= solved.bound * (1 - 1e-8)
        found = np.inf if solved.chosen is None else solved.chosen.cost
        worse = found > best * (1 + 1e-8)
    if worse:
        assert solved.status in (Status.FEASIBLE, Status.NO_RECOMMENDATION)
    if solved.status is Status.INFEASIBLE:
        assert best in (-1.0, np.inf)


@pytest.mark.parametrize(("width", "patience"), [(1, 10**9), (3, 10**9), (10**9, 1), (10**9, 3)])
def test_searches_cut_short(monkeypatch, width, patience):
    """With few states, or stopped early, bounds and proofs of points hold."""
    monkeypatch.setattr(layers, "_WIDTH", width)
    monkeypatch.setattr(layers, "_NARROW", width)
    monkeypatch.setattr(layers, "_ENTRIES", 20)
    open_ended = 0
    for seed in range(100):
        outcomes, costs, problem = random_case(seed, (3, 6))
        cost, covered, _ = enumerated(outcomes, costs, problem)
        if not len(cost):
            continue
        problem = with_goal(problem, np.random.default_rng(seed), cost, covered)
        asked = iter(range(10**9))
        search = solve._Search(problem, "bb", RunOptions(), lambda: next(asked) >= patience)  # noqa: B023
        solved = solve.judged(problem, search.run(), solve.StopReason.TIME_LIMIT)
        honest(problem, solved, cost, covered)
        open_ended += solved.status is Status.FEASIBLE
    assert open_ended


def test_out_of_time():
    """The all-subset methods give way when time is up, and say so."""
    *_, problem = random_case(3, (5, 5), constrained=False)
    with pytest.raises(subsets.OutOfTimeError):
        subsets.Subsets(problem.items, problem.verifier, lambda: True)
    with pytest.raises(subsets.OutOfTimeError):
        labels.labelled_orders(problem, lambda: True)
    late = replace(problem, target=1.0, max_latency=None)
    solved = solve_cascade(late, "dp", RunOptions(time_limit=1e-9))
    assert solved.status in (Status.FEASIBLE, Status.OPTIMAL)


@pytest.mark.parametrize("method", ["highs", "cp-sat"])
@pytest.mark.parametrize("latency", [False, True])
def test_the_declarative_model_agrees(method, latency):
    """HiGHS and CP-SAT find what dynamic programming and labels find."""
    for seed in range(25):
        outcomes, costs, problem = random_case(seed, (1, 4), latency=latency)
        cost, covered, seconds = enumerated(outcomes, costs, problem)
        rng = np.random.default_rng(seed)
        if latency and len(seconds):
            limit = float(rng.choice(seconds))
            problem = replace(problem, max_latency=limit)
            kept = seconds <= limit * (1 + 1e-9)
            cost, covered = cost[kept], covered[kept]
        problem = with_goal(problem, rng, cost, covered)
        solved = solve_cascade(problem, method, RunOptions())
        if solved.chosen is None:
            check(problem, solved, cost, covered)
            continue
        assert solved.status is Status.OPTIMAL
        best = solve_cascade(problem, "auto", RunOptions())
        pair = [solved.chosen.covered, best.chosen.covered]
        if problem.max_cost is None:
            pair = [solved.chosen.cost, best.chosen.cost]
        assert pair[0] == pytest.approx(pair[1], rel=1e-6, abs=1e-6)
