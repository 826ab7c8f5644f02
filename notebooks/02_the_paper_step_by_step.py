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
# # The paper, step by step
#
# H. Sanchez and B. Hitaj, *LLM Chemistry Estimation for Multi-LLM Recommendation*, [arXiv
# 2510.03930](https://arxiv.org/abs/2510.03930).
#
# Two models that do well alone need not do well together. The paper calls what happens between
# them **chemistry**, learns it from a history of answers, and recommends an ensemble by it. This
# notebook goes the whole way with three small models, by hand first, and then with the code:
#
# history → profiles → cost → **MIG** (Algorithm 1) → **CHEME** → loss → **RECOMMEND** (Algorithm
# 2).

# %%
from itertools import combinations

import numpy as np
import pandas as pd

import chemopt
from chemopt.chemistry.cost import ProfileCost
from chemopt.chemistry.mig import ModelInteractionGraph

# %% [markdown]
# ## 1. From a history to profiles
#
# A history has a row for each answer: who gave it, in which trial, its *quality* $q \in [0, 10]$
# as judged by reviewers, and its *accuracy* $a \in [0, 1]$. A **profile** is one pair $(q, a)$ a
# model.

# %%
history = chemopt.load_history("../instances/example_history.csv")
history.frame[["trial", "model", "quality", "accuracy"]].head()

# %% [markdown]
# The publication keeps each model's single *best* row. With fifty answers a model that is the
# luckiest one, and nearly every model comes out perfect. Means tell the models apart.

# %%
lucky = chemopt.learn_profiles(history)  # aggregate="best", as published
profiles = chemopt.learn_profiles(history, aggregate="mean")
print("best:", chemopt.check_saturation(lucky).message)
print("mean:", chemopt.check_saturation(profiles).message)

assert lucky.frame["accuracy"].min() > 0.99 > profiles.frame["accuracy"].max()

# %%
profiles.plot();

# %% [markdown]
# ## 2. The cost of a set
#
# The **penalty** of a model is $p = (1 - q/10)(1 - a)$: small for a model that is good at both. A
# model is *used* if $a > \frac12$. Sort the used models of $X$ by quality, best first. The $r$-th
# pays its penalty with weight $1/r$:
#
# $$\operatorname{cost}(X) = \sum_{r} \frac{1}{r}\, p_{(r)}, \qquad
# \operatorname{cost}(\text{no used model}) = 1.$$
#
# Three models, small enough to do by hand:

# %%
three = chemopt.Profiles.from_frame(
    pd.DataFrame(
        {
            "model": ["ann", "bob", "cat"],
            "quality": [9.0, 6.0, 5.0],
            "accuracy": [0.9, 0.75, 0.3],  # cat is not used
        }
    )
)
cost = ProfileCost(three)
p_ann, p_bob = (1 - 0.9) * (1 - 0.9), (1 - 0.6) * (1 - 0.75)

assert np.isclose(cost.cost({"ann"}), p_ann)
assert np.isclose(cost.cost({"ann", "bob"}), p_ann + p_bob / 2)
assert cost.cost({"cat"}) == 1.0
print(f"ann {p_ann:.2f}, bob {p_bob:.2f}, both {cost.cost({'ann', 'bob'}):.2f}")

# %% [markdown]
# **Exercise.** Why does adding `cat` to a set never change its cost?
#
# *Solution.* Its accuracy is below one half, so it is not used, and only used models have a rank.
#
# ## 3. The model interaction graph (Algorithm 1, MIG)
#
# Many sets have the same cost: those that differ by models which are not used. The graph keeps one
# node for them. Start with the whole pool; the children of a node drop one model that it uses. A
# node $Y$ *covers* $X$ if $\operatorname{used}(Y) \subseteq X \subseteq Y$, and then
# $\operatorname{cost}(X) = \operatorname{cost}(Y)$.

# %%
mig = ModelInteractionGraph(three)
mig.plot();

# %%
print(f"{len(mig)} nodes for {2 ** len(three.models)} sets")
for size in range(4):
    for X in combinations(three.models, size):
        node = mig.cover(X)
        assert node.used <= set(X) <= node.models
        assert node.cost == cost.cost(X)

# %% [markdown]
# ## 4. Chemistry (CHEME)
#
# How much does `a` change what `b` adds? That is a second difference, as in a mixed derivative:
#
# $$\Delta(a, b, X) = \operatorname{cost}(X \cup \{a, b\}) - \operatorname{cost}(X \cup \{a\})
# - \operatorname{cost}(X \cup \{b\}) + \operatorname{cost}(X).$$
#
# If $a$ and $b$ do not interact it is 0. Chemistry is the largest such effect over all sets $X$ of
# others, relative to what the set costs, and at most 1:
#
# $$\operatorname{chem}(a, b) = \max_{X \subseteq S \setminus \{a, b\}}
# \min\Bigl(1, \frac{|\Delta(a, b, X)|}{\operatorname{cost}(X \cup \{a, b\})}\Bigr).$$
#
# Word by word:


