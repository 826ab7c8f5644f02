"""Whether profiles can support a chemistry estimate.

Chemistry is a ratio of differences of penalties to penalties. When nearly all penalties are
as small as rounding errors, the ratios compare 1e-11 with 1e-5 and carry no information on the
models; when all penalties are equal, every pair looks alike. `check_saturation` counts both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chemopt.numerics import SUM_TOLERANCE
from chemopt.profiles.profiles import USAGE_THRESHOLD, Profiles
from chemopt.validation import instance_of, number
from chemopt.wording import counted, listed

NEGLIGIBLE_PENALTY = 1e-3


@dataclass(frozen=True)
class Saturation:
    """The result of `check_saturation`.

    Attributes
    ----------
    models, profiled, used : int
        Models of the pool, those with a profile, those with accuracy above the threshold.
    negligible : int
        Used models with a penalty below 1e-3.
    distinct : int
        Distinct penalties among the used models.
    saturated : bool
        Whether the profiles cannot support a chemistry estimate.
    message : str
        One sentence; when saturated, with a remedy.
    warnings : tuple of str
        What a reader should know: the warnings of the profiles, models that only the accuracy
        floor lifts above the threshold, and `message` when saturated.
    """

    models: int
    profiled: int
    used: int
    negligible: int
    distinct: int
    saturated: bool
    message: str
    warnings: tuple[str, ...] = ()


def check_saturation(profiles: Profiles, usage_threshold: float = USAGE_THRESHOLD) -> Saturation:
    """Check whether profiles vary enough for chemistry to be meaningful.

    They are called saturated when more than half of the used models have a penalty below
    1e-3, or when the used models show fewer than three distinct penalties.

    Parameters
    ----------
    profiles : Profiles
    usage_threshold : float
        A model is used when its accuracy is above this.

    Returns
    -------
    Saturation

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt import Profiles
    >>> perfect = Profiles.from_frame(pd.DataFrame(
    ...     {"model": ["a", "b", "c"], "quality": 10.0, "accuracy": [1.0, 0.99, 0.98]}))
    >>> check_saturation(perfect).saturated
    True
    """
    instance_of(
        "check_saturation needs profiles", profiles, Profiles, "learn them: learn_profiles(history)"
    )
    usage_threshold = number("usage_threshold", usage_threshold, 0, 1)
    accuracy = profiles.frame["accuracy"]
    profiled = int(accuracy.notna().sum())
    penalty = np.sort(profiles.penalty[accuracy > usage_threshold].to_numpy())
    used, negligible = len(penalty), int((penalty < NEGLIGIBLE_PENALTY).sum())
    gaps = np.diff(penalty) > SUM_TOLERANCE * penalty[1:]
    distinct = 1 + int(gaps.sum()) if used else 0
    facts = (
        f"{negligible} of {used} used models have a penalty below {NEGLIGIBLE_PENALTY:g}, "
        f"and there are {distinct} distinct penalties"
    )
    if used < 2:
        saturated = True
        message = (
            f"Only {used} of {len(accuracy)} models have an accuracy above the usage threshold "
            f"{usage_threshold:g}, so no pair can show chemistry: lower the usage threshold or "
            "collect more trials."
        )
    elif 2 * negligible > used or distinct < min(3, used):
        saturated = True
        if profiles.aggregate in ("best", "median"):
            remedy = "use aggregate 'mean' or 'shrunk' with empty cost none"
        else:
            remedy = "collect harder or more varied trials"
        message = (
            f"Saturated: {facts}, so chemistry here reflects rounding errors or luck; {remedy}."
        )
    else:
        saturated = False
        message = f"Not saturated: {facts}."
    return Saturation(
        models=len(accuracy),
        profiled=profiled,
        used=used,
        negligible=negligible,
        distinct=distinct,
        saturated=saturated,
        message=message,
        warnings=(
            *profiles.warnings,
            *_lifted(profiles, usage_threshold),
            *([message] if saturated else []),
        ),
    )


def _lifted(profiles: Profiles, threshold: float) -> tuple[str, ...]:
    """Name the models that are used only because their accuracies were raised to the floor."""
    if profiles.unfloored is None:
        return ()
    accuracy, unfloored = profiles.frame["accuracy"], profiles.unfloored
    lifted = accuracy.index[(accuracy > threshold) & (unfloored <= threshold)]
    if lifted.empty:
        return ()
    changes = [f"{model}: {unfloored[model]:.4g} → {accuracy[model]:.4g}" for model in lifted]
    return (
        f"The accuracy floor {profiles.accuracy_floor:g} lifts {counted(len(lifted), 'model')} "
        f"above the usage threshold {threshold:g} ({listed(changes)}); accuracy_floor=0 or "
        "--accuracy-floor 0 takes accuracies as they are.",
    )
