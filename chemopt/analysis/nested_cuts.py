"""The optimal ensembles over β for α ≤ 1/3: nested, and found by minimum cuts.

For a given ensemble the loss is a line in β with slope |X|, so the least loss is concave and
piecewise linear in β, and its pieces belong to ensembles of falling size. For α ≤ 1/3 they are
nested (the loss is submodular). The pieces come from bisection at crossings (Eisner and
Severance, Journal of the ACM 23, 1976): where the lines of two neighbouring ensembles cross, a
minimum cut has an ensemble below both, or shows that there is none. So a path of k pieces takes
about 2 k cuts. What lies between two neighbours contains the smaller and is part of the larger, so
only the models that they do not share are nodes of the network, and the networks shrink quickly.
"""

from __future__ import annotations

import numpy as np

from chemopt.analysis.optima import negligible
from chemopt.analysis.phase.envelope import ROUNDING
from chemopt.methods.many_losses import ManyLosses
from chemopt.methods.solvers import minimum_cut
from chemopt.problem.problem import ChemistryProblem

Ensemble = tuple[int, ...]


def nested_path(problem: ChemistryProblem, high: float) -> list[Ensemble] | None:
    """Return the optimal ensembles for β from 0 to `high`, largest first, by model numbers.

    Required and excluded models are respected; other constraints are not.

    Parameters
    ----------
    problem : ChemistryProblem
        With α ≤ 1/3 and no negative entry. Its own β is not used.
    high : float

    Returns
    -------
    list of tuple of int, or None
        Each ensemble contains the next. Those whose gain over their neighbours is negligible (1e-9
        of the lower quartile of the |c_ij| that are not 0) are left out. None if a model is both
        required and excluded.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> nested_path(ChemistryProblem(table, alpha=1 / 3, m_inter="total"), high=10.0)
    [(0, 1, 2), (0, 1), (0,), ()]
    """
    if set(problem.require) & set(problem.exclude):
        return None
    free_of_sizes = problem.with_options(beta=0.0, min_size=0, max_size=None, size=None)
    return _Nested(free_of_sizes, high).path()


class _Nested:
    """The lines of ensembles, and the search for those on the lower envelope."""

    def __init__(self, problem: ChemistryProblem, high: float) -> None:
        self.problem, self.high = problem, high
        self.negligible = negligible(problem)
        self._losses = ManyLosses(problem)
        self._known: dict[Ensemble, float] = {}

    def path(self) -> list[Ensemble]:
        """Return the ensembles of the path, largest first."""
        # without a size penalty every further model helps; a large one leaves only the required
        excluded = set(self.problem.positions(self.problem.exclude))
        largest = tuple(i for i in range(len(self.problem.models)) if i not in excluded)
        smallest = tuple(self.problem.positions(self.problem.require))
        path = [largest]
        stack = [(largest, smallest)] if len(largest) > len(smallest) else []
        while stack:
            larger, smaller = stack.pop()
            crossing = self.crossing(larger, smaller)
            beta = min(crossing, self.high)
            between = self.best_between(larger, smaller, beta)
            chemistry = self.at_zero(between)
            gain = self.at_zero(larger) - chemistry + beta * (len(larger) - len(between))
            least = max(self.negligible, ROUNDING * abs(chemistry))
            if gain > least and len(smaller) < len(between) < len(larger):
                stack += [(between, smaller), (larger, between)]
            elif crossing <= self.high:
                path.append(smaller)
        return path

    def at_zero(self, ensemble: Ensemble) -> float:
        """Return the loss for β = 0."""
        if ensemble not in self._known:
            chosen = np.zeros((1, len(self.problem.models)), dtype=bool)
            chosen[0, list(ensemble)] = True
            self._known[ensemble] = float(self._losses.chemistry(chosen)[0])
        return self._known[ensemble]

    def crossing(self, larger: Ensemble, smaller: Ensemble) -> float:
        """Return the β at which two ensembles of different size have the same loss."""
        rise = self.at_zero(smaller) - self.at_zero(larger)
        return max(0.0, rise / (len(larger) - len(smaller)))

    def best_between(self, larger: Ensemble, smaller: Ensemble, beta: float) -> Ensemble:
        """Return the optimal ensemble that contains the smaller and is part of the larger."""
        from chemopt_models import build_min_cut  # Pyomo takes a while to import

        names, within = self.problem.models, set(larger)
        between = self.problem.with_options(
            beta=beta,
            require=tuple(names[i] for i in smaller),
            exclude=tuple(name for i, name in enumerate(names) if i not in within),
        )
        return minimum_cut(build_min_cut(between)).side
