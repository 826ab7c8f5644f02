"""Interrupts, kills, full disks and little memory: a file is whole, or it is not there."""

import json
import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from helpers import child_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")

# Commands that write a file, and how to see that it is whole.
WRITERS = {
    "recommend": ["recommend", "INSTANCES/random_20.json", "--method", "tabu", "--time-limit", "1",
                  "--format", "json", "-o", "FILE"],
    "chemistry": ["chemistry", "INSTANCES/example_history.csv", "--format", "json", "-o", "FILE"],
    "generate": ["generate", "--kind", "uniform", "--models", "60", "-o", "FILE"],
    "compare": ["compare", "INSTANCES/random_20.json", "--method", "hill-climb,tabu",
                "--time-limit", "1", "--format", "json", "-o", "FILE"],
}  # fmt: skip
OLD = "what stood there before"
ROUNDS = int(os.environ.get("ROUNDS", "2"))


def start(name, instances, file, **options):
    places = {"INSTANCES": str(instances), "FILE": str(file)}
    words = WRITERS[name]
    for place, path in places.items():
        words = [word.replace(place, path) for word in words]
    return subprocess.Popen(
        [sys.executable, "-m", "chemopt", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=child_environment(),
        **options,
    )  # fmt: skip


def check_file(file):
    """It is what stood there before, or a whole result; nothing half-written lies beside it."""
    text = file.read_text()
    if text != OLD:
        json.loads(text)


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_undisturbed_they_write(name, instances, tmp_path):
    """Else the tests below would show nothing."""
    file = tmp_path / "result.json"
    child = start(name, instances, file)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert file.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["int", "term", "kill"]
)
@pytest.mark.parametrize("name", WRITERS)
def test_signals_at_random_moments(name, kind, instances, tmp_path):
    """Interrupted, terminated or killed anywhere between the first import and the last byte."""
    rng = np.random.default_rng([len(name), int(kind)])
    for _ in range(ROUNDS):
        file = tmp_path / "result.json"
        file.write_text(OLD)
        child = start(name, instances, file)
        time.sleep(float(rng.uniform(0.05, 2.0)))
        child.send_signal(kind)
        _, err = child.communicate(timeout=60)
        check_file(file)
        assert "Traceback" not in err
        if kind == signal.SIGINT and child.returncode:
            # before Python has its handler, the signal itself ends the process
            assert child.returncode in (130, -signal.SIGINT), err
        if kind != signal.SIGKILL:
            assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


@pytest.mark.parametrize("name", ["chemistry", "generate"])
def test_disk_full(name, instances, tmp_path):
    """No more than a kilobyte can be written: one message, and the old file stays."""
    file = tmp_path / "result.json"
    file.write_text(OLD)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))

    child = start(name, instances, file, preexec_fn=limit)
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
def test_places_that_cannot_be_written(output, instances, tmp_path):
    """Told before the work begins."""
    (tmp_path / "result.json").write_text(OLD)
    child = start("chemistry", instances, tmp_path / output)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 2
    assert err.startswith("chemopt: error: ")
    assert (tmp_path / "result.json").read_text() == OLD


@pytest.mark.slow
def test_little_memory(instances, tmp_path):
    """An address space of 900 MB, too little for a clique model of 400: no half-written file."""
    file = tmp_path / "result.json"
    file.write_text(OLD)
    pool = tmp_path / "pool.json"
    subprocess.run(
        [sys.executable, "-m", "chemopt", "generate", "--kind", "uniform", "--models", "400", "-o", str(pool)],
        check=True, env=child_environment(),
    )  # fmt: skip
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
