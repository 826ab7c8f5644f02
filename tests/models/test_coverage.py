"""The declarative models of maximum coverage: they are the problem, and files of them are too."""

import itertools

import numpy as np
import pyomo.environ as pyo
import pytest
from chemopt_models import build_coverage, build_coverage_cp_sat, model_labels
from coverage_cases import best_value, random_coverage

from chemopt import Constraints, InfeasibleError, InputError
from chemopt.methods.options import RunOptions
from chemopt.methods.solvers import load
from chemopt.outcomes.patterns import Patterns
from chemopt.problem.check import linear_violations
from chemopt.selection.coverage import branch_and_bound
from chemopt.selection.coverage.export import export_coverage
from chemopt.selection.problem import CoverageProblem


def binary_problems(seeds, most):
    for seed in seeds:
        problem = random_coverage(seed, most=most)
        right = problem.patterns.right
        if len(right) and ((right == 0) | (right == 1)).all():
            yield problem


def subsets(n):
    return itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1))


def meets(model):
    """Whether the values in a model meet its constraints."""
    return all(
        (con.lower is None or pyo.value(con.body) >= pyo.value(con.lower) - 1e-12)
        and (con.upper is None or pyo.value(con.body) <= pyo.value(con.upper) + 1e-12)
        for con in model.component_data_objects(pyo.Constraint, active=True)
    )


def test_the_model_is_the_problem():
    """For every subset: the objective is the value, the constraints are the constraints."""
    for problem in binary_problems(range(30), most=5):
        model = build_coverage(problem)
        labels = list(model.I)
        for chosen in subsets(len(labels)):
            for variable, value in model.point({labels[i] for i in chosen}):
                variable.set_value(value)
            assert pyo.value(model.coverage) == pytest.approx(problem.patterns.value(chosen))
            assert pyo.value(model.size) == len(chosen)
            names = [problem.models[i] for i in chosen]
            assert meets(model) == (not linear_violations(problem, names))


def test_cp_sat_rounding_error_is_a_bound():
    """For every subset the integer objective is within `rounding_error` of the value."""
    for problem in binary_problems(range(30), most=5):
        built = build_coverage_cp_sat(problem)
        proto = built.model.proto
        names = [variable.name for variable in proto.variables]
        # a maximisation is stored with the signs turned round
        weight = {
            int(names[k][2:-1]): -w
            for k, w in zip(proto.objective.vars, proto.objective.coeffs, strict=True)
        }
        right = problem.patterns.right
        for chosen in subsets(len(problem.models)):
            covered = right[:, list(chosen)].any(axis=1)
            value = sum(weight.get(p, 0) * bool(c) for p, c in enumerate(covered, 1))
            error = abs(value / built.scale - problem.patterns.value(chosen))
            assert error <= built.rounding_error + 1e-12
        if not (problem.patterns.weights % 1).any():
            assert (built.scale, built.rounding_error) == (1.0, 0.0)


ODD_NAMES = ("meta/llama 3.1:70b", "模型", "a b", "a_b", "x" * 300, "Ω≤∞")


@pytest.mark.parametrize("file_format", ["lp", "mps"])
def test_exported_files_have_the_same_optimum(tmp_path, file_format):
    """HiGHS reads the file back and finds the value that branch and bound proves."""
    rng = np.random.default_rng(0)
    right = (rng.random((40, 6)) < 0.3).astype(float)
    right = right[right.any(axis=1)]
    problem = CoverageProblem(
        Patterns(ODD_NAMES, right, np.ones(len(right)), 40.0),
        Constraints(
            max_size=3, require=("a b",), apart=[("模型", "a_b")], budgets=["price<=30"],
            attributes={m: {"price": len(m)} for m in ODD_NAMES},
        ),
    )  # fmt: skip
    text = export_coverage(problem, file_format)
    assert all(label in text for label in model_labels(ODD_NAMES))
    path = tmp_path / f"model.{file_format}"
    path.write_text(text, encoding="utf-8")
    highspy = load("highspy")
    highs = highspy.Highs()
    highs.silent()
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    highs.run()
    best = branch_and_bound.solve(problem, RunOptions()).claimed_loss
    assert best == best_value(problem)
    assert abs(highs.getInfo().objective_function_value) == pytest.approx(best)


def test_bad_exports():
    """An unknown format, chances, and an infeasible problem are refused."""
    patterns = Patterns(("a", "b"), np.array([[1.0, 0.5]]), np.ones(1), 1.0)
    with pytest.raises(InputError, match="format must be one of lp, mps"):
        export_coverage(CoverageProblem(patterns), "nl")
    with pytest.raises(InputError, match="the model takes patterns of right and wrong only"):
        export_coverage(CoverageProblem(patterns), "lp")
    whole = Patterns(("a", "b"), np.ones((1, 2)), np.ones(1), 1.0)
    with pytest.raises(InfeasibleError, match="the problem is infeasible: .*size=3"):
        export_coverage(CoverageProblem(whole, Constraints(size=3)), "lp")
