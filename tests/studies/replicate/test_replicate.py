"""The published experiments: golden figures, corrections, intervals, verdicts, errors."""

import dataclasses
import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from chemopt import ChemistryTable, InputError, load_history
from chemopt.cli.commands import replicate as command
from chemopt.cli.main import main
from chemopt.errors import HistoryError
from chemopt.studies.replicate import replicate
from chemopt.studies.replicate.bootstrap import draw_weights, interval, weighted_correlation
from chemopt.studies.replicate.data import content_digest
from chemopt.studies.replicate.experiments import rq1, rq2, rq3
from chemopt.studies.replicate.experiments.configurations import configurations, without_repeats
from chemopt.studies.replicate.experiments.learned import Learned
from chemopt.studies.replicate.experiments.measures import (
    average_chemistry,
    complementarities,
    correlation,
    effectiveness,
    table_of_ones,
)
from chemopt.studies.replicate.published import (
    BASELINES,
    CHEMISTRY,
    DATASETS,
    SIZES,
    SOURCE,
    published_value,
)
from chemopt.studies.replicate.settings import CORRECTIONS, REFERENCE, Setting, settings_of
from chemopt.studies.replicate.verdicts import RULES, SAME, VERDICTS, claim_of, verdict

NONE = math.nan
# Experiment, figure → data → the published figures for the sizes 3, 5, 10.
GOLDEN = {
    ("rq1", "chemistry", 3): {
        "liar": (0.547, 0.680, 0.679), "quixbugs": (1, 1, 1), "clinical": (0.700, 1, 0.999)},
    ("rq1", "best baseline", 3): {
        "liar": (0.542, 0.592, 0.662), "quixbugs": (1, 1, 1), "clinical": (1, 0.998, 1)},
    ("rq1", "gain %", 2): {
        "liar": (0.97, 14.84, 2.68), "quixbugs": (0, 0, 0), "clinical": (-30, 0.25, -0.09)},
    ("rq2", "configurations", 0): {
        "liar": (368, 358, 400), "quixbugs": (458, 291, 335), "clinical": (394, 357, 409)},
    ("rq2", "r complementarity", 3): {
        "liar": (0.089, 0.118, 0.319), "quixbugs": (-0.100, -0.154, -0.086),
        "clinical": (-0.226, NONE, 0.148)},
    ("rq3", "configurations", 0): {
        "liar": (368, 358, 400), "quixbugs": (451, 291, 335), "clinical": (383, 357, 409)},
    ("rq3", "r complementarity", 3): {
        "liar": (0.089, 0.118, 0.319), "quixbugs": (-0.043, -0.154, -0.086),
        "clinical": (0, 0, 0.148)},
    ("rq3", "r effectiveness", 3): {
        "liar": (0.014, -0.068, -0.024), "quixbugs": (0.189, 0.144, 0.229),
        "clinical": (0, 0, 0.027)},
}  # fmt: skip


@pytest.fixture(scope="module")
def data(shared):
    return shared / "data" / "llm-chemistry"


@pytest.fixture(scope="module")
def reference(data):
    return replicate(data, resamples=200)


@pytest.fixture(scope="module")
def liar(data):
    return load_history(data / "runs.csv", drop_strategies=())


def rows_of(*rows):
    """Return a history of rows (trial, model, id, strategy, quality, accuracy)."""
    columns = ["trial", "model", "id", "strategy", "quality", "accuracy"]
    return load_history(pd.DataFrame(rows, columns=columns).assign(task="sum"), drop_strategies=())


# --- golden figures


