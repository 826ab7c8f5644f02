"""A selection problem: which ensemble of a pool has the least loss, under which conditions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import InputError
from chemopt.methods.exact.max_cut import maximum_cut
from chemopt.problem.attributes import checked_attributes, for_pool
from chemopt.problem.constraints import (
    Budget,
    Condition,
    Group,
    apart_condition,
    budget_condition,
    forbid_condition,
    group_conditions,
    parse_all,
    together_condition,
)
from chemopt.problem.loss import (
    M_INTER_CONVENTIONS,
    SPLIT_CONVENTIONS,
    SUM_TOLERANCE,
    greedy_cut,
    total_chemistry,
)
from chemopt.profiles.profiles import Profiles
from chemopt.validation import choice, number, whole

DEFAULT_MIN_SIZE = 2
# Beyond this, the price of a model drowns the chemistry in floating point.
LARGEST_BETA = 1e9


@dataclass(frozen=True, eq=False)
class SelectionProblem:
    """Choose X ⊆ S that minimises α (M_inter − inter) + (1 − α) (M_intra − intra) + β |X|.

    Attributes
    ----------
    table : ChemistryTable
        The pool S and its chemistry c.
    alpha : float
        Weight α of the inter term, in [0, 1].
    beta : float
        Price β of each model, in [0, 1e9].
    min_size : int, optional
        Smallest |X|. If not given, 2, or as many as the pool and the other conditions leave.
    max_size : int, optional
        Largest |X|.
    size : int, optional
        Exact |X|.
    require, exclude : tuple of str
        Models that must, and that must not, be chosen.
    budgets : tuple of Budget or str
        Bounds on sums of an attribute, as ``"price<=3"``; see `chemopt.problem.constraints`.
    groups : tuple of Group or str
        Bounds on how many models have a value of an attribute, as ``"provider=acme<=2"``, or
        ``"provider<=2"`` for each value.
    apart, together : tuple of (str, str)
        Pairs of which at most one, and pairs of which both or none, are chosen.
    forbid : tuple of tuple of str
        Ensembles that are not to be the answer.
    attributes : DataFrame or mapping, optional
        What budgets and groups speak of: a row for each model, by name; see
        `chemopt.problem.attributes`. Models outside the pool are passed over.
    m_inter : {"reference", "greedy", "cut", "total"}
        Convention for M_inter; see `chemopt.problem.loss`.
    profiles : Profiles, optional
        What the table was computed from; the hill climber's fallback needs them.
    subsets : tuple of tuple of str, optional
        Historical subsets X_q, where the hill climber starts; those of `profiles` if not given.
    name, source : str
        For messages and files.

    Raises
    ------
    InputError
        A value is out of range, a name is not in the pool, or an attribute is not known.
        Conditions that contradict each other are no error: such a problem is infeasible, and
        `chemopt.methods.infeasibility.conflicts` says why.

    Examples
    --------
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> problem = SelectionProblem(table, alpha=0.8, max_size=2)
    >>> problem.m_inter_value, problem.m_intra_value, problem.size_bounds
    (1.25, 1.75, (2, 2))
    """

    table: ChemistryTable
    alpha: float = 0.5
    beta: float = 0.5
    min_size: int | None = None
    max_size: int | None = None
    size: int | None = None
    require: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    budgets: tuple[Budget | str, ...] = ()
    groups: tuple[Group | str, ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    together: tuple[tuple[str, str], ...] = ()
    forbid: tuple[tuple[str, ...], ...] = ()
    attributes: pd.DataFrame | None = None
    m_inter: str = "reference"
    profiles: Profiles | None = None
    subsets: tuple[tuple[str, ...], ...] | None = None
    name: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.table, ChemistryTable):
            raise InputError(f"table must be a ChemistryTable, not {type(self.table).__name__}")
        _set(self, "alpha", number("alpha", self.alpha, 0, 1))
        _set(self, "beta", number("beta", self.beta, 0, LARGEST_BETA))
        for option in ("min_size", "max_size", "size"):
            if getattr(self, option) is not None:
                _set(self, option, whole(option, getattr(self, option), 0))
        choice("m_inter", self.m_inter, M_INTER_CONVENTIONS)
        if self.m_inter in SPLIT_CONVENTIONS and not self.table.nonnegative:
            raise InputError(
                f"m_inter {self.m_inter!r} has no meaning for a table with negative entries; "
                "use 'total' or 'cut'"
            )
        for option in ("require", "exclude"):
            _set(self, option, self._names(option, getattr(self, option)))
        if self.attributes is not None:
            _set(self, "attributes", for_pool(checked_attributes(self.attributes), self.models))
        _set(self, "budgets", parse_all("budgets", Budget, self.budgets))
        _set(self, "groups", parse_all("groups", Group, self.groups))
        for option in ("apart", "together"):
            _set(self, option, self._pairs(option, getattr(self, option)))
        _set(self, "forbid", self._subsets("forbid", self.forbid))
        _ = self.conditions  # which finds what is wrong with them
        if self.profiles is not None and not isinstance(self.profiles, Profiles):
            raise InputError(f"profiles must be Profiles, not {type(self.profiles).__name__}")
        subsets = self.subsets
        if subsets is None and self.profiles is not None:
            subsets = self.profiles.subsets
        if subsets is not None:
            _set(self, "subsets", self._subsets("subsets", subsets))
        if self.profiles is not None and set(self.profiles.models) != set(self.models):
            raise InputError("profiles and table are not of the same models")

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S, in the order of the table."""
        return self.table.models

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """Chemistry c, of shape (n, n)."""
        return self.table.matrix

    @cached_property
    def m_intra_value(self) -> float:
        """The constant M_intra: the sum over all pairs."""
        return total_chemistry(self.matrix)

    @cached_property
    def m_inter_value(self) -> float:
        """The constant M_inter under the convention `m_inter`.

        Raises
        ------
        UnansweredError
            Convention ``"cut"`` and more models than its maximum can be proved for.
        """
        if self.m_inter == "total":
            return self.m_intra_value
        if self.m_inter == "cut":
            return maximum_cut(self.table)[0]
        return greedy_cut(self.models, self.matrix)

    @property
    def inter_limit(self) -> float | None:
        """Largest inter(X) allowed; None if any is.

        Under ``"reference"`` it is M_inter and a trifle for rounding.
        """
        if self.m_inter != "reference":
            return None
        return self.m_inter_value * (1 + SUM_TOLERANCE)

    @property
    def size_bounds(self) -> tuple[int, int]:
        """Smallest and largest |X| that `size`, `min_size` and `max_size` allow together.

        The first may exceed the second; `chemopt.methods.infeasibility.conflicts` then says why.
        """
        n = len(self.models)
        high = min(bound for bound in (n, self.max_size, self.size) if bound is not None)
        available = n - len(self.exclude)
        low = min(DEFAULT_MIN_SIZE, high, max(1, available))
        if self.min_size is not None:
            low = self.min_size
        if self.size is not None:
            low = max(self.size, self.min_size or 0)
        return low, high

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Budgets, groups, pairs and forbidden ensembles, each as a weighted sum with bounds."""
        budgets = parse_all("budgets", Budget, self.budgets)
        groups = parse_all("groups", Group, self.groups)
        models = self.models
        return (
            *(budget_condition(one, models, self.exclude, self.attributes) for one in budgets),
            *(
                condition
                for one in groups
                for condition in group_conditions(one, models, self.exclude, self.attributes)
            ),
            *(apart_condition(pair, models) for pair in self.apart),
            *(together_condition(pair, models) for pair in self.together),
            *(forbid_condition(ensemble, models) for ensemble in self.forbid),
        )

    def with_options(self, **changes: Any) -> SelectionProblem:
        """Return a copy with other options, validated anew."""
        if "profiles" in changes:
            changes.setdefault("subsets", None)  # those of the new profiles
        other = replace(self, **changes)
        if not changes.keys() & {"table", "m_inter"}:
            known = {"m_inter_value", "m_intra_value"} & vars(self).keys()
            vars(other).update({name: vars(self)[name] for name in known})
        return other

    def prove_m_inter(self, *, time_limit: float | None = None, seed: int = 0) -> float:
        """Compute `m_inter_value` within a time limit, and keep it.

        Only the convention ``"cut"`` on a large pool needs time.

        Raises
        ------
        UnansweredError
            The maximum cut was not proved within the limit.
        """
        if self.m_inter == "cut" and "m_inter_value" not in vars(self):
            value, _ = maximum_cut(self.table, time_limit=time_limit, seed=seed)
            vars(self)["m_inter_value"] = value
        return self.m_inter_value

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
                f"{option}: unknown model {unknown[0]!r}; the pool has {', '.join(self.models)}"
            )
        return tuple(sorted(set(wanted)))

    def _subsets(self, option: str, subsets: Any) -> tuple[tuple[str, ...], ...]:
        if isinstance(subsets, str) or not isinstance(subsets, Iterable):
            raise InputError(f"{option} must be a collection of subsets, not {subsets!r}")
        return tuple(self._names(option, subset) for subset in subsets)

    def _pairs(self, option: str, pairs: Any) -> tuple[tuple[str, ...], ...]:
        found = self._subsets(option, pairs)
        for pair in found:
            if len(pair) != 2:
                raise InputError(f"{option} must be pairs of two different models, not {pair!r}")
        return found


def _set(problem: SelectionProblem, option: str, value: object) -> None:
    object.__setattr__(problem, option, value)
