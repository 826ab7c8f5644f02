"""The lower envelope of planes over a rectangle of weights, as convex polygons.

A plane is the loss of an ensemble as a function of (α, β). The lower envelope of planes is concave
and piecewise linear, and the part of the rectangle on which a plane is the lowest is a convex
polygon. Planes come one at a time, as in the incremental construction of a convex hull (de Berg
et al., Computational Geometry, 3rd edition, Springer 2008, section 11.2): a new plane cuts off the
corners of polygons at which it is below the envelope, and what is cut off is its own polygon.

Neighbouring polygons share their vertices, not copies of them: a cut through an edge is
computed from the two ends of the edge, in one order, so both sides get the same floating-point
numbers. So polygons leave no gaps and do not overlap, whatever the rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from chemopt.numerics import UNIT_ROUNDOFF, Floats

Point = tuple[float, float]
Polygon = tuple[Point, ...]
# Of the terms of a value: what a few roundings of it, and of the vertex, can do.
ROUNDING = 64 * UNIT_ROUNDOFF


@dataclass(frozen=True)
class Plane:
    """The loss of an ensemble as a function of its weights.

    It is (α, β) ↦ α · lacking_inter + (1 − α) · lacking_intra + β · size, with the chemistry that
    is lacking, M_inter − inter and M_intra − intra (`chemopt.problem.loss.LossTerms`).

    Examples
    --------
    >>> Plane(3.0, 1.0, 3.0).at((0.5, 2.0))
    8.0
    """

    lacking_inter: float
    lacking_intra: float
    size: float

    def at(self, point: Point) -> float:
        """Return the value at a point."""
        return float(self.values(np.array([point]))[0][0])

    def values(self, points: Floats) -> tuple[Floats, Floats]:
        """Return the values at points of shape (m, 2), and by how much rounding may move each."""
        alpha, beta = points.T
        terms = np.array(
            [alpha * self.lacking_inter, (1 - alpha) * self.lacking_intra, beta * self.size]
        )
        return terms.sum(axis=0), ROUNDING * np.abs(terms).sum(axis=0)


class Envelope:
    """The lower envelope of planes over [0, 1] × [0, `high`].

    Parameters
    ----------
    first : Plane
    high : float
        The largest β, above 0.
    negligible : float
        Differences of values up to this, and those that rounding can cause, count as none.

    Attributes
    ----------
    cells : dict of Plane to tuple of (float, float)
        The planes that are lowest somewhere, each with its polygon, counter-clockwise. Polygons
        without area are left out.
    values : dict of (float, float) to float
        The vertices of all polygons, with the value of the envelope.

    Examples
    --------
    >>> envelope = Envelope(Plane(1.0, 0.0, 0.0), high=2.0, negligible=1e-9)
    >>> envelope.add(Plane(0.5, 0.5, 0.0)), envelope.add(Plane(2.0, 2.0, 0.0))
    (True, False)
    >>> for plane, polygon in envelope.cells.items():
    ...     print(plane.lacking_intra, polygon)
    0.0 ((0.0, 0.0), (0.5, 0.0), (0.5, 2.0), (0.0, 2.0))
    0.5 ((0.5, 0.0), (1.0, 0.0), (1.0, 2.0), (0.5, 2.0))
    """

    def __init__(self, first: Plane, high: float, negligible: float) -> None:
        self.high, self.negligible = high, negligible
        self._corners: Polygon = ((0.0, 0.0), (1.0, 0.0), (1.0, high), (0.0, high))
        self.cells: dict[Plane, Polygon] = {first: self._corners}
        self.values: dict[Point, float] = {point: first.at(point) for point in self._corners}

    def add(self, plane: Plane, least: float = 0.0) -> bool:
        """Let a plane cut in; return whether it is below the envelope somewhere.

        It does not if it is nowhere below by more than `least`.
        """
        values, rounding = plane.values(np.array(list(self.values)))
        below = np.array(list(self.values.values())) - values
        below[np.abs(below) <= np.maximum(rounding, self.negligible)] = 0.0
        if not (below > least).any():
            return False
        depth = dict(zip(self.values, below.tolist(), strict=True))
        border: dict[Point, None] = {p: None for p in self._corners if depth.get(p, 0.0) > 0}
        cells = {}
        for owner, polygon in self.cells.items():
            kept = self._cut(polygon, depth, border)
            if len(kept) > 2:
                cells[owner] = kept
        if len(border) < 3:
            return False  # below the envelope on less than floating point can tell from a point
        cells[plane] = _counter_clockwise(list(border), self.high)
        self.cells = cells
        known, self.values = self.values, {}
        for polygon in cells.values():
            for point in polygon:
                # a vertex that is met, except for rounding, keeps its value
                met = depth.get(point, math.inf) <= 0
                self.values[point] = known[point] if met else plane.at(point)
        return True

    def _cut(
        self, polygon: Polygon, depth: dict[Point, float], border: dict[Point, None]
    ) -> Polygon:
        """Return the part of a polygon on which a new plane is not below (Sutherland, Hodgman).

        `depth` tells how far the plane is below the envelope at each vertex. Vertices at which it
        meets the envelope, old and new, are put into `border`.
        """
        if all(depth[point] <= 0 for point in polygon):
            return polygon
        kept: dict[Point, None] = {}
        for one, two in pairwise((*polygon, polygon[0])):
            if depth[one] == 0:
                border[one] = None
            if depth[one] <= 0:
                kept[one] = None
            if min(depth[one], depth[two]) < 0 < max(depth[one], depth[two]):
                # in one order, whichever polygon the edge is seen from
                start, end = min(one, two), max(one, two)
                share = depth[start] / (depth[start] - depth[end])
                new = (
                    start[0] + share * (end[0] - start[0]),
                    start[1] + share * (end[1] - start[1]),
                )
                kept[new] = border[new] = None
        return tuple(kept) if any(depth[point] < 0 for point in polygon) else ()


def area(polygon: Polygon) -> float:
    """Return the area of a polygon whose vertices are counter-clockwise.

    Examples
    --------
    >>> area(((0.0, 0.0), (1.0, 0.0), (1.0, 2.0), (0.0, 2.0)))
    2.0
    """
    return math.fsum(a * y - x * b for (a, b), (x, y) in pairwise((*polygon, polygon[0]))) / 2


def centroid(polygon: Polygon) -> Point:
    """Return the mean of the vertices, which is inside.

    Examples
    --------
    >>> centroid(((0.0, 0.0), (1.0, 0.0), (1.0, 2.0), (0.0, 2.0)))
    (0.5, 1.0)
    """
    alphas, betas = zip(*polygon, strict=True)
    return math.fsum(alphas) / len(polygon), math.fsum(betas) / len(polygon)


def _counter_clockwise(points: list[Point], high: float) -> Polygon:
    """Return the vertices of a convex polygon in order, from the lowest left one."""
    alpha, beta = centroid(tuple(points))
    around = sorted(points, key=lambda p: math.atan2((p[1] - beta) / high, p[0] - alpha))
    first = around.index(min(around, key=lambda p: (p[1], p[0])))
    return (*around[first:], *around[:first])
