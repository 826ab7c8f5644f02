"""The formulations by name, and the choice of one; see `docs/formulations.md`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from chemopt.errors import InputError
from chemopt.validation import choice, shown

if TYPE_CHECKING:
    import pyomo.environ as pyo

    from chemopt.problem.problem import ChemistryProblem

# Those that HiGHS solves, the default first, and those that CP-SAT takes as well.
Formulation = Literal[
    "linearised", "triangles", "triangle-cuts", "clique", "glover", "rlt", "products"
]
FORMULATIONS: tuple[Formulation, ...] = get_args(Formulation)
CP_SAT_FORMULATIONS: tuple[Formulation, ...] = ("linearised", "triangles", "clique")


@dataclass(frozen=True)
class MipOptions:
    """Options of the methods that hand a declarative model to a solver, HiGHS or CP-SAT.

    Attributes
    ----------
    formulation : {"linearised", "triangles", "triangle-cuts", "clique", "glover", "rlt", \
"products"}
        How the solver is given the problem; CP-SAT takes ``"linearised"``, ``"triangles"`` and
        ``"clique"``.
    customise : callable, optional
        Adds constraints of your own: called with the Pyomo model before HiGHS solves it (with each
        one of ``"rlt"``, which has a model for each size). It may add linear constraints, and
        bounded variables to write them with, or return a constraint or a list of them.
        ``m.x_of[name]`` is the variable of a model; see `docs/formulations.md` for the others.

    Raises
    ------
    InputError
        There is no such formulation, or `customise` is no function.

    Examples
    --------
    >>> from chemopt import recommend
    >>> from chemopt.problem.generate import generate_problem
    >>> recommend(generate_problem(6), "highs", options=MipOptions("rlt")).status.value
    'optimal'
    >>> own = MipOptions(customise=lambda m: m.x_of["model-1"] + m.x_of["model-2"] <= 1)
    >>> answer = recommend(generate_problem(6), "highs", options=own)
    >>> answer.added_constraints
    ('customised[1]: x[m1_model_1] + x[m2_model_2] <= 1',)
    """

    formulation: Formulation = "linearised"
    customise: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        choice("formulation", self.formulation, FORMULATIONS)
        if self.customise is not None and not callable(self.customise):
            raise InputError(
                "customise must be a function of the Pyomo model, such as lambda m: m.x_of['a'] <= "
                f"m.x_of['b'], not {shown(self.customise)}"
            )


def build_formulation(problem: ChemistryProblem, name: str) -> pyo.ConcreteModel:
    """Build a formulation as one Pyomo model.

    ``"triangle-cuts"`` begins as the linearised model. ``"rlt"`` is a model for each size, so it
    needs a problem with one.

    Raises
    ------
    InputError
        Unknown name, or the fixed-cardinality RLT of a problem with several sizes.

    Examples
    --------
    >>> from chemopt.problem.generate import generate_problem
    >>> len(build_formulation(generate_problem(5), "clique").clique)
    4
    """
    import chemopt_models as models  # Pyomo takes a while to import

    if choice("formulation", name, FORMULATIONS) == "rlt":
        sizes = problem.feasible_sizes
        if len(sizes) != 1:
            raise InputError(
                "formulation 'rlt' is a model for each size, so give one (size=, --size)"
            )
        return models.build_rlt(problem, sizes[0])
    builders = {
        "linearised": models.build_linearised,
        "triangles": models.build_triangles,
        "triangle-cuts": models.build_linearised,
        "clique": models.build_clique,
        "glover": models.build_glover,
        "products": models.build_products,
    }
    return builders[name](problem)
