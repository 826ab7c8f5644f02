"""openai-evals: logs of ``oaieval``, the program of OpenAI Evals.

Source: ``docs/run-evals.md`` and ``evals/record.py`` of https://github.com/openai/evals. Logs have no
version; known is the layout since 1.0 (a line with ``spec``, lines of events, one with
``final_report``). The file among the tests was written by hand after that source.

Events of type ``match`` count (``correct``); where there are none, events of type ``metrics``, by
the first of `METRICS` or the metric asked for. Of several events of a sample the mean counts. A
sample that has other events only was not graded: it has no score. The answer is what was
``picked``, or else ``sampled``. The model is the completion function. A log must have a final
report, since a run that was stopped has none; but events may follow it, so a file that was cut off
at the end of a line behind its report cannot be told from a whole one, unless the report has an
accuracy: it is compared.
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
    model = task = None
    report: Any = None
    asked: dict[str, bool] = {}  # every sample, and whether it was graded
    kind: str | None = None
    total, count = 0.0, 0
    for number, record in json_lines(path):
        where = f"{path}: line {number}"
        if "spec" in record:
            if model is not None:
                raise InputError(f"{where}: a second run; a log has one")
            model, task = _run(record["spec"], where)
        elif "final_report" in record:
            report = record["final_report"]
        elif model is None:
            raise InputError(f"{where}: an event before the specification of the run")
        else:
            event = member(record, "type", str, where)
            name = member(record, "sample_id", str, where)
            asked.setdefault(name, False)
            if event not in ("match", "metrics") or (event == "metrics" and kind == "match"):
                continue
            if event != kind and kind is not None:
                raise InputError(f"{where}: events of type match after events of type metrics")
            kind, asked[name] = event, True
            data = member(record, "data", dict, where)
            counted = "correct" if event == "match" else _metric(data, metric, where)
            score = mark(data.get(counted), where)
            total, count = total + score, count + 1
            answer = data.get("sampled") if data.get("picked") is None else data["picked"]
            yield Sample(model=model, task=task, item=name, score=score, answer=as_text(answer))
    if model is None:
        raise InputError(f"{path}: empty; a log begins with the specification of its run")
    if report is None:
        raise InputError(f"{path}: no final report: the log was cut off, or the run did not end")
    accuracy = report.get("accuracy") if isinstance(report, dict) else None
    if kind == "match" and isinstance(accuracy, float | int):
        mean = total / count
        if abs(mean - accuracy) > _TOLERANCE:
            raise InputError(
                f"{path}: its report has accuracy {accuracy:.6g}, its {count} events {mean:.6g}; "
                "the file was cut off or changed"
            )
    for name, graded in asked.items():
        if not graded:
            yield Sample(model=model, task=task, item=name, score=NOT_GRADED)


def _metric(data: dict[str, Any], metric: str | None, where: str) -> str:
    known = [name for name, value in data.items() if isinstance(value, bool | int | float)]
    return chosen_metric(known, METRICS, metric, where)


def _run(spec: Any, where: str) -> tuple[str, str]:
    """Return the model and the evaluation of a run."""
    functions = member(spec, "completion_fns", list, where)
    return ", ".join(map(str, functions)), member(spec, "eval_name", str, where)
