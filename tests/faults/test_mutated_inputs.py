"""Damaged files: exit code 0, 1 or 2, one message, never a traceback, never a NaN in the JSON."""

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout

import pandas as pd
import pytest
from faults.mutations import DEEP_JSON, DEEP_OBJECT, LONG_NAME, bomb, mutated

from chemopt.cli.main import main
from chemopt.history import table_files

# Each kind of input: an instance of the repository, the ending of its copy, and a command that
# reads it. MUTATIONS=10000 in the environment makes it a long run.
INPUTS = {
    "history": ("example_history.csv", "csv", ["recommend", "{}", "--format", "json"]),
    "profiles": ("example_history.csv", "csv", ["profiles", "{}", "--format", "json"]),
    "outcomes": (
        "example_outcomes.csv", "csv",
        ["select", "{}", "--size", "2", "--format", "json", "--shrink", "0", "--no-held-out"],
    ),
    "instance": ("four_models.json", "json", ["recommend", "{}", "--format", "json"]),
    "attributes": (
        "example_attributes.csv", "csv",
        ["recommend", "INSTANCES/example_history.csv", "--attributes", "{}", "--budget", "price<=5",
         "--format", "json"],
    ),
    "scores": ("example_scores.csv", "csv", ["review", "{}", "--format", "json"]),
    "import": ("example_outcomes.csv", "json", ["import", "{}", "--from", "lm-eval"]),
}  # fmt: skip
COUNT = int(os.environ.get("MUTATIONS", "70"))
CHUNKS = 4 if COUNT > 1000 else 1


def refuse(constant):
    raise AssertionError(f"the JSON has {constant}")


def run(words):
    """Run the command line in this process; return exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as stop:
            code = stop.code
    return code, out.getvalue(), err.getvalue()


def check(words):
    """A defined end, one way or the other."""
    code, out, err = run(words)
    assert code in (0, 1, 2), (code, err)
    assert "Traceback" not in err
    assert all(mark not in err for mark in "\x1b\x00")
    if code == 0 and "json" in words:
        json.loads(out, parse_constant=refuse)
    if code:
        assert err.startswith(("chemopt", "usage")), err
        assert len(err) < 3000


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("kind", INPUTS)
def test_damaged(kind, chunk, instances, tmp_path):
    """Every damage of every kind of file."""
    name, ending, words = INPUTS[kind]
    original = (instances / name).read_bytes()
    if kind == "outcomes":  # part of it is enough, and faster
        frame = pd.read_csv(instances / name)
        items = frame["item"].drop_duplicates()[:12]
        original = frame[frame["item"].isin(items)].to_csv(index=False).encode()
    file = tmp_path / f"input.{ending}"
    words = [word.replace("{}", str(file)).replace("INSTANCES", str(instances)) for word in words]
    for seed in range(chunk, COUNT // len(INPUTS), CHUNKS):
        file.write_bytes(mutated(original, seed))
        try:
            check(words)
        except BaseException:
            print(f"kind {kind}, seed {seed}")  # shown by pytest with the failure
            raise


@pytest.mark.parametrize(
    "data", [DEEP_JSON, DEEP_OBJECT, LONG_NAME, b"", b"\x00" * 1000, b"[]", b"0"]
)
@pytest.mark.parametrize("ending", ["json", "csv", "jsonl", "csv.gz", "parquet", "xlsx", "tsv"])
def test_hostile(data, ending, tmp_path):
    """Deep JSON, empty files, zeros: for every ending."""
    file = tmp_path / f"input.{ending}"
    file.write_bytes(data)
    check(["recommend", str(file), "--format", "json"])


def test_decompression_is_bounded(tmp_path, monkeypatch):
    """A gzip file that holds a thousand times its size ends with a message, not in the memory."""
    file = tmp_path / "bomb.csv.gz"
    file.write_bytes(bomb(40))
    monkeypatch.setattr(table_files, "_LARGEST_UNPACKED", 1 << 24)
    code, _, err = run(["recommend", str(file)])
    assert code == 2
    assert "which no table does" in err
