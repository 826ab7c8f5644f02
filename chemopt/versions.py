"""Versions of everything that can change a result."""

from __future__ import annotations

import platform
from importlib import metadata

from chemopt._version import __version__

# The distributions of the solvers that are not chemopt's own, by the names that results give them.
_SOLVERS = {"HiGHS": "highspy", "CP-SAT": "ortools", "OR-Tools max-flow": "ortools"}
# Between the names of two solvers that came to an answer together.
TOGETHER = " + "
PACKAGES = ("numpy", "scipy", "pandas", "networkx", "pyomo", "highspy", "ortools", "pyarrow")


def versions() -> dict[str, str]:
    """Return the versions of chemopt, Python, the system and the libraries, by name."""
    installed = {
        "chemopt": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    for package in PACKAGES:
        try:
            installed[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            installed[package] = "not installed"
    return installed


def solver_version(solver: str) -> str:
    """Return the version of a solver by the name that results give it: chemopt's own for its own.

    Examples
    --------
    >>> from chemopt import __version__
    >>> solver_version("chemopt branch and bound") == __version__
    True
    >>> solver_version("chemopt branch and bound + HiGHS").startswith(f"{__version__} + ")
    True
    """
    return TOGETHER.join(
        metadata.version(_SOLVERS[name]) if name in _SOLVERS else __version__
        for name in solver.split(TOGETHER)
    )


def versions_text() -> str:
    """Return `versions` as lines of text.

    Examples
    --------
    >>> versions_text().splitlines()[0].split()[0]
    'chemopt'
    """
    return "\n".join(f"{name:<10}{version}" for name, version in versions().items())
