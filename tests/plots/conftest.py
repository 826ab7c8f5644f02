"""Pools of 4, 12 and 60 models with names that a picture could stumble over."""

import pytest
from pictures import problem_of

matplotlib = pytest.importorskip("matplotlib", reason="the plots are an extra")
matplotlib.use("Agg")


@pytest.fixture(params=[4, 12, pytest.param(60, marks=pytest.mark.slow)])
def count(request):
    """A number of models."""
    return request.param


@pytest.fixture
def problem(count):
    """A problem of that many models."""
    return problem_of(count, alpha=0.7, beta=0.2, m_inter="total")


@pytest.fixture(autouse=True)
def close_figures():
    """Leave no figure behind."""
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
