"""How many threads BLAS uses.

For matrices of a hundred rows, handing work to a second thread costs more than the work; on a
machine with other work to do it was measured to cost a hundred times as much.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterator

from threadpoolctl import ThreadpoolController


@contextlib.contextmanager
def blas_threads(threads: int) -> Iterator[None]:
    """Limit the BLAS libraries that are loaded, and restore the limits that were set before.

    SciPy has its own: import `scipy.linalg` first if it is used within.
    """
    with _libraries("scipy.linalg" in sys.modules).limit(limits=threads, user_api="blas"):
        yield


@functools.cache
def _libraries(of_scipy: bool) -> ThreadpoolController:
    """Find the BLAS libraries, which takes milliseconds; anew once that of SciPy is loaded."""
    return ThreadpoolController()
