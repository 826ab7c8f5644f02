"""What all pictures share: checked tables, Axes large enough, literal text, legends, files.

A picture checks its table (`needs_table`), gets its Axes (`new_axes`, or `row_axes` with a row for
each name), draws what is particular to it, noting under which label, and leaves the rest to
`finish`.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, cast

import pandas as pd

from chemopt.errors import InputError, SolverError
from chemopt.plots.labels import plain, short
from chemopt.validation import instance_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes  # noqa: PLC0414 - for all that draw

Axis = Literal["x", "y"]

#: Inches that a row of labels needs, and points of text in them.
ROW, SMALL, LARGE = 0.19, 4.0, 9.0

# Whether figures are for files, and no window of a notebook or a desktop.
_for_a_file: ContextVar[bool] = ContextVar("_for_a_file", default=False)


def load_matplotlib() -> Any:
    """Import Matplotlib's pyplot.

    Raises
    ------
    SolverError
        It is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise SolverError(
            f"plots need Matplotlib, which cannot be imported ({error}): "
            "pip install 'chemopt[plots]'"
        ) from error
    return plt


def new_axes(ax: Axes | None, width: float = 7.0, height: float = 4.5) -> Axes:
    """Return the Axes given, or those of a new figure of a size in inches."""
    plt = load_matplotlib()
    if ax is not None:
        return ax
    size: dict[str, Any] = {"figsize": (width, height), "layout": "constrained"}
    if _for_a_file.get():
        from matplotlib.figure import Figure

        return Figure(**size).subplots()
    axes: Axes = plt.subplots(**size)[1]
    return axes


def row_axes(
    ax: Axes | None,
    names: Sequence[object],
    marked: Iterable[object] = (),
    *,
    width: float = 6.5,
    row: float = ROW,
    least: float = 1,
    margin: float = 1.4,
) -> Axes:
    """Return Axes with a row for each name, the first on top; marked names are bold.

    New ones are as high as their rows (at least `least` of `row` inches) and a margin.
    """
    ax = new_axes(ax, width + text_width(names), margin + row * max(len(names), least))
    name_rows(ax, names, marked)
    return ax


def figure_of(ax: Axes) -> Any:
    """Return the whole figure that some Axes are in, in all versions of Matplotlib."""
    return cast("Any", ax.figure).canvas.figure


def render(draw: Axes | Callable[[], Axes], form: str = "svg") -> bytes:
    """Return a picture as the bytes of a file.

    Text in SVG stays text, and the same picture gives the same bytes.

    Parameters
    ----------
    draw : callable or Axes
        What draws, as ``table.plot``: no window is opened for it. Or Axes that are drawn on
        already; their figure is closed.
    form : str
        A format of Matplotlib: ``"svg"``, ``"png"``, ``"pdf"`` …

    Examples
    --------
    >>> import pandas as pd
    >>> from chemopt.plots import plan
    >>> calls = pd.DataFrame({"model": ["a", "b"], "reason": "one of the first"})
    >>> b"<text" in render(lambda: plan(calls))
    True
    """
    plt = load_matplotlib()
    data = io.BytesIO()
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
    with (
        plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "chemopt"}),
        warnings.catch_warnings(),
    ):
        # a name may have signs that the font lacks
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        warnings.filterwarnings("ignore", "Matplotlib currently does not support", UserWarning)
        token = _for_a_file.set(True)
        try:
            figure = figure_of(draw() if callable(draw) else draw)
        finally:
            _for_a_file.reset(token)
        figure.savefig(data, format=form, dpi=150, bbox_inches="tight", metadata=undated)
    plt.close(figure)
    return data.getvalue()


def finish(
    ax: Axes,
    title: str,
    about: str = "",
    *,
    x: str = "",
    y: str = "",
    grid: Literal["x", "y", "both"] | None = None,
    legend: Mapping[str, Any] | None = None,
) -> Axes:
    """Label the axes, add grid and legend, say what is shown and, below, for which problem."""
    ax.set_xlabel(x, parse_math=False)
    ax.set_ylabel(y, parse_math=False)
    if grid:
        ax.grid(axis=grid, alpha=0.3)
    if legend:
        add_legend(ax, legend)
    signs = max(30, int(figure_of(ax).get_figwidth() * 12))
    lines = textwrap.wrap(plain(title), signs) + textwrap.wrap(plain(about), signs)
    ax.set_title("\n".join(lines), loc="left", fontsize="medium", parse_math=False)
    return ax


