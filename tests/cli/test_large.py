"""Commands take a folder or a pattern as they take a file."""

import json

import pandas as pd
import pytest

from chemopt.cli.main import main
from chemopt.history.generate import generate_history
from chemopt.outcomes.generate import generate_outcomes

pytest.importorskip("duckdb")  # it needs Python 3.11


@pytest.fixture(params=[False, True], ids=["memory", "passes"])
def streamed(request, monkeypatch):
    """Let data be read in memory, or in passes."""
    if request.param:
        monkeypatch.setattr("chemopt.history.parts._MOST_BYTES_IN_MEMORY", 10)


@pytest.fixture
def runs(tmp_path):
    """Return a file of a history, and a folder with the same in parts."""
    frame = generate_history(models=6, trials=40, seed=1)
    folder = tmp_path / "runs"
    folder.mkdir()
    frame.to_csv(tmp_path / "all.csv", index=False)
    frame.iloc[:70].to_parquet(folder / "a.parquet")
    frame.iloc[70:].to_csv(folder / "b.csv", index=False)
    return tmp_path / "all.csv", folder


def answer(capsys, *words):
    """Return what a command says in JSON, without times."""
    assert main([*words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out, object_hook=_timeless)


def _timeless(record):
    return {
        k: v
        for k, v in record.items()
        if k not in ("runtime", "timings", "seconds", "name", "source")
    }


@pytest.mark.usefixtures("streamed")
@pytest.mark.parametrize(
    "command",
    [("profiles", "--aggregate", "mean"), ("recommend",), ("chemistry",), ("diversity",),
     pytest.param(("stability", "--resamples", "3"), marks=pytest.mark.slow)],
    ids=lambda command: command[0],
)  # fmt: skip
def test_a_folder_says_what_a_file_says(capsys, runs, command):
    """The same rows in parts give the same answer."""
    file, folder = runs
    name, *options = command
    whole = answer(capsys, name, str(file), *options)
    assert answer(capsys, name, str(folder), *options) == whole
    assert answer(capsys, name, f"{folder}/*", *options) == whole


@pytest.mark.slow
@pytest.mark.usefixtures("streamed")
def test_outcomes_in_a_folder(capsys, tmp_path):
    """So do outcomes."""
    frame = generate_outcomes(models=5, items=60, seed=1)
    folder = tmp_path / "runs"
    folder.mkdir()
    frame.to_csv(tmp_path / "all.csv", index=False)
    frame.iloc[:150].to_parquet(folder / "a.parquet")
    frame.iloc[150:].to_parquet(folder / "b.parquet")
    options = ("--size", "2")
    whole = answer(capsys, "select", str(tmp_path / "all.csv"), *options)
    assert answer(capsys, "select", str(folder), *options) == whole


@pytest.mark.usefixtures("streamed")
def test_an_error_is_one_line(capsys, runs):
    """With the file and the row, and exit code 2."""
    _, folder = runs
    pd.read_csv(folder / "b.csv").assign(quality=11).to_parquet(folder / "b.parquet")
    (folder / "b.csv").unlink()
    assert main(["profiles", str(folder)]) == 2
    error = capsys.readouterr().err
    assert "b.parquet: row 1, column quality: 11" in error
    assert error.count("\n") == 1
