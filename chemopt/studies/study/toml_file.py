"""Studies as TOML files; see docs/studies.md."""

from __future__ import annotations

from pathlib import Path

from chemopt.errors import InputError
from chemopt.history.files import read_toml
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
    data = read_toml(path)
    try:
        for key in data:
            known_option("key", key, _KEYS)
        if "problems" not in data:
            raise InputError("a study needs problems: [[problems]], with files or generate")
        return Study(**data, folder=Path(path).resolve().parent)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
