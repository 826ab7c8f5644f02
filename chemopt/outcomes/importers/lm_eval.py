"""lm-eval: samples of the Language Model Evaluation Harness of EleutherAI.

Source: ``docs/interface.md`` (``--log_samples``, ``--output_path``) and ``docs/task_guide.md`` of
https://github.com/EleutherAI/lm-evaluation-harness. Known versions: 0.4.3 and later of 0.4, which
write ``n-samples`` and the model's name; a file written by 0.4.13 is among the tests.

A run writes ``samples_<task>_<date>.jsonl`` for each task and ``results_<date>.json`` next to them.
The latter names the model and says how many documents there are, so that a file that was cut off at
the end of a line is noticed. Which metric counts: `METRICS` in this order, else the only one there
is, else the one asked for, as ``metric`` or, as the harness writes it, ``metric,filter``. Of
several filters the first in the file counts unless one is asked for. The answer is the first
filtered response; where likelihoods of choices are compared (`acc`), the number of the choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from chemopt.errors import InputError
from chemopt.outcomes.importers.json_files import json_lines, read_json
from chemopt.outcomes.importers.sample import (
    Sample,
    as_text,
    chosen_metric,
    head,
    mark,
    member,
)
from chemopt.validation import shown

NAME = "lm-eval"
PATTERNS = ("samples_*.jsonl",)
REPEATS = False
#: The metrics that count, the first that a sample has.
METRICS = (
    "exact_match", "acc", "pass@1", "pass_at_1", "prompt_level_strict_acc", "em", "mc1",
)  # fmt: skip
_FILE = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d.-]+)\.jsonl")
_VERSION = re.compile(r"0\.4\.([3-9]|\d\d+)\b")
# What a sample holds besides its metrics.
_OTHERS = frozenset({
    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics",
    "doc_hash", "prompt_hash", "target_hash",
})  # fmt: skip


def recognises(path: Path) -> bool:
    """Return whether a file begins as samples of the harness do."""
    return re.match(r'\{\s*"doc_id":', head(path, 1 << 10)) is not None


def read(path: Path, metric: str | None = None) -> Iterator[Sample]:
    """Give the samples of one task.

    Raises
    ------
    InputError
        A file is cut off, damaged, of an unknown version, or not there.
    """
    named = _FILE.fullmatch(path.name)
    if named is None:
        raise InputError(f"{path}: lm-eval names its files samples_<task>_<date>.jsonl")
    task = named["task"]
    model, expected = _run(_results_beside(path, named["date"]), task)
    wanted, _, filter_name = (metric or "").partition(",")
    counted: str | None = None
    count = 0
    for number, record in json_lines(path):
        where = f"{path}: line {number}"
        doc = member(record, "doc_id", int, where)
        responses = member(record, "filtered_resps", list, where)
        by = record.get("filter", "none")
        filter_name = filter_name or by
        if by != filter_name:
            continue
        if counted is None:
            counted = chosen_metric(_metrics(record), METRICS, wanted or None, where)
        if counted not in record:
            raise InputError(f"{where}: no metric {counted!r}, which the lines before it have")
        count += 1
        yield Sample(
            model=model,
            task=task,
            item=str(doc),
            score=mark(record[counted], where),
            answer=_answer(responses, counted, record),
        )
    if count == 0 and expected:
        raise InputError(f"{path}: no samples of the filter {filter_name!r}")
    if count != expected:
        raise InputError(
            f"{path}: {count} samples, but its run had {expected}; the file was cut off or changed"
        )


def _metrics(record: dict[str, Any]) -> list[str]:
    names = record.get("metrics")
    return names if isinstance(names, list) else [name for name in record if name not in _OTHERS]


def _answer(responses: list[Any], metric: str, record: dict[str, Any]) -> str | None:
    if not responses:
        return None
    if not isinstance(responses[0], list):
        return as_text(responses[0])
    # pairs of a choice's log-likelihood and whether it is the most likely text; other metrics
    # than acc compare other numbers
    if metric != "acc" or len(responses) < 2 or "acc_mutual_info" in record:
        return None
    try:
        likelihoods = [float(pair[0]) for pair in responses]
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        return None
    return str(likelihoods.index(max(likelihoods)))


def _results_beside(path: Path, date: str) -> Path:
    """Return the results of the run that wrote some samples."""
    same = path.with_name(f"results_{date}.json")
    if same.exists():
        return same
    raise InputError(f"{path}: {same.name}, which names the model, is not next to it")


@lru_cache(maxsize=8)
def _read_once(path: Path, changed: int) -> dict[str, Any]:
    """Return the results of a run, which all its tasks share."""
    found = read_json(path)
    if not isinstance(found, dict):
        raise InputError(f"{path}: not results of lm-eval")
    return found


def _run(path: Path, task: str) -> tuple[str, int]:
    """Return the model of a run, and how many documents of a task it had."""
    results = _read_once(path, path.stat().st_mtime_ns)
    version = results.get("lm_eval_version")
    if not isinstance(version, str) or not _VERSION.match(version):
        raise InputError(
            f"{path}: written by lm-eval {shown(version)}; known are 0.4.3 and later of 0.4"
        )
    model = member(results, "model_name", str, str(path))
    counts = member(results, "n-samples", dict, str(path)).get(task)
    expected = member(counts, "effective", int, f"{path}: n-samples of {task!r}")
    return model, expected
