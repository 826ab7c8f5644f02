"""The semidefinite relaxation of a node in its regularised dual: value and gradient.

Maximise ⟨W, X⟩ over X ⪰ 0 with X_ii = 1 and some inequalities ⟨A_k, X⟩ ≥ −a_k that every s sᵀ of a
feasible s meets: triangles and odd cuts (`triangles`, `odd_cuts`), rows and the rule (`sign_form`).
For multipliers y of any sign and z ≥ 0 let M = W − Diag(y) + Σ z_k A_k. Then for every feasible s

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

import numpy as np

from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.hypermetric import OddCuts
from chemopt.methods.bqp.bound.sign_form import SignForm
from chemopt.methods.bqp.bound.triangles import Cuts
from chemopt.methods.bqp.problem import Floats

# From this size on, only the positive eigenvalues are computed.
_PARTIAL = 130


class Relaxation:
    """A node's relaxation with a set of inequalities; multipliers are one vector u."""

    def __init__(self, form: SignForm) -> None:
        self.form = form
        nodes = self.nodes = form.nodes
        self.spread = form.equal.T
        self.inverse = np.linalg.pinv(self.spread) if len(form.equal) else np.zeros((0, nodes))
        self.onto = self.spread @ self.inverse
        self.away = np.eye(nodes) - self.onto
        self.kappa = float(np.abs(form.matrix).sum(axis=1).max()) + 1.0

    def use(self, duals: Duals) -> Floats:
        """Take over the inequalities of some duals, and return their multipliers as a vector."""
        nodes, triangles = self.nodes, duals.triangles
        i, j, k = triangles.nodes.T
        self.places = np.concatenate([j * nodes + i, k * nodes + i, k * nodes + j])
        self.signs = triangles.signs.T.ravel().astype(float)
        self.like = duals
        self.keys = sorted(duals.sides)
        m, r = len(triangles), len(duals.odd)
        self.of_z = slice(nodes, nodes + m)
        self.of_odd = slice(nodes + m, nodes + m + r)
        self.of_sides = nodes + m + r
        parts = [duals.y, triangles.z, duals.odd.z, *(duals.sides[key] for key in self.keys)]
        if self.form.rule is not None:
            parts.append(np.array([duals.rule]))
        return np.concatenate(parts)

    def duals(self, u: Floats) -> Duals:
        """Return the multipliers in a vector as duals."""
        like, step = self.like, 2 * (self.nodes - 1)
        start = self.of_sides
        sides = {
            key: u[start + step * at : start + step * (at + 1)].copy()
            for at, key in enumerate(self.keys)
        }
        return Duals(
            u[: self.nodes].copy(),
            Cuts(like.triangles.nodes, like.triangles.signs, u[self.of_z].copy()),
            OddCuts(like.odd.vectors, u[self.of_odd].copy()),
            sides,
            float(u[-1]) if self.form.rule is not None else 0.0,
        )

    def least(self, u: Floats) -> Floats:
        """Return the least values that multipliers may have."""
        bounds = np.zeros(len(u))
        bounds[: self.nodes] = -np.inf
        return bounds

    def matrix(self, u: Floats) -> Floats:
        """Return M, before projection."""
        nodes = self.nodes
        z = np.concatenate([u[self.of_z]] * 3)
        half = np.bincount(self.places, weights=self.signs * z * 0.5, minlength=nodes * nodes)
        half = half.reshape(nodes, nodes)
        m = self.form.matrix + half
        m += half.T
        m.ravel()[:: nodes + 1] -= u[:nodes]
        if len(self.like.odd):
            b = self.like.odd.vectors
            m += (b.T * u[self.of_odd]) @ b
        for v, w in self.lines(u):
            both = np.outer(v, w) * 0.5
            m += both
            m += both.T
        if self.form.rule is not None:
            m -= u[-1] * self.form.rule
        return m

    def lines(self, u: Floats) -> list[tuple[Floats, Floats]]:
        """Return, for each side in use, v and w with vᵀXw the sum of its inequalities."""
        found, at, count = [], self.of_sides, self.nodes - 1
        for key in self.keys:
            plus, minus = u[at : at + count], u[at + count : at + 2 * count]
            found.append((self.form.sides[key], np.append((plus + minus).sum(), plus - minus)))
            at += 2 * count
        return found

    def projected(self, m: Floats) -> Floats:
        """Return P M P − κ Q."""
        if not len(self.form.equal):
            return m
        found: Floats = self.away @ m @ self.away - self.kappa * self.onto
        return found

    def constant(self, u: Floats) -> float:
        """Return Σ y + Σ z_k a_k."""
        total = float(u[: self.of_z.stop].sum()) - float(u[self.of_odd].sum())
        if self.form.rule is not None:
            total += float(u[-1]) * self.form.limit
        return total

    def value(self, u: Floats, rho: float) -> tuple[float, Floats, float, Floats]:
        """Return F, its gradient, the bound (1) up to rounding, and X."""
        nodes = self.nodes
        values, vectors = _upper_part(self.projected(self.matrix(u)))
        first = int(np.searchsorted(values, 0.0, side="right"))
        part = vectors[:, first:]
        x = (part * (values[first:] / rho)) @ part.T
        constant = self.constant(u)
        largest = float(values[-1]) if len(values) else 0.0
        bound = constant + nodes * largest
        f = constant + float(values[first:] @ values[first:]) / (2 * rho) + rho / 2 * nodes**2
        g = np.empty(len(u))
        g[:nodes] = 1 - x.ravel()[:: nodes + 1]
        g[self.of_z] = self.triangle_slack(x)
        if len(self.like.odd):
            g[self.of_odd] = self.like.odd.slack(x)
        at, count = self.of_sides, nodes - 1
        for key in self.keys:
            xv = x @ self.form.sides[key]
            g[at : at + count] = xv[0] + xv[1:]
            g[at + count : at + 2 * count] = xv[0] - xv[1:]
            at += 2 * count
        if self.form.rule is not None:
            g[-1] = self.form.limit - float((self.form.rule * x).sum())
        return f, g, bound, x

    def triangle_slack(self, x: Floats) -> Floats:
        """Return 1 + the signed sum of each triangle."""
        m = len(self.like.triangles)
        terms = self.signs * x.ravel()[self.places]
        found: Floats = 1 + terms[:m] + terms[m : 2 * m] + terms[2 * m :]
        return found


def _upper_part(m: Floats) -> tuple[Floats, Floats]:
    """Return the eigenvalues in ascending order, at least the positive ones, and vectors."""
    if len(m) < _PARTIAL:
        values, vectors = np.linalg.eigh(m)
        return values, vectors
    from scipy.linalg import eigh

    found = eigh(m, driver="evr", subset_by_value=(0.0, np.inf), check_finite=False)
    return found[0], found[1]
