# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Semidefinite branch and bound
#
# Linear relaxations look at pairs and triples. A *semidefinite* one looks at the whole matrix of
# products, and its bound is within a percent of the optimum, so that a search needs a handful of
# nodes. This is how `recommend(problem, "exact")` works (after Rendl, Rinaldi and Wiegele, *Biq
# Mac*, 2010, and Krislock, Malick and Roupin, *BiqCrunch*, 2017).
#
# *You need:* eigenvalues, and [notebook 3](03_why_hill_climbing_fails.py). *You learn:* a
# quadratic 0/1 program as a maximum cut, weak duality in one line, why any multipliers give a
# valid bound, and what cuts add.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.optimize import minimize

import chemopt
from chemopt.methods.bqp.bound.duals import Duals
from chemopt.methods.bqp.bound.sdp import BoundParameters, bound_node
from chemopt.methods.bqp.bound.sign_form import natural_scale, sign_form
from chemopt.methods.mip.formulations import build_formulation
from chemopt.methods.options import RunOptions
from chemopt.methods.quadratic import binary_quadratic
from chemopt.methods.solvers import HighsModel
from chemopt.problem.generate import generate_problem
from chemopt.problem.loss import loss_terms

problem = generate_problem(20, seed=2, kind="uniform").with_options(
    alpha=0.8, beta=0.5, m_inter="total", min_size=0
)
answer = chemopt.recommend(problem, "exact")
optimum = answer.loss
answer

# %% [markdown]
# ## 1. A cut on one node more
#
# Put $x_i = \frac12 (1 + s_0 s_i)$ with $s \in \{-1, 1\}^{n+1}$. Then $x_i x_j$ and $x_i$ are both
# sums of *products* $s_i s_j$, and the loss is
#
# $$\operatorname{loss}(x) = \text{base} - \text{scale} \cdot \langle W, s s^\top \rangle,
# \qquad \langle A, B \rangle = \sum_{ij} A_{ij} B_{ij}.$$
#
# To minimise the loss is to maximise $\langle W, s s^\top \rangle$, a maximum cut.

# %%
program, _ = binary_quadratic(problem)
form = sign_form(program, natural_scale(program))
W, N = form.matrix, form.nodes
rng = np.random.default_rng(0)
for _ in range(100):
    s = rng.choice([-1.0, 1.0], N)
    chosen = np.flatnonzero(s[1:] == s[0])
    loss = form.base - form.scale * (s @ W @ s)
    assert np.isclose(loss, loss_terms(problem, tuple(chosen)).loss)
print(f"{len(problem.models)} models, {N} nodes")

# %% [markdown]
# ## 2. Any multipliers give a bound
#
# $s_i^2 = 1$, so for every $y$
#
# $$s^\top W s = \sum_i y_i + s^\top (W - \operatorname{Diag} y)\, s
# \;\le\; \sum_i y_i + N\, \lambda_{\max}(W - \operatorname{Diag} y). \tag{1}$$
#
# One line, no solver, and true for *any* $y$: whoever distrusts it computes one eigenvalue.


# %%
def dual_bound(y):
    """Upper bound of <W, s s'>, by (1)."""
    return y.sum() + N * np.linalg.eigvalsh(W - np.diag(y))[-1]


def as_loss(value):
    return form.base - form.scale * value


largest = (form.base - optimum) / form.scale
guesses = [dual_bound(rng.normal(0, spread, N)) for spread in (0.1, 1, 3) for _ in range(200)]
assert min(guesses) >= largest

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.hist([as_loss(g) for g in guesses], bins=40)
ax.axvline(optimum, color="C3")
ax.set(xlabel="lower bound of the loss", ylabel="random multipliers")
ax.set_title("600 random multipliers, 600 valid bounds; red: the optimum", loc="left", fontsize=10);

