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
# # Ten minutes from your outcomes to three models
#
# You have a table that says which model got which question right. You can afford three models.
# Which three, and is it worth it?
#
# *You need:* Python, and a table. *You learn:* what coverage is, why the three best models are
# seldom the best three, how a proof differs from a good guess, and how to tell skill from luck.

# %%
import numpy as np

import chemopt

outcomes = chemopt.load_outcomes("../instances/example_outcomes.csv")
outcomes

# %% [markdown]
# ## 1. Look first
#
# Thirty models, five hundred questions of five tasks, all made up. Each row of the table is a
# question and each column a model. Put your own file in place of this one: a column for each
# model, or a row for each answer with the columns `model`, `item`, `correct`. CSV, JSON Lines,
# Parquet and Excel are read, and so are the logs of the usual evaluation tools.

# %%
outcomes.plot(about="made up, five tasks");

# %%
right = outcomes.scores  # one row a question, one column a model
accuracy = dict(zip(outcomes.models, right.mean(axis=0), strict=True))
top = sorted(accuracy, key=accuracy.get, reverse=True)[:3]
print({model: round(float(accuracy[model]), 3) for model in top})

# %% [markdown]
# ## 2. What three models are worth
#
# Suppose that something can tell a right answer when it sees one: a test suite, a proof checker, a
# person. Then an ensemble $X$ solves a question as soon as *one* member does, and its worth is its
# **coverage**
#
# $$\operatorname{cov}(X) = \frac{1}{N} \sum_{q=1}^{N} \max_{i \in X} r_{qi},
# \qquad r_{qi} = 1 \text{ if model } i \text{ gets question } q \text{ right, else } 0.$$
#
# Ten lines of Python are enough to compute it.


# %%
def coverage(models):
    """Share of questions that some member gets right."""
    columns = [outcomes.models.index(model) for model in models]
    return float(right[:, columns].max(axis=1).mean())


print(f"the three most accurate models cover {coverage(top):.1%}")

# %% [markdown]
# Their strengths overlap: where one of them fails, the others tend to fail as well. A greedy rule
# looks at what each model *adds*.

# %%
greedy = []
for _ in range(3):
    others = [model for model in outcomes.models if model not in greedy]
    greedy.append(max(others, key=lambda model: coverage([*greedy, model])))
print(greedy, f"{coverage(greedy):.1%}")

# %% [markdown]
# Coverage has diminishing returns (it is *submodular*), so greedy is never worse than
# $1 - 1/e \approx 63\,\%$ of the best. In practice it is far closer. Here chemopt proves how
# close: it searches all $\binom{30}{3} = 4060$ ensembles, most of them without looking.

# %%
best = chemopt.select(outcomes, size=3, shrink=None, repeats=0)
print(best.models, f"{best.value:.1%}", best.status)

assert best.status is chemopt.Status.OPTIMAL
assert coverage(best.models) == best.training_value
assert coverage(top) < coverage(greedy) <= coverage(best.models)

# %% [markdown]
# ## 3. With a budget
#
# Models cost money. Prices and providers come from a second table, and a limit is a few words.

# %%
prices = chemopt.read_attributes("../instances/example_models.csv")
prices.head()

# %%
chosen = chemopt.select(outcomes, size=3, budgets=["price<=4"], attributes=prices, seed=0)
chosen

# %%
chosen.plot();

# %% [markdown]
# Which member does what? Each adds something that those before it lack.

# %%
outcomes.plot(chosen=chosen.models, about="made up, five tasks");

# %% [markdown]
# ## 4. Is it skill, or luck?
#
# Among 4,060 ensembles the best one on *these* questions is also the luckiest one. So the whole
# procedure was repeated on parts of the questions and tried on the rest: this is *held out*. The
# sentence *worth it* compares with what you would have done anyway: the three most accurate
# models, or the best single model.

# %%
print(f"on the questions  {coverage(chosen.models):.1%}")
print(f"held out          {chosen.held_out.mean:.1%}")
print(f"against the three most accurate models, in points: {100 * chosen.versus_top_k.mean:+.1f}")
print(chosen.verdict.sentence)

assert chosen.versus_top_k.low > 0, "the whole interval is above 0: worth it"
assert chosen.held_out.mean < coverage(chosen.models), "what was chosen is too hopeful"

# %% [markdown]
# From twenty questions in place of five hundred there is nothing finer to learn than who is good.
# Cross-validation finds that out, takes the most accurate models, and says so.

# %%
twenty = np.random.default_rng(1).choice(len(outcomes), size=20, replace=False)
few = chemopt.select(outcomes.take_items(twenty), size=3, seed=0)
print(few.verdict.sentence)

assert not few.versus_top_k.low > 0

# %% [markdown]
# ## What to take home
#
# 1. Three good models are not a good three: look at what each one *adds*.
# 2. Greedy is nearly always good enough, and a proof tells you when it is.
# 3. A number on the data that chose the ensemble is too hopeful. Hold some back.
#
# *Next:* [what the paper does with such data](02_the_paper_step_by_step.py), or, if nothing can
# tell a right answer, `chemopt.select(outcomes, "vote")`.
