"""What a reader sees of a picture: boxes of its labels, its title, its legend; pools to draw."""

import itertools

import numpy as np

from chemopt import ChemistryProblem, ChemistryTable

AWKWARD = ("cost_$x^2$_model", "<b>bold</b>", "_hidden", "a name with $ alone")


def names(count):
    """Return names of models, some long, some with signs that have a meaning elsewhere."""
    more = [f"provider-{k % 5}/large-language-model-{k}-instruct" for k in range(count - 4)]
    return tuple(sorted([*AWKWARD, *more]))


def problem_of(count, **options):
    """Return a random problem of a size."""
    entries = np.triu(np.random.default_rng(count).beta(0.6, 2.0, (count, count)), 1)
    return ChemistryProblem(ChemistryTable(names(count), entries + entries.T), **options)


def drawn(ax):
    """Lay out the figure of some Axes as if it were shown."""
    ax.figure.draw_without_rendering()
    return ax


def tick_labels(ax, axis):
    """Return the texts of the ticks that are in sight."""
    which = ax.xaxis if axis == "x" else ax.yaxis
    low, high = sorted(which.get_view_interval())
    ticks = which.get_major_ticks()
    return [
        tick.label1
        for tick in ticks
        if tick.label1.get_text() and low - 1e-9 <= tick.get_loc() <= high + 1e-9
    ]


def box(text):
    """Return the four corners of a text, turned as it is."""
    angle = text.get_rotation()
    corners = text.get_window_extent().corners()[[0, 1, 3, 2]]
    if angle % 90 == 0:
        return corners
    text.set_rotation(0)
    level = text.get_window_extent().corners()[[0, 1, 3, 2]]
    text.set_rotation(angle)
    anchor = text.get_transform().transform(text.get_position())
    turn = np.deg2rad(angle)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return (level - anchor) @ matrix.T + anchor


def apart(one, other, slack=0.5):
    """Say whether two boxes do not overlap: an edge of one has the other beyond it."""
    for corners in (one, other):
        for edge in np.roll(corners, -1, axis=0) - corners:
            normal = np.array([-edge[1], edge[0]]) / (np.hypot(*edge) or 1.0)
            a, b = one @ normal, other @ normal
            if a.max() <= b.min() + slack or b.max() <= a.min() + slack:
                return True
    return False


def collisions(texts):
    """Return the pairs of texts that overlap."""
    boxes = [(text.get_text(), box(text)) for text in texts if text.get_text()]
    return [
        (a, b)
        for (a, first), (b, second) in itertools.combinations(boxes, 2)
        if (first.min(0) < second.max(0)).all()  # most are far apart, which is seen at once
        and (second.min(0) < first.max(0)).all()
        and not apart(first, second)
    ]


def check_readable(ax):
    """See that no labels collide, and that the title says something on two lines or more."""
    drawn(ax)
    for axis in "xy":
        assert not collisions(tick_labels(ax, axis))
    assert not collisions(ax.texts)
    assert ax.get_title(loc="left")
    assert not ax.get_title()


def legend_of(ax):
    """Return the labels of the legend, none without one."""
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]
