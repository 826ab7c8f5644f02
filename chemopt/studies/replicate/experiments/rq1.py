"""RQ1: whether recommended ensembles are more effective than the best baseline.

The effectiveness of a configuration: for each item, the mean over its members of that model's
accuracy on the item (a model with two distinct rows votes twice) is a success when above 0.5; the
share of successes is over items that a member answered. Configurations have at least two rows.
The baseline is the one of the four strategies with the largest mean.

A model's accuracy on an item is learned from all rows of the file whatever their strategy; the
reference takes the last of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from chemopt.numerics import Floats
from chemopt.studies.replicate.bootstrap import interval
from chemopt.studies.replicate.experiments.configurations import Configuration
from chemopt.studies.replicate.experiments.learned import Learned
from chemopt.studies.replicate.experiments.measures import Estimate
from chemopt.studies.replicate.published import BASELINES, CHEMISTRY
from chemopt.studies.replicate.settings import Setting

SUCCESS = 0.5
STRATEGIES = (CHEMISTRY, *BASELINES)
FIGURES = ("chemistry", "best baseline", "gain", "gain %")


def compute(
    learned: Learned, ensembles: Sequence[Configuration], setting: Setting, weights: Floats
) -> list[Estimate]:
    """Compute RQ1 on the configurations of one size, under all five strategies.

    Parameters
    ----------
    learned : Learned
    ensembles : sequence of Configuration
    setting : Setting
    weights : ndarray of shape (draws, configurations)

    Returns
    -------
    list of Estimate
        Mean effectiveness of the recommended ensembles and of the best baseline, the gain
        (their difference), and the gain in percent of the latter.
    """
    known = learned.item_accuracies(setting, {c.trial for c in ensembles})
    values = success_shares(ensembles, known)
    which = np.array([[c.strategy == strategy for strategy in STRATEGIES] for c in ensembles])

    def statistic(w: Floats) -> Floats:
        # A strategy may have no configuration in a draw, and a baseline no success.
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (w * values) @ which / (w @ which)
            chemistry, baseline = means[:, 0], np.fmax.reduce(means[:, 1:], axis=1)
            gain = chemistry - baseline
            return np.column_stack([chemistry, baseline, gain, 100 * gain / baseline])

    (point,) = statistic(np.ones((1, len(ensembles))))
    low, high = interval(statistic, weights)
    return [
        Estimate(figure, float(v), float(a), float(b))
        for figure, v, a, b in zip(FIGURES, point, low, high, strict=True)
    ]


def success_shares(ensembles: Sequence[Configuration], known: pd.DataFrame) -> Floats:
    """Return the effectiveness of each configuration."""
    matrix = known.to_numpy(dtype=float)
    position = {model: k for k, model in enumerate(known.index)}
    shares = []
    for configuration in ensembles:
        votes = matrix[[position[model] for model in configuration.models if model in position]]
        answers = (~np.isnan(votes)).sum(axis=0)
        totals = np.where(np.isnan(votes), 0.0, votes).sum(axis=0)
        answered = answers > 0
        success = totals[answered] / answers[answered] > SUCCESS
        shares.append(float(success.mean()) if answered.any() else 0.0)
    return np.array(shares)
