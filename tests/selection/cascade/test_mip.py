"""Cascades by solvers: what they claim is held against cascades that are known."""

import pandas as pd
import pytest

from chemopt import cascade, load_outcomes
from chemopt.methods.outcome import MethodOutcome, Status, StopReason
from chemopt.selection.cascade import mip


class Overrated:
    """A solver that proves one model to be the cheapest."""

    def solve(self, run, start=None):
        return MethodOutcome((0,), StopReason.PROVED, "HiGHS", bound=6.0, claimed_loss=6.0)


@pytest.mark.parametrize("method", ["highs", "cp-sat"])
def test_a_bound_above_a_known_cascade_proves_nothing(monkeypatch, method):
    """To ask the cheap model first costs less than to ask the best one alone."""
    outcomes = load_outcomes(
        pd.DataFrame({"best": [1, 1, 1, 1, 1, 0], "cheap": [1, 1, 1, 1, 0, 0]})
    )
    options = {"target": "best", "method": method, "repeats": 0}
    right = cascade(outcomes, {"best": 1.0, "cheap": 0.1}, **options)
    assert right.status is Status.OPTIMAL
    monkeypatch.setattr(mip, "_built", lambda *_: Overrated())
    found = cascade(outcomes, {"best": 1.0, "cheap": 0.1}, **options)
    assert found.order == right.order == ("cheap", "best")
    assert (found.status, found.stop_reason) == (Status.FEASIBLE, StopReason.ACCURACY)
    assert found.bound is None
