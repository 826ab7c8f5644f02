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
# # Exact chemistry in polynomial time
#
# Chemistry is a maximum over all $2^{n-2}$ subsets of the other models. The published algorithm
# goes through them. For the cost that the publication uses there is no need: a sort, a convex hull
# and a little algebra find the same maximum for a thousand models in about a second.
#
# *You need:* the [definition of chemistry](02_the_paper_step_by_step.py), convex hulls. *You
# learn:* how a sum telescopes, why a ratio is a line in disguise, and how to test an algorithm
# against its definition.

# %%
import time
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import chemopt
from chemopt.chemistry.cost import ProfileCost


def random_profiles(n, seed=0):
    """Draw n used models."""
    rng = np.random.default_rng(seed)
    names = [f"m{k}" for k in range(n)]
    quality, accuracy = rng.uniform(3, 9.5, n), rng.uniform(0.51, 0.98, n)
    frame = pd.DataFrame({"model": names, "quality": quality, "accuracy": accuracy})
    return chemopt.Profiles.from_frame(frame)


# %% [markdown]
# ## 1. The slow way, and how slow
#
# $$\operatorname{chem}(a, b)
# = \max_X \frac{|\Delta(a, b, X)|}{\operatorname{cost}(X \cup \{a, b\})}
# \quad\text{(at most 1)}, \qquad \operatorname{cost}(X) = \sum_r \frac{p_{(r)}}{r},$$
#
# where $p_{(r)}$ is the penalty of the $r$-th member of $X$ by quality.


# %%
def by_definition(profiles):
    """Go through all pairs, and all subsets of the other models."""
    oracle, models = ProfileCost(profiles, empty_cost=None), profiles.models
    found = {}
    for a, b in combinations(models, 2):
        others, best = [m for m in models if m not in (a, b)], 0.0
        for size in range(len(others) + 1):
            for subset in combinations(others, size):
                X = set(subset)
                costs = [oracle.cost(X | extra) for extra in ({a, b}, {a}, {b}, set())]
                if all(c > 0 for c in costs):  # the empty set has no cost here, which is NaN
                    delta = costs[0] - costs[1] - costs[2] + costs[3]
                    best = max(best, min(1.0, abs(delta) / costs[0]))
        found[a, b] = best
    return found


def seconds(function, *arguments):
    began = time.process_time()
    function(*arguments)
    return time.process_time() - began


slow = {n: seconds(by_definition, random_profiles(n)) for n in (4, 5, 6, 7, 8, 9)}
{n: round(s, 3) for n, s in slow.items()}

# %% [markdown]
# Each model more than doubles the time. Ten more models: a thousand times longer. Now the fast
# way, which the rest of this notebook explains.

# %%
pool = random_profiles(8, seed=3)
table = chemopt.compute_chemistry(pool, empty_cost=None)
for (a, b), value in by_definition(pool).items():
    assert np.isclose(table[a, b], value, rtol=1e-12)

fast = {
    n: seconds(lambda p: chemopt.compute_chemistry(p, empty_cost=None), random_profiles(n))
    for n in (10, 30, 100, 300, 1000)
}
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.loglog(list(slow), list(slow.values()), "o-", label="all subsets")
ax.loglog(list(fast), list(fast.values()), "s-", label="polynomial")
ax.set(xlabel="models", ylabel="CPU seconds for all pairs")
ax.set_title("The same numbers, two ways", loc="left", fontsize=10)
ax.legend(frameon=False);

# %% [markdown]
# ## 2. Most of Δ cancels
#
# Number the models by quality, best first, and let $a < b$. Write $w_r = 1/r$. How does $X$'s
# member $e$ change rank when $a$ or $b$ joins?
#
# - $e$ before $a$: never. It cancels.
# - $e$ between $a$ and $b$: only $a$ pushes it down, in two of the four sets, with opposite signs.
#   It cancels.
# - $e$ after $b$, of rank $r$ in $X$: ranks $r + 2, r + 1, r + 1, r$. It leaves
#   $p_e\,(w_{r+2} - 2 w_{r+1} + w_r) = p_e\, D_2(r)$.
# - $a$ itself cancels, and $b$, behind $s$ members of $X$, leaves
#   $-p_b\,(w_{s+1} - w_{s+2}) = -p_b\, D_1(s + 1)$.
#
# So, with $B$ the members after $b$,
#
# $$\Delta(X) = \sum_{e \in B} p_e\, D_2(r_e) - p_b\, D_1(s + 1). \tag{1}$$

