"""The page on theory shows what `validate_theory` returns."""

import re

import pytest
from conftest import ROOT

from chemopt.studies.theory.validate import validate_theory

THEORY = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_statements_and_trend():
    """Verdicts, counts, counterexamples and the trend of the page, with the default options."""
    validation = validate_theory()
    frame = validation.statements
    of_cost = frame[~frame["statement"].str.startswith("mean chemistry")]
    for name, own in of_cost.groupby("statement"):
        one, none = (
            own[own["empty_cost"].isna() == left_out].iloc[0] for left_out in (False, True)
        )
        row = (
            f"| {name} | {one['verdict']} | {none['verdict']} | "
            f"{none['violations']:,} of {none['checks']:,} | {none['counterexample']} |"
        )
        assert row in THEORY, row
    for (shape, _), own in validation.trend.groupby(["shape", "empty_cost"], dropna=False):
        means = " | ".join(f"{m:.4f}" for m in own["mean_chemistry"])
        assert re.search(rf"\| {shape} \| (left out|1) \| {re.escape(means)} \|", THEORY), means
