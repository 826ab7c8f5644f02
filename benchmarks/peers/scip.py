"""SCIP, on the binary quadratic program; on one thread, whatever is asked for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.peers.answer import FEASIBILITY_TOLERANCE, PeerAnswer
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Fixing, Floats


def solve(
    program: BinaryQuadratic, fixed: Fixing, seconds: float, threads: int, seed: int
) -> PeerAnswer:
    """Solve a program."""
    from pyscipopt import Model, quicksum

    n = len(fixed)
    model = Model()
    model.hideOutput()
    x = [model.addVar(vtype="B") for _ in range(n)]
    for k in np.flatnonzero(fixed != FREE):
        model.fixVar(x[k], float(fixed[k]))

    def quadratic(linear: Floats, products: Floats) -> Any:
        pairs = np.argwhere(np.triu(products, 1)).tolist()
        return quicksum(
            [float(linear[k]) * x[k] for k in range(n)]
            + [float(products[i, j]) * x[i] * x[j] for i, j in pairs]
        )

    for weights, low, high in zip(program.weights, program.low, program.high, strict=True):
        total = quicksum(float(weights[k]) * x[k] for k in np.flatnonzero(weights))
        if low > -math.inf:
            model.addCons(total >= low)
        if high < math.inf:
            model.addCons(total <= high)
    if (inter := program.inter) is not None:
        total = quadratic(inter.linear, -2 * inter.matrix)
        model.addCons(total <= inter.limit - inter.constant)
    # objectives are linear in SCIP
    value = model.addVar(lb=None, ub=None)
    model.addCons(value >= quadratic(program.linear, program.quadratic))
    model.setObjective(value + program.constant)
    model.setParams(
        {"limits/time": seconds, "limits/gap": 0.0, "limits/absgap": 0.0,
         "randomization/randomseedshift": seed, "numerics/feastol": FEASIBILITY_TOLERANCE}
    )  # fmt: skip
    model.optimize()
    status = model.getStatus()
    infeasible = status == "infeasible"
    best = model.getBestSol() if model.getNSols() else None
    bound = model.getDualbound()
    return PeerAnswer(
        x=None if best is None else np.array([best[variable] > 0.5 for variable in x]),
        bound=None if infeasible or abs(bound) >= model.infinity() else float(bound),
        solved=infeasible or status == "optimal",
        infeasible=infeasible,
        version=f"SCIP {model.version()}, one thread",
    )
