"""The parts of the semidefinite bound: valid, and as sharp as they say."""

import itertools

import numpy as np
import pytest
from exact_cases import least_value, random_problem
from hypothesis import given, settings
from hypothesis import strategies as st

from chemopt.methods.bqp import presolve
from chemopt.methods.bqp.bound.certify import certify, quadratic_bound
from chemopt.methods.bqp.bound.dual_warm_start import inherited
from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.hypermetric import OddCuts, lengthened, size_cut
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sdp import Effort, bound_node
from chemopt.methods.bqp.bound.sign_form import natural_scale, sign_form
from chemopt.methods.bqp.bound.triangles import Cuts, violated
from chemopt.methods.bqp.enumeration import best_points
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic
from chemopt.methods.bqp.reduced_costs import sides_ruled_out

SEEDS = st.integers(0, 10**6)


def all_signs(n):
    masks = np.arange(1 << n)[:, None] >> np.arange(n) & 1
    return np.hstack([np.ones((1 << n, 1)), 2.0 * masks - 1])


@given(SEEDS)
@settings(max_examples=40)
def test_the_bound_is_never_above_the_optimum(seed):
    """However many rounds, with rows, rules and data of any scale: bound ≤ optimum."""
    problem = random_problem(seed, most=8).scaled_rows()
    form = sign_form(problem, natural_scale(problem))
    effort = Effort(rounds=seed % 6 + 1, triangles=20, odd=5, patience=1e9)
    found = bound_node(form, Duals.at_start(form.matrix), -np.inf, effort)
    bound = form.base - form.scale * found.certificate.bound - problem.rounding
    assert bound <= least_value(problem)


@given(SEEDS)
def test_any_multipliers_give_a_valid_bound(seed):
    """Multipliers need not be near optimal for their bound to hold."""
    rng = np.random.default_rng(seed)
    problem = random_problem(seed, most=7).scaled_rows()
    form = sign_form(problem, natural_scale(problem))
    x = rng.uniform(-1, 1, (form.nodes,) * 2)
    x = (x + x.T) / 2
    triangles = violated(x, 10, 0.1)
    sides = {key: rng.random(2 * problem.n) for key in form.sides}
    odd = OddCuts.none(form.nodes).with_new(
        np.ones((1, form.nodes)) + np.eye(form.nodes)[:1] * (form.nodes % 2 + 1)
    )
    duals = Duals(rng.standard_normal(form.nodes), triangles, odd, sides, float(rng.random()))
    relaxation = Relaxation(form)
    u = relaxation.use(duals)
    u[form.nodes :] = rng.random(len(u) - form.nodes)
    bound = form.base - form.scale * certify(relaxation, u).bound - problem.rounding
    assert bound <= least_value(problem)


@given(SEEDS)
def test_sign_form_is_the_same_function(seed):
    """f(x) = base − scale ⟨W, s sᵀ⟩ for all points."""
    problem = random_problem(seed, most=6)
    form = sign_form(problem, natural_scale(problem))
    for s in all_signs(problem.n):
        value = form.base - form.scale * (s @ form.matrix @ s)
        assert value == pytest.approx(problem.value(s[1:] > 0), abs=2 * problem.rounding)


@given(SEEDS)
def test_restriction_is_the_same_function(seed):
    """With variables fixed, f has the same values at the points that remain."""
    rng = np.random.default_rng(seed)
    problem = random_problem(seed, most=8)
    fixed = rng.integers(-1, 2, problem.n).astype(np.int8)
    part, free = problem.restrict(fixed), fixed == FREE
    point = rng.random(int(free.sum())) < 0.5
    x = fixed == 1
    x[free] = point
    assert abs(part.value(point) - problem.value(x)) <= problem.rounding
    if problem.rule is not None:
        assert part.rule.inter(point) == pytest.approx(problem.rule.inter(x), abs=1e-12)


