"""Write the figure of `--plot FILE`, a file that is replaced all at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from chemopt.cli.output import check_writable
from chemopt.errors import InputError
from chemopt.history.files import write_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def check_plot(path: str | None) -> None:
    """Raise before the work begins if the plot cannot be made.

    Raises
    ------
    InputError
        The file cannot be written, or its ending is not that of a known format.
    SolverError
        Matplotlib is not installed.
    """
    if path is None:
        return
    from chemopt.plots.canvas import load_matplotlib

    load_matplotlib()
    check_writable(path)
    from matplotlib.figure import Figure

    known = Figure().canvas.get_supported_filetypes()
    if _ending(path) not in known:
        raise InputError(f"--plot {path}: the ending is none of {', '.join(sorted(known))}")


def write_plot(draw: Callable[[], Axes], path: str | None) -> None:
    """Write the picture that a function draws; without a path do nothing."""
    if path is None:
        return
    from chemopt.plots import render

    write_file(render(draw, _ending(path)), path)


def _ending(path: str) -> str:
    return Path(path).suffix.lower().removeprefix(".")
