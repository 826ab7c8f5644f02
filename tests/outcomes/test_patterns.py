"""Patterns give the coverage of outcomes, marks between 0 and 1 included."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.patterns import patterns_of


@given(
    st.lists(
        st.lists(st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0, 1.0]), min_size=4, max_size=4),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_value_is_coverage(scores):
    """The value of any ensemble is its coverage; patterns are distinct and have positive weights."""
    outcomes = Outcomes(tuple("abcd"), pd.RangeIndex(len(scores)), np.array(scores))
    patterns = patterns_of(outcomes)
    assert len(np.unique(patterns.right, axis=0)) == len(patterns.right)
    assert (patterns.weights > 0).all()
    assert patterns.total == len(scores)
    for size in range(5):
        for X in itertools.combinations(range(4), size):
            covered = outcomes.coverage([outcomes.models[k] for k in X]) * len(scores)
            assert patterns.value(X) == pytest.approx(covered)


def test_many_models():
    """Patterns of more than 64 models are told apart."""
    rng = np.random.default_rng(0)
    scores = np.repeat(rng.integers(0, 2, (50, 130)).astype(float), 3, axis=0)
    patterns = patterns_of(Outcomes(tuple(map(str, range(130))), pd.RangeIndex(150), scores))
    assert len(patterns.weights) == 50
    assert (patterns.weights == 3).all()
