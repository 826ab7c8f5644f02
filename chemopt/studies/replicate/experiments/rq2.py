"""RQ2: whether the average chemistry of an ensemble correlates with its complementarity.

Pearson's r over the distinct configurations of the four baselines; undefined when one side is
constant.
"""

from __future__ import annotations

from collections.abc import Sequence

from chemopt.numerics import Floats
from chemopt.studies.replicate.experiments.configurations import Configuration
from chemopt.studies.replicate.experiments.learned import Learned
from chemopt.studies.replicate.experiments.measures import (
    Estimate,
    complementarities,
    correlations,
)
from chemopt.studies.replicate.settings import Setting


def compute(
    learned: Learned, ensembles: Sequence[Configuration], setting: Setting, weights: Floats
) -> list[Estimate]:
    """Compute RQ2 on the configurations of one size.

    Parameters
    ----------
    learned : Learned
    ensembles : sequence of Configuration
    setting : Setting
    weights : ndarray of shape (draws, configurations)
    """
    return correlations(
        learned, ensembles, setting, weights, {"r complementarity": complementarities}
    )
