"""The plots of answers show what the answers say."""

import pandas as pd
import pytest

from chemopt import InputError, breakpoints, load_histories, pareto_front, stability
from chemopt.analysis.phase.compute import phase_diagram
from chemopt.analysis.phase.regret import regret_map
from chemopt.history.generate import generate_history
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import read_problem

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


def test_a_phase_diagram_is_drawn(instances):
    """A polygon for each region, named where there is room; hatched where not proved."""
    problem = read_problem(instances / "four_models.json")
    diagram = phase_diagram(problem, 1.0)
    ax = plots.plot_phase_diagram(diagram)
    assert len(ax.patches) == len(diagram.regions)
    assert [text.get_text() for text in ax.texts] == [
        "4 models", "ada\ncyd\ndot", "bea\ncyd\ndot", "ada\ndot",
    ]  # fmt: skip
    assert ax.get_ylim() == (0, 1)
    unproved = plots.plot_phase_diagram(phase_diagram(problem, 1.0, method="hill-climb"))
    assert all(patch.get_hatch() for patch in unproved.patches)


def test_a_regret_map_is_drawn(instances):
    """The grid in percent, with the borders of regions if the diagram is given."""
    problem = read_problem(instances / "four_models.json")
    diagram = phase_diagram(problem, 1.0)
    frame = regret_map(problem, diagram, resolution=3)
    ax = plots.plot_regret(frame, diagram)
    (mesh,) = ax.collections
    assert mesh.get_array().size == 9
    assert mesh.get_array().max() == pytest.approx(100 * frame["regret"][:9].max())
    assert len(ax.get_lines()) == len(diagram.regions)
    assert not plots.plot_regret(frame).get_lines()


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
        (plots.plot_phase_diagram, 3, "plot_phase_diagram needs a PhaseDiagram, not an int"),
        (plots.plot_regret, pd.DataFrame({"alpha": [1]}), "no column 'beta'"),
        (plots.plot_inclusion, "x", "plot_inclusion needs a Stability, not a str"),
    ],
)
def test_the_wrong_kind_of_thing(draw, given, message):
    """A plot says what it draws, and where to get that."""
    with pytest.raises(InputError, match=message):
        draw(given)
