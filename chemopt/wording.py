"""Counts and lists in the sentences of warnings and errors."""

from __future__ import annotations

from collections.abc import Sequence

# A sentence names so many of a long list.
_NAMED = 3


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "model"), counted(2, "model")
    ('1 model', '2 models')
    """
    return f"{count} {noun}{'s' * (count != 1)}"


def listed(words: Sequence[str]) -> str:
    """Return the first words of a list, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b"]), listed(["a", "b", "c", "d", "e"])
    ('a, b', 'a, b, c and 2 more')
    """
    if len(words) <= _NAMED + 1:
        return ", ".join(words)
    return f"{', '.join(words[:_NAMED])} and {len(words) - _NAMED} more"


def cut(text: str, most: int) -> str:
    """Return a text, cut to a number of signs.

    Examples
    --------
    >>> cut("a long text", 7)
    'a long…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"