@given(SEEDS)
@settings(max_examples=40)
def test_children_inherit_the_bound(seed):
    """Before any work of its own, a child has at least the bound of its parent."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 12))
    quadratic = np.triu(rng.standard_normal((n, n)), k=1)
    problem = BinaryQuadratic(rng.standard_normal(n), quadratic + quadratic.T)
    scale = natural_scale(problem)
    form = sign_form(problem, scale)
    effort = Effort(rounds=6, triangles=30, patience=1e9)
    found = bound_node(form, Duals.at_start(form.matrix), -np.inf, effort)
    bound = form.base - form.scale * found.certificate.bound
    fixed = np.full(n, FREE, dtype=np.int8)
    fixed[rng.permutation(n)[: n // 3]] = 1
    fixed[rng.integers(n)] = 0
    child = sign_form(problem.restrict(fixed), scale)
    relaxation = Relaxation(child)
    u = relaxation.use(inherited(form, found.duals, fixed, child))
    assert child.base - child.scale * certify(relaxation, u).bound >= bound - 1e-7


@given(SEEDS)
@settings(max_examples=40)
def test_fixed_variables_are_right(seed):
    """What the bound and persistency fix never excludes all optima."""
    problem = random_problem(seed, most=8).scaled_rows()
    least = least_value(problem)
    free = np.full(problem.n, FREE, dtype=np.int8)
    fixed = presolve.fix(problem, free)
    if not np.isfinite(least):
        return
    assert fixed is not None
    points = all_signs(problem.n)[:, 1:] > 0
    good = [x for x in points if problem.admits(x) and problem.value(x) <= least + problem.rounding]
    assert any((fixed[x] != 0).all() and (fixed[~x] != 1).all() for x in good)
    form = sign_form(problem, natural_scale(problem))
    found = bound_node(form, Duals.at_start(form.matrix), -np.inf, Effort(rounds=5, patience=1e9))
    target = (form.base - least - 2 * problem.rounding) / form.scale
    # points strictly better than a little above the optimum are all kept
    values = sides_ruled_out(found.certificate, target - 1e-6 * (1 + abs(target)))
    assert any((values[x] != 0).all() and (values[~x] != 1).all() for x in good)


@given(SEEDS)
def test_gradient(seed):
    """The gradient of F is what differences say."""
    problem = random_problem(seed, most=6).scaled_rows()
    form = sign_form(problem, natural_scale(problem))
    rng = np.random.default_rng(seed)
    sides = {key: rng.random(2 * problem.n) for key in form.sides}
    relaxation = Relaxation(form)
    u = relaxation.use(
        Duals(rng.random(form.nodes), Cuts.none(), OddCuts.none(form.nodes), sides, 0.5)
    )
    _, gradient, _, _ = relaxation.value(u, 0.7)
    way = rng.standard_normal(len(u))
    ahead, behind = (relaxation.value(u + h * way, 0.7)[0] for h in (1e-5, -1e-5))
    size = 1 + np.abs(gradient).max() * np.abs(way).sum()
    assert (ahead - behind) / 2e-5 == pytest.approx(gradient @ way, abs=1e-5 * size)


@given(SEEDS)
def test_cuts_hold_for_every_point(seed):
    """Triangles and odd cuts hold for all s sᵀ, before and after nodes are merged."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 8))
    x = rng.uniform(-1, 1, (n, n))
    x = (x + x.T) / 2
    np.fill_diagonal(x, 1.0)
    triangles = violated(x, 50, 0.0)
    vectors = lengthened(x, triangles.heaviest(20, n), 20, 0.0)
    odd = OddCuts.none(n).with_new(vectors)
    onto = np.array([0, 0, *range(1, n - 1)])
    factor = np.where(rng.random(n) < 0.5, -1, 1)
    factor[0] = 1
    for cuts, longer, count in (
        (triangles, odd, n),
        (triangles.merge(onto, factor, n - 1), odd.merge(onto, factor, n - 1), n - 1),
    ):
        for s in all_signs(count - 1):
            i, j, k = cuts.nodes.T
            sums = (cuts.signs * np.stack([s[i] * s[j], s[i] * s[k], s[j] * s[k]], axis=1)).sum(1)
            assert (sums >= -1).all()
            assert (longer.slack(np.outer(s, s)) >= 0).all()


def test_the_most_violated_triangles_are_found():
    """Separation agrees with going through all triples."""
    rng = np.random.default_rng(5)
    x = rng.uniform(-1, 1, (9, 9))
    x = (x + x.T) / 2
    worst = [
        a * b * x[i, j] + a * x[i, k] + b * x[j, k]
        for i, j, k in itertools.combinations(range(9), 3)
        for a, b in itertools.product((-1, 1), repeat=2)
    ]
    below = sorted(value for value in worst if value < -1)
    cuts = violated(x, 10, 0.0)
    i, j, k = cuts.nodes.T
    found = (cuts.signs * np.stack([x[i, j], x[i, k], x[j, k]], axis=1)).sum(axis=1)
    assert sorted(found) == pytest.approx(below[:10])
    assert len(violated(x, 10**6, 0.0)) == len(below)


def test_the_size_cut():
    """It cuts a fractional size off and meets every whole one."""
    x = np.eye(6)
    vector = size_cut(x)
    assert vector is not None
    assert vector @ x @ vector > 1 or vector.tolist() == [0.0, 1, 1, 1, 1, 1]
    assert size_cut(np.ones((6, 6))) is None


def test_a_factorisation_proves_an_eigenvalue_bound():
    """Below the largest eigenvalue there is no proof; above it there is."""
    m = np.diag([1.0, 2.0, 3.0])
    assert quadratic_bound(m, 2.9) is None
    assert 9.3 <= quadratic_bound(m, 3.1) <= 9.3 + 1e-12


@given(SEEDS)
def test_enumeration(seed):
    """The points come in order, and the bound holds for the others."""
    problem = random_problem(seed, most=7)
    points, rest = best_points(problem, 5)
    seen = {tuple(x) for x in points}
    for s in all_signs(problem.n):
        x = s[1:] > 0
        if problem.admits(x) and tuple(x) not in seen:
            assert problem.value(x) >= rest
