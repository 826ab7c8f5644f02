"""Run a peer on a selection problem, and hold its answer against the problem's definitions."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.peers.answer import PeerAnswer
from chemopt.errors import InputError
from chemopt.methods.outcome import Status, StopReason
from chemopt.methods.quadratic import binary_quadratic
from chemopt.problem.check import violations
from chemopt.problem.loss import loss_terms
from chemopt.problem.problem import ChemistryProblem

#: Name of a peer → the package that it comes in.
PEERS = {"scip": "pyscipopt", "gurobi": "gurobipy"}


def check_installed(names: list[str]) -> None:
    """Raise if a peer is not installed.

    Raises
    ------
    InputError
    """
    for name in names:
        try:
            import_module(PEERS[name])
        except ImportError:
            raise InputError(
                f"{name} is not installed: pip install 'chemopt[peers]' (or {PEERS[name]})"
            ) from None


def measure_peer(
    problem: ChemistryProblem, name: str, seconds: float, threads: int = 1, seed: int = 0
) -> dict[str, Any]:
    """Run a peer and return figures of a run.

    The loss is that of the ensemble by the definitions, whatever the solver says it is. A point
    that breaks a constraint within the solver's tolerances counts as none.

    Parameters
    ----------
    problem : ChemistryProblem
        With M_inter known.
    name : str
        Of `PEERS`.
    seconds : float
        Building the solver's model included.
    threads, seed : int

    Raises
    ------
    InputError
        The peer is not installed, or does not take the problem.

    Examples
    --------
    >>> from chemopt.problem.generate import generate_problem
    >>> measure_peer(generate_problem(6), "scip", 10)["status"]
    'optimal'
    """
    check_installed([name])
    module = import_module(f"benchmarks.peers.{name}")
    started = time.perf_counter()
    program, fixed = binary_quadratic(problem)
    answer: PeerAnswer = module.solve(program, fixed, seconds, threads, seed)
    took = time.perf_counter() - started
    models, message = None, ""
    if answer.x is not None:
        models = np.flatnonzero(answer.x).tolist()
        if broken := violations(problem, [problem.models[k] for k in models]):
            models, message = None, f"a point within tolerances only: {broken[0]}"
    loss = None if models is None else loss_terms(problem, models).loss
    tolerance = problem.proof_tolerance(loss or 0.0)
    gap = None
    if loss is not None and answer.bound is not None:
        distance = loss - answer.bound
        gap = 0.0 if distance <= tolerance else distance / max(abs(loss), tolerance)
    if answer.infeasible:
        status = Status.INFEASIBLE
    elif models is None:
        status = Status.NO_RECOMMENDATION
    else:
        status = Status.OPTIMAL if answer.solved and gap == 0.0 else Status.FEASIBLE
    if status in (Status.OPTIMAL, Status.INFEASIBLE):
        reason = StopReason.PROVED
    elif answer.solved:
        reason = StopReason.ACCURACY
    else:
        reason = StopReason.TIME_LIMIT if took >= seconds else StopReason.SOLVER
    return {
        "status": status.value,
        "stop_reason": reason.value,
        "loss": loss,
        "bound": answer.bound,
        "gap": gap,
        "tolerance": tolerance,
        "size": None if models is None else len(models),
        "seconds": took,
        "solver": answer.version,
        "message": message,
        "progress": [],
    }
