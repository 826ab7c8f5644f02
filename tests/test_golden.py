"""The published histories give the golden figures, through Python and the command line."""

import json
import math
from functools import cache
from pathlib import Path

import pytest

from chemopt import SelectionProblem, compute_chemistry, learn_profiles, load_histories, recommend
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.cli.main import main
from chemopt.methods.mip.formulations import FORMULATIONS
from chemopt.problem.instances import read_problem
from chemopt.studies.replicate.published import DATASETS

RUNS = {data.name: data.file for data in DATASETS}
ALPHAS = ("0.000000", "0.100000", "0.200000", "0.333333", "0.500000", "0.700000", "0.900000",
          "1.000000")  # fmt: skip
# The convention of ours in which a golden figure is an optimum.
CONVENTIONS = {"reference": "exact_reference_feasible", "greedy": "exact_unconstrained"}
names = pytest.mark.parametrize("name", RUNS)


def value_of(alpha: str) -> float:
    """Return α as a number; 0.333333 stands for a third."""
    return 1 / 3 if alpha == "0.333333" else float(alpha)


@cache
def published(shared: Path, name: str) -> SelectionProblem:
    """Return the problem of a published history, with the default options."""
    profiles = learn_profiles(load_histories(shared / "data" / "llm-chemistry" / RUNS[name]))
    return SelectionProblem(compute_chemistry(profiles), profiles=profiles)


@cache
def golden(shared: Path, name: str) -> dict:
    """Return the golden figures of a published history."""
    return json.loads((shared / "golden" / f"{name}.json").read_text())


@names
def test_profiles(shared, name):
    """Quality, accuracy and trial of the row kept are those of the reference, to the bit."""
    frame = published(shared, name).profiles.frame
    expected = golden(shared, name)["profiles"]
    assert set(frame.index) == set(expected)
    for model, profile in expected.items():
        assert frame.loc[model, ["quality", "accuracy", "trial"]].to_dict() == profile


@names
def test_historical_subsets(shared, name):
    """The subsets X_q are the reference's."""
    subsets = published(shared, name).subsets
    assert {frozenset(s) for s in subsets} == {
        frozenset(s) for s in golden(shared, name)["past_runs"]
    }


@names
def test_mig_nodes(shared, name):
    """The model interaction graph has as many nodes."""
    assert (
        len(ModelInteractionGraph(published(shared, name).profiles))
        == golden(shared, name)["mig_nodes"]
    )


@names
def test_chemistry(shared, name):
    """Every entry agrees to 1e-9, relative.

    The reference leaves ties in quality to chance, ours go by accuracy and name. It does not show:
    tied models have equal penalties in two histories, and in the third every entry is 1.
    """
    table = published(shared, name).table
    for a, row in golden(shared, name)["chemistry"].items():
        for b, value in row.items():
            assert table[a, b] == pytest.approx(value, rel=1e-9)


@names
def test_constants(shared, name):
    """M_intra and M_inter agree."""
    problem, expected = published(shared, name), golden(shared, name)
    assert problem.m_intra_value == pytest.approx(expected["max_total_chemistry"], rel=1e-12)
    greedy = expected["max_inter_chemistry_greedy_ties_by_name"]
    assert problem.m_inter_value == pytest.approx(greedy, rel=1e-12)


@names
@pytest.mark.parametrize("method", ["auto", "brute-force", "exact", "highs", "cp-sat"])
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_optimal_losses(shared, name, method, convention):
    """Every exact method proves the golden optimum at all eight α, with and without the rule."""
    expected = golden(shared, name)["optimal_loss_by_alpha"]
    for alpha in ALPHAS:
        problem = published(shared, name).with_options(alpha=value_of(alpha), m_inter=convention)
        answer = recommend(problem, method)
        assert answer.status.value == "optimal"
        assert answer.loss == pytest.approx(
            expected[alpha][CONVENTIONS[convention]], rel=1e-9, abs=1e-9
        )


