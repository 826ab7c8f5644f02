"""The semidefinite bound of a node: minimise the regularised dual, add and drop inequalities."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chemopt.methods.bqp.bound.certify import Certificate, certify
from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.hypermetric import separate_odd_cliques, size_inequality
from chemopt.methods.bqp.bound.relaxation import Relaxation
from chemopt.methods.bqp.bound.sign_form import SignForm
from chemopt.methods.bqp.bound.triangles import separate_triangles
from chemopt.methods.bqp.problem import Floats
from chemopt.numerics import CERTIFICATE_ALLOWANCE

# While ρ is above this, a round ends at a coarser gradient.
_COARSE_RHO = 0.05
_COARSE_GRADIENT = 0.1
# Inequalities are kept if their multiplier is above, or their slack below, these.
_TRIANGLE_MULTIPLIER = 1e-5
_HYPERMETRIC_MULTIPLIER = 1e-6
_TIGHT = 1e-3
# Inequalities are added if they are violated by more than these.
_TRIANGLE_VIOLATION = 1e-2
_SIZE_VIOLATION = 0.01
_ODD_CLIQUE_VIOLATION = 0.05
_PRODUCT_VIOLATION = 1e-3
# Odd cliques are separated from this round on, by extending this many triangles.
_FIRST_ODD_CLIQUE_ROUND = 3
_EXTENDED_TRIANGLES = 150
# From this round on a lack of progress ends the computation.
_FIRST_HOPELESS_ROUND = 2
# The stop callback is polled once in so many evaluations.
_POLL = 4


@dataclass(frozen=True)
class BoundParameters:
    """Parameters of the bound computation.

    Attributes
    ----------
    rho, rho_factor : float
        The regularisation ρ of the first round, and its factor from round to round.
    regularisation_share : float
        ρ does not fall below where ρ N²/2, the error it may cause, is this share of the gap.
    iterations : int
        L-BFGS-B iterations in a round.
    gradient_tolerance : float
        Largest entry of the gradient at which a round ends.
    triangles, odd_cliques : int
        Most inequalities added in a round.
    rounds : int
        Most rounds.
    patience : float
        Stop when this many rounds like the last one would not reach the target.
    """

    rho: float = 0.5
    rho_factor: float = 0.5
    regularisation_share: float = 0.1
    iterations: int = 30
    gradient_tolerance: float = 0.01
    triangles: int = 500
    odd_cliques: int = 60
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
    evaluations : int
        Evaluations of the dual, one eigendecomposition each.
    """

    certificate: Certificate
    duals: Duals
    matrix: Floats
    evaluations: int


class _TargetReachedError(Exception):
    """The bound is good enough, or the search was stopped."""


class _DualMinimiser:
    """Minimises the regularised dual in rounds; keeps the multipliers u and the matrix X."""

    def __init__(
        self, form: SignForm, duals: Duals, target: float, stop: Callable[[], bool]
    ) -> None:
        self.relaxation = Relaxation(form)
        self.u = self.relaxation.use(duals)
        self.target, self.stop = target, stop
        self.evaluations = 0
        self.x = np.eye(form.nodes)

    def minimise(self, rho: float, iterations: int, tolerance: float) -> tuple[float, Floats]:
        """Lower F; return the least bound on the way, and its multipliers."""
        from scipy.optimize import Bounds, minimize

        untyped_minimize: Callable[..., Any] = minimize

        best, best_u = math.inf, self.u

        def evaluate(u: Floats) -> tuple[float, Floats]:
            nonlocal best, best_u
            f, g, bound, x = self.relaxation.value(u, rho)
            self.evaluations += 1
            self.x = x
            if bound < best:
                best, best_u = bound, u.copy()
            if bound <= self.target or (self.evaluations % _POLL == 0 and self.stop()):
                raise _TargetReachedError
            return f, g

        options = {"maxiter": iterations, "maxfun": 2 * iterations, "ftol": 0.0, "gtol": tolerance}
        bounds = Bounds(self.relaxation.lower_bounds(self.u), np.inf)
        try:
            minimum = untyped_minimize(
                evaluate, self.u, jac=True, method="L-BFGS-B", bounds=bounds, options=options
            )
            self.u = np.asarray(minimum.x, dtype=np.float64)
        except _TargetReachedError:
            self.u = best_u
        return best, best_u


