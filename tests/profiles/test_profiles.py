"""From rows to profiles."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from chemopt import InputError, Profiles, learn_profiles, load_history
from chemopt.history.generate import generate_history
from chemopt.profiles.aggregates import AGGREGATES


def history(quality, accuracy, model="a", trial=None, task="sum"):
    """A history of one model, or of several when `model` is a list."""
    n = len(quality)
    return load_history(
        pd.DataFrame(
            {
                "trial": trial or [f"t{k}" for k in range(n)],
                "model": model,
                "task": task,
                "quality": quality,
                "accuracy": accuracy,
            }
        )
    )


def test_best_keeps_the_first_row_of_the_largest_accuracy():
    """Among equal accuracies, floored ones included, the first row of the file wins."""
    frame = learn_profiles(history([3.0, 5.0, 7.0], [0.5, 0.8, 0.8])).frame
    assert frame.loc["a", ["quality", "accuracy", "trial"]].to_list() == [5.0, 0.8, "t1"]
    floored = learn_profiles(history([3.0, 5.0], [0.0, 0.05])).frame
    assert floored.loc["a", ["quality", "accuracy", "trial"]].to_list() == [3.0, 0.1, "t0"]


def test_mean_and_median():
    """Means and medians with their standard errors; the floor acts row by row."""
    data = history([2.0, 4.0, 9.0], [0.0, 0.4, 1.0])
    mean = learn_profiles(data, aggregate="mean").frame.loc["a"]
    assert mean["accuracy"] == pytest.approx(0.5)
    assert mean["quality"] == pytest.approx(5.0)
    assert mean["quality_se"] == pytest.approx(np.std([2, 4, 9], ddof=1) / math.sqrt(3))
    median = learn_profiles(data, aggregate="median", accuracy_floor=0.0).frame.loc["a"]
    assert median[["quality", "accuracy"]].to_list() == [4.0, 0.4]
    assert median["quality_se"] == pytest.approx((9 - 2) / (2 * 2.5758))


def test_standard_error_of_best_is_the_bootstrap_one():
    """The closed form equals the spread over all resamples, enumerated."""
    quality, accuracy = [3.0, 9.0, 4.0, 6.0], [0.2, 0.9, 0.7, 0.5]
    kept = []
    for sample in itertools.product(range(4), repeat=4):
        best = max(sample, key=lambda k: accuracy[k])
        kept.append((quality[best], accuracy[best]))
    frame = learn_profiles(history(quality, accuracy)).frame.loc["a"]
    spread = np.std(kept, axis=0)
    assert frame[["quality_se", "accuracy_se"]].to_list() == pytest.approx(spread.tolist())


def test_shrunk_moves_small_samples_further():
    """With equal means apart from the pool's, the model with fewer rows moves further."""
    rng = np.random.default_rng(1)
    rows = [("few", 9.0, 2), ("many", 9.0, 200), ("low", 3.0, 200), ("mid", 6.0, 200)]
    model, quality = [], []
    for name, level, count in rows:
        spread = rng.normal(0, 1, count)
        model += [name] * count
        quality += list(np.clip(level + spread - spread.mean(), 0, 10))
    data = history(quality, [0.5] * len(model), model=model)
    shrunk = learn_profiles(data, aggregate="shrunk").frame["quality"]
    mean = learn_profiles(data, aggregate="mean").frame["quality"]
    assert mean["few"] - shrunk["few"] > 5 * (mean["many"] - shrunk["many"]) > 0
    assert shrunk["low"] > mean["low"]


def test_shrunk_gives_all_the_same_when_models_do_not_differ():
    """Without variance between models, every model gets the pool's mean."""
    data = history([4.0, 6.0, 6.0, 4.0], [0.5, 0.7, 0.7, 0.5], model=["a", "a", "b", "b"])
    frame = learn_profiles(data, aggregate="shrunk").frame
    assert frame["quality"].to_list() == [5.0, 5.0]


def test_shrunk_beats_the_mean_in_squared_error():
    """Over simulated pools whose true means vary, shrinking comes closer to the truth."""
    rng = np.random.default_rng(7)
    error = {"mean": 0.0, "shrunk": 0.0}
    for _ in range(30):
        truth = rng.normal(5, 0.7, 8)
        model = np.repeat([f"m{k}" for k in range(8)], 5)
        quality = np.clip(np.repeat(truth, 5) + rng.normal(0, 1.5, 40), 0, 10)
        data = history(list(quality), [0.5] * 40, model=list(model))
        for aggregate in error:
            estimate = learn_profiles(data, aggregate=aggregate).frame["quality"].to_numpy()
            error[aggregate] += float(((estimate - truth) ** 2).sum())
    assert error["shrunk"] < 0.9 * error["mean"]


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_every_aggregate_is_within_range(aggregate):
    """Profiles and penalties of a synthetic history lie where they must."""
    data = load_history(generate_history(models=7, trials=40, seed=3))
    profiles = learn_profiles(data, aggregate=aggregate)
    assert profiles.frame["quality"].between(0, 10).all()
    assert profiles.frame["accuracy"].between(0.1, 1).all()
    assert profiles.penalty.between(0, 1).all()
    assert profiles.frame["count"].sum() == len(data.frame)
    assert (profiles.frame[["quality_se", "accuracy_se"]] >= 0).all(axis=None)


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_a_single_row_has_no_standard_error(aggregate):
    """One row each: the profile is that row, and its error is unknown."""
    frame = learn_profiles(history([4.0, 6.0], [0.5, 0.7], ["a", "b"]), aggregate=aggregate).frame
    assert frame["quality"].to_list() == [4.0, 6.0]
    assert frame["quality_se"].isna().all()