@pytest.mark.parametrize("formulation", FORMULATIONS[1:])
@pytest.mark.parametrize("convention", CONVENTIONS)
@names
def test_optimal_losses_by_every_formulation(shared, name, convention, formulation):
    """The same losses, whatever HiGHS is given."""
    expected = golden(shared, name)["optimal_loss_by_alpha"]
    for alpha in ALPHAS:
        problem = published(shared, name).with_options(alpha=value_of(alpha), m_inter=convention)
        answer = recommend(problem, "highs", formulation=formulation)
        assert answer.status.value == "optimal"
        assert answer.loss == pytest.approx(
            expected[alpha][CONVENTIONS[convention]], rel=1e-9, abs=1e-9
        )


@names
def test_cut_shifts_the_unconstrained_optimum(shared, name):
    """Under the exact maximum cut the optimum is the unconstrained one, higher by a constant."""
    for alpha in ALPHAS:
        greedy = published(shared, name).with_options(alpha=value_of(alpha), m_inter="greedy")
        cut = greedy.with_options(m_inter="cut")
        shift = cut.alpha * (cut.m_inter_value - greedy.m_inter_value)
        assert shift >= -1e-9
        unconstrained = golden(shared, name)["optimal_loss_by_alpha"][alpha]["exact_unconstrained"]
        assert recommend(cut).loss == pytest.approx(unconstrained + shift, abs=1e-9)


@names
def test_hill_climb_is_never_better(shared, name):
    """The hill climber never beats the exact optimum under the same convention."""
    for alpha in ALPHAS:
        for convention, key in CONVENTIONS.items():
            problem = published(shared, name).with_options(
                alpha=value_of(alpha), m_inter=convention
            )
            loss = recommend(problem, "hill-climb").loss
            least = golden(shared, name)["optimal_loss_by_alpha"][alpha][key]
            assert loss >= least - 1e-9


def test_hill_climb_on_liar(shared):
    """The two losses that are published for the hill climber."""
    problem = published(shared, "liar")
    assert recommend(problem, "hill-climb").loss == pytest.approx(22.4955, abs=5e-5)
    at_09 = recommend(problem.with_options(alpha=0.9), "hill-climb")
    assert at_09.loss == pytest.approx(8.053, abs=5e-4)


@names
def test_instances_are_the_published_pools(shared, name, instances):
    """The instance files hold what the histories give."""
    problem, stored = published(shared, name), read_problem(instances / f"{name}.json")
    assert stored.table == problem.table
    assert stored.subsets == problem.subsets
    assert stored.profiles.to_dict() == problem.profiles.to_dict()


@names
def test_mean_instances_are_the_published_pools(shared, name, instances):
    """The instances with discriminating settings hold what the histories give."""
    history = load_histories(shared / "data" / "llm-chemistry" / RUNS[name])
    profiles = learn_profiles(history, aggregate="mean")
    stored = read_problem(instances / f"{name}_mean.json")
    expected = compute_chemistry(profiles, empty_cost=None)
    assert stored.table.settings == expected.settings
    assert abs(stored.matrix - expected.matrix).max() < 1e-12
    assert stored.subsets == profiles.subsets


@names
def test_command_line(shared, name, capsys):
    """The golden loss comes out of ``chemopt recommend``, and the table out of ``chemistry``."""
    path = str(shared / "data" / "llm-chemistry" / RUNS[name])
    expected = golden(shared, name)
    for alpha in ("0.5", "0.9"):
        assert main(["recommend", path, "--alpha", alpha, "--format", "json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        losses = expected["optimal_loss_by_alpha"][f"{float(alpha):.6f}"]
        assert math.isclose(answer["loss"], losses["exact_reference_feasible"], rel_tol=1e-9)
    assert main(["chemistry", path, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    for i, a in enumerate(data["models"]):
        for j, b in enumerate(data["models"]):
            if i != j:
                assert math.isclose(data["matrix"][i][j], expected["chemistry"][a][b], rel_tol=1e-9)
