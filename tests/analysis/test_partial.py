"""Executors give the same; a limit is for the whole; what there is when interrupted."""

import contextlib
import json

import pandas as pd
import pytest

from chemopt import (
    InputError,
    UnansweredError,
    breakpoints,
    compare,
    load_history,
    pareto_front,
    phase_diagram,
    stability,
)
from chemopt.cli.main import main
from chemopt.errors import Interrupted
from chemopt.execution.executors import open_executor
from chemopt.execution.gather import gather
from chemopt.history.generate import generate_history
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import problem_to_json

SMALL = generate_problem(7, kind="uniform").with_options(m_inter="total")
LARGE = generate_problem(24, kind="uniform").with_options(m_inter="total", max_size=4)
HISTORY = load_history(generate_history(5, 30, seed=1))


def of_compare(**options):
    return compare(SMALL, ["hill-climb", "brute-force"], alphas=[0.2, 0.8], **options)


def of_breakpoints(**options):
    return breakpoints(SMALL, "alpha", method="exact", **options)


def of_pareto(**options):
    return pareto_front(LARGE, **options)


def of_stability(**options):
    return stability(HISTORY, resamples=5, **options).resamples


ALL = [of_compare, of_breakpoints, of_pareto, of_stability]


def stop_after(count):
    """Return a progress that is interrupted after some steps."""

    def progress(done, total):
        if done >= count:
            raise KeyboardInterrupt

    return progress


@pytest.fixture(scope="module")
def processes():
    with open_executor("processes", 2) as executor:
        yield executor


@pytest.mark.parametrize("function", ALL)
def test_executors_give_the_same(function, processes):
    """All but the times is the same from other processes."""
    frames = function(), function(executor=processes)
    pd.testing.assert_frame_equal(*(f.drop(columns="runtime", errors="ignore") for f in frames))
    assert "partial" not in frames[0].attrs


@pytest.mark.parametrize("function", ALL)
def test_an_interrupt_comes_with_what_there_is(function):
    """The rows are some of the whole result, and it says so."""
    whole = function()
    with pytest.raises(Interrupted, match="partial: interrupted after") as caught:
        function(progress=stop_after(2))
    found = caught.value.result
    frame = found.resamples if hasattr(found, "resamples") else found
    assert 0 < len(frame) <= len(whole)
    assert frame.attrs["partial"].startswith("partial: interrupted")


def test_what_is_not_explored_is_not_proved():
    """Pieces whose crossings were not solved are not called proved."""
    with pytest.raises(Interrupted) as caught:
        of_breakpoints(progress=stop_after(2))
    assert not caught.value.result["proved"].all()
    assert of_breakpoints()["proved"].all()


@pytest.mark.slow
def test_an_interrupted_phase_diagram():
    """Regions known so far are there, not all of them proved."""

    def phase(**options):
        return phase_diagram(SMALL, method="exact", **options)

    with pytest.raises(Interrupted, match="partial: interrupted after") as caught:
        phase(progress=stop_after(2))
    diagram = caught.value.result
    assert diagram.regions["area"].sum() == pytest.approx(1)
    assert not diagram.proved
    assert phase().proved


@pytest.mark.slow
def test_a_phase_diagram_from_processes(processes):
    """The regions are the same, though several vertices are solved at once."""
    columns = ["models", "size", "area", "proved"]
    here, there = (
        phase_diagram(SMALL, method="exact", executor=executor).regions[columns]
        for executor in (None, processes)
    )
    pd.testing.assert_frame_equal(here, there)


@pytest.mark.parametrize("function", ALL)
def test_limits(function):
    """A limit that is no time is no error of the program, and a wrong one is the user's."""
    with pytest.raises(InputError, match="time_limit must be a number > 0"):
        function(time_limit=0)
    with contextlib.suppress(UnansweredError):
        assert len(function(time_limit=1e-4)) >= 1
    pd.testing.assert_frame_equal(
        *(
            f.drop(columns="runtime", errors="ignore")
            for f in (function(time_limit=1000), function())
        )
    )


def test_calls_share_the_time():
    """Each call has its share of what is left, and what one leaves goes to the others."""
    from chemopt.execution.deadline import Deadline

    seconds = gather(_given, [(k,) for k in range(4)], deadline=Deadline.after(100)).values
    assert [round(seconds[k], -1) for k in range(4)] == [20, 30, 50, 100]
    assert gather(_given, [(1,)]).values == {0: None}
    assert gather(_given, [(1,)], deadline=Deadline.after(100), most=0.25).values[0] <= 25
    late = gather(_given, [(1,)], deadline=Deadline(0.0))
    assert (late.values, late.ended_by) == ({}, "time_limit")


def _given(_, seconds):
    return seconds


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "--method", "hill-climb,brute-force", "--alpha", "0.2,0.8"],
        pytest.param(["breakpoints", "--method", "exact"], marks=pytest.mark.slow),
    ],
)
def test_commands_write_what_there_is(words, tmp_path, capsys, monkeypatch):
    """The file is written, the exit code is 130, and stderr says that it is partial."""
    (tmp_path / "p.json").write_text(problem_to_json(SMALL))
    module = f"chemopt.cli.commands.{words[0].replace('-', '_')}"
    monkeypatch.setattr(f"{module}.Progress", lambda what: stop_after(3))
    output = tmp_path / "out.json"
    assert main([words[0], str(tmp_path / "p.json"), *words[1:], "--format", "json", "-o", str(output)]) == 130  # fmt: skip
    assert json.loads(output.read_text())
    err = capsys.readouterr().err
    assert "partial: interrupted after 3" in err
    assert "nothing was written" not in err
