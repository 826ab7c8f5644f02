"""Splits leave each item out once, and sets of the same seed are nested."""

import numpy as np
import pytest

from chemopt.evidence.splits import random_split, repeated_folds


def test_each_item_is_left_out_once_in_each_repeat():
    """Folds are apart, of nearly equal sizes, and drawn anew in each repeat."""
    splits = list(repeated_folds(11, 3, 2, seed=5))
    assert [split[:2] for split in splits] == [(r, f) for r in range(2) for f in range(3)]
    for split in splits:
        assert sorted([*split.train, *split.test]) == list(range(11))
    for repeat in splits[:3], splits[3:]:
        assert sorted(np.concatenate([split.test for split in repeat])) == list(range(11))
        assert sorted(len(split.test) for split in repeat) == [3, 4, 4]
    again = list(repeated_folds(11, 3, 1, seed=6))
    assert [split.test.tolist() for split in again] == [s.test.tolist() for s in splits[3:]]
    assert not list(repeated_folds(2, 3, 4, seed=0))


@pytest.mark.parametrize("train", [1, 4, 9])
@pytest.mark.parametrize("test", [1, 4, 10])
def test_random_splits_are_nested(train, test):
    """Larger sets include smaller ones, and the test set is what the training set leaves at most."""
    rows, held_out = random_split(10, train, test, [3, 1])
    more, _ = random_split(10, 9, 1, [3, 1])
    _, most = random_split(10, 0, 10, [3, 1])
    assert rows.tolist() == more[:train].tolist()
    assert held_out.tolist() == most[: min(test, 10 - train)].tolist()
    assert not set(rows) & set(held_out)
