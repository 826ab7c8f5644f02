"""All ensembles of a small problem in exact rationals, and what is promised of an answer.

This goes by the definitions and shares no code with the methods: every float is a rational number
with a power of two below, so all sums are exact integers over one denominator. Subsets come in the
order of a Gray code, so that each differs from the one before by one model.

What is promised, with u = 2⁻⁵³:

- the loss of an optimal ensemble is above the least one by at most 10⁻⁶ of it, or of a typical
  entry (the lower quartile of those that are not 0) where that is more, and 16 u of the terms of
  its own loss;
- a bound is above the least loss by at most 16 u of these terms, and a loss that is reported is
  off by at most 4 u of them; where M_inter is the maximum cut, by 16 u of that more, since cuts
  that are equal as decimal numbers differ in binary;
- inter(X) is above M_inter by at most 8 u of it, where that is a constraint;
- of a path and a phase diagram that holds at the ends of pieces and the vertices of regions; in
  between, a loss is above the least one by no more than at one of them;
- weights at which the best ensemble changes are right to 16 u of them, and of what that changes of
  β along the borders that meet there.

An ensemble between M_inter and 8 u more may be the answer, but no answer has to know it: it does
not count for the least loss.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

from benchmarks.agreement.random_problems import RandomProblem
from chemopt.numerics import Floats

_UNIT = Fraction(1, 2**53)
_RELATIVE = Fraction(1, 10**6)
_ROUNDINGS = 16
_INTER_SLACK = 1 + 8 * _UNIT
# Totals of models that differ by less, relatively, are tied: the alternating split goes by name.
_EQUAL_TOTALS = 64 * _UNIT


@dataclass(frozen=True)
class Ensemble:
    """An ensemble that meets the constraints.

    Attributes
    ----------
    models : frozenset of str
    inter, intra : Fraction
    strict : bool
        Whether inter is at most M_inter itself, where that is a constraint.
    """

    models: frozenset[str]
    inter: Fraction
    intra: Fraction
    strict: bool


class Enumeration:
    """All feasible ensembles of a random problem.

    Parameters
    ----------
    drawn : RandomProblem

    Attributes
    ----------
    m_inter, m_intra : Fraction
        The constants of the loss.
    typical : Fraction
        The lower quartile of the sizes of the entries that are not 0; 0 if all are.
    feasible : tuple of Ensemble

    Examples
    --------
    >>> from benchmarks.agreement.random_problems import random_problem
    >>> exact = Enumeration(random_problem(0, 8, most=5))
    >>> exact.least() is None or exact.loss(exact.least()) <= exact.loss(exact.feasible[0])
    True
    """

    def __init__(self, drawn: RandomProblem) -> None:
        problem = drawn.problem
        self._alpha, self._beta = problem.alpha, problem.beta
        rows = [[Fraction(float(entry)) for entry in row] for row in problem.matrix]
        entries = [entry for i, row in enumerate(rows) for entry in row[:i]]
        self.m_intra = sum(entries, Fraction(0))
        sizes = sorted(abs(entry) for entry in entries if entry)
        self.typical = sizes[(len(sizes) - 1) // 4] if sizes else Fraction(0)
        ensembles = list(_ensembles(problem.matrix))
        if problem.m_inter == "total":
            self.m_inter = self.m_intra
        elif problem.m_inter == "cut":
            self.m_inter = max(inter for _, inter, _ in ensembles)
        else:
            self.m_inter = _across_the_split(problem.models, rows)
        cut = problem.m_inter == "cut"
        self._of_cut = _ROUNDINGS * _UNIT * self.m_inter if cut else Fraction(0)
        limited = problem.m_inter == "published"
        found = []
        for members, inter, intra in ensembles:
            names = frozenset(problem.models[k] for k in members)
            if limited and inter > self.m_inter * _INTER_SLACK:
                continue
            if drawn.conditions.met_by(names):
                strict = not limited or inter <= self.m_inter
                found.append(Ensemble(names, inter, intra, strict))
        self.feasible = tuple(found)

    def find(self, models: tuple[str, ...]) -> Ensemble | None:
        """Return an ensemble by its models; None if it is not feasible."""
        names = set(models)
        return next((one for one in self.feasible if one.models == names), None)

    def loss(self, of: Ensemble, alpha: float | None = None, beta: float | None = None) -> Fraction:
        """Return the loss, at other weights than the problem's if they are given."""
        a = Fraction(self._alpha if alpha is None else alpha)
        b = Fraction(self._beta if beta is None else beta)
        lacking = a * (self.m_inter - of.inter) + (1 - a) * (self.m_intra - of.intra)
        return lacking + b * len(of.models)

    def rounding(
        self, of: Ensemble, alpha: float | None = None, beta: float | None = None
    ) -> Fraction:
        """Return u times the sum of the sizes of the terms of a loss."""
        a = Fraction(self._alpha if alpha is None else alpha)
        b = Fraction(self._beta if beta is None else beta)
        inter, intra = abs(self.m_inter - of.inter), abs(self.m_intra - of.intra)
        return _UNIT * (a * inter + (1 - a) * intra + b * len(of.models))

    def ranked(self, alpha: float | None = None, beta: float | None = None) -> list[Ensemble]:
        """Return the ensembles that count for the least loss, in the order of their losses."""
        strict = (one for one in self.feasible if one.strict)
        return sorted(strict, key=lambda one: self.loss(one, alpha, beta))

    def least(self, alpha: float | None = None, beta: float | None = None) -> Ensemble | None:
        """Return an ensemble of least loss; None if there is none."""
        strict = (one for one in self.feasible if one.strict)
        return min(strict, key=lambda one: self.loss(one, alpha, beta), default=None)

    def above(
        self,
        of: Ensemble,
        least: Ensemble,
        alpha: float | None = None,
        beta: float | None = None,
        meeting: Collection[Ensemble] = (),
        tolerance: Fraction = Fraction(0),
    ) -> bool:
        """Return whether a loss is above another one by more than is promised of an optimum.

        Where the best ensemble changes, `meeting` are those that are said to be best there. Between
        such weights, `tolerance` is the largest of them.
        """
        loss, low = self.loss(of, alpha, beta), self.loss(least, alpha, beta)
        allowed = max(tolerance, self.tolerance(low))
        allowed += _ROUNDINGS * self.rounding(of, alpha, beta)
        if meeting:
            a = Fraction(self._alpha if alpha is None else alpha)
            b = Fraction(self._beta if beta is None else beta)
            slopes = [one.intra - one.inter for one in (of, least, *meeting)]
            by_alpha, by_beta = max(slopes) - min(slopes), len(of.models) - len(least.models)
            allowed += _ROUNDINGS * _UNIT * (a * by_alpha + b * abs(by_beta))
        return loss - low > allowed

    def far_from(
        self,
        loss: float,
        least: Ensemble,
        alpha: float | None = None,
        beta: float | None = None,
        tolerance: Fraction = Fraction(0),
    ) -> bool:
        """Return whether what is said to be the least loss is not, by more than is promised."""

        def allowed(of: Ensemble) -> Fraction:
            rounding = _ROUNDINGS * self.rounding(of, alpha, beta)
            promised = max(tolerance, self.tolerance(self.loss(of, alpha, beta)))
            return promised + rounding + self._of_cut

        lowest = min(self.feasible, key=lambda one: self.loss(one, alpha, beta))
        above = Fraction(loss) - self.loss(least, alpha, beta)
        below = self.loss(lowest, alpha, beta) - Fraction(loss)
        return above > allowed(least) or below > allowed(lowest)

    def tolerance(self, least: Fraction) -> Fraction:
        """Return how far an optimal loss may be above the least one, rounding apart."""
        return _RELATIVE * max(abs(least), self.typical)

    def bound_is_false(self, bound: float, least: Ensemble) -> bool:
        """Return whether a lower bound is above the least loss by more than rounding."""
        allowed = _ROUNDINGS * self.rounding(least) + self._of_cut
        return Fraction(bound) - self.loss(least) > allowed

    def loss_is_false(
        self,
        loss: float,
        of: Ensemble,
        alpha: float | None = None,
        beta: float | None = None,
    ) -> bool:
        """Return whether a loss that is reported is off by more than rounding."""
        off = abs(Fraction(loss) - self.loss(of, alpha, beta))
        return off > 4 * self.rounding(of, alpha, beta) + self._of_cut


