"""A selection problem: which ensemble of a pool has the least loss, under which constraints.

A `ChemistryProblem` is data: it validates what it is given and derives what is cheap to derive. No
property of it starts a search.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from chemopt.chemistry.compute import compute_chemistry
from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import InputError, UnansweredError
from chemopt.frames import html_text
from chemopt.history.histories import History
from chemopt.numerics import INTER_ALLOWANCE, Floats, proof_tolerance
from chemopt.outcomes.outcomes import (
    CHEMISTRY_DEFAULTS,
    PROFILE_DEFAULTS,
    Outcomes,
    check_outcomes,
)
from chemopt.problem.attributes import history_attributes, joined_attributes
from chemopt.problem.constrained import (
    CONSTRAINTS,
    SIZES,
    ConstrainedPool,
    ConstraintOptions,
    Constraints,
    check_known,
    checked_subsets,
)
from chemopt.profiles.profiles import Profiles, learn_profiles
from chemopt.validation import choice, instance_of, no_other_options, number, taken
from chemopt.wording import counted

if TYPE_CHECKING:
    from typing_extensions import Unpack

Bools: TypeAlias = npt.NDArray[np.bool_]

# Conventions for M_inter; see `chemopt.problem.loss`.
MInter = Literal["published", "greedy", "cut", "total"]
M_INTER_CONVENTIONS: tuple[MInter, ...] = get_args(MInter)
# Those of the alternating split, which entries below 0 would make meaningless.
SPLIT_CONVENTIONS = ("published", "greedy")
# Options of `from_data`: of profiles, of chemistry, and what is left for the problem.
PROFILE_OPTIONS = ("aggregate", "accuracy_floor")
CHEMISTRY_OPTIONS = ("usage_threshold", "empty_cost", "weights", "tau")
OPTIONS_OF_DATA = (
    *PROFILE_OPTIONS, *CHEMISTRY_OPTIONS, "alpha", "beta", "m_inter", "subsets", "source"
)  # fmt: skip
# Beyond this, the size penalty drowns the chemistry in floating point.
LARGEST_BETA = 1e9


@dataclass(frozen=True, eq=False, init=False)
class ChemistryProblem(ConstrainedPool):
    """Choose X ⊆ S that minimises α (M_inter − inter) + (1 − α) (M_intra − intra) + β |X|.

    Attributes
    ----------
    table : ChemistryTable
        The pool S and its chemistry c.
    alpha : float
        Weight α of the inter term, in [0, 1].
    beta : float
        Size penalty β of each model, in [0, 1e9].
    constraints : Constraints
        Which ensembles are feasible. Its fields are keywords here, too; given next to it they
        replace those that it has. The smallest |X| is 2 if not given.
    m_inter : {"published", "greedy", "cut", "total"}
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
    >>> problem = ChemistryProblem(table, alpha=0.8, max_size=2)
    >>> problem.m_inter_value, problem.m_intra_value, problem.size_bounds
    (1.25, 1.75, (2, 2))
    """

    default_min_size = 2  # one model has no chemistry

    table: ChemistryTable
    alpha: float
    beta: float
    m_inter: MInter
    profiles: Profiles | None
    outcomes: Outcomes | None
    subsets: Sequence[Sequence[str]] | None
    name: str
    source: str
    maximum_cut: Sequence[str] | None
    constraints: Constraints

    def __init__(
        self,
        table: ChemistryTable,
        alpha: float = 0.5,
        beta: float = 0.5,
        *,
        m_inter: MInter = "published",
        profiles: Profiles | None = None,
        outcomes: Outcomes | None = None,
        subsets: Sequence[Sequence[str]] | None = None,
        name: str = "",
        source: str = "",
        maximum_cut: Sequence[str] | None = None,
        constraints: Constraints | None = None,
        **options: Unpack[ConstraintOptions],
    ) -> None:
        hint = "compute it: compute_chemistry(profiles)"
        instance_of("table must be a ChemistryTable", table, ChemistryTable, hint)
        choice("m_inter", m_inter, M_INTER_CONVENTIONS)
        if m_inter in SPLIT_CONVENTIONS and not table.nonnegative:
            raise InputError(
                f"m_inter {m_inter!r} has no meaning for a table with negative entries; "
                "use 'total' or 'cut'"
            )
        left = dict(options)
        values = {
            "table": table,
            "alpha": number("alpha", alpha, 0, 1),
            "beta": number("beta", beta, 0, LARGEST_BETA),
            "m_inter": m_inter,
            "profiles": profiles,
            "outcomes": outcomes,
            "name": name,
            "source": source,
            "constraints": Constraints.take(left, constraints),
        }
        no_other_options("ChemistryProblem", left, CONSTRAINTS)
        for option, value in values.items():
            object.__setattr__(self, option, value)
        self._check_constraints()
        self._check_data()
        if maximum_cut is not None:
            (maximum_cut,) = checked_subsets("maximum_cut", [maximum_cut])
            check_known("maximum_cut", maximum_cut, self.models)
        object.__setattr__(self, "maximum_cut", maximum_cut)
        if subsets is None and profiles is not None:
            subsets = profiles.subsets
        if subsets is not None:
            subsets = checked_subsets("subsets", subsets)
            check_known("subsets", chain.from_iterable(subsets), self.models)
        object.__setattr__(self, "subsets", subsets)

    @classmethod
    def from_data(
        cls,
        data: History | Outcomes,
        task: str | None = None,
        *,
        name: str | None = None,
        constraints: Constraints | None = None,
        **options: Any,
    ) -> ChemistryProblem:
        """Learn profiles from a history or outcomes, compute their chemistry, and make the problem.

        Parameters
        ----------
        data : History or Outcomes
        task : str, optional
            The task to look at; needed where a history has several.
        name : str, optional
            The name of the source if not given.
        constraints : Constraints, optional
            The means of the data's columns `cost`, `latency` and `elapsed` are attributes, too.
        **options
            Those of `learn_profiles`, of `compute_chemistry` (with other defaults for outcomes:
            `chemopt.outcomes.outcomes.PROFILE_DEFAULTS` and `CHEMISTRY_DEFAULTS`), and those of a
            problem.

        Raises
        ------
        InputError
            An option is not known or not valid.

        Examples
        --------
        >>> from chemopt import load_history
        >>> from chemopt.history.generate import generate_history
        >>> history = load_history(generate_history(models=4, trials=20))
        >>> ChemistryProblem.from_data(history, alpha=0.8, empty_cost=None, max_size=2)
        ChemistryProblem('DataFrame', 4 models, alpha=0.8, beta=0.5, max_size=2)
        """
        outcomes = None
        if isinstance(data, Outcomes):
            check_outcomes("ChemistryProblem.from_data", data)
            outcomes = data if task is None else data.take_task(task)
            own = outcomes.attributes()
            data, task = outcomes.to_history(), None
            options = {**PROFILE_DEFAULTS, **CHEMISTRY_DEFAULTS, **options}
        else:
            own = history_attributes(data, task)
        profiles = learn_profiles(data, task, **taken(options, PROFILE_OPTIONS))
        table = compute_chemistry(profiles, **taken(options, CHEMISTRY_OPTIONS))
        constraints = Constraints.take(options, constraints)
        attributes = joined_attributes(own, constraints.table)
        no_other_options("from_data", options, [*OPTIONS_OF_DATA, *CONSTRAINTS])
        return cls(
            table,
            profiles=profiles,
            outcomes=outcomes,
            name=Path(data.source).name if name is None else name,
            constraints=constraints.with_attributes(attributes),
            **options,
        )

    def _check_data(self) -> None:
        """Raise unless profiles and outcomes are of the models of the table."""
        if self.profiles is not None:
            hint = "learn them: learn_profiles(history)"
            instance_of("profiles must be Profiles", self.profiles, Profiles, hint)
            if set(self.profiles.models) != set(self.models):
                raise InputError("profiles and table are not of the same models")
        if self.outcomes is not None:
            check_outcomes("ChemistryProblem", self.outcomes)
            if set(self.outcomes.models) != set(self.models):
                raise InputError("outcomes and table are not of the same models")

    def __repr__(self) -> str:
        """Return a line: name, models, weights and the constraints that are set.

        Examples
        --------
        >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
        >>> ChemistryProblem(table, alpha=0.8, max_size=2)
        ChemistryProblem(3 models, alpha=0.8, beta=0.5, max_size=2)
        """
        parts = [*([repr(self.name)] if self.name else []), f"{len(self.models)} models",
                 f"alpha={self.alpha:g}", f"beta={self.beta:g}"]  # fmt: skip
        if self.m_inter != "published":
            parts.append(f"m_inter={self.m_inter!r}")
        parts += self.constraints.texts()
        return f"ChemistryProblem({', '.join(parts)})"

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

        Under ``"published"`` inter may be above M_inter by a few units in its last place.
        """
        if self.m_inter != "published":
            return -math.inf
        return -INTER_ALLOWANCE * self.m_inter_value

    @property
    def inter_limit(self) -> float:
        """Largest feasible inter(X), for solvers; ∞ without the inter constraint."""
        if self.m_inter != "published":
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
        >>> ChemistryProblem(table, alpha=0.8, max_size=2, apart=[("a", "b")]).caption()
        '3 models, α = 0.8, β = 0.5, M_inter: published, max_size 2, 1 more constraint'
        """
        parts = [counted(len(self.models), "model")]
        parts += [f"α = {self.alpha:g}"] * alpha + [f"β = {self.beta:g}"] * beta
        parts.append(f"M_inter: {self.m_inter}")
        own = self.constraints
        parts += [f"{name} {value}" for name in SIZES if (value := getattr(own, name)) is not None]
        if own.count:
            parts.append(counted(own.count, "more constraint"))
        return f"{self.name}: {', '.join(parts)}" if self.name else ", ".join(parts)

    def with_options(self, **changes: Any) -> ChemistryProblem:
        """Return a copy with other options, validated anew.

        Raises
        ------
        InputError
            There is no such option, or a value is not valid.

        Examples
        --------
        >>> table = ChemistryTable(("a", "b"), [[0, 1], [1, 0]])
        >>> ChemistryProblem(table).with_options(alhpa=0.7)
        Traceback (most recent call last):
        ...
        chemopt.errors.InputError: unknown option 'alhpa'; is 'alpha' meant?
        """
        if "profiles" in changes:
            changes.setdefault("subsets", None)  # those of the new profiles
        if "table" in changes:
            changes.setdefault("maximum_cut", None)  # it was that of the other table
        found: ChemistryProblem = super().with_options(**changes)
        return found

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
    hint = "make one of a chemistry table: ChemistryProblem(compute_chemistry(profiles))"
    instance_of(f"{function} needs a ChemistryProblem", problem, ChemistryProblem, hint)
