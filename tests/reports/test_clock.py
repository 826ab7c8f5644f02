"""Time is shared out by weights, what is left over goes to those that come later."""

import pytest

from chemopt.execution import deadline
from chemopt.execution.deadline import Deadline
from chemopt.reports.clock import Clock, OutOfTime, Share


@pytest.fixture
def now(monkeypatch):
    """A clock that the test sets."""
    time = [100.0]
    monkeypatch.setattr(deadline, "now", lambda: time[0])
    return time


def test_shares_are_by_weight_and_the_rest_is_handed_on(now):
    whole = Clock(12.0, {"a": 1.0, "none": 0.0, "b": 2.0, "c": 1.0})
    assert whole.share("a", "A").remaining == pytest.approx(3.0)
    now[0] += 1.0
    assert whole.share("none", "N").used_up
    assert whole.share("b", "B").remaining == pytest.approx(11 * 2 / 3)
    now[0] += 100.0
    last = whole.share("c", "C")
    assert last.used_up
    assert last.remaining > 0  # solvers refuse 0


def test_a_tick_stops_what_is_out_of_time_but_not_what_is_done(now):
    shown = []
    share = Share("A", Deadline.after(1.0), lambda *step: shown.append(step))
    share.tick(1, 3)
    now[0] += 2.0
    share.tick(3, 3)
    with pytest.raises(OutOfTime):
        share.tick(2, 3)
    assert shown == [("A", 1, 3), ("A", 3, 3), ("A", 2, 3)]


def test_no_limit():
    share = Clock(None, {"a": 1.0}).share("a", "A")
    share.tick(1, 2)
    assert (share.remaining, share.part(0.5), share.used_up) == (None, None, False)
