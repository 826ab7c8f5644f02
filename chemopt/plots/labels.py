"""Names of models as labels: literal, short enough, and still distinct."""

from __future__ import annotations

from collections.abc import Sequence

# Signs of a label; longer names have an ellipsis.
WIDTH = 30
# Where the ellipsis goes, as a share of the signs kept; the first that keeps names distinct.
_CUTS = (0.5, 0.25, 0.75, 0.0, 1.0)


def plain(name: object) -> str:
    """Return a name on one line, with control characters spelt out.

    Examples
    --------
    >>> plain("a" + chr(10) + "b") == "a" + chr(92) + "nb"
    True
    """
    return "".join(ch if ch.isprintable() else repr(ch)[1:-1] for ch in str(name))


def short(names: Sequence[object], width: int = WIDTH) -> list[str]:
    """Cut long names with an ellipsis so that different names stay different.

    Examples
    --------
    >>> short(["a", "llama-3-70b-instruct", "llama-3-8b-instruct"], width=12)
    ['a', '…0b-instruct', '…8b-instruct']
    >>> short(["aaaaa-1-bbbbb", "aaaaa-2-bbbbb"], width=7)
    ['aaa…bbb 1', 'aaa…bbb 2']
    """
    full = [plain(name) for name in names]
    for share in _CUTS:
        labels = [_cut(name, width, share) for name in full]
        if len(set(labels)) == len(set(full)):
            return labels
    labels = [_cut(name, width, 0.5) for name in full]
    seen: dict[str, list[str]] = {}
    for label, name in zip(labels, full, strict=True):
        if name not in seen.setdefault(label, []):
            seen[label].append(name)
    return [
        label if len(seen[label]) == 1 else f"{label} {seen[label].index(name) + 1}"
        for label, name in zip(labels, full, strict=True)
    ]


def _cut(name: str, width: int, share: float) -> str:
    if len(name) <= width:
        return name
    head = round(share * (width - 1))
    tail = width - 1 - head
    return f"{name[:head]}…{name[len(name) - tail :]}"
