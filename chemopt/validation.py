"""Checks of single options, with errors that name the option, what is accepted and what came."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, MutableMapping
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np

from chemopt.errors import InputError
from chemopt.wording import meant, nearest

Word = TypeVar("Word", bound=str)


def number(
    option: str, value: Any, low: float, high: float = math.inf, *, above: bool = False
) -> float:
    """Return a finite number in [low, high] (or, if `above`, in (low, high]) as a float.

    Examples
    --------
    >>> number("tau", 1, 0)
    1.0
    """
    ends = "(" if above else "["
    interval = (
        f"in {ends}{low:g}, {high:g}]" if high < math.inf else f"{'>' if above else '≥'} {low:g}"
    )
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
        if math.isfinite(found) and low <= found <= high and not (above and found == low):
            return found
    kind = "a finite number" if low == -math.inf else f"a number {interval}"
    raise InputError(f"{option} must be {kind}, not {shown(value)}")


def whole(option: str, value: Any, low: int, high: int | None = None) -> int:
    """Return a whole number from low to high as an int; NumPy's integers pass."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        found = int(value)
        if low <= found and (high is None or found <= high):
            return found
    expected = f"≥ {low}" if high is None else f"from {low} to {high}"
    raise InputError(f"{option} must be a whole number {expected}, not {shown(value)}")


def choice(option: str, value: Any, words: Iterable[Word]) -> Word:
    """Return a word that is one of those accepted."""
    words = tuple(words)
    if isinstance(value, str) and value in words:
        return words[words.index(value)]
    near = nearest(value, words) if isinstance(value, str) else []
    hint = f"; is {near[0]!r} meant?" if near else ""
    raise InputError(f"{option} must be one of {', '.join(words)}, not {shown(value)}{hint}")


def instance_of(what: str, value: object, kind: type | tuple[type, ...], hint: str = "") -> None:
    """Raise unless a value is of a kind; the hint says how to get one.

    Examples
    --------
    >>> instance_of("stability needs a history", 3, str, "read one: load_history(data)")
    Traceback (most recent call last):
    chemopt.errors.InputError: stability needs a history, not an int; read one: load_history(data)
    """
    if isinstance(value, kind):
        return
    name = type(value).__name__
    article = "an" if name[0] in "aeiouAEIOU" else "a"
    came = "None" if value is None else f"{article} {name}"
    raise InputError(f"{what}, not {came}{'; ' if hint else ''}{hint}")


def known_option(what: str, name: object, known: Collection[str]) -> None:
    """Raise unless a name is one of some, and suggest the nearest.

    Raises
    ------
    InputError
        The message suggests the nearest names, or lists the first.
    """
    if name not in known:
        raise InputError(f"unknown {what} {name!r}; {meant(name, known)}")


def taken(options: MutableMapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Take options out of those that a function was called with.

    Examples
    --------
    >>> options = {"size": 3, "seed": 1}
    >>> taken(options, ["seed", "threads"]), options
    ({'seed': 1}, {'size': 3})
    """
    return {name: options.pop(name) for name in names if name in options}


def no_other_options(function: str, options: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise if a function was called with an option that it does not know.

    Raises
    ------
    InputError
        The message suggests the nearest of those that it knows.
    """
    for name in options:
        known_option(f"option of {function}", name, known)


def shown(value: object) -> str:
    """Return the repr of a value for a message, NumPy's numbers as plain ones, cut to 60 signs."""
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 60 else text[:59] + "…"
