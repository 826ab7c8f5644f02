"""What an ensemble is compared with, against all ensembles: top-k and the best single model.

Top-k are the models of largest accuracy in sum that meet all constraints together, but those on
the size. The best single model is the most accurate one that may be asked alone: it is not
excluded, within each budget, not the one too many of its group, and not forbidden by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import pandas as pd

from benchmarks.agreement.conditions import Conditions

_RELATIVE = 1e-9


def baseline_defects(
    conditions: Conditions, accuracy: Mapping[str, float], rows: pd.DataFrame, size: int
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the rows ``"top-k"`` and ``"best model"``.

    Parameters
    ----------
    conditions : Conditions
    accuracy : mapping of str to float
    rows : DataFrame
        With the columns `name` and `models`; `proved` says which row is, if it is there.
    size : int
        Members of the ensemble that is compared.
    """

    def total(models: tuple[str, ...]) -> float:
        return math.fsum(accuracy[name] for name in models)

    together = [
        names for names in combinations(conditions.models, size) if conditions.members_fit(names)
    ]
    alone = [(name,) for name in conditions.models if conditions.fits_alone(name)]
    told = {str(row["name"]): row for row in rows.to_dict("records")}
    for name, candidates in (("top-k", together), ("best model", alone)):
        row: dict[Any, Any] = told.get(name, {})
        models = tuple(sorted(row.get("models", ())))
        best = max(candidates, key=total, default=())
        if models and models not in {tuple(sorted(each)) for each in candidates}:
            yield "false baseline", f"{name}: {models} does not meet the constraints"
        elif row.get("proved", True) and total(models) < total(best) - _RELATIVE:
            yield "false baseline", f"{name}: {models}, but {best} is more accurate"
