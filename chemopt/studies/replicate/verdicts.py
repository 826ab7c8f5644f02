"""Verdicts: whether a published figure's claim holds.

The claim of a published figure:

- of a gain (RQ1), its sign: ``positive``, ``negative``, or ``none`` when it is published as 0;
- of a correlation, its sign when |r| ≥ 0.1, else ``none``: below 0.1 the published evaluation
  itself calls a correlation negligible;
- nothing, when it is published as undefined.

Whether the claim holds depends on the interval [low, high] of the recomputed figure, with t = 0.1
and m = 0.1 for correlations, t = 0 and m = 0.01 for gains (a hundredth of the scale of
effectiveness):

| claim | holds | does not hold |
| --- | --- | --- |
| positive | low > 0 | high ≤ t |
| negative | high < 0 | low ≥ −t |
| none | −m ≤ low and high ≤ m | low > m or high < −m |

"Holds" is checked first. In all other cases, and without an interval, the verdict is inconclusive.

A correlation that a table of ones gives as well says nothing about chemistry. So where r with
chemistry 1 for every pair is defined, the interval of the excess, r − r with ones, counts too: if
it contains 0, the verdict is inconclusive. A sign does not hold by r alone when the excess has the
other one, and is not refuted by r alone when the excess has it.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

from chemopt.numerics import COSINE_TOLERANCE

Verdict = Literal["holds", "does not hold", "inconclusive"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
HOLDS, FAILS, INCONCLUSIVE = VERDICTS
SAME = "a table of ones gives the same"
# Figure → (t, m); other figures make no claim of their own.
RULES = {"gain": (0.0, 0.01), "r complementarity": (0.1, 0.1), "r effectiveness": (0.1, 0.1)}


def claim_of(figure: str, published: float) -> str | None:
    """Return the claim of a published figure; None if it makes none.

    Examples
    --------
    >>> claim_of("r effectiveness", 0.229), claim_of("r effectiveness", 0.014)
    ('positive', 'none')
    """
    if math.isnan(published):
        return None
    threshold = RULES[figure][0]
    if published == 0 or abs(published) < threshold:
        return "none"
    return "positive" if published > 0 else "negative"


def same_as_ones(excess_low: float, excess_high: float) -> bool:
    """Return whether the interval of the excess over a table of ones contains 0."""
    # Equal up to rounding errors, when the table is constant.
    return excess_low <= COSINE_TOLERANCE and excess_high >= -COSINE_TOLERANCE


def verdict(
    figure: str,
    claim: str | None,
    low: float,
    high: float,
    excess_low: float = math.nan,
    excess_high: float = math.nan,
) -> Verdict:
    """Return whether a claim holds, given the interval of the recomputed figure.

    Parameters
    ----------
    figure : str
    claim : str or None
        From `claim_of`.
    low, high : float
        The interval of the figure; NaN when there is none.
    excess_low, excess_high : float
        The interval of the figure's excess over a table of ones; NaN when that has no figure.

    Examples
    --------
    >>> verdict("r effectiveness", "positive", 0.02, 0.2)
    'holds'
    >>> verdict("r effectiveness", "positive", -0.2, 0.05)
    'does not hold'
    >>> verdict("gain", "negative", -0.1, 0.1)
    'inconclusive'
    >>> verdict("r effectiveness", "positive", 0.02, 0.2, excess_low=-0.01, excess_high=0.03)
    'inconclusive'
    """
    if same_as_ones(excess_low, excess_high):
        return INCONCLUSIVE
    if claim is None or math.isnan(low) or math.isnan(high):
        return INCONCLUSIVE
    t, m = RULES[figure]
    if claim == "none":
        holds, fails = -m <= low and high <= m, low > m or high < -m
    elif claim == "positive":
        holds, fails = low > 0 and not excess_high < 0, high <= t and not excess_low > 0
    else:
        holds, fails = high < 0 and not excess_low > 0, low >= -t and not excess_high < 0
    return HOLDS if holds else FAILS if fails else INCONCLUSIVE
