"""The declarative optimisation models of chemopt, one per file.

Each module holds one formulation as a page to read: the mathematics in its text, a `build_*`
function that turns a problem into a model, and nothing about solving. The package imports
nothing from `chemopt`; it takes any object with the attributes of `ChemistryData`, `CoverageData`
or `CascadeData`.
"""

from chemopt_models.cascade import build_cascade, build_cascade_cp_sat
from chemopt_models.clique import build_clique
from chemopt_models.constraints import add_linear_constraint
from chemopt_models.coverage import build_coverage, build_coverage_cp_sat
from chemopt_models.cp_sat import CpSatModel, build_cp_sat
from chemopt_models.data import (
    CascadeData,
    ChemistryData,
    ConstrainedData,
    CostData,
    CoverageData,
    LinearConstraintData,
    PatternData,
)
from chemopt_models.glover import build_glover
from chemopt_models.labels import model_labels
from chemopt_models.linearised import build_linearised
from chemopt_models.max_cut import build_max_cut
from chemopt_models.min_cut import MinCutModel, build_min_cut
from chemopt_models.products import build_products
from chemopt_models.rlt import build_rlt
from chemopt_models.triangles import build_triangles, violated_triangles

__all__ = [
    "CascadeData",
    "ChemistryData",
    "ConstrainedData",
    "CostData",
    "CoverageData",
    "CpSatModel",
    "LinearConstraintData",
    "MinCutModel",
    "PatternData",
    "add_linear_constraint",
    "build_cascade",
    "build_cascade_cp_sat",
    "build_clique",
    "build_coverage",
    "build_coverage_cp_sat",
    "build_cp_sat",
    "build_glover",
    "build_linearised",
    "build_max_cut",
    "build_min_cut",
    "build_products",
    "build_rlt",
    "build_triangles",
    "model_labels",
    "violated_triangles",
]
