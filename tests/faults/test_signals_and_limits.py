"""Interrupts, kills, full disks and little memory: a file is whole, or it is not there."""

import os
import resource
import signal
import subprocess
import sys

import pytest
from helpers import child_environment

from chemopt.cli.main import main
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import problem_to_json

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")

OLD = "what stood there before"
# Let a command say that it has come to a function of os, and wait there for a signal.
WAITING = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores interrupts

def wait(*_):
    print("there", flush=True)
    time.sleep(60)

os.{moment} = wait
from chemopt.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def start(file, code=("-m", "chemopt"), **options):
    """Start a command that writes a file; all commands do so through one function."""
    words = ["generate", "--kind", "uniform", "--models", "60", "-o", str(file)]
    return subprocess.Popen(
        [sys.executable, *code, *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=child_environment(),
        **options,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["fsync", "replace"])
@pytest.mark.parametrize("kind", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_signals_while_a_file_is_written(kind, moment, tmp_path):
    """Interrupted, terminated or killed before the last byte is kept, the old file stays."""
    file = tmp_path / "result.json"
    file.write_text(OLD)
    child = start(file, ("-c", WAITING.format(moment=moment)))
    assert child.stdout.readline() == "there\n"
    child.send_signal(signal.Signals[kind])
    _, err = child.communicate(timeout=60)
    assert child.returncode == (130 if kind == "SIGINT" else -signal.Signals[kind]), err
    assert file.read_text() == OLD
    assert "Traceback" not in err
    if kind == "SIGINT":
        assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_disk_full(tmp_path):
    """No more than a kilobyte can be written: one message, and the old file stays."""
    file = tmp_path / "result.json"
    file.write_text(OLD)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))

    child = start(file, preexec_fn=limit)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 2, err
    assert err.startswith("chemopt: error: "), err
    assert "Traceback" not in err
    assert file.read_text() == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


@pytest.mark.slow
def test_stdout_full():
    """Standard output on a full device is a message."""
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "w") as full:
        child = subprocess.run(
            [sys.executable, "-m", "chemopt", "show-versions"],
            stdout=full, stderr=subprocess.PIPE, text=True, env=child_environment(), check=False,
        )  # fmt: skip
    assert child.returncode in (1, 2)
    assert "Traceback" not in child.stderr


@pytest.mark.parametrize("output", ["no/such/folder/result.json", ".", "result.json/inside"])
def test_places_that_cannot_be_written(output, instances, tmp_path, capsys, monkeypatch):
    """Reported before the work begins."""
    (tmp_path / "result.json").write_text(OLD)
    monkeypatch.setattr("chemopt.cli.commands.recommend.recommend", None)
    instance = str(instances / "four_models.json")
    assert main(["recommend", instance, "-o", str(tmp_path / output)]) == 2
    assert capsys.readouterr().err.startswith("chemopt: error: ")
    assert (tmp_path / "result.json").read_text() == OLD


@pytest.mark.slow
def test_little_memory(tmp_path):
    """An address space of 900 MB, too little for a clique model of 400: no half-written file."""
    file = tmp_path / "result.json"
    file.write_text(OLD)
    pool = tmp_path / "pool.json"
    pool.write_text(problem_to_json(generate_problem(400, kind="uniform")), encoding="utf-8")
    child = subprocess.run(
        [sys.executable, "-m", "chemopt", "recommend", str(pool), "--method", "highs",
         "--formulation", "clique", "-o", str(file)],
        capture_output=True, text=True, check=False,
        env={**child_environment(), "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (900 << 20, 900 << 20)),
    )  # fmt: skip
    assert child.returncode in (1, 2), child.stderr
    assert "Traceback" not in child.stderr
    assert "memory" in child.stderr
    assert file.read_text() == OLD
