"""chemopt agrees with the golden figures of the reference implementation (tests/golden).

Profiles → model interaction graph → table → constants → optimal losses need the golden figures
and the instances only. The last tests start from the published histories, which are not part of
this repository.
"""

import json
import math
from functools import cache

import pandas as pd
import pytest
from conftest import ROOT

from chemopt import (
    ChemistryProblem,
    MipOptions,
    Profiles,
    compute_chemistry,
    learn_profiles,
    load_history,
    recommend,
)
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.cli.main import main
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.mip.formulations import FORMULATIONS
from chemopt.problem.instances import read_problem
from chemopt.studies.replicate.published import DATASETS

RUNS = {data.name: data.file for data in DATASETS}
ALPHAS = ("0.000000", "0.100000", "0.200000", "0.333333", "0.500000", "0.700000", "0.900000",
          "1.000000")  # fmt: skip
# The convention of ours in which a golden figure is an optimum.
CONVENTIONS = {"published": "exact_reference_feasible", "greedy": "exact_unconstrained"}
names = pytest.mark.parametrize("name", RUNS)


def value_of(alpha: str) -> float:
    """Return α as a number; 0.333333 stands for a third."""
    return 1 / 3 if alpha == "0.333333" else float(alpha)


@cache
def golden(name: str) -> dict:
    """Return the golden figures of a published history."""
    return json.loads((ROOT / "tests" / "golden" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def golden_problem(name: str) -> ChemistryProblem:
    """Return the problem of the golden profiles, with the default options."""
    figures = golden(name)
    frame = pd.DataFrame.from_dict(figures["profiles"], orient="index")
    profiles = Profiles.from_frame(frame, figures["past_runs"])
    return ChemistryProblem(compute_chemistry(profiles), profiles=profiles)


def assert_profiles_are_golden(profiles: Profiles, name: str) -> None:
    """Compare quality, accuracy, trial and historical subsets, to the bit."""
    expected = golden(name)["profiles"]
    assert set(profiles.frame.index) == set(expected)
    for model, profile in expected.items():
        assert profiles.frame.loc[model, ["quality", "accuracy", "trial"]].to_dict() == profile
    subsets = {frozenset(subset) for subset in golden(name)["past_runs"]}
    assert {frozenset(subset) for subset in profiles.subsets} == subsets


@names
def test_profiles_of_the_instances(name, instances):
    """The instance of a published pool holds the golden profiles and historical subsets."""
    assert_profiles_are_golden(read_problem(instances / f"{name}.json").profiles, name)


@names
def test_mig_nodes(name):
    """The model interaction graph has as many nodes."""
    assert len(ModelInteractionGraph(golden_problem(name).profiles)) == golden(name)["mig_nodes"]


@names
def test_chemistry(name, instances):
    """Every entry agrees to 1e-9, relative, computed from the profiles and as stored.

    The reference leaves ties in quality to chance, ours go by accuracy and name. It does not show:
    tied models have equal penalties in two histories, and in the third every entry is 1.
    """
    stored = read_problem(instances / f"{name}.json").table
    for table in (golden_problem(name).table, stored):
        for a, row in golden(name)["chemistry"].items():
            for b, value in row.items():
                assert table[a, b] == pytest.approx(value, rel=1e-9)


@names
def test_constants(name):
    """M_intra and M_inter agree."""
    problem, expected = golden_problem(name), golden(name)
    assert problem.m_intra_value == pytest.approx(expected["max_total_chemistry"], rel=1e-12)
    greedy = expected["max_inter_chemistry_greedy_ties_by_name"]
    assert problem.m_inter_value == pytest.approx(greedy, rel=1e-12)


def assert_losses_are_golden(name: str, convention: str, method: str, **options) -> None:
    """Solve for all eight α, and compare the proved optima with the golden ones."""
    expected = golden(name)["optimal_loss_by_alpha"]
    for alpha in ALPHAS:
        problem = golden_problem(name).with_options(alpha=value_of(alpha), m_inter=convention)
        answer = recommend(problem, method, **options)
        assert answer.status.value == "optimal"
        least = expected[alpha][CONVENTIONS[convention]]
        assert answer.loss == pytest.approx(least, rel=1e-9, abs=1e-9)


@names
@pytest.mark.parametrize("method", ["auto", "brute-force", "exact", "highs", "cp-sat"])
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_optimal_losses(name, method, convention):
    """Every exact method proves the golden optimum, with and without the inter constraint."""
    assert_losses_are_golden(name, convention, method)


@pytest.mark.parametrize("formulation", FORMULATIONS[1:])
@pytest.mark.parametrize(
    "convention", [pytest.param("published", marks=pytest.mark.slow), "greedy"]
)
@pytest.mark.parametrize(
    "name", ["quixbugs", *(pytest.param(k, marks=pytest.mark.slow) for k in ("liar", "clinical"))]
)
def test_optimal_losses_by_every_formulation(name, convention, formulation):
    """The same losses, whatever HiGHS is given."""
    assert_losses_are_golden(name, convention, "highs", options=MipOptions(formulation))


@names
def test_optimal_losses_by_minimum_cut(name):
    """The minimum cut proves the golden optimum without the inter constraint, for α ≤ 1/3."""
    expected = golden(name)["optimal_loss_by_alpha"]
    for alpha in ALPHAS[:4]:
        problem = golden_problem(name).with_options(alpha=value_of(alpha), m_inter="greedy")
        answer = recommend(problem, "min-cut")
        least = expected[alpha]["exact_unconstrained"]
        assert answer.bound <= least + 1e-9
        assert answer.loss >= least - 1e-9
        if answer.proved:
            assert answer.loss == pytest.approx(least, rel=1e-9, abs=1e-9)


@names
def test_cut_shifts_the_unconstrained_optimum(name):
    """Under the exact maximum cut the optimum is the unconstrained one, higher by a constant."""
    for alpha in ALPHAS:
        greedy = golden_problem(name).with_options(alpha=value_of(alpha), m_inter="greedy")
        cut = resolve_m_inter(greedy.with_options(m_inter="cut"))
        shift = cut.alpha * (cut.m_inter_value - greedy.m_inter_value)
        assert shift >= -1e-9
        unconstrained = golden(name)["optimal_loss_by_alpha"][alpha]["exact_unconstrained"]
        assert recommend(cut).loss == pytest.approx(unconstrained + shift, abs=1e-9)


@names
def test_hill_climb_is_never_better(name):
    """The hill climber never beats the exact optimum under the same convention."""
    for alpha in ALPHAS:
        for convention, key in CONVENTIONS.items():
            problem = golden_problem(name).with_options(alpha=value_of(alpha), m_inter=convention)
            loss = recommend(problem, "hill-climb").loss
            assert loss >= golden(name)["optimal_loss_by_alpha"][alpha][key] - 1e-9


def test_hill_climb_on_liar():
    """The two losses that are published for the hill climber."""
    problem = golden_problem("liar")
    assert recommend(problem, "hill-climb").loss == pytest.approx(22.4955, abs=5e-5)
    at_09 = recommend(problem.with_options(alpha=0.9), "hill-climb")
    assert at_09.loss == pytest.approx(8.053, abs=5e-4)


def assert_command_line_is_golden(capsys, path: str, name: str) -> None:
    """Compare what ``chemopt recommend`` and ``chemopt chemistry`` print."""
    expected = golden(name)
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


@names
def test_command_line(name, capsys, instances):
    """The golden loss and table come out of the command line for an instance."""
    assert_command_line_is_golden(capsys, str(instances / f"{name}.json"), name)


# ---- from the published histories, where they are at hand ----


@names
def test_profiles_of_the_histories(histories, name):
    """A published history gives the golden profiles and subsets, and what the instance holds."""
    profiles = learn_profiles(load_history(histories / RUNS[name]))
    assert_profiles_are_golden(profiles, name)
    stored = read_problem(ROOT / "instances" / f"{name}.json")
    assert stored.table == compute_chemistry(profiles)
    assert stored.subsets == profiles.subsets
    # standard errors differ in their last digit from one version of NumPy to another
    pd.testing.assert_frame_equal(stored.profiles.frame, profiles.frame, rtol=1e-12)
    assert (stored.profiles.task, stored.profiles.aggregate) == (profiles.task, "best")


@names
def test_mean_instances_are_the_published_pools(histories, name, instances):
    """The instances with discriminating settings hold what the histories give."""
    profiles = learn_profiles(load_history(histories / RUNS[name]), aggregate="mean")
    stored = read_problem(instances / f"{name}_mean.json")
    expected = compute_chemistry(profiles, empty_cost=None)
    assert stored.table.settings == expected.settings
    assert abs(stored.matrix - expected.matrix).max() < 1e-12
    assert stored.subsets == profiles.subsets


@names
def test_command_line_on_the_histories(histories, name, capsys):
    """The golden loss and table come out of the command line for a published history."""
    assert_command_line_is_golden(capsys, str(histories / RUNS[name]), name)
