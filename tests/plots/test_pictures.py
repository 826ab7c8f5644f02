"""Pictures of 4, 12 and 60 models can be read, and show what their data say."""

import numpy as np
import pandas as pd
import pytest
from pictures import (
    AWKWARD,
    check_readable,
    collisions,
    drawn,
    legend_of,
    names,
    problem_of,
    tick_labels,
)

from chemopt import HillClimbOptions, InputError, compare, explain, pareto_front, plots, recommend
from chemopt.analysis.breakpoints import breakpoints
from chemopt.plots.colours import BLUE, text_colour
from chemopt.plots.labels import short
from chemopt.plots.pairs import clustered


def test_heatmap(problem, count):
    """All names on both axes, the chosen ones bold; numbers in the cells of small pools."""
    chosen = problem.models[:2]
    ax = problem.table.plot(chosen=chosen)
    check_readable(ax)
    for axis in "xy":
        labels = tick_labels(ax, axis)
        assert len(labels) == count
        assert sum(label.get_fontweight() == "bold" for label in labels) == 2
        assert min(label.get_fontsize() for label in labels) >= 6
    assert len(ax.texts) == (count * (count - 1) if count < 15 else 0)
    assert ax.get_title(loc="left").startswith(f"Chemistry of each pair of {count} models")
    image = ax.get_images()[0].get_array()
    assert np.nansum(image) == pytest.approx(problem.matrix.sum())


def test_the_order_of_a_heatmap():
    """Clusters are side by side; entries below 0 have colours that diverge from 0."""
    blocks = np.kron(np.eye(3), np.ones((2, 2))) - np.eye(6)
    mixed = [0, 2, 4, 1, 3, 5]
    order = [mixed[k] for k in clustered(blocks[np.ix_(mixed, mixed)])]
    assert {frozenset(order[k : k + 2]) for k in (0, 2, 4)} == {
        frozenset(pair) for pair in ((0, 1), (2, 3), (4, 5))
    }
    ax = plots.chemistry_heatmap(["a", "b", "c"], [[0, -1, 2], [-1, 0, 0], [2, 0, 0]])
    assert ax.get_images()[0].get_clim() == (-2, 2)
    given = plots.chemistry_heatmap(["a", "b", "c"], np.ones((3, 3)), order="given")
    assert [label.get_text() for label in tick_labels(given, "y")] == ["a", "b", "c"]


