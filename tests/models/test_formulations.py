"""The declarative models on their own: readable, solvable, exportable."""

import json
import re

import numpy as np
import pyomo.environ as pyo
import pytest
from chemopt_models import (
    build_clique,
    build_cp_sat,
    build_linearised,
    build_max_cut,
    build_rlt,
    build_triangles,
    model_labels,
    violated_triangles,
)
from hypothesis import given
from hypothesis import strategies as st
from strategies import all_subsets, examples, least_loss, problems, tables

from chemopt import ChemistryProblem, ChemistryTable, InputError, UnansweredError, recommend
from chemopt.methods.infeasibility import conflicts
from chemopt.methods.mip.export import export_model
from chemopt.methods.mip.formulations import FORMULATIONS, build_formulation
from chemopt.methods.options import RunOptions
from chemopt.methods.solvers import HighsModel, load
from chemopt.problem.check import violations
from chemopt.problem.generate import generate_problem
from chemopt.problem.loss import loss_terms

ODD_NAMES = (
    "meta/llama 3.1:70b",
    "模型",
    "a b",
    "a_b",
    "x" * 300,
    "e1",
    "-5",
    "[i,j]",
    "Ω≤∞",
    "'q\"",
)


ONE_MODEL = tuple(name for name in FORMULATIONS if name != "rlt")


def builds(problem):
    """Every formulation of a problem that is one model, and those of each size."""
    for name in ONE_MODEL:
        yield build_formulation(problem, name)
    for k in problem.feasible_sizes:
        yield build_rlt(problem, k)


def meets(model) -> bool:
    """Whether the values in a model meet its constraints."""
    return all(
        (con.lower is None or pyo.value(con.body) >= pyo.value(con.lower) - 1e-12)
        and (con.upper is None or pyo.value(con.body) <= pyo.value(con.upper) + 1e-12)
        for con in model.component_data_objects(pyo.Constraint)
    )


@given(problem=problems(most=4))
@examples(40)
def test_every_formulation_is_the_problem(problem):
    """For every subset: the expressions are the terms, the constraints are the constraints."""
    if conflicts(problem):
        return
    for model in builds(problem):
        of_size = model.component("size_is") is not None
        for X in all_subsets(list(model.I)):
            for variable, value in model.point(X):
                variable.set_value(value)
            names = {model.name_of[label] for label in X}
            terms = loss_terms(problem, problem.positions(names))
            assert pyo.value(model.inter) == pytest.approx(terms.inter, abs=1e-12)
            assert pyo.value(model.intra) == pytest.approx(terms.intra, abs=1e-12)
            assert pyo.value(model.size) == len(X)
            assert pyo.value(model.loss) == pytest.approx(terms.loss, abs=1e-12)
            if not of_size or len(X) == pyo.value(model.size_is.upper):
                assert meets(model) == (not violations(problem, names))


def test_triangles_are_found_as_they_are_violated(problem):
    """The most violated first; none once the point is an ensemble."""
    model = build_linearised(problem, all_pairs=True)
    assert len(build_triangles(problem).triangle) == 4
    for variable, _ in model.point(()):
        variable.set_value(0.5 if variable.parent_component() is model.x else 0.0)
    found = list(violated_triangles(model, pyo.value, most=10))
    assert [(len(terms), most) for terms, most in found] == [(6, 1.0)]
    for X in all_subsets(list(model.I)):
        for variable, value in model.point(X):
            variable.set_value(value)
        assert not list(violated_triangles(model, pyo.value, most=10))


def test_clique_inequalities_are_exact_for_uniform_tables():
    """Where all pairs have the same chemistry, the relaxation has the optimum of the problem."""
    table = ChemistryTable(tuple("abcdefgh"), 0.7 * (1 - np.eye(8)))
    for alpha in (0.4, 0.5, 0.8, 1.0):
        problem = ChemistryProblem(table, alpha=alpha, beta=0.1, m_inter="total")
        relaxed = HighsModel(build_clique(problem)).relax(RunOptions())
        assert relaxed.bound == pytest.approx(recommend(problem).loss, abs=1e-9)


@given(problem=problems(), name=st.sampled_from(ONE_MODEL))
@examples(100)
def test_bounds_of_relaxations_are_bounds(problem, name):
    """The bound of a relaxation, made from its multipliers, is never above the least loss."""
    if conflicts(problem):
        return
    bound = HighsModel(build_formulation(problem, name)).relax(RunOptions()).bound
    assert bound <= least_loss(problem)


def test_constraints_have_names(problem):
    """Every constraint of the problem is there under a name that says what it is."""
    model = build_linearised(problem.with_options(require=("a",), exclude=("b",)))
    names = {c.name for c in model.component_objects(pyo.Constraint, active=True)}
    assert names == {
        "both_needs_first", "both_needs_second", "both_when_chosen", "min_size", "max_size",
        "require", "exclude", "side_constraint", "inter_constraint",
    }  # fmt: skip
    without = build_linearised(problem.with_options(m_inter="total"))
    assert without.component("inter_at_most_m_inter") is None


