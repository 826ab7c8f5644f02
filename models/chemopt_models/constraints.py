"""The constraints on an ensemble, which every formulation shares.

    min_size ≤ Σ_i x_i ≤ max_size
    x_i = 1                        for required i
    x_i = 0                        for excluded i
    low_r ≤ Σ_i a_ri x_i ≤ high_r  for each side constraint r

A side constraint is a budget (a_r are prices), a group (a_ri = 1 for its members), a pair apart
(x_i + x_j ≤ 1) or together (x_i − x_j = 0), or a no-good cut that rules out an ensemble. They
speak of x alone, so a formulation is a matter of how the products x_i x_j are written.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo

from chemopt_models.data import ConstrainedData, LinearConstraintData
from chemopt_models.labels import model_labels, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ortools.sat.python import cp_model

# CP-SAT keeps sums of products within 64 bits.
_LARGEST_SUM_BITS = 52


def add_constraints(model: pyo.ConcreteModel, problem: ConstrainedData) -> None:
    """Add the constraints of a problem to a Pyomo model with variables `x` and expression `size`.

    They are `min_size`, `max_size`, `require`, `exclude` and `side_constraint`.
    """
    labels = model_labels(problem.models)
    label_of = dict(zip(problem.models, labels, strict=True))
    fewest, most = problem.size_bounds
    model.min_size = pyo.Constraint(expr=model.size >= fewest)
    model.max_size = pyo.Constraint(expr=model.size <= most)

    @model.Constraint([label_of[name] for name in problem.require])
    def require(m: Any, i: str) -> Any:
        return m.x[i] == 1

    @model.Constraint([label_of[name] for name in problem.exclude])
    def exclude(m: Any, i: str) -> Any:
        return m.x[i] == 0

    named = {f"c{k}_{plain(one.name)}": one for k, one in enumerate(problem.side_constraints, 1)}

    @model.Constraint(list(named))
    def side_constraint(m: Any, r: str) -> Any:
        one = named[r]
        terms = [(float(a), m.x[i]) for a, i in zip(one.weights, labels, strict=True) if a]
        if not terms:  # 0 is within the bounds, or nothing is
            if one.low <= 0 <= one.high:
                return pyo.Constraint.Feasible
            return m.size <= -1  # which no ensemble meets
        low = None if one.low == -math.inf else one.low
        high = None if one.high == math.inf else one.high
        return (low, pyo.quicksum(a * x for a, x in terms), high)


def add_cp_sat_constraints(
    model: cp_model.CpModel, x: Sequence[cp_model.IntVar], problem: ConstrainedData
) -> None:
    """Add the constraints of a problem to a CP-SAT model, side constraints rounded outwards."""
    fewest, most = problem.size_bounds
    model.add_linear_constraint(sum(x), fewest, most).with_name("size")
    labels = model_labels(problem.models)
    position = {name: k for k, name in enumerate(problem.models)}
    for option, names, value in (("require", problem.require, 1), ("exclude", problem.exclude, 0)):
        for name in names:
            k = position[name]
            model.add(x[k] == value).with_name(f"{option}[{labels[k]}]")
    for constraint in problem.side_constraints:
        add_linear_constraint(model, x, constraint)


def add_linear_constraint(
    model: cp_model.CpModel, x: Sequence[cp_model.IntVar], constraint: LinearConstraintData
) -> None:
    """Add a linear constraint over x to a CP-SAT model, rounded outwards.

    Weights are multiplied by a power of two, unless they are whole, and rounded to integers; the
    bounds give way by as much as that can change a sum. So no feasible point is lost.
    """
    weights = constraint.weights
    total = math.fsum(np.abs(weights))
    scale = 1.0
    if (weights % 1).any() or total >= 2.0**_LARGEST_SUM_BITS:
        scale = power_of_two(total, _LARGEST_SUM_BITS)
    scaled = weights * scale  # exact, as the scale is a power of two
    integers = np.rint(scaled)
    slack = 2 * math.fsum(np.abs(scaled - integers))  # twice, for the rounding of the bounds
    # sums are integers, within ± reach; CP-SAT cannot hold bounds far beyond that
    reach = int(math.fsum(np.abs(integers))) + 1
    low = _clipped(constraint.low * scale - slack, reach, math.ceil)
    high = _clipped(constraint.high * scale + slack, reach, math.floor)
    terms = [int(a) * variable for a, variable in zip(integers, x, strict=True) if a]
    model.add_linear_constraint(sum(terms), low, high).with_name(constraint.name)


def _clipped(bound: float, reach: int, integer: Callable[[float], int]) -> int:
    """Return a bound as an integer within ± reach."""
    return reach if bound >= reach else -reach if bound <= -reach else integer(bound)


def power_of_two(total: float, bits: int) -> float:
    """Return the largest power of two that keeps `total` times it below ``2 ** bits``."""
    if total == 0:
        return 1.0
    # the exponent is kept within what a float can hold, for tables of tiny entries
    return math.ldexp(1.0, min(bits - math.frexp(total)[1], 1000))
