"""Random splits of items into those that are chosen from and those that are held out.

Both kinds are drawn from a seed alone, so whatever is computed on the same numbers of items with
the same seed sees the same splits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Rows: TypeAlias = npt.NDArray[np.intp]


class Fold(NamedTuple):
    """One split of repeated cross-validation; `train` and `test` are rows in ascending order."""

    repeat: int
    fold: int
    train: Rows
    test: Rows


def repeated_folds(items: int, folds: int, repeats: int, seed: int) -> Iterator[Fold]:
    """Yield the splits of repeated k-fold cross-validation; none for fewer items than folds.

    Repeat r shuffles the items with ``seed + r`` into folds whose sizes differ by at most 1.

    Examples
    --------
    >>> for repeat, fold, train, test in repeated_folds(5, 2, 1, seed=0):
    ...     print(repeat, fold, train, test)
    0 0 [2 4] [0 1 3]
    0 1 [0 1 3] [2 4]
    """
    if items < folds:
        return
    for repeat in range(repeats):
        of_item = np.random.default_rng(seed + repeat).permutation(items) % folds
        for fold in range(folds):
            yield Fold(
                repeat, fold, np.flatnonzero(of_item != fold), np.flatnonzero(of_item == fold)
            )


def random_split(items: int, train: int, test: int, seed: Sequence[int]) -> tuple[Rows, Rows]:
    """Return random training and test rows; test rows are at most those left.

    With the same seed, a larger training set includes the smaller ones, and so does a test set.

    Examples
    --------
    >>> random_split(6, 3, 2, [0, 0])[0][:2] == random_split(6, 2, 2, [0, 0])[0]
    array([ True,  True])
    """
    order = np.random.default_rng(seed).permutation(items)
    return order[:train], order[::-1][: min(test, items - train)]
