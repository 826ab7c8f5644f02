"""Tables of any scale: all entries and β times a number change the loss by that, nothing else."""

import numpy as np
import pytest

from chemopt import ChemistryProblem, ChemistryTable, MipOptions, recommend
from chemopt.methods.mip.formulations import CP_SAT_FORMULATIONS, FORMULATIONS
from chemopt.methods.registry import BASELINES, METHODS

# β may be 1e9 at most.
SCALES = [*(2.0**k for k in (-900, -300, -120, -40, 29)), *(10.0**k for k in (-200, -36, -9, 9))]
SEARCHES = sorted(set(METHODS) - {*BASELINES, "min-cut"})
MODELS = tuple(f"model-{k}" for k in range(8))
ATTRIBUTES = {name: {"price": float(k % 3 + 1)} for k, name in enumerate(MODELS)}
OPTIONS = {
    "budget": {"alpha": 0.3, "beta": 0.4, "m_inter": "published", "budgets": ["price<=9"]},
    "inter constraint": {"alpha": 0.9, "beta": 0.1, "m_inter": "published", "min_size": 3},
    "signed": {"alpha": 0.6, "beta": 0.1, "m_inter": "cut", "size": 3},
}


def problem_of(kind, scale):
    """A problem of a kind, with its entries and β times a number."""
    rng = np.random.default_rng(sum(map(ord, kind)))
    upper = np.triu(rng.normal(size=(8, 8)) if kind == "signed" else rng.random((8, 8)), k=1)
    table = ChemistryTable(
        MODELS, scale * (upper + upper.T), entries="signed" if kind == "signed" else "general"
    )
    options = {**OPTIONS[kind], "beta": OPTIONS[kind]["beta"] * scale}
    return ChemistryProblem(table, attributes=ATTRIBUTES, **options)


def check_scales(kind, method, scales, **options):
    """Compare the answers of scaled problems with that of the problem itself."""
    expected = recommend(problem_of(kind, 1.0), method, **options)
    assert expected.models
    for scale in scales:
        answer = recommend(problem_of(kind, scale), method, **options)
        assert answer.models == expected.models, scale
        assert (answer.status, answer.stop_reason) == (expected.status, expected.stop_reason), scale
        assert answer.loss == pytest.approx(scale * expected.loss, rel=1e-12, abs=0)


@pytest.mark.parametrize("method", SEARCHES)
def test_tiny_tables_are_tables_like_any_other(method):
    """With entries near 1e-36 and the inter constraint, methods say what they say of others."""
    check_scales("inter constraint", method, [1e-36])


@pytest.mark.slow
@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("method", SEARCHES)
def test_the_scale_of_a_table_changes_no_answer(method, kind):
    """The same holds for powers of two and of ten, with budgets, sizes and negative entries."""
    check_scales(kind, method, SCALES)


def test_the_scale_of_a_table_changes_no_minimum_cut():
    """The same holds for minimum cuts, which know no negative entries and α up to 1/3."""
    check_scales("budget", "min-cut", SCALES)


@pytest.mark.parametrize("formulation", sorted(set(FORMULATIONS) - {"rlt"}))
def test_the_scale_of_a_table_changes_no_formulation(formulation):
    """The same holds for each formulation of the mixed-integer model."""
    options = MipOptions(formulation=formulation)
    check_scales("inter constraint", "highs", [1e-36, 1e9], options=options)
    if formulation in CP_SAT_FORMULATIONS:
        check_scales("inter constraint", "cp-sat", [1e-36, 1e9], options=options)
