"""The one place that imports solvers: known traps, limits, reports."""

import signal
import subprocess
import sys
import time
import types
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest
from helpers import child_environment

import chemopt.methods.solvers.loading
from chemopt import ChemistryProblem, ChemistryTable, SolverError, recommend
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome, StopReason
from chemopt.methods.solvers import HighsModel, load
from chemopt.problem.generate import generate_problem


def test_small_mip_that_a_presolve_bug_gets_wrong():
    """min 2x + 3z with x + z ≥ 4.5 is 9; HiGHS 1.14.0 says 15, "optimal"."""
    highspy = load("highspy")
    highs = highspy.Highs()
    highs.silent()
    highs.addVar(0, 10)
    highs.addVar(0, 10)
    highs.changeColIntegrality(1, highspy.HighsVarType.kInteger)
    highs.changeColCost(0, 2)
    highs.changeColCost(1, 3)
    highs.addRow(4.5, highspy.kHighsInf, 2, np.array([0, 1]), np.array([1.0, 1.0]))
    highs.run()
    assert highs.getInfo().objective_function_value == pytest.approx(9)


def test_small_problem_that_a_presolve_bug_gets_wrong():
    """The best pair is {a, c} with loss 2.06; CP-SAT of ortools 9.15 says 2.35, "optimal"."""
    c = [[0, 0, 0.9, 0.2], [0, 0, 0.1, 0.3], [0.9, 0.1, 0, 0.5], [0.2, 0.3, 0.5, 0]]
    table = ChemistryTable(("a", "b", "c", "d"), c)
    # without historical subsets, so that no warm start shows the solver the way
    problem = ChemistryProblem(table, alpha=0.1, max_size=2, subsets=())
    assert recommend(problem, "cp-sat").models == ("a", "c")
    assert recommend(problem, "cp-sat").loss == pytest.approx(2.06)