def bound_node(
    form: SignForm,
    duals: Duals,
    target: float,
    parameters: BoundParameters,
    *,
    matrix: Floats | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> NodeBound:
    """Bound ⟨W, s sᵀ⟩ from above.

    Parameters
    ----------
    form : SignForm
    duals : Duals
        The multipliers to start from.
    target : float
        Stop as soon as the bound is at most this.
    parameters : BoundParameters
    matrix : ndarray of shape (N, N), optional
        X at these multipliers: inequalities that it violates are added before the first round.
    stop : callable
        Polled once in a few evaluations; return True to stop.
    """
    aim = target - CERTIFICATE_ALLOWANCE * (1 + abs(target))
    minimiser = _DualMinimiser(form, duals, aim, stop)
    rho = parameters.rho
    # A lack of progress does not count before the bound of the start is reached again.
    start_bound = minimiser.relaxation.value(minimiser.u, rho)[2]
    best = math.inf
    best_duals = duals
    if matrix is not None:
        minimiser.x = matrix
        _exchange_inequalities(minimiser, parameters, 0)
    for number in range(parameters.rounds):
        coarse = rho > _COARSE_RHO
        tolerance = _COARSE_GRADIENT if coarse else parameters.gradient_tolerance
        bound, u = minimiser.minimise(rho, parameters.iterations, tolerance)
        gain = best - bound
        if bound < best:
            best, best_duals = bound, minimiser.relaxation.duals(u)
        if best <= aim or stop():
            break
        # Once ρ is this small, it is not the regularisation that keeps the bound from the target.
        least_rho = parameters.regularisation_share * 2 * (best - target) / form.nodes**2
        hopeless = best - target > parameters.patience * max(gain, 0.0)
        late = number >= _FIRST_HOPELESS_ROUND
        if hopeless and late and (best <= start_bound or rho <= least_rho):
            break
        added = _exchange_inequalities(minimiser, parameters, number)
        if not added and rho <= least_rho:
            break
        rho = min(rho, max(rho * parameters.rho_factor, least_rho))
    relaxation = minimiser.relaxation
    certificate = certify(relaxation, relaxation.use(best_duals))
    best_duals = replace(best_duals, shift=certificate.shift)
    return NodeBound(certificate, best_duals, minimiser.x, minimiser.evaluations)


def _exchange_inequalities(
    minimiser: _DualMinimiser, parameters: BoundParameters, number: int
) -> bool:
    """Drop idle inequalities and add violated ones; return whether any was added."""
    relaxation, x = minimiser.relaxation, minimiser.x
    form, duals = relaxation.form, relaxation.duals(minimiser.u)
    triangles, hypermetrics = duals.triangles, duals.hypermetrics
    triangles = triangles.select(
        (triangles.z > _TRIANGLE_MULTIPLIER) | (relaxation.triangle_slack(x) < _TIGHT)
    )
    hypermetrics = hypermetrics.select(
        (hypermetrics.z > _HYPERMETRIC_MULTIPLIER) | (hypermetrics.slack(x) < _TIGHT)
    )
    before = len(triangles), len(hypermetrics)
    new = separate_triangles(x, parameters.triangles, _TRIANGLE_VIOLATION)
    triangles = triangles.with_new(new, form.nodes)
    b = size_inequality(x)
    if b is not None and b @ x @ b < 1 - _SIZE_VIOLATION:
        hypermetrics = hypermetrics.with_new(b[None, :])
    if parameters.odd_cliques and number >= _FIRST_ODD_CLIQUE_ROUND:
        vectors = triangles.heaviest(_EXTENDED_TRIANGLES, form.nodes)
        hypermetrics = hypermetrics.with_new(
            separate_odd_cliques(x, vectors, parameters.odd_cliques, _ODD_CLIQUE_VIOLATION)
        )
    products = dict(duals.products)
    for key, v in form.inequalities.items():
        xv = x @ v
        if key not in products and xv[0] - np.abs(xv[1:]).max() < -_PRODUCT_VIOLATION:
            products[key] = np.zeros(2 * (form.nodes - 1))
    added = (len(triangles), len(hypermetrics)) != before or len(products) > len(duals.products)
    minimiser.u = relaxation.use(
        replace(duals, triangles=triangles, hypermetrics=hypermetrics, products=products)
    )
    return added
