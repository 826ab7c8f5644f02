"""The formulations that a solver can be given, by name; see `docs/formulations.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemopt.errors import InputError
from chemopt.methods.mip.fixed_size_bound import slice_sizes
from chemopt.validation import choice

if TYPE_CHECKING:
    import pyomo.environ as pyo

    from chemopt.problem.problem import SelectionProblem

# Those that HiGHS solves, the default first, and those that CP-SAT takes as well.
FORMULATIONS = ("linearised", "triangles", "triangle-cuts", "clique", "glover", "slices")
CP_SAT_FORMULATIONS = ("linearised", "triangles", "clique")
DEFAULT_FORMULATION = FORMULATIONS[0]


def build_formulation(problem: SelectionProblem, name: str) -> pyo.ConcreteModel:
    """Build a formulation as one Pyomo model.

    ``"triangle-cuts"`` begins as the linearised model. ``"slices"`` is a model for each size, so it
    needs a problem with one.

    Raises
    ------
    InputError
        Unknown name, or slices of a problem with several sizes.

    Examples
    --------
    >>> from chemopt.problem.generate import generate_problem
    >>> len(build_formulation(generate_problem(5), "clique").clique)
    4
    """
    import chemopt_models as models  # Pyomo takes a while to import

    if choice("formulation", name, FORMULATIONS) == "slices":
        sizes = slice_sizes(problem)
        if len(sizes) != 1:
            raise InputError(
                "formulation 'slices' is a model for each size, so give one (size=, --size)"
            )
        return models.build_slice(problem, sizes[0])
    builders = {
        "linearised": models.build_linearised,
        "triangles": models.build_triangles,
        "triangle-cuts": models.build_linearised,
        "clique": models.build_clique,
        "glover": models.build_glover,
    }
    return builders[name](problem)
