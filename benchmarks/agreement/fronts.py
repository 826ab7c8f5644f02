"""Pareto fronts of random problems, against all ensembles in exact rationals.

Differences of inter and intra up to 10⁻⁶ of them, or of a typical entry, do not count, nor those up
to 16 u of what they lack of M_inter and M_intra, which the loss is made of; of prices, which are
decimal numbers, up to 10⁻⁹ of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from benchmarks.agreement.conditions import Conditions
from benchmarks.agreement.random_problems import random_problem
from benchmarks.agreement.rational import Ensemble, Enumeration
from benchmarks.agreement.verdicts import BETWEEN, PROVED, Verdict, tried
from chemopt.analysis.pareto import pareto_front

METHODS_TRIED = ("auto",)
_THIRDS = ("size", "price", "seconds")
_RELATIVE, _ROUNDING, _OF_PRICES = Fraction(1, 10**6), Fraction(1, 2**49), Fraction(1, 10**9)


def fronts(
    seed: int, number: int, most: int, time_limit: float, methods: Collection[str]
) -> Iterator[Verdict]:
    """Find fronts over the size and over attributes; parameters as for `recommendations`."""
    drawn = random_problem(seed, number, most)
    exact = Enumeration(drawn)
    for third in _THIRDS:
        if "auto" not in methods:
            continue
        judge = _Judge(exact, drawn.conditions, third)
        result, detail = tried(
            lambda third=third: pareto_front(  # type: ignore[misc]
                drawn.problem, third, time_limit=time_limit
            ),
            judge.defects,
            lambda frame: PROVED if frame["proved"].all() else BETWEEN,
            feasible=exact.least() is not None,
        )
        yield Verdict(number, drawn.kind, "auto", third, result, detail)


@dataclass(frozen=True)
class _Aims:
    inter: Fraction
    intra: Fraction
    third: Fraction


class _Judge:
    """Who holds a front over a third aim against all ensembles."""

    def __init__(self, exact: Enumeration, conditions: Conditions, third: str) -> None:
        self._exact, self._third, self._conditions = exact, third, conditions
        self._known = [(self._aims(one), one) for one in exact.feasible if one.strict]

    def defects(self, front: pd.DataFrame) -> Iterator[tuple[str, str]]:
        """Yield rows that are beaten, and ensembles that no row is as good as."""
        rows = []
        for row in front.to_dict("records"):
            found = self._exact.find(row["models"])
            if found is None:
                yield "false feasible", f"{', '.join(row['models'])} breaks a constraint"
                continue
            mine = self._aims(found)
            rows.append(mine)
            for name in ("inter", "intra", self._third):
                true = getattr(mine, name) if name != self._third else mine.third
                if abs(Fraction(row[name]) - true) > abs(true) / 2**50:
                    yield "false value", f"{name} {row[name]!r}, which is {float(true)!r}"
            beaten = next((one for aims, one in self._known if self._beats(aims, mine)), None)
            if row["proved"] and beaten is not None:
                better = ", ".join(sorted(beaten.models))
                yield "false front", f"{', '.join(row['models'])} is beaten by {better}"
        for aims, one in self._known:
            if not any(self._as_good(mine, aims) for mine in rows):
                yield "false front", f"{', '.join(sorted(one.models))} is not beaten, and missing"

    def _aims(self, one: Ensemble) -> _Aims:
        if self._third == "size":
            return _Aims(one.inter, one.intra, Fraction(len(one.models)))
        return _Aims(one.inter, one.intra, self._conditions.spent(one.models, self._third))

    def _unit(self, value: Fraction, most: Fraction) -> Fraction:
        return _RELATIVE * max(abs(value), self._exact.typical) + _ROUNDING * abs(most - value)

    def _beats(self, one: _Aims, other: _Aims) -> bool:
        """Return whether one is as good in all aims, and better in one by more than rounding."""
        if one.inter < other.inter or one.intra < other.intra or one.third > other.third:
            return False
        exact = self._exact
        return (
            one.inter - other.inter > self._unit(one.inter, exact.m_inter)
            or one.intra - other.intra > self._unit(one.intra, exact.m_intra)
            or other.third - one.third > _OF_PRICES * abs(other.third)
        )

    def _as_good(self, one: _Aims, other: _Aims) -> bool:
        exact = self._exact
        return (
            one.inter >= other.inter - self._unit(other.inter, exact.m_inter)
            and one.intra >= other.intra - self._unit(other.intra, exact.m_intra)
            and one.third <= other.third + _OF_PRICES * abs(other.third)
        )
