"""How the best ensemble changes with α or β: all breakpoints, exactly.

For a given ensemble the loss is a line in α (for fixed β), and a line in β (for fixed α). The
least loss over all ensembles is therefore concave and piecewise linear in either, and each piece
belongs to an ensemble. All pieces are found by bisection at crossings (Eisner and Severance,
Journal of the ACM 23, 1976): where the lines of two neighbouring ensembles cross, the problem is
solved; either it has an ensemble below both lines, which splits the interval, or there is none,
and the crossing is a breakpoint. A path of p pieces takes about 2 p solves.

`chemopt.beta_path` does the same for α ≤ 1/3 and thousands of models by minimum cuts, without the
bounds on size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from chemopt.errors import InfeasibleError, UnansweredError
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation, Status, StopReason
from chemopt.problem.loss import SUM_TOLERANCE
from chemopt.problem.problem import LARGEST_BETA, SelectionProblem
from chemopt.validation import choice, number

WEIGHTS = ("alpha", "beta")


def breakpoints(
    problem: SelectionProblem,
    over: str = "alpha",
    low: float = 0.0,
    high: float | None = None,
    *,
    method: str = "auto",
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Find the best ensembles for all values of α or of β, and where they change.

    Parameters
    ----------
    problem : SelectionProblem
        Its own value of the weight in question is not used; all its conditions hold all along.
    over : {"alpha", "beta"}
        The weight that varies; the other one is fixed.
    low, high : float
        The interval; [0, 1] for α. For β it ends by default where more would change nothing: a
        price above all chemistry.
    method : str
        A method of `recommend` that proves optima.
    progress : callable, optional
        Called with the solves done and those known to be needed.
    **options
        As for `recommend`; a time limit holds for each solve.

    Returns
    -------
    DataFrame
        A row for each ensemble, in the order of the weight: `alpha_from`, `alpha_to` (or
        `beta_from`, `beta_to`); `loss_from`, `loss_to` at these ends; `inter`, `intra`, `size`;
        `proved`, whether the piece and its ends are; `models`. Pieces whose gain over their
        neighbours is rounding (1e-9 of Σ |c_ij|) are left out. Of ensembles that are equal on a
        piece, it names one.

    Raises
    ------
    InputError
        An option is not valid.
    UnansweredError
        No ensemble is admissible (`chemopt.errors.InfeasibleError`), or the method found none.
    KeyboardInterrupt
        A solve was interrupted.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> frame = breakpoints(SelectionProblem(table, m_inter="total", min_size=1), "beta")
    >>> frame[["beta_from", "beta_to", "models"]]
       beta_from  beta_to  models
    0      0.000    0.125  (a, b)
    1      0.125    3.500    (a,)
    """
    choice("over", over, WEIGHTS)
    if over == "alpha":
        largest, end = 1.0, 1.0
    else:
        largest = LARGEST_BETA
        # one model less cannot change the rest of the loss by more than this
        end = min(max(low, 2 * problem.table.magnitude) or 1.0, LARGEST_BETA)
    low = number("low", low, 0, largest)
    high = number("high", end if high is None else high, low, largest)
    path = _Path(problem, over, method, options, progress)
    path.explore(low, high)
    rows = []
    for line, start, stop in path.pieces(low, high):
        rows.append(
            {
                f"{over}_from": start,
                f"{over}_to": stop,
                "loss_from": line.at(start),
                "loss_to": line.at(stop),
                "inter": line.inter,
                "intra": line.intra,
                "size": len(line.models),
                "proved": path.proved(start, stop),
                "models": line.models,
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Line:
    """The loss of an ensemble as a function of the weight: loss = start + slope · weight."""

    models: tuple[str, ...]
    inter: float
    intra: float
    start: float
    slope: float

    def at(self, weight: float) -> float:
        return self.start + self.slope * weight

    def above(self, other: _Line, weight: float) -> float:
        """Return how far this line is above another one; a large weight drowns no difference."""
        return (self.start - other.start) + (self.slope - other.slope) * weight

    def crossing(self, other: _Line) -> float:
        """Return the weight at which a line of different slope crosses this one."""
        return (other.start - self.start) / (self.slope - other.slope)


@dataclass(frozen=True)
class _Stretch:
    """An interval in which nothing is below the lines found; `proved` if that is so for sure."""

    low: float
    high: float
    proved: bool


class _Path:
    """The lines found, and where they are the lower envelope of the lines of all ensembles."""

    def __init__(
        self,
        problem: SelectionProblem,
        over: str,
        method: str,
        options: dict[str, Any],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self.problem, self.over, self.method, self.options = problem, over, method, options
        self.progress, self.done, self.known = progress, 0, 2
        self.rounding = SUM_TOLERANCE * problem.table.magnitude
        self.lines: dict[tuple[str, ...], _Line] = {}
        self.stretches: list[_Stretch] = []
        problem.prove_m_inter(time_limit=options.get("time_limit"))

    def explore(self, low: float, high: float) -> None:
        """Find the lines of the envelope from `low` to `high`."""
        stack = [(low, *self.best(low), high, *self.best(high))]
        while stack:
            a, x, sure_a, b, y, sure_b = stack.pop()
            # what is below both lines in between is above the chord from x(a) to y(b)
            if min(x.above(y, b), y.above(x, a)) <= self.rounding:
                self.stretches.append(_Stretch(a, b, sure_a and sure_b))
                continue
            weight = x.crossing(y)
            self.known += 1
            z, sure = self.best(weight)
            if x.above(z, weight) > self.rounding:
                self.known += 1
                stack += [(weight, z, sure, b, y, sure_b), (a, x, sure_a, weight, z, sure)]
            else:
                self.stretches.append(_Stretch(a, b, sure_a and sure and sure_b))
        if self.progress is not None:
            self.progress(self.done, self.done)

    def best(self, weight: float) -> tuple[_Line, bool]:
        """Solve the problem at one value of the weight: a line, and whether that is proved."""
        at = self.problem.with_options(**{self.over: weight})
        answer = recommend(at, self.method, **self.options)
        if answer.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt  # a solver takes the signal for itself
        # a fallback goes by profiles, not by the loss
        if answer.loss is None or answer.stop_reason is StopReason.FALLBACK:
            kind = InfeasibleError if answer.status is Status.INFEASIBLE else UnansweredError
            raise kind(f"{self.over} = {weight:g}: {answer.message}")
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.known + 1)
        line = self.lines.setdefault(answer.models, self._line(answer))
        return line, answer.status is Status.OPTIMAL

    def pieces(self, low: float, high: float) -> list[tuple[_Line, float, float]]:
        """Return the lines of the envelope, from left to right, each with its interval."""
        kept: list[_Line] = []
        # from left to right the slope of the envelope falls
        for line in sorted(self.lines.values(), key=lambda line: (-line.slope, line.start)):
            while kept and line.above(kept[-1], _left_end(kept, low)) <= self.rounding:
                kept.pop()  # below it wherever it was best
            if not kept or kept[-1].above(line, high) > self.rounding:
                kept.append(line)
        ends = [low, *(x.crossing(y) for x, y in pairwise(kept)), high]
        return list(zip(kept, ends, ends[1:], strict=False))

    def proved(self, start: float, stop: float) -> bool:
        """Tell whether it is proved that nothing is below the lines in an interval."""
        return all(s.proved for s in self.stretches if s.low <= stop and s.high >= start)

    def _line(self, answer: Recommendation) -> _Line:
        problem, terms = self.problem, answer.terms
        assert terms is not None, "it has an ensemble"
        size = len(answer.models)
        lacking_inter = problem.m_inter_value - terms.inter
        lacking_intra = problem.m_intra_value - terms.intra
        if self.over == "alpha":
            start, slope = lacking_intra + problem.beta * size, lacking_inter - lacking_intra
        else:
            start = problem.alpha * lacking_inter + (1 - problem.alpha) * lacking_intra
            slope = float(size)
        return _Line(answer.models, terms.inter, terms.intra, start, slope)


def _left_end(lines: list[_Line], low: float) -> float:
    """Return where the last of some lines takes over from the one before it."""
    return low if len(lines) == 1 else lines[-2].crossing(lines[-1])


def loss_along(frame: pd.DataFrame, weight: float) -> float:
    """Return the least loss at one value of the weight, from what `breakpoints` returns.

    Examples
    --------
    >>> from chemopt.problem.generate import generate_problem
    >>> frame = breakpoints(generate_problem(8, seed=1))
    >>> round(loss_along(frame, 0.5), 6) == round(recommend(generate_problem(8, seed=1)).loss, 6)
    True
    """
    over = next(name for name in WEIGHTS if f"{name}_from" in frame.columns)
    for row in frame.to_dict("records"):
        a, b = row[f"{over}_from"], row[f"{over}_to"]
        if a <= weight <= b:
            share = 0.0 if b == a else (weight - a) / (b - a)
            return float(row["loss_from"] + share * (row["loss_to"] - row["loss_from"]))
    return math.nan
