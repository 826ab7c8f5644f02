"""The cost and the scaling of studies: a simulation whose limits are known, and a command."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.commands import study
from benchmarks.scaling import simulated_seconds
from chemopt.cli.program import run_command

positive = st.floats(1e-4, 1.0)


@given(positive, st.integers(1, 20), st.integers(1, 60), positive, positive)
def test_the_simulation_keeps_to_its_limits(seconds, workers, calls, driver, latency):
    """No faster than the workers or the driver allow, and no slower than all in a row."""
    found = simulated_seconds([seconds], workers, calls, driver, latency)
    assert found >= max(calls * driver, -(-calls // workers) * seconds) * (1 - 1e-9)
    assert found <= calls * (driver + seconds + latency) * (1 + 1e-9)


@given(positive, st.integers(1, 20), st.integers(1, 60))
def test_more_workers_are_not_slower(seconds, workers, calls):
    """Without any cost, it is the rounds of calls."""
    found = simulated_seconds([seconds], workers, calls, 0, 0)
    assert found == pytest.approx(seconds * -(-calls // workers))


@pytest.mark.slow
def test_command(capsys):
    """The command measures and simulates."""
    words = ["study", "--runs", "6", "--seconds", "0.01", "--models", "5", "--workers", "1,2", "--predict", "100"]  # fmt: skip
    assert run_command("bench", "", (study,), [*words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["kind"] for row in found["scaling"]] == ["measured", "measured", "simulated"] * 2
    assert run_command("bench", "", (study,), words) == 0
    assert "the machinery costs" in capsys.readouterr().out
