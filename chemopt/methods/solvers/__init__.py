"""The one place that imports solvers: HiGHS, CP-SAT and OR-Tools' maximum flow.

Everything that depends on a solver's interface is in this package: imports, tolerances, time
limits, warm starts, interrupts, versions, known faults. Solves return a `MethodOutcome`;
relaxations, cuts and feasible points have types of their own.
"""

from chemopt.methods.solvers.cp_sat import CpSatSolver, feasible_point
from chemopt.methods.solvers.highs import HighsModel, Relaxation, Row
from chemopt.methods.solvers.interrupt import on_interrupt
from chemopt.methods.solvers.loading import load, load_cp_sat, load_highs, load_max_flow
from chemopt.methods.solvers.max_flow import MinimumCut, minimum_cut

__all__ = [
    "CpSatSolver",
    "HighsModel",
    "MinimumCut",
    "Relaxation",
    "Row",
    "feasible_point",
    "load",
    "load_cp_sat",
    "load_highs",
    "load_max_flow",
    "minimum_cut",
    "on_interrupt",
]
