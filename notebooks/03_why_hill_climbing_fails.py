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
# # Why hill climbing fails, and how a MIP proves it
#
# A hill climber stops at a valley and calls it the bottom. This notebook shows one valley, writes
# the problem as a mixed-integer program (MIP), and asks what makes one formulation better than
# another: not the optimum, which is the same, but the **relaxation**.
#
# *You need:* what a linear program is. *You learn:* local optima, McCormick's linearisation, why
# $x = \frac12$ ruins it, three remedies, and how to read a branch and bound log. With exercises.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import chemopt
from chemopt.methods.mip.formulations import build_formulation
from chemopt.methods.options import RunOptions
from chemopt.methods.solvers import HighsModel
from chemopt.problem.check import violations
from chemopt.problem.generate import generate_problem
from chemopt.problem.loss import loss_terms

# %% [markdown]
# ## 1. Four models are enough
#
# Chemistry of each pair is given. The climber starts where the history tells it to, and adds,
# removes or swaps one model as long as the loss falls.

# %%
four = chemopt.read_problem("../instances/four_models.json")
four.table.plot(about="four made-up models");

# %%
climbed = chemopt.recommend(four, "hill-climb", options=chemopt.HillClimbOptions(trace=True))
best = chemopt.recommend(four)
print("climber", climbed.models, f"{climbed.loss:.2f}")
print("optimum", best.models, f"{best.loss:.2f}")

assert climbed.loss > best.loss
climbed.plot(optimum=best.loss);

# %% [markdown]
# From `ada, dot` to `bea, cyd, dot` two models must come and one must go. No *single* move
# improves, so the climber stays. That is all that a local optimum means:

# %%
here = set(climbed.models)
for X in ({*here, m} for m in four.models if m not in here):
    loss = loss_terms(four, four.positions(X)).loss
    broken = violations(four, X)
    print(f"add      {sorted(X)}: {loss:.2f}", f"but {broken[0]}" if broken else "")
    assert broken or loss >= climbed.loss
for out in sorted(here):
    for m in sorted(set(four.models) - here):
        X = here - {out} | {m}
        loss = loss_terms(four, four.positions(X)).loss
        broken = violations(four, X)
        print(f"swap     {sorted(X)}: {loss:.2f}", f"but {broken[0]}" if broken else "")
        assert broken or loss >= climbed.loss

# %% [markdown]
# **Exercise 1.** The optimum has three members. Which neighbours of `ada, dot` lie on the shortest
# way to it, and what keeps the climber from them?
#
# *Solution.* The way is a swap and an addition, in any order. Each first step is in the list
# above: its loss is larger, or its inter is above $M_{\text{inter}}$, which the publication
# forbids.
#
# ## 2. How often?
#
# On random pools with few historical starts, more often than one would think.

# %%
rows = []
for n in (6, 8, 10, 12):
    for seed in range(20):
        pool = generate_problem(n, seed=seed, subsets=2).with_options(alpha=0.8, beta=0.1)
        h, e = chemopt.recommend(pool, "hill-climb"), chemopt.recommend(pool)
        assert e.status is chemopt.Status.OPTIMAL
        rows.append((n, (h.loss - e.loss) / e.loss))
misses = pd.DataFrame(rows, columns=["models", "gap"])
misses["missed"] = misses["gap"] > 1e-9
misses.groupby("models").agg(missed=("missed", "mean"), mean_gap=("gap", "mean"))

# %%
assert misses.loc[misses["models"] == 12, "missed"].mean() > 0.5

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for n, gaps in misses.groupby("models")["gap"]:
    ax.plot(np.full(len(gaps), n), 100 * gaps, "o", alpha=0.4, color="C0")
ax.set(xlabel="models in the pool", ylabel="above the optimum, in %", xticks=[6, 8, 10, 12])
ax.set_title("Hill climbing from two starts, 20 pools of each size", loc="left", fontsize=10);

