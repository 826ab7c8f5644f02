"""Pictures as inline SVG whose colours follow the page: light, dark, print.

Matplotlib draws them (`chemopt.plots`). Text stays text. Ink and paper are drawn in colours that no
picture uses, which are then replaced by variables of the page's style; the colours of data stay.
"""

from __future__ import annotations

import html
import re
from typing import Any

import chemopt.plots
from chemopt.plots.canvas import load_matplotlib
from chemopt.reports.parts import Picture

_INK, _FAINT, _PAPER = "#010203", "#010304", "#fdfcfb"
_VARIABLES = {_INK: "var(--ink)", _FAINT: "var(--line)", _PAPER: "var(--paper)"}
_STYLE = {
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    "legend.facecolor": _PAPER, "legend.edgecolor": _FAINT, "text.color": _INK,
    "axes.labelcolor": _INK, "axes.edgecolor": _INK, "axes.titlecolor": _INK,
    "xtick.color": _INK, "ytick.color": _INK, "grid.color": _FAINT,
    "font.family": "sans-serif",
}  # fmt: skip
# Pictures whose darkest data would be lost on dark paper stay on white.
_ON_WHITE = ("chemistry_network", "interaction_graph", "pareto_front")
# The group of the plane of a phase diagram, for its marker.
PLANE = "plane"


def svg(picture: Picture, key: str) -> str:
    """Return a picture as an ``<svg>`` element whose ids begin with `key`.

    Its width is at most what it was drawn for, and its name is its description.
    """

    def draw() -> Any:
        axes = getattr(chemopt.plots, picture.kind)(**picture.data)
        if picture.kind == "phase":
            axes.patch.set_gid(PLANE)
        return axes

    with load_matplotlib().rc_context(_STYLE):
        drawn = chemopt.plots.render(draw).decode()
    return _inline(drawn, key, picture.description, picture.kind in _ON_WHITE)


def _inline(drawn: str, key: str, description: str, on_white: bool) -> str:
    """Make a file of Matplotlib an element of the page."""
    body = drawn[drawn.index("<svg") :]
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", body, flags=re.S)
    head, rest = body.split(">", 1)
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', head)
    assert box is not None, "Matplotlib writes one"
    rest = re.sub(r'\bid="', f'id="{key}-', rest)
    rest = re.sub(r'href="#', f'href="#{key}-', rest).replace("url(#", f"url(#{key}-")
    rest = rest.replace("xlink:href", "href")
    for colour, variable in _VARIABLES.items():
        rest = rest.replace(colour, variable)
    # black lines and the pale ones behind rows of dots
    rest = rest.replace("stroke: #000000", "stroke: var(--ink)")
    rest = rest.replace("stroke: #e5e5e5", "stroke: var(--line)")
    rest = re.sub(r"'DejaVu Sans'[^;\"]*|'Bitstream Vera Sans'[^;\"]*", "var(--font)", rest)
    width = float(box[1])
    name = html.escape(description, quote=True)
    return (
        f'<svg viewBox="{box[0][9:-1]}" role="img" aria-labelledby="{key}-name" '
        f'{"class=white " if on_white else ""}style="width: {width:.0f}pt" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{key}-name">{name}</title>{rest}'
    )
