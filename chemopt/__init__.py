"""Which large language models to put together.

The way of the data, each step a module of that name: `histories` → `profiles` → `cost` →
`chemistry` → `problem` → `recommend` → `compare`. Solvers and graph libraries are imported
only when they are used.
"""

from chemopt._version import __version__
from chemopt.analysis.alternatives import best_ensembles, best_moves, contributions, ensembles_frame
from chemopt.analysis.breakpoints import breakpoints
from chemopt.analysis.compare import compare
from chemopt.analysis.explain import Explanation, explain
from chemopt.analysis.pareto import pareto_front
from chemopt.analysis.paths import beta_path
from chemopt.analysis.stability import Stability, stability
from chemopt.chemistry.compute import chemistry
from chemopt.chemistry.cost import CostOracle, ProfileCost, benefit, cost, interaction
from chemopt.chemistry.interactions import group_chemistry, interactions
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.chemistry.table import ChemistryTable
from chemopt.errors import (
    ChemoptError,
    HistoryError,
    InputError,
    PoolTooLargeError,
    SolverError,
    UnansweredError,
)
from chemopt.history.histories import History, load_histories
from chemopt.history.review.history import history_from_reviews
from chemopt.history.review.quality import PeerReview, peer_review_quality
from chemopt.methods.infeasibility import conflicts
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation, Status, StopReason
from chemopt.problem.attributes import history_attributes, read_attributes
from chemopt.problem.constraints import Budget, Condition, Group
from chemopt.problem.loss import LossTerms
from chemopt.problem.problem import SelectionProblem
from chemopt.profiles.profiles import Profiles, learn_profiles
from chemopt.profiles.saturation import Saturation, diagnose
from chemopt.studies.ablation import ablate
from chemopt.studies.diversity.complementarity import complementarity
from chemopt.studies.diversity.diversity import diversity
from chemopt.studies.replicate import Replication, replicate
from chemopt.studies.theory import Validation, validate_theory

__all__ = [
    "Budget",
    "ChemistryTable",
    "ChemoptError",
    "Condition",
    "CostOracle",
    "Explanation",
    "Group",
    "History",
    "HistoryError",
    "InputError",
    "LossTerms",
    "ModelInteractionGraph",
    "PeerReview",
    "PoolTooLargeError",
    "ProfileCost",
    "Profiles",
    "Recommendation",
    "Replication",
    "Saturation",
    "SelectionProblem",
    "SolverError",
    "Stability",
    "Status",
    "StopReason",
    "UnansweredError",
    "Validation",
    "__version__",
    "ablate",
    "benefit",
    "best_ensembles",
    "best_moves",
    "beta_path",
    "breakpoints",
    "chemistry",
    "compare",
    "complementarity",
    "conflicts",
    "contributions",
    "cost",
    "diagnose",
    "diversity",
    "ensembles_frame",
    "explain",
    "group_chemistry",
    "history_attributes",
    "history_from_reviews",
    "interaction",
    "interactions",
    "learn_profiles",
    "load_histories",
    "pareto_front",
    "peer_review_quality",
    "read_attributes",
    "recommend",
    "replicate",
    "stability",
    "validate_theory",
]
