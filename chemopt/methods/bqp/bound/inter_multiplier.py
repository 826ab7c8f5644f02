"""The multiplier of the inter constraint in the semidefinite bound.

For a given multiplier μ ≥ 0 the bound is that of another objective, ⟨W − μ G, X⟩, and it is convex
in μ. If all multipliers are free to move at once, μ hardly does: every other one has to follow it.
So μ is looked for step by step, from where the products of W and μ G cancel as far as they can, and
where only a nearly linear function is left, which is easy to bound. It falls as long as the bound
improves; each step begins with the multipliers and the inequalities of the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chemopt.methods.bqp.bound.sdp import BoundParameters, NodeBound, bound_node
from chemopt.methods.bqp.bound.sign_form import SignForm

# Steps from the multiplier at which products cancel to 0.
_STEPS = 10


def bound_with_multiplier(
    form: SignForm,
    without: NodeBound,
    target: float,
    parameters: BoundParameters,
    *,
    falling: bool,
    stop: Callable[[], bool] = lambda: False,
) -> NodeBound:
    """Improve a bound that does not use the inter constraint by a multiplier for it.

    Parameters
    ----------
    form : SignForm
        With an inter constraint.
    without : NodeBound
    target : float
        Stop as soon as the bound is at most this.
    parameters : BoundParameters
        Of each step.
    falling : bool
        Look for μ from above, in steps; else it rises from 0 with all other multipliers, which does
        where it is small.
    stop : callable
        Polled once in a few evaluations; return True to stop.
    """
    assert form.inter is not None
    found, best, best_mu, least = without, without, 0.0, without.certificate.bound
    most, evaluations = _cancelling(form), 0
    for step in range(_STEPS if falling else 0):
        mu = most * (1 - step / _STEPS)
        constant = mu * form.inter_limit
        penalised = replace(form, matrix=form.matrix - mu * form.inter, inter=None)
        found = bound_node(
            penalised, found.duals, target - constant, parameters, matrix=found.matrix, stop=stop
        )
        evaluations += found.evaluations
        bound = found.certificate.bound + constant
        if bound >= least and mu < best_mu:
            break
        if bound < least:
            best, best_mu, least = found, mu, bound
        if least <= target or stop():
            break
    start = replace(best.duals, inter=best_mu)
    relaxed = bound_node(form, start, target, parameters, matrix=best.matrix, stop=stop)
    return replace(relaxed, evaluations=evaluations + relaxed.evaluations)


def _cancelling(form: SignForm) -> float:
    """Return the μ ≥ 0 at which the products in W − μ G are least in the mean square."""
    assert form.inter is not None
    products = form.inter[1:, 1:]
    squares = float((products**2).sum())
    return max(0.0, float((form.matrix[1:, 1:] * products).sum()) / squares) if squares else 0.0
