"""The workers of a Dask cluster, by the address of its scheduler (the extra ``dask``)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from chemopt.errors import InputError, SolverError
from chemopt.versions import versions
from chemopt.wording import listed

Value = TypeVar("Value")
# Seconds to wait for a scheduler to answer.
_PATIENCE = 10


class DaskExecutor(Executor):
    """Call functions on the workers that a scheduler knows, those that come later included.

    What a lost worker had in progress is begun again on another, by the scheduler.

    Parameters
    ----------
    address : str
        As ``"tcp://host:8786"``.

    Raises
    ------
    InputError
        No scheduler answers, or a worker has other versions of chemopt or of solvers than here.
    SolverError
        Dask is not installed.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise SolverError(
                "an executor by address needs Dask: pip install 'chemopt[dask]'"
            ) from None
        try:
            connect: Any = Client  # its types are not complete
            self._client = connect(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(f"no Dask scheduler answers at {address}: {error}") from None
        try:
            _check_versions(self._client.run(versions, on_error="return"))
        except BaseException:
            self._client.close()
            raise
        # Equal calls are not one and the same: each is to be carried out.
        self._calls = self._client.get_executor(pure=False)

    @property
    def workers(self) -> int:
        """Calls that can run at once, of the workers there are now; at least 1."""
        return max(1, sum(map(int, self._client.nthreads().values())))

    def submit(self, fn: Callable[..., Value], /, *args: Any, **kwargs: Any) -> Future[Value]:
        """Call an importable function on a worker."""
        future: Future[Value] = self._calls.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, which goes on; calls in progress are cancelled if asked for."""
        self._calls.shutdown(wait=wait and not cancel_futures)
        self._client.close()


def different_versions(there: dict[str, str]) -> list[str]:
    """Return in which packages another process differs from this one, as "package theirs, ours".

    Examples
    --------
    >>> different_versions(versions())
    []
    """
    here = versions()
    names = [name for name in here if name != "system"]
    return [
        f"{name} {there.get(name, 'unknown')} instead of {here[name]}"
        for name in names
        if there.get(name) != here[name]
    ]


def _check_versions(workers: dict[str, Any]) -> None:
    for worker, answer in workers.items():
        if not isinstance(answer, dict):
            raise InputError(f"the worker {worker} cannot import this chemopt: {answer}")
        if different := different_versions(answer):
            raise InputError(
                f"the worker {worker} has {listed(different)}; start workers with the same versions"
            )
