"""Calls in processes: results in the order of the calls, errors, and no process left at the end."""

import threading
import time

import pytest

from chemopt.execution import ordered
from chemopt.execution.ordered import OrderedCalls
from chemopt.execution.processes import WorkerDiedError


@pytest.fixture(params=["here", "processes"])
def calls(request):
    """A queue whose calls run here, or in two processes."""
    with OrderedCalls(2, 1e9 if request.param == "here" else 0.0) as queue:
        yield queue


def test_order(calls):
    """A call that takes long does not let others pass."""
    for seconds in (0.3, 0.0, 0.1):
        calls.submit(_wait, seconds)
    assert [calls.next() for _ in range(3)] == [0.3, 0.0, 0.1]
    assert not len(calls)


def test_an_exception_is_that_exception(calls):
    """What a call raises comes out where its result is asked for; others go on."""
    for text in ("1", "one", "2"):
        calls.submit(int, text)
    assert calls.next() == 1
    with pytest.raises(ValueError, match="invalid literal"):
        calls.next()
    assert calls.next() == 2


def test_room():
    """There is room for a few calls for each worker."""
    with OrderedCalls(2, 1e9) as calls:
        while calls.has_room:
            calls.submit(abs, 1)
        assert len(calls) == 2 * ordered.CALLS_PER_WORKER
        calls.next()
        assert calls.has_room


def test_processes_take_over():
    """Calls that were asked for before processes are started are given to them."""
    with OrderedCalls(1, 0.2) as calls:
        for seconds in (0.3, 0.0, 0.0):
            calls.submit(_name_of_thread_after, seconds)
        names = [calls.next() for _ in range(3)]
    assert names[0] == threading.current_thread().name
    assert len(names) == 3


def test_stop_and_end():
    """A call in progress is given up; at the end no thread and no process is left."""
    before = threading.active_count()
    with OrderedCalls(2, 0.0) as calls:
        calls.submit(time.sleep, 600)
        assert calls.next(lambda: True) is None
    assert threading.active_count() == before


def test_a_worker_that_dies():
    """It is an error that says so."""
    with OrderedCalls(1, 0.0) as calls:
        calls.submit(_die)
        with pytest.raises(WorkerDiedError, match="exit code 7"):
            calls.next()


def _wait(seconds):
    time.sleep(seconds)
    return seconds


def _name_of_thread_after(seconds):
    time.sleep(seconds)
    return threading.current_thread().name


def _die():
    import os

    os._exit(7)
