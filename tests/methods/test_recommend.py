"""`recommend` and its result, whatever the method."""

import importlib
import json
import subprocess
import sys

import numpy as np
import pytest
from helpers import KEYS, child_environment

from chemopt import (
    ChemistryProblem,
    ChemistryTable,
    HillClimbOptions,
    InputError,
    MipOptions,
    SolverError,
    Status,
    best_ensembles,
    breakpoints,
    compare,
    explain,
    pareto_front,
    recommend,
    stability,
)
from chemopt.errors import PoolTooLargeError
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.registry import METHODS
from chemopt.problem.generate import generate_problem

# the package has a function of this name, which hides the module
recommend_module = importlib.import_module("chemopt.methods.recommend")


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"min-cut", "performance"}))
def test_every_method_gives_the_same_kind_of_result(problem, method):
    """The result has the same shape and the same terms for each method."""
    answer = recommend(problem, method)
    data = json.loads(answer.to_json())
    assert data.keys() >= KEYS
    assert data["method"] == method
    terms = data["loss_inter"] + data["loss_intra"] + data["size_penalty"]
    assert terms == pytest.approx(data["loss"])
    assert data["loss_inter"] == pytest.approx(0.5 * (1.25 - data["inter"]))
    assert answer.models == tuple(sorted(answer.models))
    frame = answer.to_frame()
    assert set(frame.loc[frame["chosen"], "model"]) == set(answer.models)
    chosen = frame["chosen"]
    assert frame.loc[chosen, "inside"].sum() / 2 == pytest.approx(answer.terms.intra)
    assert frame.loc[chosen, "outside"].sum() == pytest.approx(answer.terms.inter)
    text = str(answer)
    assert all(name in text for name in answer.models)
    assert f"{answer.loss:.6f}" in text
    assert answer.solver in text
    assert method in repr(answer)


def test_infeasible_constraints(problem):
    """Contradicting constraints are an answer, not an exception, and are named."""
    answer = recommend(problem.with_options(require=("a",), exclude=("a",), size=7))
    assert answer.status is Status.INFEASIBLE
    assert answer.proved
    assert answer.message == "no ensemble of the 3 models meets size=7"
    assert "size=7" in answer.message
    assert answer.loss is answer.bound is answer.gap is None
    assert json.loads(answer.to_json())["status"] == "infeasible"
    assert "infeasible" in str(answer)


@pytest.mark.parametrize("method", ["auto", "brute-force", "exact", "highs", "cp-sat"])
def test_the_rule_on_inter_can_make_it_infeasible(method):
    """When every allowed ensemble has inter above M_inter, the message says it is that rule."""
    c = np.zeros((4, 4))
    for i, j in ((0, 1), (0, 2), (0, 3)):
        c[i, j] = c[j, i] = 1.0
    problem = ChemistryProblem(ChemistryTable(("hub", "x", "y", "z"), c), size=1, require=("hub",))
    answer = recommend(problem, method)
    assert answer.status is Status.INFEASIBLE
    assert "has inter at most M_inter" in answer.message
    assert "'hub'" in answer.message
    assert recommend(problem.with_options(m_inter="cut"), method).status is Status.OPTIMAL


def test_brute_force_prefers_few_models_then_names():
    """Among equal losses the fewest models win, then the alphabetically first, in any pool order."""
    names = ("d", "b", "a", "c")
    ones = 1.0 - np.eye(4)
    problem = ChemistryProblem(ChemistryTable(names, ones), alpha=0.5, beta=0.5, m_inter="total")
    answer = recommend(problem, "brute-force")
    everything = ChemistryProblem(ChemistryTable(names, 0 * ones), beta=0.0, m_inter="total")
    assert recommend(everything, "brute-force").models == ("a", "b")
    assert answer.models == tuple("abcd")[: len(answer.models)]


@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e-13])
@pytest.mark.parametrize("beta", [0.0, 1e8])
def test_brute_force_is_exact_at_any_scale(scale, beta):
    """Tiny chemistry and a large β do not blur what is best."""
    c = np.zeros((6, 6))
    for (i, j), value in {(0, 1): 0.9, (4, 5): 0.905, (2, 3): 0.2, (1, 5): 0.1}.items():
        c[i, j] = c[j, i] = value * scale
    table = ChemistryTable(tuple("abcdef"), c)
    problem = ChemistryProblem(table, alpha=0.0, beta=beta, m_inter="total", max_size=2)
    answer = recommend(problem, "brute-force")
    assert (answer.models, answer.status) == (("e", "f"), Status.OPTIMAL)


