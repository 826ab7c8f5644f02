"""What is said of an answer before all else: what is optimal, what it is worth, whether to use it.

An optimum is one of an objective, and an objective is not what an ensemble is worth. So an answer
is compared with what anyone would do without it: the most accurate models of the same number, the
best single model, and models drawn at random. `judge_ensemble` does that for ensembles,
`judge_cascade` for cascades; both go by `pays`, and nothing else in chemopt says whether an answer
is worth it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from chemopt.evidence.intervals import Interval

# A gain below this, one point, is not worth the trouble.
SMALL_GAIN = 0.01
# With fewer items than this, one of them is two points, and an interval is luck itself.
FEW_ITEMS = 50
# Shares are shown as percent with two decimals: a smaller difference is none to speak of.
_VISIBLE = 1e-4
_MOST_ITEMS = 1e9


class Worth(str, Enum):
    """Whether to use an answer."""

    WORTH_IT = "worth it"
    NOT_WORTH_IT = "not worth it"
    TOO_FEW_ITEMS = "too few items to say"
    NOT_KNOWN = "not known"
    WRONG_OBJECTIVE = "the loss does not serve"

    def __str__(self) -> str:
        """Return the value."""
        return self.value


@dataclass(frozen=True)
class Verdict:
    """What is said first.

    Attributes
    ----------
    worth : Worth
        The word.
    sentence : str
        The word with its reasons.
    claim : str
        What is optimal, or what else is known: an objective and a status.
    figures : mapping
        What the sentence goes by, as plain data.
    beside : str
        What the baselines are worth on the items, to be read after the ensemble's own figure.
    """

    worth: Worth
    sentence: str
    claim: str
    figures: Mapping[str, Any]
    beside: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: `word`, `sentence`, `claim` and `figures`."""
        return {
            "word": self.worth.value,
            "sentence": self.sentence,
            "claim": self.claim,
            "figures": dict(self.figures),
        }


@dataclass(frozen=True)
class Figures:
    """An ensemble and what it is compared with, by one measure.

    Attributes
    ----------
    measure : {"coverage", "vote", "accuracy"}
        Of the items at hand; ``"accuracy"`` is the members' mean, where items are not known.
    size : int
    ensemble, top_k, best_model, random : float or None
        As shares; None where there is none.
    best_known : float or None
        The most that any known ensemble of this size reaches on these items.
    same_as_top_k, same_as_best_model : bool
        Whether it is these very models.
    items : int or None
    versus_top_k, versus_best_model : Interval or None
        Held-out differences; NaN where there are too few items, None where none were made.
    """

    measure: str
    size: int
    ensemble: float | None
    top_k: float | None = None
    best_model: float | None = None
    random: float | None = None
    best_known: float | None = None
    same_as_top_k: bool = False
    same_as_best_model: bool = False
    items: int | None = None
    versus_top_k: Interval | None = None
    versus_best_model: Interval | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    def top_k_named(self) -> str:
        """Name the most accurate models of this number."""
        if self.size == 1:
            return "the most accurate model"
        return f"the {self.size} most accurate models"

    def text(self) -> str:
        """Return the figures of the baselines, for a line after that of the ensemble.

        Examples
        --------
        >>> Figures("coverage", 3, 0.9, top_k=0.88, best_model=0.8, random=0.75).text()
        '3 most accurate 88.00 %, best single model 80.00 %, random 75.00 %'
        """
        named = {
            f"{self.size} most accurate": self.top_k,
            "best single model": self.best_model,
            "random": self.random,
        }
        if (self.best_known or 0.0) > (self.ensemble or 0.0) + _VISIBLE:
            named["the best of this size on these items"] = self.best_known
        return ", ".join(f"{name} {_percent(at)}" for name, at in named.items() if at is not None)

    def remark(self) -> str:
        """Say what speaks against the ensemble by these figures alone; "" if nothing does."""
        if self.ensemble is None:
            return ""
        at_random, said = f"{self.size} models at random", []
        if self.random is not None and self.ensemble < self.random - _VISIBLE:
            said.append(f"below {at_random}")
        elif self.random is not None and self.ensemble < self.random + SMALL_GAIN:
            said.append(f"no better than {at_random}")
        below = self.top_k is not None and self.ensemble < self.top_k - _VISIBLE
        if below and not self.same_as_top_k:
            said.append(f"below {self.top_k_named()}")
        text = f"it is {' and '.join(said)}" if said else ""
        these = f"these are {self.top_k_named()}" if self.same_as_top_k else ""
        return ", and ".join(part for part in (these, text) if part)


