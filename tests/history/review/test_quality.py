"""Peer review: the estimator against known variances, hand calculations, odd tables, histories."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from benchmarks.commands.peer_review import DESIGNS, PANELS, measure, measure_collapse
from chemopt import (
    ChemistryProblem,
    InputError,
    compute_chemistry,
    learn_profiles,
    load_history,
    recommend,
)
from chemopt.history.generate import generate_history
from chemopt.history.review.consensus import PRIOR_RESIDUALS, estimate_consensus
from chemopt.history.review.history import history_from_reviews
from chemopt.history.review.quality import peer_review_quality

COLUMNS = ["item", "reviewer", "author", "score"]


def long_table(*rows):
    return pd.DataFrame(list(rows), columns=COLUMNS)


def panel(seed=0, items=6, models="abcde"):
    """Scores of models for each other's answers; later models review worse and answer worse."""
    rng = np.random.default_rng(seed)
    rows = []
    for item in range(1, items + 1):
        for j, reviewer in enumerate(models):
            for k, author in enumerate(models):
                score = np.clip(8 - k + (0.3 + 0.3 * j) * rng.standard_normal(), 0, 10)
                rows.append((f"q{item}", reviewer, author, round(float(score), 2)))
    return long_table(*rows)


# ---- the estimator ----


def test_it_satisfies_its_equations():
    """Qualities are weighted means, and variances the fixed point of the module's formula."""
    scores = np.random.default_rng(3).normal(5, [[0.3], [1], [1], [2]], (4, 6))
    scores[0, 2] = scores[3, 5] = np.nan
    found = estimate_consensus(scores, floor=1e-9)
    assert found.converged
    weight = np.where(np.isnan(scores), 0, 1 / found.reviewer_variance[:, None])
    total = weight.sum(axis=0)
    quality = np.nansum(weight * scores, axis=0) / total
    np.testing.assert_allclose(found.quality, quality, rtol=1e-9)
    np.testing.assert_allclose(found.plain_variance, 1 / total, rtol=1e-6)
    left = np.where(np.isnan(scores), 0, 1 - weight / total).sum(axis=1)
    harmonic = 4 / (1 / found.reviewer_variance).sum()
    squares = np.nansum((scores - quality) ** 2, axis=1)
    expected = (squares + PRIOR_RESIDUALS * harmonic) / (left + PRIOR_RESIDUALS)
    np.testing.assert_allclose(found.reviewer_variance, expected, rtol=1e-6)
    np.testing.assert_allclose(found.residual_df, left, rtol=1e-6)


@given(st.integers(0, 10**6), st.floats(0.1, 20), st.floats(-3, 3))
def test_scale_shift_and_order(seed, scale, shift):
    """Other units change the estimates with them, and the order of rows and columns nothing."""
    scores = np.random.default_rng(seed).normal(0, [[0.3], [1], [2], [1]], (4, 5))
    found = estimate_consensus(scores, floor=1e-12)
    other = estimate_consensus(shift + scale * scores[::-1, ::-1], floor=1e-12 * scale**2)
    np.testing.assert_allclose(
        other.quality[::-1], shift + scale * found.quality, rtol=1e-5, atol=1e-5 * scale
    )
    np.testing.assert_allclose(other.variance[::-1], scale**2 * found.variance, rtol=1e-4)
    np.testing.assert_allclose(
        other.reviewer_variance[::-1], scale**2 * found.reviewer_variance, rtol=1e-4
    )


def test_two_who_happen_to_agree_do_not_decide_alone():
    """The iteration that reweights without more collapses here; shrinkage and floor prevent it."""
    scores = np.array([[7.0, 3.0, 5.0], [7.0, 3.0, 5.0], [6.0, 4.0, 5.0], [8.0, 3.0, 6.0]])
    found = estimate_consensus(scores, floor=1 / 12)
    assert found.reviewer_variance.min() >= 1 / 12
    shares = 1 / found.reviewer_variance / (1 / found.reviewer_variance).sum()
    assert shares.max() < 0.45