@pytest.mark.slow
@pytest.mark.parametrize(
    "modules",
    [
        ("highspy", "ortools.sat.python.cp_model"),
        pytest.param(("ortools.sat.python.cp_model", "highspy"), marks=pytest.mark.slow),
    ],
)
def test_both_solvers_in_one_process(modules):
    """HiGHS and CP-SAT can be imported in one process, in either order, and both solve."""
    script = (
        f"import {modules[0]}, {modules[1]}\n"
        "from chemopt import recommend\n"
        "from chemopt.problem.generate import generate_problem\n"
        "problem = generate_problem(6)\n"
        "print({round(recommend(problem, m).loss, 9) for m in ('highs', 'cp-sat')})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=child_environment()
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(",") == 0


def test_missing_and_broken_solvers(monkeypatch):
    """A solver that is not there, or is known to be wrong, is named with what to do."""
    with pytest.raises(SolverError, match=r"no_such_solver cannot be imported .* pip install"):
        load("no_such_solver")
    metadata = types.SimpleNamespace(
        version=lambda name: "1.14.0", PackageNotFoundError=ModuleNotFoundError
    )
    monkeypatch.setattr(chemopt.methods.solvers.loading, "metadata", metadata)
    with pytest.raises(SolverError, match=r"highspy 1.14.0 returns wrong optima .*highspy<1.14"):
        load("highspy")


@pytest.mark.parametrize("method", ["highs", "cp-sat"])
def test_a_time_limit_leaves_the_incumbent_and_a_bound(method):
    """Out of time, the best ensemble is returned with a valid bound and an honest gap."""
    problem = generate_problem(45, seed=1, kind="uniform").with_options(alpha=1.0, beta=0.0)
    climber = recommend(problem, "hill-climb")
    answer = recommend(problem, method, time_limit=1.0)
    assert (answer.status.value, answer.stop_reason.value) == ("feasible", "time_limit")
    assert answer.loss <= climber.loss + 1e-9
    assert answer.bound < answer.loss
    assert answer.gap == pytest.approx((answer.loss - answer.bound) / answer.loss)
    assert answer.runtime < 10


@pytest.mark.parametrize("method", ["highs", "cp-sat"])
def test_a_time_limit_that_building_the_model_uses_up(method):
    """Too little time even to look at the model: the heuristic's ensemble, and no false bound."""
    problem = generate_problem(120, seed=1).with_options(alpha=0.8)
    for limit in (1e-3, 0.4, 0.8):
        answer = recommend(problem, method, time_limit=limit)
        assert (answer.status.value, answer.stop_reason.value) == ("feasible", "time_limit")
        assert answer.bound is None or answer.bound < answer.loss


@pytest.mark.parametrize("method", ["highs", "cp-sat"])
def test_a_gap_limit_is_not_a_proof(method):
    """Stopped at a gap of 30 %, nothing is called optimal that is not."""
    problem = generate_problem(18, seed=1, kind="uniform").with_options(alpha=0.9)
    answer = recommend(problem, method, rel_gap=0.3)
    assert answer.gap <= 0.3 + 1e-9
    least = recommend(problem, "brute-force").loss
    assert answer.bound <= least <= answer.loss + 1e-9
    if answer.status.value == "feasible":
        assert answer.stop_reason.value == "gap_limit"
    else:
        assert answer.loss == pytest.approx(least, abs=1e-9)


def test_highs_reports_infeasible_and_maximises():
    """A model without a solution, and one whose objective is maximised."""
    model = pyo.ConcreteModel()
    model.I = pyo.Set(initialize=["only"])
    model.x = pyo.Var(model.I, domain=pyo.Binary)
    model.best = pyo.Objective(expr=model.x["only"], sense=pyo.maximize)
    outcome = HighsModel(model).solve(RunOptions())
    assert outcome.stop_reason is StopReason.PROVED
    assert outcome.models == (0,)
    assert outcome.claimed_loss <= outcome.bound <= outcome.claimed_loss + 1e-6
    model.no = pyo.Constraint(expr=model.x["only"] >= 2)
    outcome = HighsModel(model).solve(RunOptions())
    assert outcome.infeasible
    assert outcome.models is None


@pytest.mark.parametrize("method", ["highs", "cp-sat"])
def test_a_claim_that_the_start_refutes_is_an_error(monkeypatch, method):
    """A bound above the loss of the warm start, or "infeasible", is found out."""
    problem = generate_problem(6, seed=1)
    real = {"highs": "chemopt.methods.solvers.HighsModel.solve",
            "cp-sat": "chemopt.methods.solvers.CpSatSolver.solve"}[method]  # fmt: skip
    lie = MethodOutcome(None, StopReason.PROVED, "Liar", bound=1e6)
    monkeypatch.setattr(real, lambda *_, **__: lie)
    with pytest.raises(SolverError, match="Liar claims the bound 1000000.0"):
        recommend(problem, method)
    monkeypatch.setattr(real, lambda *_, **__: replace(lie, bound=None, infeasible=True))
    with pytest.raises(SolverError, match="Liar says infeasible"):
        recommend(problem, method)
    # what is worse than the start is not returned
    worse = replace(lie, models=tuple(range(6)), bound=0.0)
    monkeypatch.setattr(real, lambda *_, **__: worse)
    climber = recommend(problem, "hill-climb")
    assert climber.loss < recommend(problem.with_options(size=6), "brute-force").loss
    assert recommend(problem, method).models == climber.models


@pytest.mark.slow
@pytest.mark.parametrize("method", ["highs", "cp-sat"])
def test_an_interrupt_leaves_the_incumbent(method):
    """Ctrl-C during a solve gives the best ensemble so far, a bound, and says so."""
    script = (
        "import sys\n"
        "from chemopt import recommend\n"
        "from chemopt.problem.generate import generate_problem\n"
        "p = generate_problem(40, seed=1, kind='uniform').with_options(alpha=1.0, beta=0.0)\n"
        f"recommend(generate_problem(5), {method!r})\n"
        "print('ready', flush=True)\n"
        f"r = recommend(p, {method!r}, time_limit=60)\n"
        "print(r.stop_reason, r.bound < r.loss, r.runtime < 30)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=child_environment(),
    )  # fmt: skip
    assert child.stdout.readline().strip() == "ready"
    time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert out.split() == ["interrupted", "True", "True"], err
    assert err == ""


def test_highs_takes_the_start(capfd):
    """The heuristic's ensemble reaches HiGHS, as a MIP start."""
    problem = generate_problem(14, seed=2)
    recommend(problem, "highs", verbose=True)
    out = capfd.readouterr().out
    assert "MIP start solution is feasible" in out


@pytest.mark.slow
def test_threads():
    """Several threads solve by HiGHS, their imports included, one after the other."""
    script = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from chemopt import recommend\n"
        "from chemopt.problem.generate import generate_problem\n"
        "def status(seed):\n"
        "    return recommend(generate_problem(7, seed=seed), 'highs').status.value\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    print(sorted(set(pool.map(status, range(4)))))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=child_environment()
    )
    assert run.stdout == "['optimal']\n", run.stderr
