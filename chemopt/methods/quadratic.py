"""A selection problem as the exact solver sees it, and what both its methods share.

With d_i = Σ_j c_ij the loss is constant + Σ (β − α d_i) x_i + (3α − 1) Σ_{i<j} c_ij x_i x_j
(`chemopt.problem.loss`). Bounds on |X| and the linear constraints of a problem are rows, the inter
constraint is an `InterConstraint`. Required and excluded models are returned as fixed variables.

The loss of an ensemble by its definition and the quadratic function differ by rounding only: the
coefficients d_i are correctly rounded, so by at most `ERROR` times the magnitude of the
coefficients, which is taken off the bound.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Floats, InterConstraint
from chemopt.methods.options import MethodOptions
from chemopt.methods.solvers import on_interrupt
from chemopt.numerics import gamma
from chemopt.problem.loss import quadratic_loss
from chemopt.problem.problem import SelectionProblem

# Roundings in β − α d_i, (3α − 1) c_ij and the terms of the loss, and a few to spare.
ERROR = gamma(16)


def core_problem(
    problem: SelectionProblem,
) -> tuple[BinaryQuadratic, npt.NDArray[np.int8]]:
    """Return the quadratic function and the rows of a problem, and the values that are fixed.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> core, fixed = core_problem(SelectionProblem(table, m_inter="total", require=("b",)))
    >>> core.value(np.array([True, True, False])), core.weights.tolist(), fixed.tolist()
    (1.875, [[1.0, 1.0, 1.0]], [-1, 1, -1])
    """
    form, n = quadratic_loss(problem), len(problem.models)
    rows: list[tuple[Floats, float, float]] = []
    low, high = problem.size_bounds
    if low > 0 or high < n:
        rows.append((np.ones(n), float(low), float(high)))
    for condition in problem.conditions:
        low_end = -np.inf if condition.low is None else condition.low
        high_end = np.inf if condition.high is None else condition.high
        rows.append((np.asarray(condition.weights, dtype=float), low_end, high_end))
    limit = problem.inter_limit
    fixed = np.full(n, FREE, dtype=np.int8)
    fixed[problem.positions(problem.require)] = 1
    fixed[problem.positions(problem.exclude)] = 0
    core = BinaryQuadratic(
        linear=form.linear,
        quadratic=form.product * problem.matrix,
        constant=form.constant,
        weights=np.array([row for row, _, _ in rows]).reshape(len(rows), n),
        low=np.array([least for _, least, _ in rows]),
        high=np.array([most for _, _, most in rows]),
        inter=None if limit is None else InterConstraint.of(problem.matrix, limit),
    )
    return core, fixed


@contextlib.contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C raise a flag, which a search looks at, instead of an exception."""
    raised = threading.Event()
    with on_interrupt(raised.set):
        yield raised.is_set


def since_start(
    history: Sequence[tuple[float, float]], options: MethodOptions, began: float
) -> tuple[tuple[float, float], ...]:
    """Return incumbents with their seconds from the start of the call instead of the search's."""
    before = began - options.started
    return tuple((before + seconds, value) for seconds, value in history)
