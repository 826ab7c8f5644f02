"""The best model of outcomes with gaps.

Plans ask most models where the best one fails, that is on hard items, so shares of right answers do
not compare models. They are compared with the model that has most outcomes, r, on the items of
both: with R the share of its items that r gets right,

    lead_j = R · mean(s_j − s_r | r right) + (1 − R) · mean(s_j − s_r | r fails),

which is post-stratification (Holt and Smith, Journal of the Royal Statistical Society A 142, 1979).
Another model takes the place of r where its lead is more than two standard errors above 0, with
Laplace's estimates of shares: a change makes outcomes useless that were asked for where r failed.
"""

from __future__ import annotations

import math

import numpy as np

from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes

#: With fewer outcomes than this in a stratum, a model is not compared.
FEW_ITEMS = 20
_ERRORS = 2.0


def best_so_far(outcomes: Outcomes) -> str | None:
    """Return the best model of outcomes that may have gaps; None where there is no outcome.

    Among models with most outcomes, r is the one that is right most often; the first by name among
    equals. In a complete table that is the best model.

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import load_outcomes
    >>> frame = pd.DataFrame({"ada": [1, 1, 1, 0], "bea": [None, None, None, 1]})
    >>> best_so_far(load_outcomes(frame, missing="keep"))
    'ada'
    """
    scores = outcomes.scores
    asked = ~np.isnan(scores)
    counts = asked.sum(axis=0)
    if not counts.any():
        return None
    right = np.where(counts == counts.max(), np.nansum(scores, axis=0), -1.0)
    reference = int(right.argmax())
    lead, error = _leads(scores, reference)
    ahead = lead - _ERRORS * error
    challenger = int(ahead.argmax())
    return outcomes.models[challenger if ahead[challenger] > 0 else reference]


def _leads(scores: Floats, reference: int) -> tuple[Floats, Floats]:
    """Return the leads over a model and their standard errors; −∞ where too little is known."""
    of = scores[:, reference]
    strata = [of == 1, of < 1]
    total = sum(int(stratum.sum()) for stratum in strata)
    lead: Floats = np.zeros(scores.shape[1])
    variance: Floats = np.zeros(scores.shape[1])
    for stratum in strata:
        size = int(stratum.sum())
        known = ~np.isnan(scores[stratum])
        n = known.sum(axis=0)
        several = np.maximum(n, 1)
        differences = scores[stratum] - of[stratum, None]
        lead += size / total * np.nansum(differences, axis=0) / several
        # With one right and one wrong answer more: none wrong of 20 does not mean no error.
        share = (np.nansum(scores[stratum], axis=0) + 1) / (n + 2)
        variance += (size / total) ** 2 * share * (1 - share) / several
        lead[n < min(FEW_ITEMS, size)] = -math.inf
    return lead, np.sqrt(variance)
