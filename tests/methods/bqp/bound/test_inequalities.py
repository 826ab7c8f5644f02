"""Triangle and hypermetric inequalities."""

import itertools

import numpy as np
import pytest
from exact_cases import all_signs
from hypothesis import given
from hypothesis import strategies as st

from chemopt.methods.bqp.bound.hypermetric import (
    HypermetricInequalities,
    separate_odd_cliques,
    size_inequality,
)
from chemopt.methods.bqp.bound.triangles import separate_triangles

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
def test_inequalities_hold_for_every_point(seed):
    """Triangle and odd-clique inequalities hold for all s sᵀ, before and after nodes are merged."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 8))
    x = rng.uniform(-1, 1, (n, n))
    x = (x + x.T) / 2
    np.fill_diagonal(x, 1.0)
    triangles = separate_triangles(x, 50, 0.0)
    vectors = separate_odd_cliques(x, triangles.heaviest(20, n), 20, 0.0)
    odd = HypermetricInequalities.none(n).with_new(vectors)
    onto = np.array([0, 0, *range(1, n - 1)])
    factor = np.where(rng.random(n) < 0.5, -1, 1)
    factor[0] = 1
    for triples, cliques, count in (
        (triangles, odd, n),
        (triangles.merge(onto, factor, n - 1), odd.merge(onto, factor, n - 1), n - 1),
    ):
        for s in all_signs(count - 1):
            i, j, k = triples.nodes.T
            sums = (triples.signs * np.stack([s[i] * s[j], s[i] * s[k], s[j] * s[k]], axis=1)).sum(
                1
            )
            assert (sums >= -1).all()
            assert (cliques.slack(np.outer(s, s)) >= 0).all()


def test_the_most_violated_triangles_are_found():
    """Separation agrees with the enumeration of all triples."""
    rng = np.random.default_rng(5)
    x = rng.uniform(-1, 1, (9, 9))
    x = (x + x.T) / 2
    worst = [
        a * b * x[i, j] + a * x[i, k] + b * x[j, k]
        for i, j, k in itertools.combinations(range(9), 3)
        for a, b in itertools.product((-1, 1), repeat=2)
    ]
    below = sorted(value for value in worst if value < -1)
    triangles = separate_triangles(x, 10, 0.0)
    i, j, k = triangles.nodes.T
    found = (triangles.signs * np.stack([x[i, j], x[i, k], x[j, k]], axis=1)).sum(axis=1)
    assert sorted(found) == pytest.approx(below[:10])
    assert len(separate_triangles(x, 10**6, 0.0)) == len(below)


def test_the_size_inequality():
    """It cuts off a fractional size; there is none where the size is integral."""
    x = np.eye(6)
    vector = size_inequality(x)
    assert vector is not None
    assert vector @ x @ vector > 1 or vector.tolist() == [0.0, 1, 1, 1, 1, 1]
    assert size_inequality(np.ones((6, 6))) is None
