"""The benchmark suite: problems, runs in processes, results that survive, claims that are checked."""

import functools
import json
import math

import numpy as np
import pandas as pd
import pytest

import benchmarks.runs
from benchmarks import emitting, peak_mb
from benchmarks.cases import FAMILIES, Case, benchmark_cases, random_cases
from benchmarks.commands import selection
from benchmarks.runs import (
    COLUMNS,
    KEY,
    Run,
    load_runs,
    measure,
    run_apart,
    run_here,
    runs_frame,
)
from benchmarks.verdicts import add_comparison, failures, summary, wrong_claims
from chemopt import InputError, SolverError, recommend
from chemopt.cli.program import run_command
from chemopt.execution.store import Store
from chemopt.problem.generate import generate_problem

CASE = Case("uniform", "uniform-8-0", 8, alpha=0.8, beta=0.5)


@pytest.fixture
def folder(tmp_path):
    """A folder of benchmark files whose optima are known: 12, 9 and -3."""
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "path3").write_text("3 2\n1 2 5\n2 3 7\n")
    (tmp_path / "far.txt").write_text("3 2\n0 1 5\n0 2 9\n1 2 1\n")
    (tmp_path / "small.sparse").write_text("2 2\n1 1 -3\n1 2 1\n")
    write_values(tmp_path, "maxcut,path3,12,yes", "diversity,far,,no", "qubo,small,-3,yes")
    return tmp_path


def write_values(folder, *rows):
    """Write a values file."""
    lines = ["kind,instance,best_value,proved_optimal", *rows]
    (folder / "values.csv").write_text("\n".join(lines) + "\n")


def test_random_cases():
    """Every family, size, instance and α makes one problem, the same each time."""
    cases = random_cases(FAMILIES, [6, 9], [0.5, 1.0], 0.25, "total", 2)
    assert len(cases) == len({(c.instance, c.alpha) for c in cases}) == 24
    for case in cases:
        problem, again = case.problem(), case.problem()
        assert problem.table == again.table
        assert len(problem.models) == case.models
        assert (problem.alpha, problem.beta, problem.m_inter) == (case.alpha, 0.25, "total")
        assert problem.matrix.any()


def test_benchmark_cases(folder):
    """A folder's instances come with their own options and known values."""
    graph, points, qubo = benchmark_cases(folder)
    assert (graph.family, graph.models, graph.known, graph.known_proved) == ("max-cut", 3, 12, True)
    assert (points.family, points.known, points.known_proved) == ("diversity", None, False)
    assert (qubo.family, qubo.models, qubo.alpha) == ("qubo", 3, 1.0)
    assert [case.instance for case in benchmark_cases(folder, "[ps]*")] == ["path3", "small"]
    frame = runs_frame([run_here(Run(case, "brute-force", 5.0)) for case in (graph, points, qubo)])
    assert frame["value"].to_list() == [12.0, 9.0, -3.0]
    assert (frame["known_loss"].dropna() == frame["loss"][frame["known_loss"].notna()]).all()
    assert wrong_claims(frame) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("sudoku,path3,1,no", "line 2: the kind 'sudoku' is none of"),
        ("maxcut,none,1,no", "line 2: there are 0 files named 'none'"),
        ("maxcut,path3,many,no", "line 2: the best value 'many' is not a number"),
    ],
)
def test_bad_values_files(folder, row, message):
    """An error in a values file is reported with its line."""
    write_values(folder, row)
    with pytest.raises(InputError, match=message):
        benchmark_cases(folder)


