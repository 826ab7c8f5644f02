"""The command line: commands, formats, exit codes, files, bad input."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from helpers import KEYS, child_environment

import chemopt
from chemopt import learn_profiles, load_history, recommend
from chemopt.analysis.baselines import baselines
from chemopt.cli.main import main
from chemopt.frames import frame_records, to_json
from chemopt.history.generate import generate_history
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import problem_to_json, read_problem


@pytest.fixture
def history(tmp_path):
    """A history file of six models and one task."""
    path = tmp_path / "history.csv"
    generate_history(models=6, trials=30, seed=1).to_csv(path, index=False)
    return str(path)


@pytest.fixture
def instance(instances):
    """The instance of four models."""
    return str(instances / "four_models.json")


def run(capsys, *words):
    """Run the command line; return exit code, stdout and stderr."""
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_recommend_in_each_format(capsys, history):
    """JSON has the promised keys; CSV is one row; the table names the ensemble."""
    code, out, _ = run(capsys, "recommend", history, "--format", "json")
    assert code == 0
    data = json.loads(out)
    assert data.keys() >= KEYS
    assert data["status"] == "optimal"
    _, out, _ = run(capsys, "recommend", history, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert float(row["loss"]) == pytest.approx(data["loss"])
    assert json.loads(row["models"]) == data["models"]
    _, out, _ = run(capsys, "recommend", history)
    assert all(model in out for model in data["models"])


def test_options_mean_what_they_mean_in_python(capsys, history):
    """The same options give the same answer as the functions of Python."""
    words = ["--aggregate", "mean", "--empty-cost", "none", "--alpha", "0.8", "--beta", "0.05",
             "--m-inter", "cut", "--max-size", "4", "--require", "model-2", "--exclude", "model-1",
             "--method", "highs", "--usage-threshold", "0.4", "--accuracy-floor", "0",
             "--tau", "0.01", "--seed", "3", "--threads", "2"]  # fmt: skip
    code, out, _ = run(capsys, "recommend", history, *words, "--format", "json")
    profiles = learn_profiles(load_history(history), aggregate="mean", accuracy_floor=0.0)
    table = chemopt.compute_chemistry(profiles, empty_cost=None, usage_threshold=0.4, tau=0.01)
    problem = chemopt.ChemistryProblem(
        table, alpha=0.8, beta=0.05, m_inter="cut", max_size=4, require=("model-2",),
        exclude=("model-1",), profiles=profiles,
    )  # fmt: skip
    answer = recommend(problem, "highs", seed=3, threads=2)
    data = json.loads(out)
    assert code == 0
    beside = frame_records(baselines(problem, answer.models))
    expected = json.loads(to_json({**answer.to_dict(), "baselines": beside}))
    times = dict.fromkeys(("runtime", "timings"))
    assert {**data, **times} == {**expected, **times}


def test_an_instance_can_be_overridden(capsys, instance):
    """Options of the command line take the place of the instance's."""
    _, out, _ = run(capsys, "recommend", instance, "--alpha", "0.2", "--format", "json")
    expected = recommend(read_problem(instance).with_options(alpha=0.2)).loss
    assert json.loads(out)["loss"] == pytest.approx(expected)


def test_chemistry(capsys, history):
    """JSON holds models, matrix and settings; CSV a row for each pair; the table all names."""
    _, out, _ = run(capsys, "chemistry", history, "--format", "json")
    data = json.loads(out)
    table = chemopt.compute_chemistry(learn_profiles(load_history(history)))
    assert chemopt.ChemistryTable.from_dict(data) == table
    _, out, _ = run(capsys, "chemistry", history, "--format", "csv")
    assert len(pd.read_csv(io.StringIO(out))) == 15
    _, out, _ = run(capsys, "chemistry", history)
    assert "6 model-6" in out


