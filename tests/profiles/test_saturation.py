"""The diagnosis of saturated profiles."""

import pandas as pd
import pytest

from chemopt import Profiles, diagnose, read_problem


def pool(accuracy, quality=5.0):
    """Profiles with the given accuracies."""
    names = [f"m{k}" for k in range(len(accuracy))]
    frame = pd.DataFrame({"model": names, "quality": quality, "accuracy": accuracy})
    return Profiles.from_frame(frame)


def test_varied_profiles_are_not_saturated():
    """Penalties that differ and are not tiny support an estimate."""
    found = diagnose(pool([0.6, 0.7, 0.8, 0.4]))
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
    found = diagnose(pool(accuracy))
    assert found.saturated
    assert phrase in found.message


@pytest.mark.parametrize("name", ["liar", "quixbugs", "clinical"])
def test_published_pools(instances, name):
    """Under "best" all three published pools are saturated, under "mean" none is."""
    best = diagnose(read_problem(instances / f"{name}.json").profiles)
    assert best.saturated
    assert "aggregate 'mean' or 'shrunk'" in best.message
    assert not diagnose(read_problem(instances / f"{name}_mean.json").profiles).saturated