# %% [markdown]
# ## 3. The problem as a MIP
#
# Let $x_i \in \{0, 1\}$ say whether model $i$ is chosen, $d_i = \sum_j c_{ij}$. Then
#
# $$\operatorname{loss}(x) = \text{const} + \sum_i (\beta - \alpha d_i)\, x_i
# {} + (3\alpha - 1) \sum_{i<j} c_{ij}\, x_i x_j .$$
#
# The products are what makes it hard. Replace each by a variable $y_{ij}$ and say that it is the
# product (Fortet 1960, McCormick 1976):
#
# $$y_{ij} \le x_i, \qquad y_{ij} \le x_j, \qquad y_{ij} \ge x_i + x_j - 1, \qquad y_{ij} \ge 0 .$$
#
# For $x \in \{0, 1\}$ these leave $y_{ij} = x_i x_j$ and nothing else. For fractional $x$ they
# leave an interval:

# %%
x = np.linspace(0, 1, 201)
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.fill_between(x, np.maximum(0, 2 * x - 1), x, alpha=0.25, label="what the relaxation allows")
ax.plot(x, x * x, label="the product $x_i x_j$")
ax.plot([0.5], [0], "o", color="C3")
ax.annotate("half of each, and no pair", (0.5, 0), (0.56, 0.06), color="C3")
ax.set(xlabel="$x_i = x_j$", ylabel="$y_{ij}$")
ax.set_title("McCormick's inequalities for one product", loc="left", fontsize=10)
ax.legend(frameon=False);

# %% [markdown]
# For $\alpha > \frac13$ products are *penalised*, so the relaxation takes the lowest $y$. At
# $x = \frac12$ that is 0: every model is half in, no pair is paid for. The bound is far below
# anything real.
#
# The model is a page of Pyomo. Look at it:

# %%
pool = generate_problem(12, seed=1).with_options(alpha=0.8, beta=0.5, m_inter="total")
model = build_formulation(pool, "linearised")
print(model.both_when_chosen["m01_model_01", "m02_model_02"].expr)
print(len(model.x), "x,", len(model.y), "y")


# %%
def relaxation(name):
    """Solve the linear relaxation of a formulation; return its bound and x."""
    compiled = HighsModel(build_formulation(pool, name))
    relaxed = compiled.relax(RunOptions())
    return relaxed.bound, compiled.x_of(relaxed.values)


optimum = chemopt.recommend(pool).loss
bound, x = relaxation("linearised")
print(f"optimum {optimum:.2f}, bound {bound:.2f}, x = {np.unique(x.round(3))}")

assert np.allclose(x, 0.5)
assert bound < 0.5 * optimum

# %% [markdown]
# ## 4. Three remedies
#
# **Triangles** (Padberg 1989). Of three models,
# $x_i + x_j + x_k - y_{ij} - y_{ik} - y_{jk} \le 1$: two chosen make a pair. The point
# $x = \frac12, y = 0$ is cut off, since $\frac32 > 1$.
#
# **The clique.** With $s = |X|$ and any whole $t$: $(s - t)(s - t - 1) \ge 0$, so the number of
# chosen pairs is at least $t s - t(t+1)/2$. That is $n - 1$ rows for the whole pool.

# %%
s = np.linspace(0, 6, 301)
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for t in range(1, 6):
    ax.plot(s, t * s - t * (t + 1) / 2, color="0.8", zorder=0)
hull = np.maximum.reduce([t * s - t * (t + 1) / 2 for t in range(6)])
ax.plot(s, hull, label="clique inequalities")
ax.plot(range(7), [k * (k - 1) / 2 for k in range(7)], "o", label="pairs of s models")
ax.set(xlabel="number of models s", ylabel="sum of y", ylim=(-0.5, 16))
ax.set_title("The clique inequalities are exact at whole numbers", loc="left", fontsize=10)
ax.legend(frameon=False);

# %% [markdown]
# **Fix the size** (RLT, Sherali and Adams 1990). If $|X| = k$, every chosen model has exactly
# $k - 1$ chosen partners: multiply $\sum_j x_j = k$ by $x_i$ and get
#
# $$\sum_{j \ne i} y_{ij} = (k - 1)\, x_i .$$
#
# One model for each $k$, but nearly tight, and most sizes are ruled out by their bound alone.

# %%
rows = [("linearised", bound)]
rows += [(name, relaxation(name)[0]) for name in ("triangles", "clique")]
by_size = []
for k in pool.feasible_sizes:
    compiled = HighsModel(build_formulation(pool.with_options(size=k), "rlt"))
    by_size.append((k, compiled.relax(RunOptions()).bound))
