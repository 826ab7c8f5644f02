"""What importers of tables share."""

from __future__ import annotations

import csv
import zlib
from pathlib import Path

from chemopt.errors import InputError
from chemopt.history.table_files import column_names
from chemopt.outcomes.importers.sample import head


def columns_of(path: Path) -> list[str]:
    """Return the names of a table's columns from the beginning of the file; none if it is none."""
    name = path.name.lower()
    if name.endswith(".parquet"):
        try:
            return column_names(path)
        except InputError:
            return []
    if not name.endswith((".csv", ".csv.gz")):
        return []
    try:
        return next(csv.reader([_first_line(path)]), [])
    except csv.Error:  # Python 3.10 takes no NUL, which UTF-16 is full of
        return []


def whole_text(path: Path) -> None:
    """Raise if the last line of a CSV file has no end, as in a file that was cut off.

    Raises
    ------
    InputError
        It has none.
    """
    if path.suffix.lower() != ".csv" or not path.is_file():
        return
    with path.open("rb") as file:
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(0, size - 1))
        if size and file.read() not in (b"\n", b"\r"):
            raise InputError(f"{path}: the last line has no end; the file was cut off")


def refuse_metric(name: str, metric: str | None) -> None:
    """Raise if a metric was asked for in a format that has one only.

    Raises
    ------
    InputError
        One was.
    """
    if metric is not None:
        raise InputError(f"{name} has one score for each outcome, so metric does not apply")


def _first_line(path: Path) -> str:
    if path.suffix.lower() != ".gz":
        return (head(path).splitlines() or [""])[0]
    try:
        content = zlib.decompressobj(31).decompress(path.read_bytes()[: 1 << 16])
    except (OSError, zlib.error):
        return ""
    return (content.decode("utf-8-sig", errors="replace").splitlines() or [""])[0]