def test_chemistry_methods(capsys, history):
    """The method, its options and the cap are those of Python."""
    words = ["chemistry", history, "--format", "json", "--empty-cost", "none"]
    tables = {}
    for method in ("exact", "enumerate", "sampled"):
        sampling = ["--samples", "50", "--seed", "2"] if method == "sampled" else []
        code, out, _ = run(capsys, *words, "--method", method, *sampling)
        assert code == 0
        tables[method] = json.loads(out)
        assert tables[method]["settings"]["method"] == method
    exact, enumerated = (np.array(tables[m]["matrix"]) for m in ("exact", "enumerate"))
    np.testing.assert_allclose(exact, enumerated, rtol=1e-9)
    assert (np.array(tables["sampled"]["matrix"]) <= exact + 1e-12).all()
    assert tables["sampled"]["settings"]["samples"] == 50
    _, out, _ = run(capsys, "chemistry", history, "--no-cap", "--format", "json")
    assert np.array(json.loads(out)["matrix"]).max() > 1


def test_chemistry_details(capsys, history, instances):
    """Signs, extremes and witnesses in each format, for histories and for instances."""
    words = ["chemistry", history, "--details", "--aggregate", "mean", "--empty-cost", "none"]
    _, out, _ = run(capsys, *words, "--format", "json")
    records = json.loads(out)
    profiles = learn_profiles(load_history(history), aggregate="mean")
    expected = chemopt.interactions(profiles, empty_cost=None)
    assert [r["signed"] for r in records] == expected["signed"].to_list()
    assert [tuple(r["witness"]) for r in records] == expected["witness"].to_list()
    _, out, _ = run(capsys, *words, "--format", "csv")
    assert len(pd.read_csv(io.StringIO(out))) == len(expected)
    _, out, _ = run(capsys, *words)
    assert "{" in out
    code, out, _ = run(capsys, "chemistry", instances / "liar_mean.json", "--details",
                       "--format", "json")  # fmt: skip
    assert code == 0
    table = read_problem(instances / "liar_mean.json").table
    for record in json.loads(out):
        assert record["chemistry"] == pytest.approx(table[record["model_a"], record["model_b"]])


def test_settings_of_an_instance_are_checked_before_anything_is_written(
    capsys, tmp_path, instances
):
    """A setting that makes no sense stops the command with nothing written."""
    data = json.loads((instances / "liar_mean.json").read_text())
    data["chemistry"]["settings"]["usage_threshold"] = "x"
    path, output = tmp_path / "odd.json", tmp_path / "out"
    path.write_text(json.dumps(data))
    code, _, err = run(capsys, "recommend", path, "-o", output)
    assert code == 2
    assert "usage_threshold must be a number" in err
    assert not output.exists()
    data["chemistry"]["settings"].update(usage_threshold=0.5, weights="callable f", cap=False)
    path.write_text(json.dumps(data))
    code, _, err = run(capsys, "chemistry", path, "--details")
    assert code == 2
    assert "which cannot be read from a file" in err


def test_profiles(capsys, history, instances):
    """Profiles come with the diagnosis; an instance shows those that it holds."""
    _, out, _ = run(capsys, "profiles", history, "--aggregate", "mean", "--format", "json")
    data = json.loads(out)
    assert data["saturation"]["models"] == 6
    assert data["models"]["model-1"]["count"] > 0
    _, out, _ = run(capsys, "profiles", history, "--format", "csv")
    assert list(pd.read_csv(io.StringIO(out)).columns)[:4] == ["model", "quality", "accuracy",
                                                               "penalty"]  # fmt: skip
    code, out, _ = run(capsys, "profiles", instances / "liar.json")
    assert code == 0
    assert "Saturated" in out


def test_mig(capsys, instances):
    """The table has the node count, JSON and CSV list the nodes."""
    _, out, _ = run(capsys, "mig", instances / "liar.json")
    assert out.startswith("4096 nodes cover 4096 subsets")
    _, out, _ = run(capsys, "mig", instances / "liar_mean.json", "--empty-cost", "none",
                    "--format", "json")  # fmt: skip
    data = json.loads(out)
    assert data["node_count"] == len(data["nodes"])
    assert data["nodes"][-1]["cost"] is None
    _, out, _ = run(capsys, "mig", instances / "liar_mean.json", "--format", "csv")
    assert len(pd.read_csv(io.StringIO(out))) == data["node_count"]


