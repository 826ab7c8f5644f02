"""How the best ensemble changes with α or β: all breakpoints, exactly.

For a given ensemble the loss is a line in α (for fixed β), and a line in β (for fixed α). The
least loss over all ensembles is therefore concave and piecewise linear in either, and each piece
belongs to an ensemble. All pieces are found by bisection at crossings (Eisner and Severance,
Journal of the ACM 23, 1976): where the lines of two neighbouring ensembles cross, the problem is
solved; either it has an ensemble below both lines, which splits the interval, or there is none,
and the crossing is a breakpoint. A path of p pieces takes at most 2 p + 1 solves.

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

from chemopt.errors import UnansweredError
from chemopt.loss import SUM_TOLERANCE, LossTerms, loss_terms
from chemopt.problem import LARGEST_BETA, SelectionProblem
from chemopt.recommend import recommend
from chemopt.recommendation import Status, StopReason
from chemopt.validate import choice, number

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
        neighbours is rounding (1e-9 of the constants) are left out.

    Raises
    ------
    InputError
        An option is not valid.
    UnansweredError
        No ensemble is admissible, or the method found none.

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
    limits = {"alpha": 1.0, "beta": LARGEST_BETA}
    if high is None:
        high = 1.0 if over == "alpha" else 2 * problem.m_intra_value or 1.0
    number("low", low, 0, limits[over])
    number("high", high, low, limits[over])
    path = _Path(problem, over, method, options, progress)
    lines = path.pieces(low, high)
    ends = [low, *(path.crossing(x, y) for x, y in pairwise(lines)), high]
    rows = []
    for k, line in enumerate(lines):
        rows.append(
            {
                f"{over}_from": ends[k],
                f"{over}_to": ends[k + 1],
                "loss_from": line.at(ends[k]),
                "loss_to": line.at(ends[k + 1]),
                "inter": line.terms.inter,
                "intra": line.terms.intra,
                "size": len(line.models),
                "proved": line.proved,
                "models": line.models,
            }
        )
    return pd.DataFrame(rows)


@dataclass(eq=False)
class _Line:
    """The loss of an ensemble as a function of the weight: loss = start + slope · weight."""

    models: tuple[str, ...]
    terms: LossTerms
    start: float
    slope: float
    proved: bool

    def at(self, weight: float) -> float:
        return self.start + self.slope * weight


class _Path:
    """The lower envelope of the lines of all ensembles."""

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
        constants = problem.m_inter_value + problem.m_intra_value
        self.rounding = SUM_TOLERANCE * max(constants, 1e-300)
        problem.prove_m_inter(time_limit=options.get("time_limit"))

    def best(self, weight: float) -> _Line:
        """Solve the problem at one value of the weight."""
        at = self.problem.with_options(**{self.over: weight})
        answer = recommend(at, self.method, **self.options)
        if answer.stop_reason is StopReason.INTERRUPTED:
            raise KeyboardInterrupt  # a solver takes the signal for itself
        if answer.loss is None:
            raise UnansweredError(f"{self.over} = {weight:g}: {answer.message}")
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, max(self.known, self.done))
        return self._line(answer.models, answer.status is Status.OPTIMAL)

    def crossing(self, x: _Line, y: _Line) -> float:
        """Return the weight at which two lines of different slope cross."""
        return (y.start - x.start) / (x.slope - y.slope)

    def pieces(self, low: float, high: float) -> list[_Line]:
        """Return the lines of the envelope from `low` to `high`."""
        first, last = self.best(low), self.best(high)
        found = [first]
        stack = [(low, first, high, last)]
        while stack:
            a, x, b, y = stack.pop()
            if x.slope - y.slope <= 0 or x.models == y.models:
                # one line, or lines that only rounding tells apart
                x.proved = x.proved and y.proved
                continue
            weight = min(max(self.crossing(x, y), a), b)
            z = self.best(weight)
            if z.at(weight) < min(x.at(weight), y.at(weight)) - self.rounding:
                self.known += 2
                stack += [(weight, z, b, y), (a, x, weight, z)]
            else:
                x.proved = y.proved = x.proved and y.proved and z.proved
                found.append(y)
        return self._without_points(found, low, high)

    def _line(self, models: tuple[str, ...], proved: bool) -> _Line:
        # two points of the line, by definition: the constants are the same for all ensembles
        ends = [
            loss_terms(self.problem.with_options(**{self.over: w}), self.problem.positions(models))
            for w in (0.0, 1.0)
        ]
        start = ends[0].loss
        return _Line(models, ends[0], start, ends[1].loss - start, proved)

    def _without_points(self, lines: list[_Line], low: float, high: float) -> list[_Line]:
        """Leave out lines that are best at an end of the interval only."""
        kept = list(lines)
        while len(kept) > 1 and self.crossing(kept[0], kept[1]) <= low:
            kept.pop(0)
        while len(kept) > 1 and self.crossing(kept[-2], kept[-1]) >= high:
            kept.pop()
        return kept


def loss_along(frame: pd.DataFrame, weight: float) -> float:
    """Return the least loss at one value of the weight, from what `breakpoints` returns.

    Examples
    --------
    >>> from chemopt.generate import generate_problem
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
