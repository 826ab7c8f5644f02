"""How the best ensemble changes with β, where the problem is polynomial (α ≤ 1/3).

For a given ensemble the loss is a line in β with slope |X|, so the least loss is concave and
piecewise linear in β, and its pieces belong to ensembles of falling size. For α ≤ 1/3 they are
nested (the loss is submodular). The pieces are found by bisection at crossings (Eisner and
Severance, Journal of the ACM 23, 1976): where the lines of two neighbouring ensembles cross, a
minimum cut either finds an ensemble below both, or shows that there is none. So a path of k pieces
takes about 2 k cuts. What lies between two neighbours contains the smaller and is part of the
larger, so only the models that they do not share are nodes of the network, and the networks shrink
quickly.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd

from chemopt.errors import InputError
from chemopt.methods.solvers import minimum_cut
from chemopt.problem.check import violations
from chemopt.problem.loss import POLYNOMIAL_ALPHA, SUM_TOLERANCE, loss_terms, quadratic_loss
from chemopt.problem.problem import SelectionProblem


def beta_path(problem: SelectionProblem) -> pd.DataFrame:
    """Find the best ensembles for all β ≥ 0, with the values of β where they change.

    Bounds on size and the rule on inter are not part of the path; `allowed` tells whether an
    ensemble meets them. `require` and `exclude` hold all along.

    Parameters
    ----------
    problem : SelectionProblem
        With α ≤ 1/3. Its own β is not used.

    Returns
    -------
    DataFrame
        A row for each ensemble, largest first: `beta_from` and `beta_to`, the interval of β in
        which it is best (the last ends at infinity); `size`; `loss_at_zero`, its loss for β = 0,
        to which β · size adds; `models` (a tuple of names); `allowed`. Each ensemble contains the
        next. Pieces whose gain over their neighbours is rounding (1e-9 of M_intra) are left out.

    Raises
    ------
    InputError
        α is above 1/3, the table has negative entries, or require and exclude name the same model.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> frame = beta_path(SelectionProblem(table, alpha=1 / 3, min_size=0))
    >>> frame[["beta_from", "beta_to", "models"]]
       beta_from   beta_to     models
    0   0.000000  0.250000  (a, b, c)
    1   0.250000  0.416667     (a, b)
    2   0.416667  0.500000       (a,)
    3   0.500000       inf         ()
    """
    if problem.alpha > POLYNOMIAL_ALPHA:
        raise InputError(f"beta_path is for alpha ≤ 1/3, not {problem.alpha!r}")
    if not problem.table.nonnegative:
        raise InputError("beta_path is for tables without negative entries")
    both = set(problem.require) & set(problem.exclude)
    if both:
        raise InputError(f"require and exclude both name {min(both)!r}")
    path = _Path(problem.with_options(beta=0.0, min_size=0, max_size=None, size=None))
    ensembles = path.pieces()
    crossings = [path.crossing(x, y) for x, y in pairwise(ensembles)]
    rows = []
    for k, ensemble in enumerate(ensembles):
        models = tuple(sorted(problem.models[i] for i in ensemble))
        rows.append(
            {
                "beta_from": crossings[k - 1] if k else 0.0,
                "beta_to": crossings[k] if k < len(crossings) else math.inf,
                "size": len(models),
                "loss_at_zero": loss_terms(path.problem, ensemble).loss,
                "models": models,
                "allowed": not violations(problem, models),
            }
        )
    return pd.DataFrame(rows)


Ensemble = tuple[int, ...]


class _Path:
    """The lines of ensembles, and the search for those on the lower envelope."""

    def __init__(self, problem: SelectionProblem) -> None:
        self.problem = problem
        self.rounding = SUM_TOLERANCE * max(problem.m_intra_value, 1e-300)
        self._form = quadratic_loss(problem)
        self._known: dict[Ensemble, float] = {}

    def at_zero(self, ensemble: Ensemble) -> float:
        """Return the loss for β = 0, in plain floating point: far more exact than `rounding`."""
        if ensemble not in self._known:
            x = np.zeros(len(self.problem.models))
            x[list(ensemble)] = 1.0
            intra = float(x @ self.problem.matrix @ x) / 2
            linear = float(self._form.linear @ x)
            self._known[ensemble] = self._form.constant + linear + self._form.product * intra
        return self._known[ensemble]

    def crossing(self, larger: Ensemble, smaller: Ensemble) -> float:
        """Return the β at which two ensembles of different size have the same loss."""
        rise = self.at_zero(smaller) - self.at_zero(larger)
        return max(0.0, rise / (len(larger) - len(smaller)))

    def pieces(self) -> list[Ensemble]:
        """Return the ensembles of the path, largest first."""
        from chemopt_models import build_min_cut  # Pyomo takes a while to import

        # without a price every further model helps; with a high one only the required are left
        excluded = set(self.problem.positions(self.problem.exclude))
        largest = tuple(i for i in range(len(self.problem.models)) if i not in excluded)
        smallest = tuple(self.problem.positions(self.problem.require))
        if len(largest) == len(smallest):
            return [largest]
        found = [largest]
        stack = [(largest, smallest)]
        while stack:
            larger, smaller = stack.pop()
            beta = self.crossing(larger, smaller)
            between = minimum_cut(build_min_cut(self._between(larger, smaller, beta))).side
            gain = self.at_zero(larger) + beta * len(larger)
            gain -= self.at_zero(between) + beta * len(between)
            if gain > self.rounding and len(smaller) < len(between) < len(larger):
                stack += [(between, smaller), (larger, between)]
            else:
                found.append(smaller)
        return found

    def _between(self, larger: Ensemble, smaller: Ensemble, beta: float) -> SelectionProblem:
        """Return the problem of the ensembles between two, for one price."""
        names, within = self.problem.models, set(larger)
        return self.problem.with_options(
            beta=beta,
            require=tuple(names[i] for i in smaller),
            exclude=tuple(name for i, name in enumerate(names) if i not in within),
        )
