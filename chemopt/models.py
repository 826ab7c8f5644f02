"""The declarative models of `chemopt_models`, under chemopt's own name."""

from chemopt_models import (
    ConditionData,
    CpSatModel,
    MinCutModel,
    SelectionData,
    add_linear_condition,
    build_clique,
    build_cp_sat,
    build_glover,
    build_linearised,
    build_max_cut,
    build_min_cut,
    build_slice,
    build_triangles,
    model_labels,
    violated_triangles,
)

__all__ = [
    "ConditionData",
    "CpSatModel",
    "MinCutModel",
    "SelectionData",
    "add_linear_condition",
    "build_clique",
    "build_cp_sat",
    "build_glover",
    "build_linearised",
    "build_max_cut",
    "build_min_cut",
    "build_slice",
    "build_triangles",
    "model_labels",
    "violated_triangles",
]
