"""The constraints on an ensemble as one value, and what all problems under constraints share.

`Constraints` says which ensembles are feasible, whatever is asked of them: the problems of
chemistry, of coverage and of cascades hold one each, and functions take the same options as
keywords. `ConstrainedPool` is the base of these problems: a pool, with the constraints on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, TypedDict, cast

import pandas as pd

from chemopt.errors import InputError
from chemopt.problem.attributes import checked_attributes, for_pool
from chemopt.problem.constraints import (
    SIDE_CONSTRAINTS,
    Budget,
    Group,
    LinearConstraint,
    group_hints,
    parse_all,
)
from chemopt.validation import instance_of, known_option, taken, whole
from chemopt.wording import meant

# Larger than any pool, and within what solvers take.
LARGEST_SIZE = 10**9
SIZES = ("size", "min_size", "max_size")
# Those that hold several constraints.
_LISTED = ("require", "exclude", *SIDE_CONSTRAINTS)


class ConstraintOptions(TypedDict, total=False):
    """The fields of `Constraints`, as keywords of a function."""

    size: int | None
    min_size: int | None
    max_size: int | None
    require: Sequence[str]
    exclude: Sequence[str]
    budgets: Sequence[Budget | str]
    groups: Sequence[Group | str]
    apart: Sequence[Sequence[str]]
    together: Sequence[Sequence[str]]
    forbid: Sequence[Sequence[str]]
    attributes: pd.DataFrame | Mapping[str, Mapping[str, Any]] | None


@dataclass(frozen=True, eq=False)
class Constraints:
    """Which ensembles X of a pool are feasible.

    Attributes
    ----------
    size : int, optional
        Exact |X|.
    min_size : int, optional
        Smallest |X|. If not given, 1 (2 for chemistry, since one model has none), or less if other
        constraints leave fewer.
    max_size : int, optional
        Largest |X|.
    require, exclude : sequence of str
        Models that must, and that must not, be chosen.
    budgets : sequence of Budget or str
        Bounds on sums of an attribute, as ``"price<=3"``; see `chemopt.problem.constraints`.
    groups : sequence of Group or str
        Bounds on how many models have a value of an attribute, as ``"provider=acme<=2"``, or
        ``"provider<=2"`` for each value.
    apart, together : sequence of pairs of str
        Pairs of which at most one, and pairs of which both or none, are chosen.
    forbid : sequence of sequences of str
        Ensembles that are not to be the answer: a no-good cut for each.
    attributes : DataFrame or mapping, optional
        What budgets and groups speak of: a row for each model, by name; see
        `chemopt.problem.attributes`. Models outside the pool are passed over.

    Raises
    ------
    InputError
        A value is out of range or not in the right form. Whether names are in the pool, and
        attributes known, is seen when a problem is made. Constraints that contradict each other are
        no error: such a problem is infeasible, and `chemopt.methods.infeasibility.conflicts` says
        why.

    Notes
    -----
    Sequences are stored as tuples, names in them sorted.

    Examples
    --------
    >>> constraints = Constraints(max_size=3, budgets=["price <= 4"], apart=[("b", "a")])
    >>> constraints
    Constraints(max_size=3, budgets=['price<=4'], apart=(('a', 'b'),))
    >>> [name for name, others in constraints.relaxed()]
    ['budget price<=4', 'apart a, b']
    """

    size: int | None = None
    min_size: int | None = None
    max_size: int | None = None
    require: Sequence[str] = ()
    exclude: Sequence[str] = ()
    budgets: Sequence[Budget | str] = ()
    groups: Sequence[Group | str] = ()
    apart: Sequence[Sequence[str]] = ()
    together: Sequence[Sequence[str]] = ()
    forbid: Sequence[Sequence[str]] = ()
    attributes: pd.DataFrame | Mapping[str, Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {
            option: whole(option, getattr(self, option), 0, LARGEST_SIZE)
            for option in SIZES
            if getattr(self, option) is not None
        }
        for option in ("require", "exclude"):
            checked[option] = _names(option, getattr(self, option))
        if self.attributes is not None:
            checked["attributes"] = checked_attributes(self.attributes)
        checked["budgets"] = parse_all("budgets", Budget, self.budgets)
        checked["groups"] = parse_all("groups", Group, self.groups)
        for option in ("apart", "together", "forbid"):
            checked[option] = checked_subsets(option, getattr(self, option))
        for option in ("apart", "together"):
            for pair in checked[option]:
                if len(pair) != 2:
                    raise InputError(
                        f"{option} must be pairs of two different models, not {pair!r}"
                    )
        for option, value in checked.items():
            object.__setattr__(self, option, value)

    @classmethod
    def take(
        cls, options: MutableMapping[str, Any], constraints: Constraints | None = None
    ) -> Constraints:
        """Take constraints out of the keywords of a function; they replace those given as a value.

        Raises
        ------
        InputError
            One is not valid.
        """
        if constraints is not None:
            hint = "make them: Constraints(size=3)"
            instance_of("constraints must be Constraints", constraints, Constraints, hint)
        own = taken(options, CONSTRAINTS)
        if constraints is None:
            return cls(**own)
        return replace(constraints, **own) if own else constraints

    def __repr__(self) -> str:
        """Return the constraints that are set, but for attributes."""
        return f"Constraints({', '.join(self.texts())})"

    @property
    def table(self) -> pd.DataFrame | None:
        """Attributes of models, by name; None if there are none."""
        return cast("pd.DataFrame | None", self.attributes)

    @property
    def sized(self) -> bool:
        """Whether there is a bound on |X|."""
        return any(getattr(self, option) is not None for option in SIZES)

    def of_size(self, size: int | None) -> Constraints:
        """Return them with this |X| in place of theirs."""
        return replace(self, size=size, min_size=None, max_size=None)

    def with_attributes(self, attributes: pd.DataFrame | None) -> Constraints:
        """Return them with other attributes."""
        return replace(self, attributes=attributes)

    def texts(self) -> list[str]:
        """Return what is set, but for attributes, as options of Python."""
        found = []
        for option in CONSTRAINTS:
            value = getattr(self, option)
            if option == "attributes" or value is None or value == ():
                continue
            shown = list(map(str, value)) if option in ("budgets", "groups") else value
            found.append(f"{option}={shown!r}")
        return found

    @property
    def count(self) -> int:
        """The number of constraints but those on |X|."""
        return sum(len(getattr(self, option)) for option in _LISTED)

    def relaxed(self) -> Iterator[tuple[str, Constraints]]:
        """Yield each constraint but those on |X|, by name, with the constraints without it."""
        for option in _LISTED:
            what, each = option.removesuffix("s"), getattr(self, option)
            for k, one in enumerate(each):
                others: dict[str, Any] = {option: (*each[:k], *each[k + 1 :])}
                text = ", ".join(one) if isinstance(one, tuple) else str(one)
                yield f"{what} {text}", replace(self, **others)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for results in JSON, without the attributes."""
        return {
            "min_size": self.min_size,
            "max_size": self.max_size,
            "exact_size": self.size,
            "require": list(self.require),
            "exclude": list(self.exclude),
            "budgets": [str(budget) for budget in self.budgets],
            "groups": [str(group) for group in self.groups],
            **{
                option: [list(names) for names in getattr(self, option)]
                for option in ("apart", "together", "forbid")
            },
        }

    def for_pool(self, models: tuple[str, ...]) -> Constraints:
        """Return them with the attributes of a pool, whose models they all name.

        Raises
        ------
        InputError
            A name is not in the pool, or a model has no row of attributes.
        """
        for option in ("require", "exclude"):
            check_known(option, getattr(self, option), models)
        for option in ("apart", "together", "forbid"):
            for names in getattr(self, option):
                check_known(option, names, models)
        if self.table is None or list(self.table.index) == list(models):
            return self
        return replace(self, attributes=for_pool(self.table, models))

    def rows(self, models: Sequence[str]) -> tuple[LinearConstraint, ...]:
        """Return budgets, groups, pairs and no-good cuts as weighted sums with bounds.

        Raises
        ------
        InputError
            A budget or a group speaks of attributes that are not known.
        """
        return tuple(
            row
            for option, rows_of in SIDE_CONSTRAINTS.items()
            for one in getattr(self, option)
            for row in rows_of(one, models, self.exclude, self.table)
        )


