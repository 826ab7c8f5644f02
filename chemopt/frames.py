"""DataFrames as aligned text and as records; strict JSON."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Callable
from typing import Any

import pandas as pd


def frame_text(frame: pd.DataFrame, formats: dict[str, str] | None = None) -> str:
    """Write a DataFrame with aligned columns, text to the left, missing values as a dash."""
    shown = frame.copy()
    for column, pattern in (formats or {}).items():
        shown[column] = [_formatted(value, pattern.format) for value in frame[column]]
    cells = [[str(name) for name in shown.columns]]
    cells += [[_formatted(value, str) for value in row] for row in shown.itertuples(index=False)]
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        padded = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def frame_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a DataFrame as plain JSON data."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def plain_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a DataFrame as JSON data, None for NaN."""
    records: list[dict[str, Any]] = _strict(frame_records(frame))
    return records


def to_json(data: Any) -> str:
    """Write JSON without NaN or infinities, which JSON does not have: they become null."""
    return json.dumps(_strict(data), ensure_ascii=False, indent=2, allow_nan=False)


def _strict(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _strict(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_strict(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return None
    return data


def _formatted(value: Any, form: Callable[[Any], str]) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return printable(form(value))


def printable(text: str) -> str:
    r"""Return text without line breaks and codes that a terminal would obey: they are escaped.

    Examples
    --------
    >>> printable("a\x1b[31mb\nc")
    'a\\x1b[31mb\\nc'
    """
    if text.isprintable():
        return text
    return "".join(ch if ch.isprintable() else repr(ch)[1:-1] for ch in text)


def printable_lines(text: str) -> str:
    """Return text of several lines, each of them `printable`."""
    return "\n".join(map(printable, text.split("\n")))


def html_text(text: str) -> str:
    """Return aligned text for a notebook; names with HTML in them stay text.

    Examples
    --------
    >>> html_text("a < b")
    '<pre>a &lt; b</pre>'
    """
    return f"<pre>{html.escape(text, quote=False)}</pre>"


def percent(gap: float) -> str:
    """Write a gap in percent, a dash where there is none."""
    if math.isnan(gap):
        return "-"
    return "0" if gap == 0 else f"{100 * gap:.3g} %"
