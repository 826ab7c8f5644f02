"""Tables in which one or two entries are huge: nothing that is said of the others is loosened.

Losses are computed here as fractions, by the definitions, and *optimal* is taken as the pages
promise it: within 1e-6 of the loss, or of the lower quartile of the entries that are not 0.
"""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemopt import ChemistryProblem, ChemistryTable, best_ensembles, breakpoints, recommend
from chemopt.analysis.pareto import pareto_front
from chemopt.analysis.phase.compute import phase_diagram
from chemopt.methods.mip import solve as mip_solve
from chemopt.methods.outcome import MethodOutcome, Status, StopReason

EXACT = ["auto", "exact", "highs", "cp-sat"]
HEURISTIC = ["hill-climb", "multi-start", "annealing", "tabu"]


def problem_of(matrix, **options):
    """Return a problem over models m00, m01 and so on."""
    names = [f"m{k:02}" for k in range(len(matrix))]
    return ChemistryProblem(ChemistryTable(names, matrix, entries="general"), **options)


def one_huge(n, seed, entry):
    """Entries in [0, 1], and one."""
    matrix = np.triu(np.random.default_rng(seed).random((n, n)), 1)
    matrix[0, 1] = entry
    return matrix + matrix.T


class Exact:
    """Losses of all ensembles of a problem, as fractions."""

    def __init__(self, problem):
        self.problem, names = problem, problem.models
        self.entry = {
            pair: Fraction(float(problem.matrix[pair]))
            for pair in combinations(range(len(names)), 2)
        }
        low, high = problem.size_bounds
        ensembles = [
            frozenset(some) for k in range(low, high + 1) for some in combinations(names, k)
        ]
        self.terms = {X: self._terms(X) for X in ensembles}
        if problem.m_inter == "published":
            limit = self.m_inter * (1 + Fraction(2) ** -50)
            self.terms = {X: t for X, t in self.terms.items() if self.m_inter - t[0] <= limit}
        sizes = sorted(entry for entry in self.entry.values() if entry)
        self.typical = sizes[(len(sizes) - 1) // 4] if sizes else Fraction(0)

    def _terms(self, X):
        inside = [name in X for name in self.problem.models]
        inter = sum(c for (i, j), c in self.entry.items() if inside[i] != inside[j])
        intra = sum(c for (i, j), c in self.entry.items() if inside[i] and inside[j])
        return self.m_inter - inter, sum(self.entry.values()) - intra

    @property
    def m_inter(self):
        side = self.problem.m_inter_side
        return sum(
            c for (i, j), c in self.entry.items() if side is None or side[i] != side[j]
        ) + Fraction(0)

    def loss(self, X, alpha=None, beta=None):
        alpha = Fraction(self.problem.alpha if alpha is None else alpha)
        beta = Fraction(self.problem.beta if beta is None else beta)
        inter, intra = self.terms[frozenset(X)]
        return alpha * inter + (1 - alpha) * intra + beta * len(X)

    def least(self, alpha=None, beta=None):
        return min(self.loss(X, alpha, beta) for X in self.terms)

    def allowed(self, X):
        """What is promised, and a few units in the last place of the terms of this loss."""
        inter, intra = self.terms[frozenset(X)]
        rounding = Fraction(2) ** -49 * (abs(inter) + abs(intra) + Fraction(self.problem.beta))
        return Fraction(1e-6) * max(abs(self.least()), self.typical) + rounding


@pytest.mark.parametrize("method", ["auto", *EXACT[1:], *HEURISTIC])
def test_a_huge_entry_makes_nothing_optimal_that_is_not(method):
    """Under the maximum cut the least loss is 0; another loss is not called optimal."""
    problem = problem_of(one_huge(14, 1, 1e13), alpha=1.0, beta=0.0, m_inter="cut")
    answer = recommend(problem, method)
    if method == "auto":
        assert (answer.status, answer.loss) == (Status.OPTIMAL, 0.0)
    assert answer.status is not Status.OPTIMAL or answer.loss == 0.0
    assert answer.bound is None or answer.bound <= 0.0


@pytest.mark.parametrize("alpha", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("m_inter", ["published", "total"])
def test_exact_proves_next_to_huge_entries(alpha, m_inter):
    """A pair whose state any good ensemble decides leaves the problem, and the rest is proved."""
    matrix = one_huge(12, 3, 1e12)
    matrix[2, 4] = matrix[4, 2] = 1e9
    problem = problem_of(matrix, alpha=alpha, beta=0.1, m_inter=m_inter)
    answer = recommend(problem, "exact")
    exact = Exact(problem)
    assert answer.status is Status.OPTIMAL
    assert exact.loss(answer.models) - exact.least() <= exact.allowed(answer.models)


@given(
    n=st.integers(3, 6),
    seed=st.integers(0, 2**32 - 1),
    orders=st.lists(st.integers(-15, 14), min_size=1, max_size=2),
    m_inter=st.sampled_from(["published", "greedy", "cut", "total"]),
    alpha=st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]),
    beta=st.sampled_from([0.0, 0.25, 1e3]),
)
@settings(max_examples=20)
@pytest.mark.parametrize("method", [*EXACT, *HEURISTIC])
def test_what_is_said_is_true_for_wide_tables(method, n, seed, orders, m_inter, alpha, beta):
    """Against all ensembles: bounds are bounds, and what is optimal is so to what is promised."""
    rng = np.random.default_rng(seed)
    matrix = np.triu(np.round(rng.random((n, n)), 2), 1)
    for order in orders:
        i, j = sorted(rng.choice(n, 2, replace=False))
        matrix[i, j] = min(1e15, matrix[i, j] * 10.0**order)
    problem = problem_of(matrix + matrix.T, alpha=alpha, beta=beta, m_inter=m_inter)
    answer = recommend(problem, method)
    exact = Exact(answer.problem)
    if not answer.models or answer.stop_reason is StopReason.FALLBACK:
        assert method == "hill-climb"
        return
    assert frozenset(answer.models) in exact.terms
    allowed = exact.allowed(answer.models)
    if method == "auto":
        assert answer.status is Status.OPTIMAL
    if answer.status is Status.OPTIMAL:
        assert exact.loss(answer.models) - exact.least() <= allowed
    if answer.bound is not None:
        assert Fraction(answer.bound) <= exact.least() + allowed


