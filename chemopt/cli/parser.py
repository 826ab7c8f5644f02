"""The parser of the command line: errors are one line, with the nearest name.

Every command has, besides its own options, `--config`, `--show-config`, `--verbose` and `--log`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any, NoReturn

from chemopt._version import __version__
from chemopt.errors import InputError
from chemopt.wording import nearest


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and say what may have been meant."""

    def error(self, message: str) -> NoReturn:
        """Raise an `InputError` instead of writing the usage and leaving."""
        raise InputError(f"{message} (see '{self.prog} --help')")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            known = [str(choice) for choice in action.choices or ()]
            similar = nearest(str(value), known)
            if not similar:
                raise
            what = "invalid choice" if action.option_strings or action.dest == "source" else None
            said = f"{what}: {value!r}" if what else f"unknown command {value!r}"
            raise argparse.ArgumentError(
                action if what else None, f"{said}; {_is_meant(similar)}"
            ) from error

    @property
    def options(self) -> dict[str, argparse.Action]:
        """The options by each of their spellings."""
        return self._option_string_actions

    @property
    def arguments(self) -> Iterable[argparse.Action]:
        """Options and positional arguments, in the order of the help text."""
        return self._actions

    def refuse(self, words: Sequence[str]) -> NoReturn:
        """Raise for words that are no arguments, with the option that may be meant.

        Raises
        ------
        InputError
        """
        flags = [re.sub("=.*", "", word) for word in words if word.startswith("-")]
        similar = nearest(flags[0], [name for name in self.options if name[:2] == "--"]) \
            if flags else []  # fmt: skip
        hint = f"; {_is_meant(similar)}" if similar else ""
        self.error(f"unrecognized arguments: {' '.join(words)}{hint}")


def _is_meant(names: Sequence[str]) -> str:
    return f"is {' or '.join(names)} meant?"


def make_parser(
    program: str, description: str, commands: Sequence[ModuleType]
) -> tuple[Parser, dict[str, Parser]]:
    """Return the parser of a program, and that of each of its commands."""
    parser = Parser(prog=program, description=description, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"chemopt {__version__}")
    subparsers = parser.add_subparsers(
        metavar="COMMAND", dest="command", required=True, parser_class=Parser
    )
    found: dict[str, Parser] = {}
    for command in commands:
        own = subparsers.add_parser(
            command.NAME, help=command.HELP, description=command.HELP, allow_abbrev=False
        )
        command.add_options(own)
        _add_common(own)
        own.set_defaults(run=command.run)
        found[command.NAME] = own
    return parser, found


def _add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command has."""
    group = parser.add_argument_group("settings and logging")
    group.add_argument(
        "--config", metavar="FILE",
        help="options from this TOML file, by their long names; those of the command line count "
        "where both are given (docs/command-line.md)",
    )  # fmt: skip
    group.add_argument(
        "--show-config", action="store_true",
        help="write the options given, as a TOML file for --config, and do nothing else",
    )  # fmt: skip
    group.add_argument(
        "-v", "--verbose", action="count", dest="verbosity", default=0,
        help="tell on stderr what is done and how far it is, and show the log of a solver; -vv "
        "with details",
    )  # fmt: skip
    group.add_argument("--log", metavar="FILE", help="append the log, with details, to this file")
