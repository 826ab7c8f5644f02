"""The public names are there when asked for, and importing chemopt loads nothing before."""

import subprocess
import sys

import pytest
from helpers import child_environment

import chemopt
from chemopt import _api


def test_every_name_is_there():
    """`dir`, attributes and ``from chemopt import *`` give the names of `chemopt._api`."""
    assert dir(chemopt) == sorted(_api.__all__)
    assert chemopt.__all__ == _api.__all__ == sorted(_api.__all__)
    for name in _api.__all__:
        assert getattr(chemopt, name) is getattr(_api, name)
    with pytest.raises(AttributeError, match="module 'chemopt' has no attribute 'recomend'"):
        _ = chemopt.recomend


@pytest.mark.parametrize(
    ("statement", "loaded"),
    [
        ("import chemopt; chemopt.__version__", False),
        ("import chemopt.cli.main", False),
        ("from chemopt import recommend", True),
        ("import chemopt; chemopt.problem.loss", True),
        ("from chemopt import *; recommend", True),
    ],
)
def test_imports_when_used(statement, loaded):
    """Pandas is loaded with the first name that is used, packages come with it."""
    script = f"import sys\n{statement.replace('; ', chr(10))}\nprint('pandas' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=child_environment()
    )
    assert (done.stdout.strip(), done.stderr) == (str(loaded), "")
