"""Values on another scale than chemopt's, and rows that are left out."""

import pandas as pd
import pytest

from chemopt import InputError, Profiles, load_history
from chemopt.errors import HistoryError


def rows(quality, accuracy, **columns):
    """A history of one task, with a model for each row."""
    models = [f"m{k}" for k in range(len(quality))]
    return pd.DataFrame(
        {"trial": "t", "model": models, "task": "sum", "quality": quality, "accuracy": accuracy}
        | columns
    )


@pytest.mark.parametrize(
    ("quality", "accuracy", "phrase"),
    [
        ([0.7, 0.95, 0.0], [0.6, 0.8, 0.0], "qualities look like 0–1, multiply by 10"),
        ([0.0, 1.0, 1.0], [0.0, 1.0, 1.0], "qualities look like 0–1, multiply by 10"),
        ([7.0, 9.5, 5.0], [0.006, 0.008, 0.0], "look as if they had been divided by 100 once too"),
    ],
)
def test_small_values_are_warned_of(quality, accuracy, phrase):
    """A best quality of 1 and a best accuracy of 0.01 are hardly what they say."""
    (warning,) = load_history(rows(quality, accuracy)).warnings
    assert phrase in warning
    given = pd.DataFrame({"model": list("abc"), "quality": quality, "accuracy": accuracy})
    assert Profiles.from_frame(given).warnings == (warning,)


@pytest.mark.parametrize(
    ("quality", "accuracy"),
    [
        ([7.0, 9.5, 0.0], [0.6, 0.8, 0.0]),
        ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        ([0.5, 1.0, 0.0], [0.02, 0.1, 0.0]),
        ([1.0, 1.5, 0.0], [0.5, 0.02, 0.0]),
        ([10.0, 10.0, 10.0], [1.0, 1.0, 1.0]),
    ],
)
def test_ordinary_values_are_not(quality, accuracy):
    """Ordinary data, all zeros, and pools that are poor in both are no cause for a warning."""
    assert load_history(rows(quality, accuracy)).warnings == ()
    given = pd.DataFrame({"model": list("abc"), "quality": quality, "accuracy": accuracy})
    assert Profiles.from_frame(given).warnings == ()


@pytest.mark.parametrize(
    ("quality", "accuracy", "message"),
    [
        ([5.0, 6.0], [85.0, 90.0], r"accuracy: 85.0 is not a number in \[0, 1\]; accuracies look "
         "like percent: divide by 100"),
        ([85.0, 0.0], [0.5, 0.6], "quality: 85.0 is not .*; qualities look like 0–100: divide by 10"),
    ],
)  # fmt: skip
def test_percent_is_named_in_the_error(quality, accuracy, message):
    """An error says on which scale the column seems to be."""
    with pytest.raises(HistoryError, match=message):
        load_history(rows(quality, accuracy))
    given = pd.DataFrame({"model": list("ab"), "quality": quality, "accuracy": accuracy})
    with pytest.raises(InputError, match=message.rsplit("; ", maxsplit=1)[1]):
        Profiles.from_frame(given)


@pytest.mark.parametrize("accuracy", [[0.85, 0.9, 1.2], [0.5, 0.6, 850.0], [-1.0, 0.5, 0.5]])
def test_a_slip_is_no_scale(accuracy):
    """One value that is out of range says nothing on the others."""
    with pytest.raises(HistoryError, match=r"is not a number in \[0, 1\] \(on_invalid"):
        load_history(rows([5.0] * 3, accuracy))


def test_left_out_strategies_are_counted():
    """Rows left out by the default are told of, with the way to keep them."""
    data = rows([5.0] * 3, [0.5] * 3, strategy=["RANDOM", "CHEMISTRY", "CHEMISTRY"])
    (warning,) = load_history(data).warnings
    assert warning == (
        "2 rows of strategy 'CHEMISTRY' are left out; drop_strategies=() or --drop-strategy none "
        "keeps them."
    )
    assert load_history(data, drop_strategies=()).warnings == ()
    assert load_history(data.iloc[:1]).warnings == ()