@pytest.mark.parametrize("method", ["highs", "cp-sat"])
def test_tiny_chemistry_is_no_trouble_for_solvers(method):
    """Chemistry below a solver's tolerances is scaled up for it."""
    for factor in (1e-6, 1e-13, 1e-200):
        for convention in ("published", "cut"):
            table = ChemistryTable(tuple("abcdef"), factor * generate_problem(6, seed=3).matrix)
            problem = ChemistryProblem(
                table, alpha=0.9, beta=0.1 * factor, m_inter=convention, subsets=()
            )
            answer = recommend(problem, method)
            least = recommend(problem, "brute-force")
            assert answer.bound <= least.loss
            assert answer.status is Status.OPTIMAL
            assert answer.loss == pytest.approx(least.loss, rel=1e-6)
            assert f"{answer.loss:.6g}" in str(answer)


def test_without_chemistry_the_answer_says_so():
    """An exact method on an empty table tells that all ensembles of one size are equal."""
    problem = ChemistryProblem(ChemistryTable(("a", "b", "c"), np.zeros((3, 3))))
    for method in ("brute-force", "exact", "highs", "cp-sat"):
        assert "No pair of models has chemistry" in recommend(problem, method).warnings[0]


def test_auto_uses_enumeration_while_it_can():
    """Up to 22 free models it enumerates; above, it cuts or branches."""
    small, large = generate_problem(12, seed=1), generate_problem(24, seed=1)
    assert "enumeration" in recommend(small).solver
    for alpha, solver in ((0.1, "OR-Tools max-flow"), (0.5, "chemopt branch and bound")):
        answer = recommend(large.with_options(alpha=alpha))
        assert (answer.solver, answer.status.value) == (solver, "optimal")
    fixed = large.with_options(require=large.models[:4])
    assert "enumeration" in recommend(fixed).solver


def test_brute_force_refuses_large_pools():
    """The limit is on models that are neither required nor excluded."""
    with pytest.raises(PoolTooLargeError, match="at most 22 models .* there are 23, .* use 'auto'"):
        recommend(generate_problem(23), "brute-force")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "gurobi"}, "method must be one of auto, hill-climb"),
        ({"time_limit": 0}, "time_limit must be a number > 0, not 0"),
        ({"time_limit": float("nan")}, "time_limit must be a number > 0, not nan"),
        ({"rel_gap": 1.5}, r"rel_gap must be a number in \[0, 1\], not 1.5"),
        ({"rel_gap": -0.1}, "rel_gap must be a number in"),
        ({"threads": 0}, "threads must be a whole number from 1"),
        ({"seed": -1}, "seed must be a whole number from 0 to 2147483647"),
        ({"seed": 2**31}, "seed must be a whole number from 0 to 2147483647"),
    ],
)
def test_bad_options(problem, options, message):
    """Options out of range are errors that say what is accepted."""
    with pytest.raises(InputError, match=message):
        recommend(problem, **options)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HillClimbOptions(steps=1.5), "steps must be a whole number"),
        (
            lambda: HillClimbOptions(fallback_good="most"),
            "fallback_good must be one of single, all",
        ),
        (lambda: HillClimbOptions(fallback_bad="all"), "fallback_bad must be one of none, single"),
        (lambda: MipOptions("slack"), "formulation must be one of linearised, triangles"),
    ],
)
def test_bad_options_of_methods(make, message):
    """Options of a method are checked when they are made."""
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("exact", HillClimbOptions(), "'exact' does not take HillClimbOptions; 'hill-climb' does"),
        ("auto", HillClimbOptions(), "'auto' does not take HillClimbOptions; 'hill-climb' does"),
        ("tabu", MipOptions(), "'tabu' does not take MipOptions; 'highs' and 'cp-sat' do"),
        ("highs", {"formulation": "rlt"}, r"not a dict; method options are HillClimbOptions\("),
    ],
)
def test_options_of_another_method(problem, method, options, message):
    """Options that a method has no use for are an error that names the methods that have."""
    with pytest.raises(InputError, match=message):
        recommend(problem, method, options=options)


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        ({"models": (0, 1), "claimed_loss": 99.0}, "says its ensemble has loss 99.0, but it is"),
        ({"models": (0,)}, "gave a, but 1 model is fewer than 2"),
        ({"models": (0, 1), "bound": 50.0}, "claims the bound 50.0, above the loss"),
    ],
)
def test_a_solver_that_is_wrong_is_found_out(problem, monkeypatch, outcome, message):
    """What a method says is checked; a disagreement is an error."""
    wrong = MethodOutcome(stop_reason=StopReason.PROVED, solver="Liar", **outcome)
    monkeypatch.setattr(recommend_module, "run_method", lambda *_: wrong)
    with pytest.raises(SolverError, match=f"Liar {message}"):
        recommend(problem)


