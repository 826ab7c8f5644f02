"""A selection problem: which ensemble of a pool has the least loss, under which constraints.

A `SelectionProblem` is data: it validates what it is given and derives what is cheap to derive. No
property of it starts a search.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import InputError, UnansweredError
from chemopt.frames import html_text
from chemopt.numerics import INTER_ALLOWANCE, Floats, proof_tolerance
from chemopt.outcomes.outcomes import Outcomes, check_outcomes
from chemopt.problem.constrained import CONSTRAINT_OPTIONS, ConstrainedPool
from chemopt.problem.constraints import Budget, Group
from chemopt.profiles.profiles import Profiles
from chemopt.validation import choice, instance_of, known_option, number
from chemopt.wording import counted

Bools: TypeAlias = npt.NDArray[np.bool_]

# Conventions for M_inter; see `chemopt.problem.loss`.
MInter = Literal["reference", "greedy", "cut", "total"]
M_INTER_CONVENTIONS: tuple[MInter, ...] = get_args(MInter)
# Those of the alternating split, which entries below 0 would make meaningless.
SPLIT_CONVENTIONS = ("reference", "greedy")
# Beyond this, the size penalty drowns the chemistry in floating point.
LARGEST_BETA = 1e9


@dataclass(frozen=True, eq=False)
class SelectionProblem(ConstrainedPool):
    """Choose X ⊆ S that minimises α (M_inter − inter) + (1 − α) (M_intra − intra) + β |X|.

    Attributes
    ----------
    table : ChemistryTable
        The pool S and its chemistry c.
    alpha : float
        Weight α of the inter term, in [0, 1].
    beta : float
        Size penalty β of each model, in [0, 1e9].
    min_size : int, optional
        Smallest |X|. If not given, 2, or less if `max_size`, `size` or `exclude` leave fewer.
    max_size : int, optional
        Largest |X|.
    size : int, optional
        Exact |X|.
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
    m_inter : {"reference", "greedy", "cut", "total"}
        Convention for M_inter; see `chemopt.problem.loss`.
    profiles : Profiles, optional
        What the table was computed from; the hill climber's fallback needs them.
    outcomes : Outcomes, optional
        What the profiles were learned from, item by item: analyses then say what an ensemble covers
        and how it votes. The loss does not know them.
    subsets : sequence of sequences of str, optional
        Historical subsets X_q, where the hill climber starts; those of `profiles` if not given.
    name, source : str
        For messages and files.
    maximum_cut : sequence of str, optional
        One side of the proved maximum cut of the table, which the convention ``"cut"`` needs.
        Methods fill it in; see `chemopt.methods.exact.max_cut.resolve_m_inter`.

    Raises
    ------
    InputError
        A value is out of range, a name is not in the pool, or an attribute is not known.
        Constraints that contradict each other are no error: such a problem is infeasible, and
        `chemopt.methods.infeasibility.conflicts` says why.

    Notes
    -----
    Sequences are stored as tuples, names in them sorted.

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
    require: Sequence[str] = ()
    exclude: Sequence[str] = ()
    budgets: Sequence[Budget | str] = ()
    groups: Sequence[Group | str] = ()
    apart: Sequence[Sequence[str]] = ()
    together: Sequence[Sequence[str]] = ()
    forbid: Sequence[Sequence[str]] = ()
    attributes: pd.DataFrame | Mapping[str, Mapping[str, Any]] | None = None
    m_inter: MInter = "reference"
    profiles: Profiles | None = None
    outcomes: Outcomes | None = None
    subsets: Sequence[Sequence[str]] | None = None
    name: str = ""
    source: str = ""
    maximum_cut: Sequence[str] | None = None

    def __post_init__(self) -> None:
        hint = "compute it: compute_chemistry(profiles)"
        instance_of("table must be a ChemistryTable", self.table, ChemistryTable, hint)
        _set(self, "alpha", number("alpha", self.alpha, 0, 1))
        _set(self, "beta", number("beta", self.beta, 0, LARGEST_BETA))
        choice("m_inter", self.m_inter, M_INTER_CONVENTIONS)
        if self.m_inter in SPLIT_CONVENTIONS and not self.table.nonnegative:
            raise InputError(
                f"m_inter {self.m_inter!r} has no meaning for a table with negative entries; "
                "use 'total' or 'cut'"
            )
        self._check_constraints()
        if self.profiles is not None:
            hint = "learn them: learn_profiles(history)"
            instance_of("profiles must be Profiles", self.profiles, Profiles, hint)
        if self.outcomes is not None:
            check_outcomes("SelectionProblem", self.outcomes)
            if set(self.outcomes.models) != set(self.models):
                raise InputError("outcomes and table are not of the same models")
        if self.maximum_cut is not None:
            (side,) = self.checked_ensembles("maximum_cut", [self.maximum_cut])
            _set(self, "maximum_cut", side)
        subsets = self.subsets
        if subsets is None and self.profiles is not None:
            subsets = self.profiles.subsets
        if subsets is not None:
            _set(self, "subsets", self.checked_ensembles("subsets", subsets))
        if self.profiles is not None and set(self.profiles.models) != set(self.models):
            raise InputError("profiles and table are not of the same models")

    def __repr__(self) -> str:
        """Return a line: name, models, weights and the constraints that are set.

        Examples
        --------
        >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
        >>> SelectionProblem(table, alpha=0.8, max_size=2)
        SelectionProblem(3 models, alpha=0.8, beta=0.5, max_size=2)
        """
        parts = [*([repr(self.name)] if self.name else []), f"{len(self.models)} models",
                 f"alpha={self.alpha:g}", f"beta={self.beta:g}"]  # fmt: skip
        if self.m_inter != "reference":
            parts.append(f"m_inter={self.m_inter!r}")
        for option in CONSTRAINT_OPTIONS:
            value = getattr(self, option)
            if option == "attributes" or value is None or value == ():
                continue
            shown = list(map(str, value)) if option in ("budgets", "groups") else value
            parts.append(f"{option}={shown!r}")
        return f"SelectionProblem({', '.join(parts)})"

    def _repr_html_(self) -> str:
        """Return the line and the models for a notebook."""
        return html_text(f"{self!r}\n{', '.join(self.models)}")

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S, in the order of the table."""
        return self.table.models

    @property
    def matrix(self) -> Floats:
        """Chemistry c, of shape (n, n)."""
        return self.table.matrix

    @property
    def m_intra_value(self) -> float:
        """The constant M_intra: the sum over all pairs."""
        return self.table.total

    @cached_property
    def m_inter_value(self) -> float:
        """The constant M_inter under the convention `m_inter`.

        Raises
        ------
        UnansweredError
            The convention is ``"cut"``, and the maximum cut is not computed yet.
        """
        side = self.m_inter_side
        return self.table.total if side is None else self.table.across(side)

    @cached_property
    def m_inter_side(self) -> Bools | None:
        """Which models are on one side of the split whose chemistry across is M_inter.

        None under the convention ``"total"``, where M_inter is the sum over all pairs.

        Raises
        ------
        UnansweredError
            As `m_inter_value`.
        """
        if self.m_inter == "total":
            return None
        if self.m_inter != "cut":
            return self.table.alternating_side
        if self.maximum_cut is None:
            raise UnansweredError(
                "m_inter 'cut' needs the maximum cut of the table, which takes a search: "
                "recommend and compare do it, and so does "
                "chemopt.methods.exact.max_cut.resolve_m_inter(problem)"
            )
        return np.isin(self.models, self.maximum_cut)

    @property
    def least_lacking_inter(self) -> float:
        """Smallest feasible M_inter − inter(X), a little below 0; −∞ without the inter constraint.

        Under ``"reference"`` inter may be above M_inter by a few units in its last place.
        """
        if self.m_inter != "reference":
            return -math.inf
        return -INTER_ALLOWANCE * self.m_inter_value

    @property
    def inter_limit(self) -> float:
        """Largest feasible inter(X), for solvers; ∞ without the inter constraint."""
        if self.m_inter != "reference":
            return math.inf
        return self.m_inter_value - self.least_lacking_inter

    def caption(self, *, alpha: bool = True, beta: bool = True) -> str:
        """Say in a line which problem this is, for the title of a picture.

        Parameters
        ----------
        alpha, beta : bool
            Whether to give the weight; False where a picture shows all of its values.

        Examples
        --------
        >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
        >>> SelectionProblem(table, alpha=0.8, max_size=2, apart=[("a", "b")]).caption()
        '3 models, α = 0.8, β = 0.5, M_inter: reference, max_size 2, 1 more constraint'
        """
        parts = [counted(len(self.models), "model")]
        parts += [f"α = {self.alpha:g}"] * alpha + [f"β = {self.beta:g}"] * beta
        parts.append(f"M_inter: {self.m_inter}")
        sizes = ("size", "min_size", "max_size")
        parts += [f"{name} {value}" for name in sizes if (value := getattr(self, name)) is not None]
        others = [name for name in CONSTRAINT_OPTIONS if name not in (*sizes, "attributes")]
        if more := sum(len(getattr(self, name)) for name in others):
            parts.append(counted(more, "more constraint"))
        return f"{self.name}: {', '.join(parts)}" if self.name else ", ".join(parts)

    def with_options(self, **changes: Any) -> SelectionProblem:
        """Return a copy with other options, validated anew.

        Raises
        ------
        InputError
            There is no such option, or a value is not valid.

        Examples
        --------
        >>> table = ChemistryTable(("a", "b"), [[0, 1], [1, 0]])
        >>> SelectionProblem(table).with_options(alhpa=0.7)
        Traceback (most recent call last):
        ...
        chemopt.errors.InputError: unknown option 'alhpa'; is 'alpha' meant?
        """
        for option in changes:
            known_option("option", option, [field.name for field in fields(self)])
        if "profiles" in changes:
            changes.setdefault("subsets", None)  # those of the new profiles
        if "table" in changes:
            changes.setdefault("maximum_cut", None)  # it was that of the other table
        return replace(self, **changes)

    def proof_tolerance(self, loss: float, rounding: float = 0.0) -> float:
        """Return how far a loss may be above a proved bound to be called optimal.

        The one definition of *optimal*: see `chemopt.numerics.proof_tolerance`.
        """
        return proof_tolerance(loss, self.table.typical, rounding)


def check_problem(function: str, problem: object) -> None:
    """Raise unless what a function was given is a selection problem.

    Raises
    ------
    InputError
        The message says how to make one.
    """
    hint = "make one of a chemistry table: SelectionProblem(compute_chemistry(profiles))"
    instance_of(f"{function} needs a SelectionProblem", problem, SelectionProblem, hint)


def _set(problem: SelectionProblem, option: str, value: object) -> None:
    object.__setattr__(problem, option, value)
