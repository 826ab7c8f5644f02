"""Labels are literal, short and distinct."""

from hypothesis import given
from hypothesis import strategies as st

from chemopt.plots.labels import plain, short


@given(st.lists(st.text(max_size=40), max_size=12), st.integers(5, 20))
def test_different_names_stay_different(names, width):
    """Labels are equal only where names are, and are as wide as they may be."""
    labels = short(names, width)
    assert len(labels) == len(names)
    assert len(set(labels)) == len({plain(name) for name in names})
    assert all(len(label) <= width + 4 for label in labels)


@given(st.text())
def test_a_name_is_on_one_line(name):
    """No control character is left, and what can be printed stays."""
    assert plain(name).isprintable()
    assert all(ch in plain(name) for ch in name if ch.isprintable())
