"""`Study`: every problem by every method from every seed, in a resumable store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from chemopt.errors import InputError, SolverError
from chemopt.execution.complete import Call, complete
from chemopt.execution.deadline import Deadline
from chemopt.execution.executors import SerialExecutor, open_executor
from chemopt.execution.processes import WorkerDiedError
from chemopt.execution.store import Record, Store
from chemopt.methods.registry import METHODS, MethodName
from chemopt.problem.problem import ChemistryProblem
from chemopt.progress import Progress, reporter
from chemopt.studies.study.run import (
    DIED,
    FAILED,
    UNFINISHED,
    Run,
    carry_out,
    method_options,
    own_versions,
    record_of,
)
from chemopt.studies.study.sources import Source, sources_of
from chemopt.studies.study.table import KIND, StudyStatus, status_of, table_of
from chemopt.validation import choice, instance_of, whole

# A run that has ended this process so often, when runs are made in it, is not begun again.
_TOO_OFTEN = 3


@dataclass(frozen=True, eq=False)
class Study:
    """Problems, methods, options and seeds: each combination is a run.

    Attributes
    ----------
    problems : sequence
        Paths, `ChemistryProblem` objects, and mappings as in `chemopt.studies.study.sources`.
    methods : sequence
        Names of methods of `recommend`, and mappings with the key `method` and options: keywords
        of `recommend` (`time_limit`, `rel_gap`, `threads`) and the method's own.
    options : mapping
        Options of all runs; a method's own options take precedence.
    seeds : sequence of int
    folder : path
        What relative paths are relative to; the current folder by default.

    Raises
    ------
    InputError
        A name or a value is not valid, a file is missing, or there is no run.

    Examples
    --------
    >>> import tempfile
    >>> study = Study([{"generate": "problem", "models": [6, 7]}], ["tabu", "brute-force"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = study.run(folder)
    >>> table[["problem", "method", "status"]]
                 problem       method    status
    0  problem(models=6)         tabu  feasible
    1  problem(models=6)  brute-force   optimal
    2  problem(models=7)         tabu  feasible
    3  problem(models=7)  brute-force   optimal
    """

    problems: Sequence[str | Path | ChemistryProblem | Mapping[str, Any]]
    methods: Sequence[MethodName | Mapping[str, Any]] = ("auto",)
    options: Mapping[str, Any] = field(default_factory=dict)
    seeds: Sequence[int] = (0,)
    folder: str | Path = "."

    def __post_init__(self) -> None:
        _ = self.runs  # every entry is looked at before any work

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The runs, ordered by problem, method and seed; equal ones are one."""
        seeds = [whole("seeds", seed, 0, 2**31 - 1) for seed in _listed("seeds", self.seeds)]
        methods = [_method(entry, self.options) for entry in _listed("methods", self.methods)]
        runs = [
            Run(source, weights.get("alpha"), weights.get("beta"), method, options, seed)
            for entry in self._entries
            for source, weights in entry
            for method, options in methods
            for seed in seeds
        ]
        return tuple({run.key: run for run in runs}.values())

    @cached_property
    def _entries(self) -> list[list[tuple[Source, dict[str, float]]]]:
        """The problems of each entry, with the weights to set."""
        folder = Path(self.folder).resolve()
        return [
            sources_of(entry, folder, f"problem {number}")
            for number, entry in enumerate(_listed("problems", self.problems), 1)
        ]

    def run(
        self,
        store: str | Path,
        executor: str | Executor | None = None,
        *,
        workers: int | None = None,
        memory_limit: float | None = None,
        time_limit: float | None = None,
        retries: int = 0,
        progress: Progress = None,
    ) -> pd.DataFrame:
        """Carry out the runs that the store does not hold, and return the table.

        Parameters
        ----------
        store : path
            A folder, made if it is not there. The same call goes on where an earlier one ended, in
            whatever way; at most the runs in progress were lost. Runs of an earlier form of the
            study are kept there.
        executor, workers, memory_limit
            Where runs are carried out; see `chemopt.execution.executors.open_executor`.
        time_limit : float, optional
            Seconds for all runs together. What is in progress then is given up, and not recorded.
        retries : int
            How often a run that failed or died is begun again. It counts what the store holds: so
            a larger number also begins those again that failed before.
        progress : bool or callable, optional
            True shows a bar; a function is called with the runs done and the runs in all.

        Returns
        -------
        DataFrame
            A row for each run that is done, in the order of `runs`; see docs/studies.md. It is the
            same whatever the executor, but for `chemopt.studies.study.table.CIRCUMSTANCES` and for
            runs that a time limit ended.

        Raises
        ------
        InputError
            An option is not valid, an entry has no valid problem, or the store cannot be used.
        SolverError
            The executor broke down, or a worker has other versions than this process.
        KeyboardInterrupt
            Everything done so far is in the store.
        """
        retries = whole("retries", retries, 0)
        report = reporter(progress, "runs")
        deadline = Deadline.after(time_limit)
        with (
            Store(store, KIND) as opened,
            open_executor(executor, workers, memory_limit) as engine,
        ):
            records = opened.records()
            left = dict(self._left(records, retries))
            if left:
                self._try_first()
            opened.set_plan((run.key, run.identity) for run in self.runs)
            if isinstance(engine, SerialExecutor):
                left = self._without_deadly(opened, records, left, retries)
            total, done = len(self.runs), len(self.runs) - len(left)
            if report is not None:
                report(done, total)
            runs = {run.key: run for run in self.runs}
            for key, record in _carried_out(runs, left, engine, opened, deadline, retries):
                opened.put(key, record)
                records[key] = record
                done += 1
                if report is not None:
                    report(done, total)
            return table_of([run.key for run in self.runs], records)

    def status(self, store: str | Path) -> StudyStatus:
        """Say how far this study has come in a store; also while another process writes it."""
        with Store(store, KIND, write=False) as opened:
            return status_of([run.key for run in self.runs], opened.records())

    def table(self, store: str | Path) -> pd.DataFrame:
        """Return the runs of this study that a store holds; also while they are made."""
        with Store(store, KIND, write=False) as opened:
            return table_of([run.key for run in self.runs], opened.records())

    def _left(self, records: Mapping[str, Record], retries: int) -> Iterator[tuple[str, int]]:
        """Yield the keys of runs to carry out, and how often each was begun before."""
        for run in self.runs:
            record = records.get(run.key)
            if record is None:
                yield run.key, 0
            elif record["status"] in (FAILED, DIED) and record["attempts"] <= retries:
                yield run.key, record["attempts"]

    def _try_first(self) -> None:
        """Make the first problem of each entry, so that a wrong option is an error at once."""
        for number, ((source, weights), *_) in enumerate(self._entries, 1):
            try:
                source.problem().with_options(**weights)
            except InputError as error:
                raise InputError(f"problem {number}: {error}") from error

    def _without_deadly(
        self, store: Store, records: dict[str, Record], left: dict[str, int], retries: int
    ) -> dict[str, int]:
        """Leave runs out that ended this process again and again, and record them so."""
        runs = {run.key: run for run in self.runs}
        for key, times in store.in_hand().items():
            if key in left and times >= _TOO_OFTEN + retries:
                message = f"the process ended during this run, {times} times"
                records[key] = record_of(runs[key], DIED, message, attempts=times)
                store.put(key, records[key])
                del left[key]
        return left


def _carried_out(
    runs: Mapping[str, Run],
    left: Mapping[str, int],
    engine: Executor,
    store: Store,
    deadline: Deadline,
    retries: int,
) -> Iterator[tuple[str, Record]]:
    """Yield the records of runs as they come."""
    here = isinstance(engine, SerialExecutor)

    def before(call: Call) -> Call:
        if here:
            store.begin(call.key)
        return Call(call.key, (runs[call.key], deadline.remaining), call.attempts)

    def retry(call: Call) -> bool:
        failed = isinstance(call.error, WorkerDiedError) or (
            call.error is None and call.value["status"] == FAILED
        )
        return failed and call.attempts <= retries

    calls = [Call(key, (), attempts) for key, attempts in left.items()]
    try:
        for call in complete(
            carry_out, calls, engine, deadline=deadline, retry=retry, before=before
        ):
            if isinstance(call.error, WorkerDiedError):
                figures = {"attempts": call.attempts, "host": None, "worker": None}
                yield call.key, record_of(runs[call.key], DIED, str(call.error), **figures)
            elif call.error is not None:
                raise SolverError(
                    f"a worker cannot carry out runs: {type(call.error).__name__}: {call.error}"
                ) from call.error
            elif call.value["status"] == UNFINISHED:
                store.give_up(call.key)
            else:
                _check_versions(call.value)
                yield call.key, {**call.value, "attempts": call.attempts}
    except KeyboardInterrupt:
        for key in store.in_hand():
            store.give_up(key)
        raise


def _check_versions(record: Record) -> None:
    if record["versions"] != own_versions():
        raise SolverError(
            f"{record['worker']} on {record['host']} has other versions: {record['versions']}; "
            f"here are {own_versions()}"
        )


def _method(entry: object, common: Mapping[str, Any]) -> tuple[MethodName, str]:
    """Return the name and all options of a method, those as JSON."""
    if isinstance(entry, str):
        entry = {"method": entry}
    instance_of("methods must be names, or mappings with 'method' and options", entry, Mapping)
    assert isinstance(entry, Mapping)
    if "method" not in entry:
        raise InputError(f"a method needs the key 'method'; given are {', '.join(entry) or 'none'}")
    name = choice("method", entry["method"], METHODS)
    instance_of("options must be a mapping", common, Mapping)
    options = {**common, **{key: value for key, value in entry.items() if key != "method"}}
    method_options(name, options)
    return name, json.dumps(options, sort_keys=True)


def _listed(option: str, values: Any) -> list[Any]:
    if isinstance(values, str | Mapping) or not isinstance(values, Sequence) or not values:
        raise InputError(f"{option} must be a list of at least one entry, not {values!r}")
    return list(values)
