"""Shared fixtures: the published data where it is at hand, small pools, hypothesis settings."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

from chemopt import ChemistryProblem, ChemistryTable, Profiles

# Solvers need tens of milliseconds a call, and a run must be repeatable. The default run draws a
# part of the examples, --hypothesis-profile=thorough all of them (docs/faults.md#tests).
for name, examples in (("chemopt", 25), ("thorough", 100)):
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
settings.load_profile("chemopt")

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the published histories, outcomes and benchmark files."""
    if not all((SHARED / name).is_dir() for name in ("data", "benchmarks")):
        pytest.skip(
            "published histories and benchmark files are not next to the project (../shared)"
        )
    return SHARED


@pytest.fixture(scope="session")
def histories(shared: Path) -> Path:
    """The folder with the three published histories."""
    return shared / "data" / "llm-chemistry"


@pytest.fixture(scope="session")
def instances() -> Path:
    """The instances of this repository."""
    return ROOT / "instances"


@pytest.fixture
def table() -> ChemistryTable:
    """Three models, entries that are easy to add."""
    return ChemistryTable(("a", "b", "c"), [[0, 1, 0.5], [1, 0, 0.25], [0.5, 0.25, 0]])


@pytest.fixture
def problem(table: ChemistryTable) -> ChemistryProblem:
    """The three models with the default options."""
    return ChemistryProblem(table)


@pytest.fixture
def pool() -> Profiles:
    """Three used models and one that is not, with penalties 0.01, 0.1, 0.2."""
    frame = pd.DataFrame(
        {
            "model": ["a", "b", "c", "idle"],
            "quality": [9.0, 6.0, 5.0, 8.0],
            "accuracy": [0.9, 0.75, 0.6, 0.4],
        }
    )
    return Profiles.from_frame(frame, subsets=[["a", "b"], ["b", "c", "idle"]])
