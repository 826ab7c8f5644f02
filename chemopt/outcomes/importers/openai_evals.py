"""openai-evals: logs of ``oaieval``, the program of OpenAI Evals.

Source: ``docs/run-evals.md`` and ``evals/record.py`` of https://github.com/openai/evals. Logs have
no version; known is the layout since 1.0 (a line with ``spec``, lines of events, one with
``final_report``). Files written by evals 3.0.1.post1 are among the tests.

Events of type ``match`` count (``correct``); where there are none, events of type ``metrics``, by
the first of `METRICS` or the metric asked for. Of several events of a sample the mean counts. A
sample that has other events only was not graded: it has no score. The answer is what was
``picked``, or else ``sampled``. The model is the completion function. A log must have a final
report, since a run that was stopped has none. Events may follow it, so a file that was cut off at
the end of a line is noticed only if the report has an accuracy that is not that of the events left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chemopt.errors import InputError
from chemopt.outcomes.importers.json_files import json_lines
from chemopt.outcomes.importers.sample import (
    NOT_GRADED,
    Sample,
    as_text,
    chosen_metric,
    head,
    mark,
    member,
)

NAME = "openai-evals"
PATTERNS = ("*.jsonl",)
REPEATS = True
#: The metrics that count, the first that a sample has.
METRICS = ("accuracy", "correct", "score", "f1_score")
_TOLERANCE = 1e-6


def recognises(path: Path) -> bool:
    """Return whether a file begins with the specification of a run."""
    return re.match(r'\{\s*"spec":\s*\{', head(path, 1 << 10)) is not None


def read(path: Path, metric: str | None = None) -> Iterator[Sample]:
    """Give the samples of a log, event by event.

    Raises
    ------
    InputError
        The log is cut off, damaged, of an unknown layout, or of a run that did not end.
    """
    log: _Log | None = None
    report: Any = None
    for number, record in json_lines(path):
        where = f"{path}: line {number}"
        if "spec" in record:
            if log is not None:
                raise InputError(f"{where}: a second run; a log has one")
            log = _Log(record["spec"], metric, where)
        elif "final_report" in record:
            report = record["final_report"]
        elif log is None:
            raise InputError(f"{where}: an event before the specification of the run")
        else:
            sample = log.event(record, where)
            if sample is not None:
                yield sample
    if log is None:
        raise InputError(f"{path}: empty; a log begins with the specification of its run")
    if report is None:
        raise InputError(f"{path}: no final report: the log was cut off, or the run did not end")
    log.check(report, str(path))
    yield from log.not_graded()


class _Log:
    """A log as far as it was read."""

    def __init__(self, spec: Any, metric: str | None, where: str) -> None:
        functions = member(spec, "completion_fns", list, where)
        self._model = ", ".join(map(str, functions))
        self._task: str = member(spec, "eval_name", str, where)
        self._metric = metric
        self._kind: str | None = None  # of the events that count
        self._graded: dict[str, bool] = {}  # by sample
        self._sum, self._count = 0.0, 0

    def event(self, record: dict[str, Any], where: str) -> Sample | None:
        """Return the sample that an event grades, if it grades one."""
        kind = member(record, "type", str, where)
        name = member(record, "sample_id", str, where)
        self._graded.setdefault(name, False)
        if kind not in ("match", "metrics") or (kind == "metrics" and self._kind == "match"):
            return None
        if self._kind not in (None, kind):
            raise InputError(f"{where}: events of type match after events of type metrics")
        self._kind, self._graded[name] = kind, True
        data = member(record, "data", dict, where)
        known = [key for key, value in data.items() if isinstance(value, bool | int | float)]
        preferred = ("correct",) if kind == "match" else METRICS
        score = mark(data[chosen_metric(known, preferred, self._metric, where)], where)
        self._sum, self._count = self._sum + score, self._count + 1
        answer = data.get("sampled") if data.get("picked") is None else data["picked"]
        return Sample(
            model=self._model, task=self._task, item=name, score=score, answer=as_text(answer)
        )

    def check(self, report: Any, source: str) -> None:
        """Raise if no event grades a sample, or they are not those of the final report."""
        if not self._count:
            raise InputError(f"{source}: no event of type match or metrics: cut off, or not graded")
        accuracy = report.get("accuracy") if isinstance(report, dict) else None
        if self._kind != "match" or self._metric is not None or accuracy is None:
            return
        accuracy, mean = mark(accuracy, f"{source}: final report"), self._sum / self._count
        if abs(mean - accuracy) > _TOLERANCE:
            raise InputError(
                f"{source}: its report has accuracy {accuracy:.6g}, its {self._count} events "
                f"{mean:.6g}; the file was cut off or changed"
            )

    def not_graded(self) -> Iterator[Sample]:
        """Give the samples that have other events only."""
        for name, graded in self._graded.items():
            if not graded:
                yield Sample(model=self._model, task=self._task, item=name, score=NOT_GRADED)
