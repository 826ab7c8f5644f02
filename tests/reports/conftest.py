"""Small reports, made once: of an instance, a history, outcomes with costs, and wild names."""

import numpy as np
import pandas as pd
import pytest

from chemopt import (
    ChemistryProblem,
    ChemistryTable,
    Report,
    load_history,
    load_outcomes,
    read_problem,
    report,
)
from chemopt.history.generate import generate_history

WILD = ("<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>",
        "a & b \u2028 \"q\" 'p'", "$x_1$, {{ y }}")  # fmt: skip


@pytest.fixture(scope="session")
def four(instances) -> Report:
    """The four models that the README works out by hand."""
    return report(read_problem(instances / "four_models.json"), beta_max=0.5, time_limit=None)


@pytest.fixture(scope="session")
def of_history() -> Report:
    """A generated history of five models."""
    history = load_history(generate_history(models=5, trials=30, seed=1))
    return report(
        history, profile_options={"aggregate": "mean"}, chemistry_options={"empty_cost": None},
        time_limit=None,
    )  # fmt: skip


@pytest.fixture(scope="session")
def outcomes():
    """Five models of growing accuracy and cost on 60 items."""
    draw = np.random.default_rng(0)
    right = draw.random((60, 5)) < np.array([0.4, 0.5, 0.6, 0.7, 0.8])
    rows = [
        (f"m{k}", f"i{item:02}", int(right[item, k]), float(2**k))
        for item in range(60)
        for k in range(5)
    ]
    return load_outcomes(pd.DataFrame(rows, columns=["model", "item", "correct", "cost"]))


@pytest.fixture(scope="session")
def of_outcomes(outcomes) -> Report:
    return report(outcomes, problem_options={"size": 2}, time_limit=None)


@pytest.fixture(scope="session")
def wild_problem() -> ChemistryProblem:
    """Names with HTML, an end of a script, a line separator, mathematics and a template."""
    matrix = [[0, 0.9, 0.2, 0.4], [0.9, 0, 0.5, 0.1], [0.2, 0.5, 0, 0.7], [0.4, 0.1, 0.7, 0]]
    table = ChemistryTable(WILD, matrix)
    return ChemistryProblem(table, name="<b>wild</b>", alpha=0.8, beta=0.1)


@pytest.fixture(scope="session")
def wild(wild_problem) -> Report:
    return report(wild_problem, time_limit=None, command="chemopt report '<i>x</i>'")
