"""work in progress"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chemopt.exact.quadratic import Bools, Floats, Ints, gamma
from chemopt.exact.sign_form import SignForm
from chemopt.exact.triangles import Cuts, violated


@dataclass(frozen=True, eq=False)
class Duals:
    y: Floats
    cuts: Cuts
    sides: dict[int, Floats]
    rule: float


@dataclass(frozen=True)
class Effort:
    """How hard to try."""

    start: float = 0.5
    shrink: float = 0.5
    least: float = 1e-3
    steps: int = 30
    cuts: int = 500
    rounds: int = 30


class _Reached(Exception):
    pass


class Dual:
    def __init__(self, form: SignForm, duals: Duals, target: float, out_of_time: Callable[[], bool]):
        self.form = form
        self.N = form.nodes
        self.target = target  # stop as soon as the value is at most this
        self.out_of_time = out_of_time
        V = form.equal.T
        self.V = V
        self.pinv = np.linalg.pinv(V) if V.shape[1] else np.zeros((0, self.N))
        self.Q = V @ self.pinv
        self.P = np.eye(self.N) - self.Q
        self.kappa = float(np.abs(form.matrix).sum(axis=1).max()) + 1.0
        self.use(duals)
        self.evals = 0
        self.best = np.inf

    def use(self, duals: Duals) -> None:
        self.duals = duals
        N = self.N
        i, j, k = duals.cuts.nodes.T
        s = duals.cuts.signs
        self.flat = np.concatenate([j * N + i, k * N + i, k * N + j])
        self.sg = np.concatenate([s[:, 0], s[:, 1], s[:, 2]]).astype(float)
        self.m = len(duals.cuts)
        self.side_keys = sorted(duals.sides)
        self.size = N + self.m + sum(2 * (N - 1) for _ in self.side_keys) + (self.form.rule is not None)

    def pack(self) -> Floats:
        d = self.duals
        parts = [d.y, d.cuts.z] + [d.sides[k] for k in self.side_keys]
        if self.form.rule is not None:
            parts.append(np.array([d.rule]))
        return np.concatenate(parts)

    def unpack(self, u: Floats) -> Duals:
        N, m = self.N, self.m
        at = N + m
        sides = {}
        for k in self.side_keys:
            sides[k] = u[at : at + 2 * (N - 1)].copy()
            at += 2 * (N - 1)
        rule = float(u[at]) if self.form.rule is not None else 0.0
        c = self.duals.cuts
        return Duals(u[:N].copy(), Cuts(c.nodes, c.signs, u[N : N + m].copy()), sides, rule)

    def matrix(self, u: Floats) -> Floats:
        N, m = self.N, self.m
        z = u[N : N + m]
        low = np.bincount(self.flat, weights=self.sg * np.concatenate([z, z, z]) * 0.5, minlength=N * N)
        low = low.reshape(N, N)
        M = self.form.matrix + low
        M += low.T
        M[np.arange(N), np.arange(N)] -= u[:N]
        at = N + m
        for k in self.side_keys:
            p, q = u[at : at + N - 1], u[at + N - 1 : at + 2 * N - 2]
            at += 2 * N - 2
            w = np.append((p + q).sum(), p - q)
            o = np.outer(self.form.sides[k], w) * 0.5
            M += o
            M += o.T
        if self.form.rule is not None:
            M -= u[at] * self.form.rule
        return M

    def project(self, M: Floats) -> Floats:
        if not len(self.form.equal):
            return M
        return self.P @ M @ self.P - self.kappa * self.Q

    def value(self, u: Floats, alpha: float) -> tuple[float, Floats]:
        N, m = self.N, self.m
        self.evals += 1
        M = self.project(self.matrix(u))
        lam, vec = np.linalg.eigh(M)
        pos = int(np.searchsorted(lam, 0.0, side="right"))
        part = vec[:, pos:]
        X = (part * (lam[pos:] / alpha)) @ part.T
        const = u[: N + m].sum()
        if self.form.rule is not None:
            const += u[-1] * self.form.limit
        bound = const + N * lam[-1]
        F = const + float(lam[pos:] @ lam[pos:]) / (2 * alpha) + alpha / 2 * N * N
        self.X = X
        if bound < self.best:
            self.best = bound
            self.best_u = u.copy()
        if bound <= self.target or (self.evals % 4 == 0 and self.out_of_time()):
            raise _Reached
        g = np.empty(self.size)
        g[:N] = 1 - X.ravel()[:: N + 1]
        if m:
            t = self.sg * X.ravel()[self.flat]
            g[N : N + m] = 1 + t[:m] + t[m : 2 * m] + t[2 * m :]
        at = N + m
        for k in self.side_keys:
            Xv = X @ self.form.sides[k]
            g[at : at + N - 1] = Xv[0] + Xv[1:]
            g[at + N - 1 : at + 2 * N - 2] = Xv[0] - Xv[1:]
            at += 2 * N - 2
        if self.form.rule is not None:
            g[at] = self.form.limit - float((self.form.rule * X).sum())
        return F, g

    def minimise(self, alpha: float, steps: int, tol: float) -> bool:
        from scipy.optimize import minimize

        u0 = self.pack()
        N = self.N
        lo = np.full(self.size, 0.0)
        lo[:N] = -np.inf
        hi = np.full(self.size, np.inf)
        from scipy.optimize import Bounds
        self.best_u = u0
        self.best = np.inf
        try:
            r = minimize(self.value, u0, args=(alpha,), jac=True, method="L-BFGS-B", bounds=Bounds(lo, hi),
                         options=dict(maxiter=steps, maxfun=2*steps, maxcor=10, ftol=0, gtol=tol))
            self.duals = self.unpack(r.x)
            self.use(self.duals)
            return False
        except _Reached:
            self.duals = self.unpack(self.best_u)
            self.use(self.duals)
            return True


def start_duals(form: SignForm) -> Duals:
    lam = float(np.linalg.eigvalsh(form.matrix)[-1])
    return Duals(np.full(form.nodes, lam), Cuts.none(), {}, 0.0)


def run(form, duals, target, effort, out_of_time=lambda: False, log=None):
    d = Dual(form, duals, target, out_of_time)
    N = form.nodes
    alpha = effort.start
    best = np.inf
    t0 = time.perf_counter()
    best_duals=None
    for r in range(effort.rounds):
        done = d.minimise(alpha, effort.steps, 0.1 if alpha > 0.05 else 0.02)
        if d.best < best:
            best = d.best
            best_duals = d.duals
        if done:
            break
        X = d.X
        new, worst = violated(X, effort.cuts, 1e-2)
        for k, v in form.sides.items():
            if k not in d.duals.sides:
                Xv = X @ v
                if Xv[0] - np.abs(Xv[1:]).max() < -1e-3:
                    d.duals.sides[k] = np.zeros(2 * N - 2)
        c = d.duals.cuts
        t = d.sg * X.ravel()[d.flat]
        m = d.m
        slack = 1 + t[:m] + t[m : 2 * m] + t[2 * m :]
        keep = (c.z > 1e-5) | (slack < 1e-3)
        before = len(c)
        c = c.select(keep).with_new(new, N)
        if log:
            log(f"{time.perf_counter()-t0:6.2f} round {r} alpha {alpha:.4g} bound {form.base - form.scale*d.best:.4f} best {form.base - form.scale*best:.4f} evals {d.evals} cuts {before}->{keep.sum()}->{len(c)} worst {worst:.3f} sides {len(d.duals.sides)}")
        d.use(replace(d.duals, cuts=c))
        alpha = max(alpha * effort.shrink, effort.least)
    return best, best_duals, d
