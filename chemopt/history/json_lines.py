"""Records in a file of JSON lines, which grows by a line at a time.

A stop in the middle of a line leaves an incomplete one, which is cut off when the file is next
written to. So a stop at any moment loses at most the record in hand.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from chemopt.errors import InputError

Record = dict[str, Any]


def read_records(path: str | Path) -> list[Record]:
    """Return the complete records of a file; none if there is no file.

    Raises
    ------
    InputError
        A line is not a record.
    """
    records = []
    for number, line in enumerate(_bytes(path).split(b"\n")[:-1], 1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise InputError(f"{path}, line {number}: not a row of results")
        records.append(record)
    return records


def append_record(path: str | Path, record: Record) -> None:
    """Add a record to a file, on the disk before this returns.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    try:
        with Path(path).open("a+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - 1))
            if file.read(1) not in (b"", b"\n"):  # a line that a stop left incomplete
                file.truncate(_bytes(path).rfind(b"\n") + 1)
            file.write(json.dumps(record, allow_nan=False, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def _bytes(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
