"""BLAS has the threads that it is given, and as many as before outside of it."""

import numpy as np
import pytest
import scipy.linalg  # noqa: F401 - so that SciPy's BLAS is loaded
from threadpoolctl import threadpool_info, threadpool_limits

from chemopt.execution.blas import blas_threads
from chemopt.methods.bqp.problem import BinaryQuadratic
from chemopt.methods.bqp.search import branch_and_bound


def _threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_threads_are_restored():
    """The number set before is set again, also after an error; arithmetic goes on."""
    with threadpool_limits(2, user_api="blas"):
        before = _threads()

        def fail():
            with blas_threads(1):
                assert set(_threads()) <= {1}
                assert np.allclose(np.linalg.eigvalsh(np.eye(3)), 1)
                raise KeyError

        with pytest.raises(KeyError):
            fail()
        assert _threads() == before


def test_a_search_has_one_thread():
    """The limit holds for all BLAS libraries that NumPy and SciPy have loaded."""
    seen = []

    def stop():
        seen.extend(_threads())
        return False

    n = 20
    quadratic = np.triu(np.random.default_rng(1).standard_normal((n, n)), k=1)
    with threadpool_limits(2, user_api="blas"):
        problem = BinaryQuadratic(np.zeros(n), quadratic + quadratic.T)
        assert branch_and_bound(problem, stop=stop).finished
    assert set(seen) <= {1}