@pytest.mark.parametrize(("experiment", "figure", "digits"), GOLDEN)
def test_golden_figures(reference, experiment, figure, digits):
    """Every published figure comes out to the digits given, undefined ones included."""
    own = reference.figures
    own = own[(own["experiment"] == experiment) & (own["figure"] == figure)]
    for dataset, expected in GOLDEN[experiment, figure, digits].items():
        mine = own[own["dataset"] == dataset].sort_values("size")
        # RQ3 publishes correlations with a constant as 0
        constant = mine["reason"].fillna("").str.endswith("is constant") & (experiment == "rq3")
        values = mine["value"].mask(constant, 0.0).to_list()
        assert values == pytest.approx(expected, abs=0.5 * 10**-digits, nan_ok=True)


def test_published_figures_are_those(reference):
    """The figures that the package compares with are the golden ones, and none deviates."""
    assert len(reference.compared) == 72
    assert reference.deviating.empty
    for (experiment, figure, _), tables in GOLDEN.items():
        for dataset, expected in tables.items():
            found = [published_value(experiment, figure, dataset, size) for size in SIZES]
            assert found == pytest.approx(expected, nan_ok=True)


def test_every_claim_is_judged(reference):
    """Gains and correlations have a verdict, and an interval around them unless undefined."""
    claims = reference.figures[reference.figures["figure"].isin(list(RULES))]
    assert set(claims["verdict"]) <= set(VERDICTS)
    known = claims[claims["low"].notna()]
    assert ((known["low"] <= known["value"]) & (known["value"] <= known["high"])).mean() > 0.95
    missing = claims[claims["low"].isna()]
    assert set(missing["reason"]) == {"chemistry is constant"}
    assert set(missing["verdict"]) == {"inconclusive"}
    assert reference.verdicts[list(VERDICTS)].sum().sum() == len(claims) == 36


def test_text(reference):
    """The report names the source, has all tables, and says how many figures agree."""
    text = str(reference)
    assert SOURCE in text
    for title in ("RQ1", "RQ2", "RQ3", "72 of 72 published figures", "over trials, 200 draws"):
        assert title in text
    assert reference.survival.empty


# --- order of rows


@pytest.mark.slow
def test_order_of_rows(data, reference, tmp_path):
    """Rows of different models may be in any order: nothing changes, to the bit."""
    rng = np.random.default_rng(1)
    for dataset in DATASETS:
        frame = pd.read_csv(data / dataset.file, dtype=str, keep_default_na=False)
        places = rng.permutation(len(frame))
        # within a model the order of the file, since its last row on an item decides in RQ1, and
        # the first of equally accurate rows is its profile
        for own in frame.groupby("model").indices.values():
            places[own] = np.sort(places[own])
        frame.iloc[np.argsort(places)].to_csv(tmp_path / dataset.file, index=False)
    found = replicate(tmp_path, resamples=200)
    pd.testing.assert_frame_equal(found.figures, reference.figures, check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting", [s for s in CORRECTIONS if s.aggregate != "reference"], ids=lambda s: s.name
)
def test_any_order_of_rows(liar, setting):
    """With means for luckiest and last rows, no order of rows matters at all."""
    shuffled = dataclasses.replace(liar, frame=liar.frame.sample(frac=1, random_state=2))
    values = []
    for history in (liar, shuffled):
        learned, every = Learned(history), configurations(history.frame, (CHEMISTRY, *BASELINES))
        for experiment in (rq1, rq2, rq3):
            found = [c for c in every if c.size == 5 and len(c) > 1]
            if experiment is not rq1:
                found = without_repeats(c for c in found if c.strategy in BASELINES)
            weights = np.ones((1, len(found)))
            values.append([e.value for e in experiment.compute(learned, found, setting, weights)])
    assert np.concatenate(values[:3]) == pytest.approx(np.concatenate(values[3:]), rel=1e-9)


# --- configurations and what is measured on them


