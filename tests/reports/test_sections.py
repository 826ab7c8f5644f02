"""What each section finds is what chemopt finds; what data cannot give is left out with a reason."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from report_cases import part, picture, section

import chemopt
from chemopt import (
    ChemistryProblem,
    InputError,
    compare,
    explain,
    learn_profiles,
    load_history,
    pareto_front,
    phase_diagram,
    report,
)
from chemopt.execution.deadline import Deadline
from chemopt.problem.generate import generate_problem
from chemopt.reports.case import Case, make_case
from chemopt.reports.clock import OutOfTime, Share
from chemopt.reports.parts import (
    ClimbPlayer,
    LeftOut,
    Listing,
    Paragraph,
    PhaseExplorer,
    Picture,
    Section,
    Table,
)
from chemopt.reports.report import _make
from chemopt.reports.sections import SECTIONS, backtest, chemistry, coverage, pareto, phase

INSTANCE = ["data", "chemistry", "heuristic", "members", "phase", "pareto", "settings"]


def texts(found, key, tone="plain"):
    parts = section(found, key).parts
    return [one.text for one in parts if isinstance(one, Paragraph) and one.tone == tone]


@pytest.mark.slow
def test_which_sections(four, of_history, of_outcomes):
    """Each kind of data has its sections, and a reason for those it lacks."""
    keys = [[one.key for one in found.sections] for found in (four, of_history, of_outcomes)]
    assert keys[0] == INSTANCE
    assert keys[1] == [*INSTANCE[:-1], "stability", "settings"]
    assert keys[2] == list(SECTIONS)
    assert [one.title for one in four.left_out] == [
        SECTIONS[key].TITLE for key in ("coverage", "backtest", "cascade", "stability")
    ]
    assert of_outcomes.left_out == ()
    assert all(found.finished for found in (four, of_history, of_outcomes))


@pytest.mark.slow
def test_every_section_has_a_headline(of_history, of_outcomes, wild):
    for found in (of_history, of_outcomes, wild):
        for one in found.sections:
            assert one.headline.strip().endswith(".")
            assert len(one.headline) < 250


def test_warnings_come_first():
    """What is known against the data is at the head of its section, all of it."""
    frame = pd.DataFrame(
        {"trial": [f"t{k}" for k in range(6)], "model": list("abc") * 2, "task": "sum",
         "quality": 10.0, "accuracy": [1.0, 0.99, 0.98] * 2}
    )  # fmt: skip
    history = load_history(frame)
    found = report(history, time_limit=None)
    parts = section(found, "data").parts
    tones = [one.tone for one in parts if isinstance(one, Paragraph)]
    assert tones == sorted(tones, key=lambda tone: tone != "warning")
    assert parts[0].tone == "warning"
    assert set(found.answer.warnings) <= set(texts(found, "data", "warning"))
    assert any("Saturated" in text for text in texts(found, "data", "warning"))


def test_profiles_are_those_learned(of_history):
    shown = picture(of_history, "data", "profiles").data["frame"]
    assert shown.equals(of_history.answer.problem.profiles.to_frame())


def test_chemistry(four, of_history):
    problem = four.answer.problem
    heatmap = picture(four, "chemistry", "chemistry_heatmap")
    assert heatmap.data["models"] == problem.models
    assert np.array_equal(heatmap.data["matrix"], problem.matrix)
    pairs = heatmap.table.frame
    assert pairs["chemistry"].is_monotonic_decreasing
    assert pairs["chemistry"].sum() == pytest.approx(problem.table.total)
    assert not any(
        p.kind == "interaction_graph"
        for p in section(four, "chemistry").parts
        if isinstance(p, Picture)
    )  # there are no profiles
    nodes = picture(of_history, "chemistry", "interaction_graph").data["nodes"]
    assert nodes.loc[nodes["used"].map(len) > 0, "cost"].notna().all()


def test_a_large_graph_is_counted_only():
    history = load_history("instances/example_history.csv")
    problem = ChemistryProblem(
        chemopt.compute_chemistry(learned := learn_profiles(history)), profiles=learned
    )
    made = chemistry.make(Case(problem), Share("", Deadline()))
    assert any("256 nodes" in p.text for p in made.parts if isinstance(p, Paragraph))


def test_heuristic_against_exact(four):
    """The table is that of `compare`, and the player goes the climber's way."""
    problem = four.answer.problem
    expected = compare(problem, ["hill-climb", "multi-start", "tabu", "annealing", "auto"])
    shown = part(four, "heuristic", Table).frame
    for column in ("method", "loss", "gap", "size", "jaccard"):
        assert list(shown[column]) == list(expected[column])
    assert "bound_gap" not in shown
    data = part(four, "heuristic", ClimbPlayer).data
    assert data["optimum"] == {
        "models": list(four.answer.models), "loss": four.answer.loss, "proved": True
    }  # fmt: skip
    best = data["climbs"][0]["states"][-1]
    assert best["loss"] == pytest.approx(shown["loss"].iloc[0])
    assert "9.68 %" in section(four, "heuristic").headline


