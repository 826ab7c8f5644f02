"""Pairwise proxies of coverage as a table, so that every method for chemistry runs on outcomes.

Coverage of an ensemble depends on all of its members together; the loss of a `ChemistryProblem`
depends on pairs. With α = 0, β = 0 and |X| = k, the least loss is the largest sum of entries over
the pairs of X, and the entries may be any measure that is large for two models that go well
together. Of the shares of items N₁₁ that both get right, N₁₀ and N₀₁ that one does, and N₀₀ that
neither does, these are (`chemopt.outcomes.diversity` defines Q and φ):

``"either-right"``
    N₁₁ + N₁₀ + N₀₁, the coverage of the pair.
``"double-fault"``
    1 − N₀₀. The same number: some one of two is right unless both are wrong.
``"disagreement"``
    N₁₀ + N₀₁.
``"q-statistic"``
    (1 − Q)/2.
``"correlation"``
    (1 − φ)/2.

Where one of the two is always right or always wrong, Q and φ are undefined, and the entry is 0.5,
that of independent models: there is no evidence of dependence.

All are proxies for |X| > 2. The sum of ``"either-right"`` over pairs of X is
(k − 1) Σ_i a_i − Σ_{i<j} N₁₁(i, j) with accuracies a, where the lower bound of Bonferroni on the
coverage is Σ_i a_i − Σ_{i<j} N₁₁(i, j): it weighs accuracy k − 1 times. The last three measures are
the same when right and wrong change places, so they can prefer models that are often wrong.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from chemopt.chemistry.table import ChemistryTable
from chemopt.outcomes.diversity import diversity
from chemopt.outcomes.outcomes import Outcomes, check_outcomes
from chemopt.validation import choice

PairMeasure = Literal["either-right", "double-fault", "disagreement", "q-statistic", "correlation"]
PAIR_MEASURES: tuple[PairMeasure, ...] = get_args(PairMeasure)
#: The entry of a pair whose Q or φ is undefined: that of independent models.
NO_EVIDENCE = 0.5


def pair_table(outcomes: Outcomes, measure: PairMeasure = "either-right") -> ChemistryTable:
    """Return a measure of every pair of models as a table for `ChemistryProblem`.

    Parameters
    ----------
    outcomes : Outcomes
        Right and wrong of at least two models, without gaps.
    measure : {"either-right", "double-fault", "disagreement", "q-statistic", "correlation"}
        See the module's text.

    Returns
    -------
    ChemistryTable
        Entries in [0, 1], large for models that complement each other, of the kind ``"general"``;
        the settings record `measure` and `source`.

    Raises
    ------
    InputError
        The measure is unknown; there are gaps, marks between right and wrong, or only one model.

    Examples
    --------
    Only `odd` gets the last item right. It adds little to each pair, so the pairwise sum leaves it
    out, and the triple that it names is not the one with the largest coverage:

    >>> import pandas as pd
    >>> from chemopt import ChemistryProblem, load_outcomes, recommend
    >>> outcomes = load_outcomes(pd.DataFrame({
    ...     "ash": [1, 1, 1, 0, 0, 0], "elm": [0, 0, 1, 1, 1, 0],
    ...     "fir": [1, 1, 0, 1, 1, 0], "odd": [0, 0, 0, 0, 0, 1]}))
    >>> table = pair_table(outcomes, "either-right")
    >>> round(table["ash", "odd"], 2), round(outcomes.coverage(["ash", "odd"]), 2)
    (0.67, 0.67)
    >>> problem = ChemistryProblem(table, alpha=0, beta=0, size=3, m_inter="total")
    >>> chosen = recommend(problem).models
    >>> chosen, round(outcomes.coverage(chosen), 2), outcomes.coverage(["ash", "elm", "odd"])
    (('ash', 'elm', 'fir'), 0.83, 1.0)
    """
    choice("measure", measure, PAIR_MEASURES)
    check_outcomes("pair_table", outcomes)
    pairs = diversity(outcomes)
    if measure in ("either-right", "double-fault"):
        values = 1 - pairs["both_wrong"] / pairs["items"]
    elif measure == "disagreement":
        values = pairs["disagreement"]
    else:
        against = pairs["q_statistic" if measure == "q-statistic" else "correlation"]
        # Rounding can put φ of two equal models above 1.
        values = ((1 - against) / 2).clip(0, 1).fillna(NO_EVIDENCE)
    n = len(outcomes.models)
    matrix = np.zeros((n, n))
    # Pairs come in the order of names, as those above the diagonal do, row by row.
    matrix[np.triu_indices(n, k=1)] = values
    return ChemistryTable(
        outcomes.models,
        matrix + matrix.T,
        settings={"measure": measure, "source": outcomes.source},
        entries="general",
    )
