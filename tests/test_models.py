"""The declarative models on their own: readable, solvable, exportable."""

import json
import re

import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from strategies import all_subsets, problems, tables

from chemopt import ChemistryTable, InputError, SelectionProblem, UnansweredError, recommend
from chemopt.conflicts import conflicts
from chemopt.export import export_model
from chemopt.generate import generate_problem
from chemopt.loss import loss_terms
from chemopt.models import build_cp_sat, build_linearised, build_max_cut, model_labels
from chemopt.solvers import load

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


def fix(model, chosen):
    """Set x and y to an ensemble, given by labels."""
    for i in model.I:
        model.x[i].set_value(int(i in chosen))
    for i, j in model.P:
        model.y[i, j].set_value(int(i in chosen and j in chosen))


@given(problem=problems(most=4))
@settings(max_examples=50)
def test_the_linearised_model_is_the_problem(problem):
    """For every subset: the expressions are the terms, the constraints are the conditions."""
    if conflicts(problem):
        return
    model = build_linearised(problem)
    admissible = 0
    for X in all_subsets(list(model.I)):
        fix(model, X)
        positions = problem.positions(model.name_of[label] for label in X)
        terms = loss_terms(problem, positions)
        assert pyo.value(model.inter) == pytest.approx(terms.inter, abs=1e-12)
        assert pyo.value(model.intra) == pytest.approx(terms.intra, abs=1e-12)
        assert pyo.value(model.size) == len(X)
        assert pyo.value(model.loss) == pytest.approx(terms.loss, abs=1e-12)
        admissible += all(
            (con.lower is None or pyo.value(con.body) >= pyo.value(con.lower) - 1e-12)
            and (con.upper is None or pyo.value(con.body) <= pyo.value(con.upper) + 1e-12)
            for con in model.component_data_objects(pyo.Constraint)
        )
    assert (admissible > 0) == (recommend(problem, "brute-force").terms is not None)


def test_constraints_have_names(problem):
    """Every constraint of the problem is there under a name that says what it is."""
    model = build_linearised(problem.with_options(require=("a",), exclude=("b",)))
    names = {c.name for c in model.component_objects(pyo.Constraint, active=True)}
    assert names == {
        "both_needs_first", "both_needs_second", "both_when_chosen", "min_size", "max_size",
        "require", "exclude", "condition", "inter_at_most_m_inter",
    }  # fmt: skip
    without = build_linearised(problem.with_options(m_inter="total"))
    assert without.component("inter_at_most_m_inter") is None


def test_alpha_and_beta_can_be_changed(problem):
    """The weights are parameters, so that a reader can play with them."""
    model = build_linearised(problem)
    fix(model, list(model.I)[:2])
    before = pyo.value(model.loss)
    model.beta.set_value(problem.beta + 1)
    assert pyo.value(model.loss) == pytest.approx(before + 2)


@given(table=tables(most=5))
@settings(max_examples=30)
def test_the_max_cut_model_counts_cuts(table):
    """With z at its bounds, the objective is the cut."""
    model = build_max_cut(table.models, table.matrix)
    problem = SelectionProblem(table)
    for X in all_subsets(list(model.I)):
        for i in model.I:
            model.x[i].set_value(int(i in X))
        for i, j in model.P:
            model.z[i, j].set_value(int((i in X) != (j in X)))
        positions = problem.positions(model.name_of[label] for label in X)
        assert pyo.value(model.cut) == pytest.approx(loss_terms(problem, positions).inter)


@given(problem=problems(most=5))
@settings(max_examples=30)
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


@pytest.mark.parametrize("file_format", ["lp", "mps"])
@pytest.mark.parametrize("convention", ["reference", "cut"])
def test_exported_files_have_the_same_optimum(tmp_path, file_format, convention):
    """HiGHS reads the file back and finds the loss that `recommend` proves."""
    random = generate_problem(len(ODD_NAMES), seed=2)
    table = ChemistryTable(ODD_NAMES, random.matrix)
    problem = SelectionProblem(
        table, alpha=0.8, beta=0.3, m_inter=convention, require=("模型",), exclude=("a b",)
    )
    path = tmp_path / f"model.{file_format}"
    path.write_text(export_model(problem, file_format), encoding="utf-8")
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
    text = export_model(SelectionProblem(table), file_format)
    head = [line for line in text.splitlines() if line.startswith(f"{mark} m")]
    found = dict(line[2:].split(" = ", 1) for line in head)
    assert {label: json.loads(name) for label, name in found.items()} == dict(
        zip(model_labels(ODD_NAMES), ODD_NAMES, strict=True)
    )


def test_bad_exports(problem):
    """An unknown format and an infeasible problem are refused."""
    with pytest.raises(InputError, match="format must be one of lp, mps"):
        export_model(problem, "nl")
    with pytest.raises(
        UnansweredError, match="infeasible: no ensemble of the 3 models meets size=4"
    ):
        export_model(problem.with_options(size=4), "lp")
