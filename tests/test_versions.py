"""A way through everything that a dependency is used for, in seconds.

.ci/versions runs it with the lowest and the newest versions that are supported.
"""

import json

import pandas as pd
import pytest

import chemopt
from chemopt.cli.main import main
from chemopt.history.generate import generate_history
from chemopt.methods.mip.formulations import FORMULATIONS
from chemopt.methods.registry import METHODS
from chemopt.versions import versions


@pytest.fixture(scope="module")
def problem():
    """A problem with profiles, of seven models."""
    history = chemopt.load_history(generate_history(models=7, trials=40, seed=1))
    profiles = chemopt.learn_profiles(history, aggregate="mean")
    table = chemopt.compute_chemistry(profiles)
    prices = {name: {"price": k + 1} for k, name in enumerate(table.models)}
    return chemopt.ChemistryProblem(
        table, alpha=0.3, m_inter="total", profiles=profiles, budgets=["price<=12"],
        attributes=prices,
    )  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_methods(problem, method):
    """Every method answers, and all that prove have the same loss."""
    answer = chemopt.recommend(problem, method)
    best = chemopt.recommend(problem, "brute-force")
    assert answer.loss >= best.loss - 1e-9
    if METHODS[method].proves and method != "min-cut":
        assert answer.status.value == "optimal"
        assert answer.loss == pytest.approx(best.loss)


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_formulations(problem, formulation):
    """Pyomo builds and compiles every model, and HiGHS solves it."""
    options = chemopt.MipOptions(formulation)
    answer = chemopt.recommend(problem, "highs", options=options)
    assert answer.loss == pytest.approx(chemopt.recommend(problem, "brute-force").loss)


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx", "jsonl"])
def test_tables(tmp_path, ending):
    """Every kind of table is read, and gives the same profiles."""
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    if ending == "xlsx":
        pytest.importorskip("openpyxl")
    frame = generate_history(models=4, trials=20, seed=1)
    path = tmp_path / f"history.{ending}"
    write = {
        "csv": lambda: frame.to_csv(path, index=False),
        "parquet": lambda: frame.to_parquet(path),
        "xlsx": lambda: frame.to_excel(path, index=False),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
    }
    write[ending]()
    found = chemopt.learn_profiles(chemopt.load_history(path)).frame
    expected = chemopt.learn_profiles(chemopt.load_history(frame)).frame
    assert (
        found[["quality", "accuracy"]].round(9).equals(expected[["quality", "accuracy"]].round(9))
    )


def test_selection_and_analysis(problem):
    """Outcomes, explanation, Pareto front, and breakpoints."""
    outcomes = chemopt.load_outcomes(pd.DataFrame({"a": [1, 0, 1, 0] * 5, "b": [0, 1, 1, 0] * 5}))
    assert chemopt.select(outcomes, repeats=1).models == ("a", "b")
    answer = chemopt.recommend(problem)
    assert chemopt.explain(answer).summary()
    assert len(answer.constraint_use) == 1


def test_command_line(tmp_path, capsys):
    """A file of options, JSON and a plot."""
    pool, config = tmp_path / "pool.json", tmp_path / "run.toml"
    assert main(["generate", "--kind", "uniform", "--models", "6", "-o", str(pool)]) == 0
    config.write_text('[recommend]\nalpha = 0.2\nformat = "json"\n')
    assert main(["recommend", str(pool), "--config", str(config)]) == 0
    assert json.loads(capsys.readouterr().out)["alpha"] == 0.2


def test_versions_are_told():
    """A report of a defect can say with what it was seen."""
    assert {"numpy", "pandas", "highspy"} <= set(map(str.lower, versions()))
