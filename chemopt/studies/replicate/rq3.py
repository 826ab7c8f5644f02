"""RQ3: whether what chemistry goes with depends on the complexity of the task.

Pearson's r of average chemistry with complementarity and with effectiveness, over the distinct
configurations of the four baselines with at least two distinct rows; 0 when one side is constant.
The tasks are said to be of low (Liar), medium (clinical) and high (QuixBugs) complexity.
"""

from __future__ import annotations

from collections.abc import Sequence

from chemopt.studies.replicate.configurations import Configuration
from chemopt.studies.replicate.learned import Learned
from chemopt.studies.replicate.measures import (
    Estimate,
    Floats,
    average_chemistry,
    complementarities,
    correlation,
    effectiveness,
)
from chemopt.studies.replicate.settings import Setting


def compute(
    learned: Learned, found: Sequence[Configuration], setting: Setting, weights: Floats
) -> list[Estimate]:
    """Compute RQ3 on the configurations of one size.

    Parameters
    ----------
    learned : Learned
    found : sequence of Configuration
        Of at least two distinct rows.
    setting : Setting
    weights : ndarray of shape (draws, configurations)
    """
    x = average_chemistry(found, learned.table(setting, {c.trial for c in found}))
    sides = {
        "r complementarity": complementarities(found, setting),
        "r effectiveness": effectiveness(found),
    }
    return [
        Estimate("configurations", float(len(found))),
        *(correlation(figure, x, y, weights, if_constant=0.0) for figure, y in sides.items()),
    ]