def test_many_answers_give_the_true_variances():
    """With 4,000 answers the prior does not matter any more."""
    sd = np.array([0.3, 1.0, 2.0])
    scores = 5 + sd[:, None] * np.random.default_rng(1).standard_normal((3, 4000))
    found = estimate_consensus(scores, floor=1e-9)
    # the best reviewer's variance is the hardest to know: the consensus follows it
    np.testing.assert_allclose(np.sqrt(found.reviewer_variance), sd, rtol=0.1)


def check_figures(frame):
    """Assert what the documentation says of coverage and error."""
    five = frame[frame["reviewers"] >= 5]
    usual = five[five["panel"] != "up to 10 : 1"]
    # 93 to 97 %, and two standard errors of the simulation
    assert usual["coverage"].between(0.926, 0.974).all(), usual
    assert five["coverage"].between(0.93, 0.99).all(), five
    assert (frame["uncorrected"] < frame["coverage"]).all()
    differ = frame[(frame["panel"] != "equal") & (frame["answers"] > 1)]
    assert (differ["mse_ratio"] < 1).all(), differ
    assert (frame["mse_ratio"] > 0.97 * frame["best_ratio"]).all()
    assert (frame["mse_ratio"] < 1.15).all()


def test_coverage_and_error_small():
    """A few panels: intervals hold what they say, and the consensus beats the plain mean."""
    frame = measure(700, [(5, 5, True)], ["up to 2.7 : 1", "one bad, 3 : 1"], seed=1)
    assert frame["coverage"].between(0.93, 0.98).all()
    assert (frame["mse_ratio"] < 0.95).all()
    assert (frame["uncorrected"] < frame["coverage"] - 0.02).all()


def test_collapse():
    """Reweighting by residuals alone lets one reviewer decide; here no one ever does."""
    (row,) = measure_collapse(100, [(5, 5)], seed=2).to_dict("records")
    assert row["naive"] > 0.9
    assert row["naive"] > row["corrected"] > 0.1
    assert row["shrunk"] == 0


@pytest.mark.slow
def test_coverage_and_error():
    """2,500 simulations of every design and panel that the documentation shows."""
    check_figures(measure(2500, DESIGNS, tuple(PANELS), seed=5))


def test_half_widths():
    """Student's quantiles (against tables) times the standard error; none below one df."""
    df = np.array([1, 2, 5, 30, np.inf, 0.9, np.nan])
    consensus = replace(
        estimate_consensus(np.ones((1, len(df))), 1.0), df=df, variance=np.full(len(df), 4.0)
    )
    half = consensus.half_width(0.95)
    np.testing.assert_allclose(
        half[:5] / 2, [12.7062047, 4.3026527, 2.5705818, 2.0422725, 1.9599640], rtol=1e-7
    )
    assert np.isnan(half[5:]).all()
    np.testing.assert_allclose(consensus.half_width(0.99)[0] / 2, 63.6567412, rtol=1e-7)


# ---- one item ----


def test_equal_reviewers_by_hand():
    """One answer: the t interval of the plain mean, 7 ± 4.303 · 1/√3."""
    review = peer_review_quality([[6.0], [7.0], [8.0]], exclude_self=False)
    (row,) = review.answers.to_dict("records")
    assert row["quality"] == pytest.approx(7)
    assert row["variance"] == pytest.approx(1 / 3)
    assert row["df"] == 2
    assert row["upper"] - 7 == pytest.approx(4.3026527 / np.sqrt(3))
    assert review.reviewers["review_accuracy"].isna().all()
    assert "one common variance" in review.items["message"][0]


