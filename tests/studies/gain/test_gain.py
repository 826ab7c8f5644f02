"""What predicts the gain of an ensemble: values, features, the fit, and the command."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemopt import InputError, compute_chemistry, learn_profiles, load_outcomes
from chemopt.cli.main import main
from chemopt.outcomes.diversity import MEASURES, diversity, ensemble_diversity
from chemopt.outcomes.outcomes import CHEMISTRY_DEFAULTS, PROFILE_DEFAULTS
from chemopt.studies.gain.ensembles import best_members, draw_ensembles, ensemble_values
from chemopt.studies.gain.features import FEATURE_SETS, ensemble_features
from chemopt.studies.gain.predictors import gain_predictors
from chemopt.studies.gain.regression import left_out_r2

FAST = {"ensembles": 40, "splits": 1}


def families(seed, items=2000):
    """Return models of three families, all as accurate; within one, they are mostly right together."""
    rng = np.random.default_rng(seed)
    family = rng.integers(0, 2, (items, 3)).repeat(3, axis=1)
    right = np.where(rng.random((items, 9)) < 0.1, 1 - family, family)
    return load_outcomes(pd.DataFrame(right, columns=list("abcdefghi")))


def drawn(seed, items=30, models=6):
    """Return outcomes of models of different accuracy, with a common difficulty of items."""
    rng = np.random.default_rng(seed)
    ability, difficulty = rng.normal(size=models), rng.normal(size=(items, 1))
    right = ability - difficulty + rng.normal(size=(items, models)) > 0
    return load_outcomes(pd.DataFrame(right.astype(int), columns=list("abcdefgh")[:models]))


@given(st.integers(0, 999), st.integers(2, 8), st.integers(1, 40))
def test_ensembles_have_their_sizes(seed, models, count):
    """Sizes come in turn, whatever the members."""
    sizes = list(range(2, models + 1))
    members = draw_ensembles(models, sizes, count, seed)
    assert set(np.unique(members)) <= {0, 1}
    assert members.sum(axis=1).tolist() == list(itertools.islice(itertools.cycle(sizes), count))


def test_members_are_drawn_evenly():
    """Each pair of four models is about as frequent as any other."""
    members = draw_ensembles(4, [2], 6000, seed=1)
    _, counts = np.unique(members, axis=0, return_counts=True)
    assert len(counts) == 6
    assert np.abs(counts - 1000).max() < 120  # four standard deviations


def test_values_by_hand():
    """Coverage and majority of each ensemble, item by item; more items than one block has."""
    outcomes = drawn(1, items=2345, models=5)
    members = draw_ensembles(5, [2, 3, 4], 9, seed=0)
    coverage = ensemble_values(outcomes, members, "coverage")
    majority = ensemble_values(outcomes, members, "majority")
    for row, covered, voted in zip(members, coverage, majority, strict=True):
        chosen = [name for name, member in zip(outcomes.models, row, strict=True) if member]
        right = outcomes.to_frame()[chosen]
        assert covered == pytest.approx(outcomes.coverage(chosen))
        share = right.mean(axis=1)
        assert voted == pytest.approx((share > 0.5).mean() + (share == 0.5).mean() / 2)
        best = best_members(outcomes, row[None])[0]
        assert outcomes.models[best] == right.mean().idxmax()


def test_features_are_those_of_other_modules():
    """Diversity is that of `ensemble_diversity`, chemistry the mean over pairs of the table."""
    outcomes = drawn(2, items=60)
    members = draw_ensembles(6, [2, 3, 4], 12, seed=3)
    features = ensemble_features(outcomes, members, "coverage")
    pairs = diversity(outcomes)
    history = outcomes.to_history()
    tables = {
        "chemistry": compute_chemistry(
            learn_profiles(history, **PROFILE_DEFAULTS), **CHEMISTRY_DEFAULTS
        ),
        "published_chemistry": compute_chemistry(learn_profiles(history)),
    }
    for row, found in zip(members, features.to_dict("records"), strict=True):
        chosen = [name for name, member in zip(outcomes.models, row, strict=True) if member]
        means = ensemble_diversity(pairs, chosen)["mean"]
        for measure in MEASURES:
            assert found[measure] == pytest.approx(means[measure])
        for name, table in tables.items():
            entries = [table[pair] for pair in itertools.combinations(chosen, 2)]
            assert found[name] == pytest.approx(np.mean(entries))
        accuracy = outcomes.accuracy[chosen]
        assert found["size"] == len(chosen)
        assert found["best_accuracy"] == accuracy.max()
        assert found["mean_accuracy"] == pytest.approx(accuracy.mean())
        assert found["worst_accuracy"] == accuracy.min()
        assert found["gain"] == pytest.approx(outcomes.coverage(chosen) - accuracy.max())


def test_pairs_without_q_are_left_out():
    """A model that is always right has no Q; an ensemble with no pair left has 0."""
    outcomes = load_outcomes(
        pd.DataFrame({"a": [1, 1, 1, 1], "b": [1, 0, 1, 0], "c": [1, 0, 0, 1]})
    )
    features = ensemble_features(outcomes, np.array([[1.0, 1, 0], [1, 1, 1]]), "coverage")
    (bc,) = diversity(outcomes).query("model_a == 'b'")["q_statistic"]
    assert features["q_statistic"].tolist() == [0, bc]


def test_a_pair_gains_by_disagreement():
    """The coverage gain of a pair is (disagreement − difference in accuracy)/2, exactly."""
    outcomes = drawn(4, items=50)
    features = ensemble_features(outcomes, draw_ensembles(6, [2], 20, seed=0), "coverage")
    difference = features["best_accuracy"] - features["worst_accuracy"]
    expected = (features["disagreement"] - difference) / 2
    assert features["gain"].to_numpy() == pytest.approx(expected.to_numpy())


def test_the_fit_is_least_squares():
    """R² agrees with normal equations size by size; shift and scale of a feature do not matter."""
    rng = np.random.default_rng(0)

    def rows(n):
        frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["x", "z", "noise"])
        frame["size"] = np.resize([2, 3], n)
        return frame.assign(y=frame["size"] * frame["x"] - frame["z"] + 0.3 * frame["noise"])

    fitted, left_out = rows(80), rows(40)
    residual = []
    for size in (2, 3):
        own, new = (frame[frame["size"] == size] for frame in (fitted, left_out))
        X, X_new = (np.column_stack([np.ones(len(f)), f[["x", "z"]]]) for f in (own, new))
        slopes = np.linalg.solve(X.T @ X, X.T @ own["y"])
        residual += list(new["y"] - X_new @ slopes)
    expected = 1 - np.sum(np.square(residual)) / (len(left_out) * left_out["y"].var(ddof=0))
    assert left_out_r2(fitted, left_out, ["x", "z"], "y") == pytest.approx(expected)
    moved = [f.assign(x=1e3 + 50 * f["x"], constant=7.0) for f in (fitted, left_out)]
    assert left_out_r2(*moved, ["x", "z", "constant"], "y") == pytest.approx(expected)
    assert left_out_r2(fitted, left_out, [], "y") < expected


def test_planted_disagreement_is_found():
    """Where all are as accurate, disagreement predicts the gain, chemistry and accuracy do not."""
    result = gain_predictors([families(0), families(1), families(2)], sizes=[2, 3], **FAST)
    r2 = result.predictors.set_index("features")["r2"]
    assert r2["accuracy + disagreement"] > 0.9
    assert r2["measured gain"] > 0.9
    for useless in ("chemistry", "accuracy", "accuracy + chemistry"):
        assert r2[useless] < r2["size alone"] + 0.15


def test_frames():
    """Columns, rows and what the means are over."""
    result = gain_predictors([drawn(0), drawn(1), drawn(2)], objective="majority", **FAST)
    assert list(result.predictors.columns) == [
        "features", "objective", "r2", "median", "lowest", "highest", "sets",
    ]  # fmt: skip
    assert result.predictors["features"].tolist() == list(FEATURE_SETS)
    assert set(result.predictors["objective"]) == {"majority"}
    names = [f"DataFrame ({k})" for k in (1, 2, 3)]
    assert result.by_set["left_out"].unique().tolist() == names
    for row in result.predictors.to_dict("records"):
        r2 = result.by_set.loc[result.by_set["features"] == row["features"], "r2"]
        assert (row["sets"], row["lowest"], row["highest"]) == (3, r2.min(), r2.max())
        assert row["r2"] == pytest.approx(r2.mean())
        assert row["median"] == r2.median()
    assert len(result.ensembles) == 3 * FAST["splits"] * FAST["ensembles"]
    assert not result.ensembles.isna().any(axis=None)
    assert set(result.ensembles["size"]) == {2, 3, 4, 5}


@pytest.mark.slow
def test_it_is_repeatable():
    """The same seed gives the same, another seed another; the order of sets does not matter."""
    sets = [drawn(0), drawn(1), drawn(2, models=4)]
    first = gain_predictors(sets, **FAST)
    pd.testing.assert_frame_equal(first.by_set, gain_predictors(sets, **FAST).by_set)
    assert not first.by_set.equals(gain_predictors(sets, seed=1, **FAST).by_set)
    assert set(first.ensembles["size"]) == {2, 3, 4}
    backwards = gain_predictors(sets[::-1], **FAST)
    assert backwards.predictors["r2"].to_numpy() == pytest.approx(first.predictors["r2"].to_numpy())


def test_training_items():
    """Half of the items by default; with two, features are halves."""
    sets = [drawn(0), drawn(1)]
    half = gain_predictors(sets, training=15, **FAST)
    pd.testing.assert_frame_equal(half.ensembles, gain_predictors(sets, **FAST).ensembles)
    two = gain_predictors(sets, training=2, **FAST).ensembles
    assert set(two["best_accuracy"]) <= {0, 0.5, 1}
    held_out = two["held_out_gain"] * 28
    assert held_out.to_numpy() == pytest.approx(held_out.round().to_numpy())


def test_gains_that_are_all_equal_have_no_r2():
    """Two models that are always right gain nothing; such a set counts in no mean."""
    perfect = load_outcomes(pd.DataFrame({"a": [1] * 8, "b": [1] * 8}))
    result = gain_predictors([perfect, drawn(0), drawn(1)], **FAST)
    assert (result.predictors["sets"] == 2).all()
    assert result.by_set["r2"].isna().sum() == len(FEATURE_SETS)
    nothing = gain_predictors([perfect, perfect], **FAST).predictors
    assert nothing["r2"].isna().all()
    assert (nothing["sets"] == 0).all()


@pytest.mark.parametrize(
    ("sets", "options", "message"),
    [
        ([], {}, "at least two data sets"),
        ([drawn(0)], {}, "fits on all but one"),
        ([drawn(0), drawn(1).to_frame()], {}, "gain_predictors needs Outcomes, not a DataFrame"),
        (drawn(0), {}, "must be a list of Outcomes, not an Outcomes"),
        ([drawn(0), drawn(1, models=1)], {}, "only one model"),
        ([drawn(0), drawn(1, items=3)], {}, "3 items are too few"),
        ([drawn(0), drawn(1, models=4)], {"sizes": [2, 5]}, "at most 4, the number of models of DataFrame"),
        ([drawn(0), drawn(1)], {"sizes": [1]}, "sizes must be a whole number ≥ 2"),
        ([drawn(0), drawn(1)], {"sizes": []}, "not an empty one"),
        ([drawn(0), drawn(1)], {"sizes": 3}, "sizes must be a list"),
        ([drawn(0), drawn(1)], {"ensembles": 39}, "ensembles must be a whole number ≥ 40"),
        ([drawn(0), drawn(1)], {"splits": 0}, "splits must be"),
        ([drawn(0), drawn(1, items=20)], {"training": 19}, "training must be a whole number from 2 to 18"),
        ([drawn(0), drawn(1)], {"seed": -1}, "seed must be"),
        ([drawn(0), drawn(1)], {"objective": "luck"}, "objective must be one of coverage, majority"),
    ],
)  # fmt: skip
def test_errors(sets, options, message):
    """Each error is named."""
    with pytest.raises(InputError, match=message):
        gain_predictors(sets, **options)


def test_gaps_and_marks_are_refused():
    """The study is on right and wrong of every model."""
    gaps = load_outcomes(pd.DataFrame({"a": [1, None, 1, 0], "b": [1, 0, 0, 1]}), missing="keep")
    with pytest.raises(InputError, match="an outcome of every model on every item"):
        gain_predictors([drawn(0), gaps])
    marks = load_outcomes(pd.DataFrame({"a": [1, 0.5, 1, 0], "b": [1, 0, 0, 1]}))
    with pytest.raises(InputError, match="not marks"):
        gain_predictors([drawn(0), marks])


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Outcomes of one task, and of two in one file; the folder is the working directory."""
    monkeypatch.chdir(tmp_path)
    drawn(0).to_frame().to_csv("one.csv", index=False)
    tasks = [drawn(k).to_frame().reset_index().assign(task=f"t{k}") for k in (1, 2)]
    pd.concat(tasks).to_csv("two.csv", index=False)
    return tmp_path


