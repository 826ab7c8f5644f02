"""Write the instances of this folder anew.

    python instances/make.py [FOLDER]

FOLDER holds the published histories runs.csv, runs2.csv and runs3.csv of the public
repository SRI-CSL/llm-chemistry. Without it only the synthetic instances are written.
"""

import sys
from pathlib import Path

from chemopt import ChemistryTable, SelectionProblem, chemistry, learn_profiles, load_histories
from chemopt.generate import generate_history, generate_problem
from chemopt.instances import problem_to_json

HERE = Path(__file__).parent
PUBLISHED = {"liar": "runs.csv", "quixbugs": "runs2.csv", "clinical": "runs3.csv"}
SOURCE = (
    "Derived from {file} of the public repository SRI-CSL/llm-chemistry (Apache-2.0), data of "
    "arXiv 2510.03930; aggregate {aggregate}, empty_cost {empty_cost}, CHEMISTRY rows left out."
)


def four_models() -> SelectionProblem:
    """Return the example that the README works out by hand."""
    c = [
        [0.0, 0.5, 0.1, 1.0],
        [0.5, 0.0, 0.8, 0.1],
        [0.1, 0.8, 0.0, 0.9],
        [1.0, 0.1, 0.9, 0.0],
    ]
    return SelectionProblem(
        ChemistryTable(("ada", "bea", "cyd", "dot"), c, {"method": "made up"}),
        alpha=0.8,
        beta=0.1,
        subsets=(("ada", "bea"),),
        name="four models",
        source="Made up, small enough to check by hand.",
    )


def published(folder: Path, name: str, *, mean: bool) -> SelectionProblem:
    """Return the pool of a published history, at parity or with discriminating settings."""
    aggregate, empty_cost = ("mean", None) if mean else ("best", 1.0)
    history = load_histories(folder / PUBLISHED[name])
    profiles = learn_profiles(history, aggregate=aggregate)
    source = SOURCE.format(file=PUBLISHED[name], aggregate=aggregate, empty_cost=empty_cost)
    table = chemistry(profiles, empty_cost=empty_cost)
    return SelectionProblem(table, profiles=profiles, name=name, source=source)


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


if __name__ == "__main__":
    main()
