"""Versions of everything that can change a result."""

from __future__ import annotations

import platform
from importlib import metadata

from chemopt._version import __version__

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


def versions_text() -> str:
    """Return `versions` as lines of text.

    Examples
    --------
    >>> versions_text().splitlines()[0].split()[0]
    'chemopt'
    """
    return "\n".join(f"{name:<10}{version}" for name, version in versions().items())
