"""What every kind of problem has in common: a pool, and the constraints on an ensemble of it.

`SelectionProblem` minimises the published loss, and `chemopt.selection.problem` maximises what an
ensemble is worth on outcomes. Both are subject to the same constraints, in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import pandas as pd

from chemopt.errors import InputError
from chemopt.problem.attributes import checked_attributes, for_pool
from chemopt.problem.constraints import (
    DEFAULT_MIN_SIZE,
    Budget,
    Group,
    LinearConstraint,
    group_hints,
    parse_all,
    side_constraints,
)
from chemopt.validation import whole
from chemopt.wording import meant

# Larger than any pool, and within what solvers take.
LARGEST_SIZE = 10**9
# The options that say which ensembles are feasible.
CONSTRAINT_OPTIONS = (
    "min_size", "max_size", "size", "require", "exclude", "budgets", "groups", "apart", "together",
    "forbid", "attributes",
)  # fmt: skip


class ConstrainedPool:
    """Base of the frozen dataclasses that hold a problem.

    They declare the options below as fields, and call `_check_constraints` when they are made. What
    each option means is in the documentation of `SelectionProblem`.
    """

    #: Smallest |X| unless told otherwise.
    default_min_size = DEFAULT_MIN_SIZE

    min_size: int | None
    max_size: int | None
    size: int | None
    require: Sequence[str]
    exclude: Sequence[str]
    budgets: Sequence[Budget | str]
    groups: Sequence[Group | str]
    apart: Sequence[Sequence[str]]
    together: Sequence[Sequence[str]]
    forbid: Sequence[Sequence[str]]
    attributes: pd.DataFrame | Mapping[str, Mapping[str, Any]] | None

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S."""
        raise NotImplementedError

    @property
    def size_bounds(self) -> tuple[int, int]:
        """Smallest and largest |X| by `size`, `min_size` and `max_size` together.

        The first may exceed the second; `chemopt.methods.infeasibility.conflicts` then says why.
        """
        n = len(self.models)
        high = min(bound for bound in (n, self.max_size, self.size) if bound is not None)
        available = n - len(self.exclude)
        low = min(self.default_min_size, high, max(1, available))
        if self.min_size is not None:
            low = self.min_size
        if self.size is not None:
            low = max(self.size, self.min_size or 0)
        return low, high

    @property
    def attribute_table(self) -> pd.DataFrame | None:
        """Attributes of the models of the pool, by name; None if there are none."""
        return cast("pd.DataFrame | None", self.attributes)

    @property
    def feasible_sizes(self) -> range:
        """The sizes that bounds on |X|, required and excluded models leave."""
        low, high = self.size_bounds
        most = min(high, len(self.models) - len(self.exclude))
        return range(max(low, len(self.require)), most + 1)

    @cached_property
    def side_constraints(self) -> tuple[LinearConstraint, ...]:
        """Budgets, groups, pairs and no-good cuts, each as a weighted sum with bounds."""
        return side_constraints(
            self.models,
            self.exclude,
            self.attribute_table,
            budgets=parse_all("budgets", Budget, self.budgets),
            groups=parse_all("groups", Group, self.groups),
            apart=self.apart,
            together=self.together,
            forbid=self.forbid,
        )

    @property
    def constraint_warnings(self) -> tuple[str, ...]:
        """Constraints that may not mean what was wanted, a sentence each."""
        groups = parse_all("groups", Group, self.groups)
        return tuple(group_hints(groups, self.models, self.attribute_table))

    def positions(self, names: Iterable[str]) -> list[int]:
        """Return the numbers, in the pool, of models given by name."""
        index = {name: k for k, name in enumerate(self.models)}
        return sorted(index[name] for name in names)

    def _names(self, option: str, names: Iterable[str]) -> tuple[str, ...]:
        if isinstance(names, str) or not isinstance(names, Iterable):
            raise InputError(f"{option} must be a collection of names, not {names!r}")
        known = set(self.models)
        wanted = list(names)
        unknown = [name for name in wanted if not isinstance(name, str) or name not in known]
        if unknown:
            raise InputError(
                f"{option}: unknown model {unknown[0]!r}; "
                f"{meant(unknown[0], self.models, 'the pool has')}"
            )
        return tuple(sorted(set(wanted)))

    def checked_ensembles(self, option: str, subsets: Any) -> tuple[tuple[str, ...], ...]:
        """Return sets of models of the pool, each once and sorted by name.

        Raises
        ------
        InputError
            They are no such sets.
        """
        if isinstance(subsets, str) or not isinstance(subsets, Iterable):
            raise InputError(f"{option} must be a collection of subsets, not {subsets!r}")
        # each once: a constraint that is given twice says nothing more
        return tuple(dict.fromkeys(self._names(option, subset) for subset in subsets))

    def _pairs(self, option: str, pairs: Any) -> tuple[tuple[str, ...], ...]:
        found = self.checked_ensembles(option, pairs)
        for pair in found:
            if len(pair) != 2:
                raise InputError(f"{option} must be pairs of two different models, not {pair!r}")
        return found

    def _check_constraints(self) -> None:
        """Validate the constraints, and store them as tuples; names in them are sorted.

        Raises
        ------
        InputError
            A size is not a whole number, a name is not in the pool, or an attribute is not known.
        """
        checked: dict[str, Any] = {
            option: whole(option, getattr(self, option), 0, LARGEST_SIZE)
            for option in ("min_size", "max_size", "size")
            if getattr(self, option) is not None
        }
        for option in ("require", "exclude"):
            checked[option] = self._names(option, getattr(self, option))
        if self.attributes is not None:
            checked["attributes"] = for_pool(checked_attributes(self.attributes), self.models)
        checked["budgets"] = parse_all("budgets", Budget, self.budgets)
        checked["groups"] = parse_all("groups", Group, self.groups)
        for option in ("apart", "together"):
            checked[option] = self._pairs(option, getattr(self, option))
        checked["forbid"] = self.checked_ensembles("forbid", self.forbid)
        for option, value in checked.items():
            object.__setattr__(self, option, value)
        _ = self.side_constraints  # which finds what is wrong with them
