"""A selection problem as a binary quadratic program, and what its solvers here share.

With d_i = Σ_j c_ij the loss is constant + Σ (β − α d_i) x_i + (3α − 1) Σ_{i<j} c_ij x_i x_j
(`chemopt.problem.loss`). The linear constraints are rows, required and excluded models are fixed
variables, and the inter constraint is an `InterConstraint`.

The loss of an ensemble by its definition and the quadratic function differ by rounding only: the
coefficients d_i are correctly rounded, so by at most `ERROR` times the magnitude of the
coefficients, which is subtracted from the bound.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from chemopt.methods.bqp.problem import BinaryQuadratic, Bools, InterConstraint
from chemopt.methods.solvers import on_interrupt
from chemopt.numerics import gamma
from chemopt.problem.constraints import LinearConstraint
from chemopt.problem.linear import constraint_rows
from chemopt.problem.loss import quadratic_loss
from chemopt.problem.problem import ChemistryProblem

# Roundings in β − α d_i, (3α − 1) c_ij and the terms of the loss, and a few to spare.
ERROR = gamma(16)


def binary_quadratic(
    problem: ChemistryProblem,
) -> tuple[BinaryQuadratic, npt.NDArray[np.int8]]:
    """Return the quadratic function and the rows of a problem, and the values that are fixed.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> program, fixed = binary_quadratic(
    ...     ChemistryProblem(table, m_inter="total", require=("b",)))
    >>> x = np.array([True, True, False])
    >>> program.value(x), program.weights.tolist(), fixed.tolist()
    (1.875, [[1.0, 1.0, 1.0]], [-1, 1, -1])
    """
    form, rows = quadratic_loss(problem), constraint_rows(problem)
    limit = problem.inter_limit
    doubtful = [row for row in problem.side_constraints if row.doubt]
    program = BinaryQuadratic(
        linear=form.linear,
        quadratic=form.product * problem.matrix,
        constant=form.constant,
        weights=rows.weights,
        low=rows.low,
        high=rows.high,
        inter=None if limit == math.inf else InterConstraint.of(problem.matrix, limit),
        accepts=_meets(doubtful) if doubtful else None,
    )
    return program, rows.fixed


def _meets(rows: Sequence[LinearConstraint]) -> Callable[[Bools], bool]:
    return lambda x: all(row.is_met(np.flatnonzero(x).tolist()) for row in rows)


@contextlib.contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C raise a flag, which a search looks at, instead of an exception."""
    raised = threading.Event()
    with on_interrupt(raised.set):
        yield raised.is_set
