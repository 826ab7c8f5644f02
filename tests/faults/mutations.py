"""Damaged inputs: bytes flipped, cut, doubled and replaced by what parsers dislike."""

from __future__ import annotations

import gzip
import json

import numpy as np

# What a careless or hostile export may hold in the place of a number, a name or a line.
TOKENS = (
    b"nan", b"NaN", b"inf", b"-inf", b"1e999", b"-1e308", b"1" * 400, b"0x10", b"1,5", b"", b'"',
    b"null", b"true", b"[]", b"{}", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b";",
    b"\t", b"=cmd()", b"\x1b[31m", b"../../etc/passwd", b"a" * 70_000, "é漢😀".encode(), b"<b>",
    b"-0", b"9" * 30, b"1e-320", b"2.5", b"-1",
)  # fmt: skip


def mutated(original: bytes, seed: int) -> bytes:
    """Return a damaged copy; the same for the same seed."""
    rng = np.random.default_rng(seed)
    data = original
    for _ in range(int(rng.integers(1, 4))):
        data = _DAMAGES[int(rng.integers(len(_DAMAGES)))](data, rng)
    return data


def _flip(data, rng):
    if not data:
        return data
    changed = bytearray(data)
    for position in rng.integers(0, len(data), int(rng.integers(1, 5))):
        changed[position] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _cut(data, rng):
    return data[: int(rng.integers(0, len(data) + 1))]


def _cut_out(data, rng):
    low, high = sorted(rng.integers(0, len(data) + 1, 2))
    return data[:low] + data[high:]


def _double(data, rng):
    low, high = sorted(rng.integers(0, len(data) + 1, 2))
    return data[:high] + data[low:high] + data[high:]


def _insert(data, rng):
    position = int(rng.integers(0, len(data) + 1))
    return data[:position] + TOKENS[int(rng.integers(len(TOKENS)))] + data[position:]


def _replace_field(data, rng):
    """Put a token in the place of what stands between two separators."""
    separators = [k for k, byte in enumerate(data) if byte in b",:\n[]{}\t"]
    if len(separators) < 2:
        return data
    k = int(rng.integers(len(separators) - 1))
    token = TOKENS[int(rng.integers(len(TOKENS)))]
    return data[: separators[k] + 1] + token + data[separators[k + 1] :]


def _shuffle_lines(data, rng):
    lines = data.split(b"\n")
    return b"\n".join(lines[k] for k in rng.permutation(len(lines)))


def _drop_column(data, rng):
    lines = [line.split(b",") for line in data.split(b"\n")]
    k = int(rng.integers(max(1, len(lines[0]))))
    return b"\n".join(b",".join(cells[:k] + cells[k + 1 :]) for cells in lines)


_DAMAGES = (
    _flip, _cut, _cut_out, _double, _insert, _insert, _replace_field, _replace_field,
    _replace_field, _shuffle_lines, _drop_column,
)  # fmt: skip

DEEP_JSON = b"[" * 100_000 + b"]" * 100_000
DEEP_OBJECT = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
LONG_NAME = json.dumps({"models": ["m" * 1_000_000, "b"], "chemistry": [[0, 1], [1, 0]]}).encode()


def bomb(megabytes: int) -> bytes:
    """A gzip file of a thousandth of the size of what it holds: a line that does not end."""
    return gzip.compress(b"a" * (megabytes << 20), mtime=0)
