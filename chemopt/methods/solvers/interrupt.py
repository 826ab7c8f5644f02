"""Ctrl-C during a solve: an orderly stop, with the incumbent and the bound found so far."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def on_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C call `stop`, which ends a solve in good order, instead of raising in its midst."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals
        return
    previous = signal.signal(signal.SIGINT, lambda *_: stop())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous or signal.default_int_handler)