def test_folders_without_a_values_file(tmp_path):
    """A folder needs a values file with the two columns."""
    with pytest.raises(InputError, match="cannot be read"):
        benchmark_cases(tmp_path)
    (tmp_path / "values.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="the column 'kind' is missing"):
        benchmark_cases(tmp_path)


def test_a_run_in_a_process_of_its_own():
    """A row from another process has what one from here has, and its own memory and time."""
    run = Run(CASE, "multi-start", 5.0)
    apart, here = run_apart(run), run_here(run)
    assert list(apart) == list(COLUMNS)
    assert (apart["loss"], apart["status"]) == (here["loss"], "feasible")
    assert apart["process_seconds"] > apart["seconds"] > 0
    assert apart["peak_mb"] > 1 or math.isnan(apart["peak_mb"])
    assert apart["progress"][-1][1] == apart["loss"]
    assert peak_mb() > 1 or math.isnan(peak_mb())


def test_a_run_that_overruns_is_ended(monkeypatch):
    """A little after the limit a run is ended, and recorded so."""
    monkeypatch.setattr(benchmarks.runs, "LEAST_GRACE", 0.0)
    row = run_apart(Run(CASE, "annealing", 0.01))
    assert row["status"] == "killed"
    assert "after its time limit" in row["message"]
    table = summary(runs_frame([row]))
    assert table["proved"].item() == 0
    assert table["seconds"].item() == 0.01


def test_runs_that_fail_or_are_refused():
    """A crash is a failure; a method that is not for the problem is not."""
    row = run_apart(
        Run(Case("max-cut", "gone", 3, 1.0, 0.0, "total", path="gone.rudy"), "auto", 5.0)
    )
    assert row["status"] == "failed"
    assert failures(runs_frame([row])) == [
        "max-cut gone: auto failed: InputError: gone.rudy: no such file"
    ]
    row = run_here(Run(CASE, "min-cut", 5.0))
    assert row["status"] == "refused"
    assert "alpha ≤ 1/3" in row["message"]
    assert failures(runs_frame([row])) == []
    assert summary(runs_frame([row])).empty


def test_a_stopped_suite_goes_on_where_it_was(tmp_path):
    """What is in the store is not run again, and nothing is lost."""
    runs = [
        Run(CASE, method, 5.0, seed=seed)
        for method in ("hill-climb", "brute-force")
        for seed in (0, 1)
    ]
    made = []

    def stops_at_third(run):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(run.key)
        return run_here(run)

    with pytest.raises(KeyboardInterrupt):
        measure(runs, tmp_path, execute=stops_at_third)
    assert len(load_runs(tmp_path)) == 2

    def goes_on(run):
        made.append(run.key)
        return run_here(run)

    counted = []
    frame = measure(runs, tmp_path, lambda done, total: counted.append((done, total)), goes_on)
    assert made == [run.key for run in runs]
    assert counted[-1] == (4, 4)
    assert frame["method"].to_list() == ["hill-climb", "hill-climb", "brute-force", "brute-force"]
    assert len(load_runs(tmp_path)) == 4
    pd.testing.assert_frame_equal(measure(runs, tmp_path, execute=stops_at_third), frame)
    other = Run(CASE, "hill-climb", 6.0)
    measure([other], tmp_path, execute=goes_on)
    assert made[-1] == other.key


def test_folders_that_are_no_results(tmp_path):
    """A store of something else is refused, and so is a folder without one."""
    with pytest.raises(InputError, match="there is no store here"):
        load_runs(tmp_path / "none")
    Store(tmp_path, "study").close()
    with pytest.raises(InputError, match="a store of a study, not of a benchmark"):
        measure([Run(CASE, "hill-climb", 5.0)], tmp_path, execute=run_here)


def row(method, status="feasible", **figures):
    """Return a row of made-up figures."""
    return {**Run(CASE, method, 5.0).row(), "status": status, "tolerance": 1e-6, **figures}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("a", loss=5.0, bound=4.0), row("b", loss=3.9)], "a claims the bound 4.0, but b found 3.9"),
        ([row("a", "optimal", loss=5.0, bound=5.0), row("b", loss=4.0)], "a claims the bound 5.0, but b found 4.0"),
        ([row("a", "optimal", loss=5.0), row("b", loss=4.0)], "a calls 5.0 optimal, but b found 4.0"),
        ([row("a", "infeasible"), row("b", loss=4.0)], "a claims that there is no ensemble, but b found 4.0"),
        ([row("a", loss=5.0, bound=4.5, known_loss=4.0)], "a claims the bound 4.5, but a published value found 4.0"),
        ([row("a", loss=3.0, known_loss=4.0, known_proved=True)], "a found 3.0, below the published optimum 4.0"),
    ],
)  # fmt: skip
def test_wrong_claims_are_caught(rows, message):
    """Whatever a run claims is held against every other run and what is published."""
    (claim,) = wrong_claims(runs_frame(rows))
    assert claim == f"uniform uniform-8-0 (alpha 0.8, beta 0.5): {message}"


@pytest.mark.parametrize(
    "rows",
    [
        [row("a", "optimal", loss=5.0, bound=5.0), row("b", loss=5.0 - 5e-7), row("c", "killed")],
        [row("a", loss=3.0, known_loss=4.0)],
        [row("a", "infeasible"), row("b", "infeasible")],
        [row("a", loss=5.0, bound=4.5), row("b", loss=4.0, stop_reason="fallback")],
    ],
)
def test_claims_that_are_not_wrong(rows):
    """Rounding, a better value than one not proved, agreement, and a fallback contradict nothing."""
    assert wrong_claims(runs_frame(rows)) == []


def test_summary():
    """Shares, medians and distances from the best, by family, size, α and method."""
    frame = runs_frame(
        [
            row("a", "optimal", loss=4.0, bound=4.0, gap=0.0, seconds=1.0),
            row("b", loss=5.0, seconds=2.0),
            {**row("a", loss=8.0, gap=0.5, seconds=3.0), "instance": "other"},
        ]
    )
    table = summary(frame)
    assert table["method"].to_list() == ["a", "b"]
    assert table["runs"].to_list() == [2, 1]
    assert table["proved"].to_list() == [0.5, 0.0]
    assert table["seconds"].to_list() == [2.0, 2.0]
    assert table["gap"].to_list() == [0.25, np.inf]
    assert table["above_best"].to_list() == [0.0, 0.25]


