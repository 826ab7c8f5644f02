"""Measures of a configuration for RQ2 and RQ3, and their correlation with chemistry.

Average chemistry goes over all pairs of rows, a pair of rows of one model counting 0.
Complementarity is the index of `chemopt.studies.diversity.complementarity` on the rows' own
accuracies (not floored) and qualities. Effectiveness, for RQ3, is the share of members with
accuracy above 0.7. A configuration of one row has chemistry 0 and complementarity 1.

These zeros do not depend on the table: with chemistry 1 for every pair, a configuration has the
share of its pairs of rows that are of different models, and where that share varies, it may
correlate. So each correlation is also computed with a table of ones. What equals it says
nothing about chemistry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chemopt.chemistry.table import ChemistryTable
from chemopt.numerics import COSINE_TOLERANCE, Floats
from chemopt.studies.replicate.bootstrap import interval, weighted_correlation
from chemopt.studies.replicate.experiments.configurations import Configuration
from chemopt.studies.replicate.experiments.learned import Learned
from chemopt.studies.replicate.settings import Setting
from chemopt.studies.replicate.verdicts import SAME, same_as_ones

EFFECTIVE = 0.7
Measure = Callable[[Sequence[Configuration], Setting], Floats]


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
        Why the value or the interval is missing, or says nothing.
    constant : bool
        Whether it is a correlation with a constant.
    ones : float
        The figure with a table of ones; NaN when that is undefined or the figure has no table.
    excess_low, excess_high : float
        The interval of `value` − `ones`; NaN when there is none.
    """

    figure: str
    value: float
    low: float = np.nan
    high: float = np.nan
    reason: str | None = None
    constant: bool = False
    ones: float = np.nan
    excess_low: float = np.nan
    excess_high: float = np.nan


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


def effectiveness(ensembles: Sequence[Configuration], _: Setting | None = None) -> Floats:
    """Return the share of effective members of each configuration, whatever the setting."""
    return np.array([float((c.accuracy > EFFECTIVE).mean()) for c in ensembles])


def correlations(
    learned: Learned,
    ensembles: Sequence[Configuration],
    setting: Setting,
    weights: Floats,
    measures: Mapping[str, Measure],
) -> list[Estimate]:
    """Return the number of configurations, and r of their chemistry with each measure.

    Parameters
    ----------
    learned : Learned
    ensembles : sequence of Configuration
        Of one size.
    setting : Setting
    weights : ndarray of shape (draws, configurations)
    measures : mapping of str to callable
        By name of the figure.
    """
    # All trials of the size are held out, also those of configurations that the setting leaves out.
    table = learned.table(setting, {c.trial for c in ensembles})
    kept = [
        k
        for k, c in enumerate(ensembles)
        if (c.distinct or not setting.distinct) and (len(c) > 1 or not setting.several)
    ]
    own, weights = [ensembles[k] for k in kept], weights[:, kept]
    x = average_chemistry(own, table)
    ones = average_chemistry(own, table_of_ones(table.models))
    return [
        Estimate("configurations", float(len(own))),
        *(
            correlation(figure, x, measure(own, setting), weights, ones=ones)
            for figure, measure in measures.items()
        ),
    ]


def table_of_ones(models: Sequence[str]) -> ChemistryTable:
    """Return a table in which every pair has chemistry 1."""
    return ChemistryTable(tuple(models), 1.0 - np.eye(len(models)))


def correlation(figure: str, x: Floats, y: Floats, weights: Floats, *, ones: Floats) -> Estimate:
    """Return Pearson's r of chemistry `x` with `y`, its interval, and r of `ones` with `y`."""
    if len(x) < 2:
        return Estimate(figure, np.nan, reason="fewer than two configurations")
    whole = np.ones((1, len(x)))
    (of_ones,) = weighted_correlation(ones, y, whole)
    for name, side in (("chemistry", x), (figure.removeprefix("r "), y)):
        if np.ptp(side) <= COSINE_TOLERANCE:
            why = f"{name} is constant"
            return Estimate(figure, np.nan, reason=why, constant=True, ones=float(of_ones))
    (value,) = weighted_correlation(x, y, whole)

    def statistic(w: Floats) -> Floats:
        r = weighted_correlation(x, y, w)
        if np.isnan(of_ones):
            return np.column_stack([r, np.full(len(r), np.nan)])
        # In a draw without single rows and repeated models, ones are constant and explain nothing.
        return np.column_stack([r, r - np.nan_to_num(weighted_correlation(ones, y, w))])

    low, high = interval(statistic, weights)
    reason: str | None = None
    if np.isnan(low[0]):
        reason = "often constant in resamples"
    elif same_as_ones(low[1], high[1]):
        reason = SAME
    return Estimate(
        figure, float(value), float(low[0]), float(high[0]), reason,
        ones=float(of_ones), excess_low=float(low[1]), excess_high=float(high[1]),
    )  # fmt: skip
