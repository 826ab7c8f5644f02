"""What to tell where rounding allows no proof: which entries are to blame, and what to do."""

from __future__ import annotations

import numpy as np

from chemopt.problem.problem import ChemistryProblem

# Bounds are sums over the whole table, so an entry moves them by about this part of itself.
_SHARE = 1e-9
_NAMED = 3


def accuracy_message(problem: ChemistryProblem, tolerance: float) -> str:
    """Say why an ensemble is not called optimal although the method has come to its end.

    Parameters
    ----------
    problem : ChemistryProblem
    tolerance : float
        How close the bound would have to be.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(
    ...     ("a", "b", "c"), [[0, 1e12, 1], [1e12, 0, 2], [1, 2, 0]], entries="general")
    >>> accuracy_message(ChemistryProblem(table), 1e-6)
    "rounding allows no bound as close as a proof needs, 1e-06: entries such as that of 'a' and \
'b' (1e+12) leave no digits for the others; make them smaller, or exclude one of their models; \
method 'brute-force' proves small pools whatever their entries"
    """
    i, j = problem.table.above_diagonal
    sizes = np.abs(problem.table.upper)
    largest = np.argsort(-sizes, kind="stable")[:_NAMED]
    named = [
        f"{problem.models[i[k]]!r} and {problem.models[j[k]]!r} ({problem.matrix[i[k], j[k]]:g})"
        for k in largest
        if _SHARE * sizes[k] > tolerance
    ]
    start = f"rounding allows no bound as close as a proof needs, {tolerance:.3g}"
    small = "method 'brute-force' proves small pools whatever their entries"
    if not named:
        return f"{start}; method 'exact' may come closer, and {small}"
    return (
        f"{start}: entries such as that of {', of '.join(named)} leave no digits for the others; "
        f"make them smaller, or exclude one of their models; {small}"
    )