# %%
def chemistry(a, b, oracle):
    """Go through all subsets X of the other models, as the definition says."""
    others = [model for model in oracle.models if model not in (a, b)]
    best = 0.0
    for size in range(len(others) + 1):
        for subset in combinations(others, size):
            X = set(subset)
            costs = [oracle.cost(X | extra) for extra in ({a, b}, {a}, {b}, set())]
            if all(c > 0 for c in costs):  # False as well for a set without a cost
                delta = costs[0] - costs[1] - costs[2] + costs[3]
                best = max(best, min(1.0, abs(delta) / costs[0]))
    return best


published = chemopt.compute_chemistry(profiles)
oracle = ProfileCost(profiles)
for a, b in combinations(profiles.models, 2):
    assert np.isclose(published[a, b], chemistry(a, b, oracle))
print("every pair:", set(np.round(published.matrix[np.triu_indices(8, 1)], 6).tolist()))

# %% [markdown]
# All ones! The empty set is to blame: it costs 1, where every other set costs a few hundredths, so
# $X = \emptyset$ gives a ratio above 1 for every pair. Without the empty set the table has
# something to say.

# %%
table = chemopt.compute_chemistry(profiles, empty_cost=None)
oracle = ProfileCost(profiles, empty_cost=None)
for a, b in combinations(profiles.models, 2):
    assert np.isclose(table[a, b], chemistry(a, b, oracle))
table.plot(about="mean profiles, without the empty set");

# %% [markdown]
# The loop over all subsets doubles with each model. [Notebook
# 4](04_chemistry_in_polynomial_time.py) finds the same maximum for a thousand models.
#
# ## 5. The loss of an ensemble
#
# Chemistry is a weight on each pair. Let $\operatorname{intra}(X)$ be the sum over pairs inside
# $X$, and $\operatorname{inter}(X)$ that over pairs with one end in $X$:
#
# $$\operatorname{loss}(X) = \alpha\,(M_{\text{inter}} - \operatorname{inter}(X))
# {} + (1 - \alpha)\,(M_{\text{intra}} - \operatorname{intra}(X)) + \beta\,|X|.$$
#
# $\alpha$ says where chemistry counts, between the ensemble and the rest or inside it, and $\beta$
# is what a member costs. $M_{\text{intra}}$ is the sum of all pairs, $M_{\text{inter}}$ the cut of
# a simple greedy rule. The publication calls sets with
# $\operatorname{inter}(X) > M_{\text{inter}}$ infeasible.

# %%
problem = chemopt.ChemistryProblem(table, alpha=0.8, beta=0.1, max_size=4, profiles=profiles)
problem

# %% [markdown]
# ## 6. RECOMMEND (Algorithm 2): hill climbing
#
# Start from each subset of models that some trial of the history used. Add, remove or swap one
# model as long as the loss falls. Keep the best end.

# %%
climbed = chemopt.recommend(
    problem, "hill-climb", options=chemopt.HillClimbOptions(trace=True)
)
climbed.trace_frame().head(8)

# %%
best = chemopt.recommend(problem)
climbed.plot(optimum=best.loss);

# %% [markdown]
# The crosses are neighbours that the publication calls infeasible, because their inter is above
# $M_{\text{inter}}$. Some have a smaller loss than anything feasible.
#
# The climber stops where no single move helps. Is there anything better further away? It cannot
# know. An exact method can:

# %%
best

# %%
assert best.status is chemopt.Status.OPTIMAL
assert np.isclose(climbed.loss, best.loss), "here the climber was lucky"
best.plot(kind="heatmap");

# %% [markdown]
# ## 7. Which α, which β?
#
# Nobody knows, so look at all of them. For one ensemble the loss is linear in $(\alpha, \beta)$.
# The best ensemble is therefore the lowest of finitely many planes, and the square falls into
# convex polygons.

# %%
diagram = chemopt.phase_diagram(problem, beta_max=0.5)
assert diagram.proved
assert set(diagram.at(alpha=0.8, beta=0.1)) == set(best.models)
diagram.plot();

# %% [markdown]
# ## What to take home
#
# 1. Chemistry is a second difference of a cost, made of each model's quality and accuracy *alone*.
#    It has not seen which questions two models get right together.
# 2. The published settings (luckiest row, a cost of 1 for the empty set) saturate: look at
#    `check_saturation`.
# 3. The recommendation is a quadratic 0/1 program. The paper climbs; it can also be solved.
#
# *Next:* [when the climber is not lucky](03_why_hill_climbing_fails.py), and [whether chemistry
# helps](06_does_chemistry_help.py).