def _across_the_split(models: tuple[str, ...], rows: list[list[Fraction]]) -> Fraction:
    """Return the chemistry across the alternating split: by total, largest first, ties by name."""
    totals = {name: sum(row, Fraction(0)) for name, row in zip(models, rows, strict=True)}
    ordered: list[str] = []
    left = sorted(models, key=lambda name: -totals[name])
    while left:
        first = totals[left[0]]
        tied = [name for name in left if first - totals[name] <= _EQUAL_TOTALS * first]
        ordered += sorted(tied)
        left = [name for name in left if name not in tied]
    at = {name: k for k, name in enumerate(models)}
    across = (rows[at[a]][at[b]] for a in ordered[::2] for b in ordered[1::2])
    return sum(across, Fraction(0))


def _ensembles(matrix: Floats) -> Iterator[tuple[list[int], Fraction, Fraction]]:
    """Yield every ensemble with its inter and intra."""
    rows = [[Fraction(float(entry)) for entry in row] for row in matrix]
    n = len(rows)
    scale = max((entry.denominator for row in rows for entry in row), default=1)
    whole = [[int(entry * scale) for entry in row] for row in rows]
    chosen = [False] * n
    inter = intra = 0
    yield [], Fraction(0), Fraction(0)
    for code in range(1, 1 << n):
        i = (code & -code).bit_length() - 1  # what changes in the Gray code
        inside = sum(whole[i][j] for j in range(n) if chosen[j] and j != i)
        outside = sum(whole[i]) - inside
        sign = -1 if chosen[i] else 1
        intra += sign * inside
        inter += sign * (outside - inside)
        chosen[i] = not chosen[i]
        members = [j for j in range(n) if chosen[j]]
        yield members, Fraction(inter, scale), Fraction(intra, scale)
