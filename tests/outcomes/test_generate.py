"""Synthetic outcomes."""

import numpy as np
import pytest

from chemopt import InputError
from chemopt.outcomes.generate import generate_outcomes, generate_scores


def test_scores_follow_ability_and_difficulty():
    """Models that are alike differ less; the same seed draws the same."""
    alike, apart = (generate_scores(20, 4000, ability=spread) for spread in (0.0, 1.0))
    assert set(np.unique(alike)) == {0.0, 1.0}
    assert alike.mean(axis=0).std() < 0.02 < apart.mean(axis=0).std()
    assert np.array_equal(alike, generate_scores(20, 4000, ability=0.0))
    assert not np.array_equal(alike, generate_scores(20, 4000, 1, ability=0.0))


def test_outcomes_are_in_long_form():
    """A row for each model, task and item; a cost is positive."""
    frame = generate_outcomes(4, 30, tasks=2, cost=True)
    assert list(frame) == ["model", "task", "item", "correct", "cost"]
    assert len(frame) == 4 * 30 * 2
    assert not frame.duplicated(["model", "task", "item"]).any()
    assert (frame["cost"] > 0).all()
    table = frame[frame["task"] == "task-1"].pivot(index="item", columns="model", values="correct")
    assert np.array_equal(table.to_numpy(), generate_scores(4, 30))


@pytest.mark.parametrize(
    ("option", "value"), [("models", 0), ("items", 0), ("seed", -1), ("tasks", 0)]
)
def test_bad_numbers(option, value):
    """The message names the option."""
    with pytest.raises(InputError, match=option):
        generate_outcomes(**{option: value})
