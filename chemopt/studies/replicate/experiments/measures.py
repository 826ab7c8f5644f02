"""Measures of a configuration for RQ2 and RQ3, and their correlation with chemistry.

Average chemistry goes over all pairs of rows, a pair of rows of one model counting 0.
Complementarity is the index of `chemopt.studies.diversity.complementarity` on the rows' own
accuracies (not floored) and qualities. Effectiveness, for RQ3, is the share of members with
accuracy above 0.7. A configuration of one row has chemistry 0 and complementarity 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chemopt.chemistry.table import ChemistryTable
from chemopt.numerics import COSINE_TOLERANCE, Floats
from chemopt.studies.replicate.bootstrap import interval, weighted_correlation
from chemopt.studies.replicate.experiments.configurations import Configuration
from chemopt.studies.replicate.settings import Setting

EFFECTIVE = 0.7


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval.

    Attributes
    ----------
    figure : str
    value : float
        NaN when undefined.
    low, high : float
        NaN when there is no interval.
    reason : str or None
        Why the value or the interval is missing or unreliable.
    """

    figure: str
    value: float
    low: float = np.nan
    high: float = np.nan
    reason: str | None = None


def average_chemistry(ensembles: Sequence[Configuration], table: ChemistryTable) -> Floats:
    """Return the average chemistry of each configuration."""
    position = {model: k for k, model in enumerate(table.models)}
    counts = np.zeros((len(ensembles), len(position)))
    for k, configuration in enumerate(ensembles):
        for model in configuration.models:
            if model in position:
                counts[k, position[model]] += 1
    # A pair of rows of one model is on the diagonal, which is 0.
    within = ((counts @ table.matrix) * counts).sum(axis=1)
    rows = np.array([len(configuration) for configuration in ensembles])
    averages: Floats = within / np.maximum(rows * (rows - 1), 1)
    return averages


def complementarities(ensembles: Sequence[Configuration], setting: Setting) -> Floats:
    """Return the complementarity of each configuration."""
    return np.array([c.complementarity[setting.quality] for c in ensembles])


def effectiveness(ensembles: Sequence[Configuration]) -> Floats:
    """Return the share of effective members of each configuration."""
    return np.array([float((c.accuracy > EFFECTIVE).mean()) for c in ensembles])


def correlation(
    figure: str, x: Floats, y: Floats, weights: Floats, *, if_constant: float = np.nan
) -> Estimate:
    """Return Pearson's r of chemistry `x` with `y`, and its interval."""
    for name, side in (("chemistry", x), (figure.removeprefix("r "), y)):
        if np.ptp(side) <= COSINE_TOLERANCE:
            return Estimate(figure, if_constant, reason=f"{name} is constant")
    (value,) = weighted_correlation(x, y, np.ones((1, len(x))))
    low, high = interval(lambda w: weighted_correlation(x, y, w)[:, None], weights)
    reason = "often constant in resamples" if np.isnan(low[0]) else None
    return Estimate(figure, float(value), float(low[0]), float(high[0]), reason)
