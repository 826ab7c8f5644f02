"""Gurobi, on the binary quadratic program; its package on PyPI has a licence for small models."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.peers.answer import FEASIBILITY_TOLERANCE, PeerAnswer
from chemopt.errors import InputError
from chemopt.methods.bqp.problem import FREE, BinaryQuadratic, Fixing


def solve(
    program: BinaryQuadratic, fixed: Fixing, seconds: float, threads: int, seed: int
) -> PeerAnswer:
    """Solve a program.

    Raises
    ------
    InputError
        The licence does not allow a model of this size, or there is none.
    """
    import gurobipy
    from gurobipy import GRB

    try:
        with (
            gurobipy.Env(params={"OutputFlag": 0}) as environment,
            gurobipy.Model(env=environment) as model,
        ):
            lower = np.where(fixed == FREE, 0, fixed)
            upper = np.where(fixed == FREE, 1, fixed)
            x = model.addMVar(len(fixed), lb=lower, ub=upper, vtype=GRB.BINARY)
            model.setMObjective(
                program.quadratic / 2, program.linear, program.constant, x, x, x, GRB.MINIMIZE
            )
            for weights, low, high in zip(program.weights, program.low, program.high, strict=True):
                if low > -math.inf:
                    model.addConstr(weights @ x >= low)
                if high < math.inf:
                    model.addConstr(weights @ x <= high)
            if (inter := program.inter) is not None:
                limit = inter.limit - inter.constant
                model.addConstr(inter.linear @ x - x @ inter.matrix @ x <= limit)
            for name, value in {
                "TimeLimit": seconds, "Threads": threads, "Seed": seed, "MIPGap": 0, "MIPGapAbs": 0,
                "FeasibilityTol": FEASIBILITY_TOLERANCE, "IntFeasTol": FEASIBILITY_TOLERANCE,
            }.items():  # fmt: skip
                model.setParam(name, value)
            model.optimize()
            infeasible = model.Status == GRB.INFEASIBLE
            return PeerAnswer(
                x=np.asarray(x.X) > 0.5 if model.SolCount else None,
                bound=None if infeasible or abs(model.ObjBound) >= GRB.INFINITY else model.ObjBound,
                solved=infeasible or model.Status == GRB.OPTIMAL,
                infeasible=infeasible,
                version=f"Gurobi {'.'.join(map(str, gurobipy.gurobi.version()))}",
            )
    except gurobipy.GurobiError as error:
        raise InputError(f"Gurobi: {error}") from None
