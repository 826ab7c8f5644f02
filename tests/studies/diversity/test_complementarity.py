"""Complementarity: hypervolume, Rao's quadratic entropy, and their index."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemopt import InputError, Profiles
from chemopt.studies.diversity.complementarity import complementarity, hypervolume, rao_entropy

points = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 10)), min_size=1, max_size=8)
conventions = pytest.mark.parametrize("convention", ["reference", "corrected"])


def test_hypervolume_of_moocore():
    """The example of moocore's manual for ``hypervolume``: 39 for reference 0, maximised."""
    x, y = np.array([[5, 5], [4, 6], [2, 7], [7, 4]]).T
    measured = hypervolume(np.column_stack([x / 10, y]), convention="corrected")
    assert measured == pytest.approx(39 / 100)


def test_rao_entropy_is_gini_simpson_for_equal_distances():
    """Rao (1982): with all distances d, Q = d (1 − 1/S); here a triangle of side 0.8."""
    side = 0.8
    triangle = [[0.1, 1], [0.1 + side, 1], [0.1 + side / 2, 10 * (0.1 + side * math.sqrt(0.75))]]
    expected = side * (1 - 1 / 3) / math.sqrt(2)
    assert rao_entropy(triangle, convention="corrected") == pytest.approx(expected)


def test_rao_entropy_of_points_on_a_line():
    """Mean absolute difference of 0, ½, 1 is (4 · ½ + 2 · 1)/9."""
    assert rao_entropy([[0, 5], [0.5, 5], [1, 5]]) == pytest.approx(4 / 9 / math.sqrt(2))


def test_the_reference_saturates():
    """Unscaled qualities above 1 all count as 1, and distances reach the cap."""
    low, high = [[0.9, 1.0], [0.5, 1.5]], [[0.9, 9.9], [0.5, 10.0]]
    assert hypervolume(low) == hypervolume(high) == 0.9
    assert rao_entropy([[0.5, 1.0], [0.5, 9.0]]) == 1.0
    assert complementarity([[0.5, 1.0], [0.5, 9.0]]) == 0.75


@given(points, st.floats(0, 1))
@conventions
def test_bounds_and_order(convention, cloud, weight):
    """The index lies in [0, 1], between its parts, and the order of the points is of no matter."""
    hv = hypervolume(cloud, convention=convention)
    rao = rao_entropy(cloud, convention=convention)
    index = complementarity(cloud, weight=weight, convention=convention)
    assert min(hv, rao) - 1e-12 <= index <= max(hv, rao) + 1e-12
    assert 0 <= hv <= 1
    assert 0 <= rao <= 1
    backwards = complementarity(cloud[::-1], weight=weight, convention=convention)
    assert backwards == pytest.approx(index)


@given(points, st.tuples(st.floats(0, 1), st.floats(0, 10)))
@conventions
def test_hypervolume_grows(convention, cloud, extra):
    """Another member never lowers it, and a dominated one leaves it as it is."""
    before = hypervolume(cloud, convention=convention)
    assert hypervolume([*cloud, extra], convention=convention) >= before - 1e-12
    dominated = (cloud[0][0] / 2, cloud[0][1] / 2)
    assert hypervolume([*cloud, dominated], convention=convention) == pytest.approx(before)


@given(points)
def test_hypervolume_by_counting(cloud):
    """The area agrees with cells of a grid through all coordinates."""
    a, q = np.array(cloud).T / np.array([[1], [10]])
    xs, ys = np.unique([0, *a]), np.unique([0, *q])
    covered = [
        (x1 - x0) * (y1 - y0)
        for x0, x1 in itertools.pairwise(xs)
        for y0, y1 in itertools.pairwise(ys)
        if ((a >= x1) & (q >= y1)).any()
    ]
    assert hypervolume(cloud, convention="corrected") == pytest.approx(sum(covered))


def test_inputs_agree(pool):
    """Profiles, a DataFrame and an array give the same for the same members."""
    frame = pd.DataFrame({"quality": [9.0, 6.0], "accuracy": [0.9, 0.75]}, index=["a", "b"])
    expected = complementarity([[0.9, 9.0], [0.75, 6.0]], convention="corrected")
    for given_points in (pool, frame):
        found = complementarity(given_points, ["a", "b"], convention="corrected")
        assert found == expected
    assert complementarity(frame, convention="corrected") == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "no point"),
        (([[0.5, 11]],), r"quality of 0 is 11.0, not in \[0, 10\]"),
        (([[math.nan, 5]],), "accuracy of 0 is nan"),
        (([1, 2],), "shape"),
        (([["x", "y"]],), "not numbers"),
        ((pd.DataFrame({"accuracy": [0.5]}),), "missing column 'quality'"),
        ((pd.DataFrame({"accuracy": [0.5], "quality": ["x"]}),), "not made of numbers"),
    ],
)
def test_bad_points(arguments, message):
    """Each error in the points is named."""
    with pytest.raises(InputError, match=message):
        complementarity(*arguments)


def test_bad_options(pool):
    """Unknown models, models without rows, and options out of range are named."""
    silent = Profiles.from_frame(
        pd.DataFrame({"model": ["a", "b"], "quality": [5, None], "accuracy": [0.5, None]})
    )
    for call, message in [
        (lambda: complementarity(pool, ["z"]), "unknown model 'z'"),
        (lambda: complementarity(pool, ["a", "a"]), "twice"),
        (lambda: complementarity(pool, "a"), "not one string"),
        (lambda: complementarity(pool, []), "no point"),
        (lambda: complementarity(silent), "'b' is nan"),
        (lambda: complementarity(pool, weight=2), "weight"),
        (lambda: complementarity(pool, convention="wrong"), "convention"),
    ]:
        with pytest.raises(InputError, match=message):
            call()
