"""The benchmark of data that stay in their files."""

import pandas as pd
import pytest

from benchmarks.commands.streaming import measure
from benchmarks.large_data import write_history, write_outcomes
from chemopt import load_history, load_outcomes


def test_the_data_are_valid(tmp_path):
    """Each task is a group of its own; all models are on all items."""
    for kind, write in (("history", write_history), ("outcomes", write_outcomes)):
        (tmp_path / kind).mkdir()
        write(tmp_path / kind, 20_000, 40, 0, lambda done, total: None)
    history = load_history(tmp_path / "history")
    assert (history.count_rows(), len(history.models), len(history.groups)) == (20_000, 40, 50)
    outcomes = load_outcomes(tmp_path / "outcomes", missing="raise")
    assert outcomes.scores.shape == (500, 40)


@pytest.mark.slow
def test_every_question_is_measured():
    """In separate processes."""
    frame = measure(20_000, 30)
    assert len(frame) == 6
    assert (frame[["seconds", "cpu", "memory"]] > 0).all(axis=None)
    assert isinstance(frame, pd.DataFrame)
