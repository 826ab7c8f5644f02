"""Run methods on problems, each run in a separate process, and keep a row of figures of each.

So the peak memory is that of the run, and a method that overruns its time limit can be ended: after
`GRACE` of the limit more, but at least `LEAST_GRACE` seconds, which cover starting Python and
making the problem.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import apart, machine, peak_mb
from benchmarks.cases import Case
from benchmarks.peers.measure import PEERS, measure_peer
from chemopt.errors import InputError, UnansweredError
from chemopt.execution.processes import WorkerDiedError
from chemopt.execution.store import Record, Store
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation
from chemopt.methods.registry import METHODS, load_method
from chemopt.problem.formats import READERS, native_value
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import choice

GRACE, LEAST_GRACE = 0.1, 15.0
# What identifies a run; the rest is what it measured.
KEY = ("family", "instance", "alpha", "beta", "m_inter", "method", "time_limit", "threads", "seed")
PROBLEM = KEY[:5]
# Statuses besides those of a recommendation.
REFUSED, KILLED, FAILED = "refused", "killed", "failed"
FIGURES = ("status", "stop_reason", "loss", "bound", "gap", "value", "value_bound", "known_loss",
           "known_proved", "tolerance", "size", "seconds", "cpu_seconds", "process_seconds",
           "peak_mb", "solver", "message", "progress", "machine")  # fmt: skip
COLUMNS = (*KEY[:2], "models", *KEY[2:], *FIGURES)

Row = Record
_KIND = "benchmark"


@dataclass(frozen=True)
class Run:
    """A method, or a peer of `benchmarks.peers`, on a case, under some limits."""

    case: Case
    method: str
    time_limit: float
    threads: int = 1
    seed: int = 0

    def row(self, **figures: Any) -> Row:
        """Return a row: what identifies the run, and figures."""
        own = {"method": self.method, "time_limit": self.time_limit, "threads": self.threads,
               "seed": self.seed, "models": self.case.models}  # fmt: skip
        known = {name: getattr(self.case, name) for name in PROBLEM}
        known_proved = self.case.known_proved
        return dict.fromkeys(COLUMNS) | known | own | {"known_proved": known_proved} | figures

    @property
    def key(self) -> tuple[Any, ...]:
        """What identifies the run."""
        row = self.row()
        return tuple(row[name] for name in KEY)


def run_apart(run: Run) -> Row:
    """Run in a separate process and return the row, also if the run fails there."""
    started = time.perf_counter()
    grace = max(LEAST_GRACE, GRACE * run.time_limit)
    try:
        row = apart(run_here, run, seconds=run.time_limit + grace)
    except futures.TimeoutError:
        row = run.row(status=KILLED, message=f"ended {grace:g} s after its time limit")
    except WorkerDiedError as error:
        row = run.row(status=FAILED, message=str(error))
    except Exception as error:
        row = run.row(status=FAILED, message=f"{type(error).__name__}: {error}")
    return {**row, "process_seconds": time.perf_counter() - started}


def run_here(run: Run) -> Row:
    """Run in this process and return the row."""
    problem = run.case.problem()
    if run.method in METHODS:
        load_method(choice("method", run.method, METHODS))
    began = time.process_time()
    kind = run.case.family if run.case.path else None
    try:
        if run.method in PEERS:
            problem = resolve_m_inter(problem, time_limit=run.time_limit, seed=run.seed)
            figures = measure_peer(problem, run.method, run.time_limit, run.threads, run.seed)
            figures |= {"machine": machine(), **_native(figures, problem, kind)}
        else:
            method = choice("method", run.method, METHODS)
            answer = recommend(
                problem, method, time_limit=run.time_limit, threads=run.threads, seed=run.seed
            )
            figures = answer_figures(answer, kind)
    except (InputError, UnansweredError) as error:
        return run.row(status=REFUSED, message=str(error), machine=machine())
    return run.row(
        **figures,
        **{
            "known_loss": run.case.known_loss(problem),
            "cpu_seconds": time.process_time() - began,
            "peak_mb": peak_mb(),
        },
    )


def answer_figures(answer: Recommendation, kind: str | None = None) -> Row:
    """Return the figures of an answer; `kind` is the format of a benchmark file."""
    problem, loss = answer.problem, answer.loss
    figures = {
        "status": answer.status.value,
        "stop_reason": answer.stop_reason.value,
        "loss": loss,
        "bound": answer.bound,
        "gap": answer.gap,
        "tolerance": problem.proof_tolerance(loss or 0.0),
        "size": None if loss is None else len(answer.models),
        "seconds": answer.runtime,
        "solver": f"{answer.solver} {answer.solver_version}",
        "message": answer.message,
        "progress": [list(step) for step in answer.progress],
        "machine": machine(),
    }
    return figures | _native(figures, problem, kind)


def _native(figures: Row, problem: ChemistryProblem, kind: str | None) -> Row:
    """Return loss, bound and gap in the objective of a benchmark file, as others publish it."""
    if kind not in READERS:
        return {}
    loss, bound, gap = figures["loss"], figures["bound"], figures["gap"]
    value = None if loss is None else native_value(kind, problem, loss)
    value_bound = None if bound is None else native_value(kind, problem, bound)
    if gap and value is not None and value_bound is not None:
        gap = abs(value_bound - value) / max(abs(value), 1e-9)
    return {"value": value, "value_bound": value_bound, "gap": gap}


def answers_frame(answers: list[Recommendation]) -> pd.DataFrame:
    """Return answers to problems of your own as runs, for `benchmarks.plots`.

    Examples
    --------
    >>> from chemopt.problem.generate import generate_problem
    >>> problem = generate_problem(8)
    >>> frame = answers_frame([recommend(problem, m) for m in ("multi-start", "brute-force")])
    >>> frame[["method", "status"]]
            method    status
    0  multi-start  feasible
    1  brute-force   optimal
    """
    rows = []
    for answer in answers:
        problem = answer.problem
        case = Case("", problem.name, len(problem.models), problem.alpha, problem.beta,
                    problem.m_inter)  # fmt: skip
        run = Run(
            case,
            answer.method,
            answer.settings.get("time_limit") or float("inf"),
            answer.settings.get("threads", 1),
            answer.seed,
        )
        rows.append(run.row(**answer_figures(answer)))
    return runs_frame(rows)


def runs_frame(rows: list[Row]) -> pd.DataFrame:
    """Return rows as a table, with numbers as numbers."""
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in ("loss", "bound", "gap", "value", "value_bound", "known_loss", "tolerance",
                   "size", "seconds", "cpu_seconds", "process_seconds", "peak_mb"):  # fmt: skip
        frame[column] = frame[column].astype(float)
    return frame


def measure(
    runs: Sequence[Run],
    folder: str | Path,
    progress: Callable[[int, int], None] | None = None,
    execute: Callable[[Run], Row] = run_apart,
) -> pd.DataFrame:
    """Make the runs that the store does not hold yet, and return the rows of all of them.

    Runs are made one at a time, since they are timed.

    Parameters
    ----------
    runs : sequence of Run
    folder : path
        Of the store; made if it is not there. Runs that it holds beyond those asked for are kept
        there, and not returned.
    progress : callable, optional
        Called with the runs done and the runs in all.
    execute : callable
        Makes a run and returns its row.

    Raises
    ------
    InputError
        The store cannot be written, or holds something else.
    """
    with Store(folder, _KIND) as store:
        done = store.records()
        rows = []
        for count, run in enumerate(runs, 1):
            key = json.dumps(run.key)
            if key not in done:
                done[key] = execute(run)
                store.put(key, done[key])
            rows.append(done[key])
            if progress is not None:
                progress(count, len(runs))
    return runs_frame(rows)


def load_runs(folder: str | Path) -> pd.DataFrame:
    """Return all runs of a store as a table; see docs/benchmarks.md for its columns.

    Raises
    ------
    InputError
        There is no such store, or it holds something else.
    """
    with Store(folder, _KIND, write=False) as store:
        return runs_frame(list(store.records().values()))