def add_legend(ax: Axes, legend: Mapping[str, Any], **options: Any) -> None:
    """Add a legend of what was drawn under each label, on the right of the Axes or at `loc`.

    Labels are literal, whatever they begin with.
    """
    if "loc" not in options:
        options |= {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)}
    # Matplotlib leaves out labels that begin with an underscore, so they are set afterwards
    numbers = [str(k) for k in range(len(legend))]
    box = ax.legend(list(legend.values()), numbers, fontsize="small", **options)
    for text, label in zip(box.get_texts(), short(list(legend), 40), strict=True):
        text.set_parse_math(False)
        text.set_text(label)


def add_bar(ax: Axes, colours: Any, label: str, **options: Any) -> Any:
    """Add a colour bar with a literal label, and return it."""
    bar = figure_of(ax).colorbar(colours, ax=ax, **options)
    bar.set_label(label, parse_math=False)
    return bar


def add_size_bar(ax: Axes, colours: Any, norm: Any) -> None:
    """Add a colour bar of numbers of models, with ticks at whole numbers."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(8, integer=True)
    bar = add_bar(ax, ScalarMappable(norm, colours), "models", ticks=ticks)
    bar.minorticks_off()
    low, high = round(norm.boundaries[0] + 0.5), round(norm.boundaries[-1] + 0.5)
    if high - low <= 8:
        bar.set_ticks(range(low, high), labels=[str(size) for size in range(low, high)])


def name_rows(ax: Axes, names: Sequence[object], marked: Iterable[object] = ()) -> None:
    """Name the rows 0, 1, … of a picture, the first on top; marked names are bold."""
    _name(ax, "y", names, marked)
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)


def name_columns(ax: Axes, names: Sequence[object], marked: Iterable[object] = ()) -> None:
    """Name the columns 0, 1, … of a picture, from left to right; marked names are bold."""
    _name(ax, "x", names, marked)
    ax.set_xlim(-0.5, len(names) - 0.5)


def label_size(ax: Axes, axis: Axis, count: int) -> tuple[float, int]:
    """Return a font size with which labels side by side do not collide, and a stride.

    The stride is above 1 where even small labels have no room: only every stride-th is written.
    """
    figure = figure_of(ax)
    box = ax.get_position()
    inches = (
        figure.get_figheight() * box.height if axis == "y" else figure.get_figwidth() * box.width
    )
    points = 72 * inches / max(count, 1)
    size = min(LARGE, max(SMALL, 0.72 * points))
    return size, max(1, -(-int(10 * size * 1.2) // max(1, int(10 * points))))


def text_width(names: Sequence[object], size: float = LARGE) -> float:
    """Return about how many inches the longest of some labels takes."""
    return max(map(len, short(names)), default=0) * size * 0.62 / 72


def whole_ticks(ax: Axes, axis: Axis) -> None:
    """Let an axis have ticks at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    which = ax.xaxis if axis == "x" else ax.yaxis
    which.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def needs_table(
    function: str, frame: object, columns: Sequence[str], source: str, *, empty: bool = False
) -> None:
    """Raise unless a value is a table with some columns, and rows; `source` says what makes one."""
    instance_of(f"{function} needs a DataFrame", frame, pd.DataFrame, f"{source} makes one")
    table = cast("pd.DataFrame", frame)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise InputError(f"{function}: the table has no column {missing[0]!r}; {source} makes one")
    if not empty:
        needs_rows(function, table)


def needs_rows(function: str, frame: pd.DataFrame) -> None:
    """Raise if there is nothing to draw."""
    if frame.empty:
        raise InputError(f"{function}: the table has no rows, so there is nothing to draw")


def said_about(frame: pd.DataFrame, about: str | None) -> str:
    """Return what a table is about: as given, or as the function noted that made the table."""
    return str(frame.attrs.get("about", "")) if about is None else about


def _name(ax: Axes, axis: Axis, names: Sequence[object], marked: Iterable[object]) -> None:
    size, stride = label_size(ax, axis, len(names))
    positions = list(range(0, len(names), stride))
    labels = short(names)
    shown = [labels[k] for k in positions]
    put = ax.set_xticks if axis == "x" else ax.set_yticks
    style: dict[str, Any] = {"rotation": 90, "va": "top"} if axis == "x" else {}
    ticks: Any = put(positions, shown, fontsize=size, parse_math=False, **style)
    bold = set(marked)
    for position, tick in zip(positions, ticks, strict=True):
        if names[position] in bold:
            tick.label1.set_fontweight("bold")
    ax.tick_params(axis=axis, length=2)
