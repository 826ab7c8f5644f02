"""The number of threads of BLAS."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

from threadpoolctl import ThreadpoolController

from chemopt.execution.clock import loading


@contextlib.contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Limit BLAS to one thread, and restore the limits that were set before.

    For matrices of a hundred rows, handing work to a second thread costs more than the work; on
    a machine with other work to do it was measured to cost a hundred times as much.
    """
    with _blas_libraries().limit(limits=1, user_api="blas"):
        yield


@functools.cache
def _blas_libraries() -> ThreadpoolController:
    """Find the BLAS libraries of NumPy and SciPy; a search through all loaded libraries."""
    with loading():
        import scipy.optimize  # noqa: F401 - SciPy has its own BLAS, which is limited once loaded

    return ThreadpoolController()