def pays(difference: Interval | None) -> Worth:
    """Say whether a held-out difference to a baseline pays.

    It does not if even the upper end of its interval is below one point, and does if the lower end
    is above 0.

    Examples
    --------
    >>> pays(Interval(0.02, 0.01, 0.03)).value, pays(Interval(0.004, 0.003, 0.005)).value
    ('worth it', 'not worth it')
    """
    if difference is None:
        return Worth.NOT_KNOWN
    if math.isnan(difference.low):
        return Worth.TOO_FEW_ITEMS
    if difference.high < SMALL_GAIN:
        return Worth.NOT_WORTH_IT
    return Worth.WORTH_IT if difference.low > 0 else Worth.TOO_FEW_ITEMS


def judge_ensemble(figures: Figures, claim: str, unfit: str = "") -> Verdict:
    """Judge an ensemble.

    Parameters
    ----------
    figures : Figures
    claim : str
        What is optimal, for the reader.
    unfit : str
        Why the objective does not serve on these data; "" if it does.

    Examples
    --------
    >>> held_out = {"versus_top_k": Interval(.02, .01, .03),
    ...             "versus_best_model": Interval(.1, .08, .12)}
    >>> figures = Figures("coverage", 3, 0.9, items=500, **held_out)
    >>> judge_ensemble(figures, "coverage: optimal").worth.value
    'worth it'
    """
    worth, sentence = _judged(figures, unfit)
    return Verdict(worth, sentence, claim, figures.to_dict(), figures.text())


def _judged(figures: Figures, unfit: str) -> tuple[Worth, str]:
    remark = figures.remark()
    if unfit:
        said = f"The loss does not serve here: {unfit}."
        if figures.ensemble is not None:
            said += f" {_capital(_measured(figures))}{f': {remark}' if remark else ''}."
        return Worth.WRONG_OBJECTIVE, said
    if figures.versus_top_k is None:
        return _without_held_out(figures, remark)
    return _held_out(figures)


def _without_held_out(figures: Figures, remark: str) -> tuple[Worth, str]:
    """Judge by what is known without held-out items: it can speak against an ensemble only."""
    ensemble, random = figures.ensemble, figures.random
    below = ensemble is not None and random is not None and ensemble < random - _VISIBLE
    worth = Worth.NOT_WORTH_IT if below else Worth.NOT_KNOWN
    lead = "Not worth it" if below else "Not known whether it is worth it"
    if remark:
        return worth, f"{lead}: {_measured(figures)}: {remark}."
    if ensemble is None:
        return worth, f"{lead}: neither accuracies nor outcomes are known."
    missing = "nothing was held out" if figures.items else "that takes outcomes item by item"
    return worth, f"{lead}: {missing}. {_capital(_measured(figures))}."


def _held_out(figures: Figures) -> tuple[Worth, str]:
    """Judge by held-out differences to both baselines, and say which question each answers."""
    top, best = figures.versus_top_k, figures.versus_best_model
    if figures.same_as_best_model:
        return Worth.NOT_WORTH_IT, "Not worth it: this is the best single model itself."
    if top is None or math.isnan(top.low):
        items = f"{figures.items} items are too few to hold any out"
        return Worth.TOO_FEW_ITEMS, f"Too few items to say: {items}."
    no_single = best is None or math.isnan(best.low)
    against_best = Worth.WORTH_IT if no_single else pays(best)
    against_top = Worth.WORTH_IT if figures.same_as_top_k else pays(top)
    parts = [
        f"against {figures.top_k_named()}: "
        + ("the same models" if figures.same_as_top_k else f"{top.points()}, {against_top}"),
        "no model may be asked alone"
        if best is None or no_single
        else f"against the best single model: {best.points()}, {against_best}",
    ]
    said = f"Held out, {figures.measure} {'; '.join(parts)}."
    both = (against_top, against_best)
    if figures.items is not None and figures.items < FEW_ITEMS:
        word, advice = Worth.TOO_FEW_ITEMS, _luck(figures.items)
    elif against_best is Worth.NOT_WORTH_IT:
        word, advice = Worth.NOT_WORTH_IT, " Take the best single model."
    elif against_top is Worth.NOT_WORTH_IT:
        word, advice = Worth.NOT_WORTH_IT, f" Take {figures.top_k_named()}."
    elif Worth.TOO_FEW_ITEMS in both:
        open_ones = [
            one for one, word in zip((top, best), both, strict=True)
            if word is Worth.TOO_FEW_ITEMS and one is not None
        ]  # fmt: skip
        needed = max(_items_needed(figures.items or 0, one) for one in open_ones)
        word = Worth.TOO_FEW_ITEMS
        advice = f" About {_rounded(needed)} items like these would tell."
    else:
        word, advice = Worth.WORTH_IT, ""
    return word, f"{_capital(word.value)}. {said}{advice}"