def test_network(problem, count):
    """Names do not meet, though they are turned; three pairs for each model are drawn."""
    ax = problem.table.plot(kind="network", chosen=problem.models[:2])
    check_readable(ax)
    assert len(ax.texts) == count
    assert legend_of(ax) == ["chosen", "not chosen"]
    assert len(ax.collections[0].get_segments()) == min(3 * count, count * (count - 1) // 2)
    with pytest.raises(InputError, match="most must be a whole number"):
        plots.chemistry_network(problem.models, problem.matrix, most=-1)


def test_ensemble_and_contributions(problem, count):
    """The chosen models come first; the bars of a model sum to its chemistry, and to its change."""
    answer = recommend(problem, "hill-climb")
    ax = answer.plot(kind="ensemble")
    check_readable(ax)
    bold = [label.get_fontweight() == "bold" for label in tick_labels(ax, "y")]
    assert bold == sorted(bold, reverse=True)
    assert sum(bold) == len(answer.models)
    assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(problem.matrix.sum())
    assert f"{count} models, α = 0.7, β = 0.2, M_inter: total" in ax.get_title(loc="left")
    why = explain(answer)
    ax = why.plot()
    check_readable(ax)
    assert legend_of(ax) == ["inter", "intra", "size", "sum"]
    sums = sorted(ax.collections[0].get_offsets()[:, 0].tolist())
    assert sums == pytest.approx(sorted(why.contributions["contribution"]))


def test_hill_climb_trace(problem):
    """The moves of the best climb are named; what is not drawn is not in the legend."""
    problem = problem.with_options(subsets=[problem.models[k : k + 2] for k in range(2)])
    answer = recommend(problem, "hill-climb", options=HillClimbOptions(trace=True, steps=12))
    ax = answer.plot(optimum=answer.loss)
    check_readable(ax)
    best = min(answer.trace, key=lambda climb: climb.loss)
    texts = [label.get_text() for label in tick_labels(ax, "x")]
    assert len(texts) == len(best.candidates) + 1
    assert texts[0] == "start"
    assert (texts[-1] == "none is better") == (len(best.candidates) > len(best.moves))
    labels = legend_of(ax)
    assert labels[-2:] == ["best climb", "proved optimum"]
    looked_at = answer.candidates_frame()
    infeasible = ~looked_at["feasible"] & (looked_at["climb"] == answer.trace.index(best))
    assert ("infeasible neighbours" in labels) == infeasible.any()
    (line,) = [line for line in ax.get_lines() if line.get_color() == BLUE]
    assert line.get_ydata()[-1] == pytest.approx(best.loss)
    plain = recommend(problem, "hill-climb").plot()
    assert not {"neighbours", "proved optimum"} & set(legend_of(plain))


def test_breakpoints_over_beta(problem):
    """The pieces have most of the axis, not a few percent of it; sizes are whole numbers."""
    frame = breakpoints(problem.with_options(alpha=0.3, min_size=0), "beta")
    ax = drawn(plots.breakpoints(frame))
    check_readable(ax)
    left, right = ax.get_xlim()
    last = frame["beta_from"].iloc[-1]
    place = ax.transLimits.transform(ax.transScale.transform([(left, 1), (last, 1), (right, 1)]))
    assert (place[1, 0] - place[0, 0]) > 0.75 * (place[2, 0] - place[0, 0])
    ticks = [label.get_text() for label in tick_labels(ax.figure.axes[1], "y")]
    assert all(text.isdecimal() for text in ticks)
    assert len(ax.get_lines()) == len(frame)
    assert "α = 0.3" in ax.get_title(loc="left")
    assert "β = " not in ax.get_title(loc="left")
    member = plots.membership(frame, problem.models)
    check_readable(member)
    assert len(member.patches) == frame["size"].sum()


def test_crowded_pieces_are_spread():
    """Where most breakpoints are near 0, the axis is logarithmic."""
    ends = [0.0, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 1.0, 50.0]
    frame = pd.DataFrame({
        "beta_from": ends[:-1], "beta_to": ends[1:], "loss_from": ends[:-1], "loss_to": ends[1:],
        "size": [7, 6, 5, 4, 3, 2, 1], "proved": [True] * 6 + [False],
        "models": [tuple("abcdefg")[:k] for k in (7, 6, 5, 4, 3, 2, 1)],
    })  # fmt: skip
    ax = drawn(plots.breakpoints(frame))
    assert ax.get_xscale() == "symlog"
    assert ax.get_xlim()[1] == pytest.approx(1.15)
    assert len(ax.texts) >= 5
    assert "dotted: not proved" in ax.get_title(loc="left")
    assert not collisions(ax.texts)


def test_comparison(problem):
    """One point: losses; a row of points: gaps; a plane: the gap map."""
    frame = compare(problem.with_options(beta=0.3), ["hill-climb", "tabu"], time_limit=0.5)
    ax = plots.compare(frame)
    check_readable(ax)
    assert [label.get_text() for label in tick_labels(ax, "y")] == ["hill-climb", "tabu"]
    assert ("proved optimum" in legend_of(ax)) == frame["optimum"].notna().any()


def test_comparison_over_weights():
    """Every method has its line, and the map says where it misses."""
    problem = problem_of(8, m_inter="total")
    ax = plots.compare(compare(problem, ["hill-climb", "random"], alphas=[0.2, 0.5, 0.8]))
    check_readable(ax)
    assert legend_of(ax) == ["hill-climb", "random"]
    frame = compare(problem, ["random"], alphas=[0.2, 0.5, 0.8], betas=[0.0, 0.5])
    ax = plots.compare(frame)
    check_readable(ax)
    missed = int((frame["gap"] > 0).sum())
    assert f"at {missed} of 6 points" in ax.get_title(loc="left")
    assert not np.ma.getmaskarray(ax.collections[0].get_array()).any()
    with pytest.raises(InputError, match="unknown method 'tabu'"):
        plots.gap_map(frame, "tabu")


def ablated(pools):
    """A table as `ablate` makes it, of some pools."""
    changes = [("default", ""), ("alpha", "0.1"), ("alpha", "1"), ("steps", "3")]
    return pd.DataFrame(
        [
            (setting, value, pool, np.nan if (k, value) == (0, "3") else 0.1 * k * j)
            for k, pool in enumerate(pools)
            for j, (setting, value) in enumerate(changes)
        ],
        columns=["setting", "value", "pool", "gap"],
    )


def test_ablation(count):
    """A row for each value, a marker for each pool; what is not known is counted."""
    pools = names(count)
    ax = plots.ablation(ablated(pools))
    check_readable(ax)
    shown = [label.get_text() for label in tick_labels(ax, "y")]
    assert shown == ["default", "α = 0.1", "α = 1", "steps 3"]
    assert legend_of(ax) == short(pools, 40)
    assert f"(1 of {4 * count} gaps not known)" in ax.get_title(loc="left").replace("\n", " ")
    drawn_points = [line for line in ax.get_lines() if line.get_marker() != "None"]
    assert sum(len(line.get_xdata()) for line in drawn_points) == 4 * count - 1
    one = plots.ablation(ablated(["_one"]))
    assert not legend_of(one)
    assert one.get_title(loc="left").endswith("_one")


def test_replication():
    """A row for each claim with its interval, its verdict as a colour, and what was published."""
    rows = [
        ("rq2", "liar", 3, "published", "r complementarity", 0.1, 0.2, 0.05, 0.3, "positive", "holds"),
        ("rq2", "liar", 5, "published", "r complementarity", 0.3, 0.1, np.nan, np.nan, "positive", "inconclusive"),
        ("rq2", "liar", 10, "published", "r complementarity", np.nan, -0.2, -0.3, -0.1, "positive", "does not hold"),
        ("rq1", "liar", 3, "published", "gain", np.nan, 0.1, 0.0, 0.2, "none", "holds"),
        ("rq1", "liar", 3, "published", "chemistry", 0.5, 0.5, 0.4, 0.6, None, None),
    ]  # fmt: skip
    columns = ["experiment", "dataset", "size", "setting", "figure", "published", "value", "low",
               "high", "claim", "verdict"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    ax = plots.replication(frame)
    check_readable(ax)
    assert [label.get_text() for label in tick_labels(ax, "y")] == [
        "liar, 3",
        "liar, 5",
        "liar, 10",
    ]
    assert legend_of(ax) == [
        "claim holds",
        "claim does not hold",
        "claim inconclusive",
        "published",
    ]
    assert "1 holds, 1 does not hold, 1 inconclusive" in ax.get_title(loc="left").replace("\n", " ")
    gains = plots.replication(frame, "rq1")
    assert gains.get_xlabel() == "gain in effectiveness"
    assert legend_of(gains) == ["claim holds"]
    twice = pd.concat([frame, frame.assign(setting="all, mean")])
    ax = plots.replication(twice, "rq2")
    check_readable(ax)
    assert tick_labels(ax, "y")[0].get_text() == "liar, 3: published"
    with pytest.raises(InputError, match="experiment must be one of"):
        plots.replication(frame, "rq3")


def test_gain_predictors():
    """A dot for each data set; far below 0 it is an arrow at the edge."""
    frame = pd.DataFrame({
        "features": ["one", "one", "two", "two"], "objective": "coverage",
        "left_out": ["a", "b"] * 2, "r2": [0.5, -30.0, 0.25, np.nan],
    })  # fmt: skip
    ax = plots.gain_predictors(frame)
    check_readable(ax)
    assert legend_of(ax) == ["a data set left out", "a data set left out, below −1", "median"]
    assert [len(dots.get_offsets()) for dots in ax.collections] == [2, 1]
    assert "2 data sets" in ax.get_title(loc="left")
    assert ax.get_xlim()[0] > -1.1


def test_chemistry_trend():
    """A line for each shape and empty cost."""
    cases = [(s, e, h) for s in ("independent", "aligned") for e in (1.0, np.nan) for h in (0, 1)]
    frame = pd.DataFrame(cases, columns=["shape", "empty_cost", "heterogeneity"])
    ax = plots.chemistry_trend(frame.assign(mean_chemistry=frame["heterogeneity"] / 2))
    check_readable(ax)
    assert len(ax.get_lines()) == 4
    assert legend_of(ax)[:2] == [
        "independent, empty set costs 1",
        "independent, empty set left out",
    ]


def test_unknown_and_huge_gaps():
    """What is not known is grey and named; a gap to an optimum near 0 does not hide the others."""
    frame = pd.DataFrame({
        "alpha": [0.0, 0.5, 1.0] * 2, "beta": [0.0] * 3 + [1.0] * 3, "method": "hill-climb",
        "gap": [0.0, 1e-3, np.nan, 0.02, 1e6, 0.0],
    })  # fmt: skip
    ax = plots.gap_map(frame)
    assert legend_of(ax) == ["not known"]
    (mesh,) = ax.collections
    assert mesh.norm.vmax == 100
    assert mesh.get_array().count() == 5
    assert "at 3 of 6 points" in ax.get_title(loc="left")


def test_pareto_front(count):
    """A point for each ensemble; the sizes are whole numbers; what is not proved is hollow."""
    models = names(count)
    frame = pd.DataFrame({
        "inter": np.arange(count, 0, -1.0), "intra": np.arange(count) ** 2.0,
        "size": np.arange(1, count + 1), "gap": 0.0, "proved": np.arange(count) != 1,
        "models": [models[: k + 1] for k in range(count)],
    })  # fmt: skip
    ax = plots.pareto_front(frame, about="a problem")
    check_readable(ax)
    assert legend_of(ax) == ["proved", "not proved"]
    assert sum(len(dots.get_offsets()) for dots in ax.collections) == count
    ticks = [label.get_text() for label in tick_labels(ax.figure.axes[1], "y")]
    assert all(text.isdecimal() for text in ticks)
    small = pareto_front(problem_of(5))
    assert "5 models, M_inter: published" in plots.pareto_front(small).get_title(loc="left")
    assert not legend_of(plots.pareto_front(small))


def test_bars_of_models(count):
    """Pictures with a row for each model have every name, and say what they show."""
    models = list(names(count))
    share = np.linspace(1, 0, count)
    chosen = [k < 2 for k in range(count)]
    inclusion = pd.DataFrame(
        {"model": models, "chosen": chosen, "frequency": share, "se": 0.02 * np.ones(count)}
    )
    profiles = pd.DataFrame(
        {"model": models, "quality": 10 * share, "accuracy": share, "penalty": (1 - share) ** 2}
    )
    scores = np.random.default_rng(1).random((40, count)) < share
    calls = pd.DataFrame({"model": models * 2, "reason": ["one"] * count + ["_two"] * count})
    for ax, title in (
        (plots.inclusion(inclusion, 50), "How often each model is recommended, of 50 resamples"),
        (plots.profiles(profiles), f"Profiles of {count} models"),
        (plots.outcomes(models, scores), f"What {count} models got right on 40 items"),
        (plots.coverage(models, scores, models), f"What {count} members cover: 100.0 % of 40"),
        (plots.plan(calls), f"The next {2 * count} calls"),
    ):
        check_readable(ax)
        assert ax.get_title(loc="left").startswith(title)
        assert len(tick_labels(ax, "y")) == count
    assert legend_of(ax) == ["one", "_two"]
    assert all(label.get_text().isdecimal() for label in tick_labels(ax, "x"))


def test_names_are_literal():
    """Names are not read as formulas or as markup, in SVG as elsewhere, and stay text there."""
    problem = problem_of(6)
    drawing = plots.render(problem.table.plot)
    assert drawing == plots.render(problem.table.plot)
    text = drawing.decode()
    for name in AWKWARD:
        assert f">{name.replace('<', '&lt;').replace('>', '&gt;')}<" in text
    assert plots.render(problem.table.plot(), "png").startswith(b"\x89PNG")
    import matplotlib.pyplot as plt

    assert not plt.get_fignums()


def test_signs_that_the_font_lacks():
    """A name in any script is drawn without a warning."""
    calls = pd.DataFrame({"model": ["模型", "🚀"], "reason": "一"})
    assert "模型" in plots.render(lambda: plots.plan(calls)).decode()
    assert plots.render(lambda: plots.plan(calls), "png")


def test_on_given_axes():
    """A picture goes where it is asked to go, and shrinks its labels to the room there."""
    import matplotlib.pyplot as plt

    problem = problem_of(60)
    _, axes = plt.subplots(2, 2, figsize=(8, 6))
    ax = problem.table.plot(axes[0, 0])
    assert ax is axes[0, 0]
    check_readable(ax)
    small = recommend(problem, "hill-climb").plot(axes[1, 1], kind="ensemble")
    check_readable(small)


def test_text_on_colours():
    """Black on light, white on dark."""
    assert [text_colour(c) for c in ("white", "yellow", "navy", "black")] == [
        "black", "black", "white", "white",
    ]  # fmt: skip


FRAME = pd.DataFrame({"a": [1]})
BAD = {
    "no table": (lambda: plots.breakpoints(None), "breakpoints needs a DataFrame, not None"),
    "no column": (lambda: plots.pareto_front(FRAME), "no column 'inter'; chemopt.pareto_front"),
    "no regions": (lambda: plots.phase(FRAME), "no column 'models'; chemopt.phase_diagram"),
    "no grid": (lambda: plots.regret(FRAME), "no column 'alpha'"),
    "no study": (lambda: plots.ablation(FRAME), "no column 'setting'; chemopt.studies"),
    "no figures": (lambda: plots.replication(FRAME), "no column 'experiment'"),
    "no predictors": (lambda: plots.gain_predictors(FRAME), "no column 'features'"),
    "no trend": (lambda: plots.chemistry_trend(FRAME), "no column 'shape'"),
    "no weight": (
        lambda: plots.breakpoints(
            pd.DataFrame({"loss_from": [1], "loss_to": [1], "size": [1], "models": [("a",)]})
        ),
        "no column 'alpha_from'",
    ),
    "no rows": (
        lambda: plots.inclusion(
            pd.DataFrame({"model": [], "chosen": [], "frequency": [], "se": []})
        ),
        "the table has no rows",
    ),
    "no matrix": (lambda: plots.chemistry_heatmap(["a"], [1, 2]), "1 model need a square matrix"),
    "no network": (lambda: plots.chemistry_network([], []), "need a square matrix"),
    "no order": (lambda: plots.chemistry_heatmap(["a"], [[0]], order="x"), "order must be one of"),
    "no scores": (lambda: plots.outcomes(["a"], [[0, 1]]), "scores of shape"),
    "no member": (lambda: plots.coverage(["a"], [[0], [1]], []), "there is no member"),
    "no such member": (lambda: plots.coverage(["a"], [[0]], ["b"]), "unknown model 'b'"),
}


@pytest.mark.parametrize("case", BAD)
def test_the_wrong_kind_of_thing(case):
    """A picture says what it draws, and where to get that."""
    draw, message = BAD[case]
    with pytest.raises(InputError, match=message):
        draw()
