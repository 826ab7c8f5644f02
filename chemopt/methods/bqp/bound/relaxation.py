"""The semidefinite relaxation of a node in its regularised dual: value and gradient.

Maximise ⟨W, X⟩ over X ⪰ 0 with X_ii = 1 and some inequalities ⟨A_k, X⟩ ≥ −a_k that every s sᵀ of a
feasible s meets: triangle and hypermetric inequalities (`triangles`, `hypermetric`), products of
linear constraints and the inter constraint (`sign_form`). For multipliers y of any sign and z ≥ 0
let M = W − Diag(y) + Σ z_k A_k. Then for every feasible s

    ⟨W, s sᵀ⟩ ≤ Σ y + Σ z_k a_k + sᵀ M s ≤ Σ y + Σ z_k a_k + N λ_max(M),                 (1)

and this is the bound that is reported (`certify`). What is minimised is a smooth function above
it: as ‖X‖ ≤ N, the quadratic regularisation of Malick (2007), used by Krislock, Malick and Roupin
(*BiqCrunch*, ACM TOMS 43(4), 2017), is

    F(y, z) = Σ y + Σ z_k a_k + ‖M_+‖² / (2ρ) + ρ N²/2,

with M_+ the positive part of M, and gradient 1 − X_ii, a_k + ⟨A_k, X⟩ at X = M_+/ρ. Each value
costs one eigendecomposition. By λ_max(M) ≤ ‖M_+‖, (1) is never above min over ρ of F at the same
point.

An equality v·s = 0 gives Xv = 0, so M may be replaced by P M P − κ Q with Q the projection on the
span of the v and P = I − Q: this is what the best multipliers of (Xv)_j = 0, and of vᵀXv = 0, give.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.hypermetric import HypermetricInequalities
from chemopt.methods.bqp.bound.sign_form import SignForm
from chemopt.methods.bqp.bound.triangles import TriangleInequalities
from chemopt.methods.bqp.problem import Floats, Indices

# From this size on, only the positive eigenvalues are computed.
_PARTIAL = 130


@dataclass(frozen=True, eq=False)
class _Layout:
    """The inequalities in use, and where their multipliers stand in the vector u.

    Attributes
    ----------
    triangles, hypermetrics
        Their own multipliers are not used.
    keys : list of int
        Of the constraints whose products are in use.
    entries : ndarray of shape (3 m,)
        Flat positions of the triangles' entries (i, j), then (i, k), then (j, k).
    signs : ndarray of shape (3 m,)
    of_triangles, of_hypermetrics : slice
    of_products : int
        Where the multipliers of products begin.
    """

    triangles: TriangleInequalities
    hypermetrics: HypermetricInequalities
    keys: list[int]
    entries: Indices
    signs: Floats
    of_triangles: slice
    of_hypermetrics: slice
    of_products: int

    @classmethod
    def of(cls, duals: Duals, nodes: int) -> _Layout:
        i, j, k = duals.triangles.nodes.T
        after_triangles = nodes + len(duals.triangles)
        after_hypermetrics = after_triangles + len(duals.hypermetrics)
        return cls(
            triangles=duals.triangles,
            hypermetrics=duals.hypermetrics,
            keys=sorted(duals.products),
            entries=np.concatenate([j * nodes + i, k * nodes + i, k * nodes + j]),
            signs=duals.triangles.signs.T.ravel().astype(float),
            of_triangles=slice(nodes, after_triangles),
            of_hypermetrics=slice(after_triangles, after_hypermetrics),
            of_products=after_hypermetrics,
        )


class Relaxation:
    """A node's relaxation with a set of inequalities; all multipliers are one vector u.

    Attributes
    ----------
    form : SignForm
    nodes : int
        N.
    layout : _Layout
        Set by `use`.
    equalities, pseudoinverse : ndarray
        V, whose columns are the v of equalities, and its pseudoinverse.
    kappa : float
    """

    def __init__(self, form: SignForm) -> None:
        nodes = form.nodes
        self.form, self.nodes = form, nodes
        self.layout = _Layout.of(Duals.zero(nodes), nodes)
        self.equalities = form.equalities.T
        self.pseudoinverse = (
            np.linalg.pinv(self.equalities) if len(form.equalities) else np.zeros((0, nodes))
        )
        self.kappa = float(np.abs(form.matrix).sum(axis=1).max()) + 1.0

    @cached_property
    def onto(self) -> Floats:
        """Q."""
        onto: Floats = self.equalities @ self.pseudoinverse
        return onto

    @cached_property
    def away(self) -> Floats:
        """P."""
        away: Floats = np.eye(self.nodes) - self.onto
        return away

    def use(self, duals: Duals) -> Floats:
        """Adopt the inequalities of some duals, and return their multipliers as a vector."""
        self.layout = _Layout.of(duals, self.nodes)
        pieces = [
            duals.y,
            duals.triangles.z,
            duals.hypermetrics.z,
            *(duals.products[key] for key in self.layout.keys),
        ]
        if self.form.inter is not None:
            pieces.append(np.array([duals.inter]))
        return np.concatenate(pieces)

    def duals(self, u: Floats) -> Duals:
        """Return the multipliers in a vector as duals."""
        layout, width = self.layout, 2 * (self.nodes - 1)
        start = layout.of_products
        products = {
            key: u[start + width * at : start + width * (at + 1)].copy()
            for at, key in enumerate(layout.keys)
        }
        triangles = layout.triangles
        return Duals(
            u[: self.nodes].copy(),
            TriangleInequalities(triangles.nodes, triangles.signs, u[layout.of_triangles].copy()),
            HypermetricInequalities(layout.hypermetrics.vectors, u[layout.of_hypermetrics].copy()),
            products,
            float(u[-1]) if self.form.inter is not None else 0.0,
        )

    def lower_bounds(self, u: Floats) -> Floats:
        """Return the lower bounds of the multipliers: −inf for y, 0 for all others."""
        bounds = np.zeros(len(u))
        bounds[: self.nodes] = -np.inf
        return bounds

    def matrix(self, u: Floats) -> Floats:
        """Return M, before projection."""
        nodes, layout = self.nodes, self.layout
        z = np.concatenate([u[layout.of_triangles]] * 3)
        half = np.bincount(layout.entries, weights=layout.signs * z * 0.5, minlength=nodes * nodes)
        half = half.reshape(nodes, nodes)
        m = self.form.matrix + half
        m += half.T
        m.ravel()[:: nodes + 1] -= u[:nodes]
        if len(layout.hypermetrics):
            b = layout.hypermetrics.vectors
            m += (b.T * u[layout.of_hypermetrics]) @ b
        for v, w in self.product_factors(u):
            both = np.outer(v, w) * 0.5
            m += both
            m += both.T
        if self.form.inter is not None:
            m -= u[-1] * self.form.inter
        return m

    def product_factors(self, u: Floats) -> list[tuple[Floats, Floats]]:
        """Return, for each constraint with products in use, v and w: vᵀXw is their weighted sum."""
        factors, at, count = [], self.layout.of_products, self.nodes - 1
        for key in self.layout.keys:
            plus, minus = u[at : at + count], u[at + count : at + 2 * count]
            v = self.form.inequalities[key]
            factors.append((v, np.append((plus + minus).sum(), plus - minus)))
            at += 2 * count
        return factors

    def projected(self, m: Floats) -> Floats:
        """Return P M P − κ Q."""
        if not len(self.form.equalities):
            return m
        projected: Floats = self.away @ m @ self.away - self.kappa * self.onto
        return projected

    def constant(self, u: Floats) -> float:
        """Return Σ y + Σ z_k a_k."""
        layout = self.layout
        total = float(u[: layout.of_triangles.stop].sum()) - float(u[layout.of_hypermetrics].sum())
        if self.form.inter is not None:
            total += float(u[-1]) * self.form.inter_limit
        return total

    def value(self, u: Floats, rho: float) -> tuple[float, Floats, float, Floats]:
        """Return F, its gradient, the bound (1) up to rounding error, and X."""
        nodes, layout = self.nodes, self.layout
        values, vectors = _positive_part(self.projected(self.matrix(u)))
        first = int(np.searchsorted(values, 0.0, side="right"))
        positive = vectors[:, first:]
        x = (positive * (values[first:] / rho)) @ positive.T
        constant = self.constant(u)
        largest = float(values[-1]) if len(values) else 0.0
        bound = constant + nodes * largest
        f = constant + float(values[first:] @ values[first:]) / (2 * rho) + rho / 2 * nodes**2
        g = np.empty(len(u))
        g[:nodes] = 1 - x.ravel()[:: nodes + 1]
        g[layout.of_triangles] = self.triangle_slack(x)
        if len(layout.hypermetrics):
            g[layout.of_hypermetrics] = layout.hypermetrics.slack(x)
        at, count = layout.of_products, nodes - 1
        for key in layout.keys:
            xv = x @ self.form.inequalities[key]
            g[at : at + count] = xv[0] + xv[1:]
            g[at + count : at + 2 * count] = xv[0] - xv[1:]
            at += 2 * count
        if self.form.inter is not None:
            g[-1] = self.form.inter_limit - float((self.form.inter * x).sum())
        return f, g, bound, x

    def triangle_slack(self, x: Floats) -> Floats:
        """Return 1 + the signed sum of each triangle."""
        m = len(self.layout.triangles)
        terms = self.layout.signs * x.ravel()[self.layout.entries]
        slack: Floats = 1 + terms[:m] + terms[m : 2 * m] + terms[2 * m :]
        return slack


def _positive_part(m: Floats) -> tuple[Floats, Floats]:
    """Return eigenvalues in ascending order, at least the positive ones, and eigenvectors."""
    if len(m) < _PARTIAL:
        values, vectors = np.linalg.eigh(m)
        return values, vectors
    from scipy.linalg import eigh

    pairs = eigh(m, driver="evr", subset_by_value=(0.0, np.inf), check_finite=False)
    return pairs[0], pairs[1]
