"""promptfoo: results of ``promptfoo eval --output results.json``.

Source: https://www.promptfoo.dev/docs/configuration/outputs/ and the type ``EvaluateSummaryV3`` of
https://github.com/promptfoo/promptfoo. Known version: 3 of the results. A file written by promptfoo
0.121.20 is among the tests.

A model is a provider, by its label or else its id. Results of the same variables and assertions are
one item; of runs with ``--repeat`` the mean counts. With several prompts, each is a task. What
counts is whether all assertions passed (``success``), or, as ``metric``, the ``score``, or a named
score. A result that ended in an error of the provider (failure reason 2) has no score. Costs are
those that providers report. The latency of an answer from the cache is not known.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chemopt.errors import InputError
from chemopt.outcomes.importers.json_files import JsonReader, json_reader
from chemopt.outcomes.importers.sample import (
    NOT_GRADED,
    Sample,
    amount,
    as_text,
    head,
    mark,
    member,
    part,
)
from chemopt.validation import shown
from chemopt.wording import meant

NAME = "promptfoo"
PATTERNS = ("*.json",)
REPEATS = True
VERSION = 3
#: The failure reason of a result that ended in an error.
_ERROR = 2


def recognises(path: Path) -> bool:
    """Return whether a file begins as promptfoo's results do."""
    return re.match(r'\s*\{\s*"evalId":', head(path, 1 << 10)) is not None


def read(path: Path, metric: str | None = None) -> Iterator[Sample]:
    """Give the results, one by one.

    Raises
    ------
    InputError
        The file is cut off, damaged, or of an unknown version.
    """
    found = False
    with json_reader(path) as reader:
        for key in reader.members():
            if key == "results":
                found = True
                yield from _results(reader, path, metric)
            else:
                reader.value()
    if not found:
        raise InputError(f"{path}: no results of promptfoo")


def _results(reader: JsonReader, path: Path, metric: str | None) -> Iterator[Sample]:
    version: Any = None
    labels: set[Any] = set()
    found = False
    for key in reader.members():
        if key == "version":
            version = reader.value()
        elif key == "prompts":
            prompts = [reader.value() for _ in reader.elements()]
            labels = {member(prompt, "label", str, str(path)) for prompt in prompts}
        elif key == "results":
            if version != VERSION:
                raise InputError(
                    f"{path}: version {shown(version)} of promptfoo's results; known is {VERSION}"
                )
            found = True
            for number in reader.elements():
                where = f"{path}: result {number}"
                yield _sample(reader.value(), metric, len(labels) > 1, where)
        else:
            reader.value()
    if not found:
        raise InputError(f"{path}: no list of results")


def _sample(record: Any, metric: str | None, several_prompts: bool, where: str) -> Sample:
    provider = member(record, "provider", dict, where)
    prompt = member(record, "prompt", dict, where)
    response = part(record, "response", where)
    usage = part(response, "tokenUsage", where)
    latency = amount(record.get("latencyMs"), where, "latencyMs")
    failed = record.get("failureReason") == _ERROR
    return Sample(
        model=member(provider, "label" if provider.get("label") else "id", str, where),
        task=member(prompt, "label", str, where) if several_prompts else None,
        item=_item(record, where),
        score=NOT_GRADED if failed else _score(record, metric, where),
        answer=None if failed else as_text(response.get("output")),
        cost=amount(response.get("cost"), where, "cost"),
        latency=None if latency is None or response.get("cached") else latency / 1000,
        input_tokens=amount(usage.get("prompt"), where, "prompt tokens"),
        output_tokens=amount(usage.get("completion"), where, "completion tokens"),
    )


def _score(record: dict[str, Any], metric: str | None, where: str) -> float:
    if metric in (None, "success"):
        return mark(member(record, "success", bool, where), where)
    if metric == "score":
        return mark(record.get("score"), where)
    named = part(record, "namedScores", where)
    if metric not in named:
        hint = meant(metric, ["success", "score", *named])
        raise InputError(f"{where}: no metric {metric!r}; {hint}")
    return mark(named[metric], where)


def _item(record: dict[str, Any], where: str) -> str:
    """Return the name of a test: its description or variables, and a digest of all it consists of.

    The number of a test is no name: repeats have numbers of their own.
    """
    variables = member(record, "vars", dict, where)
    test = part(record, "testCase", where)
    description = test.get("description")
    whole = json.dumps([description, variables, test.get("assert")], sort_keys=True)
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    name = str(description or "") or json.dumps(variables, ensure_ascii=False, sort_keys=True)
    return f"{name[:80]} #{digest}"
