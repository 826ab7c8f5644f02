"""Completion in the shell: commands, options, choices, files, and the models of the input.

It needs argcomplete (the extra `completion`), which is imported only when a shell asks.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chemopt.cli.parser import Parser

# Options that take names of models, by their Python names.
_OF_MODELS = ("require", "exclude", "apart", "together", "forbid", "ensemble", "models")
# A larger input is not read between two keys.
_LARGEST = 2_000_000


def complete(parser: Parser, commands: Iterable[Parser]) -> None:
    """Answer a shell that asks for completions, and end the process; else do nothing."""
    if "_ARGCOMPLETE" not in os.environ:
        return
    try:
        import argcomplete
    except ImportError:
        return
    for command in commands:
        for action in command.arguments:
            if action.dest in _OF_MODELS and action.type is None:
                action.completer = _models  # type: ignore[attr-defined]
            elif action.type is not None:
                action.completer = _nothing  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, always_complete_options="long")


def _nothing(**_: Any) -> list[str]:
    """Complete nothing: a number is not a file."""
    return []


def _models(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """Complete the names of the models of a small input."""
    path = getattr(parsed_args, "input", None)
    if not path:
        return []
    try:
        if Path(path).stat().st_size > _LARGEST:
            return []
        return [name for name in _names(str(path)) if name.startswith(prefix)]
    except Exception:  # a shell that asks must not be answered by an error
        return []


def _names(path: str) -> list[str]:
    if path.lower().endswith(".json"):
        from chemopt.problem.instances import read_problem

        return list(read_problem(path).models)
    from chemopt.history.table_files import column_names, read_table
    from chemopt.outcomes.read import LONG_COLUMNS

    if "model" in column_names(Path(path)):
        return sorted(set(read_table(Path(path), ["model"])["model"].astype(str)))
    return [name for name in column_names(Path(path)) if name not in LONG_COLUMNS]