@pytest.mark.slow
def test_states_of_a_climb_follow_from_each_other():
    """Each state is the one before after a move; its loss is that of its models."""
    found = report(generate_problem(9, seed=3), time_limit=None)
    problem = found.answer.problem
    data = part(found, "heuristic", ClimbPlayer).data
    for climb in data["climbs"]:
        for one, after in zip(climb["states"], climb["states"][1:], strict=False):
            assert 1 <= len(set(one["models"]) ^ set(after["models"])) <= 2
            if one["loss"] is None:
                continue  # a start that is not feasible
            assert after["move"] in {c["move"] for c in one["candidates"] if not c["broken"]}
            assert after["loss"] < one["loss"]
        for state in climb["states"]:
            terms = chemopt.problem.loss.loss_terms(problem, problem.positions(state["models"]))
            assert state["loss"] is None or state["loss"] == pytest.approx(terms.loss)
            assert state["count"] >= state["feasible"]


def test_phase_is_the_diagram(four):
    expected = phase_diagram(four.answer.problem, beta_max=0.5)
    explorer = part(four, "phase", PhaseExplorer)
    assert explorer.picture.data["regions"].equals(expected.regions)
    assert explorer.data["beta_max"] == 0.5
    assert "all regions are proved" in section(four, "phase").headline


@pytest.mark.parametrize("seed", range(4))
def test_sliders_have_what_the_answer_follows_from(seed):
    """The rule in the page (least loss, ties by rank) gives what `PhaseDiagram` says."""
    problem = generate_problem(7, seed=seed).with_options(m_inter="total")
    diagram = phase_diagram(problem)
    data = phase.explorer_data(Case(problem), diagram)
    draw = np.random.default_rng(seed)
    points = [tuple(p) for p in draw.random((40, 2)) * (1, diagram.beta_max)]
    points += list(diagram.vertices[["alpha", "beta"]].itertuples(index=False, name=None))
    for alpha, beta in points:
        terms = [
            (alpha * one["lacking_inter"], (1 - alpha) * one["lacking_intra"],
             beta * len(one["models"]))
            for one in data["regions"]
        ]  # fmt: skip
        losses = [sum(three) for three in terms]
        rounding = data["rounding"] * sum(terms[losses.index(min(losses))])
        near = [one for one, loss in zip(data["regions"], losses, strict=True)
                if loss <= min(losses) + rounding]  # fmt: skip
        best = min(near, key=lambda one: one["rank"])
        assert tuple(data["models"][k] for k in best["models"]) == diagram.at(alpha, beta)
        assert min(losses) == diagram.loss_at(alpha, beta)
        assert any(one["proved"] for one in near) == diagram.proved_at(alpha, beta)


def test_pareto(four):
    expected = pareto_front(four.answer.problem)
    assert picture(four, "pareto", "pareto_front").data["frame"].equals(expected)


def test_a_front_size_by_size_is_the_whole_front(monkeypatch):
    """Fronts of single sizes, put together, are the front; without time, some of it."""
    problem = generate_problem(7, seed=2)
    whole = pareto_front(problem)
    monkeypatch.setattr(pareto, "MODEL_LIMIT", 3)
    made = pareto.make(Case(problem), Share("", Deadline()))
    shown = next(p for p in made.parts if isinstance(p, Picture)).data["frame"]
    assert list(shown["models"]) == list(whole["models"])
    assert made.finished
    hurried = pareto.make(Case(problem), Share("", Deadline(0.0)))
    assert not hurried.finished
    assert "Time ran out after 0 of" in hurried.parts[1].text


@pytest.mark.slow
def test_members(four, of_outcomes):
    why = explain(four.answer)
    assert part(four, "members", Listing).text == str(why)
    other = why.runner_up
    assert f"{other.loss - four.answer.loss:.4g}" in section(four, "members").headline
    beside = [p for p in section(of_outcomes, "members").parts if isinstance(p, Table)]
    assert "oracle" in list(beside[0].frame["name"])


@pytest.mark.slow
def test_stability(of_history):
    shown = picture(of_history, "stability", "inclusion")
    assert shown.data["resamples"] == 50
    assert shown.data["frame"]["frequency"].between(0, 1).all()


@pytest.mark.slow
def test_outcomes(of_outcomes, outcomes):
    """The verdict is that of `select`; the backtest and the cascade are those of chemopt."""
    selected = chemopt.select(outcomes, size=2)
    assert texts(of_outcomes, "coverage", "verdict") == [selected.verdict.sentence]
    assert section(of_outcomes, "coverage").headline == selected.verdict.sentence
    head = of_outcomes.head
    assert (head.models, head.verdict) == (selected.models, selected.verdict.sentence)
    assert head.claim == selected.verdict.claim
    assert texts(of_outcomes, "chemistry", "verdict") == [of_outcomes.answer.verdict.sentence]
    page = of_outcomes.to_html()
    assert page.index("<strong>Verdict:</strong>") < page.index('<ul class="models">')
    keys = [one.key for one in of_outcomes.sections]
    assert keys.index("coverage") < keys.index("chemistry")
    assert picture(of_outcomes, "coverage", "coverage").data["chosen"] == selected.models
    summary = picture(of_outcomes, "backtest", "backtest_curve").data["summary"]
    assert (summary["splits"] == 10).all()
    expected = chemopt.cascade(outcomes, max_length=2)
    shown = picture(of_outcomes, "cascade", "cascade_front")
    assert shown.data["front"].equals(expected.front)
    assert shown.table.frame["models"].iloc[0] == expected.front["order"].iloc[0]


