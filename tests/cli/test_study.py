"""``chemopt study``: carry out, go on, look, export."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pandas as pd
import pytest

from chemopt import read_study
from chemopt.cli.main import main
from chemopt.studies.study.run import carry_out
from chemopt.studies.study.table import COLUMNS

TEXT = """
seeds = [0, 1]
methods = ["hill-climb", "brute-force"]

[[problems]]
generate = "problem"
models = [5, 6, 7]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a study, which is the current one."""
    (tmp_path / "study.toml").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_study_is_carried_out_looked_at_and_exported(folder, capsys):
    """The summary on stdout; the table in each form, from the store alone."""
    assert main(["study", "study.toml", "--store", "runs"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["method", "options", "runs", "proved", "best", "refused", "failed", "seconds"]  # fmt: skip
    assert "12 of 12 runs done (6 feasible, 6 optimal)" in out
    assert main(["study", "--store", "runs", "--status"]) == 0
    assert capsys.readouterr().out == out
    tables = []
    for name in ("t.csv", "t.json", "t.parquet"):
        assert main(["study", "--store", "runs", "--export", name]) == 0
        read = {"t.csv": pd.read_csv, "t.json": pd.read_json, "t.parquet": pd.read_parquet}[name]
        tables.append(read(name))
    for table in tables:
        assert list(table.columns) == list(COLUMNS)
        assert table["loss"].to_list() == pytest.approx(tables[2]["loss"].to_list(), abs=1e-9)
    assert json.loads(tables[0]["models"][0]) == list(tables[2]["models"][0]) == tables[1]["models"][0]  # fmt: skip
    assert main(["study", "study.toml", "--store", "runs", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 12


def test_an_interrupted_study_goes_on(folder, capsys, monkeypatch):
    """Exit code 130 and how far it came; afterwards the rest."""
    done = []

    def interrupted(run, remaining=None):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(run.key)
        return carry_out(run, remaining)

    monkeypatch.setattr("chemopt.studies.study.study.carry_out", interrupted)
    assert main(["study", "study.toml", "--store", "runs"]) == 130
    assert capsys.readouterr().err.startswith("chemopt: interrupted; 5 of 12 runs done")
    monkeypatch.setattr("chemopt.studies.study.study.carry_out", carry_out)
    assert main(["study", "study.toml", "--store", "runs"]) == 0
    assert "12 of 12" in capsys.readouterr().out


def test_a_partial_study_says_so(folder, capsys, monkeypatch):
    """A time limit, and runs that failed, are told, with exit code 1."""
    (folder / "long.toml").write_text(
        'methods = ["annealing"]\n[options]\ntime_limit = 60\n[[problems]]\ngenerate = "problem"\nmodels = 30'
    )
    assert main(["study", "long.toml", "--store", "long", "--time-limit", "0.3"]) == 1
    assert "partial: the time limit ended it; 0 of 1 run done" in capsys.readouterr().err
    monkeypatch.setattr("chemopt.studies.study.run.recommend", lambda *a, **k: 1 / 0)
    assert main(["study", "study.toml", "--store", "runs", "--export", "no.xlsx"]) == 2
    assert main(["study", "study.toml", "--store", "runs"]) == 1
    assert "12 of 12 failed or died" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--store", "runs"], "a file STUDY.toml is needed"),
        (["--store", "runs", "--status"], "there is no store here"),
        (["study.toml", "--store", ""], "not an empty one"),
        (["study.toml", "--store", "study.toml"], "cannot be made"),
        (["none.toml", "--store", "runs"], "none.toml: no such file"),
        (["study.toml", "--store", "runs", "--export", "t.xlsx"], "exported as .csv, .json"),
        (["study.toml", "--store", "runs", "--export", "no/t.csv"], "does not exist"),
        (["study.toml", "--store", "runs", "--executor", "fast"], "executor must be serial"),
        (["study.toml", "--store", "runs", "--workers", "2"], "of the executor 'processes' only"),
        (["study.toml", "--store", "runs", "--time-limit", "0"], "time_limit must be"),
    ],
)
def test_bad_usage(folder, capsys, words, message):
    """One line on stderr and exit code 2."""
    assert main(["study", *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def recorded_by(store, pid):
    """Return how many runs a store has, -1 while a process has not yet come so far as to write it."""
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(store / "store.sqlite")) as connection,
    ):
        # the writer is noted a moment after the table is made
        row = connection.execute("SELECT value FROM about WHERE name = 'writer'").fetchone()
        if row is not None and row[0].startswith(f"process {pid} on "):
            return connection.execute("SELECT count(*) FROM records").fetchone()[0]
    return -1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "executor"),
    [("SIGINT", "serial"), ("SIGINT", "processes"), ("SIGKILL", "processes")],
)
def test_signals_in_the_middle_of_a_study(folder, name, executor):
    """The program is stopped again and again; the table has no holes, and nothing is there twice."""
    text = TEXT.replace("[0, 1]", str(list(range(30))))
    (folder / "study.toml").write_text(text)
    words = [sys.executable, "-m", "chemopt", "study", "study.toml", "--store", "runs", "--executor", executor]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for count in (0, 20):
        with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # fmt: skip
            try:
                while process.poll() is None and recorded_by(folder / "runs", process.pid) < count:
                    time.sleep(0.01)
                process.send_signal(signal.Signals[name])
                _, err = process.communicate(timeout=60)
            finally:
                process.kill()  # one that does not end is not waited for
        assert process.returncode in ((0, 130) if name == "SIGINT" else (0, -9))
        assert "Traceback" not in err
    assert main(["study", "study.toml", "--store", "runs"]) == 0
    study = read_study("study.toml")
    table, expected = study.table("runs"), study.run("again")
    assert len(table) == len(study.runs) == 180
    columns = ["problem", "method", "seed", "status", "loss", "models"]
    pd.testing.assert_frame_equal(table[columns], expected[columns])