def test_compare(capsys, instance):
    """Several α and methods; JSON has null where there is no number."""
    words = ["compare", instance, "--alpha", "0.2,0.8", "--method", "hill-climb,cp-sat"]
    code, out, _ = run(capsys, *words, "--format", "json")
    assert code == 0
    rows = json.loads(out)
    assert [row["alpha"] for row in rows] == [0.2, 0.2, 0.8, 0.8]
    assert rows[2]["bound"] is None
    assert rows[2]["gap"] == pytest.approx(0.06 / 0.62)
    _, out, _ = run(capsys, *words)
    assert "9.68 %" in out
    _, out, _ = run(capsys, *words, "--format", "csv")
    assert len(pd.read_csv(io.StringIO(out))) == 4


def test_generate(capsys, tmp_path):
    """Histories and pools come out and go in again."""
    path = tmp_path / "made.csv"
    words = ["generate", "--models", "5", "--trials", "12", "--heterogeneity", "0.3", "--seed", "4"]
    assert run(capsys, *words, "-o", path)[0] == 0
    expected = generate_history(models=5, trials=12, heterogeneity=0.3, seed=4)
    pd.testing.assert_frame_equal(pd.read_csv(path), expected)
    pool = tmp_path / "pool.json"
    assert run(capsys, "generate", "--kind", "uniform", "--models", "6", "-o", pool)[0] == 0
    assert len(read_problem(pool).models) == 6
    assert run(capsys, "recommend", pool)[0] == 0


@pytest.mark.parametrize("ending", ["lp", "mps", "json"])
def test_export(capsys, tmp_path, history, ending):
    """The ending of the file names the format, or --format does."""
    path = tmp_path / f"model.{ending}"
    assert run(capsys, "export", history, "--alpha", "0.7", "-o", path)[0] == 0
    text = path.read_text()
    assert run(capsys, "export", history, "--alpha", "0.7", "--format", ending)[1] == text
    if ending == "json":
        assert read_problem(path).alpha == 0.7
        expected = run(capsys, "recommend", history, "--alpha", "0.7", "--format", "json")[1]
        got = run(capsys, "recommend", path, "--format", "json")[1]
        assert json.loads(got)["loss"] == json.loads(expected)["loss"]
    else:
        assert "m1_model_1" in text


def test_show_versions(capsys):
    """What can change a result is named, without a path."""
    code, out, _ = run(capsys, "show-versions")
    assert code == 0
    for name in ("chemopt", "python", "highspy", "ortools", "pyomo"):
        assert name in out
    assert os.sep not in out


def test_no_answer_is_exit_code_1(tmp_path, capsys, instance):
    """Infeasible, and nothing to recommend: the answer is given, and the code is 1."""
    code, out, err = run(capsys, "recommend", instance, "--size", "9", "--format", "json")
    assert code == 1
    assert json.loads(out)["status"] == "infeasible"
    assert "models meets size=9" in err
    code, out, err = run(
        capsys,
        "recommend",
        instance,
        "--method",
        "hill-climb",
        "--min-size",
        "3",
        "--format",
        "json",
    )
    assert code == 1
    assert json.loads(out)["status"] == "no_recommendation"
    assert "nowhere to start" in err
    assert run(capsys, "compare", instance, "--size", "9")[0] == 1
    large = tmp_path / "large.json"
    large.write_text(problem_to_json(generate_problem(120, kind="uniform")), encoding="utf-8")
    code, _, err = run(capsys, "recommend", large, "--m-inter", "cut", "--time-limit", "0.5")
    assert code == 1
    assert "was not proved" in err


def test_saturated_profiles_are_noted(capsys, instances):
    """A recommendation from saturated profiles says so, next to the result."""
    _, out, err = run(capsys, "recommend", instances / "liar.json", "--format", "json")
    assert json.loads(out)
    assert "warning: Saturated" in err
    assert json.loads(out)["warnings"][0].startswith("Saturated")
    _, out, err = run(capsys, "recommend", instances / "liar_mean.json")
    assert "Saturated" not in out
    assert err == ""


def test_dropped_rows_are_reported(capsys, tmp_path, history):
    """--on-invalid drop says on stderr how many rows it left out, and why."""
    frame = pd.read_csv(history, dtype=str)
    frame.loc[2, "quality"] = "excellent"
    path = tmp_path / "bad.csv"
    frame.to_csv(path, index=False)
    code, _, err = run(capsys, "profiles", path, "--on-invalid", "drop")
    assert code == 0
    assert "dropped 1 row: quality is not a number in [0, 10] (1)" in err