def test_missing_scores_have_their_own_weight_sum():
    """An answer's variance is 1/Σ over its own reviewers, so fewer reviews mean a larger variance."""
    matrix = panel(items=1).pivot(index="reviewer", columns="author", values="score")
    matrix.loc["a", "c"] = np.nan
    review = peer_review_quality(matrix, exclude_self=False)
    answers = review.answers.set_index("author")
    weight = 1 / review.reviewers.set_index("reviewer")["variance"]
    assert answers.loc["c", "plain_variance"] == pytest.approx(1 / weight.drop("a").sum())
    assert answers.loc["b", "plain_variance"] == pytest.approx(1 / weight.sum())
    assert answers["reviews"].to_dict() == {"a": 5, "b": 5, "c": 4, "d": 5, "e": 5}


def test_self_review_is_left_out_unless_asked_for():
    """Praise of oneself changes nothing by default."""
    honest = panel(items=1).pivot(index="reviewer", columns="author", values="score")
    vain = honest.copy()
    for model in vain.index:
        vain.loc[model, model] = 10.0
    same = [peer_review_quality(m, floor=0.01).answers for m in (honest, vain)]
    pd.testing.assert_frame_equal(*same)
    other = [peer_review_quality(m, floor=0.01, exclude_self=False).answers for m in (honest, vain)]
    assert not np.allclose(other[0]["quality"], other[1]["quality"])


def test_a_single_reviewer():
    """The score is the quality; nothing is known of how good it is."""
    review = peer_review_quality(long_table(("q", "r", "a", 7), ("q", "r", "b", 4)))
    assert review.answers["quality"].to_list() == [7, 4]
    assert review.answers[["variance", "lower", "upper"]].isna().all(axis=None)
    assert not review.answers["conclusive"].any()
    assert review.reviewers["variance"].isna().all()
    assert "variances are not identifiable" in review.items["message"][0]


def test_two_reviewers_share_a_variance():
    """Their differences 1, −1, 2 give the common variance (1 + 1 + 4)/2/3 = 1."""
    review = peer_review_quality([[5.0, 6, 7], [4, 7, 5]], exclude_self=False)
    np.testing.assert_allclose(review.reviewers["variance"], 1.0)
    np.testing.assert_allclose(review.answers["quality"], [4.5, 6.5, 6.0])
    assert not review.items["separable"][0]


def test_agreement_meets_the_floor():
    """Reviewers who always agree have the variance of rounding to a grid, and full review accuracy."""
    review = peer_review_quality(np.full((4, 4), 8.0))
    np.testing.assert_allclose(review.reviewers["variance"], 1 / 12)
    assert (review.reviewers["review_accuracy"] == 1).all()
    assert review.answers["quality"].to_list() == [8, 8, 8, 8]
    assert (review.answers["variance"] > 0).all()
    assert peer_review_quality(np.full((4, 4), 8.5)).items["floor"][0] == pytest.approx(0.25 / 12)
    assert peer_review_quality(np.full((4, 4), 8.123)).items["floor"][0] == pytest.approx(1e-4 / 12)


def test_a_constant_reviewer_has_a_large_variance():
    """Who gives every answer the same score agrees with nobody when answers differ."""
    others = np.random.default_rng(0).normal([[1, 9, 3, 7, 5, 8]], 0.3, (4, 6))
    review = peer_review_quality(np.vstack([others, np.full(6, 5.0)]), exclude_self=False)
    assert review.reviewers["variance"].idxmax() == 4
    assert review.reviewers["review_accuracy"][4] == 0
    assert (review.reviewers["review_accuracy"][:4] > 0.5).all()


def test_disagreement_beyond_words():
    """Where scores are 0 and 10 at random, the result says that it says nothing."""
    review = peer_review_quality([[np.nan, 0, 10], [0, np.nan, 10], [10, 10, np.nan]])
    assert not review.answers["conclusive"].any()
    assert "to estimate the quality of 3 of 3 answers" in review.items["message"][0]
    assert review.items["converged"][0]


