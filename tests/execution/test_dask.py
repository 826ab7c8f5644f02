"""A Dask cluster: a scheduler and two workers in separate processes, over TCP."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from chemopt import InputError, Study
from chemopt.execution.complete import Call, complete
from chemopt.execution.dask_cluster import DaskExecutor, different_versions
from chemopt.execution.executors import open_executor, worker_count
from chemopt.studies.study.table import CIRCUMSTANCES
from chemopt.versions import versions

pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


WORKER = ("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard")


@contextlib.contextmanager
def program(log, *words):
    """Run a Dask program; yield it with the address that it says."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "2"
    words = [sys.executable, "-m", f"distributed.cli.{words[0]}", *words[1:]]
    with log.open("w") as file:
        process = subprocess.Popen(words, stderr=file, stdout=file, env=environment)
    try:
        while not (said := re.search(r"(?:Scheduler|worker) at:\s+(tcp://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield process, said[1]
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def cluster(tmp_path):
    """Yield the address of a scheduler and its two workers' processes."""
    scheduler = ("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    with (
        program(tmp_path / "scheduler.log", *scheduler) as (_, address),
        program(tmp_path / "one.log", *WORKER, address) as (one, _),
        program(tmp_path / "two.log", *WORKER, address) as (two, _),
    ):
        yield address, (one, two)


STUDY = Study(
    [{"generate": "problem", "models": [8, 9], "seed": list(range(10))}],
    ["hill-climb", "brute-force", "exact"],
    seeds=[0, 1],
)


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(cluster, tmp_path):
    """The study ends with the table of a serial one: each run once, some on either worker."""
    address, workers = cluster
    pids = {f"process {worker.pid}" for worker in workers}
    killed = []

    def kill_one(done, total):
        if done >= total // 4 and not killed:
            workers[0].send_signal(signal.SIGKILL)
            killed.append(done)

    table = STUDY.run(tmp_path / "dask", address, progress=kill_one)
    assert killed
    assert len(table) == len(STUDY.runs) == 120
    assert set(table["worker"]) == pids
    serial = STUDY.run(tmp_path / "serial")
    drop = list(CIRCUMSTANCES)
    pd.testing.assert_frame_equal(table.drop(columns=drop), serial.drop(columns=drop))
    assert str(STUDY.status(tmp_path / "dask")).startswith("120 of 120 runs done")


def test_a_call_that_kills_its_workers_is_given_up(cluster, tmp_path):
    """After it has killed three, the call fails; what comes later is done by the fourth."""
    address, _ = cluster
    with (
        program(tmp_path / "three.log", *WORKER, address),
        program(tmp_path / "four.log", *WORKER, address),
        open_executor(address) as executor,
    ):
        assert worker_count(executor) == 4
        calls = [Call(str(k), (k,)) for k in range(50)]
        assert sorted(call.value for call in complete(abs, calls, executor)) == list(range(50))
        (call,) = complete(signal.raise_signal, [Call("deadly", (9,))], executor)
        assert "Dask workers that tried it died" in str(call.error)
        (call,) = complete(abs, [Call("later", (-1,))], executor)
        assert call.value == 1


def test_other_versions_are_refused(cluster, monkeypatch):
    """A worker whose packages differ is named, with the package."""
    address, _ = cluster
    name = "chemopt.execution.dask_cluster.different_versions"
    monkeypatch.setattr(name, lambda there: [f"highspy {there['highspy']} instead of 0.0"])
    with pytest.raises(InputError, match=r"the worker tcp://\S+ has highspy 1\S+ instead of 0.0"):
        DaskExecutor(address)


def test_versions_are_compared():
    """Only what can change a result counts."""
    there = {**versions(), "system": "other", "numpy": "0.1"}
    (found,) = different_versions(there)
    assert found.startswith("numpy 0.1 instead of ")


def test_no_scheduler(monkeypatch):
    """An address where nobody answers is an error."""
    monkeypatch.setattr("chemopt.execution.dask_cluster._PATIENCE", 1)
    with pytest.raises(InputError, match="no Dask scheduler answers at tcp://127.0.0.1:9"):
        DaskExecutor("tcp://127.0.0.1:9")
