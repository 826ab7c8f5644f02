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
# # Your own constraint, and an answer that is checked
#
# Sizes, budgets, groups, pairs: chemopt has words for those. Your rule may be another one. This
# notebook adds it to the Pyomo model, solves it, and gets back an ordinary `Recommendation`,
# checked against your rule as against any other.
#
# *You need:* a little [Pyomo](https://www.pyomo.org). *You learn:* what is in the model, how to
# say *if … then*, how to use variables of your own, and what chemopt will not let you do.

# %%
import pyomo.environ as pyo

import chemopt
from chemopt import MipOptions, Status

problem = chemopt.read_problem("../instances/quixbugs_mean.json").with_options(
    alpha=0.8, beta=0.1, m_inter="total"
)
plain = chemopt.recommend(problem, "highs")
plain

# %% [markdown]
# ## 1. If this one, then that one
#
# Say the first member may be used only together with a model that is now left out, whose tool
# calls it needs. With $x_i = 1$ if model $i$ is chosen, *if a then b* is one inequality:
#
# $$x_a \le x_b.$$
#
# `m.x_of[name]` is the variable of a model. A function that returns the constraint is all there is
# to write.

# %%
a = plain.models[0]
b = next(model for model in problem.models if model not in plain.models)
print(f"if {a}, then {b}")

needs = MipOptions(customise=lambda m: m.x_of[a] <= m.x_of[b])
answer = chemopt.recommend(problem, "highs", options=needs)
answer

# %% [markdown]
# The answer says *subject to* what it is optimal. It is checked after the solver is done: loss and
# constraints are recomputed from the names of the members, yours included.

# %%
assert answer.status is Status.OPTIMAL
assert a not in answer.models or b in answer.models
assert answer.loss >= plain.loss, "a constraint never makes the optimum better"
print(f"the rule costs {answer.loss - plain.loss:.4f} of loss")

# %% [markdown]
# ## 2. What is in the model
#
# | | |
# |---|---|
# | `m.x_of[name]` | 0/1 variable of a model, by its name |
# | `m.x[label]`, `m.I`, `m.name_of[label]` | the same by label, and the labels |
# | `m.size`, `m.inter`, `m.intra` | number of members, chemistry across the border, inside |
# | `m.y[i, j]`, `m.P` | products $x_i x_j$ and their pairs of labels (not in `glover`) |
# | `m.loss`, `m.alpha`, `m.beta` | to look at, not to touch |
#
# For instance: no two members whose chemistry is below 0.25. That is a list of constraints, one
# for each such pair.

# %%
low = [(one, other) for one, other, c in problem.table.pairs() if c < 0.25]
print(f"{len(low)} of 66 pairs have little chemistry")

apart = MipOptions(customise=lambda m: [m.x_of[one] + m.x_of[other] <= 1 for one, other in low])
strict = chemopt.recommend(problem, "highs", options=apart)

assert not any({one, other} <= set(strict.models) for one, other in low)
strict.plot(kind="heatmap");

# %% [markdown]
# ## 3. With variables of your own
#
# Fairness to vendors: the number of members of any two families may differ by at most one. Let $t$
# be the smallest number. Then
#
# $$t \le \sum_{i \in F} x_i \le t + 1 \quad\text{for every family } F.$$
#
# $t$ is a new variable. Give it bounds, as tight as you know them: HiGHS works to tolerances, and
# what these can hide grows with the range of a variable.

# %%
families = {}
for name in problem.models:
    maker = {"gpt": "OpenAI", "o3-": "OpenAI", "o4-": "OpenAI", "o1-": "OpenAI",
             "cla": "Anthropic", "gem": "Google"}.get(name[:3], "open weights")  # fmt: skip
    families.setdefault(maker, []).append(name)
{maker: len(names) for maker, names in families.items()}


# %%
def balanced(m):
    m.t = pyo.Var(domain=pyo.Integers, bounds=(0, len(problem.models)))

    @m.Constraint(list(families))
    def at_least(m, maker):
        return sum(m.x_of[name] for name in families[maker]) >= m.t

    @m.Constraint(list(families))
    def at_most(m, maker):
        return sum(m.x_of[name] for name in families[maker]) <= m.t + 1


fair = chemopt.recommend(problem, "highs", options=MipOptions(customise=balanced))
counts = {maker: sum(n in fair.models for n in names) for maker, names in families.items()}
print(counts)