def test_optimal_needs_a_bound(problem, monkeypatch):
    """A method that only says it is done has proved nothing."""
    done = MethodOutcome((0, 1), StopReason.PROVED, "Liar")
    monkeypatch.setattr(recommend_module, "run_method", lambda *_: done)
    assert recommend(problem).status is Status.FEASIBLE
    loose = MethodOutcome((0, 1), StopReason.PROVED, "Liar", bound=0.0)
    monkeypatch.setattr(recommend_module, "run_method", lambda *_: loose)
    answer = recommend(problem)
    assert answer.status is Status.FEASIBLE
    assert answer.gap > 0.1


def test_an_ensemble_that_only_tolerances_let_pass_is_cut_off(monkeypatch):
    """A solver's answer that breaks the inter constraint is excluded, and the solver asked again."""
    import chemopt.methods.mip.solve

    # without historical subsets there is no warm start, which would vouch for the banned one
    problem = generate_problem(8, seed=4).with_options(alpha=0.9, subsets=())
    least = recommend(problem, "brute-force")
    banned = frozenset(least.models)
    real = chemopt.methods.mip.solve.violations

    def stricter(asked, models):
        return ("for the test",) if frozenset(models) == banned else real(asked, models)

    monkeypatch.setattr(chemopt.methods.mip.solve, "violations", stricter)
    for method in ("highs", "cp-sat"):
        answer = recommend(problem, method)
        assert frozenset(answer.models) != banned
        assert answer.status is Status.OPTIMAL
        assert answer.loss >= least.loss - 1e-9


