"""Reading JSON piece by piece: large documents, and files of JSON lines.

`JsonReader` holds one value at a time, so a log with a million samples takes no more memory than
its largest sample. A document that is cut off anywhere is an error, never a shorter document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from chemopt.errors import InputError

_CHUNK = 1 << 18
# An error so near to the end of what was read may be due to what was not read yet.
_MARGIN = 16
_DECODER = json.JSONDecoder()


class JsonReader:
    """A cursor in a JSON document.

    Parameters
    ----------
    file : text file
    source : str
        Its name, for messages.

    Notes
    -----
    `members` and `elements` stop before each value, which is then taken by `value`, or by
    `members` or `elements` in turn.

    Examples
    --------
    >>> import io
    >>> reader = JsonReader(io.StringIO('{"version": 2, "samples": [{"id": 1}, {"id": 2}]}'), "log")
    >>> for key in reader.members():
    ...     if key == "samples":
    ...         print([reader.value() for _ in reader.elements()])
    ...     else:
    ...         print(key, reader.value())
    version 2
    [{'id': 1}, {'id': 2}]
    """

    def __init__(self, file: IO[str], source: str) -> None:
        self._file, self._source = file, source
        self._text, self._at = "", 0
        self._before = 0  # characters that are no longer held
        self._item: int | None = None

    def members(self) -> Iterator[str]:
        """Go through an object, stopping before the value of each key."""
        self._take("{", "an object")
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise self._damaged("a key must be a text")
            self._take(":", "':' after a key")
            yield key
            if self._ends("}"):
                return

    def elements(self) -> Iterator[int]:
        """Go through an array, stopping before each value; they are counted from 1."""
        self._take("[", "an array")
        if self._peek() == "]":
            self._at += 1
            return
        number = 0
        while True:
            number += 1
            self._item = number
            yield number
            self._item = number
            if self._ends("]"):
                self._item = None
                return

    def value(self) -> Any:
        """Return the value at the cursor, and go behind it."""
        self._peek()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                unfinished = error.msg.startswith("Unterminated string")
                if (unfinished or error.pos >= len(self._text) - _MARGIN) and self._refill():
                    continue
                raise self._damaged(error.msg) from None
            except RecursionError:
                raise self._damaged("nested too deeply") from None
            # a number that ends where the text does may go on
            if end < len(self._text) or not self._refill():
                self._at = end
                return found

    def end(self) -> None:
        """Raise unless the document ends here."""
        if self._peek():
            raise self._damaged("more follows the end of the document")

    def _ends(self, closing: str) -> bool:
        """Go behind a comma or the end of an object or array, and return whether it was the end."""
        sign = self._peek()
        if sign not in (",", closing):
            raise self._damaged(f"',' or '{closing}' expected")
        self._at += 1
        return sign == closing

    def _take(self, sign: str, what: str) -> None:
        if self._peek() != sign:
            raise self._damaged(f"{what} expected")
        self._at += 1

    def _peek(self) -> str:
        """Go to the next sign that is no white space and return it; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._refill():
                return ""

    def _refill(self) -> bool:
        """Read on, twice as much each time that a value is not complete."""
        held = self._text[self._at :]
        try:
            more = self._file.read(max(_CHUNK, len(held)))
        except UnicodeDecodeError as error:
            raise self._damaged(f"not UTF-8: {error.reason}") from None
        except OSError as error:
            raise self._damaged(error.strerror or str(error)) from None
        self._before += self._at
        self._text, self._at = held + more, 0
        return bool(more)

    def _damaged(self, reason: str) -> InputError:
        place = f"character {self._before + self._at + 1}"
        if self._item is not None:
            place += f", in sample {self._item}"
        return InputError(f"{self._source}: cut off or not JSON, at {place}: {reason}")


@contextmanager
def json_reader(path: Path) -> Iterator[JsonReader]:
    """Open a JSON document, and check that nothing follows it.

    Raises
    ------
    InputError
        The file cannot be read, is cut off or not JSON.
    """
    try:
        file = path.open(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    with file:
        reader = JsonReader(file, str(path))
        yield reader
        reader.end()


def read_json(path: Path) -> Any:
    """Return a small JSON document.

    Raises
    ------
    InputError
        As for `json_reader`.
    """
    with json_reader(path) as reader:
        return reader.value()


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the objects of a file of JSON lines, with their line numbers.

    Raises
    ------
    InputError
        The file cannot be read, or a line is cut off or not a JSON object.
    """
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if line.isspace():
                    continue
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise InputError(f"{path}: line {number}: not a JSON object")
                yield number, record
    except (json.JSONDecodeError, RecursionError) as error:
        reason = getattr(error, "msg", "nested too deeply")
        raise InputError(f"{path}: line {number}: cut off or not JSON: {reason}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: after line {number}: not UTF-8: {error.reason}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
