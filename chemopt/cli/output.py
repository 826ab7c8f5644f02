"""Where results go: stdout, or a file that is replaced all at once."""

from __future__ import annotations

import sys

from chemopt.errors import InputError
from chemopt.history import files


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
    files.check_writable(output)


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
    files.write_file(text.encode(), output)


def note(text: str) -> None:
    """Say something beside the result, on stderr."""
    print(f"chemopt: {text}", file=sys.stderr)


class Progress:
    """A counter on stderr that is shown only on a terminal, and gone when done."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` are done."""
        if self._shown:
            end = "\r\033[K" if done >= total else ""
            print(f"\r{self._what}: {done} of {total}{end}", end="", file=sys.stderr, flush=True)