def test_configurations():
    """Distinct rows make a set, rows before that the size; trials without a space are left out."""
    history = rows_of(
        ("T 1", "b", "x", "RANDOM", 5, 0.5),
        ("T 1", "a", "x", "RANDOM", 5, 0.5),
        ("T 1", "a", "y", "RANDOM", 5, 0.5),
        ("T 1", "a", "x", "RANDOM", 6, 0.5),
        ("T 1", "a", "x", "LOCAL", 6, 0.5),
        ("T2", "a", "x", "LOCAL", 6, 0.5),
        ("T 3", "c", "x", "CHEMISTRY", 6, 0.5),
    )
    found = configurations(history.frame, BASELINES)
    assert [(c.strategy, c.trial, c.models, c.rows, c.size) for c in found] == [
        ("LOCAL", "T 1", ("a",), 1, 3),
        ("RANDOM", "T 1", ("a", "a", "b"), 4, 5),
    ]
    assert found[1].quality.tolist() == [5, 6, 5]


@pytest.mark.parametrize(("rows", "size"), [(1, 3), (3, 3), (4, 5), (5, 5), (6, 10), (20, 10)])
def test_sizes(rows, size):
    """Up to 3 rows, 4 to 5, and more than 5."""
    history = rows_of(*[("T 1", f"m{k}", "x", "RANDOM", 5, 0.5) for k in range(rows)])
    assert configurations(history.frame, BASELINES)[0].size == size


def test_identical_sets_count_once():
    """The same rows of a trial under two strategies are one set; of two trials they are two."""
    history = rows_of(
        ("T 1", "a", "x", "LOCAL", 6, 0.5),
        ("T 1", "a", "x", "REMOTE", 6, 0.5),
        ("T 2", "a", "x", "REMOTE", 6, 0.5),
    )
    found = without_repeats(configurations(history.frame, BASELINES))
    assert [(c.strategy, c.trial) for c in found] == [("LOCAL", "T 1"), ("REMOTE", "T 2")]


def test_effectiveness_by_hand():
    """The last row decides, a model with two rows votes twice, unanswered items are skipped."""
    history = rows_of(
        ("T 1", "a", "x", "RANDOM", 5, 0.2),
        ("T 1", "a", "y", "RANDOM", 6, 0.3),
        ("T 1", "b", "x", "RANDOM", 5, 0.2),
        ("T 2", "a", "x", "CHEMISTRY", 5, 0.9),
        ("T 2", "b", "z", "CHEMISTRY", 5, 0.6),
        ("T 2", "c", "w", "CHEMISTRY", 5, 0.0),
    )
    known = Learned(history).item_accuracies(REFERENCE, ())
    assert known.loc["a", "x"] == 0.9
    assert np.isnan(known.loc["c", "x"])
    found = configurations(history.frame, (CHEMISTRY, "RANDOM"))
    shares = dict(zip([c.strategy for c in found], rq1.success_shares(found, known), strict=True))
    # {a, a, b}: x (0.9 + 0.9 + 0.2)/3 > ½, y 0.3, z 0.6, w not answered
    assert shares["RANDOM"] == pytest.approx(2 / 3)
    # {a, b, c}: x 0.55, y 0.3, z 0.6, w 0
    assert shares["CHEMISTRY"] == pytest.approx(2 / 4)
    by_name = {setting.name: setting for setting in CORRECTIONS}
    means = Learned(history).item_accuracies(by_name["mean"], ())
    assert means.loc["a", "x"] == pytest.approx(0.55)
    trials = Learned(history).item_accuracies(by_name["items by trial"], ())
    assert trials.loc["a"].to_dict() == {"1": 0.3, "2": 0.9}


def test_measures_by_hand():
    """Pairs of one model count 0; one row has chemistry 0 and complementarity 1."""
    history = rows_of(
        ("T 1", "a", "x", "RANDOM", 5, 0.8),
        ("T 1", "a", "x", "RANDOM", 6, 0.5),
        ("T 1", "b", "x", "RANDOM", 5, 0.7),
        ("T 2", "b", "x", "RANDOM", 5, 0.9),
    )
    found = configurations(history.frame, BASELINES)
    table = ChemistryTable(("a", "b"), [[0, 0.6], [0.6, 0]])
    # the pairs (a, a), (a, b), (a, b) count 0, 0.6, 0.6
    assert average_chemistry(found, table) == pytest.approx([2 * 0.6 / 3, 0])
    assert average_chemistry(found, ChemistryTable(("b", "c"), [[0, 1], [1, 0]])).tolist() == [0, 0]
    assert complementarities(found, REFERENCE)[1] == 1
    assert effectiveness(found) == pytest.approx([1 / 3, 1])


