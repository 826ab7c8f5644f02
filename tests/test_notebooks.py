"""What a notebook shows of the main types is short, and names with HTML in them are text."""

import numpy as np
import pandas as pd
import pytest

from chemopt import ChemistryProblem, ChemistryTable, load_outcomes, recommend, select


@pytest.fixture
def problem():
    table = ChemistryTable(("<b>a</b>", "b", "c"), [[0, 1, 0.5], [1, 0, 0.25], [0.5, 0.25, 0]])
    return ChemistryProblem(table, name="<i>pool</i>", budgets=[], size=2, m_inter="total")


def test_short_lines(problem):
    """A bare name in a notebook or at a prompt shows a line, not all data."""
    assert repr(problem) == (
        "ChemistryProblem('<i>pool</i>', 3 models, alpha=0.5, beta=0.5, m_inter='total', size=2)"
    )
    large = ChemistryTable([f"m{k}" for k in range(300)], np.zeros((300, 300)))
    assert len(repr(ChemistryProblem(large))) < 200
    assert len(repr(large)) < 200


def test_html_is_escaped(problem):
    """Names cannot smuggle in markup."""
    outcomes = load_outcomes(pd.DataFrame({"<b>a</b>": [1, 0], "b": [0, 1]}))
    chosen = select(outcomes, size=2, repeats=0)
    for shown in (problem, problem.table, recommend(problem), chosen):
        html = shown._repr_html_()
        assert "<b>a" not in html
        assert "&lt;b&gt;a" in html