def test_models_without_rows_on_the_task_have_no_profile():
    """The pool is that of all tasks; a model without rows has NaN and count 0."""
    tasks = ["add two numbers quickly", "write some poem"]
    data = history([4.0, 6.0], [0.5, 0.7], model=["a", "b"], task=tasks)
    profiles = learn_profiles(data, "poem")
    assert profiles.models == ("a", "b")
    assert math.isnan(profiles.frame.loc["a", "quality"])
    assert profiles.frame["count"].to_list() == [0, 1]


def test_historical_subsets():
    """Kept rows that share a trial for "best"; all who answered in a trial otherwise."""
    data = history(
        [5.0, 5.0, 5.0, 5.0],
        [0.9, 0.8, 0.3, 0.7],
        model=["a", "b", "a", "c"],
        trial=["t1", "t1", "t2", "t2"],
    )
    assert learn_profiles(data).subsets == (("a", "b"), ("c",))
    assert learn_profiles(data, aggregate="mean").subsets == (("a", "b"), ("a", "c"))


def test_profiles_survive_json():
    """What `to_dict` writes, `from_dict` reads."""
    profiles = learn_profiles(load_history(generate_history(models=4, trials=5, seed=1)))
    again = Profiles.from_dict(profiles.to_dict())
    pd.testing.assert_frame_equal(again.frame, profiles.frame)
    assert again.to_dict() == profiles.to_dict()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quality": [11.0, 5.0]}, "quality of 'a' is 11.0, not in"),
        ({"accuracy": [0.5, -0.1]}, "accuracy of 'b' is -0.1, not in"),
        ({"model": ["a", "a"]}, "'a' occurs more than once"),
        ({"model": ["a", " "]}, "' ' is not a model name"),
        ({"quality": [5.0, float("nan")]}, "'b' has only one of quality and accuracy"),
        ({"count": [1, -1]}, "a count is negative"),
    ],
)
def test_given_profiles_are_validated(change, message):
    """Numbers out of range and repeated names are refused."""
    frame = pd.DataFrame({"model": ["a", "b"], "quality": 5.0, "accuracy": 0.5}).assign(**change)
    with pytest.raises(InputError, match=message):
        Profiles.from_frame(frame)


def test_names_and_numbers_that_are_none():
    """A model without a name, and text where a number belongs, are refused."""
    frame = pd.DataFrame({"model": ["a", None], "quality": 5.0, "accuracy": 0.5})
    with pytest.raises(InputError, match="a model has no name"):
        Profiles.from_frame(frame)
    with pytest.raises(InputError, match="not made of numbers"):
        Profiles.from_frame(frame.assign(model=["a", "b"], accuracy=["x", "y"]))


def test_numbers_as_names():
    """Numbers that name models become text, in subsets too."""
    frame = pd.DataFrame({"model": [1, 2], "quality": 5.0, "accuracy": 0.5})
    assert Profiles.from_frame(frame, subsets=[[1, 2]]).subsets == (("1", "2"),)


def test_bad_options():
    """An unknown aggregate or a floor out of range is an error that names it."""
    data = history([5.0], [0.5])
    with pytest.raises(InputError, match="aggregate must be one of best, mean"):
        learn_profiles(data, aggregate="max")
    with pytest.raises(InputError, match="accuracy_floor must be a number in"):
        learn_profiles(data, accuracy_floor=1.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (learn_profiles, "learn_profiles needs a History, not a DataFrame; read one"),
        (lambda f: Profiles.from_frame("x"), "needs a DataFrame, not a str; with the columns"),
        (lambda f: Profiles(None), "frame must be a DataFrame, not None"),
        (lambda f: load_history(Profiles.from_frame(f)), "a path or a DataFrame, not a Profiles"),
        (lambda f: load_history(3), "load_history needs a path or a DataFrame, not an int"),
    ],
)
def test_wrong_kinds_of_input(call, message):
    """The error names what is needed, what came, and how to get the former."""
    frame = pd.DataFrame({"model": ["a"], "quality": 5.0, "accuracy": 0.5})
    with pytest.raises(InputError, match=message):
        call(frame)
