"""The public names of chemopt, from where they are defined."""

from chemopt import plots
from chemopt._version import __version__
from chemopt.analysis.alternatives import best_ensembles
from chemopt.analysis.breakpoints import breakpoints
from chemopt.analysis.compare import compare
from chemopt.analysis.explain import explain
from chemopt.analysis.pareto import pareto_front
from chemopt.analysis.phase.compute import phase_diagram
from chemopt.analysis.stability import stability
from chemopt.chemistry.compute import compute_chemistry
from chemopt.chemistry.interactions import interactions
from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import ChemoptError, InfeasibleError, InputError, SolverError, UnansweredError
from chemopt.history.histories import History, load_history
from chemopt.methods.local_search.hill_climb import HillClimbOptions
from chemopt.methods.mip.formulations import MipOptions
from chemopt.methods.outcome import Status, StopReason
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.prices import read_prices
from chemopt.outcomes.read import load_outcomes
from chemopt.outcomes.votes import vote
from chemopt.problem.attributes import read_attributes
from chemopt.problem.constrained import Constraints
from chemopt.problem.constraints import Budget, Group
from chemopt.problem.instances import read_problem
from chemopt.problem.problem import ChemistryProblem
from chemopt.profiles.profiles import Profiles, learn_profiles
from chemopt.profiles.saturation import check_saturation
from chemopt.reports.report import Report, report
from chemopt.selection.backtest import Backtest, backtest
from chemopt.selection.cascade.result import Cascade
from chemopt.selection.cascade.run import cascade
from chemopt.selection.pair_table import pair_table
from chemopt.selection.plan.next_evaluations import next_evaluations
from chemopt.selection.select import select
from chemopt.selection.selection import Selection
from chemopt.studies.study.study import Study
from chemopt.studies.study.toml_file import read_study

__all__ = [
    "Backtest",
    "Budget",
    "Cascade",
    "ChemistryProblem",
    "ChemistryTable",
    "ChemoptError",
    "Constraints",
    "Group",
    "HillClimbOptions",
    "History",
    "InfeasibleError",
    "InputError",
    "MipOptions",
    "Outcomes",
    "Profiles",
    "Recommendation",
    "Report",
    "Selection",
    "SolverError",
    "Status",
    "StopReason",
    "Study",
    "UnansweredError",
    "__version__",
    "backtest",
    "best_ensembles",
    "breakpoints",
    "cascade",
    "check_saturation",
    "compare",
    "compute_chemistry",
    "explain",
    "interactions",
    "learn_profiles",
    "load_history",
    "load_outcomes",
    "next_evaluations",
    "pair_table",
    "pareto_front",
    "phase_diagram",
    "plots",
    "read_attributes",
    "read_prices",
    "read_problem",
    "read_study",
    "recommend",
    "report",
    "select",
    "stability",
    "vote",
]
