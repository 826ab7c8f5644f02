"""The benchmarks run, and measure what they say."""

import subprocess
import sys

import pytest
from helpers import child_environment

from benchmarks.commands.chemistry import (
    POOLS,
    chemistry_by_definition,
    measure_table,
    random_profiles,
)
from chemopt import compute_chemistry
from chemopt.chemistry.cost import ProfileCost


@pytest.mark.parametrize("pool", POOLS)
def test_the_yardstick_computes_the_same(pool):
    """The plain loop, enumeration and the exact form agree on every kind of pool."""
    profiles = random_profiles(7, pool, seed=1)
    table = compute_chemistry(profiles, "enumerate", empty_cost=None)
    exact = compute_chemistry(profiles, "exact", empty_cost=None)
    for (a, b), value in chemistry_by_definition(ProfileCost(profiles, empty_cost=None)).items():
        assert table[a, b] == pytest.approx(value, abs=1e-12)
        assert exact[a, b] == pytest.approx(value, rel=1e-9, abs=1e-12)


@pytest.mark.slow
def test_measurements():
    """Every run has a row with a time, and a peak where the system reports one."""
    frame = measure_table([12], [4], seed=1)
    assert frame["method"].to_list() == ["exact", "exact", "enumerate", "definition"]
    assert (frame["seconds"] > 0).all()
    assert (frame["peak_mb"].dropna() > 1).all()


@pytest.mark.slow
def test_command():
    """``python -m benchmarks chemistry`` prints the table and the machine; errors are one line."""
    command = [sys.executable, "-m", "benchmarks", "chemistry"]
    done = subprocess.run(
        [*command, "--sizes", "10,20", "--compare", "4"],
        capture_output=True, text=True, env=child_environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "seconds ~ models^" in done.stdout or "times as fast as definition" in done.stdout
    assert "chemopt" in done.stdout.splitlines()[-1]
    for wrong in (["--compare", "21"],):
        done = subprocess.run(
            [*command, *wrong], capture_output=True, text=True, env=child_environment()
        )
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