WORDS = ["explain-gain", "one.csv", "two.csv:t1", "two.csv:t2", "--ensembles", "40", "--splits", "1"]  # fmt: skip


@pytest.mark.slow
def test_command(files, capsys):
    """JSON and CSV are the frames of Python; the table has both."""
    expected = gain_predictors([drawn(0), drawn(1), drawn(2)], **FAST)
    assert main([*WORDS, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data.keys() == {"predictors", "by_set"}
    assert data["predictors"][0].keys() == set(expected.predictors.columns)
    assert [row["r2"] for row in data["by_set"]] == pytest.approx(expected.by_set["r2"].tolist())
    assert [row["left_out"] for row in data["by_set"][:3]] == ["one.csv", "two.csv:t1", "two.csv:t2"]  # fmt: skip
    assert main([*WORDS, "--format", "csv", "--plot", "gain.svg"]) == 0
    assert (files / "gain.svg").read_bytes().startswith(b"<?xml")
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "features,objective,r2,median,lowest,highest,sets"
    assert len(out) == 1 + len(FEATURE_SETS)
    assert (
        main(
            [*WORDS, "--objective", "majority", "--sizes", "2,3", "--seed", "1", "--training", "9"]
        )
        == 0
    )
    out = capsys.readouterr().out
    assert "two.csv:t2" in out
    assert "majority" in out


def test_command_tells_what_reading_left_out(files, capsys):
    """A file with gaps is noted by its name; the options for reading apply to each."""
    frame = drawn(3).to_frame()
    frame.iloc[:2, 0] = np.nan
    frame.to_csv("gaps.csv", index=False)
    words = ["explain-gain", "one.csv", "gaps.csv", "--ensembles", "40", "--splits", "1"]
    assert main(words) == 0
    assert "gaps.csv: 2 of 30 items were left out" in capsys.readouterr().err
    assert main([*words, "--missing", "wrong"]) == 0
    assert "count as wrong" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["one.csv"], "at least two data sets"),
        (["one.csv", "two.csv:t3"], "there is no task 't3'; there are t1, t2"),
        (["one.csv", "none.csv:t1"], "none.csv: no such file"),
        (["one.csv", "two.csv", "--sizes", "2,x"], "'x' is not a whole number"),
        (["one.csv", "two.csv", "--sizes", "9"], "sizes must be at most 6, the number of models of one.csv"),
    ],
)  # fmt: skip
def test_bad_usage(files, capsys, words, message):
    """Exit code 2, one line on stderr."""
    assert main(["explain-gain", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
