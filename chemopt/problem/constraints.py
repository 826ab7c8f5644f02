"""The constraints on an ensemble, each stated once, as a linear constraint over its members.

Bounds on size, required and excluded models speak of the pool alone. Side constraints are budgets,
groups, pairs, and no-good cuts, which exclude one ensemble. Budgets and groups are written as
short texts, which mean the same in Python, on the command line and in instance files, and speak of
attributes of the models (a price, a provider; see `chemopt.problem.attributes`):

=================  =================================================================
``price<=3``       budget: the prices of the chosen models add up to 3 at most
``provider=X<=2``  group: at most 2 models whose provider is X (also ``>=`` and ``==``)
``provider<=2``    the same for every provider
=================  =================================================================

Prices and limits are decimal numbers, and a set of models meets a budget if and only if their exact
sum does, whatever other models cost (`chemopt.problem.decimal_sum`).

All of them come down to one thing, a `LinearConstraint`: a whole number as weight for each model,
and bounds on the sum of the weights of the chosen. So whatever looks for an ensemble has one kind
of constraint to respect; `chemopt.problem.linear` lists those of a problem by name and as arrays.
The inter constraint, inter(X) ≤ M_inter, is quadratic and stands apart
(`ChemistryProblem.inter_limit`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.numerics import Floats
from chemopt.problem.attributes import attribute_number, attribute_text
from chemopt.problem.decimal_sum import DecimalSum
from chemopt.validation import known_option, number, shown, whole
from chemopt.wording import meant

Positions: TypeAlias = Sequence[int] | npt.NDArray[np.intp]

_BUDGET = re.compile(r"\s*(?P<attribute>[^=<>≤≥]+?)\s*(?:<=|≤)\s*(?P<limit>[^=<>≤≥]+?)\s*")
_GROUP = re.compile(
    r"\s*(?P<attribute>[^=<>≤≥]+?)\s*(?:=\s*(?P<value>[^=<>≤≥]+?)\s*)?"
    r"(?P<sign><=|>=|==|≤|≥)\s*(?P<count>[^=<>≤≥]+?)\s*"
)


@dataclass(frozen=True)
class Budget:
    """The sum of a numeric attribute over the ensemble is at most `limit`.

    Examples
    --------
    >>> Budget.parse("price <= 3")
    Budget(attribute='price', limit=3.0)
    >>> str(_)
    'price<=3'
    """

    attribute: str
    limit: float

    def __post_init__(self) -> None:
        _check_attribute("budgets", self.attribute)
        object.__setattr__(self, "limit", number(f"budget {self.attribute}", self.limit, -math.inf))

    @classmethod
    def parse(cls, text: str) -> Budget:
        """Read ``ATTRIBUTE<=NUMBER``."""
        found = _BUDGET.fullmatch(text)
        if not found:
            raise InputError(f"budgets: {text!r} is not of the form ATTRIBUTE<=NUMBER")
        try:
            limit = float(found["limit"])
        except ValueError:
            raise InputError(f"budgets: {found['limit']!r} in {text!r} is not a number") from None
        return cls(found["attribute"], limit)

    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        return f"{self.attribute}<={_plain(self.limit)}"


@dataclass(frozen=True)
class Group:
    """Bounds on how many models of the ensemble have a value of an attribute.

    Attributes
    ----------
    attribute : str
    value : str or None
        The value, compared as text without regard to case; None stands for every value in turn.
    low, high : int or None
        Fewest and most models.

    Examples
    --------
    >>> Group.parse("provider=acme<=2"), Group.parse("provider<=2").value
    (Group(attribute='provider', value='acme', low=None, high=2), None)
    """

    attribute: str
    value: str | None = None
    low: int | None = None
    high: int | None = None

    def __post_init__(self) -> None:
        _check_attribute("groups", self.attribute)
        if self.value is not None:
            object.__setattr__(self, "value", attribute_text(self.value))
        for end in ("low", "high"):
            if getattr(self, end) is not None:
                count = whole(f"group {self.attribute}: {end}", getattr(self, end), 0)
                object.__setattr__(self, end, count)
        if self.low is None and self.high is None:
            raise InputError(f"group {self.attribute}: give the fewest or the most models")

    @classmethod
    def parse(cls, text: str) -> Group:
        """Read ``ATTRIBUTE[=VALUE]<=COUNT``, or with ``>=`` or ``==``."""
        found = _GROUP.fullmatch(text)
        if not found:
            raise InputError(
                f"groups: {text!r} is not of the form ATTRIBUTE=VALUE<=COUNT or ATTRIBUTE<=COUNT "
                "(or with >= or ==)"
            )
        try:
            count = int(found["count"])
        except ValueError:
            raise InputError(
                f"groups: {found['count']!r} in {text!r} is not a whole number of models; for a "
                "bound on a sum use a budget (budgets=, --budget)"
            ) from None
        sign = {"≤": "<=", "≥": ">="}.get(found["sign"], found["sign"])
        return cls(
            found["attribute"],
            found["value"],
            low=count if sign in (">=", "==") else None,
            high=count if sign in ("<=", "==") else None,
        )

    def __str__(self) -> str:
        """Return the text that `parse` reads, or two such texts with " and " between them."""
        of = self.attribute if self.value is None else f"{self.attribute}={self.value}"
        if self.low == self.high:
            return f"{of}=={self.low}"
        ends = [] if self.low is None else [f"{of}>={self.low}"]
        return " and ".join(ends if self.high is None else [*ends, f"{of}<={self.high}"])


@dataclass(frozen=True, eq=False)
class LinearConstraint:
    """low ≤ Σ_{i ∈ X} weights_i ≤ high.

    Attributes
    ----------
    name : str
        What the user asked for, for messages.
    weights : ndarray of shape (n,)
        In the order of the pool: whole numbers, so that sums are exact in any order.
    low, high : float
        −∞ or ∞ where that side is open.
    decimals : DecimalSum or None
        What was asked for of a budget, which decides; `weights` and `high` are its `row`.
    """

    name: str
    weights: Floats
    low: float = -math.inf
    high: float = math.inf
    decimals: DecimalSum | None = None

    @cached_property
    def doubt(self) -> float:
        """Of sums of weights above ``high - doubt`` only `is_met` knows: `decimals` have more bits.

        0 where the row says all.
        """
        exact = self.decimals is None or not self.decimals.lower_rows()
        return 0.0 if exact else float(len(self.weights))

    def is_met(self, models: Positions) -> bool:
        """Say whether some models, given by number, meet the constraint."""
        if self.decimals is not None:
            return self.decimals.is_met(models)
        return self.low <= self._sum(models) <= self.high

    def use(self, models: Positions) -> tuple[float, float, float, float]:
        """Return what some models use of it, its bounds, and the slack, in the user's unit."""
        if self.decimals is not None:
            used, slack = self.decimals.total(models), self.decimals.slack(models)
            return used, -math.inf, self.decimals.limit / self.decimals.denominator, slack
        used = self._sum(models)
        return used, self.low, self.high, min(used - self.low, self.high - used)

    def cut(self, models: Positions) -> LinearConstraint | None:
        """Return a constraint of small weights that follows from this one, and some models break.

        None unless this is a budget, which they break.
        """
        if self.decimals is None or self.is_met(models):
            return None
        weights, high = self.decimals.cover(models)
        return LinearConstraint(f"cover of {self.name}", weights, high=high)

    def _sum(self, models: Positions) -> float:
        return float(self.weights[np.asarray(models, dtype=np.intp)].sum())


