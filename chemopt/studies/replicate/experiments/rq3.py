"""RQ3: whether the correlations of chemistry depend on the complexity of the task.

Pearson's r of average chemistry with complementarity and with effectiveness, over the distinct
configurations of the four baselines with at least two distinct rows; undefined when one side is
constant, which is published as 0.
The paper calls the complexity of the tasks low (Liar), medium (clinical) and high (QuixBugs).
"""

from __future__ import annotations

from collections.abc import Sequence

from chemopt.numerics import Floats
from chemopt.studies.replicate.experiments.configurations import Configuration
from chemopt.studies.replicate.experiments.learned import Learned
from chemopt.studies.replicate.experiments.measures import (
    Estimate,
    Measure,
    complementarities,
    correlations,
    effectiveness,
)
from chemopt.studies.replicate.settings import Setting


def compute(
    learned: Learned, ensembles: Sequence[Configuration], setting: Setting, weights: Floats
) -> list[Estimate]:
    """Compute RQ3 on the configurations of one size.

    Parameters
    ----------
    learned : Learned
    ensembles : sequence of Configuration
        Of at least two distinct rows.
    setting : Setting
    weights : ndarray of shape (draws, configurations)
    """
    measures: dict[str, Measure] = {
        "r complementarity": complementarities,
        "r effectiveness": effectiveness,
    }
    return correlations(learned, ensembles, setting, weights, measures)