def test_best_baseline_is_chosen_by_mean():
    """The gain is over the baseline with the largest mean, also when another has the best set."""
    history = rows_of(
        ("T 1", "good", "x", "CHEMISTRY", 5, 0.9), ("T 1", "bad", "x", "CHEMISTRY", 5, 0.0),
        ("T 2", "good", "x", "RANDOM", 5, 0.9), ("T 2", "good", "x", "RANDOM", 6, 0.9),
        ("T 3", "bad", "x", "RANDOM", 5, 0.0), ("T 3", "bad", "x", "RANDOM", 6, 0.0),
        ("T 4", "good", "x", "LOCAL", 5, 0.9), ("T 4", "good", "x", "LOCAL", 6, 0.9),
    )  # fmt: skip
    found = configurations(history.frame, (CHEMISTRY, *BASELINES))
    estimates = rq1.compute(Learned(history), found, REFERENCE, np.ones((5, len(found))))
    assert [e.value for e in estimates] == [0, 1, -1, -100]
    assert [e.low for e in estimates] == [0, 1, -1, -100]


# --- corrections


def test_one_thing_at_a_time():
    """Every setting but those with all corrections differs in exactly one field, or in two."""
    fields = [f.name for f in dataclasses.fields(REFERENCE) if f.name != "name"]
    differing = [
        sum(getattr(setting, name) != getattr(REFERENCE, name) for name in fields)
        for setting in CORRECTIONS
    ]
    assert differing == [1, 1, 1, 1, 1, 1, 1, 1, 2, 7, 7]
    assert settings_of("rq2", "reference") == (REFERENCE,)
    single = ("no single rows", "distinct members, no single rows")
    for experiment, without in (
        ("rq1", {"quality on its scale", "no empty set", "distinct members", *single}),
        ("rq2", {"items by trial"}),
        ("rq3", {"items by trial", *single}),
    ):
        names = {setting.name for setting in settings_of(experiment, "corrected")}
        assert names == {setting.name for setting in (REFERENCE, *CORRECTIONS)} - without


def made_up(single_rows, repeats):
    """Return configurations over six models, some of one row, some with a model twice."""
    rng = np.random.default_rng(3)
    rows, models = [], [f"m{k}" for k in range(6)]
    for trial in range(60):
        if trial < single_rows:
            members = rng.choice(models, 1).tolist()
        else:
            members = rng.choice(models, 3, replace=False).tolist()
            members += members[:1] if trial < single_rows + repeats else []
        # who answers twice is better the second time, as in the published histories
        for place, model in enumerate(members):
            accuracy = 0.5 + 0.1 * place + 0.01 * rng.integers(5)
            rows.append((f"T_{trial} 0", model, 0, "RANDOM", 5.0 + rng.integers(3), accuracy))
    return configurations(rows_of(*rows).frame, ["RANDOM"])


