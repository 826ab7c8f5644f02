"""Write results as a table, JSON or CSV, to stdout or to a file that is replaced all at once."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from chemopt.errors import InputError
from chemopt.frames import frame_records, frame_text, to_json


def check_writable(output: str | None) -> None:
    """Raise before the work begins if the output file cannot be written.

    Raises
    ------
    InputError
        The folder does not exist or cannot be written to, or the path is a folder.
    """
    if output is None:
        return
    if not output:
        raise InputError("-o needs the name of a file, not an empty one")
    try:
        path = Path(output).resolve()
        if path.is_symlink():  # some versions of Python leave a link that goes round as it is
            raise InputError(f"{output}: cannot be written: its links go round")
        if path.is_dir():
            raise InputError(f"{output}: is a folder, not a file")
        if not path.parent.is_dir():
            raise InputError(f"{output}: the folder {Path(output).parent} does not exist")
        if not path.exists() and not os.access(path.parent, os.W_OK):
            raise InputError(f"{output}: the folder {path.parent} cannot be written to")
    except (OSError, RuntimeError) as error:  # too long a name, links that go round
        raise InputError(f"{output}: cannot be written: {error}") from None


def emit(text: str, output: str | None) -> None:
    """Write a result to stdout, or to a file that is complete or untouched.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    text = text if text.endswith("\n") else text + "\n"
    if output is None:
        if sys.stdout is None:
            raise InputError("there is no stdout to write to; give a file with -o")
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputError(f"stdout cannot be written to: {error.strerror}") from error
        return
    write_file(text.encode(), output)


def write_file(data: bytes, output: str) -> None:
    """Write a file that is complete or untouched.

    Raises
    ------
    InputError
        It cannot be written.
    """
    # A link is followed, so that the file behind it is replaced and not the link.
    path = Path(output).resolve()
    if path.exists() and not path.is_file():
        try:
            path.write_bytes(data)  # a device or a pipe is not replaced
        except OSError as error:
            raise InputError(f"{output}: cannot be written: {error.strerror}") from error
        return
    temporary = None
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = file.name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _default_mode() if mode is None else mode)
        os.replace(temporary, path)
    except BaseException as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if isinstance(error, OSError):
            raise InputError(f"{output}: cannot be written: {error.strerror}") from error
        raise


def emit_frame(
    arguments: argparse.Namespace,
    frame: pd.DataFrame,
    formats: str | dict[str, str] | None = None,
    *,
    table: Callable[[], str] | None = None,
    data: Callable[[], Any] | None = None,
) -> None:
    """Write a result in the form of `--format` to the file of `-o`.

    Parameters
    ----------
    arguments : Namespace
        With `format` and `output`.
    frame : DataFrame
        Its rows are the CSV; they are also the table and the JSON unless `table` and `data` are
        given. Ensembles (column `models`) are lists in JSON, else names separated by commas.
    formats : str or dict, optional
        How the table writes all columns of floating-point numbers, or each of some columns.
    table, data : callable, optional
        Return the text of the table, and what the JSON holds.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    if arguments.format == "json":
        text = to_json(frame_records(frame) if data is None else data())
    elif arguments.format == "csv":
        text = _joined(frame).to_csv(index=False)
    elif table is not None:
        text = table()
    else:
        if isinstance(formats, str):
            formats = dict.fromkeys(map(str, frame.select_dtypes("float")), formats)
        text = frame_text(_joined(frame), formats)
    emit(text, arguments.output)


def _joined(frame: pd.DataFrame) -> pd.DataFrame:
    """Write each ensemble as names separated by commas."""
    if "models" not in frame or not any(isinstance(X, list | tuple) for X in frame["models"]):
        return frame
    return frame.assign(models=[", ".join(X) for X in frame["models"]])


def note(text: str) -> None:
    """Write a remark beside the result, on stderr."""
    print(f"chemopt: {text}", file=sys.stderr)


class Progress:
    """A counter on stderr that is shown only on a terminal, and erased when done."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        """Show the count."""
        if self._shown:
            end = "\r\033[K" if done >= total else ""
            print(f"\r{self._what}: {done} of {total}{end}", end="", file=sys.stderr, flush=True)


def _default_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
