"""evalplus: results of ``evalplus.evaluate`` on HumanEval+ and MBPP+.

Source: ``docs`` and ``evalplus/evaluate.py`` of https://github.com/evalplus/evalplus. Files have no
version; known is the layout since 0.2 (a list of samples for each task, with ``base_status`` and
``plus_status``), not that of 0.1. Files written by evalplus 0.3.1 are among the tests.

The file does not name the model: it is the beginning of the file's name
(``<model>_eval_results.json``, ``<model>.eval_results.json``), or, if that is ``samples`` or
nothing, the name of its folder. The benchmark (``HumanEval``) is the task, the problem the item. A
sample is right when it passes the base and the extra tests; ``metric="base"`` counts the base tests
only. Of several samples of a problem the mean counts, which is pass@1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chemopt.errors import InputError
from chemopt.outcomes.importers.json_files import json_reader
from chemopt.outcomes.importers.sample import Sample, head
from chemopt.validation import shown

NAME = "evalplus"
PATTERNS = ("*eval_results.json",)
REPEATS = True
STATUSES = ("pass", "fail", "timeout")
_ENDING = re.compile(r"[._-]?eval_results\.json$|\.json$")


def recognises(path: Path) -> bool:
    """Return whether a file begins as results of EvalPlus do."""
    start = head(path, 1 << 10)
    return re.match(r'\s*\{\s*"date":\s*"[^"]*",\s*"hash":', start) is not None


def read(path: Path, metric: str | None = None) -> Iterator[Sample]:
    """Give the samples, problem by problem.

    Raises
    ------
    InputError
        The file is cut off, damaged, or of an unknown layout.
    """
    if metric not in (None, "base", "plus"):
        raise InputError(f"{path}: no metric {metric!r}; there are plus, base")
    model = _model(path)
    found = False
    with json_reader(path) as reader:
        for key in reader.members():
            if key != "eval":
                reader.value()
                continue
            found = True
            for problem in reader.members():
                where = f"{path}: {problem}"
                samples = reader.value()
                if not isinstance(samples, list) or not samples:
                    raise InputError(
                        f"{where}: not a list of samples; known is the layout of EvalPlus since 0.2"
                    )
                for sample in samples:
                    yield Sample(
                        model=model,
                        task=problem.partition("/")[0],
                        item=problem,
                        score=float(_passed(sample, metric, where)),
                    )
    if not found:
        raise InputError(f"{path}: no 'eval'; not results of EvalPlus")


def _passed(sample: Any, metric: str | None, where: str) -> bool:
    names = ("base_status",) if metric == "base" else ("base_status", "plus_status")
    statuses = [sample.get(name) if isinstance(sample, dict) else None for name in names]
    for name, status in zip(names, statuses, strict=True):
        if name == "plus_status" and status is None:
            raise InputError(
                f"{where}: no {name}: only base tests were run; take metric='base' (--metric base)"
            )
        if status not in STATUSES:
            raise InputError(f"{where}: {name} is {shown(status)}, not {', '.join(STATUSES)}")
    return statuses == ["pass"] * len(names)


def _model(path: Path) -> str:
    name = _ENDING.sub("", path.name)
    return path.resolve().parent.name if name in ("", "samples") else name