def test_review_accuracy_is_relative_to_the_worst():
    """max(0, 1 − σ̂_j / σ_max), so the worst has 0."""
    reviewers = peer_review_quality(panel(items=1)).reviewers
    deviation = np.sqrt(reviewers["variance"])
    np.testing.assert_allclose(reviewers["review_accuracy"], 1 - deviation / deviation.max())
    assert reviewers["review_accuracy"].min() == 0


def test_no_convergence_is_reported():
    """Too few iterations: a result, and a message."""
    review = peer_review_quality(panel(items=1), max_iterations=2)
    assert review.items["iterations"][0] == 2
    assert not review.items["converged"][0]
    assert "not converged after 2 iterations" in review.items["message"][0]
    assert peer_review_quality(panel(items=1)).items["iterations"][0] > 2


def test_an_answer_only_reviewed_by_its_author():
    """It is there, without a quality; so is a reviewer whose only score does not count."""
    rows = [("q", "a", "a", 9), ("q", "b", "c", 5), ("q", "d", "c", 6)]
    review = peer_review_quality(long_table(*rows))
    answers = review.answers.set_index("author")
    assert np.isnan(answers.loc["a", "quality"])
    assert answers.loc["a", "reviews"] == 0
    assert np.isnan(review.reviewers.set_index("reviewer").loc["a", "variance"])
    alone = peer_review_quality(long_table(("q", "a", "a", 9)))
    assert alone.answers["quality"].isna().all()


# ---- tables ----


def test_a_long_table_is_its_items_one_by_one():
    """Each item is estimated by itself, whatever the order of rows."""
    table = panel(items=3)
    together = peer_review_quality(table)
    for item, own in table.groupby("item"):
        alone = peer_review_quality(own.drop(columns="item")).answers.drop(columns="item")
        part = together.answers[together.answers["item"] == item].drop(columns="item")
        pd.testing.assert_frame_equal(part.reset_index(drop=True), alone)
    shuffled = peer_review_quality(table.sample(frac=1, random_state=1))
    key = ["item", "author"]
    pd.testing.assert_frame_equal(
        shuffled.answers.sort_values(key, ignore_index=True),
        together.answers.sort_values(key, ignore_index=True),
    )


def test_a_matrix_and_its_long_table_agree():
    """Both forms of one item give the same."""
    table = panel(items=1).drop(columns="item")
    matrix = table.pivot(index="reviewer", columns="author", values="score")
    pd.testing.assert_frame_equal(
        peer_review_quality(table).answers, peer_review_quality(matrix).answers
    )


def test_files(tmp_path):
    """CSV and Parquet are read; blank scores and blank lines do not count."""
    table = panel(items=2)
    table.loc[1, "score"] = np.nan
    table.to_csv(tmp_path / "s.csv", index=False)
    (tmp_path / "s.csv").write_text((tmp_path / "s.csv").read_text() + "\n,,,\n")
    table.to_parquet(tmp_path / "s.parquet")
    expected = peer_review_quality(table).answers
    for name in ("s.csv", "s.parquet"):
        pd.testing.assert_frame_equal(peer_review_quality(tmp_path / name).answers, expected)