def test_strategies_from_the_command_line(capsys, tmp_path, history):
    """--drop-strategy names what is left out; none keeps all rows."""
    frame = pd.read_csv(history)
    frame.loc[frame.index[:10], "strategy"] = "CHEMISTRY"
    path = tmp_path / "mixed.csv"
    frame.to_csv(path, index=False)
    rows = {}
    for name in (None, "none", "RANDOM"):
        words = [] if name is None else ["--drop-strategy", name]
        _, out, _ = run(capsys, "profiles", path, *words, "--format", "json")
        rows[name] = sum(model["count"] for model in json.loads(out)["models"].values())
    assert rows == {None: len(frame) - 10, "none": len(frame), "RANDOM": 10}


# ---- bad input: each with exit code 2, one line on stderr, and nothing written ----

HEADER = "trial,model,task,quality,accuracy\n"
GOOD = HEADER + "t1,a,sum,5,0.5\nt1,b,sum,6,0.6\n"


def row(trial="t1", model="a", task="sum", quality="5", accuracy="0.5", **more):
    """A history of one good row and one made of the arguments."""
    columns = ["trial", "model", "task", "quality", "accuracy", *more]
    good = ["t0", "z", "sum", "5", "0.5", *("1" for _ in more)]
    values = [trial, model, task, quality, accuracy, *more.values()]
    return "\n".join(",".join(line) for line in (columns, good, values)) + "\n"


