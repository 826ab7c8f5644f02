"""work in progress"""
from __future__ import annotations
import heapq, math, time, logging
from dataclasses import dataclass, field, replace
import numpy as np
from collections.abc import Callable
from chemopt.exact.quadratic import *
from chemopt.exact.quadratic import FREE
from chemopt.exact import persistency
from chemopt.exact.enumerate import best_points
from chemopt.exact.sign_form import sign_form, natural_scale
from chemopt.exact.sdp import *
from chemopt.exact.tabu import tabu_search
from chemopt.exact.triangles import Cuts

@dataclass(frozen=True, eq=False)
class Node:
    bound: float
    number: int
    fixed: np.ndarray
    duals: Duals | None
    labels: np.ndarray  # labels of duals' nodes: 0, and i+1
    depth: int = 0
    def __lt__(self, o): return (self.bound, self.number) < (o.bound, o.number)

def inherit(duals, labels, fixed):
    """Duals on fewer nodes."""
    n = len(labels)
    onto = np.zeros(n, dtype=np.int64); factor = np.ones(n, dtype=np.int64)
    value = fixed[labels[1:] - 1]
    keep = value == FREE
    onto[1:][keep] = np.arange(1, keep.sum() + 1)
    factor[1:][value == 0] = -1
    N = int(keep.sum()) + 1
    y = np.bincount(onto, weights=duals.y, minlength=N)
    sides = {}
    for k, v in duals.sides.items():
        p, q = v[: n - 1], v[n - 1 :]
        sides[k] = np.concatenate([p[keep], q[keep]])
    return Duals(y, duals.cuts.merge(onto, factor, N), sides, duals.rule), np.append(0, labels[1:][keep])

class Solver:
    def __init__(self, problem, seed=0, time_limit=None, enum=16, verbose=False, effort=None, child=None, patience=3.0, rel=1e-9):
        self.p = problem; self.seed = seed; self.enum = enum; self.verbose = verbose
        self.t0 = time.perf_counter(); self.limit = time_limit
        self.effort = effort or Effort(start=.5, shrink=.5, least=5e-4, steps=30, cuts=500, rounds=40)
        self.child = child or Effort(start=.03, shrink=.5, least=5e-4, steps=20, cuts=400, rounds=25)
        self.patience = patience
        self.inc = math.inf; self.x = None
        self.scale = natural_scale(problem)
        self.eps = rel * max(abs(problem.constant), 0) if False else rel * self.scale * problem.n
        self.nodes = 0; self.evals = 0; self.counter = 0
        self.pruned = math.inf
        self.stat = dict(sdp=0, enum=0, fixed=0)
    def out(self): return self.limit is not None and time.perf_counter() - self.t0 > self.limit
    @property
    def cutoff(self):
        """Nodes whose bound is at least this hold nothing better."""
        if self.p.step and math.isfinite(self.inc):
            return self.inc - self.p.step * (1 - 1e-6)
        return self.inc - self.eps
    def offer(self, x):
        if self.p.conditioned and not self.p.admits(x): return
        v = self.p.value(x)
        if v < self.inc:
            self.inc, self.x = v, x.copy()
    def solve(self):
        r = tabu_search(self.p, seed=self.seed, moves=20*self.p.n+1000, stop=self.out)
        if r.x is not None: self.offer(r.x)
        self.log_(f'tabu {self.inc} {time.perf_counter()-self.t0:.2f}')
        n = self.p.n
        fixed = np.full(n, FREE, np.int8)
        if not self.p.conditioned:
            asym = np.abs(2*self.p.linear + self.p.quadratic.sum(1)).sum()
            if asym == 0: fixed[int(np.abs(self.p.quadratic).sum(1).argmax())] = 0
        self.open = [Node(-math.inf, 0, fixed, None, np.arange(n+1))]
        last = self.t0
        while self.open and not self.out():
            node = heapq.heappop(self.open)
            if node.bound >= self.cutoff:
                self.pruned = min(self.pruned, node.bound); continue
            self.process(node)
            if self.verbose and (time.perf_counter() - last > 2 or self.nodes == 1):
                last = time.perf_counter()
                lb = min([self.pruned, *(o.bound for o in self.open[:1])])
                self.log_(f'{last-self.t0:7.1f}s nodes {self.nodes} open {len(self.open)} inc {self.inc:.6f} bound {lb:.6f} gap {100*(self.inc-lb)/max(1e-9,abs(self.inc)):.4f}% evals {self.evals} {self.stat}')
        lb = min([self.inc, self.pruned, *(o.bound for o in self.open)])
        return lb
    def log_(self, s):
        if self.verbose: print(s, flush=True)
    def drop(self, bound):
        self.pruned = min(self.pruned, max(bound, self.cutoff))
    def process(self, node):
        self.nodes += 1
        fixed = persistency.fix(self.p, node.fixed)
        if fixed is None: return
        bound, duals, labels = node.bound, node.duals, node.labels
        rounds = 0
        while True:
            free = np.flatnonzero(fixed == FREE)
            sub = self.p.restrict(fixed)
            if len(free) <= self.enum:
                self.stat['enum'] += 1
                pts, rest = best_points(sub, 50)
                for x in pts:
                    full = fixed == 1
                    full[free] = x
                    self.offer(full)
                self.drop(min(rest, min((sub.value(x) for x in pts), default=math.inf)))
                return
            form = sign_form(sub, self.scale)
            eff = self.child
            if duals is None: duals = start_duals(form); eff = self.effort
            else:
                duals, _ = inherit(duals, labels, fixed)
                duals = replace(duals, sides={k: v for k, v in duals.sides.items() if k in form.sides})
            labels = np.append(0, free + 1)
            target = (form.base - self.cutoff) / form.scale
            self.stat['sdp'] += 1
            bound_w, duals, X, G, ev = bound_node(form, duals, target, eff, self.patience, self.out)
            self.evals += ev
            bound = max(bound, form.base - form.scale * bound_w)
            if bound >= self.cutoff:
                self.drop(bound); return
            # rounding
            self.round(X, fixed, free, sub)
            if bound >= self.cutoff: self.drop(bound); return
            # fixing
            if G is not None:
                new = fixed.copy()
                margin = (form.base - self.cutoff) / form.scale  # <W,X> <= margin is pruned
                plus, minus = bound_w - G[0], bound_w - G[1]
                a, b = plus <= margin, minus <= margin
                if (a & b).any(): self.drop(self.cutoff); return
                new[free[a]] = 0; new[free[b]] = 1
                k = int((a | b).sum())
                self.stat['fixed'] += k
                if k:
                    new = persistency.fix(self.p, new)
                    if new is None: self.drop(self.cutoff); return
                    fixed = new
                    if (fixed == FREE).sum() <= self.enum: continue
                    free2 = np.flatnonzero(fixed == FREE)
                    if k > .15 * len(free):
                        continue
                    keepm = fixed[free] == FREE
                    first = X[0, 1:][keepm]; free = free2
                else:
                    first = X[0, 1:]
            else: first = X[0, 1:]
            break
        i = int(free[np.abs(first).argmin()])
        up = first[np.abs(first).argmin()] > 0
        for v in ((1, 0) if up else (0, 1)):
            f = fixed.copy(); f[i] = v
            self.counter += 1
            heapq.heappush(self.open, Node(bound, self.counter, f, duals, labels, node.depth + 1))
    def round(self, X, fixed, free, sub):
        w, V = np.linalg.eigh(X)
        L = V * np.sqrt(np.maximum(w, 0))
        rng = np.random.default_rng([self.seed, self.nodes])
        H = rng.standard_normal((len(X), 12))
        S = L @ H
        S = np.concatenate([S, X[:, :1]], 1)
        S = S * np.sign(S[:1] + 1e-300)
        cand = S[1:] > 0
        vals = sub.linear @ cand + ((sub.quadratic @ cand) * cand).sum(0) / 2
        x = cand[:, int(vals.argmin())]
        r = tabu_search(sub_for_tabu(sub), seed=self.nodes, moves=3 * sub.n, start=x)
        if r.x is not None:
            full = fixed == 1
            full[free] = r.x
            self.offer(full)