#: The names of all constraints.
CONSTRAINTS = tuple(field.name for field in fields(Constraints))


class ConstrainedPool:
    """Base of the frozen dataclasses that hold a problem.

    They declare a field `constraints`, and call `_check_constraints` when they are made.
    """

    #: Smallest |X| unless asked for otherwise.
    default_min_size = 1

    constraints: Constraints

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S."""
        raise NotImplementedError

    @property
    def require(self) -> tuple[str, ...]:
        """The required models, sorted."""
        return cast("tuple[str, ...]", self.constraints.require)

    @property
    def exclude(self) -> tuple[str, ...]:
        """The excluded models, sorted."""
        return cast("tuple[str, ...]", self.constraints.exclude)

    @property
    def size_bounds(self) -> tuple[int, int]:
        """Smallest and largest |X| by `size`, `min_size` and `max_size` together.

        The first may exceed the second; `chemopt.methods.infeasibility.conflicts` then says why.
        """
        n, own = len(self.models), self.constraints
        high = min(bound for bound in (n, own.max_size, own.size) if bound is not None)
        available = n - len(own.exclude)
        low = min(self.default_min_size, high, max(1, available))
        if own.min_size is not None:
            low = own.min_size
        if own.size is not None:
            low = max(own.size, own.min_size or 0)
        return low, high

    @property
    def feasible_sizes(self) -> range:
        """The sizes that bounds on |X|, required and excluded models leave."""
        low, high = self.size_bounds
        most = min(high, len(self.models) - len(self.exclude))
        return range(max(low, len(self.require)), most + 1)

    @cached_property
    def side_constraints(self) -> tuple[LinearConstraint, ...]:
        """Budgets, groups, pairs and no-good cuts, each as a weighted sum with bounds."""
        return self.constraints.rows(self.models)

    @property
    def constraint_warnings(self) -> tuple[str, ...]:
        """Constraints that may not mean what was wanted, a sentence each."""
        groups = parse_all("groups", Group, self.constraints.groups)
        return tuple(group_hints(groups, self.models, self.constraints.table))

    def positions(self, names: Iterable[str]) -> list[int]:
        """Return the numbers, in the pool, of models given by name."""
        index = {name: k for k, name in enumerate(self.models)}
        return sorted(index[name] for name in names)

    def with_options(self, **changes: Any) -> Any:
        """Return a copy with other options, constraints among them, validated anew.

        Raises
        ------
        InputError
            There is no such option, or a value is not valid.
        """
        own = [field.name for field in fields(cast("Any", self))]
        for option in changes:
            known_option("option", option, [*own, *CONSTRAINTS])
        constraints = Constraints.take(changes, changes.pop("constraints", self.constraints))
        return replace(cast("Any", self), constraints=constraints, **changes)

    def _check_constraints(self) -> None:
        """Hold the constraints against the pool, and store them with its attributes.

        Raises
        ------
        InputError
            A name is not in the pool, or an attribute is not known.
        """
        object.__setattr__(self, "constraints", self.constraints.for_pool(self.models))
        _ = self.side_constraints  # which finds what is wrong with them


def checked_subsets(option: str, subsets: Any) -> tuple[tuple[str, ...], ...]:
    """Return sets of models, each once and sorted by name.

    Raises
    ------
    InputError
        They are no such sets.
    """
    if isinstance(subsets, str) or not isinstance(subsets, Iterable):
        raise InputError(f"{option} must be a collection of subsets, not {subsets!r}")
    # each once: a constraint that is given twice says nothing more
    return tuple(dict.fromkeys(_names(option, subset) for subset in subsets))


def check_known(option: str, names: Iterable[str], pool: Sequence[str]) -> None:
    """Raise unless names are those of models of a pool.

    Raises
    ------
    InputError
        The message gives the nearest name.
    """
    known = set(pool)
    for name in names:
        if name not in known:
            raise InputError(
                f"{option}: unknown model {name!r}; {meant(name, pool, 'the pool has')}"
            )


def _names(option: str, names: Any) -> tuple[str, ...]:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InputError(f"{option} must be a collection of names, not {names!r}")
    wanted = list(names)
    for name in wanted:
        if not isinstance(name, str):
            raise InputError(f"{option}: {name!r} is not the name of a model")
    return tuple(sorted(set(wanted)))
