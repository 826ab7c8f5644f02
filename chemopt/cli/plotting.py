"""Write the figure of `--plot FILE`, a file that is replaced all at once."""

from __future__ import annotations

import io
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
    from chemopt.analysis.plots import load_matplotlib

    load_matplotlib()
    check_writable(path)
    from matplotlib.figure import Figure

    known = Figure().canvas.get_supported_filetypes()
    if _ending(path) not in known:
        raise InputError(f"--plot {path}: the ending is none of {', '.join(sorted(known))}")


def write_plot(draw: Callable[[Axes], object], path: str | None) -> None:
    """Let `draw` draw on Axes, and write the figure; without a path do nothing."""
    if path is None:
        return
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5))
    draw(figure.subplots())
    data = io.BytesIO()
    figure.savefig(data, format=_ending(path), dpi=150, bbox_inches="tight")
    write_file(data.getvalue(), path)


def _ending(path: str) -> str:
    return Path(path).suffix.lower().removeprefix(".")
