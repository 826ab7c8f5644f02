"""Where the log of a command goes: warnings to stderr, more with ``--verbose``, all to a file.

The library logs under ``chemopt.*``: at INFO what is done and how far it is, at DEBUG the steps of
a search. It prints nothing.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator

from chemopt.errors import InputError
from chemopt.frames import printable
from chemopt.history.files import check_writable

logger = logging.getLogger("chemopt")


class _OneLine(logging.Formatter):
    """Write a record on one line, without codes that a terminal would obey."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(" ".join(super().format(record).split("\n")))


class _File(logging.FileHandler):
    """A log file; when it cannot be written to, that is said once, and the command goes on."""

    _complained = False

    def handleError(self, record: logging.LogRecord) -> None:
        if not self._complained:
            self._complained = True
            print(f"chemopt: {self.baseFilename}: the log cannot be written", file=sys.stderr)


@contextlib.contextmanager
def to_stderr(verbosity: int = 0) -> Iterator[None]:
    """Show the log on stderr: warnings, from 1 on what is done, from 2 on details."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("chemopt: %(message)s"))
    handler.setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)])
    with _handling(handler):
        yield


@contextlib.contextmanager
def to_file(path: str | None) -> Iterator[None]:
    """Append the log to a file, with details.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    if path is None:
        yield
        return
    if not path:
        raise InputError("--log needs the name of a file, not an empty one")
    check_writable(path)
    try:
        handler = _File(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.DEBUG)
    try:
        with _handling(handler):
            yield
    finally:
        with contextlib.suppress(OSError):
            handler.close()


@contextlib.contextmanager
def _handling(handler: logging.Handler) -> Iterator[None]:
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(min(before or logging.WARNING, handler.level))
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
