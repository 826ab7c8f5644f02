"""Votes agree with counting ballots one by one."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemopt import InputError, load_outcomes
from chemopt.outcomes.outcomes import NO_ANSWER, Outcomes
from chemopt.outcomes.votes import vote, weights_by_rule


@st.composite
def ballots(draw):
    """Draw answers of up to five models on up to six items; equal answers have equal scores."""
    models, items = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    answers = np.array(
        draw(
            st.lists(
                st.lists(st.integers(-1, 3), min_size=models, max_size=models),
                min_size=items,
                max_size=items,
            )
        )
    )
    right = np.array(draw(st.lists(st.integers(0, 3), min_size=items, max_size=items)))
    scores = (answers == right[:, None]).astype(float)
    return Outcomes(tuple("abcde"[:models]), pd.RangeIndex(items), scores, answers.astype(np.int32))


def credit_by_hand(answers, scores, weights):
    """Count the ballots of one item."""
    total, mark = Counter(), {}
    for answer, score, weight in zip(answers, scores, weights, strict=True):
        if answer != NO_ANSWER:
            total[answer] += weight
            mark[answer] = score
    if not total:
        return 0.0
    winners = [answer for answer in total if total[answer] == max(total.values())]
    return sum(mark[answer] for answer in winners) / len(winners)


@given(ballots(), st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=5, max_size=5))
def test_plurality(outcomes, weights):
    """The largest weight wins, a tie shares the credit, no answer is no vote."""
    weights = weights[: len(outcomes.models)]
    found = vote(outcomes, outcomes.models, weights)
    assert not found.lower_bound
    for item in range(len(outcomes)):
        by_hand = credit_by_hand(outcomes.answers[item], outcomes.scores[item], weights)
        assert found.credit[item] == pytest.approx(by_hand)


@given(ballots(), st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=5, max_size=5))
def test_majority_is_a_lower_bound(outcomes, weights):
    """Without answers, more than half of the weight has to be right, and that is never more."""
    weights = weights[: len(outcomes.models)]
    unknown = Outcomes(outcomes.models, outcomes.items, outcomes.scores)
    found = vote(unknown, unknown.models, weights)
    assert found.lower_bound
    shares = outcomes.scores @ np.array(weights) / sum(weights)
    expected = [1.0 if s > 0.5 + 1e-9 else 0.5 if abs(s - 0.5) < 1e-9 else 0.0 for s in shares]
    assert found.credit.tolist() == expected
    plurality = vote(outcomes, outcomes.models, weights).credit
    assert (found.credit <= plurality + 1e-12).all()


def test_one_member_is_worth_its_accuracy():
    """A vote of one is its accuracy, also where a right answer is the empty text."""
    frame = pd.DataFrame(
        {"model": "a", "item": [1, 2, 3], "correct": [1, 0, 1], "answer": ["x", "", ""]}
    )
    outcomes = load_outcomes(frame)
    assert vote(outcomes, ["a"], "log-odds").value == pytest.approx(2 / 3)


def test_weights_follow_their_models():
    """Weights are in the order of the names given, whatever the order of the pool."""
    outcomes = load_outcomes(pd.DataFrame({"a": [1, 0], "b": [0, 1], "c": [0, 1]}))
    assert vote(outcomes, ["c", "a", "b"], [1, 5, 1]).credit.tolist() == [1, 0]
    assert vote(outcomes, ["c", "a", "b"], [5, 1, 1]).credit.tolist() == [0, 1]


def test_log_odds_come_from_training_items():
    """Weights are log-odds of accuracies, clipped so that each is positive and finite."""
    train = load_outcomes(pd.DataFrame({"a": [1] * 8 + [0] * 2, "b": [1] * 10, "c": [0] * 10}))
    weights = weights_by_rule(train, "log-odds")
    assert weights[0] == pytest.approx(np.log(4))
    assert weights[1] == pytest.approx(np.log(99))
    assert 0 < weights[2] < 0.05


@pytest.mark.parametrize(
    ("models", "weights", "message"),
    [
        ([], "equal", "at least one model"),
        ("a", "equal", "collection of names"),
        (["z"], "equal", "unknown model 'z'"),
        (["a"], "best", "weights must be equal, log-odds or a number for each member"),
        (["a"], [1, 2], "1 positive numbers"),
        (["a", "b"], [1, 0], "2 positive numbers"),
        (["a", "b"], ["x", 1], "weights must be numbers"),
        (["a", "a"], [1, 1], "named twice"),
    ],
)
def test_bad_votes(models, weights, message):
    """Each error says what is wrong."""
    outcomes = load_outcomes(pd.DataFrame({"a": [1, 0], "b": [0, 1]}))
    with pytest.raises(InputError, match=message):
        vote(outcomes, models, weights)


def test_gaps_are_refused():
    """A vote needs an outcome of every model."""
    outcomes = load_outcomes(pd.DataFrame({"a": [1, None], "b": [0, 1]}), missing="keep")
    with pytest.raises(InputError, match="an outcome of every model on every item"):
        vote(outcomes, ["a", "b"])


def test_training_weights_go_by_name():
    """Training items of another pool give weights to the models of the same names."""
    outcomes = load_outcomes(pd.DataFrame({"a": [1, 0], "b": [0, 1], "c": [0, 1]}))
    train = load_outcomes(pd.DataFrame({"a": [0, 0], "c": [1, 1], "d": [0, 0]}))
    assert vote(outcomes, ["a", "c"], "log-odds", train=train).weights[1] > 4
    with pytest.raises(InputError, match="'b' has no training items"):
        vote(outcomes, ["b", "c"], "log-odds", train=train)
