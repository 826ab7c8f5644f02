"""Ablations: every row is what `recommend` gives for that setting."""

import numpy as np
import pandas as pd
import pytest
from strategies import least_loss

from chemopt import (
    ChemistryProblem,
    HillClimbOptions,
    InputError,
    compute_chemistry,
    learn_profiles,
    load_history,
)
from chemopt.history.generate import generate_history
from chemopt.methods.recommend import recommend
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import read_problem
from chemopt.studies.ablation import COLUMNS, DEFAULT_STEPS, VALUES, ablate
from chemopt.studies.replicate.data import find_published
from chemopt.studies.replicate.published import DATASETS


@pytest.fixture(scope="module")
def learnt():
    """A problem with profiles, whose table can be computed with other weights."""
    history = load_history(generate_history(models=6, trials=40, seed=2))
    profiles = learn_profiles(history, aggregate="mean")
    table = compute_chemistry(profiles, empty_cost=None, tau=0.01)
    return ChemistryProblem(table, profiles=profiles, alpha=0.8, beta=0.1, name="learnt")


@pytest.fixture(scope="module")
def frame(learnt):
    return ablate([learnt])


def row(frame, setting, value):
    return frame[(frame["setting"] == setting) & (frame["value"] == value)].iloc[0]


def test_rows(frame):
    """One row for the defaults and one for each value, tidy."""
    assert tuple(frame.columns) == COLUMNS
    counts = frame["setting"].value_counts().to_dict()
    assert counts == {"default": 1, **{name: len(values) for name, values in VALUES.items()}}
    assert (frame["pool"] == "learnt").all()


def test_each_setting_is_really_changed(frame, learnt):
    """Losses, sizes and optima are those of the changed problem."""
    default = recommend(learnt, "hill-climb")
    assert frame.iloc[0]["loss"] == pytest.approx(default.loss)
    changed = {
        ("alpha", "0.3"): (learnt.with_options(alpha=0.3), DEFAULT_STEPS),
        ("beta", "2"): (learnt.with_options(beta=2.0), DEFAULT_STEPS),
        ("steps", "1"): (learnt, 1),
    }
    uniform = compute_chemistry(learnt.profiles, empty_cost=None, tau=0.01, weights="uniform")
    changed["weights", "uniform"] = learnt.with_options(table=uniform), DEFAULT_STEPS
    for (setting, value), (problem, steps) in changed.items():
        own = row(frame, setting, value)
        answer = recommend(problem, "hill-climb", options=HillClimbOptions(steps=steps))
        assert own["ensemble"] == answer.models
        assert own["size"] == len(answer.models)
        assert own["loss"] == pytest.approx(answer.loss)
        assert own["optimum"] == pytest.approx(least_loss(problem))
        either = set(answer.models) | set(default.models)
        common = set(answer.models) & set(default.models)
        assert own["jaccard"] == pytest.approx(len(common) / len(either))


def test_defaults_among_the_values(frame):
    """The row of a default value is the default row again."""
    columns = ["loss", "optimum", "gap", "size", "ensemble", "jaccard"]
    first = frame.iloc[0][columns]
    for setting, value in (("alpha", "0.8"), ("beta", "0.1"), ("steps", "10"), ("weights", "reciprocal")):  # fmt: skip
        pd.testing.assert_series_equal(
            row(frame, setting, value)[columns], first, check_names=False
        )


def test_gaps_are_of_the_proved_optimum(frame):
    """No loss is below its optimum, and more steps are never worse."""
    assert (frame["gap"].dropna() >= 0).all()
    fallback = row(frame, "weights", "uniform")  # no pair has chemistry any more
    assert fallback["stop_reason"] == "fallback"
    assert np.isnan(fallback["gap"])
    steps = frame[frame["setting"] == "steps"]
    assert (np.diff(steps["loss"]) <= 1e-9).all()
    assert steps["optimum"].nunique() == 1


def test_several_problems_and_no_profiles(learnt, caplog):
    """A pool without profiles has no rows on weights, and says so; progress reaches its end."""
    seen = []
    other = generate_problem(6, seed=1)
    frame = ablate([learnt, other], progress=lambda *p: seen.append(p))
    assert frame["pool"].nunique() == 2
    assert not ((frame["pool"] == other.name) & (frame["setting"] == "weights")).any()
    assert "no rows on weights" in caplog.text
    assert seen[-1] == (len(frame), len(frame))
    with pytest.raises(InputError, match="nothing to ablate"):
        ablate([])
    with pytest.raises(InputError, match="a list of problems, not a ChemistryProblem"):
        ablate(learnt)


def test_no_recommendation_is_a_row():
    """Where the hill climber has nothing to say, loss, gap and Jaccard index are missing."""
    problem = generate_problem(5, seed=1).with_options(subsets=())
    frame = ablate([problem])
    assert (frame["stop_reason"] == "no_start").all()
    assert frame[["loss", "gap", "jaccard"]].isna().all(axis=None)
    assert frame["optimum"].notna().all()


def test_the_published_files_are_found(histories):
    """Each published history is found under the name of its pool."""
    assert list(find_published(histories)) == [data.name for data in DATASETS]


def test_the_published_pools(instances):
    """The defaults on the published pools: the losses, the gap at α = 0.9, one step is too few."""
    names = [data.name for data in DATASETS]
    frame = ablate([read_problem(instances / f"{name}.json") for name in names])
    liar = frame[frame["pool"] == "liar"]
    assert row(liar, "default", "")["loss"] == pytest.approx(22.495543, abs=1e-6)
    assert row(liar, "alpha", "0.9")["gap"] == pytest.approx(0.0386, abs=1e-4)
    few = frame[(frame["setting"] == "steps") & (frame["value"] == "1")]
    assert (few["gap"] > 0.4).all()


def test_missing_files_are_named(tmp_path):
    """One line that says which files are missing and where they come from."""
    (tmp_path / "runs.csv").write_text("")
    with pytest.raises(
        InputError, match=r"runs2.csv, runs3.csv not there; .*SRI-CSL/llm-chemistry"
    ):
        find_published(tmp_path)
