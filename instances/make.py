"""Write the instances of this folder anew.

    python instances/make.py [FOLDER]

FOLDER holds the published histories runs.csv, runs2.csv and runs3.csv of the public
repository SRI-CSL/llm-chemistry. Without it only the synthetic instances are written.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from chemopt import (
    ChemistryProblem,
    ChemistryTable,
    compute_chemistry,
    learn_profiles,
    load_history,
)
from chemopt.history.generate import generate_history
from chemopt.problem.generate import generate_problem
from chemopt.problem.instances import problem_to_json
from chemopt.studies.replicate.published import DATASETS

HERE = Path(__file__).parent
PUBLISHED = {data.name: data.file for data in DATASETS}
SOURCE = (
    "Derived from {file} of the public repository SRI-CSL/llm-chemistry (Apache-2.0), data of "
    "arXiv 2510.03930; aggregate {aggregate}, empty_cost {empty_cost}, CHEMISTRY rows left out."
)


def four_models() -> ChemistryProblem:
    """Return the example that the README works out by hand."""
    c = [
        [0.0, 0.5, 0.1, 1.0],
        [0.5, 0.0, 0.8, 0.1],
        [0.1, 0.8, 0.0, 0.9],
        [1.0, 0.1, 0.9, 0.0],
    ]
    return ChemistryProblem(
        ChemistryTable(("ada", "bea", "cyd", "dot"), c, {"method": "made up"}),
        alpha=0.8,
        beta=0.1,
        subsets=(("ada", "bea"),),
        name="four models",
        source="Made up, small enough to check by hand.",
    )


def published(folder: Path, name: str, *, mean: bool) -> ChemistryProblem:
    """Return the pool of a published history, at parity or with discriminating settings."""
    aggregate, empty_cost = ("mean", None) if mean else ("best", 1.0)
    history = load_history(folder / PUBLISHED[name])
    profiles = learn_profiles(history, aggregate=aggregate)
    source = SOURCE.format(file=PUBLISHED[name], aggregate=aggregate, empty_cost=empty_cost)
    table = compute_chemistry(profiles, empty_cost=empty_cost)
    return ChemistryProblem(table, profiles=profiles, name=name, source=source)


def reviews() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores of five models for each other's answers to ten items, and the answers.

    ada and bea review well, dot hardly; whether an answer is right decides most of its worth.
    """
    rng = np.random.default_rng(11)
    skill = {"ada": 0.9, "bea": 0.7, "cyd": 0.5, "dot": 0.6, "eve": 0.3}
    noise = {"ada": 0.5, "bea": 0.7, "cyd": 1.2, "dot": 3.0, "eve": 1.0}
    scores, answers = [], []
    for item in range(1, 11):
        for author, chance in skill.items():
            correct = int(rng.random() < chance)
            worth = 3 + 5 * correct + rng.normal()
            latency = round(float(rng.lognormal(1, 0.4)), 1)
            answers.append((f"q{item}", author, correct, "answer a physics question", latency))
            for reviewer, sd in noise.items():
                if reviewer != author:
                    score = np.clip(np.round(2 * rng.normal(worth, sd)) / 2, 0, 10)
                    scores.append((f"q{item}", reviewer, author, score))
    return (
        pd.DataFrame(scores, columns=["item", "reviewer", "author", "score"]),
        pd.DataFrame(answers, columns=["item", "author", "correct", "task", "latency"]),
    )


def outcomes() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return outcomes of thirty models on 500 items of five tasks, and what the models cost.

    A model is right with the chance Φ(ability + its bent for the task − difficulty of the item).
    Able models cost more; models of one provider have a bent for the same tasks, and small ones the
    stronger bents.
    """
    rng = np.random.default_rng(2027)
    tasks = ("algebra", "code", "law", "logic", "medicine")
    providers = ("acme", "boreal", "cobalt", "delta", "ember", "fjord")
    names = [f"{provider}-{size}" for provider in providers for size in ("xs", "s", "m", "l", "xl")]
    size = np.tile(np.arange(5), len(providers))
    ability = 0.2 * size - 0.6 + rng.normal(0, 0.12, len(names))
    bent = np.repeat(rng.normal(0, 0.9, (len(providers), len(tasks))), 5, axis=0)
    bent += rng.normal(0, 0.25, bent.shape)
    bent *= (1.2 - 0.1 * size)[:, None]
    task = np.repeat(np.arange(len(tasks)), 100)
    difficulty = rng.normal(0, 0.8, len(task))
    strength = ability[None, :] + bent.T[task] - difficulty[:, None]
    right = (strength + rng.normal(size=strength.shape) > 0).astype(int)
    items = pd.DataFrame({"task": [tasks[k] for k in task], "item": np.arange(1, len(task) + 1)})
    price = np.round(0.15 * 2.1**size * rng.lognormal(0, 0.25, len(names)), 2)
    models = pd.DataFrame({"model": names, "provider": np.repeat(providers, 5), "price": price})
    return items.join(pd.DataFrame(right, columns=names)), models


def gaps(items: pd.DataFrame) -> pd.DataFrame:
    """Return the outcomes of 30 items a task; on 22 of them no model has been asked yet."""
    place = items.groupby("task").cumcount()
    kept = items[place < 30].astype(dict.fromkeys(items.columns.drop(["task", "item"]), "Int64"))
    kept.loc[place[place < 30] >= 8, kept.columns.drop(["task", "item"])] = pd.NA
    return kept


def main() -> None:
    """Write the files."""
    problems = {
        "four_models": four_models(),
        "random_20": generate_problem(20, seed=20),
        "random_40": generate_problem(40, seed=40),
    }
    if len(sys.argv) > 1:
        for name in PUBLISHED:
            problems[name] = published(Path(sys.argv[1]), name, mean=False)
            problems[f"{name}_mean"] = published(Path(sys.argv[1]), name, mean=True)
    for name, problem in problems.items():
        (HERE / f"{name}.json").write_text(problem_to_json(problem), encoding="utf-8")
    history = generate_history(models=8, trials=80, heterogeneity=0.6, seed=2026)
    history.to_csv(HERE / "example_history.csv", index=False)
    scores, answers = reviews()
    scores.to_csv(HERE / "example_scores.csv", index=False)
    answers.to_csv(HERE / "example_answers.csv", index=False)
    items, models = outcomes()
    items.to_csv(HERE / "example_outcomes.csv", index=False)
    models.to_csv(HERE / "example_models.csv", index=False)
    gaps(items).to_csv(HERE / "example_gaps.csv", index=False)


if __name__ == "__main__":
    main()
