"""``-`` for stdin and stdout.

Data that come from stdin are kept in a temporary file, since readers look at a file more than once.
What they are is told by their content.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from chemopt.errors import InputError

STDIN = "-"
_BEGINNING = 1 << 20
# What commands call the files that they read.
_READ = ("input", "inputs", "scores", "attributes", "prices", "price_file")


@contextlib.contextmanager
def spooled(arguments: argparse.Namespace) -> Iterator[str | None]:
    """Put a file in the place of a ``-`` among the arguments; ``-o -`` is stdout.

    Yields
    ------
    str or None
        The path of that file, which messages should not show.

    Raises
    ------
    InputError
        Nothing comes from stdin, or it is to be read twice.
    """
    if getattr(arguments, "output", None) == STDIN:
        arguments.output = None
    places = [name for name in _READ if _wants_stdin(getattr(arguments, name, None))]
    if not places:
        yield None
        return
    if len(places) > 1 or _count(getattr(arguments, places[0])) > 1:
        raise InputError("'-' is stdin, which can be read once only")
    data = _read()
    with tempfile.TemporaryDirectory(prefix="chemopt-") as folder:
        path = Path(folder, f"stdin{ending(data)}")
        path.write_bytes(data)
        value = getattr(arguments, places[0])
        files = [str(path) if one == STDIN else one for one in value] \
            if isinstance(value, list) else str(path)  # fmt: skip
        setattr(arguments, places[0], files)
        yield str(path)


def ending(data: bytes) -> str:
    r"""Tell the kind of some data by their content, as the ending of a file's name.

    Examples
    --------
    >>> ending(b"trial,model\n"), ending(b'{"format": 1}\n'), ending(b'{"a": 1}\n{"a": 2}\n')
    ('.csv', '.json', '.jsonl')
    """
    if data.startswith(b"PK\x03\x04"):
        return ".xlsx" if _is_excel(data) else ".eval"
    if data.startswith(b"\x1f\x8b"):
        inner = b""
        with contextlib.suppress(OSError, EOFError, zlib.error):
            # the beginning tells, and a small file may be huge when it is unpacked
            inner = gzip.GzipFile(fileobj=BytesIO(data)).read(_BEGINNING)
        return f"{_ending_of_text(inner)}.gz"
    return ".parquet" if data.startswith(b"PAR1") else _ending_of_text(data)


def _ending_of_text(data: bytes) -> str:
    text = data.decode("utf-8-sig", errors="replace").lstrip()
    if not text.startswith(("{", "[")):
        return ".csv"
    first, _, rest = text.partition("\n")
    try:
        row = json.loads(first)
    except (ValueError, RecursionError):
        return ".json"  # an object over several lines
    return ".jsonl" if rest.strip() or _is_row(row) else ".json"


def _is_row(value: object) -> bool:
    """Return whether a line is a row of a table."""
    names = set(value) if isinstance(value, dict) else set()
    return {"model", "item"} <= names or {"model", "trial"} <= names


def _is_excel(data: bytes) -> bool:
    try:
        names = zipfile.ZipFile(BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError):
        return True
    return "[Content_Types].xml" in names


def _wants_stdin(value: object) -> bool:
    return value == STDIN or (isinstance(value, list) and STDIN in value)


def _count(value: object) -> int:
    return value.count(STDIN) if isinstance(value, list) else 1


def _read() -> bytes:
    if sys.stdin is None:
        raise InputError("there is no stdin to read from")
    try:
        stream = getattr(sys.stdin, "buffer", None)
        data = sys.stdin.read().encode() if stream is None else stream.read()
    except OSError as error:
        raise InputError(f"stdin cannot be read: {error.strerror or error}") from error
    if not data.strip():
        raise InputError("stdin is empty; a table or an instance is expected")
    found: bytes = data
    return found
