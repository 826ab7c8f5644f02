"""The diagnosis of saturated profiles."""

import pandas as pd
import pytest

from chemopt import Profiles, check_saturation, learn_profiles, load_history, read_problem


def pool(accuracy, quality=5.0):
    """Profiles with the given accuracies."""
    names = [f"m{k}" for k in range(len(accuracy))]
    frame = pd.DataFrame({"model": names, "quality": quality, "accuracy": accuracy})
    return Profiles.from_frame(frame)


def test_varied_profiles_are_not_saturated():
    """Penalties that differ and are not tiny support an estimate."""
    found = check_saturation(pool([0.6, 0.7, 0.8, 0.4]))
    assert (found.models, found.used, found.negligible, found.distinct) == (4, 3, 0, 3)
    assert not found.saturated


@pytest.mark.parametrize(
    ("accuracy", "phrase"),
    [
        ([0.9999, 0.99999, 0.6], "2 of 3 used models have a penalty below 0.001"),
        ([0.7, 0.7, 0.7 + 1e-13], "1 distinct penalties"),
        ([0.7, 0.2, 0.2], "Only 1 of 3 models"),
    ],
)
def test_saturated(accuracy, phrase):
    """Tiny penalties, equal penalties, and too few used models are distinguished."""
    found = check_saturation(pool(accuracy))
    assert found.saturated
    assert phrase in found.message


@pytest.mark.parametrize("name", ["liar", "quixbugs", "clinical"])
def test_published_pools(instances, name):
    """Under "best" all three published pools are saturated, under "mean" none is."""
    best = check_saturation(read_problem(instances / f"{name}.json").profiles)
    assert best.saturated
    assert "aggregate 'mean' or 'shrunk'" in best.message
    assert not check_saturation(read_problem(instances / f"{name}_mean.json").profiles).saturated


def floored(accuracy_floor):
    """Profiles of a history in which the floor matters: m1 is right in 4 of 9 rows, m2 in 8."""
    right = {"m1": [0.99] * 4 + [0.0] * 5, "m2": [1.0] * 8 + [0.0]}
    rows = [
        {"trial": f"t{k}", "model": model, "task": "sum", "quality": 5.0, "accuracy": accuracy}
        for model, accuracies in right.items()
        for k, accuracy in enumerate(accuracies)
    ]
    history = load_history(pd.DataFrame(rows))
    return learn_profiles(history, aggregate="mean", accuracy_floor=accuracy_floor)


def test_what_the_floor_lifts_is_told():
    """A model that only the floor makes a used one is named, with both accuracies."""
    (warning,) = check_saturation(floored(0.12)).warnings
    assert "The accuracy floor 0.12 lifts 1 model above the usage threshold 0.5" in warning
    assert "(m1: 0.44 → 0.5067)" in warning
    assert check_saturation(floored(0.12), 0.3).warnings == ()
    assert check_saturation(floored(0.0)).warnings == (check_saturation(floored(0.0)).message,)


def test_unfloored_accuracies_survive_json():
    """They are kept where the floor changes something, and files without them are read."""
    profiles = floored(0.12)
    assert profiles.unfloored["m1"] == pytest.approx(0.44)
    again = Profiles.from_dict(profiles.to_dict())
    pd.testing.assert_series_equal(again.unfloored, profiles.unfloored, check_names=False)
    assert again.to_dict() == profiles.to_dict()
    assert check_saturation(again) == check_saturation(profiles)
    assert floored(0.0).unfloored is None
    old = {key: value for key, value in profiles.to_dict().items() if key != "unfloored"}
    assert Profiles.from_dict(old).unfloored is None


def test_warnings_are_carried_along():
    """Those of the history come first, then those of the profiles, then the diagnosis."""
    history = load_history(
        pd.DataFrame(
            {
                "trial": "t", "model": ["a", "b", "c"], "task": ["sum", "sum", "poem"],
                "quality": [0.7, 0.8, 0.9], "accuracy": [0.6, 0.3, 0.9],
            }
        )
    )  # fmt: skip
    profiles = learn_profiles(history, "sum")
    scale, absent = profiles.warnings
    assert history.warnings == (scale,)
    assert absent == "c has no rows on the task, and so no profile."
    found = check_saturation(profiles)
    assert found.warnings == (scale, absent, found.message)
    assert Profiles.from_dict(profiles.to_dict()).warnings == profiles.warnings
    assert check_saturation(pool([0.6, 0.7, 0.8])).warnings == ()
