"""Draw the pictures of docs/pictures from the instances.

python docs/pictures.py
"""

from __future__ import annotations

from pathlib import Path

import chemopt
from chemopt import plots

HERE = Path(__file__).parent
FOLDER = HERE / "pictures"


def phase() -> bytes:
    """Return the phase diagram of the README: eight models, at most four of them."""
    history = chemopt.load_history(HERE.parent / "instances" / "example_history.csv")
    profiles = chemopt.learn_profiles(history, aggregate="mean")
    table = chemopt.compute_chemistry(profiles, empty_cost=None)
    problem = chemopt.ChemistryProblem(table, max_size=4, profiles=profiles)
    return plots.render(chemopt.phase_diagram(problem, beta_max=0.5).plot())


PICTURES = {"phase.svg": phase}

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (FOLDER / name).write_bytes(draw())