BAD_HISTORIES = {
    "missing column": ("trial,model,task,accuracy\nt,a,s,1\n", "missing column quality; found: trial"),
    "misspelt column": (GOOD.replace("quality", "qualty"), "is 'qualty' meant to be 'quality'?"),
    "no accuracy": (
        "trial,model,task,quality\nt,a,s,1\n",
        "missing column accuracy (or generation_accuracy and review_accuracy",
    ),
    "empty file": ("", "the file is empty"),
    "blank file": ("\n \n", "the file is empty"),
    "header only": (HEADER, "no rows"),
    "column twice": ("model," + GOOD.replace("\nt1", "\nx,t1"), "'model' occurs 2 times in the header"),
    "colons": (GOOD.replace(",", ":"), "is the file separated by commas?"),
    "text quality": (row(quality="good"), "row 2, column quality: 'good' is not a number in [0, 10]"),
    "nan quality": (row(quality="NaN"), "row 2, column quality: 'NaN' is not a number in [0, 10]"),
    "blank quality": (row(quality=""), "row 2, column quality: '' is not a number in [0, 10]"),
    "infinite quality": (row(quality="inf"), "'inf' is not a number in [0, 10]"),
    "quality above 10": (row(quality="10.1"), "'10.1' is not a number in [0, 10]"),
    "negative quality": (row(quality="-1"), "'-1' is not a number in [0, 10]"),
    "text accuracy": (row(accuracy="high"), "row 2, column accuracy: 'high' is not a number in [0, 1]"),
    "nan accuracy": (row(accuracy="nan"), "'nan' is not a number in [0, 1]"),
    "percent accuracy": (row(accuracy="75"), "'75' is not a number in [0, 1]"),
    "infinite accuracy": (row(accuracy="-inf"), "'-inf' is not a number in [0, 1]"),
    "negative latency": (row(latency="-3"), "column latency: '-3' is not a number of seconds ≥ 0"),
    "text latency": (row(latency="slow"), "column latency: 'slow' is not a number of seconds"),
    "bad component": (row(review_accuracy="2"), "column review_accuracy: '2' is not a number in [0, 1]"),
    "no model name": (row(model=" "), "row 2, column model: ' ' is empty; a name is needed"),
    "no trial": (row(trial=""), "row 2, column trial: '' is empty"),
    "no task": (row(task=""), "row 2, column task: '' is empty"),
    "bad bytes": (GOOD.encode() + b"t2,\xe9,sum,5,0.5\n", "line 4: byte 0xe9 is not UTF-8"),
    "long row": (GOOD + "t1,c,sum,5,0.5,extra\n", "not a well-formed CSV file"),
    "long first row": (HEADER + "t1,a,sum,5,0.5,extra\n", "not a well-formed CSV file"),
    "open quote": (GOOD + 't1,"c,sum,5,0.5\n', "not a well-formed CSV file"),
    "only evaluation": (row(strategy="CHEMISTRY").replace("t0,z,sum,5,0.5,1\n", ""), "no row is left"),
    "two tasks": (row(task="another thing entirely"), "there are 2 task groups, so say which one"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_HISTORIES)
def test_bad_histories(capsys, tmp_path, case):
    """Every kind of bad history is one clear line, exit code 2, and no output file."""
    content, message = BAD_HISTORIES[case]
    path, output = tmp_path / "bad.csv", tmp_path / "out.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, out, err = run(capsys, "recommend", path, "-o", output)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(f"chemopt: error: {path}")
    assert message in err
    assert not output.exists()


BAD_WORDS = {
    "no command": ([], "required: COMMAND"),
    "unknown command": (["recomend", "H"], "unknown command 'recomend'; is recommend meant?"),
    "no input": (["recommend"], "required: INPUT"),
    "missing file": (["recommend", "none.csv"], "none.csv: no such file"),
    "missing instance": (["recommend", "none.json"], "none.json: no such file"),
    "unknown ending": (["recommend", "data.ods"], "data.ods: unknown kind of file"),
    "folder": (["recommend", "folder.csv"], "folder.csv: is a folder, without tables"),
    "no gzip": (["recommend", "plain.csv.gz"], "plain.csv.gz: cannot be read"),
    "cut gzip": (["recommend", "cut.csv.gz"], "cut.csv.gz: damaged gzip file"),
    "no parquet": (["recommend", "plain.parquet"], "plain.parquet: not a Parquet file"),
    "unknown option": (["recommend", "H", "--gamma", "1"], "unrecognized arguments: --gamma 1"),
    "short option": (["recommend", "H", "--al", "1"], "unrecognized arguments: --al 1"),
    "alpha": (["recommend", "H", "--alpha", "1.5"], "alpha must be a number in [0, 1], not 1.5"),
    "alpha text": (["recommend", "H", "--alpha", "half"], "argument --alpha: 'half' is not a number"),
    "alpha nan": (["recommend", "H", "--alpha", "nan"], "alpha must be a number in [0, 1]"),
    "beta": (["recommend", "H", "--beta", "-1"], "beta must be a number in [0, 1e+09]"),
    "alpha list": (["compare", "H", "--alpha", "0.1,,0.2"], "argument --alpha: '' is not a number"),
    "method": (["recommend", "H", "--method", "magic"], "argument --method: invalid choice: 'magic'"),
    "methods": (["compare", "H", "--method", "highs,magic"], "unknown method 'magic'"),
    "size": (["recommend", "H", "--size", "2.5"], "argument --size: '2.5' is not a whole number"),
    "negative size": (["recommend", "H", "--min-size", "-1"], "min_size must be a whole number from 0"),
    "require": (["recommend", "H", "--require", "zoe"], "require: unknown model 'zoe'; the pool has"),
    "exclude": (["recommend", "H", "--exclude", "zoe"], "exclude: unknown model 'zoe'"),
    "m_inter": (["recommend", "H", "--m-inter", "max"], "argument --m-inter: invalid choice"),
    "empty cost": (["recommend", "H", "--empty-cost", "nil"], "'nil' is neither a number nor 'none'"),
    "negative cost": (["recommend", "H", "--empty-cost", "-1"], "empty_cost must be a number in"),
    "threshold": (["recommend", "H", "--usage-threshold", "2"], "usage_threshold must be a number in [0, 1]"),
    "floor": (["profiles", "H", "--accuracy-floor", "-1"], "accuracy_floor must be a number in [0, 1]"),
    "tau": (["chemistry", "H", "--tau", "-1"], "tau must be a number ≥ 0"),
    "time limit": (["recommend", "H", "--time-limit", "0"], "time_limit must be a number > 0"),
    "gap": (["recommend", "H", "--rel-gap", "2"], "rel_gap must be a number in [0, 1], not 2"),
    "threads": (["recommend", "H", "--threads", "0"], "threads must be a whole number from 1"),
    "seed": (["recommend", "H", "--seed", "-4"], "seed must be a whole number from 0"),
    "task": (["recommend", "H", "--task", "poem"], "no task group fits 'poem'; there are: 'extract"),
    "format": (["recommend", "H", "--format", "xml"], "argument --format: invalid choice: 'xml'"),
    "no folder": (["recommend", "H", "-o", "none/out"], "the folder none does not exist"),
    "output is folder": (["recommend", "H", "-o", "folder.csv"], "folder.csv: is a folder"),
    "learning options": (["recommend", "I", "--aggregate", "mean"], "--aggregate applies to histories only"),
    "task of instance": (["chemistry", "I", "--task", "x"], "--task applies to histories"),
    "method of instance": (["chemistry", "I", "--method", "exact"], "--method applies to histories"),
    "samples of exact": (["chemistry", "H", "--samples", "9"], "--samples applies to --method sampled only"),
    "no output name": (["chemistry", "H", "-o", ""], "-o needs the name of a file"),
    "details and tau": (["chemistry", "H", "--details", "--tau", "1"], "--tau has no effect with"),
    "samples": (["chemistry", "H", "--method", "sampled", "--samples", "0"], "samples must be a whole"),
    "no profiles": (["profiles", "I"], "this instance holds no profiles, only a table"),
    "mig without": (["mig", "I"], "this instance holds no profiles, only a table"),
    "export ending": (["export", "H", "-o", "model.csv"], "LP is written, not CSV"),
    "large": (["recommend", "L", "--method", "brute-force"], "handles at most 22 models"),
    "ground truth": (["profiles", "H", "--ground-truth", "maybe"], "neither 'yes' nor 'no'"),
    "models": (["generate", "--models", "0"], "models must be a whole number from 1"),
    "heterogeneity": (["generate", "--heterogeneity", "-1"], "heterogeneity must be a number in"),
    "pool with trials": (["generate", "--kind", "uniform", "--trials", "5"], "--trials applies to"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_WORDS)
def test_bad_usage(capsys, tmp_path, monkeypatch, history, instance, instances, case):
    """Every kind of bad usage is one clear line, exit code 2, and nothing written."""
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "plain.csv.gz").write_text(GOOD)
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(GOOD.encode() * 50)[:-12])
    (tmp_path / "plain.parquet").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    words, message = BAD_WORDS[case]
    files = {"H": history, "I": instance, "L": str(instances / "random_40.json")}
    code, out, err = run(capsys, *[files.get(word, word) for word in words])
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1, err
    assert message in err
    assert sorted(tmp_path.iterdir()) == before


