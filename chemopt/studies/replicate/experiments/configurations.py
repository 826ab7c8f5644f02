"""Configurations: the ensembles that were run.

A configuration is the set of distinct rows (model, quality, accuracy, trial) of one trial under
one strategy. A trial whose name has no space is left out. Its nominal size depends on its number of
rows before equal ones were dropped: up to 3, 4 to 5, more than 5. RQ1 leaves out those of a single
row. Where strategies are pooled (RQ2, RQ3), identical sets count once.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.studies.diversity.complementarity import CONVENTIONS, Convention, index_of
from chemopt.studies.replicate.published import SIZES


@dataclass(frozen=True, eq=False)
class Configuration:
    """An ensemble that was run, with the rows' own accuracies (not floored) and qualities.

    Attributes
    ----------
    strategy, trial : str
    rows : int
        Rows of the trial, equal ones included.
    models : tuple of str
        The name of each distinct row, so a name may occur more than once.
    accuracy, quality : ndarray
        Those of the distinct rows, as in the file.
    """

    strategy: str
    trial: str
    rows: int
    models: tuple[str, ...]
    accuracy: npt.NDArray[np.float64]
    quality: npt.NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of distinct rows."""
        return len(self.models)

    @property
    def size(self) -> int:
        """The nominal size."""
        return next((size for size in SIZES if self.rows <= size), SIZES[-1])

    @property
    def distinct(self) -> bool:
        """Whether no model has two rows."""
        return len(set(self.models)) == len(self)

    @functools.cached_property
    def complementarity(self) -> dict[Convention, float]:
        """The complementarity index by convention; 1 for a single row."""
        if len(self) < 2:
            return dict.fromkeys(CONVENTIONS, 1.0)
        return {
            "reference": index_of(self.accuracy, self.quality),
            "corrected": index_of(self.accuracy, self.quality / 10),
        }

    @property
    def key(self) -> tuple[str, frozenset[tuple[str, float, float]]]:
        """Equal for identical sets."""
        members = zip(self.models, self.accuracy.tolist(), self.quality.tolist(), strict=True)
        return self.trial, frozenset(members)


def configurations(frame: pd.DataFrame, strategies: Collection[str]) -> list[Configuration]:
    """Return the configurations of some strategies, sorted by strategy and trial.

    Parameters
    ----------
    frame : DataFrame
        Rows of a history, with `strategy`.
    strategies : collection of str
    """
    rows = frame[frame["strategy"].isin(list(strategies)) & frame["trial"].str.contains(" ")]
    columns = (rows[name] for name in ("strategy", "trial", "model", "accuracy", "quality"))
    # Plain tuples: a thousand groups are slow in pandas.
    ordered = sorted(zip(*columns, strict=True))
    ensembles = []
    for (strategy, trial), group in itertools.groupby(ordered, key=lambda row: row[:2]):
        own = list(group)
        _, _, models, accuracy, quality = zip(*dict.fromkeys(own), strict=True)
        ensembles.append(
            Configuration(strategy, trial, len(own), models, np.array(accuracy), np.array(quality))
        )
    return ensembles


def without_repeats(ensembles: Iterable[Configuration]) -> list[Configuration]:
    """Keep the first of identical sets."""
    kept: dict[object, Configuration] = {}
    for configuration in ensembles:
        kept.setdefault(configuration.key, configuration)
    return list(kept.values())
