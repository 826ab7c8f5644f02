"""Random constraints of every kind in every combination, and an exact judge of them.

Prices, seconds and limits are decimal numbers: an ensemble is within a budget if and only if the
exact sum of the decimals that were written is at most the limit that was written.

Most constraints are drawn so that one hidden ensemble meets them, many of them exactly at the
limit. Else few combinations would leave an ensemble to find.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

KINDS = (
    "sizes", "require", "exclude", "price", "seconds", "group", "apart", "together", "forbid",
)  # fmt: skip
_PROVIDERS = ("acme", "bell", "core")
# One problem in so many has a value that is far out of scale.
_OUTLIERS = 0.5


@dataclass(frozen=True)
class Conditions:
    """Constraints as plain data.

    Attributes
    ----------
    models : tuple of str
    default_low : int
        The smallest size where nothing is said of it.
    attributes : mapping
        `price`, `seconds` and `provider` of each model.
    sizes : mapping of str to int
        Of `size`, `min_size` and `max_size`.
    require, exclude : tuple of str
    budgets : mapping of str to float
        A limit for `price` or `seconds`.
    groups : tuple of (str, str, int)
        Provider (empty: each of them), sign and count.
    apart, together, forbid : tuple of tuples of str
    """

    models: tuple[str, ...]
    default_low: int
    attributes: Mapping[str, Mapping[str, Any]]
    sizes: Mapping[str, int]
    require: tuple[str, ...]
    exclude: tuple[str, ...]
    budgets: Mapping[str, float]
    groups: tuple[tuple[str, str, int], ...]
    apart: tuple[tuple[str, ...], ...]
    together: tuple[tuple[str, ...], ...]
    forbid: tuple[tuple[str, ...], ...]

    def options(self) -> dict[str, Any]:
        """Return them as chemopt takes them."""
        groups = [f"provider{'=' * bool(of)}{of}{sign}{k}" for of, sign, k in self.groups]
        return {
            "attributes": {name: dict(row) for name, row in self.attributes.items()},
            **self.sizes,
            "require": self.require,
            "exclude": self.exclude,
            "budgets": [f"{name}<={limit!r}" for name, limit in self.budgets.items()],
            "groups": groups,
            "apart": self.apart,
            "together": self.together,
            "forbid": self.forbid,
        }

    def met_by(self, ensemble: Collection[str]) -> bool:
        """Return whether an ensemble meets all constraints exactly."""
        names = set(ensemble)
        return self._of_right_size(len(names)) and self.members_fit(names)

    def _of_right_size(self, size: int) -> bool:
        n, sizes = len(self.models), self.sizes
        most = min(n, sizes.get("size", n), sizes.get("max_size", n))
        if "min_size" in sizes or "size" in sizes:
            low = max(sizes.get("min_size", 0), sizes.get("size", 0))
        else:  # the default, or what other options leave
            low = min(self.default_low, most, max(1, n - len(set(self.exclude))))
        return low <= size <= most

    def members_fit(self, ensemble: Collection[str]) -> bool:
        """Return whether an ensemble meets all constraints but those on its size."""
        names = set(ensemble)
        return (
            names.issuperset(self.require)
            and names.isdisjoint(self.exclude)
            and all(
                self.spent(names, attribute) <= Fraction(repr(limit))
                for attribute, limit in self.budgets.items()
            )
            and all(self._meets_group(names, *group) for group in self.groups)
            and not any(names.issuperset(pair) for pair in self.apart)
            and all(len(names.intersection(pair)) != 1 for pair in self.together)
            and all(names != set(ensemble) for ensemble in self.forbid)
        )

    def fits_alone(self, name: str) -> bool:
        """Return whether a model may be asked alone: what speaks of company does not count."""
        return (
            name not in self.exclude
            and all(
                self.spent([name], attribute) <= Fraction(repr(limit))
                for attribute, limit in self.budgets.items()
            )
            and not any(
                count == 0 and sign != ">=" and of in ("", self.attributes[name]["provider"])
                for of, sign, count in self.groups
            )
            and (name,) not in self.forbid
        )

    def spent(self, names: Collection[str], attribute: str) -> Fraction:
        """Return the exact sum of an attribute."""
        values = [Fraction(repr(self.attributes[name][attribute])) for name in names]
        return sum(values, Fraction(0))

    def _meets_group(self, names: set[str], of: str, sign: str, count: int) -> bool:
        provider = {name: self.attributes[name]["provider"] for name in self.models}
        for value in [of] if of else set(provider.values()):
            has = sum(provider[name] == value for name in names)
            if (sign != ">=" and has > count) or (sign != "<=" and has < count):
                return False
        return True


def draw_conditions(
    rng: np.random.Generator, number: int, models: Sequence[str], default_low: int
) -> Conditions:
    """Draw constraints for a pool.

    Parameters
    ----------
    rng : Generator
    number : int
        Every 512 numbers in a row have each combination of kinds once.
    models : sequence of str
    default_low : int
        The smallest size where nothing is said of it.

    Examples
    --------
    >>> drawn = draw_conditions(np.random.default_rng(0), 8, ("a", "b", "c"), 1)
    >>> drawn.met_by(["a", "b", "c"]) or drawn.met_by(["a", "b"]) or drawn.met_by(["a"])
    True
    """
    names = tuple(models)
    code = number * 173 % 512  # odd, so neighbours differ in many kinds
    kinds = {kind for k, kind in enumerate(KINDS) if code >> k & 1}
    fewest = min(default_low, len(names))
    hidden = {name for name in names if rng.random() < 0.5} | set(names[:fewest])
    others = [name for name in names if name not in hidden]
    rows: dict[str, dict[str, Any]] = {name: {} for name in names}
    for attribute in ("price", "seconds"):
        values = decimals(rng, len(names))
        for name, value in zip(names, values, strict=True):
            rows[name][attribute] = value
    for name in names:
        rows[name]["provider"] = str(rng.choice(_PROVIDERS))
    inside = sorted(hidden)
    return Conditions(
        models=names,
        default_low=default_low,
        attributes=rows,
        sizes=_sizes(rng, len(hidden), len(names)) if "sizes" in kinds else {},
        require=tuple(_some(rng, inside, 2)) if "require" in kinds else (),
        exclude=tuple(_some(rng, others, 2)) if "exclude" in kinds else (),
        budgets={
            name: _limit(rng, [rows[m][name] for m in inside])
            for name in ("price", "seconds")
            if name in kinds
        },
        groups=_groups(rng, [rows[m]["provider"] for m in inside], names, rows)
        if "group" in kinds
        else (),
        apart=_pairs(rng, [p for p in combinations(names, 2) if not hidden.issuperset(p)])
        if "apart" in kinds
        else (),
        together=_pairs(rng, [p for p in combinations(names, 2) if len(hidden & set(p)) != 1])
        if "together" in kinds
        else (),
        forbid=tuple(
            tuple(name for name in names if rng.random() < 0.5)
            for _ in range(int(rng.integers(1, 4)))
        )
        if "forbid" in kinds
        else (),
    )


def decimals(rng: np.random.Generator, count: int) -> list[float]:
    """Draw decimal numbers of few digits; in half of the cases one or two are far out of scale."""
    shift = int(rng.choice([-7, -3, -2, -1, 0]))
    digits = rng.integers(0, 100, count)
    values = [float(f"{k}e{shift}") for k in digits]
    if rng.random() < _OUTLIERS:
        for at in rng.integers(0, count, int(rng.integers(1, 3))):
            values[at] = float(f"{max(1, digits[at])}e{shift + int(rng.integers(3, 16))}")
    return values


def _limit(rng: np.random.Generator, spent: Sequence[float]) -> float:
    """Return what some models spend, rarely a little less or more."""
    total = sum((Fraction(repr(value)) for value in spent), Fraction(0))
    chance = rng.random()
    if chance < 0.15:
        total -= Fraction(1, 10 ** int(rng.integers(2, 12)))
    elif chance < 0.3:
        total *= 1 + Fraction(int(rng.integers(1, 10)), 10)
    return float(total)


def _sizes(rng: np.random.Generator, hidden: int, n: int) -> dict[str, int]:
    chance = rng.random()
    if chance < 0.3:
        return {"size": hidden}
    if chance < 0.6:
        return {"max_size": int(rng.integers(hidden, n + 1))}
    if chance < 0.9:
        return {"min_size": int(rng.integers(0, hidden + 1))}
    return {"min_size": int(rng.integers(0, n + 1)), "max_size": int(rng.integers(1, n + 1))}


def _groups(
    rng: np.random.Generator,
    inside: Sequence[str],
    names: Sequence[str],
    rows: Mapping[str, Mapping[str, Any]],
) -> tuple[tuple[str, str, int], ...]:
    present = sorted({str(rows[name]["provider"]) for name in names})
    if rng.random() < 0.5:
        return (("", "<=", max(inside.count(value) for value in present)),)
    of = str(rng.choice(present))
    return ((of, str(rng.choice(["<=", ">=", "=="])), inside.count(of)),)


def _some(rng: np.random.Generator, names: Sequence[str], most: int) -> list[str]:
    count = min(len(names), int(rng.integers(1, most + 1)))
    return [str(name) for name in rng.choice(list(names), count, replace=False)] if count else []


def _pairs(
    rng: np.random.Generator, pairs: Sequence[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    if not pairs:
        return ()
    return tuple(pairs[k] for k in rng.integers(0, len(pairs), int(rng.integers(1, 3))))
