"""Counts, lists and nearest names in the sentences of warnings and errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches

# A sentence names this many of a long list.
_NAMED = 3
# How alike names must be for one to be meant by the other, and how many are suggested.
_ALIKE = 0.6
_AS_ALIKE = 0.1
_SUGGESTED = 3
# A short list is named as a whole where no name is alike.
_SHORT = 12


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


def spelt_alike(models: Iterable[str]) -> tuple[str, ...]:
    """Warn of names that differ in upper and lower case only.

    Examples
    --------
    >>> spelt_alike(["GPT-4", "gpt-4", "llama"])[0]
    "Models that differ in upper and lower case only count as different: 'GPT-4' and 'gpt-4'."
    >>> spelt_alike(["gpt-4", "llama"])
    ()
    """
    alike: dict[str, list[str]] = {}
    for name in models:
        alike.setdefault(name.casefold(), []).append(name)
    groups = [" and ".join(map(repr, names)) for names in alike.values() if len(names) > 1]
    if not groups:
        return ()
    return (
        f"Models that differ in upper and lower case only count as different: {listed(groups)}.",
    )


def cut(text: str, most: int) -> str:
    """Return a text, cut to a number of signs.

    Examples
    --------
    >>> cut("a long text", 7)
    'a long…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def meant(name: object, known: Iterable[object], have: str = "there are") -> str:
    """Say which names may be meant by one that is not known, or which there are.

    Parameters
    ----------
    name : object
        What was given.
    known : iterable of object
        The names that there are. Of many only the first few are listed.
    have : str
        How a list begins.

    Examples
    --------
    >>> meant("alhpa", ["alpha", "beta"])
    "is 'alpha' meant?"
    >>> meant("claude", ["Claude-3-opus", "claude-3-haiku", "gpt-4"])
    "is 'Claude-3-opus' or 'claude-3-haiku' meant?"
    >>> meant("x", [f"model-{k}" for k in range(500)], "the pool has")
    'the pool has model-0, model-1, model-2 and 497 more'
    """
    names = [str(one) for one in known]
    similar = nearest(str(name), names)
    if similar:
        *before, last = map(repr, similar)
        return f"is {', '.join(before)}{' or ' if before else ''}{last} meant?"
    return f"{have} {', '.join(names) if len(names) <= _SHORT else listed(names)}"


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the names most like one: written in another case, begun alike, or misspelt.

    Examples
    --------
    >>> nearest("--max", ["--max-size", "--min-size"]), nearest("GPT4", ["gpt-4", "llama"])
    (['--max-size'], ['gpt-4'])
    """
    written = {one: one.casefold() for one in known}
    wanted = name.strip().casefold()
    begun = [one for one, folded in written.items() if wanted and folded.startswith(wanted)]
    if begun:
        return begun[:_SUGGESTED]
    by_folded: dict[str, str] = {}
    for one, folded in written.items():
        by_folded.setdefault(folded, one)
    close = get_close_matches(wanted, by_folded, n=_SUGGESTED, cutoff=_ALIKE)
    alike = [SequenceMatcher(None, folded, wanted).ratio() for folded in close]
    return [
        by_folded[folded]
        for folded, ratio in zip(close, alike, strict=True)
        if ratio >= alike[0] - _AS_ALIKE
    ]