ROW = ("q", "r", "a", 5)
BAD_TABLES = {
    "score above 10": (long_table(ROW, ("q", "r", "b", 11)), "row 2, column score: 11 is not a number in [0, 10]"),
    "negative score": (long_table(("q", "r", "a", -1)), "row 1, column score: -1 is not"),
    "text": (long_table(ROW, ("q", "r", "b", "good")), "row 2, column score: 'good' is not"),
    "infinite": (long_table(("q", "r", "a", np.inf)), "inf is not a number in [0, 10]"),
    "twice": (long_table(ROW, ("q", "s", "a", 6), ROW), "row 3 is for the same item 'q', reviewer 'r', author 'a' as row 1"),
    "no name": (long_table(("q", " ", "a", 5)), "row 1, column reviewer: empty; a name is needed"),
    "unknown column": (long_table(ROW).assign(mark=1), "unknown column 'mark'; there may be item, reviewer"),
    "missing column": (long_table(ROW).rename(columns={"author": "autor"}), "is 'autor' meant to be 'author'?"),
    "no scores": (long_table(("q", "r", "a", np.nan)), "there is no score"),
    "no rows": (long_table(), "no rows"),
    "column twice": (pd.concat([long_table(ROW)] * 2, axis=1), "occurs more than once"),
    "matrix": ([[5.0, 12.0]], "reviewer '1', answer of '2': 12.0 is not a number in [0, 10]"),
    "three dimensions": (np.zeros((2, 2, 2)), "not 3 dimensions"),
    "no numbers": ([["x", "y"]], "not a matrix of numbers"),
    "ragged": ([[1.0], [1.0, 2.0]], "not a matrix of numbers"),
    "empty matrix": (np.zeros((0, 3)), "there is no score"),
    "reviewer twice": (pd.DataFrame([[1.0], [2.0]], index=["r", "r"], columns=["a"]), "the reviewer 'r' occurs more"),
    "a history": (load_history(generate_history(3, 2)), "columns reviewer, author, score"),
    "missing file": ("none.csv", "none.csv: no such file"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_tables(case):
    """Every error names its place and value."""
    scores, message = BAD_TABLES[case]
    with pytest.raises(InputError) as error:
        peer_review_quality(scores)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"confidence": 1.0}, "confidence must be"), ({"floor": 0}, "floor must be"), ({"max_iterations": 0}, "max_iterations must be")],
)  # fmt: skip
def test_bad_options(options, message):
    """Options out of range are named."""
    with pytest.raises(InputError, match=message):
        peer_review_quality(panel(items=1), **options)


# ---- histories ----


def answers_of(table, **columns):
    frame = table[["item", "author"]].drop_duplicates(ignore_index=True)
    return frame.assign(**columns)


def test_scores_to_recommendation(tmp_path):
    """Scores → history → file → profiles → chemistry → recommend."""
    table = panel(items=12)
    known = answers_of(table, task="sum numbers", latency=2.5)
    known["correct"] = (known["author"] < "d").astype(float)
    history = history_from_reviews(table, known)
    assert len(history) == 60
    history.to_csv(tmp_path / "history.csv", index=False)
    loaded = load_history(tmp_path / "history.csv")
    assert loaded.models == tuple("abcde")
    assert loaded.groups == ("sum numbers",)
    np.testing.assert_allclose(loaded.frame["quality"], history["quality"])
    profiles = learn_profiles(loaded, aggregate="mean")
    means = profiles.frame["quality"]
    assert means["a"] > means["c"] > means["e"]
    problem = ChemistryProblem(
        compute_chemistry(profiles, empty_cost=None), profiles=profiles, alpha=0.8
    )
    assert recommend(problem).models


def test_the_columns_of_a_history():
    """Quality is the author's; variance and review accuracy are those of it as a reviewer."""
    table = panel(items=2)
    truth = answers_of(table, correct=1.0, latency=3.0)
    history = history_from_reviews(table, truth)
    review = peer_review_quality(table)
    row = history[(history["trial"] == "q2") & (history["model"] == "b")].iloc[0]
    as_author = review.answers.query("item == 'q2' and author == 'b'").iloc[0]
    as_reviewer = review.reviewers.query("item == 'q2' and reviewer == 'b'").iloc[0]
    assert row["quality"] == as_author["quality"]
    assert row["quality_se"] == pytest.approx(np.sqrt(as_author["variance"]))
    assert row["variance"] == as_reviewer["variance"]
    assert row["review_accuracy"] == as_reviewer["review_accuracy"]
    assert row["accuracy"] == pytest.approx(0.75 + 0.25 * as_reviewer["review_accuracy"])
    assert row["latency"] == 3.0