def test_distances_of_benchmark_files_are_relative_to_their_value(folder):
    """How far a cut is from the best known is relative to the cut, not to the loss."""
    graph = benchmark_cases(folder, "path3")[0]
    frame = runs_frame([run_here(Run(graph, "brute-force", 5.0))])
    worse = frame.assign(loss=3.0, value=9.0, method="worse")
    compared = add_comparison(pd.concat([frame, worse], ignore_index=True))
    assert compared["above_best"].to_list() == [0.0, 0.25]


def run_bench(capsys, monkeypatch, *words):
    """Run the command in this process; return exit code, stdout and stderr."""
    here = functools.partial(measure, execute=run_here)
    monkeypatch.setattr(emitting, "measure", here)
    code = run_command("bench", "", (selection,), ["selection", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_command(capsys, monkeypatch, tmp_path, folder):
    """The command gives a summary, tidy rows or JSON, and skips what is there."""
    words = ["--sizes", "6,8", "--family", "uniform", "--alphas", "0.8", "--folder", folder,
             "--method", "multi-start,brute-force,min-cut", "--results", tmp_path / "r"]  # fmt: skip
    code, out, err = run_bench(capsys, monkeypatch, *words)
    assert (code, err) == (0, "")
    assert out.splitlines()[0].split() == [
        "family", "models", "alpha", "method", "runs", "proved", "seconds", "gap", "above_best", "peak_mb",
    ]  # fmt: skip
    assert "chemopt" in out.splitlines()[-1]
    before = load_runs(tmp_path / "r")
    code, out, _ = run_bench(
        capsys, monkeypatch, *words, "--format", "csv", "-o", tmp_path / "r.csv"
    )
    assert code == 0
    frame = pd.read_csv(tmp_path / "r.csv")
    assert set(KEY) <= set(frame.columns)
    assert len(frame) == 15
    assert frame["models"].is_monotonic_increasing
    code, out, _ = run_bench(capsys, monkeypatch, *words, "--format", "json")
    assert len(json.loads(out)["runs"]) == 15
    pd.testing.assert_frame_equal(load_runs(tmp_path / "r"), before)


def test_an_interrupted_command_says_how_to_go_on(capsys, monkeypatch, tmp_path):
    """Ctrl-C ends with its exit code and where the runs are."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(emitting, "measure", interrupted)
    words = ["selection", "--sizes", "6", "--results", str(tmp_path / "r")]
    assert run_command("bench", "", (selection,), words) == 130
    assert f"the runs made are in {tmp_path / 'r'}" in capsys.readouterr().err


def test_a_wrong_claim_fails_the_command(capsys, monkeypatch, tmp_path, folder):
    """A method that contradicts a published optimum is named, and the exit code is 1."""
    write_values(folder, "maxcut,path3,99,yes", "qubo,small,-3,yes")
    code, out, err = run_bench(
        capsys, monkeypatch, "--folder", folder, "--method", "brute-force",
        "--results", tmp_path / "r",
    )  # fmt: skip
    assert code == 1
    assert "max-cut" in out
    assert err.count("\n") == 1
    assert "wrong: max-cut path3 (alpha 1, beta 0): brute-force claims the bound" in err


@pytest.mark.parametrize(
    "words",
    [
        ["--sizes", "many"],
        ["--sizes", "1"],
        ["--alphas", "2"],
        ["--family", "unknown"],
        ["--family", ""],
        ["--method", "unknown"],
        ["--time-limit", "0"],
        ["--folder", "none"],
    ],
)
def test_bad_options(capsys, monkeypatch, tmp_path, words):
    """One line on stderr, exit code 2, nothing written."""
    code, out, err = run_bench(capsys, monkeypatch, *words, "--results", tmp_path / "r")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert not (tmp_path / "r").exists()


def test_published_instances(shared):
    """Published instances small enough for all subsets: methods and values agree."""
    cases = benchmark_cases(shared / "benchmarks", "gka1b")
    runs = [Run(case, method, 5.0) for case in cases for method in ("brute-force", "annealing")]
    frame = runs_frame([run_here(run) for run in runs])
    assert wrong_claims(frame) == []
    assert frame["value"].to_list() == [-133.0, -133.0]
    assert len(benchmark_cases(shared / "benchmarks")) == len(
        pd.read_csv(shared / "benchmarks" / "values.csv")
    )


def test_matplotlib_is_asked_for_before_the_work(capsys, monkeypatch, tmp_path):
    """Without Matplotlib nothing is run that could not be drawn."""

    def missing():
        raise SolverError("plots need Matplotlib")

    monkeypatch.setattr("chemopt.plots.canvas.load_matplotlib", missing)
    code, _, err = run_bench(
        capsys, monkeypatch, "--results", tmp_path / "r", "--plots", tmp_path / "plots"
    )
    assert code == 1
    assert "need Matplotlib" in err
    assert not (tmp_path / "r").exists()


def test_own_answers_are_rows_too():
    """Answers to a problem of one's own become a table of runs."""
    problem = generate_problem(8)
    answers = [recommend(problem, "brute-force"), recommend(problem, "annealing", time_limit=5)]
    frame = benchmarks.runs.answers_frame(answers)
    assert frame["loss"].to_list() == [answer.loss for answer in answers]
    assert wrong_claims(frame) == []
