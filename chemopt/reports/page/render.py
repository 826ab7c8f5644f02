"""Fill the template: sections to HTML."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

import numpy as np

from chemopt._version import __version__
from chemopt.errors import SolverError
from chemopt.plots.canvas import load_matplotlib
from chemopt.reports.page.embedding import embedded_json
from chemopt.reports.page.pictures import svg
from chemopt.reports.parts import (
    ClimbPlayer,
    Head,
    LeftOut,
    Listing,
    Paragraph,
    Part,
    PhaseExplorer,
    Picture,
    Section,
    Table,
)

# Rows of a table that is left out in print, and names in a cell that is folded.
_LONG, _MANY = 40, 12
# Names of the parts, for the template.
_KINDS: dict[type, str] = {
    Paragraph: "paragraph", Table: "table", Picture: "picture", PhaseExplorer: "phase",
    ClimbPlayer: "climb", Listing: "listing",
}  # fmt: skip


def check_installed() -> None:
    """Raise before the work begins if the page cannot be made.

    Raises
    ------
    SolverError
        Jinja2 or Matplotlib is not installed.
    """
    try:
        import jinja2  # noqa: F401
    except ImportError as error:
        raise SolverError(
            f"reports need Jinja2, which cannot be imported ({error}): "
            "pip install 'chemopt[report]'"
        ) from error
    load_matplotlib()


def page(
    title: str,
    head: Head,
    sections: Sequence[Section],
    left_out: Sequence[LeftOut] = (),
) -> str:
    """Return a report as one HTML file.

    Parameters
    ----------
    title : str
    head : Head
        What is read first.
    sections : sequence of Section
    left_out : sequence of LeftOut

    Raises
    ------
    SolverError
        Jinja2 or Matplotlib is not installed.
    """
    check_installed()
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    shown = [
        {
            "key": section.key,
            "title": section.title,
            "headline": section.headline,
            "told_again": any(
                isinstance(part, Paragraph) and part.text == section.headline
                for part in section.parts
            ),
            "finished": section.finished,
            "parts": list(_parts(section.key, section.parts, Markup)),
        }
        for section in sections
    ]
    text: str = environment.from_string(_resource("report.html.j2")).render(
        title=title,
        version=__version__,
        style=Markup(_resource("report.css")),
        script=Markup(_resource("report.js")),
        sections=shown,
        left_out=left_out,
        finished=all(section.finished for section in sections),
        head=head,
    )
    return text


def _parts(key: str, parts: tuple[Part, ...], markup: type) -> Iterator[dict[str, Any]]:
    """Yield the parts of a section as the template takes them."""
    for place, part in enumerate(parts):
        name = f"{key}-{place}"
        shown: dict[str, Any] = {"kind": _KINDS[type(part)], "id": name, "part": part}
        if isinstance(part, Table):
            shown["table"] = cells(part)
        elif isinstance(part, Picture | PhaseExplorer):
            picture = part if isinstance(part, Picture) else part.picture
            shown["svg"] = markup(svg(picture, name))
            shown["picture"] = picture
            shown["table"] = None if picture.table is None else cells(picture.table)
        elif isinstance(part, ClimbPlayer):
            shown["table"] = cells(part.table)
        if isinstance(part, PhaseExplorer | ClimbPlayer):
            shown["data"] = markup(embedded_json(part.data))
        yield shown


def cells(table: Table) -> dict[str, Any]:
    """Return a table as texts: `caption`, `columns` (name, numeric), `rows`, `folded`, `long`."""
    frame = table.frame
    numeric = [frame[name].dtype.kind in "fiu" for name in frame.columns]
    formats = [table.formats.get(str(name)) for name in frame.columns]
    return {
        "caption": table.caption,
        "long": len(frame) > _LONG,
        "columns": [(str(name).replace("_", " "), right)
                    for name, right in zip(frame.columns, numeric, strict=True)],
        "rows": [
            [_cell(value, form) for value, form in zip(row, formats, strict=True)]
            for row in frame.itertuples(index=False, name=None)
        ],
        "numeric": numeric,
        "folded": table.folded,
    }  # fmt: skip


def _cell(value: object, form: str | None) -> dict[str, str]:
    """Return a text, and where it is many names what to show at first."""
    text = _text(value, form)
    names = len(value) if isinstance(value, tuple) else 0
    return {"text": text, "first": f"{names} models" if names > _MANY else ""}


def _text(value: object, form: str | None) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, tuple | list | frozenset | set):
        names = sorted(value) if isinstance(value, frozenset | set) else value
        return ", ".join(map(str, names)) or "–"
    if isinstance(value, float):
        if form == "%":
            return f"{100 * value:.3g} %"
        return form.format(value) if form else number(value)
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return str(value)


def number(value: float) -> str:
    """Write a number with four decimals, or four digits where those would show nothing."""
    value = float(value) + 0.0  # no minus sign before a zero
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        return f"{value:.4f}"
    return f"{value:.4g}"


def _resource(name: str) -> str:
    return resources.files("chemopt.reports.page").joinpath(name).read_text(encoding="utf-8")