@pytest.mark.parametrize(("single_rows", "repeats"), [(6, 0), (0, 20), (6, 20)])
def test_a_table_of_ones_explains_what_single_rows_and_repeats_make(single_rows, repeats):
    """Of a constant table no correlation is left when these are left out, and no sign before."""
    ensembles = made_up(single_rows, repeats)
    ones = table_of_ones(sorted({m for c in ensembles for m in c.models}))
    y = complementarities(ensembles, REFERENCE)
    x = average_chemistry(ensembles, ones)
    trials = [c.trial for c in ensembles]
    weights = draw_weights(trials, "trial", 200, np.random.default_rng(0))
    found = correlation("r complementarity", x, y, weights, ones=x)
    assert found.value == found.ones
    assert found.reason == SAME
    claim = "positive" if found.value > 0 else "negative"
    assert (
        verdict(
            "r complementarity", claim, found.low, found.high, found.excess_low, found.excess_high
        )
        == "inconclusive"
    )
    kept = [k for k, c in enumerate(ensembles) if c.distinct and len(c) > 1]
    left = correlation("r complementarity", x[kept], y[kept], weights[:, kept], ones=x[kept])
    assert left.constant
    assert np.isnan(left.value)


def test_held_out_rows_are_not_learned_from(liar):
    """Changing the rows of evaluated trials changes nothing that is learned held out."""
    found = [c for c in configurations(liar.frame, BASELINES) if c.size == 3]
    evaluated = {c.trial for c in found}
    inside = liar.frame["trial"].isin(evaluated)
    changed = liar.frame.assign(
        accuracy=liar.frame["accuracy"].where(~inside, 1.0),
        quality=liar.frame["quality"].where(~inside, 9.0),
    )
    held_out = next(s for s in CORRECTIONS if s.name == "held out")
    for setting, same in ((held_out, True), (REFERENCE, False)):
        tables = [
            Learned(dataclasses.replace(liar, frame=frame)).table(setting, evaluated)
            for frame in (liar.frame, changed)
        ]
        assert (tables[0] == tables[1]) == same
        items = [
            Learned(dataclasses.replace(liar, frame=frame)).item_accuracies(setting, evaluated)
            for frame in (liar.frame, changed)
        ]
        assert items[0].equals(items[1]) == same


def test_a_trial_is_about_one_statement(liar):
    """Why items are identified by trial: in the Liar history ids do not determine statements."""
    rows = liar.frame
    text = rows["result"].str.extract(r"(?i)'(.*)' is")[0].str.lower()
    statement = text.str.replace(r"[^a-z]", "", regex=True).str[:60]
    known = statement.notna()
    number = rows["trial"].str.split(" ").str[-1]
    assert known.mean() > 0.93
    assert statement.nunique() == 10
    assert (statement[known].groupby(number[known]).nunique() == 1).all()
    most = (
        statement[known]
        .groupby(rows.loc[known, "id"])
        .agg(lambda s: s.value_counts().iloc[0] / len(s))
    )
    assert most.max() < 0.15
    assert (rows.groupby("trial")["id"].nunique() == 1).sum() == 2


@pytest.mark.slow
def test_corrected(data):
    """The corrected convention keeps the reference, adds the corrections, and says what survives."""
    calls = []
    found = replicate(
        data, "rq2", "corrected", resamples=100, unit="batch",
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    names = [setting.name for setting in settings_of("rq2", "corrected")]
    assert list(dict.fromkeys(found.figures["setting"])) == names
    assert calls == [(k, 99) for k in range(1, 100)]
    assert found.deviating.empty
    assert len(found.survival) == 8  # of nine claims one is undefined
    assert set(found.survival["survives"]) <= {"yes", "no", "inconclusive"}
    text = str(found)
    assert "batches of trials" in text
    assert "Which claims survive" in text
    own = found.figures[found.figures["figure"] == "r complementarity"]
    # Quality on its scale changes the sign for QuixBugs.
    own = own[(own["dataset"] == "quixbugs") & (own["size"] == 10)].set_index("setting")
    assert own.loc["reference", "value"] == pytest.approx(-0.086, abs=5e-4)
    assert own.loc["quality on its scale", "value"] == pytest.approx(0.237, abs=5e-4)


# --- the bootstrap


@given(st.lists(st.integers(0, 5), min_size=2, max_size=20), st.integers(0, 99))
def test_weights(numbers, seed):
    """Units are drawn whole, as many as there are, and the same for a seed."""
    trials = [f"T_{k % 3} {k}" for k in numbers]
    for unit, names in (("trial", trials), ("batch", [t.split()[0] for t in trials])):
        weights = draw_weights(trials, unit, 50, np.random.default_rng(seed))
        again = draw_weights(trials, unit, 50, np.random.default_rng(seed))
        assert (weights == again).all()
        first = {name: k for k, name in reversed(list(enumerate(names)))}
        assert (weights == weights[:, [first[name] for name in names]]).all()
        assert (weights[:, list(first.values())].sum(axis=1) == len(first)).all()


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, 3)), min_size=3, max_size=12
    )
)
def test_weighted_correlation(rows):
    """A weight is a repetition; a constant side has no correlation."""
    x, y, w = map(np.array, zip(*rows, strict=True))
    (r,) = weighted_correlation(x, y, np.array([[*w]], dtype=float) + 1)
    a, b = np.repeat(x, w + 1), np.repeat(y, w + 1)
    if min(np.ptp(x), np.ptp(y)) > 1e-3:
        assert r == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-9)
    (none,) = weighted_correlation(x, np.full(len(x), 0.3), np.ones((1, len(x))))
    assert np.isnan(none)


