"""How many threads matrix products may use."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

from threadpoolctl import ThreadpoolController


@contextlib.contextmanager
def blas_threads(threads: int) -> Iterator[None]:
    """Let matrix products use this many threads: most here are too small to share."""
    with _libraries().limit(limits=threads, user_api="blas"):
        yield


@functools.cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()  # looking for them takes a while
