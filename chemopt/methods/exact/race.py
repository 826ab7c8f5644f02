"""Semidefinite and linear bounds on one problem, in turns, so that the better one is soon there.

Where tables are dense and ensembles free, semidefinite bounds prove in a few nodes what linear
ones never do. Where tables are sparse, products are rewarded (α < 1/3) or conditions leave little
choice, linear relaxations are tight and cost little. Between these it is hard to tell beforehand.
So chemopt's branch and bound (`chemopt.methods.bqp`) and HiGHS (`linear_side`) take turns: the one
that is likely to be faster gets two thirds of the work. Each knows the other's best ensemble, and
the bound is the better one of both. Where a linear bound is hopeless, HiGHS is not even loaded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, Bools
from chemopt.methods.exact.linear_side import LinearSide
from chemopt.methods.exact.turns import Turns
from chemopt.methods.options import RunOptions
from chemopt.problem.problem import SelectionProblem

PLAYER = 0
# Work in a turn of the likelier side, and of the other, in seconds of a machine of 2020.
_LONG, _SHORT = 0.4, 0.2
# Work before the linear side begins, where it is the likelier one and where not: a first search for
# an incumbent, and what most dense problems without conditions need.
_SEARCH, _EASY = 0.3, 1.0
# Seconds of a question of the semidefinite side (some evaluations): at least, and at 60 variables.
_SECONDS, _CUBIC = 0.003, 0.004
# A table is sparse where fewer of the pairs have penalised chemistry, and dense where more have.
_SPARSE, _DENSE = 0.35, 0.6
# Linear models with more products than this, or with chemistry over more orders of magnitude, are
# left alone.
_MOST_PAIRS, _MOST_SPREAD = 6_000, 1e8


def linear_is_hopeless(problem: SelectionProblem) -> bool:
    """Return whether HiGHS would not prove anything, or not reliably."""
    entries = np.abs(problem.matrix[problem.matrix != 0])
    if entries.size > 2 * _MOST_PAIRS:
        return True
    if entries.size and entries.max() > _MOST_SPREAD * entries.min():
        return True
    return not _is_conditioned(problem) and _penalised(problem) > _DENSE


def linear_is_likelier(problem: SelectionProblem) -> bool:
    """Guess which side is faster, from the table and the kinds of conditions."""
    if problem.inter_limit < math.inf:
        return True
    return _penalised(problem) < _SPARSE


def _penalised(problem: SelectionProblem) -> float:
    """Return the share of the pairs whose product is penalised by the loss."""
    n = len(problem.models)
    penalised = int(((3 * problem.alpha - 1) * problem.matrix > 0).sum())
    return penalised / max(1, n * (n - 1))


def _is_conditioned(problem: SelectionProblem) -> bool:
    """Return whether there is any condition beyond the default least size."""
    low, high = problem.size_bounds
    sizes = low > problem.default_min_size or high < len(problem.models)
    limited = problem.inter_limit < math.inf
    return bool(problem.side_constraints) or sizes or limited


@dataclass
class Race:
    """What the semidefinite side of a race sees of the other one: a context manager.

    Attributes
    ----------
    problem, program, run
        The problem as it was given, as a quadratic program, and the options.
    interrupted : callable
        Whether Ctrl-C was pressed.
    """

    problem: SelectionProblem
    program: BinaryQuadratic
    run: RunOptions
    interrupted: Callable[[], bool]
    linear: LinearSide | None = field(default=None, init=False)
    _known: Bools | None = field(default=None, init=False)
    _offered: float = field(default=math.inf, init=False)

    def __post_init__(self) -> None:
        self._work = _SECONDS + _CUBIC * (self.program.n / 60) ** 3
        likelier = linear_is_likelier(self.problem)
        slices = (_SHORT, _LONG) if likelier else (_LONG, _SHORT)
        self._turns = Turns(slices, _SEARCH if likelier else _EASY)
        if not linear_is_hopeless(self.problem):
            self.linear = LinearSide(
                self.problem, self.run, self._turns, self._start, self.interrupted
            )

    def __enter__(self) -> Race:
        """Start the linear side, which waits for its turn."""
        if self.linear is not None:
            self.linear.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the linear side."""
        if self.linear is not None:
            self.linear.end()

    def stop(self) -> bool:
        """Let the other side run if the turn is over; return whether the race is over."""
        if self.linear is not None and self.linear.is_alive():
            self._turns.spend(PLAYER, self._work)
        return self.interrupted() or (self.linear is not None and self.linear.has_proof)

    def offers(self) -> list[Bools]:
        """Return the other side's ensemble if it is new."""
        if self.linear is None or self.linear.best is None or self.linear.loss >= self._offered:
            return []
        self._offered = self.linear.loss
        point = np.zeros(self.program.n, dtype=bool)
        point[list(self.linear.best)] = True
        return [point]

    def improved(self, point: Bools) -> None:
        """Take note of an ensemble of the semidefinite side."""
        self._known = point

    def _start(self) -> tuple[int, ...] | None:
        if self._known is None:
            return None
        return tuple(int(i) for i in np.flatnonzero(self._known))