# %%
oracle = ProfileCost(pool, empty_cost=None)
ranked = pool.to_frame().sort_values("quality", ascending=False)
order = ranked["model"].tolist()
penalty = dict(zip(order, ranked["penalty"], strict=True))


def w(r):
    return 1 / r


def delta_by_formula(a, b, X):
    behind = [e for e in order if e in X]
    s = sum(order.index(e) < order.index(b) for e in X)
    gain = sum(
        penalty[e] * (w(r) - 2 * w(r + 1) + w(r + 2))
        for r, e in enumerate(behind, 1)
        if order.index(e) > order.index(b)
    )
    return gain - penalty[b] * (w(s + 1) - w(s + 2))


checked = 0
for a, b in combinations(order, 2):
    others = [m for m in order if m not in (a, b)]
    for size in range(1, len(others) + 1):
        for X in map(set, combinations(others, size)):
            four = [oracle.cost(X | extra) for extra in ({a, b}, {a}, {b}, set())]
            assert np.isclose(delta_by_formula(a, b, X), four[0] - four[1] - four[2] + four[3])
            checked += 1
print(f"(1) holds for {checked} cases")

# %% [markdown]
# **Exercise.** Which property of the weights makes $D_2(r) \ge 0$, and why does it matter?
#
# *Solution.* Convexity: $w_r - w_{r+1}$ falls with $r$. Then each member after $b$ pulls $\Delta$
# up, and $b$ pulls it down, so the two signs can be treated apart.
#
# ## 3. The members before b
#
# Only their *number* $s$ is in (1). For the ratio they should make the cost as small as possible.
# That is a textbook dynamic program over the sorted models: $M(k, j)$, the least cost of $j$
# models among the first $k$,
#
# $$M(k + 1, j) = \min\{\, M(k, j),\; M(k, j - 1) + w_j\, p_k \,\}.$$
#
# ## 4. The members after b: a hull
#
# Now the gain. Each $B$ is a point: what it costs, $D = \sum p_e w_{r_e + 2}$, and what it brings,
# $N = \sum p_e D_2(r_e)$. We want
#
# $$\max_B \frac{N(B) - n_0}{D(B) + d_0}$$
#
# with $n_0, d_0$ from $b$ and the members before it. That is the steepest line through the point
# $(-d_0, n_0)$ that still touches the cloud, so the best $B$ is a corner of the **upper hull**.
# There are $2^{|\cdot|}$ points and a handful of corners.

# %%
s = 0  # no member before b
after = [penalty[e] for e in order[3:]]
cloud = []
for size in range(len(after) + 1):
    for B in combinations(after, size):
        ranks = range(s + 1, s + 1 + size)
        cloud.append(
            (
                sum(p * w(r + 2) for r, p in zip(ranks, B, strict=True)),
                sum(p * (w(r) - 2 * w(r + 1) + w(r + 2)) for r, p in zip(ranks, B, strict=True)),
            )
        )


def upper_hull(points):
    """Return the corners from the left end to the highest point."""
    hull = []
    for d, n in sorted(set(points)):
        while hull and n >= hull[-1][1] and d == hull[-1][0]:
            hull.pop()
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (d - hull[-2][0]) <= (
            n - hull[-2][1]
        ) * (hull[-1][0] - hull[-2][0]):
            hull.pop()
        if not hull or n > hull[-1][1]:
            hull.append((d, n))
    return hull