@pytest.mark.slow
def test_answers_do_not_depend_on_the_hash_seed():
    """Two processes with different hash seeds give the same ensemble and trace."""
    script = (
        "from chemopt import recommend\n"
        "from chemopt.problem.generate import generate_problem\n"
        "import numpy as np\n"
        "from chemopt import ChemistryTable, ChemistryProblem\n"
        "names = tuple(f'model {k}' for k in range(9))\n"
        "p = ChemistryProblem(ChemistryTable(names, 1 - np.eye(9)), alpha=0.7, require=names[3:5])\n"
        "for method in ('hill-climb', 'brute-force', 'highs', 'cp-sat'):\n"
        "    r = recommend(p, method)\n"
        "    print(r.models, r.trace)\n"
    )
    outputs = set()
    for seed in ("1", "2"):
        environment = {**child_environment(), "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_solvers_are_imported_only_when_used():
    """Importing chemopt and its commands, and an answer by enumeration, load no solver."""
    script = (
        "import sys, chemopt, chemopt.cli.main\n"
        "from chemopt.problem.generate import generate_problem\n"
        "chemopt.recommend(generate_problem(6))\n"
        "print([m for m in ('pyomo', 'highspy', 'ortools', 'networkx') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=child_environment()
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("method", ["highs", "cp-sat", "exact", "brute-force"])
@pytest.mark.parametrize(
    ("matrix", "least"),
    [
        ([[0, 0.2, 100], [0.2, 0, 6e12], [100, 6e12, 0]], 0.2),
        ([[0, 4e10, 3e12], [4e10, 0, 0.04], [3e12, 0.04, 0]], 0.04),
    ],
)
def test_bounds_allow_for_the_rounding_of_losses(method, matrix, least):
    """Where entries lie twelve decades apart, the loss itself is rounded, and the bound knows it."""
    table = ChemistryTable(("a", "b", "c"), matrix, entries="general")
    problem = ChemistryProblem(table, alpha=1, beta=0, min_size=0, m_inter="total")
    answer = recommend(problem, method)
    assert answer.bound <= least <= answer.loss


def test_exact_has_an_answer_at_once():
    """With no time at all there is still an ensemble, and a bound."""
    answer = recommend(generate_problem(30, seed=1), "exact", time_limit=1e-9)
    assert answer.status is Status.FEASIBLE
    assert answer.bound < answer.loss


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("beta", [0.0, 1.0, 1e6, 1e9])
def test_enumeration_always_proves(seed, beta):
    """Whatever β, and for empty and small answers as well, all subsets were compared."""
    for n in (2, 5, 9, 13):
        problem = generate_problem(n, seed=seed, kind="uniform").with_options(
            alpha=0.7, beta=beta, min_size=seed % 3
        )
        answer = recommend(problem, "brute-force")
        assert (answer.status, answer.gap) == (Status.OPTIMAL, 0.0)
        assert answer.loss - answer.bound <= answer.absolute_tolerance


def test_the_tolerance_of_a_proof():
    """Relative 1e-6, or what is in the JSON; 1e-6 absolute at most where the loss is near 0."""
    for alpha in (0.0, 0.3, 0.7, 1.0):
        answer = recommend(generate_problem(8, seed=1).with_options(alpha=alpha, beta=0.0))
        data = json.loads(answer.to_json())
        assert data["proof_tolerance"] == 1e-6
        assert data["absolute_tolerance"] == answer.absolute_tolerance
        assert answer.absolute_tolerance <= 1e-6 * max(1.0, abs(answer.loss))


@pytest.mark.parametrize("formulation", ["linearised", "glover"])
def test_large_entries_are_not_proved_wrongly(formulation):
    """Bounds of HiGHS hold with coefficients of 1e8, where tolerances are relative to them."""
    entries = np.triu(np.random.default_rng(11).random((12, 12)), 1)
    table = ChemistryTable(
        [f"m{k}" for k in range(12)], (entries + entries.T) * 1e7, entries="general"
    )
    problem = ChemistryProblem(table, alpha=0.8, m_inter="total")
    best = recommend(problem, "brute-force")
    answer = recommend(problem, "highs", options=MipOptions(formulation))
    assert answer.bound <= best.loss
    assert answer.loss == pytest.approx(best.loss, rel=1e-9)


def test_infeasible_by_a_solver_is_checked():
    """HiGHS calls this problem infeasible, although {a, c, d} is within the budget."""
    prices = {"a": 31.2955, "b": 175422.3913, "c": 0.0049, "d": 3.529}
    problem = ChemistryProblem(
        ChemistryTable(list("abcd"), np.zeros((4, 4))),
        min_size=3,
        budgets=["price<=175422.3913"],
        attributes={name: {"price": price} for name, price in prices.items()},
        m_inter="total",
    )
    for method in ("highs", "cp-sat", "exact", "brute-force"):
        assert recommend(problem, method).models == ("a", "c", "d")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recommend("history"), "recommend needs a ChemistryProblem, not a str; make one"),
        (lambda: compare(None), "compare needs a ChemistryProblem, not None"),
        (lambda: best_ensembles({}, 2), "best_ensembles needs a ChemistryProblem, not a dict"),
        (lambda: breakpoints([]), "breakpoints needs a ChemistryProblem, not a list"),
        (lambda: pareto_front(1), "pareto_front needs a ChemistryProblem, not an int"),
        (lambda: best_ensembles(generate_problem(5), stepz=1), "unknown option 'stepz'"),
        (lambda: breakpoints(generate_problem(5), treads=1), "unknown option 'treads'; is 'thr"),
        (lambda: pareto_front(generate_problem(5), threads=-1), "threads must be a whole number"),
        (
            lambda: pareto_front(generate_problem(5), options=HillClimbOptions()),
            "'auto' does not take HillClimbOptions",
        ),
        (lambda: explain("x"), "explain needs a Recommendation, not a str; recommend"),
        (lambda: stability("x"), "stability needs a History, not a str; load one"),
        (lambda: ChemistryProblem([[0]]), "table must be a ChemistryTable, not a list; compute it"),
    ],
)
def test_the_wrong_kind_of_thing(call, message):
    """What is wanted, what came, and how to get what is wanted."""
    with pytest.raises(InputError, match=message):
        call()
