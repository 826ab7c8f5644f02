"""A coverage problem: which ensemble of a pool gets most items right, under which constraints.

Maximise Σ_p w_p (1 − Π_{i ∈ X} (1 − r_pi)) over the feasible ensembles X: the weight of the
patterns that some member gets right (`chemopt.outcomes.patterns`). This is maximum coverage
(Nemhauser, Wolsey and Fisher, Mathematical Programming 14, 1978), which is NP-hard; the objective
is monotone and submodular.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field

from chemopt.outcomes.patterns import Patterns
from chemopt.problem.constrained import ConstrainedPool, Constraints
from chemopt.validation import instance_of


@dataclass(frozen=True, eq=False)
class CoverageProblem(ConstrainedPool):
    """Choose X that covers most patterns, under constraints.

    Attributes
    ----------
    patterns : Patterns
        What there is to cover, of a pool of models.
    constraints : Constraints
        Which ensembles are feasible.

    Raises
    ------
    InputError
        As for `chemopt.ChemistryProblem`.
    """

    patterns: Patterns
    constraints: Constraints = field(default_factory=Constraints)

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
