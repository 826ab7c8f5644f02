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
# # Does chemistry help?
#
# chemopt computes chemistry exactly, and finds the ensemble of least loss, proved. Neither says
# that the ensemble is any *good*. This notebook asks, and the answer is mostly no. It is as much
# about how to ask.
#
# *You need:* [notebook 2](02_the_paper_step_by_step.py). *You learn:* what chemistry can see at
# all, what a replication is, why a backtest needs a baseline, and how to read an interval.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import chemopt


def learn(outcomes):
    """Chemistry of outcomes, with the settings that suit them."""
    profiles = chemopt.learn_profiles(outcomes.to_history(), aggregate="mean", accuracy_floor=0)
    return chemopt.compute_chemistry(profiles, empty_cost=None, usage_threshold=0)


# %% [markdown]
# ## 1. A thought experiment
#
# Two pools of four models. Every model is right on half of 200 questions. In the first pool `a`
# and `b` are right on the *same* questions, in the second on *opposite* ones.

# %%
half = np.arange(200) < 100
alternate = np.arange(200) % 2 == 0
pools = {
    "twins": chemopt.load_outcomes(
        pd.DataFrame({"a": half, "b": half, "c": alternate, "d": ~alternate}).astype(int)
    ),
    "opposites": chemopt.load_outcomes(
        pd.DataFrame({"a": half, "b": ~half, "c": alternate, "d": alternate}).astype(int)
    ),
}
for name, pool in pools.items():
    print(f"{name:10} a and b together cover {pool.coverage(['a', 'b']):.0%}")

# %%
twins, opposites = (learn(pool) for pool in pools.values())
assert np.array_equal(twins.matrix, opposites.matrix)
print("the chemistry of the two pools is the same, to the last bit")

# %% [markdown]
# It must be. Chemistry is computed from one quality and one accuracy for each model, and these are
# averages: *who was right together with whom* is gone before it begins. So the optimum of its loss
# can be proved and still be blind to what an ensemble is for.
#
# ## 2. The replication
#
# The paper reports three experiments on three histories. `chemopt.studies.replicate` recomputes
# all 72 figures from the published data and reproduces every digit. So the computation is
# understood. Then it asks of each claim whether it survives when the mistakes of the evaluation
# are corrected (luckiest rows, a quality scale, items mixed up, the empty set, single rows and
# repeated models), with bootstrap intervals.
#
# The data are not part of chemopt, so the results below are quoted, from
# `chemopt replicate --convention corrected` ([how, and all of them](../docs/replication.md)):

# %%
survive = pd.DataFrame(
    {
        "claims": [9, 8, 18],
        "survive": [4, 0, 2],
        "do not": [2, 3, 3],
        "inconclusive": [3, 5, 13],
    },
    index=[
        "RQ1: ensembles by chemistry are more effective",
        "RQ2: chemistry goes with complementarity",
        "RQ3: how far depends on how complex the task is",
    ],
)
assert (survive["claims"] == survive[["survive", "do not", "inconclusive"]].sum(axis=1)).all()
assert survive["claims"].sum() == 35
survive

# %% [markdown]
# Of the four published *gains* in RQ1 none survives: two do not, two are inconclusive. What
# survives is that nothing differs on QuixBugs, and that chemistry loses on one clinical setting.
#
# Why so easily? Look at the published tables. Most entries are exactly 1, because the empty set
# costs 1 and everything else nearly nothing.

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained", sharey=True)
for ax, suffix, title in zip(
    axes, ("", "_mean"), ("as published", "means, without the empty set"), strict=True
):
    entries = []
    for name in ("liar", "quixbugs", "clinical"):
        matrix = chemopt.read_problem(f"../instances/{name}{suffix}.json").matrix
        entries.append(matrix[np.triu_indices(12, 1)])
    bins = np.linspace(0, 1, 21)
    ax.hist(entries, bins=bins, stacked=True, label=["liar", "quixbugs", "clinical"])
    ax.set(xlabel="chemistry of a pair")
    ax.set_title(title, loc="left", fontsize=10)
axes[0].set_ylabel("pairs")
axes[0].legend(frameon=False)

published = chemopt.read_problem("../instances/clinical.json").matrix
assert (published[np.triu_indices(12, 1)] == 1).all(), "the clinical table tells nothing apart"

# %% [markdown]
# ## 3. A backtest
#
# Split the items at random. Every rule chooses three models from one half, and its coverage is
# measured on the other. Repeat. The baseline is what you would do without reading any of this: the
# most accurate models.

