"""The declarative models of `chemopt_models`, under chemopt's own name."""

from chemopt_models import (
    CpSatModel,
    MinCutModel,
    SelectionData,
    build_cp_sat,
    build_linearised,
    build_max_cut,
    build_min_cut,
    model_labels,
)

__all__ = [
    "CpSatModel",
    "MinCutModel",
    "SelectionData",
    "build_cp_sat",
    "build_linearised",
    "build_max_cut",
    "build_min_cut",
    "model_labels",
]
