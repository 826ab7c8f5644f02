"""The conditions on an ensemble, which every formulation shares.

    min_size ≤ Σ_i x_i ≤ max_size
    x_i = 1                        for required i
    x_i = 0                        for excluded i
    low_r ≤ Σ_i a_ri x_i ≤ high_r  for each side condition r

A side condition is a budget (a_r are prices), a group (a_ri = 1 for its members), a pair apart
(x_i + x_j ≤ 1) or together (x_i − x_j = 0), or an ensemble that is ruled out. They speak of x
alone, so a formulation is a matter of how the products x_i x_j are written.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo

from chemopt_models.data import ConditionData, SelectionData
from chemopt_models.labels import model_labels, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ortools.sat.python import cp_model

# CP-SAT keeps sums of products within 64 bits.
_LARGEST_SUM_BITS = 52


def add_conditions(model: pyo.ConcreteModel, problem: SelectionData) -> None:
    """Add the conditions of a problem to a Pyomo model with variables `x` and expression `size`.

    The constraints are `min_size`, `max_size`, `require`, `exclude` and `condition`.
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

    named = {f"c{k}_{plain(one.name)}": one for k, one in enumerate(problem.conditions, 1)}

    @model.Constraint(list(named))
    def condition(m: Any, r: str) -> Any:
        one = named[r]
        terms = [(float(a), m.x[i]) for a, i in zip(one.weights, labels, strict=True) if a]
        if not terms:  # 0 is within the bounds, or nothing is
            within = (one.low is None or one.low <= 0) and (one.high is None or one.high >= 0)
            return pyo.Constraint.Feasible if within else m.size <= -1  # which no ensemble meets
        return (one.low, pyo.quicksum(a * x for a, x in terms), one.high)


def add_linear_condition(
    model: cp_model.CpModel, x: Sequence[cp_model.IntVar], condition: ConditionData
) -> None:
    """Add a side condition to a CP-SAT model, rounded outwards.

    Weights are multiplied by a power of two, unless they are whole, and rounded to integers; the
    bounds give way by as much as that can change a sum. So no admissible point is lost.
    """
    weights = condition.weights
    total = math.fsum(np.abs(weights))
    scale = 1.0
    if (weights % 1).any() or total >= 2.0**_LARGEST_SUM_BITS:
        scale = power_of_two(total, _LARGEST_SUM_BITS)
    scaled = weights * scale  # exact, as the scale is a power of two
    integers = np.rint(scaled)
    slack = 2 * math.fsum(np.abs(scaled - integers))  # twice, for the rounding of the bounds
    # sums are integers, within ± reach; CP-SAT cannot hold bounds far beyond that
    reach = int(math.fsum(np.abs(integers))) + 1
    low = -reach if condition.low is None else math.ceil(condition.low * scale - slack)
    high = reach if condition.high is None else math.floor(condition.high * scale + slack)
    low, high = max(-reach, min(reach, low)), max(-reach, min(reach, high))
    terms = [int(a) * variable for a, variable in zip(integers, x, strict=True) if a]
    model.add_linear_constraint(sum(terms), low, high).with_name(condition.name)


def power_of_two(total: float, bits: int) -> float:
    """Return the largest power of two that keeps `total` times it below ``2 ** bits``."""
    if total == 0:
        return 1.0
    # the exponent is kept within what a float can hold, for tables of tiny entries
    return math.ldexp(1.0, min(bits - math.frexp(total)[1], 1000))
