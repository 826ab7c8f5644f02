"""The linear constraints of a problem, by name and as arrays: all but the inter constraint."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.numerics import Floats
from chemopt.problem.constrained import ConstrainedPool
from chemopt.problem.constraints import LinearConstraint

# A text shows the use of this many constraints.
_LINES = 8


def linear_constraints(problem: ConstrainedPool) -> tuple[LinearConstraint, ...]:
    """Return all constraints of a problem but the inter constraint, each by its option.

    Sums over members: Σ x_i for sizes, x_i for required and excluded models, and the side
    constraints.
    """
    models = problem.models
    one, everyone = np.eye(len(models)), np.ones(len(models))
    rows: list[LinearConstraint] = []
    low, own = problem.size_bounds[0], problem.constraints
    if own.min_size is None and own.size is None:
        # first, so that what was asked for is blamed rather than the default
        default = "the default" if low == problem.default_min_size else "at least one model"
        rows.append(LinearConstraint(f"min_size={low} ({default})", everyone, low=low))
    position = {name: k for k, name in enumerate(models)}
    rows += [LinearConstraint(f"require {m!r}", one[position[m]], low=1.0) for m in problem.require]
    rows += [
        LinearConstraint(f"exclude {m!r}", one[position[m]], high=0.0) for m in problem.exclude
    ]
    if own.min_size is not None:
        rows.append(LinearConstraint(f"min_size={own.min_size}", everyone, low=own.min_size))
    if own.max_size is not None:
        rows.append(LinearConstraint(f"max_size={own.max_size}", everyone, high=own.max_size))
    if own.size is not None:
        rows.append(LinearConstraint(f"size={own.size}", everyone, low=own.size, high=own.size))
    return (*rows, *problem.side_constraints)


def constraint_use(problem: ConstrainedPool, models: Iterable[str]) -> pd.DataFrame:
    """Tell how much of each side constraint an ensemble uses.

    Parameters
    ----------
    problem : ChemistryProblem, or another `ConstrainedPool`
    models : iterable of str
        The ensemble, by name; it need not be feasible.

    Returns
    -------
    DataFrame
        A row for each budget, each group (and value of its attribute), pair and no-good cut:
        `constraint`; `used`, the sum or the count; `low` and `high`, its bounds, NaN where that
        side is open; `slack`, how far it may change towards the nearer bound, below 0 where the
        constraint is broken.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b"), [[0, 1], [1, 0]])
    >>> prices = {"a": {"price": 1.5}, "b": {"price": 1}}
    >>> problem = ChemistryProblem(table, budgets=["price<=3"], attributes=prices)
    >>> constraint_use(problem, ["a", "b"])
            constraint  used  low  high  slack
    0  budget price<=3   2.5  NaN   3.0    0.5
    """
    chosen = problem.positions(models)
    rows = []
    for row in problem.side_constraints:
        used, low, high, slack = row.use(chosen)
        ends = (end if math.isfinite(end) else math.nan for end in (low, high))
        rows.append((row.name, used, *ends, slack))
    return pd.DataFrame(rows, columns=["constraint", "used", "low", "high", "slack"]).astype(
        dict.fromkeys(("used", "low", "high", "slack"), float)
    )


def use_lines(use: pd.DataFrame) -> list[str]:
    """Return a line for each budget, and each group with a member: what is used, what is left."""
    shown = [
        f"{name}: {used:.6g} used, {slack:.6g} left"
        for name, used, slack in zip(use["constraint"], use["used"], use["slack"], strict=True)
        if name.startswith("budget ") or (name.startswith("group ") and used)
    ]
    return shown if len(shown) <= _LINES else [*shown[: _LINES - 1], "and others (constraint_use)"]


@dataclass(frozen=True, eq=False)
class ConstraintRows:
    """The linear constraints of a problem as arrays: fixed models, and rows low ≤ A x ≤ high.

    Attributes
    ----------
    required, excluded : ndarray of bool of shape (n,)
        A problem with a model that is both is infeasible.
    weights : ndarray of shape (m, n)
        A. The row of |X|, if its bounds exclude any ensemble, and those of the side constraints.
    low, high : ndarray of shape (m,)
    """

    required: npt.NDArray[np.bool_]
    excluded: npt.NDArray[np.bool_]
    weights: Floats
    low: Floats
    high: Floats

    @property
    def fixed(self) -> npt.NDArray[np.int8]:
        """1 for required models, 0 for excluded ones, −1 for the free ones; of shape (n,)."""
        fixed = np.where(self.required, 1, -1).astype(np.int8)
        fixed[self.excluded] = 0
        return fixed


def constraint_rows(problem: ConstrainedPool) -> ConstraintRows:
    """Return the linear constraints of a problem as arrays."""
    n = len(problem.models)
    low, high = problem.size_bounds
    rows = list(problem.side_constraints)
    if low > 0 or high < n:
        rows.insert(0, LinearConstraint("size", np.ones(n), low=low, high=high))
    return ConstraintRows(
        required=np.isin(problem.models, problem.require),
        excluded=np.isin(problem.models, problem.exclude),
        weights=np.array([row.weights for row in rows], dtype=float).reshape(len(rows), n),
        low=np.array([row.low for row in rows], dtype=float),
        high=np.array([row.high for row in rows], dtype=float),
    )
