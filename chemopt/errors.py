"""What can go wrong, as exceptions that say where and what to do.

Everything that chemopt raises on purpose is a `ChemoptError`. An `InputError` is the
caller's to correct (bad file, bad option); it is also a `ValueError`, so code that knows
nothing of chemopt can catch it.
"""

from __future__ import annotations


class ChemoptError(Exception):
    """Base class of all errors raised on purpose by chemopt."""


class InputError(ChemoptError, ValueError):
    """The data or the options given cannot be used as they are."""


class HistoryError(InputError):
    """A performance history is missing, unreadable or invalid."""


class PoolTooLargeError(InputError):
    """A method was asked for more models than it can handle; the message names the limit."""


class UnansweredError(ChemoptError):
    """A well-formed question that has no (proved) answer within the limits given."""


class InfeasibleError(UnansweredError):
    """No ensemble meets the constraints; that is proved."""


class SolverError(ChemoptError, RuntimeError):
    """A solver is missing, failed, or returned something that does not check."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C in the middle of a call that has part of its result already.

    Attributes
    ----------
    result : object
        What the call would have returned, as far as it came.
    """

    def __init__(self, message: str, result: object) -> None:
        super().__init__(message)
        self.result = result
