"""Breakpoints and phase diagrams of random problems, against all ensembles in exact rationals.

The loss of an ensemble is a line in one weight and a plane in both, so what it is above the least
loss is convex: it is largest at an end of a piece, at a vertex of a region.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from fractions import Fraction

import numpy as np
import pandas as pd

from benchmarks.agreement.random_problems import random_problem
from benchmarks.agreement.rational import Ensemble, Enumeration
from benchmarks.agreement.verdicts import BETWEEN, PROVED, Verdict, tried
from chemopt.analysis.breakpoints import WEIGHTS, Weight, breakpoints
from chemopt.analysis.phase.compute import phase_diagram
from chemopt.analysis.phase.diagram import PhaseDiagram
from chemopt.analysis.phase.envelope import Point
from chemopt.methods.registry import MethodName

METHODS_TRIED: tuple[MethodName, ...] = ("auto", "exact", "brute-force", "highs")
# Of the plane.
_AREA = 1e-6
_POINTS = 5
_NONE = Fraction(0)


def paths(
    seed: int, number: int, most: int, time_limit: float, methods: Collection[str]
) -> Iterator[Verdict]:
    """Find breakpoints over α and over β; parameters as for `recommendations`."""
    drawn = random_problem(seed, number, most)
    exact = Enumeration(drawn)
    for method in METHODS_TRIED:
        for over in WEIGHTS:
            if method not in methods:
                continue

            def run(method: MethodName = method, over: Weight = over) -> pd.DataFrame:
                return breakpoints(drawn.problem, over, method=method, time_limit=time_limit)

            result, detail = tried(
                run,
                lambda frame, over=over: _path_defects(exact, frame, over),  # type: ignore[misc]
                lambda frame: PROVED if frame["proved"].all() else BETWEEN,
                feasible=exact.least() is not None,
            )
            yield Verdict(number, drawn.kind, method, over, result, detail)


def diagrams(
    seed: int, number: int, most: int, time_limit: float, methods: Collection[str]
) -> Iterator[Verdict]:
    """Draw phase diagrams; parameters as for `recommendations`."""
    drawn = random_problem(seed, number, most)
    exact = Enumeration(drawn)
    rng = np.random.default_rng([seed, number, 1])
    points = rng.random((_POINTS, 2)).tolist()
    for method in METHODS_TRIED:
        if method not in methods:
            continue

        def run(method: MethodName = method) -> PhaseDiagram:
            return phase_diagram(drawn.problem, method=method, time_limit=time_limit)

        result, detail = tried(
            run,
            lambda diagram: _diagram_defects(exact, diagram, points),
            lambda diagram: PROVED if diagram.proved else BETWEEN,
            feasible=exact.least() is not None,
        )
        yield Verdict(number, drawn.kind, method, "", result, detail)


def _path_defects(exact: Enumeration, frame: pd.DataFrame, over: str) -> Iterator[tuple[str, str]]:
    starts, ends = frame[f"{over}_from"].tolist(), frame[f"{over}_to"].tolist()
    if starts[0] != 0 or starts[1:] != ends[:-1] or starts != sorted(starts):
        yield "false path", f"pieces from {starts} to {ends}"
    sides = [exact.find(models) for models in frame["models"]]
    for k, row in enumerate(frame.to_dict("records")):
        meeting = [side for side in sides[max(k - 1, 0) : k + 2] if side is not None]
        for end in ("from", "to"):
            weight = float(row[f"{over}_{end}"])
            at = {"alpha": weight} if over == "alpha" else {"beta": weight}
            told = row[f"loss_{end}"]
            yield from _defects_at(exact, row["models"], at, row["proved"], told, meeting)


def _diagram_defects(
    exact: Enumeration, diagram: PhaseDiagram, points: list[list[float]]
) -> Iterator[tuple[str, str]]:
    share = float(diagram.regions["area"].sum())
    if abs(share - 1) > _AREA:
        yield "false area", f"the regions fill {share!r} of the plane"
    regions = diagram.regions.to_dict("records")
    meeting: defaultdict[Point, list[Ensemble]] = defaultdict(list)
    for row in regions:
        if (found := exact.find(row["models"])) is not None:
            for vertex in row["vertices"]:
                meeting[vertex].append(found)
    for row in regions:
        for vertex in row["vertices"]:
            at = {"alpha": min(max(vertex[0], 0.0), 1.0), "beta": vertex[1]}
            there = meeting[vertex]
            yield from _defects_at(exact, row["models"], at, row["proved"], meeting=there)
    least_losses: defaultdict[tuple[str, ...], list[Fraction]] = defaultdict(list)
    for row in regions:
        for alpha, beta in row["vertices"]:
            if (least := exact.least(min(max(alpha, 0.0), 1.0), beta)) is not None:
                least_losses[row["models"]].append(exact.loss(least, alpha, beta))
    for alpha, part in points:
        at = {"alpha": alpha, "beta": part * diagram.beta_max}
        proved = diagram.proved_at(at["alpha"], at["beta"])
        loss = diagram.loss_at(at["alpha"], at["beta"])
        models = diagram.at(at["alpha"], at["beta"])
        tolerance = max(map(exact.tolerance, least_losses[models]), default=Fraction(0))
        yield from _defects_at(exact, models, at, proved, tolerance=tolerance)
        least = exact.least(**at)
        if proved and least is not None and exact.far_from(loss, least, **at, tolerance=tolerance):
            yield "false loss", f"{loss!r} at {at}, not {float(exact.loss(least, **at))!r}"


def _defects_at(
    exact: Enumeration,
    models: tuple[str, ...],
    at: dict[str, float],
    proved: bool,
    told: float | None = None,
    meeting: Collection[Ensemble] = (),
    tolerance: Fraction = _NONE,
) -> Iterator[tuple[str, str]]:
    """Hold the ensemble that is said to be best at some weights against the least loss there."""
    found, least = exact.find(models), exact.least(**at)
    if found is None:
        yield "false feasible", f"{', '.join(models)} breaks a constraint"
        return
    where = ", ".join(f"{name} = {value!r}" for name, value in at.items())
    loss = float(exact.loss(found, **at))
    if told is not None and exact.loss_is_false(told, found, **at):
        yield "false loss", f"{told!r} of {', '.join(models)} at {where}, which is {loss!r}"
    if (
        proved
        and least is not None
        and exact.above(found, least, **at, meeting=meeting, tolerance=tolerance)
    ):
        best = f"{', '.join(sorted(least.models))} has {float(exact.loss(least, **at))!r}"
        yield "false optimal", f"{', '.join(models)} with {loss!r} at {where}, but {best}"
