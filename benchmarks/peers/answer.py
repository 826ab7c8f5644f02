"""What a peer answers."""

from __future__ import annotations

from dataclasses import dataclass

from chemopt.methods.bqp.problem import Bools

#: Gurobi and SCIP take no smaller tolerance of feasibility.
FEASIBILITY_TOLERANCE = 1e-9


@dataclass(frozen=True)
class PeerAnswer:
    """A point, a bound, and what the solver claims.

    Attributes
    ----------
    x : ndarray of bool, shape (n,), or None
        The best point found.
    bound : float or None
        The solver's lower bound of the objective, as it tells it.
    solved : bool
        The solver says that `x` is optimal, or that there is no point.
    infeasible : bool
        It says that there is none.
    version : str
        Name and version of the solver.
    """

    x: Bools | None
    bound: float | None
    solved: bool
    infeasible: bool
    version: str
