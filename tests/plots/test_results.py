"""Every result draws itself."""

import numpy as np
import pandas as pd
import pytest
from pictures import check_readable, collisions, drawn, legend_of, problem_of, tick_labels

from chemopt import (
    InputError,
    backtest,
    cascade,
    learn_profiles,
    load_history,
    load_outcomes,
    next_evaluations,
    phase_diagram,
    plots,
    recommend,
    select,
    stability,
)
from chemopt.analysis.phase.regret import regret_map
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.history.generate import generate_history
from chemopt.outcomes.diversity import diversity
from chemopt.outcomes.generate import generate_outcomes
from chemopt.problem.instances import read_problem


@pytest.fixture(scope="module")
def outcomes():
    """Outcomes of a few models."""
    return load_outcomes(generate_outcomes(models=6, items=80, seed=1))


@pytest.mark.parametrize("kind", ["ensemble", "heatmap", "network", "climb"])
def test_recommendation(kind):
    """Each kind of picture; a climb only where there is one."""
    problem = problem_of(8)
    answer = recommend(problem, "hill-climb")
    check_readable(answer.plot(kind=kind))
    exact = recommend(problem, "brute-force")
    assert exact.plot().get_title(loc="left").startswith("Ensemble of")
    assert answer.plot().get_title(loc="left").startswith("Hill climbing")
    with pytest.raises(InputError, match="there is no climb to draw"):
        exact.plot(kind="climb")
    with pytest.raises(InputError, match="kind must be one of"):
        exact.plot(kind="pie")
    none = recommend(problem.with_options(size=2, min_size=3), "brute-force")
    with pytest.raises(InputError, match="there is no ensemble to draw"):
        none.plot()


def test_phase_diagram(instances):
    """A polygon for each region, named where there is room; hatched where not proved."""
    problem = read_problem(instances / "four_models.json")
    diagram = phase_diagram(problem, 1.0)
    ax = diagram.plot()
    check_readable(ax)
    assert len(ax.patches) == len(diagram.regions)
    assert "ada\ndot" in [text.get_text() for text in ax.texts]
    assert ax.get_ylim() == (0, 1)
    assert f"{len(problem.models)} models, M_inter" in ax.get_title(loc="left")
    assert not legend_of(ax)
    unproved = phase_diagram(problem, 1.0, method="hill-climb").plot()
    assert all(patch.get_hatch() for patch in unproved.patches)
    assert legend_of(unproved) == ["not proved"]
    again = type(diagram).from_dict(diagram.to_dict()).plot()
    assert "M_inter: published" in again.get_title(loc="left")


def test_names_stay_in_their_regions():
    """Texts are inside their polygons, so they do not meet."""
    for count in (4, 12):
        ax = drawn(phase_diagram(problem_of(count)).plot())
        assert ax.texts
        assert not collisions(ax.texts)


def test_regret(instances):
    """The grid in percent, with the borders of regions if the diagram is given."""
    problem = read_problem(instances / "four_models.json")
    diagram = phase_diagram(problem, 1.0)
    frame = regret_map(problem, diagram, resolution=3)
    ax = diagram.plot(regret=frame)
    check_readable(ax)
    (mesh,) = ax.collections
    assert mesh.get_array().size == 9
    assert mesh.get_array().max() == pytest.approx(100 * frame["regret"][:9].max())
    assert len(ax.get_lines()) == len(diagram.regions)
    assert not plots.regret(frame).get_lines()
    assert ax.get_title(loc="left").startswith("Where hill-climb misses the optimum")


def test_stability_and_profiles():
    """A bar for each model, the most frequent on top; intervals within [0, 1]."""
    history = load_history(generate_history(models=4, trials=20, seed=1))
    found = stability(history, resamples=4)
    ax = found.plot()
    check_readable(ax)
    widths = sorted((bar.get_width() for bar in ax.patches), reverse=True)
    assert widths == found.inclusion["frequency"].tolist()
    profiles = learn_profiles(history)
    check_readable(profiles.plot())
    mig = ModelInteractionGraph(profiles)
    ax = mig.plot()
    check_readable(ax)
    assert ax.get_title(loc="left").startswith(f"Model interaction graph: {len(mig)} nodes")
    assert all(label.get_text().isdecimal() for label in tick_labels(ax, "y"))


