"""One BLAS thread while many small matrices are factorised.

For matrices of a hundred rows, handing work to a second thread costs more than the work, and on
a machine with other work to do it was measured to cost a hundred times as much. OpenBLAS, which
NumPy and SciPy ship, takes the number of threads from a function of its library; the libraries
are found beside the packages. With another BLAS nothing is done, and results are the same.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_PREFIXES, _SUFFIXES = ("scipy_openblas", "openblas"), ("64_", "")


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let OpenBLAS use one thread, and restore what was set before."""
    before = []
    for library in _libraries():
        for prefix in _PREFIXES:
            for suffix in _SUFFIXES:
                get = getattr(library, f"{prefix}_get_num_threads{suffix}", None)
                set_threads = getattr(library, f"{prefix}_set_num_threads{suffix}", None)
                if get is not None and set_threads is not None:
                    before.append((set_threads, get()))
                    set_threads(1)
    try:
        yield
    finally:
        for set_threads, threads in before:
            set_threads(threads)


def _libraries() -> list[ctypes.CDLL]:
    """Return the OpenBLAS libraries of NumPy and SciPy that are loaded already."""
    import scipy

    found = []
    # RTLD_NOLOAD: a library that is not in use is not loaded for this
    mode = ctypes.DEFAULT_MODE | getattr(os, "RTLD_NOLOAD", 0)
    for package in (np, scipy):
        place = Path(str(package.__file__)).parent
        for folder in (place.with_name(f"{place.name}.libs"), place / ".dylibs"):
            for path in sorted(folder.glob("*openblas*")) if folder.is_dir() else ():
                with contextlib.suppress(OSError):
                    found.append(ctypes.CDLL(str(path), mode=mode))
    return found
