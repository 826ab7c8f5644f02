# PYTHON_ARGCOMPLETE_OK
"""The entry point of the command line.

It imports next to nothing itself, so that an interrupt while pandas and the commands are being
imported ends as any other interrupt does.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib import import_module
from types import FrameType

from chemopt.cli import INTERRUPTED


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command of `chemopt` and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after `chemopt`; those of the process by default.
    """
    description = "Recommend which large language models to put together."
    return run_program("chemopt", description, "chemopt.cli.commands", argv)


def run_program(
    program: str, description: str, commands: str, argv: Sequence[str] | None = None
) -> int:
    """Import a package of commands, run one of them, and return its exit code.

    Parameters
    ----------
    program, description : str
        For the help text.
    commands : str
        Name of a package with a tuple `COMMANDS`.
    argv : sequence of str, optional
        The words after the program; those of the process by default.
    """
    interrupts: list[int] = []
    try:
        with _noting_interrupts(interrupts):
            from chemopt.cli.program import run_command

            modules = import_module(commands).COMMANDS
            if not interrupts:
                return run_command(program, description, modules, argv)
    except BaseException as error:
        if not (interrupts or _is_interrupt(error)):
            raise
    print("chemopt: interrupted; nothing was written", file=sys.stderr)
    return INTERRUPTED


@contextlib.contextmanager
def _noting_interrupts(noted: list[int]) -> Iterator[None]:
    """Note each Ctrl-C in a list, besides raising KeyboardInterrupt.

    What is imported at that moment may turn it into another error, or swallow it: C code of NumPy
    and pandas makes an ImportError of it.
    """

    def note(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        signal.default_int_handler(number, frame)

    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_interrupt(error: BaseException | None) -> bool:
    """Return whether an error is Ctrl-C or was raised from it.

    Before Python 3.12, for one, an interrupt inside ``__set_name__`` becomes a RuntimeError.
    """
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False
