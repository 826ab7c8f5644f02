"""Semidefinite and linear bounds on one problem, in turns, so that the better one is soon there.

Where tables are dense and ensembles free, semidefinite bounds prove in a few nodes what linear
ones never do. Where tables are sparse, products are rewarded (α < 1/3) or conditions leave little
choice, linear relaxations are tight and cost little. Between these it is hard to tell beforehand.
So chemopt's branch and bound (`chemopt.methods.bqp`) and HiGHS (`linear_side`) take turns: the one
that is likely to be faster gets three quarters of the work at first, and later on the one whose gap
is smaller gets more. Each knows the other's best ensemble, and the bound is the better one of both.
Where a linear bound is hopeless, HiGHS is not even loaded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from chemopt.methods.bqp.problem import BinaryQuadratic, Bools
from chemopt.methods.exact.alternation import Turns
from chemopt.methods.exact.linear_side import LinearSide
from chemopt.methods.options import RunOptions
from chemopt.problem.loss import POLYNOMIAL_ALPHA
from chemopt.problem.problem import ChemistryProblem

PLAYER = 0
# Work in two turns, in seconds of a machine of 2020; the share of it that the likelier side gets at
# first, and the least and largest share of the linear side later. Where that side is the likelier
# one, its bound often moves late.
_ROUND, _LIKELIER = 0.8, 3 / 4
_LEAST_SHARE, _LEAST_IF_LIKELIER, _LARGEST_SHARE = 0.15, 0.6, 0.8
# Work before the linear side begins, where it is the likelier one and where not: a first search for
# an incumbent, and what most dense problems without conditions need.
_SEARCH, _EASY = 0.3, 1.0
# Seconds of a question of the semidefinite side (some evaluations): at least, and at 60 variables.
_SECONDS, _CUBIC = 0.003, 0.004
# Limits of `evenness`, and of α, between which the sides are close; see `linear_is_likelier`.
_UNEVEN, _HALF_EVEN, _EVEN, _VERY_EVEN = 0.35, 0.5, 0.6, 0.8
# Nearly constant entries leave a size or two, within which semidefinite bounds see what is left.
_CONSTANT = 1 - 1e-4
_HIGH_ALPHA = 0.65
# Of the mean entry: with a smaller β nearly all models are chosen, and linear bounds are tight.
_SMALL_BETA = 0.1
# A size up to this part of the pool leaves so little choice that linear bounds may be better.
_FEW = 0.15
# Linear models with more products than this, or with chemistry over more orders of magnitude, are
# left alone.
_MOST_PAIRS, _MOST_SPREAD = 6_000, 1e8


def linear_is_hopeless(problem: ChemistryProblem) -> bool:
    """Return whether HiGHS would not prove anything, or not reliably."""
    entries = np.abs(problem.matrix[problem.matrix != 0])
    if entries.size > 2 * _MOST_PAIRS:
        return True
    if entries.size and entries.max() > _MOST_SPREAD * entries.min():
        return True
    even, (low, high) = evenness(problem), problem.size_bounds
    if even > _CONSTANT:
        return True
    pairs = len(problem.models) * (len(problem.models) - 1) // 2
    if problem.inter_limit < math.inf:
        mean = problem.table.magnitude / max(1, pairs)
        cheap = problem.alpha < _HIGH_ALPHA and problem.beta < _SMALL_BETA * mean
        return even > _VERY_EVEN and problem.alpha > POLYNOMIAL_ALPHA and not cheap
    if low == high:
        many = low > _FEW * len(problem.models)
        return many and even > _EVEN and problem.alpha >= _HIGH_ALPHA
    return not _is_conditioned(problem) and even > _EVEN


def linear_is_likelier(problem: ChemistryProblem) -> bool:
    """Guess which side is faster, from the table and the kinds of conditions.

    The rules are from measurements (docs/exact-selection.md).
    """
    even, (low, high) = evenness(problem), problem.size_bounds
    if problem.inter_limit < math.inf:
        return problem.alpha <= POLYNOMIAL_ALPHA or even < _HALF_EVEN
    if low == high:
        return False
    if _is_conditioned(problem) and problem.alpha <= POLYNOMIAL_ALPHA:
        return True
    return even < _UNEVEN


def _slices(share: float) -> tuple[float, float]:
    """Return the work of both sides in a turn, for a share of the linear side."""
    return (1 - share) * _ROUND, share * _ROUND


def evenness(problem: ChemistryProblem) -> float:
    """Return (Σ |c|)² / (pairs · Σ c²): 1 if all entries are alike, p if a part p is 1, the rest 0.

    Examples
    --------
    >>> from chemopt.problem.generate import generate_problem
    >>> [round(evenness(generate_problem(30, 0, k)), 2) for k in ("chemistry-like", "uniform")]
    [0.94, 0.77]
    """
    n, c = len(problem.models), problem.matrix / (problem.table.largest or 1.0)
    squares = float((c**2).sum())
    return float(np.abs(c).sum()) ** 2 / (max(1, n * (n - 1)) * squares) if squares else 0.0


def _is_conditioned(problem: ChemistryProblem) -> bool:
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

    problem: ChemistryProblem
    program: BinaryQuadratic
    run: RunOptions
    interrupted: Callable[[], bool]
    linear: LinearSide | None = field(default=None, init=False)
    _known: Bools | None = field(default=None, init=False)
    _loss: float = field(default=math.inf, init=False)
    _offered: float = field(default=math.inf, init=False)

    def __post_init__(self) -> None:
        self._work = _SECONDS + _CUBIC * (self.program.n / 60) ** 3
        likelier = linear_is_likelier(self.problem)
        self._prior = _LIKELIER if likelier else 1 - _LIKELIER
        self._turns = Turns(_slices(self._prior), _SEARCH if likelier else _EASY)
        # with a good ensemble at hand only the proof is left, and the likelier side is faster alone
        alone = linear_is_hopeless(self.problem) or (self.run.known and not likelier)
        if not alone:
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
        return self.over()

    def over(self) -> bool:
        """Return whether the race is over."""
        return self.interrupted() or (self.linear is not None and self.linear.has_proof(self._loss))

    def offers(self, bound: float) -> list[Bools]:
        """Share the work by the gaps of both sides; return the other's ensemble if it is new."""
        if self.linear is not None and self.linear.bound > -math.inf and self._known is not None:
            value = min(self._loss, self.linear.loss)
            own, other = max(value - bound, 0.0), max(value - self.linear.bound, 0.0)
            ours, theirs = (1 - self._prior) * other, self._prior * own
            share = theirs / (ours + theirs) if ours + theirs else self._prior
            least = _LEAST_IF_LIKELIER if self._prior > 0.5 else _LEAST_SHARE
            self._turns.share(_slices(min(max(share, least), _LARGEST_SHARE)))
        if self.linear is None or self.linear.best is None or self.linear.loss >= self._offered:
            return []
        self._offered = self.linear.loss
        point = np.zeros(self.program.n, dtype=bool)
        point[list(self.linear.best)] = True
        return [point]

    def improved(self, point: Bools) -> None:
        """Take note of an ensemble of the semidefinite side."""
        self._known, self._loss = point, self.program.value(point)

    def _start(self) -> tuple[int, ...] | None:
        if self._known is None:
            return None
        return tuple(int(i) for i in np.flatnonzero(self._known))