assert fair.status is Status.OPTIMAL
assert max(counts.values()) - min(counts.values()) <= 1

# %% [markdown]
# Trust, but verify. Twelve models have 4,096 subsets, so here is the same rule in plain Python,
# and the best subset that obeys it.

# %%
from itertools import combinations

from chemopt.problem.check import violations
from chemopt.problem.loss import loss_terms


def obeys(X):
    numbers = [len(set(X) & set(names)) for names in families.values()]
    return max(numbers) - min(numbers) <= 1


def brute_force(rule):
    subsets = (X for k in range(2, 13) for X in combinations(problem.models, k))
    return min(
        loss_terms(problem, problem.positions(X)).loss
        for X in subsets
        if rule(X) and not violations(problem, X)
    )


assert abs(brute_force(obeys) - fair.loss) < 1e-9

# %% [markdown]
# ## 4. Every formulation, and the k best
#
# The function works with each formulation that HiGHS is given; `"rlt"` has a model for each size,
# and the function is called with each. `best_ensembles` respects it, too.

# %%
for formulation in ("linearised", "clique", "glover", "rlt"):
    options = MipOptions(formulation, balanced)
    same = chemopt.recommend(problem, "highs", options=options)
    print(f"{formulation:10} {same.loss:.6f} {same.status}")
    assert abs(same.loss - fair.loss) < 1e-6

# %%
options = MipOptions("clique", balanced)
for k, one in enumerate(chemopt.best_ensembles(problem, 3, "highs", options=options), 1):
    print(k, f"{one.loss:.4f}", ", ".join(one.models))
    assert obeys(one.models)

# %% [markdown]
# ## 5. When it cannot be done
#
# A rule that nothing obeys gives *infeasible*, with your rules named.

# %%
impossible = MipOptions(customise=lambda m: [m.size >= 8, m.intra <= 1])
none = chemopt.recommend(problem, "highs", options=impossible)
print(none.message)

assert none.status is Status.INFEASIBLE

# %% [markdown]
# And what would turn the problem into another one is refused before anything is solved, because
# the word *optimal* would mean something else then: another objective, a fixed variable, a dropped
# constraint, a product.


# %%
def another_goal(m):
    m.loss.deactivate()
    m.cheap = pyo.Objective(expr=m.size)


def fixed(m):
    m.x_of[a].fix(1)


def dropped(m):
    m.both_when_chosen.deactivate()


def product(m):
    return m.x_of[a] * m.x_of[b] <= 0


for wrong in (another_goal, fixed, dropped, product):
    try:
        chemopt.recommend(problem, "highs", options=MipOptions(customise=wrong))
    except chemopt.InputError as error:
        print(f"{wrong.__name__}: {error}\n")
    else:
        raise AssertionError(f"{wrong.__name__} was not refused")

# %% [markdown]
# ## Exercises
#
# 1. *Exactly one of three.* Write it with `m.x_of`.
# 2. *At most two members unless a given model is one of them.*
# 3. *Each member has a chemistry of at least 1.5 with the other members together.* Use `m.y`.
#
# <details><summary>Solutions</summary>
#
# ```python
# lambda m: sum(m.x_of[name] for name in three) == 1
# lambda m: m.size <= 2 + (len(m.I) - 2) * m.x_of[given]
# ```
#
# For the third, let $n_i = \sum_j c_{ij} y_{ij}$; then $n_i \ge 1.5\, x_i$ for every model $i$.
# </details>
#
# The third in full, checked:


# %%
def enough_each(m):
    label_of = {name: label for label, name in m.name_of.items()}
    met = dict.fromkeys(m.I, 0)
    for one, other, c in problem.table.pairs():
        i, j = label_of[one], label_of[other]
        pair = (i, j) if (i, j) in m.P else (j, i)
        if pair in m.P:
            met[i] += c * m.y[pair]
            met[j] += c * m.y[pair]
    return [met[i] >= 1.5 * m.x[i] for i in m.I]


third = chemopt.recommend(problem, "highs", options=MipOptions(customise=enough_each))
for one in third.models:
    inside = sum(problem.table[one, other] for other in third.models if other != one)
    assert inside >= 1.5
print(third.models)
assert third.models != plain.models
