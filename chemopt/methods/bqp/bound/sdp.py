"""The semidefinite bound of a node: minimise the regularised dual, add and drop inequalities."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chemopt.methods.bqp.bound.certify import Certificate, certify
from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.hypermetric import lengthened, size_cut
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sign_form import SignForm
from chemopt.methods.bqp.bound.triangles import violated
from chemopt.methods.bqp.problem import Floats


@dataclass(frozen=True)
class Effort:
    """How hard to work on a bound.

    Attributes
    ----------
    start, shrink : float
        The regularisation ρ of the first round, and its factor from round to round.
    least : float
        ρ does not fall below where ρ N²/2, the error it may cause, is this part of the gap.
    steps : int
        L-BFGS iterations in a round.
    tolerance : float
        Largest entry of the gradient at which a round ends.
    triangles, odd : int
        Inequalities added in a round.
    rounds : int
        Rounds at most.
    patience : float
        Stop when this many rounds like the last one would not reach the target.
    """

    start: float = 0.5
    shrink: float = 0.5
    least: float = 0.1
    steps: int = 30
    tolerance: float = 0.01
    triangles: int = 500
    odd: int = 60
    rounds: int = 40
    patience: float = 4.0


@dataclass(frozen=True, eq=False)
class NodeBound:
    """The bound of a node.

    Attributes
    ----------
    certificate : Certificate
    duals : Duals
    matrix : ndarray of shape (N, N)
        X, nearly feasible for the relaxation.
    values : int
        Eigendecompositions that it took.
    """

    certificate: Certificate
    duals: Duals
    matrix: Floats
    values: int


# So many triangles are looked at for longer odd cuts.
_LENGTHENED = 150


class _Stop(Exception):
    """The bound is good enough, or time is up."""


class _Descent:
    """One minimisation after another, remembering the best bound seen."""

    def __init__(
        self, form: SignForm, duals: Duals, target: float, stop: Callable[[], bool]
    ) -> None:
        self.relaxation = Relaxation(form)
        self.u = self.relaxation.use(duals)
        self.target, self.stop = target, stop
        self.values = 0
        self.x = np.eye(form.nodes)

    def minimise(self, rho: float, steps: int, tolerance: float) -> tuple[float, Floats]:
        """Lower F; return the least bound on the way, and where it was."""
        from scipy.optimize import Bounds, minimize

        run: Callable[..., Any] = minimize

        best, best_u = math.inf, self.u

        def function(u: Floats) -> tuple[float, Floats]:
            nonlocal best, best_u
            f, g, bound, x = self.relaxation.value(u, rho)
            self.values += 1
            self.x = x
            if bound < best:
                best, best_u = bound, u.copy()
            if bound <= self.target or (self.values % 4 == 0 and self.stop()):
                raise _Stop
            return f, g

        options = {"maxiter": steps, "maxfun": 2 * steps, "ftol": 0.0, "gtol": tolerance}
        bounds = Bounds(self.relaxation.least(self.u), np.inf)
        try:
            found = run(
                function, self.u, jac=True, method="L-BFGS-B", bounds=bounds, options=options
            )
            self.u = np.asarray(found.x, dtype=np.float64)
        except _Stop:
            self.u = best_u
        return best, best_u


def bound_node(
    form: SignForm,
    duals: Duals,
    target: float,
    effort: Effort,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> NodeBound:
    """Bound ⟨W, s sᵀ⟩ from above.

    Parameters
    ----------
    form : SignForm
    duals : Duals
        Where to start.
    target : float
        Stop as soon as the bound is at most this.
    effort : Effort
    stop : callable
        Whether to stop at once.
    """
    # What rounding may add to a bound when it is proved: the target is set lower by about that.
    guard = 1e-9 * (1 + abs(target))
    descent = _Descent(form, duals, target - guard, stop)
    rho = effort.start
    # Work does not stop for lack of progress before the bound of the start is reached again.
    known = descent.relaxation.value(descent.u, rho)[2]
    best = math.inf
    best_duals = duals
    for number in range(effort.rounds):
        found, where = descent.minimise(rho, effort.steps, 0.1 if rho > 0.05 else effort.tolerance)
        gain = best - found
        if found < best:
            best, best_duals = found, descent.relaxation.duals(where)
        if best <= target - guard or stop():
            break
        # The regularisation is not what keeps the bound from the target once it is a small part.
        least = effort.least * 2 * (best - target) / form.nodes**2
        hopeless = best - target > effort.patience * max(gain, 0.0)
        if hopeless and number >= 2 and (best <= known or rho <= least):
            break
        added = _exchange_cuts(descent, effort, number)
        if not added and rho <= least:
            break
        rho = min(rho, max(rho * effort.shrink, least))
    relaxation = descent.relaxation
    certificate = certify(relaxation, relaxation.use(best_duals))
    best_duals = replace(best_duals, shift=certificate.shift)
    return NodeBound(certificate, best_duals, descent.x, descent.values)


def _exchange_cuts(descent: _Descent, effort: Effort, number: int) -> bool:
    """Drop inequalities that do nothing, add violated ones; say whether any was added."""
    relaxation, x = descent.relaxation, descent.x
    form, duals = relaxation.form, relaxation.duals(descent.u)
    triangles, odd = duals.triangles, duals.odd
    keep = (triangles.z > 1e-5) | (relaxation.triangle_slack(x) < 1e-3)
    triangles = triangles.select(keep)
    slack = odd.slack(x)
    odd = odd.select((odd.z > 1e-6) | (slack < 1e-3))
    new = violated(x, effort.triangles, 1e-2)
    before = len(triangles), len(odd)
    triangles = triangles.with_new(new, form.nodes)
    split = size_cut(x)
    if split is not None and split @ x @ split < 1 - 0.01:
        odd = odd.with_new(split[None, :])
    if effort.odd and number >= 3:
        vectors = triangles.heaviest(_LENGTHENED, form.nodes)
        odd = odd.with_new(lengthened(x, vectors, effort.odd, 0.05))
    sides = dict(duals.sides)
    for key, v in form.sides.items():
        xv = x @ v
        if key not in sides and xv[0] - np.abs(xv[1:]).max() < -1e-3:
            sides[key] = np.zeros(2 * (form.nodes - 1))
    added = (len(triangles), len(odd)) != before or len(sides) > len(duals.sides)
    descent.u = relaxation.use(replace(duals, triangles=triangles, odd=odd, sides=sides))
    return added
