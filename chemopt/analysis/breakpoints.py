"""How the best ensemble changes with α or β: all breakpoints, exactly.

For a given ensemble the loss is a line in α (for fixed β), and a line in β (for fixed α). The
least loss over all ensembles is therefore concave and piecewise linear in either, and each piece
belongs to an ensemble. All pieces are found by bisection at crossings (Eisner and Severance,
Journal of the ACM 23, 1976): where the lines of two neighbouring ensembles cross, the problem is
solved; either it has an ensemble below both lines, which splits the interval, or there is none,
and the crossing is a breakpoint. A path of p pieces takes about 2 p solves.

For α ≤ 1/3 the optimal ensembles over β are nested, and minimum cuts find them all for a thousand
models (`chemopt.analysis.nested_cuts`). They are used where they meet the constraints: give
``min_size=0`` and an `m_inter` without the inter constraint, and they always do.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from chemopt.analysis.nested_cuts import nested_path
from chemopt.analysis.optima import SHARE, negligible, optimum_within
from chemopt.analysis.phase.envelope import Plane, Point
from chemopt.errors import Interrupted, UnansweredError
from chemopt.execution.deadline import Deadline
from chemopt.execution.executors import open_executor
from chemopt.execution.gather import gather
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.outcome import Status
from chemopt.methods.recommend import check_options
from chemopt.methods.recommendation import Recommendation
from chemopt.methods.registry import MethodName
from chemopt.problem.check import violations
from chemopt.problem.loss import POLYNOMIAL_ALPHA, LossTerms, loss_terms
from chemopt.problem.problem import LARGEST_BETA, ChemistryProblem, check_problem
from chemopt.progress import Progress, Report, reporter
from chemopt.validation import choice, number

Weight = Literal["alpha", "beta"]
WEIGHTS: tuple[Weight, ...] = get_args(Weight)


def breakpoints(
    problem: ChemistryProblem,
    over: Weight = "alpha",
    low: float = 0.0,
    high: float | None = None,
    *,
    method: MethodName = "auto",
    time_limit: float | None = None,
    executor: str | Executor | None = None,
    progress: Progress = None,
    **options: Any,
) -> pd.DataFrame:
    """Find the best ensembles for all values of α or of β, and where they change.

    Parameters
    ----------
    problem : ChemistryProblem
        Its own value of the weight in question is not used; its constraints hold throughout.
    over : {"alpha", "beta"}
        The weight that varies; the other one is fixed.
    low, high : float
        The interval; [0, 1] for α. For β it ends by default where more would change nothing: a
        size penalty above all chemistry.
    method : str
        A method of `recommend` that proves optima.
    time_limit : float, optional
        Seconds for the whole, of which one solve takes a quarter of what is left at most. Pieces
        whose crossings were not solved are not proved, and ``attrs["partial"]`` says so.
    executor : {"serial", "processes"} or str or Executor, optional
        Where solves are made; see `chemopt.execution.executors.open_executor`.
    progress : bool or callable, optional
        True shows a bar; a function is called with the solves done and those known to be needed.
    **options
        As for `recommend`.

    Returns
    -------
    DataFrame
        A row for each ensemble, in the order of the weight: `alpha_from`, `alpha_to` (or
        `beta_from`, `beta_to`); `loss_from`, `loss_to` at these ends; `inter`, `intra`, `size`;
        `proved`, whether the piece and its ends are; `models`. Pieces whose gain over their
        neighbours is negligible (1e-9 of the lower quartile of the |c_ij| that are not 0) are left
        out. Of ensembles that are equal on a piece, it names one.

    Raises
    ------
    InputError
        An option is not valid.
    UnansweredError
        No ensemble is feasible (`chemopt.errors.InfeasibleError`), or the method found none.
    Interrupted
        By Ctrl-C; it has the pieces as far as they are known.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> frame = breakpoints(ChemistryProblem(table, m_inter="total", min_size=1), "beta")
    >>> frame[["beta_from", "beta_to", "models"]]
       beta_from  beta_to  models
    0      0.000    0.125  (a, b)
    1      0.125    3.500    (a,)
    """
    progress = reporter(progress, "solves")
    check_problem("breakpoints", problem)
    check_options(method, {**options, "time_limit": time_limit})
    choice("over", over, WEIGHTS)
    if over == "alpha":
        largest, end = 1.0, 1.0
    else:
        largest = LARGEST_BETA
        # one model less cannot change the rest of the loss by more than this
        end = min(max(low, 2 * problem.table.magnitude) or 1.0, LARGEST_BETA)
    low = number("low", low, 0, largest)
    high = number("high", end if high is None else high, low, largest)
    deadline = Deadline.after(time_limit)
    problem = resolve_m_inter(problem, time_limit=deadline.remaining)
    path = _Path(problem, over, method, options, progress, deadline)
    if not (over == "beta" and method in ("auto", "min-cut") and path.take_nested(high)):
        with open_executor(executor) as engine:
            path.explore(low, high, engine)
    rows = []
    for line, start, stop in path.pieces(low, high):
        rows.append(
            {
                f"{over}_from": start,
                f"{over}_to": stop,
                "loss_from": line.at(start),
                "loss_to": line.at(stop),
                "inter": line.terms.inter,
                "intra": line.terms.intra,
                "size": len(line.models),
                "proved": path.proved(start, stop),
                "models": line.models,
            }
        )
    found = pd.DataFrame(rows)
    found.attrs["about"] = problem.caption(**{over: False})
    if path.partial:
        found.attrs["partial"] = path.partial
    if path.interrupted:
        raise Interrupted(path.partial, found)
    return found


@dataclass(frozen=True)
class _Line:
    """The loss of an ensemble as a function of one weight, `plane` along a line of the plane."""

    models: tuple[str, ...]
    terms: LossTerms
    over: Weight
    other: float

    @property
    def plane(self) -> Plane:
        """The loss as a function of both weights."""
        return Plane(self.terms.lacking_inter, self.terms.lacking_intra, float(len(self.models)))

    def at(self, weight: float) -> float:
        """Return the loss."""
        return self.plane.at(self._point(weight))

    def above(self, other: _Line, weight: float) -> float:
        """Return how far this line is above another one; a large weight drowns no difference."""
        return self._less(other).at(self._point(weight))

    def is_above(self, other: _Line, weight: float, negligible: float) -> bool:
        """Return whether it is above another one by more than rounding."""
        chemistry = replace(other.plane, size=0.0)
        _, rounding = chemistry.values(np.array([self._point(weight)]))
        return self.above(other, weight) > max(negligible, float(rounding[0]))

    def crossing(self, other: _Line) -> float:
        """Return the weight at which a line of different slope crosses this one."""
        zero, one = self.above(other, 0.0), self.above(other, 1.0)
        slope = self._less(other).size if self.over == "beta" else one - zero
        return -zero / slope

    @property
    def slope(self) -> float:
        """The slope, by which lines are ordered."""
        plane = self.plane
        return plane.size if self.over == "beta" else plane.lacking_inter - plane.lacking_intra

    def _less(self, other: _Line) -> Plane:
        one, two = self.plane, other.plane
        return Plane(
            one.lacking_inter - two.lacking_inter,
            one.lacking_intra - two.lacking_intra,
            one.size - two.size,
        )

    def _point(self, weight: float) -> Point:
        return (weight, self.other) if self.over == "alpha" else (self.other, weight)


@dataclass(frozen=True)
class _Stretch:
    """An interval in which nothing is below the lines known; `proved` if that is proved."""

    low: float
    high: float
    proved: bool


class _Path:
    """The lines found, and where they are the lower envelope of the lines of all ensembles."""

    def __init__(
        self,
        problem: ChemistryProblem,
        over: Weight,
        method: MethodName,
        options: dict[str, Any],
        progress: Report | None,
        deadline: Deadline,
    ) -> None:
        self.problem, self.over, self.method, self.options = problem, over, method, options
        self.progress, self.done, self.known = progress, 0, 2
        self.deadline, self.missing, self.interrupted = deadline, 0, False
        self.negligible = negligible(problem)
        self.lines: dict[tuple[str, ...], _Line] = {}
        self.stretches: list[_Stretch] = []

    def take_nested(self, high: float) -> bool:
        """Take the nested minimum cuts up to `high`, if they apply and all are feasible.

        They are optimal among more ensembles than the feasible ones.
        """
        problem = self.problem
        if problem.alpha > POLYNOMIAL_ALPHA or not problem.table.nonnegative:
            return False
        ensembles = nested_path(problem, high)
        if ensembles is None:
            return False
        names = [tuple(sorted(problem.models[i] for i in ensemble)) for ensemble in ensembles]
        if any(violations(problem, models) for models in names):
            return False
        for models, ensemble in zip(names, ensembles, strict=True):
            self.lines[models] = self._line(models, loss_terms(problem, ensemble))
        self.stretches.append(_Stretch(0.0, high, proved=True))
        return True

    def explore(self, low: float, high: float, executor: Executor) -> None:
        """Find the lines of the envelope from `low` to `high`, as far as time allows.

        The crossings known are solved together, one generation after the other.
        """
        ends = dict.fromkeys((low, high))
        found = self.best(list(ends), executor)
        if not self.lines:
            raise UnansweredError("the time limit ended it before there was an ensemble")
        (first, _), (last, _) = next(iter(found.values())), list(found.values())[-1]
        x, sure_x = found.get(low, (first, False))
        y, sure_y = found.get(high, (last, False))
        intervals = [(low, x, sure_x, high, y, sure_y)]
        while intervals:
            crossings = []
            for a, x, sure_a, b, y, sure_b in intervals:
                # what is below both lines in between is above the chord from x(a) to y(b)
                if not (self.above(x, y, b) and self.above(y, x, a)):
                    self.stretches.append(_Stretch(a, b, sure_a and sure_b))
                else:
                    crossings.append((x.crossing(y), (a, x, sure_a, b, y, sure_b)))
            self.known += len(crossings)
            found = self.best([weight for weight, _ in crossings], executor)
            intervals = []
            for weight, (a, x, sure_a, b, y, sure_b) in crossings:
                if weight not in found:
                    self.stretches.append(_Stretch(a, b, proved=False))
                    continue
                z, sure = found[weight]
                if self.above(x, z, weight):
                    intervals += [(a, x, sure_a, weight, z, sure), (weight, z, sure, b, y, sure_b)]
                else:
                    self.stretches.append(_Stretch(a, b, sure_a and sure and sure_b))
        if self.progress is not None and not self.interrupted:
            self.progress(self.done, self.done)

    def best(self, weights: list[float], executor: Executor) -> dict[float, tuple[_Line, bool]]:
        """Solve the problem at values of the weight: a line each, and whether that is proved.

        Those for which there was no time are missing.
        """
        if self.interrupted or self.deadline.passed:
            self.missing += len(weights)
            return {}

        def count(number: int, answer: Recommendation | None) -> None:
            self.done += 1
            if self.progress is not None:
                self.progress(self.done, self.known + 1)

        asked = [
            (self.problem.with_options(**{self.over: weight}), self.method, self.options,
             f"{self.over} = {weight:g}", not self.lines)
            for weight in weights
        ]  # fmt: skip
        try:
            gathered = gather(
                optimum_within, asked, executor, deadline=self.deadline, most=SHARE, done=count
            )
        except KeyboardInterrupt:
            if not self.lines:
                raise
            self.interrupted, self.missing = True, self.missing + len(weights)
            return {}
        self.interrupted = gathered.ended_by == "interrupt"
        found = {}
        for k, answer in gathered.values.items():
            if answer is None:
                continue
            assert answer.terms is not None, "it has an ensemble"
            line = self.lines.setdefault(answer.models, self._line(answer.models, answer.terms))
            found[weights[k]] = (line, answer.status is Status.OPTIMAL)
        self.missing += len(weights) - len(found)
        return found

    @property
    def partial(self) -> str:
        """A sentence about what is missing; empty if nothing is."""
        if not self.missing:
            return ""
        why = "interrupted" if self.interrupted else "the time limit ended it"
        return f"partial: {why} after {self.done} solves; pieces that are not proved may fall apart"

    def pieces(self, low: float, high: float) -> list[tuple[_Line, float, float]]:
        """Return the lines of the envelope, from left to right, each with its interval."""
        kept: list[_Line] = []
        # from left to right the slope of the envelope falls
        for line in sorted(self.lines.values(), key=lambda line: (-line.slope, line.at(0.0))):
            while kept and not self.above(line, kept[-1], _left_end(kept, low)):
                kept.pop()  # below it wherever it was best
            if not kept or self.above(kept[-1], line, high):
                kept.append(line)
        ends = [low, *(x.crossing(y) for x, y in pairwise(kept)), high]
        return list(zip(kept, ends, ends[1:], strict=False))

    def above(self, line: _Line, other: _Line, weight: float) -> bool:
        """Say whether one line is above another by more than what counts as none."""
        return line.is_above(other, weight, self.negligible)

    def proved(self, start: float, stop: float) -> bool:
        """Say whether it is proved that nothing is below the lines in an interval."""
        return all(s.proved for s in self.stretches if s.low <= stop and s.high >= start)

    def _line(self, models: tuple[str, ...], terms: LossTerms) -> _Line:
        other = self.problem.beta if self.over == "alpha" else self.problem.alpha
        return _Line(models, terms, self.over, other)


def _left_end(lines: list[_Line], low: float) -> float:
    """Return where the last of some lines takes over from the one before it."""
    return low if len(lines) == 1 else lines[-2].crossing(lines[-1])
