"""`Sample`: the outcome of one model on one item, as an importer gives it; and checks of values."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from chemopt.errors import InputError
from chemopt.validation import shown
from chemopt.wording import meant

#: The score of a sample that was asked but not graded, because of an error for instance.
NOT_GRADED = math.nan
#: Texts longer than this are kept as their beginning and a digest: they are only compared.
LONGEST_TEXT = 100
_BEGINNING = 40
# An integer in JSON may be larger than any float.
_LARGEST = 1e300


class Sample(NamedTuple):
    """The outcome of one model on one item; None where something is not known."""

    model: str
    item: str
    score: float
    task: str | None = None
    answer: str | None = None
    cost: float | None = None
    latency: float | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None


def mark(value: Any, where: str) -> float:
    """Return a score from 0 to 1; NaN, which tools write for no score, passes.

    Raises
    ------
    InputError
        It is something else.

    Examples
    --------
    >>> mark(True, "log.json"), mark(0.5, "log.json")
    (1.0, 0.5)
    """
    nothing = isinstance(value, float) and math.isnan(value)
    if nothing or (isinstance(value, float | int) and 0 <= value <= 1):
        return float(value)
    raise InputError(f"{where}: the score {shown(value)} is not a number from 0 to 1")


def amount(value: Any, where: str, name: str) -> float | None:
    """Return a cost, a time or a count, at least 0; None if there is none.

    Raises
    ------
    InputError
        It is something else.
    """
    if value is None:
        return None
    number = isinstance(value, float | int) and not isinstance(value, bool)
    if number and 0 <= value < _LARGEST:
        return float(value)
    raise InputError(f"{where}: {name} {shown(value)} is not a number of at least 0")


def member(record: Any, name: str, kind: type, where: str) -> Any:
    """Return what a JSON object has under a name.

    Raises
    ------
    InputError
        It is no object, or has no such value of this kind.
    """
    value = record.get(name) if isinstance(record, Mapping) else None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise InputError(f"{where}: {name!r} is missing or of another kind: an unknown layout")
    return value


def part(record: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    """Return an object within a JSON object; an empty one if there is none.

    Raises
    ------
    InputError
        There is something else.
    """
    if record.get(name) is None:
        return {}
    found: Mapping[str, Any] = member(record, name, dict, where)
    return found


def chosen_metric(
    known: Iterable[str], preferred: Iterable[str], metric: str | None, where: str
) -> str:
    """Return the metric that counts: the one asked for, else the first preferred, else the only.

    Raises
    ------
    InputError
        There is none, or several and none of the preferred.
    """
    there = list(known)
    if metric is not None:
        if metric in there:
            return metric
        raise InputError(f"{where}: no metric {metric!r}; {meant(metric, there or ['none'])}")
    for name in preferred:
        if name in there:
            return name
    if len(there) == 1:
        return there[0]
    raise InputError(
        f"{where}: which metric counts? There are {', '.join(there) or 'none'}; say it with metric "
        "(--metric)"
    )


def as_text(value: Any) -> str | None:
    """Return an answer as text, a long one as its beginning and a digest; None if there is none.

    Examples
    --------
    >>> as_text("Paris"), as_text(["A", 1])
    ('Paris', '["A", 1]')
    >>> len(as_text("long " * 1000))
    61
    """
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= LONGEST_TEXT:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{text[:_BEGINNING]}... #{digest}"


def head(path: Path, size: int = 1 << 16) -> str:
    """Return the beginning of a file as text, empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(size).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""
