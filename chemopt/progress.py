"""How far a long computation is: a bar for `progress=True`, or a function of the user's own."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

from chemopt.errors import InputError

# Called with the steps done and the steps in all.
Report: TypeAlias = Callable[[int, int], None]
# What a function takes as its option `progress`.
Progress: TypeAlias = bool | Report | None


def reporter(progress: Progress, what: str) -> Report | None:
    """Return the function to report steps to; None if nothing is to be shown.

    Parameters
    ----------
    progress : bool or callable, optional
        True shows a bar (tqdm's: a widget in a notebook, text on stderr elsewhere).
    what : str
        What is counted, for the bar.

    Raises
    ------
    InputError
        It is neither.

    Examples
    --------
    >>> reporter(False, "runs") is None, reporter(print, "runs") is print
    (True, True)
    """
    if progress is None or progress is False:
        return None
    if progress is True:
        return _Bar(what)
    if callable(progress):
        return progress
    raise InputError(
        f"progress must be True, False or a function of the steps done and in all, not {progress!r}"
    )


class _Bar:
    """A bar that appears with the first report, and ends when all steps are done."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._bar: Any = None
        self._ended = False

    def __call__(self, done: int, total: int) -> None:
        """Show the count."""
        if self._ended and done >= total:
            return
        if self._bar is None:
            self._ended = False
            self._bar = _tqdm()(desc=self._what, total=total, initial=done)
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.close()
            self._bar, self._ended = None, True


def _tqdm() -> Any:
    """Return the class of bars that suits a notebook or a terminal."""
    with warnings.catch_warnings():
        # a notebook without ipywidgets gets a bar of text, which is no fault of the user's
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm
    return tqdm