def test_coverage():
    """Intervals of a mean cover the truth about as often as they say."""
    rng = np.random.default_rng(5)
    trials = [f"T {k}" for k in range(60)]
    hits = 0
    for _ in range(400):
        x = rng.normal(size=60)
        weights = draw_weights(trials, "trial", 400, rng)
        low, high = interval(lambda w, x=x: (w @ x / w.sum(axis=1))[:, None], weights)
        hits += low[0] <= 0 <= high[0]
    assert 0.91 <= hits / 400 <= 0.98


def test_undefined_draws():
    """A few undefined draws are left out; more than one in twenty leave no interval."""
    values = np.ones(100)
    values[:5] = np.nan
    low, high = interval(lambda w: values[:, None], np.ones((100, 1)))
    assert (low[0], high[0]) == (1, 1)
    values[5] = np.nan
    low, _ = interval(lambda w: values[:, None], np.ones((100, 1)))
    assert np.isnan(low[0])


# --- verdicts


@pytest.mark.parametrize(
    ("figure", "published", "low", "high", "expected"),
    [
        ("gain", 0.97, 0.001, 0.01, "holds"),
        ("gain", 0.97, -0.01, 0.0, "does not hold"),
        ("gain", 0.97, 0.0, 0.01, "inconclusive"),
        ("gain", -30, -0.3, -0.3, "holds"),
        ("gain", -30, 0.0, 0.0, "does not hold"),
        ("gain", 0.0, 0.0, 0.0, "holds"),
        ("gain", 0.0, 0.011, 0.02, "does not hold"),
        ("gain", 0.0, -0.02, 0.02, "inconclusive"),
        ("r effectiveness", 0.2, 0.01, 0.09, "holds"),
        ("r effectiveness", 0.2, -0.01, 0.1, "does not hold"),
        ("r effectiveness", 0.2, -0.01, 0.11, "inconclusive"),
        ("r effectiveness", -0.1, -0.3, -0.01, "holds"),
        ("r effectiveness", -0.1, -0.05, 0.3, "does not hold"),
        ("r effectiveness", 0.09, -0.1, 0.1, "holds"),
        ("r effectiveness", 0.09, 0.11, 0.3, "does not hold"),
        ("r effectiveness", 0.09, 0.05, 0.3, "inconclusive"),
        ("r effectiveness", 0.2, math.nan, math.nan, "inconclusive"),
        ("r effectiveness", math.nan, 0.1, 0.2, "inconclusive"),
    ],
)  # fmt: skip
def test_verdicts(figure, published, low, high, expected):
    """The rule, case by case."""
    assert verdict(figure, claim_of(figure, published), low, high) == expected


