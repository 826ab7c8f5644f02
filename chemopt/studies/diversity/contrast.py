"""Chemistry beside classical diversity: whether they say the same of a pair of models.

Classical measures (`chemopt.studies.diversity.diversity`) see only which items two models get right
together. Chemistry sees only two numbers a model, its quality and accuracy, and the other models of
the pool. `contrast` puts both side by side and gives Spearman's rank correlation over pairs of
chemistry with each measure.

Pairs of models share models, so they are not independent, and the usual test for a correlation is
wrong here. The p-value is that of a Mantel test (Cancer Research 27, 1967): the models of the
chemistry table are permuted, rows and columns together, and p = (1 + number of permutations with
|ρ| at least as large) / (1 + permutations).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import InputError
from chemopt.studies.diversity.diversity import MEASURES, diversity
from chemopt.validation import whole


@dataclass(frozen=True, eq=False)
class Contrast:
    """What `contrast` found.

    Attributes
    ----------
    pairs : DataFrame
        As from `diversity`, with `chemistry` after the names.
    correlations : DataFrame
        A row for each measure: `measure`, `rho` (Spearman; NaN if one side is constant or there
        are fewer than 3 pairs), `pairs` (those where the measure is defined), `p`, `undefined` (the
        reason for a missing rho, else None).
    """

    pairs: pd.DataFrame
    correlations: pd.DataFrame


def contrast(
    table: ChemistryTable,
    outcomes: pd.DataFrame | str | Path,
    *,
    permutations: int = 999,
    seed: int = 0,
) -> Contrast:
    """Compare chemistry with the classical measures, pair by pair.

    Parameters
    ----------
    table : ChemistryTable
        The chemistry of the models.
    outcomes : DataFrame or path
        Their outcomes, see `chemopt.studies.diversity.outcomes`; for those of the history that the
        table comes from, `outcomes_of_history`. Models that are not in both are left out.
    permutations : int
        Of the Mantel test, at least 1.
    seed : int

    Returns
    -------
    Contrast

    Raises
    ------
    InputError
        The outcomes are not valid, fewer than two models are in both, or an option is out of
        its range.

    Examples
    --------
    >>> import pandas as pd
    >>> table = ChemistryTable(("a", "b", "c"), [[0, .1, .2], [.1, 0, .3], [.2, .3, 0]])
    >>> right = pd.DataFrame({"a": [1, 1, 0, 1, 0], "b": [1, 0, 0, 1, 0], "c": [0, 1, 1, 1, 0]})
    >>> found = contrast(table, right)
    >>> found.correlations[["measure", "rho", "pairs"]].round(3)
            measure    rho  pairs
    0  disagreement  1.000      3
    1  double_fault -0.866      3
    2   q_statistic -1.000      3
    3   correlation -1.000      3
    """
    permutations, seed = whole("permutations", permutations, 1), whole("seed", seed, 0)
    pairs = diversity(outcomes)
    inside = pairs["model_a"].isin(table.models) & pairs["model_b"].isin(table.models)
    pairs = pairs[inside].reset_index(drop=True)
    if pairs.empty:
        raise InputError("outcomes: fewer than two of their models are in the chemistry table")
    names = sorted(set(pairs["model_a"]) | set(pairs["model_b"]))
    at = {name: k for k, name in enumerate(table.models)}
    places = [at[name] for name in names]
    matrix = table.matrix[np.ix_(places, places)]
    position = {name: k for k, name in enumerate(names)}
    i = pairs["model_a"].map(position).to_numpy()
    j = pairs["model_b"].map(position).to_numpy()
    pairs.insert(2, "chemistry", matrix[i, j])
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(names)) for _ in range(permutations)]
    records = []
    for measure in MEASURES:
        defined = pairs[measure].notna().to_numpy()
        values = pairs[measure].to_numpy()[defined]
        a, b = i[defined], j[defined]
        record = {"measure": measure, "rho": np.nan, "pairs": len(values), "p": np.nan}
        reason = _undefined(matrix[a, b], values, measure)
        if reason is None:
            rho = _spearman(matrix[a, b], values)
            others = [_spearman(matrix[order[a], order[b]], values) for order in orders]
            # NaN, of a permutation that leaves only equal chemistry, is not as large
            as_large = sum(abs(other) >= abs(rho) - 1e-12 for other in others)
            record.update(rho=rho, p=(1 + as_large) / (1 + permutations))
        records.append({**record, "undefined": reason})
    return Contrast(pairs, pd.DataFrame(records))


def _undefined(
    chemistry: npt.NDArray[np.float64], values: npt.NDArray[np.float64], measure: str
) -> str | None:
    """Say why two columns have no rank correlation."""
    if len(values) < 3:
        return "there are fewer than 3 pairs"
    for name, column in (("chemistry", chemistry), (measure, values)):
        if (column == column[0]).all():
            return f"{name} is the same for all pairs"
    return None


def _spearman(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Return the correlation of ranks, ties sharing the mean rank; NaN if a side is constant."""
    ranks = [_ranks(x), _ranks(y)]
    centred = [r - r.mean() for r in ranks]
    scale = float(np.sqrt((centred[0] @ centred[0]) * (centred[1] @ centred[1])))
    return float(centred[0] @ centred[1]) / scale if scale else np.nan


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean_rank: npt.NDArray[np.float64] = ends - (counts - 1) / 2
    return mean_rank[which]
