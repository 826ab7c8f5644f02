"""An ensemble next to the baselines of its size."""

import math

import numpy as np
import pandas as pd
import pytest

from chemopt import ChemistryProblem, ChemistryTable, InputError, Profiles
from chemopt.analysis.baselines import COLUMNS, baselines, size_baselines


@pytest.fixture
def profiled():
    """Four models, one without a profile."""
    accuracy = {"a": 0.4, "b": 0.9, "c": 0.8, "d": np.nan}
    frame = pd.DataFrame({"model": list(accuracy), "accuracy": list(accuracy.values())})
    frame["quality"] = frame["accuracy"] * 10
    table = ChemistryTable(tuple("abcd"), np.ones((4, 4)) - np.eye(4))
    return ChemistryProblem(table, profiles=Profiles.from_frame(frame))


def test_rows(profiled):
    """The ensemble, top-k of its size, the best model, and chance."""
    frame = baselines(profiled, ["c", "a"]).set_index("name")
    assert list(frame.index) == ["ensemble", "top-k", "best model", "random (mean)"]
    assert frame.loc["ensemble"].tolist() == [("a", "c"), pytest.approx(0.6), 0.4, None]
    assert frame.loc["top-k"].tolist() == [("b", "c"), pytest.approx(0.85), 0.8, True]
    assert frame.loc["best model"].tolist() == [("b",), 0.9, 0.9, True]
    assert frame.loc["random (mean)", "models"] == ()
    assert frame.loc["random (mean)", "accuracy"] == pytest.approx(0.7)
    assert math.isnan(frame.loc["random (mean)", "lowest"])


def test_excluded_models_are_no_baseline(profiled):
    """Only models that may be chosen are compared with; an unknown accuracy counts in no mean."""
    frame = baselines(profiled.with_options(exclude=["b"]), ["c", "d"]).set_index("name")
    assert frame.loc["ensemble"].tolist() == [("c", "d"), 0.8, 0.8, None]
    assert frame.loc["top-k", "models"] == ("a", "c")
    assert frame.loc["best model", "models"] == ("c",)
    assert frame.loc["random (mean)", "accuracy"] == pytest.approx(0.6)


def test_an_empty_ensemble(profiled):
    """No members, no accuracy."""
    frame = baselines(profiled, []).set_index("name")
    assert math.isnan(frame.loc["ensemble", "accuracy"])
    assert frame.loc["best model", "accuracy"] == 0.9


def test_without_profiles_there_is_nothing(problem):
    """The columns are there, the rows are not."""
    for frame in (baselines(problem, ["a", "b"]), size_baselines(problem, 2)):
        assert frame.empty
        assert tuple(frame.columns) == COLUMNS


def test_wrong_input(problem):
    """A problem is needed, and a size that is one."""
    with pytest.raises(InputError, match="baselines needs a ChemistryProblem"):
        baselines(3, ["a"])
    with pytest.raises(InputError, match="size must be a whole number"):
        size_baselines(problem, 1.5)
