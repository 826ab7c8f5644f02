"""RQ2: does the average chemistry of an ensemble go with its complementarity?

Pearson's r over the distinct configurations of the four baselines; undefined when one side is
constant.
"""

from __future__ import annotations

from collections.abc import Sequence

from chemopt.replicate.configurations import Configuration
from chemopt.replicate.measures import (
    Estimate,
    Floats,
    average_chemistry,
    complementarities,
    correlation,
)
from chemopt.replicate.settings import Setting
from chemopt.table import ChemistryTable


def compute(
    table: ChemistryTable, found: Sequence[Configuration], setting: Setting, weights: Floats
) -> list[Estimate]:
    """Compute RQ2 on the configurations of one size.

    Parameters
    ----------
    table : ChemistryTable
        Learned under the setting.
    found : sequence of Configuration
    setting : Setting
    weights : ndarray of shape (draws, configurations)
    """
    x, y = average_chemistry(found, table), complementarities(found, setting)
    return [
        Estimate("configurations", float(len(found))),
        correlation("r complementarity", x, y, weights),
    ]
