"""Triangle inequalities, added to a relaxation in rounds as it violates them."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import pyomo.environ as pyo
from chemopt_models import violated_triangles

from chemopt.methods.options import RunOptions
from chemopt.methods.solvers import HighsModel, Relaxation, Row

# Inequalities added at a time, and the least gain of a round, relative to the bound.
_CUTS, _PROGRESS = 1000, 1e-4


def add_triangles(
    model: pyo.ConcreteModel,
    compiled: HighsModel,
    run: RunOptions,
    enough: float = math.inf,
) -> Relaxation:
    """Solve the relaxation, adding violated triangle inequalities in rounds; return its last state.

    It ends when no inequality is violated, the bound hardly moves or is at least `enough`, or time
    is up. The bound is the best of all rounds; it is infinite if the relaxation is infeasible.
    """
    bound = -math.inf
    while True:
        relaxed = compiled.relax(run)
        gain, bound = relaxed.bound - bound, max(bound, relaxed.bound)
        relaxed = replace(relaxed, bound=bound)
        small = gain <= _PROGRESS * abs(bound)
        if not relaxed.solved or bound >= enough or small:
            return relaxed
        point = partial(compiled.value_of, values=relaxed.values)
        rows = [
            Row([variable for variable, _ in terms], [a for _, a in terms], high=most)
            for terms, most in violated_triangles(model, point, _CUTS)
        ]
        if not rows:
            return relaxed
        compiled.add_rows(rows)