def test_the_output_file_is_replaced_all_at_once(capsys, tmp_path, monkeypatch, instance):
    """An existing file is replaced, keeps its mode, and survives a failure while writing."""
    path = tmp_path / "out.json"
    path.write_text("old")
    path.chmod(0o640)
    assert run(capsys, "recommend", instance, "--format", "json", "-o", path)[0] == 0
    written = path.read_text()
    assert json.loads(written)["status"] == "optimal"
    assert path.stat().st_mode & 0o777 == 0o640

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    code, _, err = run(capsys, "recommend", instance, "-o", path)
    assert code == 2
    assert "cannot be written: No space left on device" in err
    assert path.read_text() == written
    assert list(tmp_path.iterdir()) == [path]


def test_pipes_and_devices_are_written_to(capsys, tmp_path, instance):
    """What is not a regular file is not replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)
    assert run(capsys, "recommend", instance, "--format", "json", "-o", pipe)[0] == 0
    assert json.loads(reader.communicate(timeout=20)[0])
    assert not pipe.is_file()


@pytest.mark.parametrize("name", ["loop", "x" * 300])
def test_odd_output_names(capsys, tmp_path, monkeypatch, instance, name):
    """Links that go round and names that are too long are errors of one line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    code, _, err = run(capsys, "recommend", instance, "-o", name)
    assert code == 2
    assert err.count("\n") == 1


