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

Point = tuple[float, float]
Polygon = tuple[Point, ...]


@dataclass(frozen=True)
class Plane:
    """The function (α, β) ↦ start + slope_alpha · α + slope_beta · β.

    Examples
    --------
    >>> Plane(1.0, 2.0, 3.0).at((0.5, 2.0))
    8.0
    """

    start: float
    slope_alpha: float
    slope_beta: float

    def at(self, point: Point) -> float:
        """Return the value at a point."""
        return self.start + self.slope_alpha * point[0] + self.slope_beta * point[1]


class Envelope:
    """The lower envelope of planes over [0, 1] × [0, `high`].

    Parameters
    ----------
    first : Plane
    high : float
        The largest β, above 0.
    rounding : float
        Differences of values that count as none.

    Attributes
    ----------
    cells : dict of Plane to tuple of (float, float)
        The planes that are lowest somewhere, each with its polygon, counter-clockwise. Polygons
        without area are left out.
    values : dict of (float, float) to float
        The vertices of all polygons, with the value of the envelope.

    Examples
    --------
    >>> envelope = Envelope(Plane(0.0, 1.0, 0.0), high=2.0, rounding=1e-9)
    >>> envelope.add(Plane(0.5, 0.0, 0.0)), envelope.add(Plane(2.0, 0.0, 0.0))
    (True, False)
    >>> for plane, polygon in envelope.cells.items():
    ...     print(plane.start, polygon)
    0.0 ((0.0, 0.0), (0.5, 0.0), (0.5, 2.0), (0.0, 2.0))
    0.5 ((0.5, 0.0), (1.0, 0.0), (1.0, 2.0), (0.5, 2.0))
    """

    def __init__(self, first: Plane, high: float, rounding: float) -> None:
        self.high, self.rounding = high, rounding
        self._corners: Polygon = ((0.0, 0.0), (1.0, 0.0), (1.0, high), (0.0, high))
        self.cells: dict[Plane, Polygon] = {first: self._corners}
        self.values: dict[Point, float] = {point: first.at(point) for point in self._corners}

    def add(self, plane: Plane, least: float = 0.0) -> bool:
        """Let a plane cut in; return whether it is below the envelope somewhere.

        It does not if it is nowhere below by more than `least`.
        """
        points = np.array(list(self.values))
        below = np.array(list(self.values.values())) - (
            plane.start + points @ np.array([plane.slope_alpha, plane.slope_beta])
        )
        if not (below > max(self.rounding, least)).any():
            return False
        depth = dict(zip(self.values, below.tolist(), strict=True))
        border: dict[Point, None] = {
            p: None for p in self._corners if depth.get(p, 0.0) > self.rounding
        }
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
                # a vertex that is met, but for rounding, keeps its value
                met = depth.get(point, math.inf) <= self.rounding
                self.values[point] = known[point] if met else plane.at(point)
        return True

    def _cut(
        self, polygon: Polygon, depth: dict[Point, float], border: dict[Point, None]
    ) -> Polygon:
        """Return the part of a polygon on which a new plane is not below (Sutherland, Hodgman).

        `depth` tells how far the plane is below the envelope at each vertex. Vertices at which it
        meets the envelope, old and new, are put into `border`.
        """
        rounding = self.rounding
        if all(depth[point] <= rounding for point in polygon):
            return polygon
        kept: dict[Point, None] = {}
        for one, two in pairwise((*polygon, polygon[0])):
            if abs(depth[one]) <= rounding:
                border[one] = None
            if depth[one] <= rounding:
                kept[one] = None
            if min(depth[one], depth[two]) < -rounding and max(depth[one], depth[two]) > rounding:
                # in one order, whichever polygon the edge is seen from
                start, end = min(one, two), max(one, two)
                share = depth[start] / (depth[start] - depth[end])
                new = (
                    start[0] + share * (end[0] - start[0]),
                    start[1] + share * (end[1] - start[1]),
                )
                kept[new] = border[new] = None
        return tuple(kept) if any(depth[point] < -rounding for point in polygon) else ()


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
