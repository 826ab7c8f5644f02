"""A coverage problem: which ensemble of a pool gets most items right, under which constraints.

Maximise Σ_p w_p (1 − Π_{i ∈ X} (1 − r_pi)) over the feasible ensembles X: the weight of the
patterns that some member gets right (`chemopt.outcomes.patterns`). This is maximum coverage
(Nemhauser, Wolsey and Fisher, Mathematical Programming 14, 1978), which is NP-hard; the objective
is monotone and submodular.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd

from chemopt.outcomes.patterns import Patterns
from chemopt.problem.constrained import ConstrainedPool
from chemopt.problem.constraints import Budget, Group
from chemopt.validation import instance_of, known_option


@dataclass(frozen=True, eq=False)
class CoverageProblem(ConstrainedPool):
    """Choose X that covers most patterns, under constraints.

    Attributes
    ----------
    patterns : Patterns
        What there is to cover, of a pool of models.
    min_size, max_size, size, require, exclude, budgets, groups, apart, together, forbid, attributes
        As for `chemopt.SelectionProblem`; but the smallest |X| is 1 if not given.

    Raises
    ------
    InputError
        As for `chemopt.SelectionProblem`.
    """

    default_min_size = 1

    patterns: Patterns
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

    def __post_init__(self) -> None:
        instance_of("patterns must be Patterns", self.patterns, Patterns)
        self._check_constraints()

    @property
    def models(self) -> tuple[str, ...]:
        """The pool S."""
        return self.patterns.models

    def with_patterns(self, patterns: Patterns) -> CoverageProblem:
        """Return the problem of other items; the constraints are not validated again.

        Parameters
        ----------
        patterns : Patterns
            Of the same pool.
        """
        other = copy(self)
        object.__setattr__(other, "patterns", patterns)
        return other

    def with_options(self, **changes: Any) -> CoverageProblem:
        """Return a copy with other options, validated anew.

        Raises
        ------
        InputError
            There is no such option, or a value is not valid.
        """
        for option in changes:
            known_option("option", option, [field.name for field in fields(self)])
        return replace(self, **changes)
