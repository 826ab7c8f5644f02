"""The declarative models of `chemopt_models`, under chemopt's own name."""

from chemopt_models import (
    ConditionData,
    CpSatModel,
    MinCutModel,
    SelectionData,
    add_linear_condition,
    build_cp_sat,
    build_linearised,
    build_max_cut,
    build_min_cut,
    model_labels,
)

__all__ = [
    "ConditionData",
    "CpSatModel",
    "MinCutModel",
    "SelectionData",
    "add_linear_condition",
    "build_cp_sat",
    "build_linearised",
    "build_max_cut",
    "build_min_cut",
    "model_labels",
]
