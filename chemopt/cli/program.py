"""Parse the command line, run a command, turn errors into one line and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import sys
import time
from collections.abc import Sequence
from types import ModuleType

from chemopt._version import __version__
from chemopt.cli import INTERRUPTED, NO_ANSWER, USAGE_ERROR
from chemopt.cli.completion import complete
from chemopt.cli.config import config_text, with_config
from chemopt.cli.logs import to_file, to_stderr
from chemopt.cli.output import check_ending, emit, form_of
from chemopt.cli.parser import Parser, make_parser
from chemopt.cli.standard_input import spooled
from chemopt.errors import InputError, SolverError, UnansweredError
from chemopt.frames import printable
from chemopt.wording import cut

logger = logging.getLogger(__name__)

# Signs of a word, and of a message, that are shown.
_LONGEST_WORD, _LONGEST_MESSAGE = 300, 2000


def run_command(
    program: str,
    description: str,
    commands: Sequence[ModuleType],
    argv: Sequence[str] | None = None,
) -> int:
    """Run one of some commands and return its exit code.

    No exception that is raised on purpose gets out: it becomes one line on stderr.
    """
    try:
        # A letter that the terminal's encoding lacks is written as an escape.
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        parser, of_commands = make_parser(program, description, commands)
        complete(parser, of_commands.values())
        words = sys.argv[1:] if argv is None else argv
        arguments, rest = parser.parse_known_args(with_config(words, of_commands))
        command = of_commands[arguments.command]
        if rest:
            command.refuse(rest)
        if arguments.show_config:
            emit(config_text(arguments.command, command, arguments), None)
            return 0
        arguments.words = list(words)
        with to_stderr(arguments.verbosity), to_file(arguments.log):
            return _run(arguments, command)
    except (InputError, SolverError, UnansweredError, MemoryError) as error:
        return _complain(error)
    except KeyboardInterrupt:
        _say("interrupted; nothing was written")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has closed the pipe: it has all it wanted.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(arguments: argparse.Namespace, command: Parser) -> int:
    """Run a command that was parsed; its log tells the beginning and the end."""
    settings = config_text(arguments.command, command, arguments).splitlines()[1:]
    if (choice := command.options.get("--format")) is not None:
        forms = tuple(choice.choices or ())
        arguments.format = arguments.format or form_of(arguments.output, forms)
        check_ending(arguments.output, arguments.format)
    # A solver writes its log to stdout: not between the lines of a result for machines.
    to_stdout = getattr(arguments, "output", None) in (None, "-")
    for_reading = getattr(arguments, "format", "table") == "table" or not to_stdout
    arguments.verbose = True if arguments.verbosity and for_reading else None
    logger.debug("chemopt %s, %s: %s", __version__, arguments.command, "; ".join(settings))
    began = time.perf_counter()
    ended = "interrupted"
    try:
        with spooled(arguments) as path:
            try:
                code: int = arguments.run(arguments)
            except (InputError, SolverError, UnansweredError) as error:
                ended = f"error: {error}"
                if path is not None and path in str(error):
                    raise type(error)(str(error).replace(path, "stdin")) from error
                raise
        ended = f"exit code {code}"
        return code
    finally:
        seconds = time.perf_counter() - began
        logger.debug("%s ended after %.2f s: %s", arguments.command, seconds, ended)


def _complain(error: Exception) -> int:
    """Say what went wrong, and return the exit code."""
    if isinstance(error, MemoryError):
        _say("error: out of memory; ask for fewer models")
        return NO_ANSWER
    _say(f"error: {error}")
    return USAGE_ERROR if isinstance(error, InputError) else NO_ANSWER


def _say(message: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        # a name may be as long as the file that holds it
        words = [cut(word, _LONGEST_WORD) for word in message.split()]
        print(f"chemopt: {printable(cut(' '.join(words), _LONGEST_MESSAGE))}", file=sys.stderr)