def test_without_costs_there_is_no_cascade_unless_there_are_prices(outcomes):
    free = dataclasses.replace(outcomes, cost=None)
    bare = make_case(free, None, None, None, None)
    left = SECTIONS["cascade"].make(bare, Share("", Deadline()))
    assert isinstance(left, LeftOut)
    assert "price" in left.reason
    prices = pd.DataFrame({"price": range(1, 6)}, index=outcomes.models)
    priced = make_case(free, None, None, None, {"attributes": prices})
    assert isinstance(SECTIONS["cascade"].make(priced, Share("", Deadline())), Section)


class Stopped(Share):
    """A share that is used up after this many steps."""

    def __init__(self, steps):
        super().__init__("", Deadline())
        self._steps = steps

    def tick(self, done, total):
        self._steps -= 1
        if self._steps < 0 and done < total:
            raise OutOfTime


def test_a_backtest_keeps_the_splits_that_were_done(outcomes):
    """Two whole splits are shown, a part of a third is not; of one nothing can be said."""
    case = make_case(outcomes, None, None, None, {"size": 2})
    made = backtest.make(case, Stopped(15))
    summary = next(p for p in made.parts if isinstance(p, Picture)).data["summary"]
    assert (summary["splits"] == 2).all()
    assert not made.finished
    assert "after 2 of 10 splits" in made.parts[1].text
    early = backtest.make(case, Stopped(7))
    assert [p.tone for p in early.parts] == ["unfinished"]


def test_coverage_without_the_held_out_estimate_gives_no_verdict(outcomes):
    case = make_case(outcomes, None, None, None, {"size": 2})
    made = coverage.make(case, Stopped(3))
    assert not made.finished
    assert "not known" in made.headline
    assert {p.tone for p in made.parts if isinstance(p, Paragraph)} >= {"unfinished"}


@pytest.mark.slow
def test_sections_say_when_time_ran_out(of_history, monkeypatch):
    """Whatever a section does when it is stopped, the report is made."""
    for key in ("stability", "phase"):

        def stop(case, share):
            raise OutOfTime

        monkeypatch.setattr(SECTIONS[key], "make", stop)
    history = load_history("instances/example_history.csv")
    found = report(history, time_limit=None)
    assert not found.finished
    assert section(found, "stability").parts == (
        Paragraph("Time ran out before it was done.", "unfinished"),
    )


def test_an_infeasible_problem_has_a_report(problem):
    """What cannot be answered is left out, with chemopt's own words."""
    found = report(problem.with_options(apart=[("a", "b")], require=["a", "b"]), time_limit=None)
    assert found.answer.models == ()
    assert [one.key for one in found.sections] == ["data", "chemistry", "settings"]
    reasons = {one.title: one.reason for one in found.left_out}
    assert "'a'" in reasons["Pareto front"] or "a" in reasons["Pareto front"]


def test_settings_say_how_to_make_it_again(wild):
    assert part(wild, "settings", Listing).text == "chemopt report '<i>x</i>'"
    options = part(wild, "settings", Table).frame.set_index("option")["value"]
    assert (options["alpha"], options["seed"], options["time_limit"]) == ("0.8", "0", "none")


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (3, {}, "report needs a history, outcomes or a problem, not an int"),
        (None, {"beta_max": 0}, "beta_max must be a number in"),
        (None, {"time_limit": 0}, "time_limit"),
        (None, {"seed": -1}, "seed"),
        (None, {"method": "best"}, "method must be one of"),
        (None, {"task": "sum"}, "task is for a history or outcomes"),
        (None, {"problem_options": {"alhpa": 1}}, "is 'alpha' meant"),
        (None, {"command": 3}, "command must be a text"),
        (None, {"output": "/nowhere/report.html"}, "/nowhere does not exist"),
    ],
)
def test_bad_input(problem, data, options, message):
    """Options are checked before work begins."""
    with pytest.raises(InputError, match=message):
        report(problem if data is None else data, **options)


def test_a_section_that_chemopt_refuses_is_left_out(outcomes, monkeypatch):
    def refuse(case, share):
        raise InputError("too few items")

    monkeypatch.setattr(SECTIONS["backtest"], "make", refuse)
    case = make_case(outcomes, None, None, None, None)
    clock = chemopt.reports.clock.Clock(None, {"backtest": 1.0})
    made = _make("backtest", SECTIONS["backtest"], case, clock)
    assert made == LeftOut("Backtest", "too few items")
