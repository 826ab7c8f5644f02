"""The plots of answers show what the answers say."""

import pandas as pd
import pytest

from chemopt import InputError, breakpoints, load_histories, pareto_front, stability
from chemopt.history.generate import generate_history
from chemopt.problem.generate import generate_problem

matplotlib = pytest.importorskip("matplotlib", reason="the plots are an extra")
matplotlib.use("Agg")

from chemopt.analysis import plots  # noqa: E402 - after the check


@pytest.fixture(autouse=True)
def close_figures():
    """Leave no figure behind."""
    yield
    plots.load_matplotlib().close("all")


def test_breakpoints_are_drawn():
    """A line for each piece, from end to end, with the size of its ensemble."""
    frame = breakpoints(generate_problem(8, seed=1))
    ax = plots.plot_breakpoints(frame)
    lines = ax.get_lines()
    assert len(lines) == len(frame)
    assert lines[0].get_xdata()[0] == 0.0
    assert lines[-1].get_ydata()[-1] == frame["loss_to"].iloc[-1]
    assert [text.get_text() for text in ax.texts] == frame["size"].map(str).tolist()
    assert ax.get_xlabel() == "alpha"


def test_a_front_is_drawn():
    """A point for each ensemble, with the third aim as its colour."""
    frame = pareto_front(generate_problem(6, seed=1))
    ax = plots.plot_front(frame)
    (points,) = ax.collections
    assert points.get_offsets().tolist() == frame[["inter", "intra"]].to_numpy().tolist()
    assert points.get_array().tolist() == frame["size"].tolist()


def test_inclusion_is_drawn():
    """A bar for each model, the most frequent on top."""
    found = stability(load_histories(generate_history(models=4, trials=20, seed=1)), resamples=4)
    ax = plots.plot_inclusion(found)
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == found.inclusion["frequency"].tolist()[::-1]
    _, given = plots.load_matplotlib().subplots()
    assert plots.plot_inclusion(found, given) is given


@pytest.mark.parametrize(
    ("draw", "given", "message"),
    [
        (plots.plot_breakpoints, None, "plot_breakpoints needs a DataFrame, not None"),
        (plots.plot_front, pd.DataFrame({"a": [1]}), "no column 'inter'; chemopt.pareto"),
        (plots.plot_inclusion, "x", "plot_inclusion needs a Stability, not a str"),
    ],
)
def test_the_wrong_kind_of_thing(draw, given, message):
    """A plot says what it draws, and where to get that."""
    with pytest.raises(InputError, match=message):
        draw(given)