# %% [markdown]
# ## 3. The best multipliers: a semidefinite program
#
# Minimise (1) over $y$. It is convex, and its dual is
#
# $$\max\ \langle W, X \rangle \quad\text{subject to}\quad X \succeq 0,\ X_{ii} = 1,$$
#
# the relaxation of Goemans and Williamson: $X = s s^\top$ without the condition that its rank is
# 1. The largest eigenvalue has kinks; a smooth stand-in for it, a soft maximum of the eigenvalues,
# is enough here.


# %%
def smooth(y, mu):
    """Value and gradient of (1) with a soft maximum of the eigenvalues."""
    values, vectors = np.linalg.eigh(W - np.diag(y))
    weights = np.exp((values - values[-1]) / mu)
    soft = values[-1] + mu * np.log(weights.sum())
    weights /= weights.sum()
    return y.sum() + N * soft, 1 - N * (vectors**2 @ weights)


y = np.zeros(N)
for mu in (1.0, 0.3, 0.1, 0.03, 0.01):
    y = minimize(smooth, y, args=(mu,), jac=True, method="L-BFGS-B").x
basic = dual_bound(y)
print(f"optimum {optimum:.3f}, semidefinite bound {as_loss(basic):.3f}")

assert as_loss(basic) <= optimum
assert as_loss(dual_bound(np.zeros(N))) < as_loss(basic)

# %% [markdown]
# ## 4. Cuts
#
# Of any three signs at least two agree, so $s_i s_j + s_i s_k + s_j s_k \ge -1$, and the same with
# signs changed:
#
# $$\pm X_{ij} \pm X_{ik} \pm X_{jk} \ge -1 \quad (\text{an even number of minus signs}).$$
#
# And for integers $b$ with an odd sum, $b^\top s$ is odd, so $b^\top X b \ge 1$: *hypermetric*
# inequalities. Each that is used gets a multiplier $z \ge 0$ and enters (1) the same way. chemopt
# adds violated ones in rounds, and stops as soon as the bound reaches the incumbent.

# %%
root = bound_node(form, Duals.zero(N), largest, BoundParameters())
full = root.certificate.bound
print(f"with cuts {as_loss(full):.4f}: {root.evaluations} eigendecompositions")
print(len(root.duals.triangles), "triangle and", len(root.duals.hypermetrics), "hypermetric cuts")

assert as_loss(basic) < as_loss(full) <= optimum + 1e-9

# %%
bounds = {"eigenvalue, y = 0": as_loss(dual_bound(np.zeros(N)))}
for name in ("linearised", "triangles", "clique"):
    relaxed = HighsModel(build_formulation(problem, name)).relax(RunOptions())
    bounds[f"linear: {name}"] = relaxed.bound
bounds["semidefinite"] = as_loss(basic)
bounds["semidefinite with cuts"] = as_loss(full)
frame = pd.Series(bounds, name="bound").to_frame().sort_values("bound")
frame["gap"] = (optimum - frame["bound"]) / optimum

fig, ax = plt.subplots(figsize=(6.5, 3), layout="constrained")
ax.barh(frame.index, 100 * frame["gap"])
for k, gap in enumerate(frame["gap"]):
    ax.annotate(f"{100 * gap:.2f} %", (100 * gap, k), xytext=(4, 0), textcoords="offset points",
                va="center")  # fmt: skip
ax.invert_yaxis()
ax.margins(x=0.2)
ax.set(xlabel="below the optimum, in %")
ax.set_title("What a bound leaves open before any branching", loc="left", fontsize=10);

# %%
assert frame.loc["semidefinite with cuts", "gap"] < 0.01
assert frame.loc["semidefinite", "gap"] < frame.loc["linear: linearised", "gap"]
frame

# %% [markdown]
# ## 5. From the matrix to an ensemble
#
# $X$ is a Gram matrix: $X_{ij} = v_i \cdot v_j$ with unit vectors. A random hyperplane cuts them
# in two, and each side is an ensemble. The matrix of section 3, without cuts, is enough to find
# good ones; with the cuts it is nearly $s s^\top$ here, and every throw gives the optimum.


