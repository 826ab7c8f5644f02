"""Studies: one table whatever the executor, the order, and what went wrong on the way."""

import contextlib
import json
import os
import signal
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chemopt.studies.study.study as study_module
from chemopt import InputError, SolverError, Study, recommend
from chemopt.execution.processes import WorkerDiedError
from chemopt.execution.store import Store
from chemopt.problem.generate import generate_problem
from chemopt.studies.study.run import carry_out, record_of
from chemopt.studies.study.table import CIRCUMSTANCES, COLUMNS, read_status, read_table

SMALL = Study(
    [{"generate": "problem", "models": [6, 7], "alpha": [0.2, 0.8]}],
    ["hill-climb", "brute-force", "min-cut"],
    seeds=[0, 1],
)


def plain(table):
    """Return a table without what depends on how it was made."""
    return table.drop(columns=list(CIRCUMSTANCES))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The table of the small study, carried out at one go."""
    return plain(SMALL.run(tmp_path_factory.mktemp("whole")))


@pytest.fixture
def made(monkeypatch):
    """Record the keys of the runs that are carried out, in order."""
    keys = []

    def recorded(run, remaining=None):
        keys.append(run.key)
        return carry_out(run, remaining)

    monkeypatch.setattr(study_module, "carry_out", recorded)
    return keys


class Dying(Executor):
    """Carry calls out three at a time, last first, but for those whose worker dies."""

    workers = 2

    def __init__(self, deadly=()):
        self.deadly, self.held = deadly, []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.held.append((future, fn, args))
        if len(self.held) == 3:
            self.flush()
        threading.Timer(0.02, self.flush).start()
        return future

    def flush(self):
        while self.held:
            with contextlib.suppress(IndexError):
                future, fn, args = self.held.pop()
                if args[0].key in self.deadly:
                    future.set_exception(WorkerDiedError("the worker was killed by SIGKILL"))
                else:
                    future.set_result(fn(*args))


def test_rows_are_the_answers_of_recommend(tmp_path):
    """Each row says what `recommend` says; what a method refuses is a row with the reason."""
    table = SMALL.run(tmp_path)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == len(SMALL.runs) == 24
    for row in table.to_dict("records"):
        problem = generate_problem(int(row["problem"][15])).with_options(alpha=row["alpha"])
        if row["method"] == "min-cut" and row["alpha"] == 0.8:
            assert row["status"] == "refused"
            assert "alpha ≤ 1/3" in row["error"]
            continue
        answer = recommend(problem, row["method"], seed=row["seed"])
        assert (row["status"], row["loss"], row["models"]) == (answer.status.value, answer.loss, answer.models)  # fmt: skip
        assert row["proved"] == answer.proved
        assert row["worker"] == f"process {os.getpid()}"


def test_nothing_is_made_twice(tmp_path, made):
    """A second call makes nothing, and gives the same table; so does reading the store."""
    first = SMALL.run(tmp_path)
    assert len(made) == 24
    pd.testing.assert_frame_equal(SMALL.run(tmp_path), first)
    assert len(made) == 24
    pd.testing.assert_frame_equal(read_table(tmp_path), first)
    pd.testing.assert_frame_equal(SMALL.table(tmp_path), first)
    assert str(read_status(tmp_path)) == "24 of 24 runs done (8 feasible, 12 optimal, 4 refused)"


def test_the_table_is_the_same_after_any_stops(tmp_path, whole):
    """Stopped at any runs, and resumed in another order, each run is there once."""
    for stop in (0, 5, 3, 23):

        def stopped(done, total, stop=stop):
            if done >= stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            SMALL.run(tmp_path, progress=stopped)
        assert len(SMALL.table(tmp_path)) >= stop
    pd.testing.assert_frame_equal(plain(SMALL.run(tmp_path, Dying())), whole)


def test_executors_give_the_same_table(tmp_path, whole):
    """Serial, threads and processes agree except for times and places."""
    table = SMALL.run(tmp_path / "processes", "processes", workers=2)
    pd.testing.assert_frame_equal(plain(table), whole)
    assert f"process {os.getpid()}" not in set(table["worker"])
    with ThreadPoolExecutor(3) as threads:
        table = SMALL.run(tmp_path / "threads", threads)
    pd.testing.assert_frame_equal(plain(table), whole)


@settings(max_examples=3, deadline=None)
@given(st.sets(st.integers(0, 23), max_size=5), st.integers(0, 2))
def test_runs_that_die_are_rows(tmp_path_factory, numbers, retries):
    """Whatever the order, those at fault die, after all their attempts, and no other."""
    folder = tmp_path_factory.mktemp("study")
    deadly = {SMALL.runs[k].key for k in numbers}
    table = SMALL.run(folder, Dying(deadly), retries=retries)
    died = table["status"] == "died"
    assert set(died[died].index) == numbers
    assert (table["attempts"][died] == retries + 1).all()
    assert (table["error"][died] == "the worker was killed by SIGKILL").all()
    again = SMALL.run(folder, Dying(), retries=retries + 1)
    assert (again["status"] != "died").all()
    assert (again["attempts"][died] == retries + 2).all()


def test_a_run_that_fails_is_begun_again(tmp_path, monkeypatch):
    """An unexpected error is a row with its place, and retries count over sessions."""
    calls = []

    def broken(*args, **options):
        calls.append(args)
        if len(calls) < 3:
            raise ZeroDivisionError("no luck")
        return recommend(*args, **options)

    monkeypatch.setattr("chemopt.studies.study.run.recommend", broken)
    study = Study([generate_problem(5)], ["brute-force"])
    (row,) = study.run(tmp_path).to_dict("records")
    assert (row["status"], row["attempts"]) == ("failed", 1)
    assert row["error"].startswith("ZeroDivisionError: no luck (test_study.py, line ")
    assert study.status(tmp_path).failed == 1
    (row,) = study.run(tmp_path, retries=1).to_dict("records")
    assert (row["status"], row["attempts"]) == ("failed", 2)
    (row,) = study.run(tmp_path, retries=1).to_dict("records")
    assert len(calls) == 2
    (row,) = study.run(tmp_path, retries=2).to_dict("records")
    assert (row["status"], row["attempts"], row["error"]) == ("optimal", 3, "")


def test_a_run_that_ends_this_process_is_not_begun_for_ever(tmp_path, made):
    """After three sessions that ended in the middle of a run, it is a row that says so."""
    study = Study([generate_problem(5)], ["brute-force", "hill-climb"])
    key = study.runs[0].key
    for _ in range(3):
        with Store(tmp_path, "study") as store:
            store.begin(key)
    table = study.run(tmp_path)
    assert table["status"].to_list() == ["died", "feasible"]
    assert table["error"][0] == "the process ended during this run, 3 times"
    assert made == [study.runs[1].key]
    assert study.run(tmp_path, retries=3)["status"].to_list() == ["optimal", "feasible"]


def test_a_changed_study_keeps_what_still_belongs(tmp_path, made):
    """Rows of runs that are no longer asked for stay in the store, and are counted."""
    Study([generate_problem(5)], ["brute-force", "hill-climb"]).run(tmp_path)
    changed = Study([generate_problem(5), generate_problem(6)], ["hill-climb"])
    table = changed.run(tmp_path)
    assert len(made) == 3
    assert table["method"].to_list() == ["hill-climb"] * 2
    assert (
        str(changed.status(tmp_path)) == "2 of 2 runs done (2 feasible); 1 other run in the store"
    )
    assert len(read_table(tmp_path)) == 2


@pytest.mark.slow
def test_a_time_limit_is_for_all_runs(tmp_path):
    """What it cuts short is not recorded; without it, the study goes on there."""
    study = Study([generate_problem(100)], ["annealing", "hill-climb"], {"time_limit": 100})
    assert study.run(tmp_path, time_limit=0.5).empty
    status = study.status(tmp_path)
    assert (status.done, status.runs) == (0, 2)
    quick = Study(
        [generate_problem(100)], ["hill-climb", {"method": "annealing", "time_limit": 100}]
    )
    table = quick.run(tmp_path, time_limit=2.0)
    assert table["method"].to_list() == ["hill-climb"]


def test_other_versions_of_a_worker_end_the_study(tmp_path):
    """A record from another version of a library is not put next to the others."""

    class Elsewhere(Dying):
        def submit(self, fn, /, run, remaining):
            future = Future()
            future.set_result(record_of(run, "optimal", versions="chemopt 0.0.0"))
            return future

    with pytest.raises(SolverError, match=r"has other versions: chemopt 0\.0\.0; here are"):
        SMALL.run(tmp_path, Elsewhere())
    assert SMALL.status(tmp_path).done == 0


def test_two_at_one_store(tmp_path):
    """While one process carries a study out, a second is refused, and may read."""

    def at_the_store(done, total):
        with pytest.raises(InputError, match=f"process {os.getpid()} on .* writes this store"):
            SMALL.run(tmp_path)
        assert len(read_table(tmp_path)) == done

    SMALL.run(tmp_path, progress=at_the_store)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("count", [0, 1, 23])
def test_kill_9_in_the_middle_of_a_run(tmp_path, count, made, whole):
    """A study that is killed loses the run in progress at most, and ends complete."""
    pid = os.fork()
    if pid == 0:
        recorded = study_module.carry_out

        def deadly(run, remaining=None):
            if len(made) == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return recorded(run, remaining)

        study_module.carry_out = deadly
        try:
            SMALL.run(tmp_path)
        finally:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    with Store(tmp_path, "study") as store:
        assert (len(store.records()), len(store.in_hand())) == (count, 1)
    pd.testing.assert_frame_equal(plain(SMALL.run(tmp_path)), whole)
    assert len(made) == 24 - count


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"problems": []}, "problems must be a list of at least one entry"),
        ({"problems": "a.json"}, "problems must be a list"),
        ({"problems": [3]}, "problem 1 must be a problem, not an int; give a path"),
        ({"methods": ["tabuu"]}, "method must be one of"),
        ({"methods": [{"time_limit": 3}]}, "a method needs the key 'method'; given are time_limit"),
        ({"methods": [{"method": "tabu", "formulation": "rlt"}]}, "unknown option of method 'tabu': 'formulation'"),
        ({"methods": [{"method": "highs", "formulaton": "rlt"}]}, "is 'formulation' meant"),
        ({"options": {"time_limt": 3}}, "is 'time_limit' meant"),
        ({"options": {"time_limit": -3}}, "time_limit must be a number > 0"),
        ({"seeds": [-1]}, "seeds must be a whole number"),
        ({"seeds": 3}, "seeds must be a list"),
    ],
)  # fmt: skip
def test_bad_studies(arguments, message):
    """An error comes when the study is made, before any work."""
    with pytest.raises(InputError, match=message):
        Study(**{"problems": [generate_problem(5)], **arguments})


def test_bad_options_of_a_run(tmp_path):
    """Options are checked before the work."""
    for options in ({"retries": -1}, {"time_limit": 0}, {"executor": "x"}, {"workers": 3}):
        with pytest.raises(InputError):
            SMALL.run(tmp_path / "new", **options)


def test_records_are_json(tmp_path):
    """What a store holds can be read without chemopt."""
    SMALL.run(tmp_path)
    with Store(tmp_path, "study", write=False) as store:
        for record in store.records().values():
            assert json.loads(json.dumps(record, allow_nan=False)) == record