@given(
    seed=st.integers(0, 2**32 - 1),
    entry=st.sampled_from([1e3, 1e9, 1e14]),
    m_inter=st.sampled_from(["greedy", "total"]),
)
@settings(max_examples=10)
def test_paths_planes_and_fronts_of_wide_tables(seed, entry, m_inter):
    """Breakpoints, phase diagrams, fronts and ranks are those of the exact losses."""
    problem = problem_of(one_huge(5, seed, entry), m_inter=m_inter)
    exact = Exact(problem)
    path = breakpoints(problem, "alpha")
    for row in path.to_dict("records"):
        assert row["proved"]
        for alpha in (row["alpha_from"], (row["alpha_from"] + row["alpha_to"]) / 2):
            loss, least = exact.loss(row["models"], alpha), exact.least(alpha)
            assert loss - least <= Fraction(1e-6) * (abs(least) + exact.typical)
    diagram = phase_diagram(problem, 2.0)
    for alpha, beta in np.random.default_rng(seed).random((5, 2)) * (1, 2):
        loss, least = exact.loss(diagram.at(alpha, beta), alpha, beta), exact.least(alpha, beta)
        assert loss - least <= Fraction(1e-6) * (abs(least) + exact.typical)
    front = {frozenset(models) for models in pareto_front(problem)["models"]}
    for X, (inter, intra) in exact.terms.items():
        beaten = any(
            i <= inter
            and m <= intra
            and len(Y) <= len(X)
            and (i, m, len(Y)) != (inter, intra, len(X))
            for Y, (i, m) in exact.terms.items()
        )
        assert beaten == (X not in front)
    losses = sorted(exact.loss(X) for X in exact.terms)
    for answer, loss in zip(best_ensembles(problem, 4), losses, strict=False):
        assert abs(exact.loss(answer.models) - loss) <= exact.allowed(answer.models)


def test_the_bound_of_highs_where_one_entry_drowns_the_others():
    """What counts as a whole number for HiGHS costs more here than other entries: so its bound."""
    for seed in (0, 7, 22):
        problem = problem_of(one_huge(9, seed, 9.75e8), alpha=0.8, beta=0.0)
        answer, least = recommend(problem, "highs"), recommend(problem, "brute-force").loss
        assert answer.bound <= least <= answer.loss


def test_cp_sat_where_one_entry_drowns_the_others():
    """Entries that are nothing next to the largest have no weight in CP-SAT's inter constraint."""
    matrix = one_huge(6, 0, 789.0) * 1e-13
    matrix[0, 1] = matrix[1, 0] = 789.0
    matrix[1, 4] = matrix[4, 1] = 7e-9
    problem = problem_of(matrix, alpha=0.0, beta=0.1)
    answer, least = recommend(problem, "cp-sat"), recommend(problem, "brute-force").loss
    assert answer.bound <= least * (1 + 1e-15)
    assert answer.loss >= least * (1 - 1e-15)


@pytest.mark.parametrize(("solver", "entry", "believed"), [
    ("HiGHS", 2.3e9, False), ("HiGHS", 2.3, True), ("CP-SAT", 2.3e9, True)
])  # fmt: skip
def test_what_a_solver_calls_infeasible(monkeypatch, solver, entry, believed):
    """HiGHS is not believed where its tolerances hide coefficients of the inter constraint."""
    problem = problem_of(one_huge(6, 0, entry))
    everyone = tuple(range(6))  # whose inter is 0: taken for one that breaks the inter constraint
    monkeypatch.setattr(mip_solve, "feasible_ensemble", lambda problem: everyone)
    monkeypatch.setattr(mip_solve, "violations", lambda problem, models: ("inter",))
    said = MethodOutcome(None, StopReason.PROVED, solver, infeasible=True)
    found = mip_solve.with_start(problem, said, None)
    assert found.infeasible == believed
    assert found.stop_reason is (StopReason.PROVED if believed else StopReason.ACCURACY)