Kind = TypeVar("Kind", Budget, Group)


def parse_all(option: str, kind: type[Kind], given: Any) -> tuple[Kind, ...]:
    """Return budgets or groups that were given as texts or ready made.

    Raises
    ------
    InputError
        One of them is neither, or is not in the right form.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InputError(f"{option} must be a collection of constraints, not {given!r}")
    found: list[Kind] = []
    for one in given:
        if isinstance(one, str):
            # " and " joins the two sides of a group in `Group.__str__`
            found += [kind.parse(part) for part in one.split(" and ")]
        elif isinstance(one, Mapping):
            found.append(_from_fields(option, kind, one))
        elif isinstance(one, kind):
            found.append(one)
        else:
            raise InputError(f"{option}: {one!r} is neither a text nor a {kind.__name__}")
    return tuple(found)


def _from_fields(option: str, kind: type[Kind], given: Mapping[Any, Any]) -> Kind:
    """Return a constraint from its fields by name."""
    for name in given:
        known_option(f"field in {option}:", name, [field.name for field in fields(kind)])
    try:
        return kind(**given)
    except TypeError as error:
        raise InputError(f"{option}: {shown(given)} lacks a field: {error}") from None


def budget_constraint(
    budget: Budget, models: Sequence[str], exclude: Sequence[str], attributes: pd.DataFrame | None
) -> LinearConstraint:
    """Turn a budget into a linear constraint; excluded models need no value.

    Raises
    ------
    InputError
        The attribute is unknown, or a model that can be chosen has no number there.
    """
    column = _column(f"budget {budget}", budget.attribute, attributes)
    decimals = DecimalSum.of(
        (
            0.0 if name in exclude else attribute_number(budget.attribute, name, column[name])
            for name in models
        ),
        budget.limit,
    )
    weights, high = decimals.row()
    return LinearConstraint(f"budget {budget}", weights, high=high, decimals=decimals)


def group_constraints(
    group: Group, models: Sequence[str], exclude: Sequence[str], attributes: pd.DataFrame | None
) -> tuple[LinearConstraint, ...]:
    """Turn a group into linear constraints: one, or one for each value of its attribute.

    Raises
    ------
    InputError
        The attribute is unknown, a model that can be chosen has no value there, or no model
        has the value.
    """
    column = _column(f"group {group}", group.attribute, attributes)
    text = {name: "" if pd.isna(column[name]) else attribute_text(column[name]) for name in models}
    for name in models:
        if not text[name] and name not in exclude:
            raise InputError(f"attribute {group.attribute!r} of {name!r} is missing")
    values = sorted({value for value in text.values() if value})
    if group.value is not None:
        wanted = [value for value in values if value.casefold() == group.value.casefold()]
        if not wanted:
            raise InputError(
                f"group {group}: no model has {group.attribute} {group.value!r}; "
                f"{meant(group.value, values)}"
            )
        kinds = {group.value: {value.casefold() for value in wanted}}
    else:
        kinds = {value: {value.casefold()} for value in values}
    return tuple(
        LinearConstraint(
            f"group {Group(group.attribute, value, group.low, group.high)}",
            np.array([float(text[name].casefold() in folded) for name in models]),
            low=-math.inf if group.low is None else float(group.low),
            high=math.inf if group.high is None else float(group.high),
        )
        for value, folded in kinds.items()
    )


def group_hints(
    groups: Iterable[Group], models: Sequence[str], attributes: pd.DataFrame | None
) -> list[str]:
    """Warn of groups that look as if a budget was meant: each model has a number of its own.

    Examples
    --------
    >>> prices = pd.DataFrame({"price": [0.5, 2.0]}, index=["a", "b"])
    >>> group_hints([Group.parse("price<=1")], ["a", "b"], prices)
    ["The group price<=1 counts models with the same price, which is a number; for the sum of \
prices write it as a budget: budgets=['price<=1'], --budget 'price<=1'."]
    """
    found = []
    for group in groups:
        if group.value is not None or group.high is None or attributes is None:
            continue
        column = attributes[group.attribute].reindex(list(models))
        values = pd.to_numeric(column, errors="coerce").dropna()
        if len(values) < len(models) or any(isinstance(v, bool | np.bool_) for v in column):
            continue
        name = group.attribute
        if (values % 1 != 0).any() or (len(values) > 2 and values.is_unique):
            budget = Budget(name, group.high)
            found.append(
                f"The group {group} counts models with the same {name}, which is a number; for "
                f"the sum of {name}s write it as a budget: budgets=['{budget}'], --budget "
                f"'{budget}'."
            )
    return found


def apart_constraint(pair: Sequence[str], models: Sequence[str]) -> LinearConstraint:
    """Return the constraint that two models are not both chosen: x_i + x_j ≤ 1."""
    weights = np.array([float(name in pair) for name in models])
    return LinearConstraint(f"apart {pair[0]!r} and {pair[1]!r}", weights, high=1.0)


def together_constraint(pair: Sequence[str], models: Sequence[str]) -> LinearConstraint:
    """Return the constraint that two models are both chosen or both not: x_i − x_j = 0."""
    weights = np.array([float(name == pair[0]) - float(name == pair[1]) for name in models])
    return LinearConstraint(f"together {pair[0]!r} and {pair[1]!r}", weights, low=0.0, high=0.0)


def forbid_constraint(ensemble: Sequence[str], models: Sequence[str]) -> LinearConstraint:
    """Return the no-good cut of an ensemble: Σ_X x_i − Σ_{S∖X} x_i ≤ |X| − 1."""
    weights = np.array([1.0 if name in ensemble else -1.0 for name in models])
    return LinearConstraint(f"forbid {', '.join(ensemble)}", weights, high=len(ensemble) - 1.0)


#: What turns one side constraint into linear ones, by the option that holds it: called with the
#: constraint, the pool, the excluded models and the attributes.
SIDE_CONSTRAINTS: dict[str, Callable[..., Iterable[LinearConstraint]]] = {
    "budgets": lambda one, *pool: [budget_constraint(one, *pool)],
    "groups": group_constraints,
    "apart": lambda pair, models, *_: [apart_constraint(pair, models)],
    "together": lambda pair, models, *_: [together_constraint(pair, models)],
    "forbid": lambda ensemble, models, *_: [forbid_constraint(ensemble, models)],
}


def _column(constraint: str, attribute: str, attributes: pd.DataFrame | None) -> pd.Series[Any]:
    if attributes is None or attributes.columns.empty:
        raise InputError(f"{constraint} needs attributes of the models, and none are given")
    if attribute not in attributes.columns:
        hint = meant(attribute, attributes.columns)
        raise InputError(f"{constraint}: no attribute {attribute!r}; {hint}")
    return attributes[attribute]


def _check_attribute(option: str, attribute: Any) -> None:
    if not isinstance(attribute, str) or not attribute.strip() or re.search("[=<>≤≥]", attribute):
        raise InputError(f"{option}: {attribute!r} is not the name of an attribute")


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