# %%
def throws(matrix, number=200):
    """Cut the vectors of a Gram matrix by random hyperplanes; return the losses."""
    values, vectors = np.linalg.eigh(matrix)
    gram = vectors * np.sqrt(np.maximum(values, 0))
    signs = np.where(gram @ rng.normal(size=(N, number)) >= 0, 1.0, -1.0)
    return [as_loss(s @ W @ s) for s in signs.T]


values, vectors = np.linalg.eigh(W - np.diag(y))
weights = np.exp((values - values[-1]) / 0.01)
X = N * (vectors * (weights / weights.sum())) @ vectors.T  # the gradient above is 1 - diag(X)
assert np.allclose(np.diag(X), 1, atol=0.02)

losses = throws(X)
assert np.isclose(min(throws(root.matrix)), optimum)
uniform = [as_loss(s @ W @ s) for s in rng.choice([-1.0, 1.0], (200, N))]

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
bins = np.linspace(min(losses), max(uniform), 50)
ax.hist(uniform, bins=bins, alpha=0.6, label="random ensembles")
ax.hist(losses, bins=bins, alpha=0.8, label="random hyperplanes")
ax.axvline(optimum, color="C3", linewidth=1)
ax.set(xlabel="loss", ylabel="of 200 throws")
ax.set_title("Rounding the matrix; red: the optimum", loc="left", fontsize=10)
ax.legend(frameon=False)

assert min(losses) >= optimum - 1e-9
assert np.median(losses) < np.quantile(uniform, 0.05)

# %% [markdown]
# ## 6. Branch and bound
#
# Round, improve by tabu search, branch on the model about which $X$ is least sure, and let the
# children inherit the multipliers. With gaps as small as these, there is little to branch on.

# %%
rows = []
for n in (20, 30, 40, 50):
    pool = generate_problem(n, seed=n).with_options(alpha=0.8, beta=0.5, m_inter="total")
    found = chemopt.recommend(pool, "exact", time_limit=30)
    rows.append((n, found.status.value, found.nodes, len(found.models), found.gap))
columns = ["models", "status", "nodes", "chosen", "gap"]
work = pd.DataFrame(rows, columns=columns).set_index("models")
assert (work["status"] == "optimal").all()
work

# %% [markdown]
# There are $2^{50} \approx 10^{15}$ ensembles of 50 models.
#
# ## 7. Why trust it?
#
# Because of (1). The multipliers come from an optimiser that may do what it likes; the bound is
# computed anew from them, with a proved bound of the largest eigenvalue (a Cholesky factorisation
# that succeeds, with its rounding error allowed for). Nothing has to have converged. [The page on
# the exact solver](../docs/exact-selection.md) has the details.
#
# ## Exercises
#
# **1.** Show that (1) is tight for $s$ if and only if $s$ is an eigenvector of
# $W - \operatorname{Diag} y$ for its largest eigenvalue.
#
# **2.** Which $y$ makes it so for the optimal $s$? When does that fail to prove optimality?
#
# <details><summary>Solutions</summary>
#
# **1.** $s^\top M s \le \lambda_{\max} \|s\|^2 = N \lambda_{\max}$, with equality exactly for
# eigenvectors.
#
# **2.** $(W - \operatorname{Diag} y) s = 0$ gives $y_i = s_i (W s)_i$, and $\sum y = s^\top W s$.
# The bound is then tight if $W - \operatorname{Diag} y \preceq 0$. If it has a positive
# eigenvalue, no multipliers prove it without cuts: the relaxation has a gap.
# </details>

# %%
chosen = np.array([model in answer.models for model in problem.models])
s = np.concatenate([[1.0], np.where(chosen, 1.0, -1.0)])
y = s * (W @ s)
assert np.isclose(y.sum(), largest)
print("largest eigenvalue:", np.linalg.eigvalsh(W - np.diag(y))[-1].round(4))
