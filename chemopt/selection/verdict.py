"""A sentence on whether the ensemble is worth it, or whether there are too few items to say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from chemopt.selection.intervals import Interval

# A gain below this, one point, is not worth the trouble.
SMALL_GAIN = 0.01


class Worth(str, Enum):
    """What held-out items say of an ensemble."""

    WORTH_IT = "worth it"
    NOT_WORTH_IT = "not worth it"
    TOO_FEW_ITEMS = "too few items to say"

    def __str__(self) -> str:
        """Return the value."""
        return self.value


@dataclass(frozen=True)
class Verdict:
    """The word and the sentence."""

    worth: Worth
    sentence: str


def judge(
    objective: str, size: int, items: int, versus_top_k: Interval, versus_best_model: Interval
) -> Verdict:
    """Judge an ensemble by its held-out differences.

    It is worth it if the interval of its difference to the most accurate models of the same number
    is above 0; not worth it if even the upper end is below one point; else there are too few items
    to say. A vote is also to be better than the best model.

    Examples
    --------
    >>> verdict = judge("coverage", 3, 500, Interval(.02, .01, .03), Interval(.1, .08, .12))
    >>> verdict.worth.value
    'worth it'
    """
    others = "the most accurate model" if size == 1 else f"the {size} most accurate models"
    if math.isnan(versus_top_k.low):
        return Verdict(
            Worth.TOO_FEW_ITEMS,
            f"Too few items to say: {items} items are too few to hold any out.",
        )
    facts = (
        f"held out, its {objective} differs from that of {others} by {versus_top_k.points()}, and "
        f"from the best model by {versus_best_model.points()}"
    )
    if objective == "vote" and versus_best_model.high < 0:
        return Verdict(Worth.NOT_WORTH_IT, f"Not worth it: {facts}. Take the best model.")
    if versus_top_k.low > 0 and (objective == "coverage" or versus_best_model.low > 0):
        return Verdict(Worth.WORTH_IT, f"Worth it: {facts}.")
    if versus_top_k.high < SMALL_GAIN:
        pays = objective == "coverage" or versus_best_model.low > 0
        better = others if pays else "the best model"
        return Verdict(Worth.NOT_WORTH_IT, f"Not worth it: {facts}. Take {better}.")
    half = (versus_top_k.high - versus_top_k.low) / 2
    needed = items * (half / max(abs(versus_top_k.mean), SMALL_GAIN)) ** 2
    return Verdict(
        Worth.TOO_FEW_ITEMS,
        f"Too few items to say: {facts}. About {_rounded(needed)} items like these would tell.",
    )


def _rounded(items: float) -> str:
    """Write a number of items with one or two digits."""
    digits = max(0, int(math.log10(max(items, 1))) - 1)
    return f"{math.ceil(items / 10**digits) * 10**digits:,}"
