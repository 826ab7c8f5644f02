"""Parse the command line, run a command, turn errors into one line and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from chemopt._version import __version__
from chemopt.cli import INTERRUPTED, NO_ANSWER, USAGE_ERROR
from chemopt.errors import InputError, SolverError, UnansweredError


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see '{self.prog} --help')")


def run_command(
    program: str,
    description: str,
    commands: Sequence[ModuleType],
    argv: Sequence[str] | None = None,
) -> int:
    """Run one of some commands and return its exit code.

    No exception that is raised on purpose gets out: it becomes one line on stderr.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("chemopt: %(message)s"))
    logger = logging.getLogger("chemopt")
    logger.addHandler(handler)
    try:
        # A letter that the terminal's encoding lacks is written as an escape.
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        arguments = _parser(program, description, commands).parse_args(argv)
        arguments.words = sys.argv[1:] if argv is None else list(argv)
        code: int = arguments.run(arguments)
        return code
    except (InputError, SolverError, UnansweredError) as error:
        _complain(f"error: {error}")
        return USAGE_ERROR if isinstance(error, InputError) else NO_ANSWER
    except MemoryError:
        _complain("error: out of memory; ask for fewer models")
        return NO_ANSWER
    except KeyboardInterrupt:
        _complain("interrupted; nothing was written")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has closed the pipe: it has all it wanted.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        logger.removeHandler(handler)


def _parser(
    program: str, description: str, commands: Sequence[ModuleType]
) -> argparse.ArgumentParser:
    parser = _Parser(prog=program, description=description, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"chemopt {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for command in commands:
        own = subparsers.add_parser(
            command.NAME, help=command.HELP, description=command.HELP, allow_abbrev=False
        )
        command.add_options(own)
        own.set_defaults(run=command.run)
    return parser


def _complain(message: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(f"chemopt: {' '.join(message.split())}", file=sys.stderr)
