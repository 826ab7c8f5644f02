"""A lower bound of the loss of all ensembles of k models, without a solver.

With |X| = k every chosen model i has exactly k − 1 chosen partners. Split each product's
coefficient between its two ends, w_ij = u_ij + u_ji. Then

    loss(X) − constant = Σ_{i ∈ X} ( l_i + Σ_{j ∈ X∖i} u_ij )
                       ≥ the k smallest of   l_i + (the k − 1 smallest u_ij of row i),

which takes a partial sort of each row. The best split is approached by subgradient steps: u_ij
grows where i counts on j but j does not count on i. The limit is the bound of the level-1
reformulation-linearisation (`chemopt_models.rlt`) without the inequalities that tie y to a
single x; it is often within a percent on chemistry tables.

All sums have at most 2 n² terms, so rounding changes them, and the two halves of a product, by less
than 4 n² u Σ |terms|, which is subtracted (u = 2⁻⁵³; the sum goes over all terms there are).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from chemopt.numerics import UNIT_ROUNDOFF, Floats
from chemopt.problem.loss import quadratic_loss
from chemopt.problem.problem import ChemistryProblem


def fixed_size_bound(
    problem: ChemistryProblem, k: int, *, target: float = np.inf, steps: int = 60
) -> float:
    """Return a lower bound of the loss of every ensemble of k models that is feasible.

    Side constraints and the inter constraint are not used.

    Parameters
    ----------
    problem : ChemistryProblem
    k : int
        One of `problem.feasible_sizes`.
    target : float
        Stop as soon as the bound is at least this.
    steps : int
        Subgradient steps.

    Examples
    --------
    >>> from chemopt.problem.generate import generate_problem
    >>> problem = generate_problem(10, seed=1).with_options(alpha=0.8)
    >>> from chemopt import recommend
    >>> fixed_size_bound(problem, 5) <= recommend(problem.with_options(size=5)).loss
    True
    """
    form = quadratic_loss(problem)
    excluded = set(problem.positions(problem.exclude))
    kept = np.array([i for i in range(len(form.linear)) if i not in excluded], dtype=np.intp)
    required = np.isin(kept, problem.positions(problem.require))
    linear = form.linear[kept]
    if k == 0:
        return form.constant
    w = form.product * problem.matrix[np.ix_(kept, kept)]
    split = w / 2
    best, step_size, since = -np.inf, 1.0, 0
    fixed_terms = float(np.abs(linear).sum()) + abs(form.constant)
    for _ in range(steps):
        value, picked = _bound_of(linear, split, k, required)
        terms = float(np.abs(split).sum()) + fixed_terms
        value += form.constant - 4 * len(linear) ** 2 * UNIT_ROUNDOFF * terms
        if value > best:
            best, since = value, 0
        else:
            since += 1
            if since == 5:  # no better for a while: smaller steps
                step_size, since = step_size / 2, 0
        if best >= target:
            break
        direction = picked.astype(float) - picked.T
        norm = float((direction**2).sum())
        if norm == 0:  # every pair is counted by both ends or none: this is the optimum
            break
        aim = target if np.isfinite(target) else best + 0.05 * abs(best - form.constant)
        split = split + step_size * max(aim - value, 0.0) / norm * direction
        # the two halves must add up exactly
        split = np.triu(split, 1)
        split = split + np.tril(w - split.T, -1)
    return best


def _bound_of(
    linear: Floats, split: Floats, k: int, required: npt.NDArray[np.bool_]
) -> tuple[float, npt.NDArray[np.bool_]]:
    """Return the bound of a split, and who counts on whom."""
    n = len(linear)
    rows = split.copy()
    np.fill_diagonal(rows, np.inf)
    partners = np.zeros((n, n), dtype=bool)
    if k > 1:
        least = np.argpartition(rows, k - 2, axis=1)[:, : k - 1]
        np.put_along_axis(partners, least, True, axis=1)
    counted = np.where(partners, split, 0.0)
    value = linear + counted.sum(axis=1)
    # required models first, then the cheapest
    order = np.lexsort((value, ~required))[:k]
    chosen = np.zeros(n, dtype=bool)
    chosen[order] = True
    return float(value[chosen].sum()), partners & chosen[:, None]
