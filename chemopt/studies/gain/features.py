"""What is known of an ensemble from training items, and may predict its gain.

The classical measures of diversity and chemistry are of pairs; an ensemble has their mean over its
pairs. (The sum, which a recommendation maximises, is a multiple of the mean for ensembles of one
size, and each size is fitted by itself.) Pairs whose Q or φ is undefined are left out of the mean;
where all are, it is 0, the value of independent models.

Chemistry is computed twice: with the settings for outcomes, `PROFILE_DEFAULTS` and
`CHEMISTRY_DEFAULTS`, and with the published ones. With these, a model that gets one item right is
perfect, since its best answer alone counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.chemistry.compute import compute_chemistry
from chemopt.numerics import Floats
from chemopt.outcomes.diversity import MEASURES, diversity
from chemopt.outcomes.outcomes import CHEMISTRY_DEFAULTS, PROFILE_DEFAULTS, Outcomes
from chemopt.profiles.profiles import learn_profiles
from chemopt.studies.gain.ensembles import (
    Objective,
    accuracies,
    best_members,
    ensemble_values,
)

_ACCURACY = ("best_accuracy", "mean_accuracy", "worst_accuracy")
#: The sets of features that are compared, by name.
FEATURE_SETS: dict[str, tuple[str, ...]] = {
    "size alone": (),
    "chemistry, published settings": ("published_chemistry",),
    "chemistry": ("chemistry",),
    "accuracy": _ACCURACY,
    "accuracy + chemistry": (*_ACCURACY, "chemistry"),
    "accuracy + disagreement": (*_ACCURACY, "disagreement"),
    "accuracy + disagreement + chemistry": (*_ACCURACY, "disagreement", "chemistry"),
    "accuracy + diversity": (*_ACCURACY, *MEASURES),
    "accuracy + diversity + chemistry": (*_ACCURACY, *MEASURES, "chemistry"),
    "measured gain": ("gain",),
    "everything": (*_ACCURACY, *MEASURES, "chemistry", "published_chemistry", "gain"),
}


def ensemble_features(training: Outcomes, members: Floats, objective: Objective) -> pd.DataFrame:
    """Compute the features of ensembles.

    Parameters
    ----------
    training : Outcomes
        Right and wrong, without gaps.
    members : ndarray of shape (m, n)
        1 for a member, else 0.
    objective : {"coverage", "majority"}
        What the feature `gain` is of.

    Returns
    -------
    DataFrame
        A row for each ensemble: `size`; accuracies of its members, `best_accuracy`,
        `mean_accuracy` and `worst_accuracy`; means over its pairs, `disagreement`,
        `double_fault`, `q_statistic`, `correlation`, `chemistry` and `published_chemistry`; and
        `gain`, that over its best member.

    Raises
    ------
    InputError
        There are marks between right and wrong.

    Examples
    --------
    >>> from chemopt import load_outcomes
    >>> outcomes = load_outcomes(pd.DataFrame({"a": [1, 1, 0, 0], "b": [0, 1, 1, 0]}))
    >>> row = ensemble_features(outcomes, np.ones((1, 2)), "coverage").iloc[0]
    >>> row[["size", "best_accuracy", "disagreement", "correlation", "gain"]].to_dict()
    {'size': 2.0, 'best_accuracy': 0.5, 'disagreement': 0.5, 'correlation': 0.0, 'gain': 0.25}
    """
    accuracy = accuracies(training)
    size = members.sum(axis=1)
    best = accuracy[best_members(training, members)]
    features = {
        "size": size,
        "best_accuracy": best,
        "mean_accuracy": members @ accuracy / size,
        "worst_accuracy": np.where(members > 0, accuracy, 2.0).min(axis=1),
        "gain": ensemble_values(training, members, objective) - best,
    }
    pairs = diversity(training)
    for measure in MEASURES:
        features[measure] = _pair_mean(pairs[measure].to_numpy(), members)
    history = training.to_history()
    for name, aggregation, costs in (
        ("chemistry", PROFILE_DEFAULTS, CHEMISTRY_DEFAULTS),
        ("published_chemistry", {}, {}),
    ):
        table = compute_chemistry(learn_profiles(history, **aggregation), **costs)
        features[name] = _pair_mean(table.upper, members)
    return pd.DataFrame(features)


def _pair_mean(values: Floats, members: Floats) -> Floats:
    """Return the mean over each ensemble's pairs with a value; 0 where there is none.

    Parameters
    ----------
    values : ndarray of shape (n (n − 1)/2,)
        Of each pair, in the order of the entries above a diagonal, row by row; NaN for none.
    members : ndarray of shape (m, n)
    """
    known = ~np.isnan(values)
    total, count = (
        _pair_sum(of_pair, members) for of_pair in (np.where(known, values, 0.0), known)
    )
    return total / np.maximum(count, 1)


def _pair_sum(values: npt.NDArray[Any], members: Floats) -> Floats:
    n = members.shape[1]
    upper = np.zeros((n, n))
    upper[np.triu_indices(n, k=1)] = values
    total: Floats = ((members @ upper) * members).sum(axis=1)
    return total