def test_a_large_interaction_graph():
    """Of many nodes, their number by size is drawn."""
    nodes = pd.DataFrame(
        [(frozenset(map(str, range(k % 12))), frozenset(), 1.0) for k in range(500)],
        columns=["models", "used", "cost"],
    )
    ax = plots.interaction_graph(nodes)
    assert sum(bar.get_height() for bar in ax.patches) == 500


def test_outcomes(outcomes):
    """What models get right, what members add, and how pairs differ."""
    check_readable(outcomes.plot())
    ax = outcomes.plot(chosen=outcomes.models[:3])
    check_readable(ax)
    assert f"{100 * outcomes.coverage(outcomes.models[:3]):.1f} %" in ax.get_title(loc="left")
    pairs = diversity(outcomes)
    check_readable(plots.pair_heatmap(pairs, "disagreement"))
    low, high = plots.pair_heatmap(pairs, "q_statistic").get_images()[0].get_clim()
    assert low == -high


def test_selection(outcomes):
    """The ensemble, what it is compared with, and what it is worth held out."""
    answer = select(outcomes, repeats=1)
    ax = answer.plot()
    check_readable(ax)
    labels = [label.get_text() for label in tick_labels(ax, "y")]
    assert labels == answer.baselines["name"].tolist()
    assert legend_of(ax)[-1] == "held out, 95 % interval"
    assert ", ".join(answer.models) in ax.get_title(loc="left").replace("\n", " ")
    without = select(outcomes, repeats=0).plot()
    assert legend_of(without) == ["selected", "compared with"]
    none = select(outcomes, repeats=0, require=outcomes.models[:2], max_size=1)
    with pytest.raises(InputError, match="there is no ensemble to draw"):
        none.plot()


def test_backtest(outcomes):
    """A line for each selector, or a row; the numbers of items are the ticks."""
    found = backtest(outcomes, ["top-k", "greedy"], sizes=[2], splits=2, train_items=[10, 30])
    ax = found.plot()
    check_readable(ax)
    assert legend_of(ax) == ["top-k", "greedy"]
    assert len(ax.get_lines()) == 2
    assert [label.get_text() for label in tick_labels(ax, "x")] == ["10", "30"]
    single = backtest(outcomes, ["top-k", "greedy"], sizes=[2, 3], splits=2)
    ax = single.plot(versus="greedy")
    check_readable(ax)
    assert "difference to greedy" in ax.get_xlabel()
    assert len(tick_labels(ax, "y")) == 4


def test_cascade(outcomes):
    """The front, points that are not proved, and what the cascade is compared with are drawn."""
    prices = pd.DataFrame(
        {"price": np.arange(1.0, 7.0)}, index=pd.Index(outcomes.models, name="model")
    )
    answer = cascade(outcomes, prices, repeats=1)
    ax = answer.plot()
    check_readable(ax)
    assert {"front, proved", "cascade", "greedy by ratio", "cascade, held out"} <= set(
        legend_of(ax)
    )
    assert "front, not proved" not in legend_of(ax)
    front = answer.front.assign(proved=[False, *answer.front["proved"][1:]])
    assert "front, not proved" in legend_of(plots.cascade_front(front))
    none = cascade(outcomes, prices, require=outcomes.models[:3], max_length=2, repeats=0)
    with pytest.raises(InputError, match="there is no cascade to draw"):
        none.plot()


def test_plan():
    """The calls of each model; a plan without calls says so."""
    frame = generate_outcomes(models=5, items=40, seed=1)
    frame.loc[frame.index[100:], "correct"] = np.nan
    outcomes = load_outcomes(frame, missing="keep")
    found = next_evaluations(outcomes, 30)
    ax = found.plot()
    check_readable(ax)
    assert sum(bar.get_width() for bar in ax.patches) == len(found.calls)
    check_readable(outcomes.plot())
    done = next_evaluations(outcomes, 0).plot()
    assert done.get_title(loc="left").startswith("No call is left")
