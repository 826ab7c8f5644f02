"""Benchmarks: ``python -m chemopt.bench NAME``, a module for each name.

Figures go with the machine they were measured on, so every table comes with it.
"""

from __future__ import annotations

import os
import platform

from chemopt.versions import versions


def machine() -> str:
    """Return the machine and the versions in one line.

    Examples
    --------
    >>> "chemopt" in machine()
    True
    """
    found = versions()
    return (
        f"{found['system']}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"NumPy {found['numpy']}, chemopt {found['chemopt']}"
    )
