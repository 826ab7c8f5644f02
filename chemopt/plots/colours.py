"""Colours, markers and lines.

Colours are those of Okabe and Ito (Color Universal Design, 2008), which people with any of the
common kinds of colour blindness can tell apart; scales are Matplotlib's perceptually uniform ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, GREY = "#CC79A7", "#56B4E9", "#F0E442", "#999999"
#: One for each line or bar, in this order.
PALETTE = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY, YELLOW)
MARKERS = "osD^vPX*"
LINES = ("-", "--", "-.", ":")


def scale(name: str) -> Any:
    """Return one of Matplotlib's colour maps."""
    from matplotlib import colormaps

    return colormaps[name]


def size_colours(sizes: Iterable[int]) -> tuple[Any, Any]:
    """Return a colour map with a step for each number of models, and its norm."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    low, high = min(sizes), max(sizes)
    steps = high - low + 1
    # the lightest colour would be hard to see as a line
    colours = scale("viridis")([0.1 + 0.8 * k / max(1, steps - 1) for k in range(steps)])
    return ListedColormap(colours), BoundaryNorm([low - 0.5 + k for k in range(steps + 1)], steps)


def text_colour(background: Any) -> str:
    """Return black or white, whichever can be read on a colour.

    By relative luminance, as in the Web Content Accessibility Guidelines 2.1.
    """
    from matplotlib.colors import to_rgb

    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(background)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if luminance > 0.179 else "white"
