"""A cascade: ask models in an order until one is right; cover most within a budget, or pay least.

Sets and data
    I          the pool of models
    T          positions 1, …, L, with L the largest |X|
    P          patterns of right and wrong; an item belongs to one pattern
    r_pi       1 if model i is right on pattern p, else 0
    w_p        the number of items with pattern p
    c_pi, l_pi what asking model i on all items of pattern p costs, and how long it takes
    B, C, Λ    a budget, or a target of coverage; perhaps a limit of latency

Variables
    x_i ∈ {0, 1}      model i is in the cascade
    y_it ∈ {0, 1}     it is asked at position t
    u_pt ∈ [0, 1]     pattern p is unsolved after position t; u_p0 = 1
    q_pit ∈ [0, 1]    model i is asked at position t, and pattern p is unsolved before

    maximise    Σ_p w_p (1 − u_pL)              with Σ_pit c_pi q_pit ≤ B, or
    minimise    Σ_pit c_pi q_pit                with Σ_p w_p (1 − u_pL) ≥ C
    subject to  Σ_t y_it = x_i                  for i ∈ I
                Σ_i y_it ≤ 1                    for t ∈ T
                Σ_i y_it ≤ Σ_i y_i,t−1          for t > 1: no position is skipped
                u_pt ≥ u_p,t−1 − Σ_i r_pi y_it  for p ∈ P, t ∈ T
                q_pit ≥ y_it + u_p,t−1 − 1      for p ∈ P, i ∈ I, t ∈ T
                Σ_pit l_pi q_pit ≤ Λ            if latency is limited
                the constraints on x (see `constraints`)

Size
    (|I| + 1) L |P| continuous and (L + 1) |I| binary variables, about as many constraints: 6 models
    and 60 patterns have 2,600. It is for small pools, for side conditions that dynamic programming
    over sets does not know, and for checking it.
Strength
    For integral y the least u and q are integral. The relaxation is weak: with all models at every
    position in equal parts, hardly an item is asked twice. Enumeration by sets is far faster.

For CP-SAT, u and q are Boolean, and their constraints clauses. Costs in limits are rounded down,
limits up, so no feasible cascade is lost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyomo.environ as pyo

from chemopt_models.base import new_pool_model
from chemopt_models.constraints import add_constraints, add_cp_sat_constraints, power_of_two
from chemopt_models.cp_sat import CpSatModel
from chemopt_models.data import CascadeData
from chemopt_models.labels import model_labels

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

_LARGEST_SUM_BITS = 50
# Relative, of a limit of cost or latency.
_ALLOWANCE = 1e-9


def build_cascade(problem: CascadeData) -> pyo.ConcreteModel:
    """Build the cascade model of a problem.

    Parameters
    ----------
    problem : CascadeData

    Returns
    -------
    ConcreteModel
        With variables `x`, `y`, `u`, `q`; the expressions `size`, `cost`, `covered` and, if it is
        limited, `latency`, all of all items together; the objective `goal`. Models are labels (see
        `model_labels`), positions and patterns 1, 2, …; ``model.name_of[label]`` is the name.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> items = SimpleNamespace(right=np.array([[True, True], [False, True]]),
    ...                         weights=np.array([2.0, 1.0]), cost=np.ones((2, 2)), latency=None)
    >>> pool = SimpleNamespace(models=("a", "b"), items=items, size_bounds=(1, 2), max_cost=3.0,
    ...                        target=None, max_latency=None, require=(), exclude=(),
    ...                        side_constraints=())
    >>> model = build_cascade(pool)
    >>> print(model.open_after[2, 1].expr)
    u[2,0] - y[m2_b,1]  <=  u[2,1]
    """
    items = problem.items
    model = new_pool_model(problem, "cascade")
    labels = list(model.I)
    longest = min(problem.size_bounds[1], len(labels))
    number = dict(enumerate(range(len(items.weights)), 1))
    model.T = pyo.RangeSet(longest, doc="positions")
    model.P = pyo.RangeSet(len(number), doc="patterns")
    model.y = pyo.Var(model.I, model.T, domain=pyo.Binary, doc="model is asked at position")
    model.u = pyo.Var(
        model.P, pyo.RangeSet(0, longest), bounds=(0, 1), doc="pattern is unsolved after position"
    )
    model.q = pyo.Var(
        model.P, model.I, model.T, bounds=(0, 1), doc="model is asked on unsolved pattern"
    )
    model.size = pyo.Expression(expr=pyo.quicksum(model.x[i] for i in model.I))
    model.cost = pyo.Expression(expr=_spent(model, items.cost, number))
    model.covered = pyo.Expression(
        expr=pyo.quicksum(
            float(items.weights[k]) * (1 - model.u[p, longest]) for p, k in number.items()
        )
    )
    for p in number:
        model.u[p, 0].fix(1.0)
    if problem.max_cost is not None:
        model.goal = pyo.Objective(sense=pyo.maximize, expr=model.covered)
        amounts, limit = _limited(items.cost, problem.max_cost)
        model.within_budget = pyo.Constraint(expr=_spent(model, amounts, number) <= limit)
    else:
        model.goal = pyo.Objective(sense=pyo.minimize, expr=model.cost)
        model.reaches_target = pyo.Constraint(expr=model.covered >= (problem.target or 0.0))
    if problem.max_latency is not None and items.latency is not None:
        model.latency = pyo.Expression(expr=_spent(model, items.latency, number))
        amounts, limit = _limited(items.latency, problem.max_latency)
        model.in_time = pyo.Constraint(expr=_spent(model, amounts, number) <= limit)
    _add_positions(model)

    @model.Constraint(model.P, model.T)
    def open_after(m: Any, p: int, t: int) -> Any:
        solving = [labels[i] for i in np.flatnonzero(items.right[number[p]])]
        return m.u[p, t - 1] - pyo.quicksum(m.y[i, t] for i in solving) <= m.u[p, t]

    @model.Constraint(model.P, model.I, model.T)
    def asked_if_open(m: Any, p: int, i: str, t: int) -> Any:
        return m.q[p, i, t] >= m.y[i, t] + m.u[p, t - 1] - 1

    add_constraints(model, problem)
    return model


def _spent(model: Any, amounts: npt.NDArray[np.float64], number: dict[int, int]) -> Any:
    """Return Σ a_pi q_pit."""
    return pyo.quicksum(
        float(amounts[k, j]) * model.q[p, i, t]
        for p, k in number.items()
        for j, i in enumerate(model.I)
        for t in model.T
    )


def _limited(
    amounts: npt.NDArray[np.float64], limit: float
) -> tuple[npt.NDArray[np.float64], float]:
    """Return amounts and their limit as solvers get them.

    Sums of amounts are computed, so the limit gives way by 1e-9 of it. What is dearer than the
    limit is never asked; it becomes twice the limit, as its size would drown that of the others.
    """
    limit *= 1 + _ALLOWANCE
    return np.where(amounts > limit, 2 * limit if limit > 0 else 1.0, amounts), limit


def _add_positions(model: pyo.ConcreteModel) -> None:
    @model.Constraint(model.I)
    def asked_once(m: Any, i: str) -> Any:
        return pyo.quicksum(m.y[i, t] for t in m.T) == m.x[i]

    @model.Constraint(model.T)
    def one_at_a_time(m: Any, t: int) -> Any:
        return pyo.quicksum(m.y[i, t] for i in m.I) <= 1

    @model.Constraint(model.T)
    def no_gap(m: Any, t: int) -> Any:
        if t == 1:
            return pyo.Constraint.Skip
        return pyo.quicksum(m.y[i, t] for i in m.I) <= pyo.quicksum(m.y[i, t - 1] for i in m.I)


def build_cascade_cp_sat(problem: CascadeData) -> CpSatModel:
    """Build the CP-SAT model of a cascade problem.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> items = SimpleNamespace(right=np.array([[True, True], [False, True]]),
    ...                         weights=np.array([2.0, 1.0]), cost=np.ones((2, 2)), latency=None)
    >>> pool = SimpleNamespace(models=("a", "b"), items=items, size_bounds=(1, 2), max_cost=3.0,
    ...                        target=None, max_latency=None, require=(), exclude=(),
    ...                        side_constraints=())
    >>> built = build_cascade_cp_sat(pool)
    >>> built.scale, built.maximise
    (1.0, True)
    """
    from ortools.sat.python import cp_model

    items, labels = problem.items, model_labels(problem.models)
    model = cp_model.CpModel()
    x = [model.new_bool_var(f"x[{label}]") for label in labels]
    positions = range(min(problem.size_bounds[1], len(labels)))
    y = [[model.new_bool_var(f"y[{label},{t + 1}]") for t in positions] for label in labels]
    for i, one in enumerate(x):
        model.add(sum(y[i]) == one)
    filled = [model.new_bool_var(f"filled[{t + 1}]") for t in positions]
    for t in positions:
        model.add(sum(row[t] for row in y) == filled[t])
        if t:
            model.add_implication(filled[t], filled[t - 1])
    asked: list[cp_model.IntVar] = []
    where: list[tuple[int, int]] = []
    left: list[cp_model.IntVar] = []
    for p, row in enumerate(items.right, 1):
        before: cp_model.IntVar | None = None  # before the first position everything is unsolved
        for t in positions:
            for i in range(len(x)):
                if before is None:
                    asked.append(y[i][t])
                else:
                    q = model.new_bool_var(f"q[{p},{labels[i]},{t + 1}]")
                    model.add_bool_or(q, before.Not(), y[i][t].Not())
                    asked.append(q)
                where.append((p - 1, i))
            after = model.new_bool_var(f"u[{p},{t + 1}]")
            solved = [y[i][t] for i in np.flatnonzero(row)]
            model.add_bool_or(after, *solved, *([] if before is None else [before.Not()]))
            before = after
        if before is not None:
            left.append(before)
    amounts = np.array([items.cost[k] for k in where])
    if problem.max_latency is not None and items.latency is not None:
        limited = np.array([items.latency[k] for k in where])
        _add_limit(model, asked, *_limited(limited, problem.max_latency), "in_time")
    weights = items.weights
    if problem.max_cost is not None:
        _add_limit(model, asked, *_limited(amounts, problem.max_cost), "within_budget")
        scale, integers, error = _integers(weights)
        model.maximize(cp_model.LinearExpr.weighted_sum([u.Not() for u in left], integers))
    else:
        # not covered is at most total − target, which is a limit like the others
        lost = math.fsum(weights) - (problem.target or 0.0)
        _add_limit(model, left, weights, lost, "reaches_target")
        scale, integers, error = _integers(amounts)
        model.minimize(cp_model.LinearExpr.weighted_sum(asked, integers))
    add_cp_sat_constraints(model, x, problem)
    return CpSatModel(
        model=model,
        x=dict(zip(problem.models, x, strict=True)),
        scale=scale,
        constant=0.0,
        rounding_error=error,
        maximise=problem.max_cost is not None,
    )


def _integers(amounts: npt.NDArray[np.float64]) -> tuple[float, list[int], float]:
    """Return a power of two, the amounts times it as integers, and what rounding can change."""
    total = math.fsum(amounts)
    whole = not (amounts % 1).any() and total < 2.0**_LARGEST_SUM_BITS
    scale = 1.0 if whole else power_of_two(total, _LARGEST_SUM_BITS)
    integers = [round(scale * amount) for amount in amounts.tolist()]
    off = (abs(scale * a - k) for a, k in zip(amounts.tolist(), integers, strict=True))
    return scale, integers, math.fsum(off) / scale


def _add_limit(
    model: cp_model.CpModel,
    terms: Sequence[cp_model.IntVar],
    amounts: npt.NDArray[np.float64],
    limit: float,
    name: str,
) -> None:
    """Add Σ amounts · terms ≤ limit in integers, rounded outwards."""
    from ortools.sat.python import cp_model

    total = math.fsum(amounts)
    if limit >= total:
        return
    scale = power_of_two(total, _LARGEST_SUM_BITS)
    integers = [math.floor(scale * amount) for amount in amounts.tolist()]
    expression = cp_model.LinearExpr.weighted_sum(list(terms), integers)
    # a negative limit can be met by nothing
    model.add(expression <= max(-1, math.floor(scale * limit))).with_name(name)
