"""Studies as TOML files; see docs/studies.md."""

from __future__ import annotations

import sys
from pathlib import Path

from chemopt.errors import InputError
from chemopt.history.files import read_text
from chemopt.studies.study.study import Study
from chemopt.validation import known_option

_KEYS = ("problems", "methods", "options", "seeds")


def read_study(path: str | Path) -> Study:
    """Read a study; paths in it are relative to its folder.

    Raises
    ------
    InputError
        The file cannot be read, is not TOML, or does not describe a study; the message names the
        file and the entry.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        data = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    except RecursionError:
        raise InputError(f"{path}: not TOML: nested too deeply") from None
    try:
        for key in data:
            known_option("key", key, _KEYS)
        if "problems" not in data:
            raise InputError("a study needs problems: [[problems]], with files or generate")
        return Study(**data, folder=Path(path).resolve().parent)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
