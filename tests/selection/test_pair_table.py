"""Pairwise proxies of coverage: entries, optima, and where they are not coverage."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemopt import ChemistryProblem, InputError, load_outcomes, recommend
from chemopt.outcomes.diversity import diversity
from chemopt.selection.pair_table import NO_EVIDENCE, PAIR_MEASURES, pair_table

measures = pytest.mark.parametrize("measure", PAIR_MEASURES)


def drawn(seed, items=40, models=7):
    """Return outcomes of models with a common difficulty of items, in columns a to g."""
    rng = np.random.default_rng(seed)
    ability, difficulty = rng.normal(size=models), rng.normal(size=(items, 1))
    right = ability - difficulty + rng.normal(size=(items, models)) > 0
    return pd.DataFrame(right.astype(int), columns=list("abcdefg")[:models])


def problem_of(table, k):
    return ChemistryProblem(table, alpha=0, beta=0, size=k, m_inter="total")


@measures
@pytest.mark.parametrize("k", [2, 3, 5])
def test_the_optimum_is_that_of_all_ensembles(measure, k):
    """`recommend` proves what listing every ensemble finds."""
    table = pair_table(load_outcomes(drawn(k)), measure)
    answer = recommend(problem_of(table, k))
    assert answer.status == "optimal"
    values = [
        sum(table[pair] for pair in itertools.combinations(X, 2))
        for X in itertools.combinations(table.models, k)
    ]
    value = sum(table[pair] for pair in itertools.combinations(answer.models, 2))
    assert value == pytest.approx(max(values))


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 12))
def test_entries(seed, models, items):
    """Entries are those counted by hand, symmetric, and in [0, 1]."""
    frame = drawn(seed, items, models)
    outcomes = load_outcomes(frame)
    tables = {measure: pair_table(outcomes, measure) for measure in PAIR_MEASURES}
    for table in tables.values():
        assert table.models == outcomes.models
        assert (table.matrix == table.matrix.T).all()
        assert (table.matrix >= 0).all()
        assert (table.matrix <= 1).all()
    for row in diversity(outcomes).to_dict("records"):
        pair = row["model_a"], row["model_b"]
        a, b = frame[pair[0]], frame[pair[1]]
        assert tables["either-right"][pair] == pytest.approx((a | b).mean())
        assert tables["disagreement"][pair] == pytest.approx((a != b).mean())
        for measure, column in (("q-statistic", "q_statistic"), ("correlation", "correlation")):
            expected = 0.5 if np.isnan(row[column]) else (1 - row[column]) / 2
            assert tables[measure][pair] == pytest.approx(expected)
    assert (tables["either-right"].matrix == tables["double-fault"].matrix).all()


@measures
def test_order_of_models_and_items(measure):
    """Columns and rows in another order change nothing."""
    frame = drawn(3)
    table = pair_table(load_outcomes(frame), measure)
    other = frame.sample(frac=1, random_state=0)[list("gcafbed")]
    assert pair_table(load_outcomes(other), measure) == table


@measures
def test_names_do_not_matter(measure):
    """Models under other names keep their entries."""
    frame = drawn(4)
    table = pair_table(load_outcomes(frame), measure)
    names = dict(zip("abcdefg", "gcafbed", strict=True))
    renamed = pair_table(load_outcomes(frame.rename(columns=names)), measure)
    for a, b, entry in table.pairs():
        assert renamed[names[a], names[b]] == entry


def test_undefined_is_no_evidence():
    """A model that is always right is taken to be independent of the others."""
    outcomes = load_outcomes(pd.DataFrame({"a": [1, 1, 1], "b": [1, 0, 1], "c": [0, 0, 0]}))
    for measure in ("q-statistic", "correlation"):
        assert {entry for *_, entry in pair_table(outcomes, measure).pairs()} == {NO_EVIDENCE}


def test_equal_and_opposite_models():
    """Q and φ at their ends, with rounding kept inside [0, 1]."""
    frame = pd.DataFrame({"a": [1, 0, 0, 0, 1, 1, 0]})
    outcomes = load_outcomes(frame.assign(b=frame["a"], c=1 - frame["a"]))
    for measure in ("q-statistic", "correlation"):
        table = pair_table(outcomes, measure)
        assert table["a", "b"] == pytest.approx(0)
        assert table["a", "c"] == pytest.approx(1)


def test_a_pairwise_optimum_that_is_not_the_best_coverage():
    """For two models either-right is coverage; for three it is a proxy, which can miss."""
    outcomes = load_outcomes(
        pd.DataFrame(
            {"ash": [1, 1, 1, 0, 0, 0], "elm": [0, 0, 1, 1, 1, 0],
             "fir": [1, 1, 0, 1, 1, 0], "odd": [0, 0, 0, 0, 0, 1]}
        )
    )  # fmt: skip
    table = pair_table(outcomes, "either-right")
    for a, b, entry in table.pairs():
        assert entry == pytest.approx(outcomes.coverage([a, b]))
    chosen = recommend(problem_of(table, 3)).models
    best = max(outcomes.coverage(X) for X in itertools.combinations(outcomes.models, 3))
    assert outcomes.coverage(chosen) == pytest.approx(5 / 6)
    assert best == 1


def test_settings():
    """The table says what it is, and survives JSON."""
    table = pair_table(load_outcomes(drawn(5)), "correlation")
    assert table.settings == {"measure": "correlation", "source": "DataFrame"}
    assert table.entries == "general"
    assert type(table).from_json(table.to_json()) == table


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        ({"a": [1, 0], "b": [0, 1]}, {"measure": "kappa"}, "measure must be one of either-right"),
        ({"a": [1, 0]}, {}, "only one model"),
        ({"a": [1, 0.5], "b": [0, 1]}, {}, "right and wrong, 1 and 0, not marks"),
        ({"a": [1, None], "b": [0, 1]}, {}, "pair_table needs an outcome of every model"),
    ],
)
def test_errors(frame, options, message):
    """Each error is named."""
    outcomes = load_outcomes(pd.DataFrame(frame), missing="keep")
    with pytest.raises(InputError, match=message):
        pair_table(outcomes, **options)


def test_not_outcomes():
    """A DataFrame has to be loaded first."""
    with pytest.raises(InputError, match="pair_table needs Outcomes, not a DataFrame"):
        pair_table(drawn(1))
