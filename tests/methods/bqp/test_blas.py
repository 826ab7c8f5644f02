"""The number of BLAS threads is one inside, and what it was before outside."""

import numpy as np

from chemopt.methods.bqp import blas


def test_threads_are_restored():
    """What was set before is set again, also after an error; arithmetic goes on."""
    before = _threads()
    try:
        with blas.one_thread():
            assert set(_threads()) <= {1}
            assert np.allclose(np.linalg.eigvalsh(np.eye(3)), 1)
            raise KeyError
    except KeyError:
        pass
    assert _threads() == before


def _threads():
    names = [f"{p}_get_num_threads{s}" for p in blas._PREFIXES for s in blas._SUFFIXES]
    libraries = blas._libraries()
    return [getattr(lib, name)() for lib in libraries for name in names if hasattr(lib, name)]
