"""The formats that can be imported, and which one a file or a folder is of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from chemopt.errors import InputError
from chemopt.outcomes.importers import (
    evalplus,
    helm,
    inspect,
    llm_chemistry,
    lm_eval,
    openai_evals,
    promptfoo,
    routerbench,
)
from chemopt.outcomes.importers.sample import Sample


class Importer(Protocol):
    """What a module of this package has; see the package's text."""

    @property
    def NAME(self) -> str: ...  # noqa: D102
    @property
    def PATTERNS(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def REPEATS(self) -> bool: ...  # noqa: D102

    def recognises(self, path: Path, /) -> bool: ...  # noqa: D102

    def read(self, path: Path, /, metric: str | None) -> Iterator[Sample]: ...  # noqa: D102


_MODULES: tuple[Importer, ...] = (
    lm_eval, inspect, promptfoo, openai_evals, helm, routerbench, llm_chemistry, evalplus,
)  # fmt: skip
FORMATS: dict[str, Importer] = {module.NAME: module for module in _MODULES}


def recognised(path: Path) -> str | None:
    """Return the format of a file or of the files in a folder; None if it is none of them.

    Raises
    ------
    InputError
        A folder has files of several formats.
    """
    if not path.is_dir():
        fitting = [name for name, form in FORMATS.items() if form.recognises(path)]
        return fitting[0] if fitting else None
    found = [
        name
        for name, form in FORMATS.items()
        if any(form.recognises(file) for file in _named_like(path, form))
    ]
    if len(found) > 1:
        raise InputError(f"{path}: has files of {' and '.join(found)}; say which format to read")
    return found[0] if found else None


def files_of(path: Path, name: str) -> list[Path]:
    """Return the files of a format in a folder and below, in order; a file is the only one.

    Raises
    ------
    InputError
        There is none, or one that is named like the others is of another kind.
    """
    if not path.is_dir():
        return [path]
    form = FORMATS[name]
    files = _named_like(path, form)
    if not files:
        raise InputError(f"{path}: no files of {name} ({', '.join(form.PATTERNS)})")
    for file in files:
        # a file that is passed over in silence may be a model that is missing
        if not form.recognises(file):
            raise InputError(
                f"{file}: not of format {name}, as other files of the folder: damaged, or in the "
                "wrong place"
            )
    return files


def _named_like(folder: Path, form: Importer) -> list[Path]:
    """Return the files in a folder and below that are named as those of a format."""
    beside = getattr(form, "BESIDE", ())
    found = {
        file
        for pattern in form.PATTERNS
        for file in folder.rglob(pattern)
        if file.is_file() and file.name not in beside and not file.name.startswith(".")
    }
    return sorted(found)
