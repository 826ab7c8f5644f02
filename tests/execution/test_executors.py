"""Executors: the same results from each, and only the call at fault fails."""

import math
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemopt import InputError, SolverError
from chemopt.execution.complete import Call, complete
from chemopt.execution.deadline import Deadline
from chemopt.execution.executors import open_executor, worker_count
from chemopt.execution.processes import WorkerDiedError


def calls(*arguments):
    """Return a call for each tuple of arguments."""
    return [Call(str(k), args) for k, args in enumerate(arguments)]


def of(executor, function, *arguments, **options):
    """Return what calls come to, by key."""
    return {call.key: call for call in complete(function, calls(*arguments), executor, **options)}


@pytest.fixture(scope="module")
def processes():
    """Two processes, for several tests."""
    with open_executor("processes", 2) as executor:
        yield executor


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-3, 3))))
def test_results_and_errors_are_those_of_plain_calls(arguments):
    """Each call is carried out once; an error is that call's alone."""
    with open_executor() as serial, ThreadPoolExecutor(3) as threads:
        for executor in (serial, threads):
            found = of(executor, divmod, *arguments)
            assert sorted(found, key=int) == [str(k) for k in range(len(arguments))]
            for k, args in enumerate(arguments):
                call = found[str(k)]
                assert call.attempts == 1
                if args[1] == 0:
                    assert isinstance(call.error, ZeroDivisionError)
                else:
                    assert (call.value, call.error) == (divmod(*args), None)


def test_processes_give_the_same(processes):
    """Results and errors come back from other processes."""
    found = of(processes, math.sqrt, *((x,) for x in range(-2, 20)))
    assert [found[str(k)].value for k in range(2, 22)] == [math.sqrt(x) for x in range(20)]
    assert isinstance(found["0"].error, ValueError)
    assert worker_count(processes) == 2
    pids = {call.value for call in of(processes, os.getpid, *[()] * 20).values()}
    assert os.getpid() not in pids
    assert len(pids) <= 2


def test_a_call_that_ends_its_worker_fails_alone(processes):
    """Of many calls, those that kill their process are known, each with the reason."""
    deadly = {"3": signal.SIGKILL, "4": signal.SIGABRT, "9": signal.SIGSEGV}
    arguments = [(deadly.get(str(k), 0),) for k in range(12)]
    found = of(processes, signal.raise_signal, *arguments)
    for key, call in found.items():
        if key in deadly:
            assert isinstance(call.error, WorkerDiedError)
            assert f"killed by {deadly[key].name}" in str(call.error)
        else:
            assert not isinstance(call.error, WorkerDiedError)
    (ended,) = of(processes, os._exit, (3,)).values()
    assert "exit code 3" in str(ended.error)


def test_calls_are_begun_again_as_often_as_asked(processes):
    """A deadly call is tried once and twice more, then given up."""
    found = of(
        processes, signal.raise_signal, (9,), (0,),
        retry=lambda call: isinstance(call.error, WorkerDiedError) and call.attempts <= 2,
    )  # fmt: skip
    assert [found[key].attempts for key in "01"] == [3, 1]


def test_a_deadline_ends_what_is_in_hand():
    """Calls that would take minutes are given up, and no process is left."""
    with open_executor("processes", 1) as executor:
        (first,) = of(executor, os.getpid, ()).values()
        assert of(executor, time.sleep, *[(600,)] * 5, deadline=Deadline.after(0.2)) == {}
    with pytest.raises(ProcessLookupError):
        os.kill(first.value, 0)
    with open_executor() as serial:
        assert of(serial, abs, (1,), deadline=Deadline(0.0)) == {}


def test_deadlines():
    """A part has its share of the time that is left, and solvers get a little more than nothing."""
    assert Deadline.after(None) == Deadline().part(0.5) == Deadline()
    assert Deadline().time_limit is None
    late = Deadline.after(1000)
    assert 900 < late.time_limit <= 1000
    assert 450 < late.part(0.5).time_limit <= 500
    assert not late.passed
    assert Deadline(0.0).passed
    assert 0 < Deadline(0.0).part(0.5).time_limit < 0.01
    with pytest.raises(InputError, match="time_limit must be a number > 0"):
        Deadline.after(0)


def test_an_interrupt_of_a_call_here_is_passed_on():
    """Ctrl-C in the middle of a call is no result of the call."""

    def interrupted():
        raise KeyboardInterrupt

    with open_executor() as serial, pytest.raises(KeyboardInterrupt):
        of(serial, interrupted, ())


def test_what_cannot_be_sent_is_that_calls_error(processes):
    """A function that no other process can import, and a result that cannot be sent back."""
    (call,) = of(processes, lambda: 1, ()).values()
    assert call.error is not None
    assert not isinstance(call.error, WorkerDiedError)
    (call,) = of(processes, memoryview, (b"x",)).values()
    assert call.error is not None
    (call,) = of(processes, abs, (-2,)).values()
    assert call.value == 2


def test_a_foreign_executor_that_breaks_down():
    """What cannot go on is one error."""
    with ThreadPoolExecutor(1) as threads:
        threads._broken = "a thread could not be started"
        with pytest.raises(SolverError, match="the executor broke down: a thread"):
            of(threads, abs, (1,))
        threads._broken = False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"executor": "proceses"}, "executor must be serial, processes, or the address"),
        ({"executor": 3}, "executor must be a name or an Executor, not an int"),
        ({"workers": 2}, "workers is an option of the executor 'processes' only"),
        ({"executor": "serial", "memory_limit": 2}, "memory_limit is an option"),
        ({"executor": "processes", "workers": 0.5}, "workers must be a whole number"),
        ({"executor": "processes", "memory_limit": 0.1}, "memory_limit must be a number ≥ 1"),
    ],
)
def test_bad_options(options, message):
    """An option that is wrong, or without effect, is refused."""
    with pytest.raises(InputError, match=message), open_executor(**options):
        pass


@pytest.mark.slow
def test_a_memory_limit_ends_the_call_that_needs_more():
    """A call beyond the limit fails, and smaller ones go on."""
    pytest.importorskip("resource")
    with open_executor("processes", 1, memory_limit=4) as executor:
        found = of(executor, bytes, (10,), (8 * 2**30,), (20,))
    assert isinstance(found["1"].error, MemoryError | WorkerDiedError)
    assert [len(found[key].value) for key in "02"] == [10, 20]
