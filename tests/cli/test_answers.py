"""The commands around a recommendation: explanations, alternatives, trade-offs, stability."""

import csv
import io
import json
import subprocess
import sys

import pytest
from helpers import child_environment

from chemopt import best_ensembles, breakpoints, explain, recommend
from chemopt.analysis.phase.compute import phase_diagram
from chemopt.analysis.phase.diagram import PhaseDiagram
from chemopt.cli.main import main
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import problem_to_json, read_problem


@pytest.fixture
def files(instances):
    """The files that the commands of these tests name by a letter."""
    names = {
        "I": "four_models.json", "Q": "quixbugs_mean.json", "H": "example_history.csv",
        "A": "example_attributes.csv", "O": "example_outcomes.csv", "P": "example_models.csv",
    }  # fmt: skip
    return {letter: str(instances / name) for letter, name in names.items()}


LEARN = ["--aggregate", "mean", "--empty-cost", "none"]


@pytest.fixture
def run(capsys, files):
    """Run a command line; return exit code, stdout and stderr."""

    def run_words(*words):
        code = main([files.get(word, str(word)) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_words


def records(run, *words):
    """Return the rows of a command in JSON, after seeing that CSV and table have as many."""
    code, out, _ = run(*words, "--format", "json")
    assert code == 0
    rows = json.loads(out)
    _, out, _ = run(*words, "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(out)))) == len(rows)
    _, out, _ = run(*words)
    assert len(out.splitlines()) == len(rows) + 1
    return rows


def test_explain(run, files):
    """The explanation follows the answer as text, and is in it in JSON."""
    answer = recommend(read_problem(files["I"]))
    code, out, _ = run("recommend", "I", "--explain")
    assert code == 0
    assert out.endswith(explain(answer).summary() + "\n")
    _, out, _ = run("recommend", "I", "--explain", "--format", "json")
    why = json.loads(out)["explanation"]
    assert why["runner_up"]["models"] == list(explain(answer).runner_up.models)
    assert {"contributions", "moves", "binding"} < why.keys()
    code, out, err = run("recommend", "I", "--explain", "--size", "9")
    assert code == 1
    assert out.count("infeasible") == 1
    assert err == ""


def test_best_and_tied(run, files):
    """The K best, or those as good as the best."""
    problem = read_problem(files["I"])
    rows = records(run, "recommend", "I", "--best", "4", "--m-inter", "total")
    expected = best_ensembles(problem.with_options(m_inter="total"), 4)
    assert [row["models"] for row in rows] == [list(answer.models) for answer in expected]
    tied = records(run, "recommend", "I", "--tied", "--m-inter", "total")
    assert [row["models"] for row in tied] == [["ada", "cyd"], ["bea", "dot"]]
    assert len(records(run, "recommend", "I", "--tied", "--best", "1")) == 1
    code, out, err = run("recommend", "I", "--best", "3", "--size", "9", "--format", "json")
    assert (code, json.loads(out)) == (1, [])
    assert "no ensemble of the 4 models meets size=9" in err


def test_evaluate(run):
    """An ensemble's loss, what is wrong with it, contributions and moves."""
    code, out, _ = run("evaluate", "I", "--ensemble", "dot", "bea", "cyd", "--format", "json")
    data = json.loads(out)
    assert code == 0
    assert data["loss"] == pytest.approx(0.62)
    assert (data["models"], data["broken"]) == (["bea", "cyd", "dot"], [])
    assert len(data["contributions"]) == 4
    _, out, _ = run("evaluate", "I", "--ensemble", "ada", "cyd", "--max-size", "1")
    assert "infeasible: 2 models are more than 1; inter 3.2 is more than M_inter 1.6" in out
    _, out, _ = run("evaluate", "I", "--format", "csv", "--ensemble")
    assert [row["chosen"] for row in csv.DictReader(io.StringIO(out))] == ["False"] * 4


def test_trade_off(run, files):
    """Breakpoints over either weight, in an interval."""
    rows = records(run, "breakpoints", "Q")
    assert [row["models"] for row in rows] == [
        list(models) for models in breakpoints(read_problem(files["Q"]))["models"]
    ]
    rows = records(run, "breakpoints", "Q", "--over", "beta", "--from", "0.1", "--to", "0.4")
    assert (rows[0]["beta_from"], rows[-1]["beta_to"]) == (0.1, 0.4)


def test_phase(run, files):
    """Regions as a table, JSON and CSV; with --regret the map of a heuristic."""
    words = ["phase-diagram", "I", "--beta-max", "1"]
    expected = phase_diagram(read_problem(files["I"]), 1.0)
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    assert out.startswith("alpha from 0 to 1, beta from 0 to 1: 4 regions, 4 proved")
    _, out, _ = run(*words, "--format", "json")
    found = PhaseDiagram.from_json(out)
    assert found.regions["vertices"].tolist() == expected.regions["vertices"].tolist()
    assert "regret" not in json.loads(out)
    _, out, _ = run(*words, "--format", "csv")
    assert len(list(csv.reader(io.StringIO(out)))) == 5
    regret = ["--regret", "hill-climb", "--resolution", "3"]
    _, out, _ = run(*words, *regret)
    assert "hill-climb misses the optimum at " in out
    assert "most of all by " in out
    _, out, _ = run(*words, *regret, "--format", "json")
    data = json.loads(out)["regret"]
    assert data["method"] == "hill-climb"
    assert len(data["points"]) == 9 + 4 + len(expected.vertices)
    assert PhaseDiagram.from_json(out).at(0.8, 0.1) == ("bea", "cyd", "dot")
    _, out, _ = run(*words, *regret, "--format", "csv")
    assert len(list(csv.reader(io.StringIO(out)))) == 1 + len(data["points"])
    code, out, err = run(*words, "--method", "hill-climb")
    assert code == 0
    assert ", 0 proved" in out
    assert "regions that are not proved may hold better ensembles" in err


def test_trace(run):
    """Each step's candidates, the move taken, and why the climb stopped."""
    words = ["recommend", "I", "--method", "hill-climb", "--trace"]
    code, out, _ = run(*words)
    assert code == 0
    assert "climb 1 from ada, bea: not feasible" in out
    assert "inter 3.2 is more than M_inter 1.6" in out
    assert "taken: swap bea for dot, loss 0.680000" in out
    assert "stopped: no feasible candidate is better" in out
    _, out, _ = run(*words, "--steps", "1", "--format", "json")
    (climb,) = json.loads(out)["trace"]
    assert (climb["start"], climb["start_loss"], climb["stopped"]) == (
        ["ada", "bea"], None, "step_limit",
    )  # fmt: skip
    (step,) = climb["steps"]
    assert len(step["candidates"]) == 8
    assert step["move"] == {
        "move": "swap", "added": "dot", "removed": "bea", "loss": pytest.approx(0.68),
    }  # fmt: skip
    _, out, _ = run("recommend", "I", "--method", "hill-climb", "--format", "json")
    assert "trace" not in json.loads(out)


def test_compare_without_a_proof(run, tmp_path):
    """The gap to the best bound is shown, and said to be one."""
    write_problem = problem_to_json(generate_problem(80, seed=1, kind="uniform"))
    (tmp_path / "p.json").write_text(write_problem, encoding="utf-8")
    words = ["--method", "hill-climb,exact", "--alpha", "1", "--beta", "0", "--time-limit", "0.3"]
    code, out, _ = run("compare", tmp_path / "p.json", *words)
    assert code == 0
    assert "bound_gap" in out
    assert "no method proved the optimum" in out
    _, out, _ = run("compare", "I")
    assert "bound" not in out


def test_pareto(run):
    """The front over size and over a price within a budget."""
    assert {row["size"] for row in records(run, "pareto-front", "I")} <= {2, 3, 4}
    options = ["--attributes", "A", "--budget", "price<=2", "--third", "price"]
    rows = records(run, "pareto-front", "H", *LEARN, *options)
    assert all(row["price"] <= 2 + 1e-9 for row in rows)
    code, out, err = run("pareto-front", "I", "--size", "9")
    assert (code, out) == (1, "")
    assert "no ensemble of the 4 models meets size=9" in err


def test_stability(run):
    """Frequencies of all models; budgets name attributes of the history and of the file."""
    words = ["stability", "H", *LEARN, "--resamples", "8", "--seed", "2"]
    limits = ["--attributes", "A", "--budget", "price<=2", "--budget", "latency<=40"]
    code, out, _ = run(*words, *limits, "--format", "json")
    data = json.loads(out)
    assert code == 0
    assert len(data["inclusion"]) == 8
    assert len(data["resamples"]) == 8
    assert data["recommendation"]["budgets"] == ["price<=2", "latency<=40"]
    _, out, _ = run(*words, *limits)
    assert out.startswith("8 resamples: ")
    code, out, err = run(*words, "--size", "9", "--format", "csv")
    assert code == 1
    assert len(out.splitlines()) == 9
    assert "meets size=9" in err


BAD = {
    "explain and best": (
        ["recommend", "I", "--explain", "--best", "2"],
        "--explain applies to one",
    ),
    "explain as CSV": (
        ["recommend", "I", "--explain", "--format", "csv"],
        "cannot be written as CSV",
    ),
    "none": (["recommend", "I", "--best", "0"], "--best must be a whole number ≥ 1"),
    "no ensemble": (["evaluate", "I"], "--ensemble"),
    "unknown model": (["evaluate", "I", "--ensemble", "zoe"], "unknown model 'zoe'"),
    "over": (["breakpoints", "I", "--over", "size"], "invalid choice: 'size'"),
    "from": (["breakpoints", "I", "--from", "-1"], "--from must be a number in [0, 1]"),
    "to": (["breakpoints", "I", "--to", "2"], "--to must be a number in [0, 1]"),
    "backwards": (
        ["breakpoints", "I", "--from", "0.5", "--to", "0.2"],
        "--to must be a number in [0.5, 1]",
    ),
    "trace of another method": (
        ["recommend", "I", "--trace"],
        "--trace is an option of hill-climb",
    ),
    "trace of several": (
        ["recommend", "I", "--method", "hill-climb", "--trace", "--best", "2"],
        "--trace shows how one ensemble was found",
    ),
    "trace as CSV": (
        ["recommend", "I", "--method", "hill-climb", "--trace", "--format", "csv"],
        "a trace cannot be written as CSV",
    ),
    "beta-max": (
        ["phase-diagram", "I", "--beta-max", "0"],
        "--beta-max must be a number in (0, 1e+09]",
    ),
    "resolution alone": (
        ["phase-diagram", "I", "--resolution", "5"],
        "--resolution is that of --regret",
    ),
    "resolution": (
        ["phase-diagram", "I", "--regret", "tabu", "--resolution", "1"],
        "--resolution must be a whole number ≥ 2",
    ),
    "third": (["pareto-front", "I", "--third", "price"], "third must be 'size' or an attribute"),
    "instance": (["stability", "I"], "not a history"),
    "resamples": (["stability", "H", "--resamples", "0"], "resamples must be a whole number"),
    "ending": (["breakpoints", "I", "--plot", "x.txt"], "--plot x.txt: the ending is none of"),
    "folder": (["breakpoints", "I", "--plot", "no/x.png"], "the folder no does not exist"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_usage(run, tmp_path, monkeypatch, case):
    """Bad usage is one clear line, exit code 2, and nothing written."""
    monkeypatch.chdir(tmp_path)
    words, message = BAD[case]
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [
    ["breakpoints", "I"], ["pareto-front", "I"], ["phase-diagram", "I"],
    ["phase-diagram", "I", "--regret", "hill-climb", "--resolution", "2"],
    ["stability", "H", *LEARN, "--resamples", "2"],
    ["recommend", "I"], ["recommend", "I", "--explain"],
    ["recommend", "I", "--method", "hill-climb", "--trace"],
    ["chemistry", "I"], ["chemistry", "H", *LEARN], ["chemistry", "H", *LEARN[:2], "--details"],
    ["compare", "I", "--method", "hill-climb,brute-force"],
    ["compare", "I", "--method", "hill-climb", "--alpha", "0:1:0.5", "--beta", "0,1"],
    ["evaluate", "I", "--ensemble", "ada", "dot"],
    ["profiles", "H"], ["mig", "H"], ["diversity", "H", "--permutations", "9"],
    ["diversity", "O"], ["select", "O", "--repeats", "0"], ["next-evaluations", "O", "--calls", "5"],
    ["backtest", "O", "--splits", "2"],
    ["ablate", "I"],
    *(pytest.param(words, marks=pytest.mark.slow) for words in [
        ["cascade", "O", "--prices", "P", "--repeats", "0"],
        ["validate-theory", "--models", "3", "--pools", "10"],
    ]),
])  # fmt: skip
def test_plots(run, tmp_path, words):
    """A plot goes to a file of the format that its ending names; the result is printed too."""
    pytest.importorskip("matplotlib")
    ending = "png" if words == ["recommend", "I"] else "svg"
    target = tmp_path / f"plot.{ending}"
    code, out, _ = run(*words, "--plot", target)
    assert code == 0
    assert out
    start = {"png": b"\x89PNG", "svg": b"<?xml"}[ending]
    assert target.read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_no_plot_without_matplotlib(run, tmp_path, monkeypatch):
    """The error says what to install, and nothing is written."""
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    code, out, err = run("breakpoints", "I", "--plot", tmp_path / "x.png")
    assert (code, out) == (1, "")
    assert "pip install 'chemopt[plots]'" in err
    assert not list(tmp_path.iterdir())


def test_a_failed_plot_leaves_the_old_one(run, tmp_path, monkeypatch):
    """An interrupt while the figure is drawn leaves the file as it was."""
    pytest.importorskip("matplotlib")
    target = tmp_path / "x.png"
    target.write_text("old")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", interrupted)
    code, out, _ = run("breakpoints", "I", "--plot", target)
    assert (code, out) == (130, "")
    assert target.read_text() == "old"


def test_nothing_heavy_is_loaded(files):
    """Small pools need neither solvers nor Matplotlib."""
    script = (
        "import sys\nfrom chemopt.cli.main import main\n"
        f"assert main(['breakpoints', {files['I']!r}]) == 0\n"
        f"assert main(['recommend', {files['I']!r}, '--explain']) == 0\n"
        "heavy = ('pyomo', 'highspy', 'ortools', 'networkx', 'matplotlib', 'scipy')\n"
        "sys.exit(str([m for m in heavy if m in sys.modules] or ''))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=child_environment()
    )
    assert done.stderr.strip() == ""


def test_evaluate_under_the_maximum_cut(capsys, instances):
    """M_inter that takes a search is computed by the command."""
    instance = str(instances / "four_models.json")
    words = ["evaluate", instance, "--ensemble", "ada", "cyd", "--m-inter", "cut"]
    assert main([*words, "--format", "json"]) == 0
    # {ada, cyd} is the maximum cut, so nothing is missing to M_inter
    assert json.loads(capsys.readouterr().out)["loss_inter"] == 0.0
