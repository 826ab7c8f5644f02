"""Two ways to the envelope of a phase diagram: by enumeration, and by solves at its vertices.

Both go from vertex to vertex of the envelope known so far, and ask for the best ensemble there.
One that is below the envelope cuts it, which makes new vertices; else the envelope is right at
this vertex, as far as that is proved. Each plane found cuts once and each vertex is confirmed once,
so there are as many solves as regions and vertices together (about 3 r of them for r regions).

Searches are cheap and proofs are dear, so the searches go first, from vertex to vertex until none
finds more. Then a solve starts with the ensembles that meet at its vertex, and has only to prove
that nothing is better. What is better by less than `ChemistryProblem.proof_tolerance` does not cut:
near α = 1 under the inter constraint there is no end of that.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import numpy.typing as npt

from chemopt.analysis.optima import SHARE, negligible, optimum_within
from chemopt.analysis.phase.envelope import ROUNDING, Envelope, Plane, Point
from chemopt.analysis.phase.subsets import Subsets, feasible_subsets
from chemopt.errors import UnansweredError
from chemopt.execution.deadline import Deadline
from chemopt.execution.executors import worker_count
from chemopt.execution.gather import gather
from chemopt.methods.local_search.hill_climb import climb
from chemopt.methods.local_search.neighbourhood import Neighbourhood
from chemopt.methods.outcome import StopReason
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation, raise_if_interrupted
from chemopt.methods.registry import METHODS, MethodName
from chemopt.methods.ties import in_order_of_names, more_accurate
from chemopt.numerics import Floats
from chemopt.problem.check import violations
from chemopt.problem.loss import LossTerms, loss_terms
from chemopt.problem.problem import ChemistryProblem

Ensemble = tuple[str, ...]
# A solve may take this many times what each vertex would have of the time that is left.
_PATIENCE = 4


class Enumeration:
    """The envelope of all feasible subsets of a small pool.

    Attributes
    ----------
    name : str
    solves : int
        Always 0: nothing is solved.
    interrupted : bool
        Always False.
    """

    name, solves, interrupted = "enumeration", 0, False

    def __init__(self, problem: ChemistryProblem) -> None:
        self._problem = problem
        self._subsets = feasible_subsets(problem)
        self._planes = [Plane(*row) for row in _on_hulls(self._subsets).tolist()]

    def explore(self, high: float) -> tuple[Envelope, set[Point]]:
        """Return the envelope up to β = `high`, and its vertices, all of which are confirmed."""
        planes = self._planes
        numbers = np.array([(p.lacking_inter, p.lacking_intra, p.size) for p in planes])

        def least(point: Point) -> Plane:
            alpha, beta = point
            return planes[int((numbers @ (alpha, 1 - alpha, beta)).argmin())]

        envelope = Envelope(least((0.0, 0.0)), high, negligible(self._problem))
        visited: set[Point] = set()
        while (point := _unvisited(envelope, visited)) is not None:
            visited.add(point)
            envelope.add(least(point))
        return envelope, set(envelope.values)

    def ensemble(self, plane: Plane, inside: Point) -> tuple[Ensemble, int]:
        """Return the ensemble of a plane as `recommend` names it, and how many are equal to it.

        Of equal ensembles the alphabetically first, or where accuracies are known one that no swap
        makes more accurate; `inside` is a point of its polygon.
        """
        problem, subsets = self._problem, self._subsets
        equal = np.flatnonzero(
            (subsets.sizes == plane.size)
            & _equal(subsets.lacking_inter, plane.lacking_inter, negligible(problem))
            & _equal(subsets.lacking_intra, plane.lacking_intra, negligible(problem))
        )
        names = [problem.models[k] for k in subsets.models(int(equal[0]))]
        if problem.profiles is not None:
            asked = in_order_of_names(problem.with_options(alpha=inside[0], beta=inside[1]))
            names = [asked.models[k] for k in more_accurate(asked, tuple(asked.positions(names)))]
        return tuple(sorted(names)), len(equal)


class Solves:
    """The envelope by solves at its vertices, for pools of any size.

    Short searches from the ensembles that meet at a vertex find most of the planes first: climbs,
    and then tabu search. Within a time limit, a hard vertex is put off until all others were tried.

    Parameters
    ----------
    problem : ChemistryProblem
    method : str
    options : mapping
        As for `recommend`, but for the time limit.
    deadline : Deadline
        Of all solves together.
    progress : callable or None
        Called with the solves done and those known to be needed.
    executor : Executor
        As many vertices are solved at once as it has workers.

    Attributes
    ----------
    name : str
        The method.
    solves : int
        The solves by the method so far; climbs are not counted.
    interrupted : bool
        Whether Ctrl-C ended the exploration.
    """

    def __init__(
        self,
        problem: ChemistryProblem,
        method: MethodName,
        options: Mapping[str, Any],
        deadline: Deadline,
        progress: Callable[[int, int], None] | None,
        executor: Executor,
    ) -> None:
        self._problem, self._method, self._options = problem, method, options
        self._deadline, self._progress = deadline, progress
        self._executor = executor
        self._ensembles: dict[Plane, Ensemble] = {}
        self.name, self.solves, self.interrupted = str(method), 0, False

    def explore(self, high: float) -> tuple[Envelope, set[Point]]:
        """Return the envelope up to β = `high` as far as time allows, and what is confirmed."""
        ((_, first, _),) = self._solve([((0.0, 0.0), ())], SHARE)
        envelope = Envelope(first, high, negligible(self._problem))
        confirmed: set[Point] = set()
        settled: set[Point] = set()
        tries: Counter[Point] = Counter()
        workers = worker_count(self._executor)
        proves = METHODS[self._method].proves
        try:
            if proves:
                self._search(envelope)
            while not self._deadline.passed:
                left = [point for point in envelope.values if point not in settled]
                if not left:
                    break
                # those that took too long come again when all others were tried, with more time
                points = sorted(left, key=lambda point: tries[point])[:workers]
                tries.update(points)
                known = [(point, self._meeting(envelope, point)) for point in points]
                share = min(SHARE, _PATIENCE * workers / len(left))
                if not (proves and self._deadline.ends is not None):
                    settled.update(points)
                for point, plane, answer in self._solve(known, share):
                    if self._confirms(envelope, point, plane, answer):
                        confirmed.add(point)
                    if answer.stop_reason is not StopReason.TIME_LIMIT:
                        settled.add(point)
                if self._progress is not None:
                    unsettled = envelope.values.keys() - settled
                    self._progress(self.solves, self.solves + len(unsettled))
        except KeyboardInterrupt:
            self.interrupted = True
        return envelope, confirmed & envelope.values.keys()

    def ensemble(self, plane: Plane, inside: Point) -> tuple[Ensemble, None]:
        """Return the ensemble of a plane; how many are equal to it is not known."""
        del inside  # the method has broken ties
        return self._ensembles[plane], None

    def _confirms(
        self, envelope: Envelope, point: Point, plane: Plane, answer: Recommendation
    ) -> bool:
        """Cut the envelope by an answer; return whether it proves the envelope at its point."""
        assert answer.loss is not None, "it has an ensemble"
        tolerance = answer.problem.proof_tolerance(answer.loss)
        proof = -math.inf if answer.bound is None else answer.bound
        if (
            not envelope.add(plane, tolerance)
            and envelope.values.get(point, -math.inf) - proof > tolerance
        ):
            envelope.add(plane)  # a little lower, which may be what is proved
        return envelope.values.get(point, math.inf) - proof <= tolerance

    def _meeting(self, envelope: Envelope, point: Point) -> tuple[Ensemble, ...]:
        """Return the ensembles whose polygons meet at a vertex."""
        return tuple(
            self._ensembles[plane] for plane, polygon in envelope.cells.items() if point in polygon
        )

    def _search(self, envelope: Envelope) -> None:
        """Cut the envelope by the ends of climbs from the ensembles that meet at a vertex.

        Within a time limit, for half of it: the rest is for proofs.
        """
        from chemopt.methods.exact.branch_and_bound import first_search  # many modules

        deadline = self._deadline.part(1 / 2)
        for corner in list(envelope.values):
            if deadline.passed:
                return
            answer = recommend(self._at(corner), "multi-start", time_limit=deadline.time_limit)
            raise_if_interrupted(answer)
            if answer.terms is not None:
                envelope.add(self._plane(answer.models, answer.terms))
        visited: set[Point] = set()
        while (point := _unvisited(envelope, visited)) is not None and not deadline.passed:
            visited.add(point)
            at = self._at(point)
            tolerance = at.proof_tolerance(envelope.values[point])
            neighbourhood = Neighbourhood(at)
            ends = []
            for meeting in self._meeting(envelope, point):
                neighbourhood.start(neighbourhood.indicator(meeting))
                climb(neighbourhood, len(at.models))
                chosen = np.flatnonzero(neighbourhood.chosen).tolist()
                ends.append(tuple(sorted(at.models[k] for k in chosen)))
            searched = first_search(at, ends, stop=lambda: deadline.passed)
            for models in [*ends, *([searched] if searched else [])]:
                if not violations(at, models):
                    terms = loss_terms(at, at.positions(models))
                    envelope.add(self._plane(models, terms), tolerance)

    def _solve(
        self, points: Sequence[tuple[Point, tuple[Ensemble, ...]]], share: float
    ) -> list[tuple[Point, Plane, Recommendation]]:
        """Solve at some points at once, from known ensembles.

        Each has a share of the time that is left; those for which it was too short are missing.
        """
        asked = [
            (self._at(point), self._method, {**self._options, "known": known},
             f"alpha = {point[0]:g}, beta = {point[1]:g}", not self._ensembles)
            for point, known in points
        ]  # fmt: skip
        gathered = gather(
            optimum_within, asked, self._executor, deadline=self._deadline, most=share
        )
        if gathered.ended_by == "interrupt":
            raise KeyboardInterrupt
        found = []
        for k, answer in gathered.values.items():
            if answer is not None:
                assert answer.terms is not None, "it has an ensemble"
                self.solves += 1
                found.append((points[k][0], self._plane(answer.models, answer.terms), answer))
        if not self._ensembles:
            raise UnansweredError("the time limit ended it before there was an ensemble")
        return found

    def _at(self, point: Point) -> ChemistryProblem:
        return self._problem.with_options(alpha=point[0], beta=point[1])

    def _plane(self, models: Ensemble, terms: LossTerms) -> Plane:
        plane = Plane(terms.lacking_inter, terms.lacking_intra, float(len(models)))
        self._ensembles.setdefault(plane, models)
        return plane


def _unvisited(envelope: Envelope, visited: set[Point]) -> Point | None:
    return next((point for point in envelope.values if point not in visited), None)


def _equal(values: Floats, value: float, within: float) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(values - value) <= max(within, ROUNDING * abs(value)))


def _on_hulls(subsets: Subsets) -> Floats:
    """Return lacking inter and intra and size of the subsets that can be best, of shape (m, 3).

    Those of a size have the same β |X|, so they compete by their chemistry alone: only the lower
    left hull of (lacking inter, lacking intra) matters (the monotone chain of Andrew, Information
    Processing Letters 9, 1979).
    """
    found = []
    for size in np.unique(subsets.sizes):
        rows = np.flatnonzero(subsets.sizes == size)
        inter, intra = subsets.lacking_inter[rows], subsets.lacking_intra[rows]
        order = np.lexsort((intra, inter))  # lacking inter rises
        least = np.minimum.accumulate(intra[order])
        falls = np.concatenate([[True], least[1:] < least[:-1]])
        hull: list[tuple[float, float]] = []
        for x, y in zip(inter[order[falls]].tolist(), intra[order[falls]].tolist(), strict=True):
            while len(hull) > 1 and _turns_in(hull[-2], hull[-1], (x, y)):
                hull.pop()
            hull.append((x, y))
        found += [(x, y, float(size)) for x, y in hull]
    return np.array(found)


def _turns_in(one: Point, two: Point, three: Point) -> bool:
    """Return whether the second of three points, with rising first number, is not on their hull."""
    return (two[0] - one[0]) * (three[1] - one[1]) <= (three[0] - one[0]) * (two[1] - one[1])