def sub_for_tabu(sub): return sub

def bound_node(form, duals, target, effort, patience, out):
    d = Dual(form, duals, target, out)
    N = form.nodes
    alpha = effort.start
    best = np.inf; best_duals = duals; bestX = None
    last = np.inf
    for r in range(effort.rounds):
        done = d.minimise(alpha, effort.steps, 0.1 if alpha > 0.05 else 0.02)
        prev = best
        if d.best < best:
            best = d.best; best_duals = d.unpack(d.best_u)
            best_M = d.best_u
        if done: break
        X = d.X
        gain = prev - best
        if r >= 2 and best - target > patience * max(gain, 0) * (1 if alpha <= effort.least else 1.5): break
        new, worst = violated(X, effort.cuts, 1e-2)
        added = False
        for k, v in form.sides.items():
            if k not in d.duals.sides:
                Xv = X @ v
                if Xv[0] - np.abs(Xv[1:]).max() < -1e-3:
                    d.duals.sides[k] = np.zeros(2 * N - 2); added = True
        c = d.duals.cuts; m = d.m
        t = d.sg * X.ravel()[d.flat]
        slack = 1 + t[:m] + t[m : 2 * m] + t[2 * m :]
        keep = (c.z > 1e-5) | (slack < 1e-3)
        c = c.select(keep).with_new(new, N)
        d.use(replace(d.duals, cuts=c))
        if alpha <= effort.least and not added and len(new) == 0: break
        alpha = max(alpha * effort.shrink, effort.least)
    # fixing from the best duals
    G = None
    if best > target:
        d.use(best_duals)
        M = d.project(d.matrix(d.pack()))
        lam, V = np.linalg.eigh(M)
        t = lam[-1]
        eps = 1e-3 * max(1.0, abs(t))*0.1
        K = (V * (1 / (t + eps - lam))) @ V.T
        bw = d.pack()[:N + d.m].sum() + (d.pack()[-1] * form.limit if form.rule is not None else 0) + N * t
        g0, gi, g0i = K[0, 0], np.diag(K)[1:], K[0, 1:]
        det = g0 * gi - g0i ** 2
        qp = (gi - 2 * g0i + g0) / det; qm = (gi + 2 * g0i + g0) / det
        G = (qp - N * eps + best - bw, qm - N * eps + best - bw)
    return best, best_duals, d.X, G, d.evals
