"""Runtimes and time limits: no import counts, in this thread, in another, or in a process."""

import contextvars
import importlib
import json
import subprocess
import sys
import threading
import types

import pytest
from helpers import child_environment

from chemopt import recommend
from chemopt.execution import clock, ordered
from chemopt.execution.clock import Stopwatch, loading, timed, timings_text
from chemopt.methods.solvers import loading as loaders
from chemopt.problem.generate import generate_problem

# Imports go by one tick each in a process that has imported nothing but the package, and nothing
# else does: what a runtime counts are imports.
FRESH = """
import json, sys, types
import numpy, pandas
from chemopt import ChemistryTable, ChemistryProblem, cascade, load_outcomes, recommend, select
from chemopt.execution import clock

class Ticking:
    ticks = 0

    def find_spec(self, *_):
        Ticking.ticks += 1

def generate(n, **options):
    rng = numpy.random.default_rng(5)
    c = numpy.triu(rng.random((n, n)), 1)
    if options.pop("sparse", False):
        c[rng.random((n, n)) < 0.85] = 0
    names = [f"m{k:02d}" for k in range(n)]
    return ChemistryProblem(ChemistryTable(names, c + c.T), **{"m_inter": "total", **options})

def outcomes():
    rng = numpy.random.default_rng(5)
    return load_outcomes(pandas.DataFrame((rng.random((60, 4)) < 0.6) * 1, columns=list("abcd")))

prices = {name: k + 1 for k, name in enumerate("abcd")}
clock.time = types.SimpleNamespace(perf_counter=lambda: float(Ticking.ticks))
sys.meta_path.insert(0, Ticking())
answer = eval(sys.argv[1])
print(json.dumps([answer.timings, answer.runtime, answer.solver, "highspy" in sys.modules]))
"""
CALLS = {
    "highs": "recommend(generate(6), 'highs')",
    "cp-sat": "recommend(generate(6), 'cp-sat')",
    "min-cut": "recommend(generate(6, alpha=0.2), 'min-cut')",
    "multi-start": "recommend(generate(6), 'multi-start')",
    "a conflict": "recommend(generate(6, size=5, apart=[('m00', 'm01'), ('m02', 'm03')]), 'tabu')",
    "exact by a cut": "recommend(generate(30, alpha=0.2), 'exact')",
    "exact": "recommend(generate(30), 'auto')",
    "exact in turns": "recommend(generate(60, sparse=True, size=8), 'exact')",
    "maximum cut": "recommend(generate(30, m_inter='cut', size=2), 'auto')",
    "coverage": "select(outcomes(), size=2, repeats=1)",
    "coverage by HiGHS": "select(outcomes(), size=2, repeats=1, method='highs')",
    "vote": "select(outcomes(), 'vote', size=2, repeats=1)",
    "cascade": "cascade(outcomes(), prices, repeats=1)",
    "cascade by CP-SAT": "cascade(outcomes(), prices, repeats=1, method='cp-sat')",
}
QUICK = ("highs", "coverage")


def in_a_fresh_process(call):
    done = subprocess.run(
        [sys.executable, "-c", FRESH, call],
        capture_output=True, text=True, check=True, env=child_environment(),
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in CALLS]
)
def test_no_import_is_running_time(name):
    """In a fresh process every part of the time but that of loading is without an import."""
    timings, runtime, _, highs = in_a_fresh_process(CALLS[name])
    assert timings.pop("loading") > 0
    assert set(timings.values()) == {0.0}
    assert runtime == timings["solve"]
    if name == "exact in turns":
        assert highs  # else it shows nothing


@pytest.fixture
def hands(monkeypatch):
    """A clock whose hands a test turns."""
    hands = types.SimpleNamespace(at=0.0)
    monkeypatch.setattr(clock, "time", types.SimpleNamespace(perf_counter=lambda: hands.at))
    return hands


def test_a_stopwatch_stands_still_while_modules_are_loaded(hands):
    """Loading within loading is counted once, and only by what runs."""
    outer, idle = Stopwatch(), Stopwatch()
    with outer.running():
        hands.at = 1.0
        inner = Stopwatch()
        with inner.running(), loading():
            hands.at = 3.0
            with loading():
                hands.at = 6.0
            assert (outer.seconds, inner.seconds, idle.seconds) == (1.0, 0.0, 6.0)
        hands.at = 7.0
    with loading():
        hands.at = 9.0  # none runs
    assert (outer.seconds, outer.loading) == (4.0, 5.0)
    assert (inner.seconds, inner.loading) == (3.0, 5.0)
    assert (idle.seconds, idle.loading) == (9.0, 0.0)


def test_threads_hold_the_clocks_of_their_own_context_only(hands):
    """A thread that works for another one is started in a copy of its context."""

    def load():
        with loading():
            hands.at += 2.0

    watch = Stopwatch()
    with watch.running():
        for target in (load, contextvars.copy_context().run):
            thread = threading.Thread(target=target, args=() if target is load else (load,))
            thread.start()
            thread.join()
    assert (watch.seconds, watch.loading) == (2.0, 2.0)


def test_timings_are_in_order(hands):
    """Parts have one order, however often and in which order they are measured."""
    timings = {}
    for part, seconds in (("held_out", 2.0), ("solve", 0.5), ("held_out", 1.0)):
        with timed(timings, part), loading():
            hands.at += 4.0
        with timed(timings, part):
            hands.at += seconds
    assert list(timings.items()) == [("solve", 0.5), ("held_out", 3.0), ("loading", 12.0)]
    assert timings_text(timings) == "solve 0.50 s, held out 3.00 s, loading 12.00 s"


@pytest.mark.parametrize("method", ["highs", "cp-sat", "exact"])
def test_a_time_limit_is_not_eaten_by_imports(hands, monkeypatch, method):
    """However long a solver takes to be imported, it has all of the time limit."""
    really = importlib.import_module

    def slowly(*names):
        hands.at += 1e4
        return really(*names)

    monkeypatch.setattr(loaders.importlib, "import_module", slowly)
    answer = recommend(generate_problem(8, 2).with_options(alpha=0.3), method, time_limit=60)
    assert answer.status.value == "optimal"
    assert answer.runtime == 0.0
    assert answer.timings["loading"] >= 1e4


def test_the_start_of_processes_is_loading(hands, monkeypatch):
    """Calls in processes begin when these have imported what the calls need."""
    really = ordered.ProcessExecutor.load

    def slowly(self, *call):
        hands.at += 50.0
        really(self, *call)

    monkeypatch.setattr(ordered.ProcessExecutor, "load", slowly)
    watch = Stopwatch()
    with watch.running(), ordered.OrderedCalls(2, 0.0) as calls:
        for k in (-1, 2, -3):
            calls.submit(abs, k)
        assert [calls.next() for _ in range(3)] == [1, 2, 3]
    assert (watch.seconds, watch.loading) == (0.0, 50.0)
