"""Grouping of near-duplicate task texts."""

from chemopt.history.tasks import group_tasks

LONG = "classify a short statement by a politician into one of six categories of truth"


def test_case_and_white_space_do_not_separate():
    """Texts that differ by case or spaces are one task, even at threshold 1."""
    groups = group_tasks([LONG, LONG.upper(), LONG.replace(" ", "  ")], threshold=1.0)
    assert set(groups.values()) == {LONG}


def test_one_word_of_many_does_not_separate():
    """A long text with one word changed joins the first text seen."""
    assert set(group_tasks([LONG, LONG.replace("six", "five")]).values()) == {LONG}


def test_two_tasks_that_share_a_word_stay_apart():
    """With two texts, the unsmoothed weight would merge any pair that shares a word."""
    groups = group_tasks(["fix the bug", "summarise the note"])
    assert groups == {"fix the bug": "fix the bug", "summarise the note": "summarise the note"}


def test_the_first_text_seen_is_the_prototype():
    """The order of texts decides who is the prototype."""
    other = LONG.replace("six", "five")
    assert set(group_tasks([other, LONG]).values()) == {other}


def test_no_texts_and_texts_without_words():
    """Nothing in, nothing out; an empty text is its own group."""
    assert group_tasks([]) == {}
    assert group_tasks(["", "a"]) == {"": "", "a": "a"}