@pytest.mark.parametrize("excess", [(-0.3, -0.1), (0.1, 0.3)])
def test_a_table_of_ones_hides_no_sign(excess):
    """A sign neither holds nor fails by r alone where the excess over ones says the contrary."""
    figure = "r complementarity"
    for claim, s in (("positive", 1), ("negative", -1)):
        same = s * excess[0] > 0
        for value, expected in (((0.15, 0.3), same), ((-0.2, 0.05), not same)):
            low, high = sorted(s * v for v in value)
            found = verdict(figure, claim, low, high, *excess)
            decided = "holds" if value[0] > 0 else "does not hold"
            assert found == (decided if expected else "inconclusive")


# --- errors and the command


def small_files(folder, **changed):
    """Write three files that look like the published ones, but are small."""
    frame = pd.DataFrame(
        {"trial": ["T 1"], "model": "a", "task": "sum", "latency": 1.0, "temperature": 0.5,
         "id": "x", "result": "r", "quality": 5.0, "generation_accuracy": 1.0, "variance": 0.1,
         "review_accuracy": 0.5, "accuracy": 0.5, "elapsed": "1s", "strategy": "RANDOM",
         "created": "now"}
    )  # fmt: skip
    for dataset in DATASETS:
        frame.assign(**changed).to_csv(folder / dataset.file, index=False)
    return frame


def test_missing_and_altered_files(tmp_path, capsys):
    """One line says which file is wrong, how, and where the right one is; nothing is written."""
    output = tmp_path / "out.csv"
    words = ["replicate", "--data", str(tmp_path), "-o", str(output)]

    def complaint():
        assert main(words) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert not output.exists()
        return error

    assert "runs.csv, runs2.csv, runs3.csv not there" in complaint()
    frame = small_files(tmp_path)
    assert "it has 1 rows, not 8170" in complaint()
    assert SOURCE in complaint()
    frame.drop(columns="id").to_csv(tmp_path / "runs.csv", index=False)
    assert "the column 'id' is missing" in complaint()
    frame.assign(quality=11).to_csv(tmp_path / "runs.csv", index=False)
    assert "column quality" in complaint()


@pytest.mark.slow
def test_altered_value(data, tmp_path):
    """A single changed value is noticed."""
    for dataset in DATASETS:
        (tmp_path / dataset.file).write_bytes((data / dataset.file).read_bytes())
    frame = pd.read_csv(tmp_path / "runs3.csv", dtype=str, keep_default_na=False)
    frame.loc[4000, "accuracy"] = "0.5"
    frame.to_csv(tmp_path / "runs3.csv", index=False)
    with pytest.raises(HistoryError, match=r"runs3\.csv.*some of its values differ"):
        replicate(tmp_path)


def test_digest():
    """It sees content, and neither order nor unused columns."""
    rows = [("T 1", f"m{k}", "x", "RANDOM", 5.0, 0.1 * k) for k in range(5)]
    digest = content_digest(rows_of(*rows).frame)
    assert content_digest(rows_of(*rows[::-1]).frame.assign(latency=3)) == digest
    assert content_digest(rows_of(*rows[:-1], rows[0]).frame) != digest


@pytest.mark.parametrize(
    "options",
    [
        {"experiment": "rq4"},
        {"convention": "wrong"},
        {"unit": "item"},
        {"resamples": 5},
        {"seed": -1},
    ],
)
def test_bad_options(tmp_path, options):
    """Options out of their range are refused before files are read."""
    with pytest.raises(InputError, match=next(iter(options))):
        replicate(tmp_path, **options)


