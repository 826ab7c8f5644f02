"""Chemistry next to classical diversity: whether they agree on pairs of models.

Classical measures (`chemopt.outcomes.diversity`) depend only on which items two models get
right. Chemistry depends only on the quality and accuracy of each model of the pool. `contrast`
computes both, and Spearman's rank correlation over pairs of chemistry with each measure.

Pairs of models share models, so they are not independent, and the usual test for a correlation is
wrong here. The p-value is that of a Mantel test (Cancer Research 27, 1967): the models of the
chemistry table are permuted, rows and columns together, and p = (1 + number of permutations with
|ρ| at least as large) / (1 + permutations).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import InputError
from chemopt.numerics import COSINE_TOLERANCE, Floats
from chemopt.outcomes.diversity import MEASURES, diversity
from chemopt.outcomes.outcomes import Outcomes
from chemopt.validation import instance_of, whole

# Numbers of chemistry that are ranked at once: 16 MB.
_BLOCK = 2_000_000


@dataclass(frozen=True, eq=False)
class Contrast:
    """The result of `contrast`.

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
    outcomes: Outcomes | pd.DataFrame | str | Path,
    *,
    permutations: int = 999,
    seed: int = 0,
) -> Contrast:
    """Compare chemistry with the classical measures, pair by pair.

    Parameters
    ----------
    table : ChemistryTable
        The chemistry of the models.
    outcomes : Outcomes, DataFrame or path
        As for `diversity`; for those of the table's history, use `outcomes_of_history`. Models
        that are not in both are left out.
    permutations : int
        Number of permutations of the Mantel test, at least 1.
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
    >>> result = contrast(table, right)
    >>> result.correlations[["measure", "rho", "pairs"]].round(3)
            measure    rho  pairs
    0  disagreement  1.000      3
    1  double_fault -0.866      3
    2   q_statistic -1.000      3
    3   correlation -1.000      3
    """
    instance_of(
        "contrast needs a chemistry table",
        table,
        ChemistryTable,
        "compute it: compute_chemistry(profiles)",
    )
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
    orders = np.array([rng.permutation(len(names)) for _ in range(permutations)])
    records = []
    for measure in MEASURES:
        defined = pairs[measure].notna().to_numpy()
        values = pairs[measure].to_numpy()[defined]
        a, b = i[defined], j[defined]
        record = {"measure": measure, "rho": np.nan, "pairs": len(values), "p": np.nan}
        reason = _undefined(matrix[a, b], values, measure)
        if reason is None:
            rho = float(_spearman(matrix[a, b], values))
            # NaN, of a permutation after which all chemistry is equal, does not count as large.
            least = abs(rho) - COSINE_TOLERANCE
            as_large = sum(
                int((np.abs(_spearman(matrix[block[:, a], block[:, b]], values)) >= least).sum())
                for block in _blocks(orders, len(values))
            )
            record.update(rho=rho, p=(1 + as_large) / (1 + permutations))
        records.append({**record, "undefined": reason})
    return Contrast(pairs, pd.DataFrame(records))


def _blocks(orders: npt.NDArray[np.int64], pairs: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the permutations in blocks of at most `_BLOCK` numbers for that many pairs."""
    rows = max(1, _BLOCK // pairs)
    for start in range(0, len(orders), rows):
        yield orders[start : start + rows]


def _undefined(chemistry: Floats, values: Floats, measure: str) -> str | None:
    """Return why two columns have no rank correlation, or None."""
    if len(values) < 3:
        return "there are fewer than 3 pairs"
    for name, column in (("chemistry", chemistry), (measure, values)):
        if (column == column[0]).all():
            return f"{name} is the same for all pairs"
    return None


def _spearman(x: Floats, y: Floats) -> Floats:
    """Return the rank correlation of each row of x with y; NaN for a constant row."""
    from scipy.stats import rankdata

    ranks_x, ranks_y = rankdata(x, axis=-1), rankdata(y)
    ranks_x -= ranks_x.mean(axis=-1, keepdims=True)
    ranks_y -= ranks_y.mean()
    with np.errstate(invalid="ignore"):
        rho: Floats = (ranks_x @ ranks_y) / np.sqrt(
            (ranks_x * ranks_x).sum(axis=-1) * (ranks_y @ ranks_y)
        )
    return rho