hull = np.array(upper_hull(cloud))
a, b = order[1], order[2]
n0 = penalty[b] * (w(s + 1) - w(s + 2))
d0 = penalty[b] * w(s + 2) + penalty[a] * w(s + 1)
points = np.array(cloud)
ratio_all = (points[:, 1] - n0) / (points[:, 0] + d0)
ratio_hull = (hull[:, 1] - n0) / (hull[:, 0] + d0)
assert np.isclose(ratio_all.max(), ratio_hull.max())

fig, ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
ax.plot(*points.T, ".", color="0.7", label=f"{len(points)} sets B")
ax.plot(*hull.T, "o-", label=f"{len(hull)} corners of the hull")
ax.plot(-d0, n0, "k^", label="the pair")
touch = hull[ratio_hull.argmax()]
slope = ratio_hull.max()
ends = np.array([-d0, points[:, 0].max()])
ax.plot(ends, n0 + slope * (ends + d0), "C3--", linewidth=1, label=f"slope = ratio = {slope:.3f}")
ax.set(xlabel="D: what B adds to the cost", ylabel="N: what B adds to Δ")
ax.set_title("The best subset is a corner", loc="left", fontsize=10)
ax.legend(frameon=False, fontsize=8, loc="lower right");

# %% [markdown]
# Two facts make this fast. The hull does not depend on $a$, so all pairs with the same $b$ share
# it. And the hull of "models $k$ and later" comes from that of "models $k + 1$ and later": model
# $k$ is either left out or is the first member, and then the rest moves one rank down,
#
# $$H(k, r) = \operatorname{hull}\bigl(H(k + 1, r) \,\cup\,
# (H(k + 1, r + 1) + p_k\,(w_{r+2}, D_2(r)))\bigr).$$
#
# For negative $\Delta$ no hull is needed: the best $B$ is empty or has one member. The [whole
# proof](../docs/exact-chemistry.md), with ties, zero penalties and the empty set, is a page.
#
# ## 5. A witness
#
# A number can be checked if it comes with the subset that attains it.

# %%
details = chemopt.interactions(pool, empty_cost=None)
details[["model_a", "model_b", "signed", "witness"]].head()

# %%
for row in details.itertuples():
    a, b, X = row.model_a, row.model_b, set(row.witness)
    four = [oracle.cost(X | extra) for extra in ({a, b}, {a}, {b}, set())]
    assert np.isclose((four[0] - four[1] - four[2] + four[3]) / four[0], row.signed)
    assert np.isclose(abs(row.signed), table[a, b])
print("every witness attains its chemistry")

# %% [markdown]
# Negative means that $b$ lowers what $a$ adds to the cost, positive that it raises it.
#
# ## 6. When the weights are others
#
# The algorithm needs positive, falling, convex weights. Others are refused, and enumerated if you
# ask for it.

# %%
concave = [1.0, 0.95, 0.8, 0.5, 0.1, 0.05, 0.02, 0.01]
try:
    chemopt.compute_chemistry(pool, weights=lambda r: concave[r - 1], method="exact")
except chemopt.InputError as error:
    print(error)
else:
    raise AssertionError("concave weights must be refused")

other = chemopt.compute_chemistry(
    pool, empty_cost=None, weights=lambda r: concave[r - 1], method="enumerate"
)
other.plot(about="concave weights, by enumeration");

# %% [markdown]
# ## What to take home
#
# 1. Look what cancels before you enumerate.
# 2. A ratio is at most $\lambda$ if and only if a *linear* function is at most 0. So hulls, or
#    Dinkelbach's method.
# 3. An exact algorithm deserves an exact test: against the definition, on everything small, with
#    witnesses.
#
# **Exercise.** With uniform weights, $w_r = 1$, what is the chemistry of every pair? Read it off
# (1), then check it.
#
# *Solution.* $D_1 = D_2 = 0$, so $\Delta = 0$: penalties add up and nobody interacts.

# %%
uniform = chemopt.compute_chemistry(pool, empty_cost=None, weights="uniform")
assert not uniform.matrix.any()
