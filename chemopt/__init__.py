"""Which large language models to put together.

The way of the data, each step a module of that name: `histories` → `profiles` → `cost` →
`chemistry` → `problem` → `recommend` → `compare`. Solvers and graph libraries are imported
only when they are used.
"""

from chemopt._version import __version__
from chemopt.ablation import ablate
from chemopt.alternatives import best_ensembles, best_moves, contributions, ensembles_frame
from chemopt.attributes import history_attributes, read_attributes
from chemopt.chemistry import chemistry
from chemopt.compare import compare
from chemopt.complementarity import complementarity
from chemopt.conditions import Budget, Condition, Group
from chemopt.conflicts import conflicts
from chemopt.cost import CostOracle, ProfileCost, benefit, cost, interaction
from chemopt.diversity import diversity
from chemopt.errors import (
    ChemoptError,
    HistoryError,
    InputError,
    PoolTooLargeError,
    SolverError,
    UnansweredError,
)
from chemopt.explain import Explanation, explain
from chemopt.histories import History, load_histories
from chemopt.interactions import group_chemistry, interactions
from chemopt.loss import LossTerms
from chemopt.mig import ModelInteractionGraph
from chemopt.pareto import pareto_front
from chemopt.paths import beta_path
from chemopt.peer_review import PeerReview, peer_review_quality
from chemopt.problem import SelectionProblem
from chemopt.profiles import Profiles, learn_profiles
from chemopt.recommend import recommend
from chemopt.recommendation import Recommendation, Status, StopReason
from chemopt.replicate import Replication, replicate
from chemopt.review_history import history_from_reviews
from chemopt.saturation import Saturation, diagnose
from chemopt.stability import Stability, stability
from chemopt.table import ChemistryTable
from chemopt.theory import Validation, validate_theory
from chemopt.trade_offs import breakpoints

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
