"""The plots of runs show what the runs say, and wrong tables are clear errors."""

import sys

import numpy as np
import pandas as pd
import pytest

from benchmarks.cases import Case
from benchmarks.runs import Run, answers_frame, runs_frame
from chemopt import InputError, SolverError, compare, recommend
from chemopt.problem.generate import generate_problem

matplotlib = pytest.importorskip("matplotlib", reason="the plots are an extra")
matplotlib.use("Agg")

from benchmarks import plots  # noqa: E402 - after the check


def run(instance, method, status, loss, seconds, progress=()):
    """Return a row of made-up figures."""
    case = Case("uniform", instance, 8, alpha=0.8, beta=0.5)
    figures = {"loss": loss, "seconds": seconds, "progress": list(progress), "tolerance": 1e-6}
    return Run(case, method, 10.0).row(status=status, **figures)


@pytest.fixture
def frame():
    """Two problems, two exact methods and a heuristic."""
    return runs_frame(
        [
            run("p", "fast", "optimal", 10.0, 1.0),
            run("p", "slow", "optimal", 10.0, 4.0),
            run("p", "guess", "feasible", 11.0, 0.5, [(0.1, 20.0), (0.2, 11.0)]),
            run("q", "fast", "killed", None, None),
            run("q", "slow", "optimal", 5.0, 2.0),
            run("q", "guess", "feasible", 5.0, 0.5, [(0.4, 5.0)]),
        ]
    )


@pytest.fixture(autouse=True)
def close_figures():
    """Leave no figure behind."""
    yield
    plots.load_matplotlib().close("all")


def curve(ax, label):
    """Return the points of a curve."""
    (line,) = (line for line in ax.get_lines() if line.get_label() == label)
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def height(ax, label, at):
    """Return the height of a step curve at a place."""
    x, y = curve(ax, label)
    return y[x <= at][-1]


def test_performance_profile(frame):
    """Who is fastest how often, and who proves how much in the end."""
    ax = plots.performance_profile(frame)
    assert height(ax, "fast", 1.0) == height(ax, "fast", 4.0) == 0.5
    assert height(ax, "slow", 1.0) == 0.5
    assert height(ax, "slow", 4.0) == 1.0
    assert height(ax, "guess", 4.0) == 0.0


def test_cactus(frame):
    """Problems proved within a time."""
    ax = plots.cactus(frame)
    assert [points.tolist() for points in curve(ax, "slow")] == [[2.0, 4.0], [1, 2]]
    assert curve(ax, "guess")[0].size == 0


def test_gap_over_time(frame):
    """The mean gap falls with each improvement; without an ensemble it is 1."""
    ax = plots.gap_over_time(frame)
    assert height(ax, "guess", 0.15) == pytest.approx((1.0 + 1.0) / 2)
    assert height(ax, "guess", 0.3) == pytest.approx((0.1 + 1.0) / 2)
    assert height(ax, "guess", 5.0) == pytest.approx(0.05)
    assert height(ax, "fast", 5.0) == pytest.approx(0.5)
    assert height(ax, "slow", 5.0) == 0.0


def test_time_to_target(frame):
    """The share of runs within the target, over time."""
    ax = plots.time_to_target(frame, target=0.01)
    assert height(ax, "guess", 0.3) == 0.0
    assert height(ax, "guess", 0.45) == 0.5
    assert height(ax, "slow", 4.0) == 1.0
    assert height(plots.time_to_target(frame, target=0.2), "guess", 0.45) == 1.0
    with pytest.raises(InputError, match="target must be a number"):
        plots.time_to_target(frame, target=-1)


@pytest.mark.slow
def test_on_given_axes_and_in_files(frame, tmp_path):
    """Plots go where they are asked to go."""
    _, ax = plots.load_matplotlib().subplots()
    assert plots.cactus(frame, ax=ax) is ax
    files = plots.save_all(frame, tmp_path / "new" / "folder")
    assert [path.stem for path in files] == list(plots.PLOTS)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in files)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        plots.save_all(frame, tmp_path / "file")


@pytest.mark.parametrize("draw", plots.PLOTS.values())
def test_nothing_to_draw(draw, frame):
    """Without runs there is no plot; without proofs there is one."""
    with pytest.raises(InputError, match="no runs to plot"):
        draw(runs_frame([]))
    draw(frame[frame["method"] == "guess"])


def test_without_matplotlib(monkeypatch, frame):
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(SolverError, match=r"pip install 'chemopt\[plots\]'"):
        plots.cactus(frame)


@pytest.mark.parametrize("name", plots.PLOTS)
def test_tables_of_something_else(name):
    """The error names the columns, what is missing, and how to get a table of runs."""
    problem, draw = generate_problem(6), plots.PLOTS[name]
    with pytest.raises(InputError) as error:
        draw(compare(problem, ["brute-force"]))
    message = str(error.value)
    assert message.startswith(f"{name} draws a table of runs with the columns family, instance, ")
    assert "there is no column family, instance, m_inter, seconds" in message
    assert "benchmarks.runs.load_runs(FOLDER)" in message
    assert "benchmarks.runs.answers_frame([...])" in message
    answers = [recommend(problem, "brute-force")]
    with pytest.raises(InputError, match="this is of type list"):
        draw(answers)
    with pytest.raises(InputError, match="there is no column family"):
        draw(pd.DataFrame())
    draw(answers_frame(answers))
