"""The scaling of tree search: a simulation whose limits are known, and a command."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.commands import tree
from benchmarks.scaling import random_cut, simulated_search
from chemopt.cli.program import run_command
from chemopt.methods.bqp.tree import Visit


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=40), st.integers(1, 9))
def test_the_simulation_keeps_to_its_limits(seconds, workers):
    """No faster than the longest path or the workers allow, and no slower than all in a row."""
    visits = [
        Visit(k, float(k), tuple(c for c in (2 * k + 1, 2 * k + 2) if c < len(seconds)), time)
        for k, time in enumerate(seconds)
    ]
    path, k = 0.0, len(seconds) - 1
    while k >= 0:
        path, k = path + seconds[k], (k - 1) // 2 if k else -1
    found = simulated_search(visits, workers)
    assert found <= sum(seconds) * (1 + 1e-9)
    assert found >= max(path, seconds[0] + sum(seconds[1:]) / workers) * (1 - 1e-9)


def test_one_worker_takes_all():
    """Its time is the sum; a driver adds its own, but for the root."""
    visits = [Visit(0, 0.0, (1, 2), 1.0), Visit(1, 0.5, (), 2.0), Visit(2, 0.2, (), 3.0)]
    assert simulated_search(visits, 1) == 6.0
    assert simulated_search(visits, 1, driver=0.5) == pytest.approx(6.5)


def test_random_cuts():
    """They are repeatable, and about half of the edges are there."""
    cut = random_cut(40, 1)
    assert (cut.quadratic == random_cut(40, 1).quadratic).all()
    assert 0.4 < (cut.quadratic == 2).mean() < 0.6


@pytest.mark.slow
def test_command(capsys):
    """The command measures and simulates."""
    words = ["tree", "--nodes", "30", "--workers", "2", "--predict", "2,8"]
    assert run_command("bench", "", (tree,), [*words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    kinds = [row["kind"] for row in found["scaling"]]
    assert kinds == ["measured", "measured", "simulated", "simulated"]
    assert len({row["nodes"] for row in found["scaling"]}) == 1
