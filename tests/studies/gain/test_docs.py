"""The page on gains shows what `gain_predictors` measures on the published outcomes."""

import doctest
import re

import pandas as pd
import pytest
from conftest import ROOT

from chemopt import load_outcomes
from chemopt.studies.gain.features import FEATURE_SETS
from chemopt.studies.gain.predictors import gain_predictors
from chemopt.studies.gain.regression import left_out_r2

PAGE = (ROOT / "docs" / "gain.md").read_text(encoding="utf-8")
# In the order of the columns of the page.
SETS = {
    "ChemBench": ("chembench", None),
    "MMLU-Pro": ("mmlu_pro", None),
    "CRUX": ("zeroeval", "crux"),
    "GSM8K": ("zeroeval", "gsm"),
    "MATH": ("zeroeval", "math-l5"),
    "BFCL": ("bfcl", None),
}
SIZED = ("accuracy", "accuracy + disagreement", "accuracy + disagreement + chemistry", "measured gain")  # fmt: skip


def cells(values):
    """Write a row of a table as the page has it."""
    return " | ".join(f"{value:.2f}".replace("-", "−") for value in values)


def over_sets(ensembles, columns):
    """Return R² of each data set, left out of the fit."""
    return pd.Series(
        {
            name: left_out_r2(
                ensembles[ensembles["outcomes"] != name], own, columns, "held_out_gain"
            )
            for name, own in ensembles.groupby("outcomes")
        }
    )


def test_python(monkeypatch):
    """The Python of the page runs, and shows what comes out."""
    monkeypatch.chdir(ROOT)
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.M | re.S))
    test = doctest.DocTestParser().get_doctest(code, {}, "gain", None, 0)
    assert test.examples
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.slow
def test_figures(shared):
    """All tables, with the default options."""
    folder = shared / "data" / "outcomes"
    sets = [
        load_outcomes(folder / f"{name}.csv.gz", task=task, min_answered=0.9)
        for name, task in SETS.values()
    ]
    rows = []
    for name, outcomes in zip(SETS, sets, strict=True):
        rows.append(f"| {name} | {len(outcomes.models)} | {len(outcomes):,} |")
    coverage, majority = (
        gain_predictors(sets, objective=objective) for objective in ("coverage", "majority")
    )
    for features in FEATURE_SETS:
        own = coverage.by_set.loc[coverage.by_set["features"] == features, "r2"]
        rows.append(f"| {features} | {cells([own.mean(), own.median()])} | {cells(own)} |")
        votes = majority.by_set.loc[majority.by_set["features"] == features, "r2"]
        rows.append(f"| {features} | {cells([votes.mean(), votes.median(), votes.min(), votes.max()])} |")  # fmt: skip
    few = [gain_predictors(sets, training=n).predictors for n in (25, 50, 100, 200)]
    for features in SIZED:
        r2 = [frame.set_index("features").loc[features, "median"] for frame in few]
        rows.append(f"| {features} | {cells(r2)} |")
    drawn = coverage.ensembles
    for features in SIZED:
        by_size = [
            over_sets(drawn[drawn["size"] == k], FEATURE_SETS[features]).median()
            for k in (2, 3, 4, 5)
        ]
        rows.append(f"| {features} | {cells(by_size)} |")
    # One regression for ensembles of all sizes, with the size among the features.
    together = drawn.assign(k=drawn["size"], size=0)
    for feature in ("chemistry", "mean_accuracy"):
        together[f"sum_{feature}"] = drawn[feature] * drawn["size"] * (drawn["size"] - 1) / 2
    known = ("k", *FEATURE_SETS["accuracy + diversity"])
    for extra, said in (
        ((), "accuracy + diversity + size"),
        (("sum_chemistry",), "the same + sum of chemistry"),
        (("sum_mean_accuracy",), "the same + sum of accuracies, instead"),
    ):
        r2 = over_sets(together, (*known, *extra))
        rows.append(f"| {said} | {cells([r2.mean(), r2.median()])} |")
    missing = [row for row in rows if row not in PAGE]
    assert not missing, "\n".join(missing)
