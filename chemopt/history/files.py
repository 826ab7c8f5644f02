"""Reading text, with errors that name the file; and writing files atomically."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from chemopt.errors import InputError
from chemopt.validation import instance_of


def read_text(path: str | Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises
    ------
    InputError
        The path is none, or the file is missing, cannot be read, or is not UTF-8.
    """
    instance_of("a path is needed", path, (str, Path))
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a path with a null byte, or with half a character
        raise InputError(f"{path!r}: not a path: {error}") from None


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return what a TOML file holds.

    Raises
    ------
    InputError
        As for `read_text`, or it is not TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    except RecursionError:
        raise InputError(f"{path}: not TOML: nested too deeply") from None


def check_writable(output: str) -> None:
    """Raise if a file cannot be written; call it before long computations.

    Raises
    ------
    InputError
        The folder does not exist or cannot be written to, or the path is a folder.
    """
    try:
        path = Path(output).resolve()
        if path.is_symlink():  # some versions of Python return a looping link as it is
            raise InputError(f"{output}: cannot be written: its symbolic links form a loop")
        if path.is_dir():
            raise InputError(f"{output}: is a folder, not a file")
        if not path.parent.is_dir():
            raise InputError(f"{output}: the folder {Path(output).parent} does not exist")
        if not path.exists() and not os.access(path.parent, os.W_OK):
            raise InputError(f"{output}: the folder {path.parent} cannot be written to")
    except (OSError, RuntimeError) as error:  # a name that is too long, links that form a loop
        raise InputError(f"{output}: cannot be written: {error}") from None


def write_file(data: bytes, output: str) -> None:
    """Write a file atomically: afterwards it is complete, or as it was.

    Raises
    ------
    InputError
        The file cannot be written.
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


def _default_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