def test_without_a_ground_truth_reviewers_stand_in():
    """g = 0.25 of quality/10; and per answer, where only some were compared with the truth."""
    table = panel(items=1)
    history = history_from_reviews(table, task="poem").set_index("model")
    expected = 0.25 * history["quality"] / 10 + 0.75 * history["review_accuracy"]
    np.testing.assert_allclose(history["accuracy"], expected)
    assert "generation_accuracy" not in history
    assert (history["task"] == "poem").all()
    partly = history_from_reviews(table, answers_of(table, correct=[0.5, "", "", "", ""]))
    partly = partly.set_index("model")
    assert partly.loc["a", "accuracy"] == pytest.approx(
        0.75 * 0.5 + 0.25 * history.loc["a", "review_accuracy"]
    )
    np.testing.assert_allclose(partly.loc["b":, "accuracy"], history.loc["b":, "accuracy"])


def test_authors_who_review_nothing(caplog):
    """They have no review accuracy, so the other part is all; answers without review stay out."""
    rows = [("q", r, a, s) for r, s in zip("xyz", (6, 7, 5), strict=True) for a in "ab"]
    history = history_from_reviews(long_table(*rows, ("q", "c", "c", 9)))
    assert history["model"].to_list() == ["a", "b"]
    np.testing.assert_allclose(history["accuracy"], history["quality"] / 10)
    assert "1 answers were reviewed by nobody else" in caplog.text
    load_history(history)
    with pytest.raises(InputError, match="no answer was reviewed by anybody else"):
        history_from_reviews(long_table(("q", "c", "c", 9)))


BAD_ANSWERS = {
    "correct": ({"item": ["q1"], "author": ["a"], "correct": [2]}, "row 1, column correct: 2 is not a number in [0, 1]"),
    "no item": ({"author": ["a"]}, "missing column item"),
    "misspelt": ({"item": ["q1"], "autor": ["a"]}, "is 'autor' meant to be 'author'?"),
    "twice": ({"item": ["q1", "q1"], "model": ["a", "a"]}, "row 2 is for the same item 'q1', author 'a' as row 1"),
    "unknown answer": ({"item": ["q1", "q1"], "model": ["a", "zoe"]}, "row 2: nobody gave a score to the answer of 'zoe'"),
    "computed": ({"item": ["q1"], "author": ["a"], "quality": [3]}, "the column 'quality' is computed"),
    "two names": ({"item": ["q1"], "author": ["a"], "model": ["a"]}, "the column 'model' is computed"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_bad_answers(case):
    """Every error in the table of answers is named."""
    data, message = BAD_ANSWERS[case]
    with pytest.raises(InputError) as error:
        history_from_reviews(panel(items=1), pd.DataFrame(data))
    assert message in str(error.value)
    with pytest.raises(InputError, match="task must be a text"):
        history_from_reviews(panel(items=1), task=" ")


@examples(50)
@given(st.data())
def test_any_pattern_of_scores_gives_sane_figures(data):
    """Whatever is missing and however scores agree: qualities on the scale, accuracies in [0, 1]."""
    reviewers, answers = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    score = st.one_of(st.none(), st.sampled_from([0.0, 5.0, 10.0]), st.floats(0, 10, width=16))
    cells = data.draw(st.lists(score, min_size=reviewers * answers, max_size=reviewers * answers))
    rows = [
        ("q", f"r{j}", f"r{k}", cells[j * answers + k])
        for j, k in itertools.product(range(reviewers), range(answers))
        if cells[j * answers + k] is not None
    ]
    if not rows:
        return
    review = peer_review_quality(long_table(*rows))
    answered = review.answers[review.answers["reviews"] > 0]
    assert answered["quality"].between(0, 10).all()
    assert (review.answers["variance"].dropna() > 0).all()
    assert (answered["lower"].isna() | (answered["lower"] <= answered["quality"])).all()
    assert review.reviewers["review_accuracy"].dropna().between(0, 1).all()
    assert review.items["converged"].all()