def _luck(items: int) -> str:
    """Say that intervals of so few items mean nothing."""
    return f" With {items} items these intervals are luck themselves."


def judge_cascade(
    claim: str,
    items: int,
    more_cost: Interval | None,
    more_coverage: Interval | None,
    figures: Mapping[str, Any],
    *,
    single: bool = False,
) -> Verdict:
    """Judge a cascade by its held-out cost and coverage, each against the best single model.

    Worth it is one that covers more, or costs less and covers no more than a point less.

    Parameters
    ----------
    claim : str
    items : int
    more_cost, more_coverage : Interval or None
        Differences to the best single model; NaN where there are too few items, None where no
        model may be asked alone or nothing was held out.
    figures : mapping
        What is known, for `Verdict.figures`.
    single : bool
        Whether the cascade is a single model.

    Examples
    --------
    >>> cheaper, alike = Interval(-3.0, -4.0, -2.0), Interval(0.0, -0.004, 0.004)
    >>> judge_cascade("cost: optimal", 500, cheaper, alike, {}).worth.value
    'worth it'
    """

    def verdict(worth: Worth, sentence: str) -> Verdict:
        return Verdict(worth, sentence, claim, figures)

    if more_cost is None or more_coverage is None:
        return verdict(
            Worth.NOT_KNOWN,
            "Not known whether it is worth it: no held-out comparison with a single model.",
        )
    if math.isnan(more_cost.low):
        return verdict(
            Worth.TOO_FEW_ITEMS,
            f"Too few items to say: {items} items are too few to hold any out.",
        )
    cost = f"{more_cost.mean:+.4g} an item"
    said = (
        f"Held out, against the best single model: cost {cost} (95 % interval "
        f"{more_cost.low:+.4g} to {more_cost.high:+.4g}), coverage {more_coverage.points()}."
    )
    if items < FEW_ITEMS:
        return verdict(Worth.TOO_FEW_ITEMS, f"Too few items to say. {said}{_luck(items)}")
    covers_more = pays(more_coverage) is Worth.WORTH_IT
    cheaper = more_cost.high < 0 and more_coverage.low > -SMALL_GAIN
    if covers_more or cheaper:
        return verdict(Worth.WORTH_IT, f"Worth it. {said}")
    no_gain = more_coverage.high < SMALL_GAIN
    if (no_gain and (more_cost.low >= 0 or more_coverage.high < -SMALL_GAIN)) or single:
        advice = "It is a single model." if single else "Take the best single model."
        return verdict(Worth.NOT_WORTH_IT, f"Not worth it. {said} {advice}")
    about = " It is cheaper; whether it covers as much is open." if more_cost.high < 0 else ""
    return verdict(Worth.TOO_FEW_ITEMS, f"Too few items to say. {said}{about}")


def _measured(figures: Figures) -> str:
    """Write what the ensemble and its baselines are worth on the items, or by their accuracy."""
    measure = {
        "accuracy": "its members' mean accuracy is",
        "coverage": "on the items it covers",
        "vote": "on the items its vote gets",
    }[figures.measure]
    text = figures.text()
    return f"{measure} {_percent(figures.ensemble or 0.0)}" + (f" ({text})" if text else "")


def _items_needed(items: int, difference: Interval) -> float:
    half = (difference.high - difference.low) / 2
    return min(_MOST_ITEMS, items * (half / max(abs(difference.mean), SMALL_GAIN)) ** 2)


def _rounded(items: float) -> str:
    """Write a number of items with one or two digits."""
    digits = max(0, int(math.log10(max(items, 1))) - 1)
    return f"{math.ceil(items / 10**digits) * 10**digits:,}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
