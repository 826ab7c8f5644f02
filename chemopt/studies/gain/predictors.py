"""`gain_predictors`: what predicts the gain of an ensemble on a data set that was not fitted.

Ensembles are drawn at random from each pool. The items are split in two parts, several times: the
features of an ensemble (`chemopt.studies.gain.features`) come from training items, its gain from
the others. The gain is that over its best member: the value of the ensemble less the accuracy of
the member that is best on the training items, both on held-out items. A regression on the features
is fitted on all data sets but one, and judged by R² on that one, each in turn
(`chemopt.studies.gain.regression`).

Within one data set, ensembles share models and items, so a regression looks better on other
ensembles of that set than it is on new data. So this takes at least two sets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from chemopt.errors import InputError
from chemopt.evidence.splits import random_split
from chemopt.numerics import Floats
from chemopt.outcomes.outcomes import Outcomes, check_outcomes
from chemopt.progress import Progress, reporter
from chemopt.studies.gain.ensembles import (
    OBJECTIVES,
    Objective,
    accuracies,
    best_members,
    draw_ensembles,
    ensemble_values,
)
from chemopt.studies.gain.features import FEATURE_SETS, ensemble_features
from chemopt.studies.gain.regression import left_out_r2
from chemopt.validation import choice, instance_of, whole

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes

#: The largest ensemble that is drawn, unless sizes are given.
LARGEST_SIZE = 5
_RESPONSE = "held_out_gain"


@dataclass(frozen=True, eq=False)
class GainPredictors:
    """The result of `gain_predictors`.

    Attributes
    ----------
    predictors : DataFrame
        A row for each set of features: `features`, its name; `objective`; `r2`, the mean R² over
        the data sets left out; `median`, `lowest` and `highest`; `sets`, how many there are, those
        aside in which all ensembles gain the same.
    by_set : DataFrame
        A row for each set of features and data set: `features`, `objective`, `left_out`, `r2` (NaN
        if all ensembles gain the same).
    ensembles : DataFrame
        What was fitted, a row for each data set, split and ensemble: `outcomes`, `split`, the
        features, and `held_out_gain`.
    """

    predictors: pd.DataFrame
    by_set: pd.DataFrame
    ensembles: pd.DataFrame

    def plot(self, ax: Axes | None = None, *, about: str | None = None) -> Axes:
        """Draw R² of each set of features (`chemopt.plots.gain_predictors`)."""
        from chemopt.plots.research import gain_predictors as draw

        return draw(self.by_set, about=about, ax=ax)


def gain_predictors(
    outcome_sets: Sequence[Outcomes],
    *,
    objective: Objective = "coverage",
    sizes: Sequence[int] | None = None,
    ensembles: int = 300,
    splits: int = 5,
    training: int | None = None,
    seed: int = 0,
    progress: Progress = None,
) -> GainPredictors:
    """Compare what predicts the held-out gain of an ensemble over its best member.

    Parameters
    ----------
    outcome_sets : sequence of Outcomes
        At least two data sets, of right and wrong, without gaps.
    objective : {"coverage", "majority"}
        What an ensemble is worth; see `chemopt.studies.gain.ensembles.ensemble_values`.
    sizes : sequence of int, optional
        Sizes of ensembles, from 2 to the size of the smallest pool. From 2 to 5, if not given, or
        to the size of the smallest pool if that is less.
    ensembles : int
        How many to draw from each pool, at least 10 of each size.
    splits : int
        How many random splits of the items of each data set.
    training : int, optional
        How many of the items are for training, at least 2; half of them, if not given.
    seed : int
    progress : bool or callable, optional
        True shows a bar; a function is called with the number of steps done and of all steps.

    Returns
    -------
    GainPredictors

    Raises
    ------
    InputError
        There are fewer than two data sets, or one has gaps, marks, fewer than two models or fewer
        than 4 items; an option is out of its range.

    Examples
    --------
    Three families of models, all as accurate as each other; within a family they are mostly right
    on the same items. Then a pair gains by disagreement, and nothing else tells pairs apart:

    >>> import numpy as np
    >>> from chemopt import load_outcomes
    >>> def drawn(seed):
    ...     rng = np.random.default_rng(seed)
    ...     family = rng.integers(0, 2, (4000, 3)).repeat(3, axis=1)
    ...     right = np.where(rng.random((4000, 9)) < 0.1, 1 - family, family)
    ...     return load_outcomes(pd.DataFrame(right, columns=list("abcdefghi")))
    >>> result = gain_predictors([drawn(0), drawn(1)], sizes=[2], ensembles=100, splits=2)
    >>> r2 = result.predictors.set_index("features")["r2"]
    >>> r2[["chemistry", "accuracy", "accuracy + disagreement", "measured gain"]] > 0.9
    features
    chemistry                  False
    accuracy                   False
    accuracy + disagreement     True
    measured gain               True
    Name: r2, dtype: bool
    """
    progress = reporter(progress, "splits")
    named = _checked(outcome_sets)
    choice("objective", objective, OBJECTIVES)
    sizes = _sizes(sizes, named)
    ensembles = whole("ensembles", ensembles, 10 * len(sizes))
    splits, seed = whole("splits", splits, 1), whole("seed", seed, 0)
    if training is not None:
        most = min(len(outcomes) for outcomes in named.values()) - 2
        training = whole("training", training, 2, most)
    frames, steps = [], len(named) * splits
    for name, outcomes in named.items():
        members = draw_ensembles(len(outcomes.models), sizes, ensembles, seed)
        for split in range(splits):
            rows = _one_split(outcomes, members, objective, training, seed=(seed, split))
            rows.insert(0, "split", split)
            rows.insert(0, "outcomes", name)
            frames.append(rows)
            if progress is not None:
                progress(len(frames), steps)
    drawn = pd.concat(frames, ignore_index=True)
    by_set = pd.DataFrame(
        {
            "features": features,
            "objective": objective,
            "left_out": name,
            "r2": left_out_r2(
                drawn[drawn["outcomes"] != name],
                drawn[drawn["outcomes"] == name],
                columns,
                _RESPONSE,
            ),
        }
        for features, columns in FEATURE_SETS.items()
        for name in named
    )
    grouped = by_set.groupby(["features", "objective"], sort=False)["r2"]
    predictors = grouped.agg(
        r2="mean", median="median", lowest="min", highest="max", sets="count"
    ).reset_index()
    return GainPredictors(predictors, by_set, drawn)


def _one_split(
    outcomes: Outcomes,
    members: Floats,
    objective: Objective,
    training: int | None,
    seed: tuple[int, int],
) -> pd.DataFrame:
    """Return the features of ensembles on training items, and their gain on the others."""
    size = len(outcomes) // 2 if training is None else training
    rows = random_split(len(outcomes), size, len(outcomes), seed)
    known, held_out = (outcomes.take_items(part) for part in rows)
    gain = ensemble_values(held_out, members, objective)
    gain -= accuracies(held_out)[best_members(known, members)]
    return ensemble_features(known, members, objective).assign(**{_RESPONSE: gain})


def _checked(outcome_sets: Sequence[Outcomes]) -> dict[str, Outcomes]:
    """Return the data sets by distinct names: their sources, numbered where these are equal."""
    instance_of("outcome_sets must be a list of Outcomes", outcome_sets, Sequence)
    for outcomes in outcome_sets:
        check_outcomes("gain_predictors", outcomes)
        if len(outcomes.models) < 2:
            raise InputError(f"{outcomes.source}: there is only one model, so there is no ensemble")
        if len(outcomes) < 4:
            raise InputError(f"{outcomes.source}: {len(outcomes)} items are too few to be split")
    if len(outcome_sets) < 2:
        raise InputError(
            "gain_predictors needs at least two data sets: it fits on all but one, and judges on "
            "that one; within one set, ensembles share models and items, so nothing is new to a fit"
        )
    sources = Counter(outcomes.source for outcomes in outcome_sets)
    seen: Counter[str] = Counter()
    named = {}
    for outcomes in outcome_sets:
        source = outcomes.source
        seen[source] += 1
        named[f"{source} ({seen[source]})" if sources[source] > 1 else source] = outcomes
    return named


def _sizes(sizes: Sequence[int] | None, named: dict[str, Outcomes]) -> list[int]:
    name = min(named, key=lambda name: len(named[name].models))
    smallest = len(named[name].models)
    if sizes is None:
        return list(range(2, min(LARGEST_SIZE, smallest) + 1))
    instance_of("sizes must be a list of whole numbers", sizes, Sequence)
    if not sizes:
        raise InputError("sizes must be a list of whole numbers, not an empty one")
    checked = {whole("sizes", size, 2) for size in sizes}
    if max(checked) > smallest:
        raise InputError(
            f"sizes must be at most {smallest}, the number of models of {name}, not {max(checked)}"
        )
    return sorted(checked)