@pytest.mark.slow
def test_command(data, reference, capsys, tmp_path):
    """The command gives the same figures in each format, and options as in Python."""
    words = ["replicate", "--data", str(data), "--experiment", "rq2", "--resamples", "200"]
    assert main([*words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    expected = reference.figures.query("experiment == 'rq2'")
    values = [math.nan if row["value"] is None else row["value"] for row in found["figures"]]
    assert values == pytest.approx(expected["value"].to_list(), nan_ok=True)
    lows = [math.nan if row["low"] is None else row["low"] for row in found["figures"]]
    assert lows == pytest.approx(expected["low"].to_list(), nan_ok=True)
    assert found["source"] == SOURCE
    path = tmp_path / "figures.csv"
    plot = tmp_path / "figures.svg"
    assert main([*words, "--format", "csv", "-o", str(path), "--plot", str(plot)]) == 0
    assert plot.read_bytes().startswith(b"<?xml")
    assert pd.read_csv(path)["value"].to_list() == pytest.approx(
        expected["value"].to_list(), nan_ok=True
    )


def test_interrupted(monkeypatch, capsys, tmp_path):
    """Ctrl-C leaves no file and ends with 130."""

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "replicate", stopped)
    output = tmp_path / "out.txt"
    assert main(["replicate", "--data", str(tmp_path), "-o", str(output)]) == 130
    assert not output.exists()
    assert "nothing was written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [("liar", 10, 0.354), ("quixbugs", 5, -0.021), ("clinical", 3, 0.030), ("clinical", 10, 0.045)],
)
def test_distinct_members_by_means(data, name, size, expected):
    """Figures that were computed apart: means, q/10 and no empty set, learned from all trials."""
    file = next(dataset.file for dataset in DATASETS if dataset.name == name)
    history = load_history(data / file, drop_strategies=())
    every = without_repeats(configurations(history.frame, BASELINES))
    found = [c for c in every if c.size == size]
    setting = Setting("", "corrected", None, "mean", distinct=True, several=True)
    (_, r) = rq2.compute(Learned(history), found, setting, np.ones((1, len(found))))
    assert r.value == pytest.approx(expected, abs=5e-4)
    assert np.isnan(r.ones)


@pytest.mark.slow
def test_documentation(data):
    """The table of claims that survive, and its counts, are in docs/replication.md as printed."""
    page = (ROOT / "docs" / "replication.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"--convention corrected\n(experiment .*?)\n```", page, flags=re.S)
    found = replicate(data, convention="corrected")
    assert table in str(found)
    counts = found.survival["survives"].value_counts()
    assert (
        f"Of the {len(found.survival)} claims, {counts['yes']} survive, {counts['no']} do not, and "
        f"{counts['inconclusive']} are inconclusive"
    ) in " ".join(page.split())
    own = found.figures.set_index(["experiment", "dataset", "size", "setting", "figure"])
    r, effective = "r complementarity", "r effectiveness"
    for place, text in {
        ("rq1", "liar", 5, "reference", "gain"): "0.088 [0.061, 0.100]",
        ("rq1", "liar", 5, "items by trial", "gain"): "0.000 [−0.003, 0.002]",
        ("rq1", "liar", 3, "reference", "gain"): "0.005 [−0.018, 0.024]",
        ("rq1", "liar", 3, "all, mean", "gain"): "0.054 [0.033, 0.074]",
        ("rq2", "liar", 10, "distinct members", r): "0.450 [0.299, 0.709]",
        ("rq2", "liar", 10, "all, mean", r): "−0.369 [−0.516, −0.187]",
        ("rq2", "quixbugs", 5, "distinct members", r): "−0.195 [−0.301, −0.087]",
        ("rq3", "quixbugs", 10, "distinct members", effective): "−0.052 [−0.192, 0.079]",
        ("rq3", "quixbugs", 10, "all, mean", effective): "−0.139 [−0.236, −0.037]",
    }.items():
        figures = own.loc[place, ["value", "low", "high"]].astype(float)
        value, low, high = figures.round(3) + 0.0  # no negative zero
        assert text == f"{value:.3f} [{low:.3f}, {high:.3f}]".replace("-", "−")
        assert text in " ".join(page.split())