def test_alpha_and_beta_can_be_changed(problem):
    """The weights are parameters, so that a reader can play with them."""
    model = build_linearised(problem)
    for variable, value in model.point(list(model.I)[:2]):
        variable.set_value(value)
    before = pyo.value(model.loss)
    model.beta.set_value(problem.beta + 1)
    assert pyo.value(model.loss) == pytest.approx(before + 2)


@given(table=tables(most=5))
@examples(30)
def test_the_max_cut_model_counts_cuts(table):
    """With z at its bounds, the objective is the cut."""
    model = build_max_cut(table.models, table.matrix)
    problem = ChemistryProblem(table)
    for X in all_subsets(list(model.I)):
        for i in model.I:
            model.x[i].set_value(int(i in X))
        for i, j in model.P:
            model.z[i, j].set_value(int((i in X) != (j in X)))
        positions = problem.positions(model.name_of[label] for label in X)
        assert pyo.value(model.cut) == pytest.approx(loss_terms(problem, positions).inter)


@given(problem=problems(most=5))
@examples(30)
def test_cp_sat_rounding_error_is_a_bound(problem):
    """For every subset the integer objective is within `rounding_error` of the loss."""
    if conflicts(problem):
        return
    built = build_cp_sat(problem)
    proto = built.model.proto
    weight = dict(zip(proto.objective.vars, proto.objective.coeffs, strict=True))
    names = [variable.name for variable in proto.variables]
    labels = model_labels(problem.models)
    for X in all_subsets(range(len(labels))):
        inside = {labels[i] for i in X}
        value = 0
        for k, w in weight.items():
            members = re.fullmatch(r"[xy]\[(.*)\]", names[k]).group(1).split(",")
            value += w * set(members).issubset(inside)
        loss = loss_terms(problem, X).loss
        error = abs(value / built.scale + built.constant - loss)
        assert error <= built.rounding_error + 1e-12


def test_labels_are_plain_and_distinct():
    """Whatever the names, labels are short ASCII words, each its own."""
    labels = model_labels(ODD_NAMES)
    assert len(set(labels)) == len(ODD_NAMES)
    assert all(re.fullmatch(r"m\d+(_[A-Za-z0-9_]+)?", label) for label in labels)
    assert max(map(len, labels)) < 60
    assert labels[0] == "m01_meta_llama_3_1_70b"


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("file_format", ["lp", "mps"])
@pytest.mark.parametrize("convention", ["published", "cut"])
def test_exported_files_have_the_same_optimum(tmp_path, file_format, convention, formulation):
    """HiGHS reads the file back and finds the loss that `recommend` proves."""
    random = generate_problem(len(ODD_NAMES), seed=2)
    table = ChemistryTable(ODD_NAMES, random.matrix)
    problem = ChemistryProblem(
        table, alpha=0.8, beta=0.3, m_inter=convention, require=("模型",), exclude=("a b",),
        size=5 if formulation == "rlt" else None, apart=[("模型", "e1")],
        attributes={m: {"price": len(m)} for m in ODD_NAMES}, budgets=["price<=30"],
    )  # fmt: skip
    path = tmp_path / f"model.{file_format}"
    path.write_text(export_model(problem, file_format, formulation), encoding="utf-8")
    highspy = load("highspy")
    highs = highspy.Highs()
    highs.silent()
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert highs.getInfo().objective_function_value == pytest.approx(
        recommend(problem).loss, abs=1e-6
    )


@pytest.mark.parametrize(("file_format", "mark"), [("lp", "\\"), ("mps", "*")])
def test_names_can_be_read_from_the_file(file_format, mark):
    """The head of the file maps each label to its model's name, as JSON."""
    table = ChemistryTable(ODD_NAMES, generate_problem(len(ODD_NAMES)).matrix)
    text = export_model(ChemistryProblem(table), file_format)
    head = [line for line in text.splitlines() if line.startswith(f"{mark} m")]
    found = dict(line[2:].split(" = ", 1) for line in head)
    assert {label: json.loads(name) for label, name in found.items()} == dict(
        zip(model_labels(ODD_NAMES), ODD_NAMES, strict=True)
    )


def test_bad_exports(problem):
    """An unknown format and an infeasible problem are refused."""
    with pytest.raises(InputError, match="format must be one of lp, mps"):
        export_model(problem, "nl")
    with pytest.raises(InputError, match="formulation must be one of linearised"):
        export_model(problem, "lp", "nonlinear")
    with pytest.raises(InputError, match="'rlt' is a model for each size"):
        export_model(problem, "lp", "rlt")
    with pytest.raises(
        UnansweredError, match="infeasible: no ensemble of the 3 models meets size=4"
    ):
        export_model(problem.with_options(size=4), "lp")