def test_a_full_disk_and_a_plain_terminal(instance):
    """Stdout that takes nothing is an error of one line; one without our signs gets escapes."""
    environment = {**child_environment(), "PYTHONIOENCODING": "ascii"}
    command = f"'{sys.executable}' -m chemopt recommend '{instance}'"
    done = subprocess.run(
        ["sh", "-c", f"{command} > /dev/full"], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "stdout cannot be written to" in done.stderr
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment)
    assert done.returncode == 0
    assert "\\xb7" in done.stdout


def test_an_instance_brings_the_settings_of_its_cost(capsys, instances):
    """mig and profiles use what the instance's table was computed with, unless options are given."""
    path = instances / "liar_mean.json"
    _, out, _ = run(capsys, "mig", path, "--format", "json")
    assert json.loads(out)["nodes"][-1]["cost"] is None
    _, out, _ = run(capsys, "mig", path, "--empty-cost", "1", "--format", "json")
    assert json.loads(out)["nodes"][-1]["cost"] == 1.0


def test_an_infeasible_export_and_comparison_say_why(capsys, instance):
    """Both are well-formed questions without an answer."""
    for command in ("export", "compare"):
        code, _, err = run(capsys, command, instance, "--size", "9")
        assert code == 1
        assert "models meets size=9" in err


def test_a_link_stays_a_link(capsys, tmp_path, instance):
    """Writing to a symbolic link replaces the file behind it."""
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)
    assert run(capsys, "recommend", instance, "--format", "json", "-o", link)[0] == 0
    assert link.is_symlink()
    assert json.loads(target.read_text())


def test_help_and_version(capsys):
    """Both print to stdout and exit with 0."""
    for words in (["--help"], ["recommend", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 0
        assert "chemopt" in capsys.readouterr().out


def test_an_interrupt_ends_quietly(capsys, monkeypatch, instance):
    """Ctrl-C is one line and exit code 130."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("chemopt.cli.commands.recommend.recommend", interrupted)
    code, _, err = run(capsys, "recommend", instance)
    assert code == 130
    assert err == "chemopt: interrupted; nothing was written\n"


# Raise KeyboardInterrupt where a module is imported, as Ctrl-C at that moment does.
INTERRUPTED_IMPORT = """
import sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            {interrupt}

sys.meta_path.insert(0, Interrupt())
sys.argv = ["chemopt", "show-versions"]
{start}
"""
STARTS = {
    "script": "from chemopt.cli.main import main\nsys.exit(main())",
    "module": "import runpy\nrunpy.run_module('chemopt', run_name='__main__')",
    "benchmarks": "import runpy\nrunpy.run_module('benchmarks', run_name='__main__')",
}


PLAIN = "raise KeyboardInterrupt"
WRAPPED = "raise RuntimeError('in __set_name__') from KeyboardInterrupt()"


@pytest.mark.parametrize(
    ("start", "module", "interrupt"),
    [
        ("script", "argparse", PLAIN),
        ("script", "pandas", PLAIN),
        ("script", "chemopt.cli.commands.compare", PLAIN),
        ("module", "numpy", PLAIN),
        ("module", "chemopt.errors", PLAIN),
        ("module", "chemopt.cli.commands.compare", WRAPPED),
        ("benchmarks", "benchmarks.commands.selection", PLAIN),
    ],
)
def test_an_interrupt_during_the_import_ends_quietly(start, module, interrupt):
    """Ctrl-C while the command line is being imported is one line and exit code 130, too."""
    script = INTERRUPTED_IMPORT.format(module=module, start=STARTS[start], interrupt=interrupt)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=child_environment()
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "chemopt: interrupted; nothing was written\n"


@pytest.mark.slow
def test_as_a_process(instance):
    """``python -m chemopt`` works, its exit code is the command's, and a closed pipe is no error."""
    command = [sys.executable, "-m", "chemopt"]
    environment = child_environment()
    done = subprocess.run(
        [*command, "recommend", instance, "--size", "9"],
        capture_output=True, text=True, env=environment,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    script = f"'{sys.executable}' -m chemopt generate --trials 3000 | head -n 1"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, env=environment)
    assert done.stdout.startswith("trial,model")
    assert done.stderr == ""
