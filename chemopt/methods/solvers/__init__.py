"""The one door to solvers: HiGHS, CP-SAT and OR-Tools' maximum flow.

Everything that depends on a solver's interface is in this package: imports, tolerances, time
limits, warm starts, interrupts, versions, known faults. What comes out is in chemopt's words.
"""

from chemopt.methods.solvers.cp_sat import feasible_point, solve_with_cp_sat
from chemopt.methods.solvers.highs import HighsModel, Relaxation, Row, solve_with_highs
from chemopt.methods.solvers.interrupt import on_interrupt
from chemopt.methods.solvers.loading import load
from chemopt.methods.solvers.max_flow import CutReport, minimum_cut
from chemopt.methods.solvers.report import SolverOptions, SolverReport, Termination

__all__ = [
    "CutReport",
    "HighsModel",
    "Relaxation",
    "Row",
    "SolverOptions",
    "SolverReport",
    "Termination",
    "feasible_point",
    "load",
    "minimum_cut",
    "on_interrupt",
    "solve_with_cp_sat",
    "solve_with_highs",
]