# %%
outcomes = chemopt.load_outcomes("../instances/example_outcomes.csv")
found = chemopt.backtest(
    outcomes, ["top-k", "random", "greedy", "exact", "shrunk", "chemistry", "published"], splits=10
)
summary = found.summary()
summary[["selector", "mean", "difference", "low", "high"]].round(3)

# %%
found.plot();

# %%
row = summary.set_index("selector")
assert row.loc["exact", "low"] > 0, "looking at who is right together pays here"
assert row.loc["chemistry", "low"] <= 0, "chemistry does not"
assert row.loc["exact", "mean"] > row.loc["chemistry", "mean"]
assert row.loc["exact", "train_mean"] > row.loc["exact", "mean"], "training figures are too hopeful"

# %% [markdown]
# These data are made up, with models that know different things, so that there is something to
# gain.
#
# **Exercise.** Why is the interval of `random` so much wider than that of `exact`?
#
# *Solution.* Both are differences to top-k on the same test items, so hard items cancel. `random`
# draws other members each time, and they differ more than the items do.
#
# ## 4. On public data
#
# The same backtest on six public sets (20 half splits, five models,
# [measured](../docs/outcomes.md)). Points of held-out coverage against the five most accurate
# models:

# %%
measured = pd.DataFrame(
    [
        ("ChemBench", 3.6, 2.0, 0.0, 0.0, 0.0, 2.0),
        ("MMLU-Pro", 1.3, 0.4, 0.4, 0.3, -15.7, 0.9),
        ("BFCL", 0.8, 0.9, 0.0, 0.0, -1.1, 1.3),
        ("CRUX", 0.0, 0.3, 0.0, 0.0, -15.0, 3.6),
        ("GSM8K", 0.0, 0.6, 0.0, 0.0, 0.3, 0.5),
        ("MATH level 5", 0.0, 0.8, 0.0, 0.0, -30.5, 3.3),
    ],
    columns=["set", "coverage", "±c", "chemistry", "±h", "published", "±p"],
).set_index("set")

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
place = np.arange(len(measured))
for shift, (name, error) in zip(
    (-0.2, 0, 0.2), (("coverage", "±c"), ("chemistry", "±h"), ("published", "±p")), strict=True
):
    ax.errorbar(measured[name], place + shift, xerr=measured[error], fmt="o", label=name, capsize=2)
ax.axvline(0, color="0.6", linewidth=1)
ax.set_yticks(place, measured.index)
ax.invert_yaxis()
ax.set(xlabel="points against the most accurate five, held out, 95 % interval")
ax.set_title("Choosing five models", loc="left", fontsize=10)
ax.legend(frameon=False, loc="center left");

# %% [markdown]
# - **Coverage**, which looks at items, pays on two sets of six. On the others the most accurate
#   models are as good.
# - **Chemistry** with settings that discriminate *is* the most accurate five on five sets, and
#   gains a third of what coverage does on the sixth.
# - With the **published** settings it can be far worse, because each model is judged by its
#   luckiest answer.
#
# ## 5. Does it predict anything?
#
# Another way to ask: can it tell, for a random ensemble, how much it gains over its best member?
# Fit a regression on five sets and predict the sixth ([measured](../docs/gain.md)). $R^2 = 1$ is
# perfect, below 0 is worse than the mean:

# %%
r2 = pd.Series(
    {
        "measured on training items": 0.87,
        "accuracy + disagreement": 0.75,
        "accuracy + disagreement + chemistry": 0.75,
        "accuracy + chemistry": 0.19,
        "accuracy": 0.17,
        "chemistry": -0.84,
    }
)
fig, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
ax.barh(r2.index, r2, color=["C0" if "chemistry" not in name else "C1" for name in r2.index])
ax.axvline(0, color="0.3", linewidth=1)
ax.invert_yaxis()
ax.set(xlabel="R² of a new data set, median of six")
ax.set_title("What predicts the gain in coverage; orange: with chemistry", loc="left", fontsize=10);

# %% [markdown]
# Added to accuracy and disagreement, chemistry adds nothing.
#
# ## What to take home
#
# 1. *Proved optimal* is a statement about a model of the world, not about the world.
# 2. Ask what a measure *can* see before asking how well it predicts. Section 1 needs no data.
# 3. A gain is a difference to what you would have done anyway, on items that did not choose.
# 4. Negative results are results. If you have outcomes, use
#    [them](01_three_models_from_your_outcomes.py).
#
# **Exercise.** Repeat section 3 for votes (`objectives=["vote"]`). Which rules beat the best
# single model?