rows.append(("rlt, the best size", min(b for _, b in by_size)))
bounds = pd.DataFrame(rows, columns=["formulation", "bound"])
bounds["gap"] = (optimum - bounds["bound"]) / optimum
bounds

# %%
assert (bounds["bound"] <= optimum + 1e-6).all(), "a relaxation never lies above the optimum"
assert bounds["bound"].is_monotonic_increasing

fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
axes[0].barh(bounds["formulation"], bounds["bound"])
axes[0].axvline(optimum, color="C3")
axes[0].invert_yaxis()
axes[0].set(xlabel="lower bound of the loss")
axes[0].set_title("What the relaxation proves; red: the optimum", loc="left", fontsize=10)
sizes, size_bounds = zip(*by_size, strict=True)
exact = [chemopt.recommend(pool.with_options(size=k)).loss for k in sizes]
axes[1].plot(sizes, exact, "o", color="C3", label="optimum of the size")
axes[1].plot(sizes, size_bounds, "_", color="C0", markersize=14, label="RLT bound of the size")
axes[1].axhline(optimum, color="0.7", linewidth=1)
axes[1].set(xlabel="size k", ylabel="loss", xticks=sizes)
axes[1].set_title("Sizes above the line need no search", loc="left", fontsize=10)
axes[1].legend(frameon=False);

# %% [markdown]
# ## 5. What it means for a search
#
# Branch and bound splits on a variable, bounds both halves, and drops a half whose bound is not
# below the best loss known. A weak bound drops nothing. Same optimum, different work:

# %%
rows = []
for name in ("linearised", "glover", "clique", "triangle-cuts", "rlt"):
    options = chemopt.MipOptions(name)
    answer = chemopt.recommend(pool, "highs", options=options, time_limit=60)
    rows.append((name, answer.loss, answer.status.value, answer.nodes))
columns = ["formulation", "loss", "status", "nodes"]
work = pd.DataFrame(rows, columns=columns).set_index("formulation")
assert np.allclose(work["loss"], optimum)
assert (work["status"] == "optimal").all()
assert work.loc["rlt", "nodes"] <= work.loc["clique", "nodes"] < work.loc["linearised", "nodes"]
work

# %% [markdown]
# At 30 models the plain formulation is far from a proof after 20 seconds, and the RLT needs two or
# three ([measured](../docs/formulations.md)). (The other way is a stronger bound altogether:
# [notebook 5](05_semidefinite_branch_and_bound.py).)
#
# ## Exercises
#
# **2.** Show that $x = \frac13, y = 0$ satisfies all triangle inequalities. What is its bound?
#
# **3.** For $\alpha < \frac13$ products are rewarded. Why is the relaxation exact then? (Which of
# the inequalities bind, and what kind of matrix is that?)
#
# **4.** If all pairs have the same chemistry, the clique formulation is exact. Check it.
#
# <details><summary>Solutions</summary>
#
# **2.** $3 \cdot \frac13 - 0 = 1 \le 1$, and $y_{ij} + y_{ik} - y_{jk} = 0 \le \frac13$. The loss
# there is $\text{const} + \frac13 \sum_i (\beta - \alpha d_i)$: a third of all of inter, for no
# pair.
#
# **3.** $y \le x_i$ and $y \le x_j$ only; they compare two variables, so the matrix is that of a
# network (totally unimodular), and every vertex is 0/1. It is a minimum cut.
#
# **4.** The loss depends on $s$ and $\sum y$ only, and the picture above shows that the
# inequalities are the convex hull. In code:
# </details>

# %%
equal = chemopt.ChemistryTable([f"m{k}" for k in range(10)], 0.4 * (1 - np.eye(10)))
pool = chemopt.ChemistryProblem(equal, alpha=0.8, beta=0.3, m_inter="total")
optimum = chemopt.recommend(pool).loss
assert np.isclose(relaxation("clique")[0], optimum), "exercise 4"
assert relaxation("linearised")[0] < 0.9 * optimum

# %%
pool = generate_problem(10, seed=3).with_options(alpha=0.2, beta=0.5, m_inter="total")
assert np.isclose(relaxation("linearised")[0], chemopt.recommend(pool).loss), "exercise 3"
