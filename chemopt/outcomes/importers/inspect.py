"""inspect: logs of Inspect, the evaluation framework of the UK AI Security Institute.

Source: https://inspect.aisi.org.uk/eval-logs.html and the reference of ``inspect_ai.log``. Known
version: 2 of the log file format. Logs written by inspect_ai 0.3.285 are among the tests.

Logs are ``.json``, or ``.eval``: a ZIP file with ``header.json`` and a file for each sample and
epoch in ``samples/``. Recent versions compress it with Zstandard, which Python reads from 3.14 on;
before, the extra is needed: ``pip install 'chemopt[inspect]'``.

A log must be of a run that ended (status ``success``). The first scorer counts, or the one asked
for by ``metric``; if it gives several values, ``scorer/value`` says which. Its values ``C``, ``I``,
``P``, ``N`` (correct, incorrect, partial, no answer) are 1, 0, 0.5 and 0. The mean over epochs is
taken whatever reducer the log used; epochs without a score are passed over. A sample that ended in
an error has no score. The latency is the working time, which leaves out waiting for rate limits.
Tokens are those of the evaluated model; tokens read from and written to a cache are input too.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chemopt.errors import InputError
from chemopt.outcomes.importers.json_files import json_reader
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

NAME = "inspect"
PATTERNS = ("*.eval", "*.json")
REPEATS = True
#: Files that Inspect keeps next to logs.
BESIDE = ("logs.json", "listing.json", "eval-set.json")
VERSION = 2
_WORDS = {
    "C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0,
}  # fmt: skip
_INPUT = ("input_tokens", "input_tokens_cache_read", "input_tokens_cache_write")


def recognises(path: Path) -> bool:
    """Return whether a file is a ZIP file named ``.eval``, or begins as a JSON log does."""
    start = head(path, 1 << 10)
    if path.suffix == ".eval":
        return start.startswith("PK")
    return re.match(r'\s*\{\s*"version":\s*\d+,\s*"status":', start) is not None


def read(path: Path, metric: str | None = None) -> Iterator[Sample]:
    """Give the samples of a log, epoch by epoch.

    Raises
    ------
    InputError
        The log is cut off, damaged, of an unknown version, or of a run that did not end.
    """
    return _read_zip(path, metric) if path.suffix == ".eval" else _read_json(path, metric)


def _read_json(path: Path, metric: str | None) -> Iterator[Sample]:
    header: dict[str, Any] = {}
    count, sampled = 0, False
    with json_reader(path) as reader:
        for key in reader.members():
            if key != "samples":
                header[key] = reader.value()
                continue
            run, sampled = _Run(header, metric, str(path)), True
            for count in reader.elements():
                yield run.sample(reader.value(), f"{path}: sample {count}")
    run = _Run(header, metric, str(path))
    if not sampled:
        raise InputError(f"{path}: the log has no samples; it may have been written without them")
    run.check_count(count)


def _read_zip(path: Path, metric: str | None) -> Iterator[Sample]:
    try:
        with zipfile.ZipFile(path) as archive:
            # a sample that was run again is there twice, and its last one counts
            names = sorted({name for name in archive.namelist() if name.startswith("samples/")})
            if "header.json" not in archive.namelist():
                raise InputError(f"{path}: no header.json: the run did not end")
            run = _Run(_member(archive, "header.json", path), metric, str(path))
            for name in names:
                yield run.sample(_member(archive, name, path), f"{path}: {name}")
    except (zipfile.BadZipFile, EOFError) as error:
        raise InputError(f"{path}: cut off or not a ZIP file: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    run.check_count(len(names))


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> Any:
    """Return the JSON of a file in an archive."""
    try:
        try:
            content = archive.read(name)
        except NotImplementedError:  # the compression
            _need_zstandard(path)
            content = archive.read(name)
        return json.loads(content)
    except (InputError, OSError, EOFError, zipfile.BadZipFile):
        raise
    except Exception as error:  # of json, zlib, or zstandard, which is not always there
        raise InputError(f"{path}: {name}: damaged: {error}") from None


def _need_zstandard(path: Path) -> None:
    """Let ``zipfile`` read Zstandard, which it learns when that package is imported."""
    try:
        import zipfile_zstd  # noqa: F401
    except ImportError:
        raise InputError(
            f"{path}: compressed with Zstandard: pip install 'chemopt[inspect]', or write logs as "
            "JSON (inspect log convert --to json)"
        ) from None


class _Run:
    """What the header of a log says of all its samples."""

    def __init__(self, header: dict[str, Any], metric: str | None, source: str) -> None:
        version = member(header, "version", int, source)
        if version != VERSION:
            raise InputError(f"{source}: version {version} of the log format; known is {VERSION}")
        status = member(header, "status", str, source)
        if status != "success":
            raise InputError(f"{source}: the run did not end: its status is {status!r}")
        spec = member(header, "eval", dict, source)
        self._source = source
        self._model: str = member(spec, "model", str, source)
        self._task: str = member(spec, "task", str, source)
        results = part(header, "results", source)
        # a run that was told to stop early has fewer samples than it was to have
        logged = results.get("logged_samples")
        planned = None if results.get("early_stopping") else results.get("total_samples")
        self._total = planned if logged is None else logged
        scorers = spec.get("scorers")
        first = (
            member(scorers[0], "name", str, source) if isinstance(scorers, list) and scorers else ""
        )
        wanted: str = metric or first
        self._scorer, _, self._value = wanted.partition("/")

    def check_count(self, count: int) -> None:
        """Raise unless there are as many samples as the results were computed from."""
        if isinstance(self._total, int) and count != self._total:
            raise InputError(f"{self._source}: {count} samples, but its run had {self._total}")

    def sample(self, record: Any, where: str) -> Sample:
        """Return a sample of the log."""
        key = record.get("id") if isinstance(record, dict) else None
        if not isinstance(key, str | int) or "epoch" not in record:
            raise InputError(f"{where}: not a sample of an Inspect log: no id or no epoch")
        score = None if record.get("error") else self._score(record, where)
        usage = part(part(record, "model_usage", where), self._model, where)
        read = [amount(usage.get(name), where, name) for name in _INPUT]
        latency = record.get("working_time")
        return Sample(
            model=self._model,
            task=self._task,
            item=str(key),
            score=NOT_GRADED if score is None else self._number(score.get("value"), where),
            answer=None if score is None else as_text(score.get("answer")),
            cost=amount(usage.get("total_cost"), where, "total_cost"),
            latency=amount(
                record.get("total_time") if latency is None else latency, where, "working_time"
            ),
            input_tokens=None if read[0] is None else sum(part or 0.0 for part in read),
            output_tokens=amount(usage.get("output_tokens"), where, "output_tokens"),
        )

    def _score(self, record: dict[str, Any], where: str) -> dict[str, Any] | None:
        """Return what the scorer said; None if it said nothing of this sample."""
        scores = part(record, "scores", where)
        if not scores:
            return None
        scorer = self._scorer or next(iter(scores))
        if scorer not in scores:
            raise InputError(
                f"{where}: no score of {scorer!r}; {meant(scorer, scores, 'there are scores of')}"
            )
        found: dict[str, Any] = member(scores, scorer, dict, where)
        return found

    def _number(self, value: Any, where: str) -> float:
        if isinstance(value, dict):
            if self._value not in value:
                raise InputError(
                    f"{where}: the scorer {self._scorer!r} gives {', '.join(value)}; say which: "
                    f"metric={self._scorer + '/' + next(iter(value), '')!r} (--metric)"
                )
            value = value[self._value]
        if isinstance(value, str):
            word = _WORDS.get(value, _WORDS.get(value.lower()))
            if word is None:
                try:
                    word = float(value)
                except ValueError:
                    raise InputError(f"{where}: {shown(value)} is not a score") from None
            value = word
        return mark(value, where)
