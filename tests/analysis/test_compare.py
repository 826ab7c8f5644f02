"""Methods side by side."""

import dataclasses
import importlib
import math
from types import SimpleNamespace

import pytest

from chemopt import InputError, SolverError, compare, recommend
from chemopt.analysis.compare import COLUMNS
from chemopt.problem.generate import generate_problem

# the package has a function of this name, which hides the module
compare_module = importlib.import_module("chemopt.analysis.compare")


def test_a_row_for_each_run():
    """Every α, β and method has a row; gaps and overlaps are against the optimum."""
    problem = generate_problem(9, seed=6)
    frame = compare(problem, ["hill-climb", "highs", "cp-sat"], alphas=[0.2, 0.9], betas=[0, 1])
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == 12
    exact = frame[frame["method"] != "hill-climb"]
    assert (exact["status"] == "optimal").all()
    assert (exact["gap"] == 0).all()
    assert (frame["gap"] >= 0).all()
    assert frame["jaccard"].between(0, 1).all()
    for row in frame.itertuples():
        least = recommend(problem.with_options(alpha=row.alpha, beta=row.beta)).loss
        assert row.optimum == pytest.approx(least, abs=1e-9)
        assert len(row.models) == row.size


def test_a_heuristic_alone_is_compared_with_the_optimum(instances):
    """Without an exact method among those asked for, the optimum is computed and has no row."""
    from chemopt.problem.instances import read_problem

    problem = read_problem(instances / "four_models.json")
    frame = compare(problem, ["hill-climb"])
    assert frame["method"].to_list() == ["hill-climb"]
    row = frame.iloc[0]
    assert (row["loss"], row["optimum"]) == (pytest.approx(0.68), pytest.approx(0.62))
    assert row["gap"] == pytest.approx(0.06 / 0.62)
    assert row["jaccard"] == pytest.approx(1 / 4)


def test_without_a_proof_there_is_no_gap():
    """Where no method proves an optimum, gap and overlap are unknown, and a bound stands in."""
    problem = generate_problem(45, seed=1, kind="uniform").with_options(alpha=1.0, beta=0.0)
    frame = compare(problem, ["hill-climb", "highs"], time_limit=0.5)
    assert frame["optimum"].isna().all()
    assert frame["gap"].isna().all()
    assert frame["jaccard"].isna().all()
    assert frame["loss"].notna().all()
    bound = frame["bound"].max()
    assert frame["bound_gap"].tolist() == pytest.approx(
        ((frame["loss"] - bound) / max(abs(bound), 1e-6 * problem.table.typical)).tolist()
    )


def test_with_a_proof_the_gap_to_the_bound_is_the_gap():
    """The optimum is its own bound; without any bound there is no gap."""
    problem = generate_problem(9, seed=6)
    frame = compare(problem, ["hill-climb", "brute-force"], alphas=[0.2, 0.9])
    assert frame["bound_gap"].tolist() == frame["gap"].tolist()


def test_methods_that_contradict_each_other_are_an_error(problem, monkeypatch):
    """A bound above another method's loss is found out, whoever is wrong."""
    import importlib

    module = importlib.import_module("chemopt.analysis.compare")
    real = module.recommend

    def lying(asked, method, **options):
        answer = real(asked, method, **options)
        return dataclasses.replace(answer, bound=1e3) if method == "highs" else answer

    monkeypatch.setattr(module, "recommend", lying)
    with pytest.raises(SolverError, match="claims the bound 1000.0, but brute-force found"):
        compare(problem, ["brute-force", "highs"])


def test_infeasible_problems_have_rows_without_a_loss(problem):
    """An infeasible problem shows as such."""
    frame = compare(problem.with_options(size=9))
    assert frame["status"].to_list() == ["infeasible", "infeasible"]
    assert all(math.isnan(loss) for loss in frame["loss"])
    assert all("size=9" in message for message in frame["message"])


def test_progress_is_told(problem):
    """The callback hears of each run, up to the last."""
    heard = []
    compare(problem, ["hill-climb"], alphas=[0.1, 0.5], progress=lambda *at: heard.append(at))
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"methods": []}, "methods must be a list of at least one"),
        ({"methods": "highs"}, "methods must be a list"),
        ({"methods": ["highs", "magic"]}, "method must be one of .* not 'magic'"),
        ({"alphas": [2.0]}, "alpha must be a number"),
        ({"alphas": []}, "alphas must be a list of at least one value"),
        ({"betas": 0.5}, "betas must be a list"),
    ],
)
def test_bad_options(problem, options, message):
    """Options out of range are errors."""
    with pytest.raises(InputError, match=message):
        compare(problem, **options)


def test_methods_are_imported_before_any_clock_starts(monkeypatch):
    """Every method that is run, the one next to heuristics too, and then the time limit."""
    steps = []
    monkeypatch.setattr(compare_module, "load_method", steps.append)
    after = compare_module.Deadline.after
    deadline = SimpleNamespace(after=lambda seconds: steps.append("clock") or after(seconds))
    monkeypatch.setattr(compare_module, "Deadline", deadline)
    compare(generate_problem(6, 1), ["hill-climb", "tabu", "tabu"], time_limit=0.5)
    assert steps == ["hill-climb", "tabu", "auto", "clock"]
