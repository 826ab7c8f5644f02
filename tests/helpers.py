"""What several tests share: a cost oracle, the keys of a result, the environment of a child."""

import os
import sys
from importlib import metadata

from strategies import NAMES

import chemopt

# What every recommendation says in JSON.
KEYS = {
    "models", "method", "status", "loss", "loss_inter", "loss_intra", "size_penalty", "inter",
    "intra", "bound", "gap", "alpha", "beta", "runtime", "seed", "solver",
}  # fmt: skip


class HalfCost:
    """A user's own cost: models add 1, but ash and elm together cost 1 less."""

    models = NAMES[:5]

    def used(self, X):
        return frozenset(X)

    def cost(self, X):
        X = frozenset(X)
        return 1.0 + len(X) - ({"ash", "elm"} <= X)


def child_environment():
    """Let a child process find the packages of a bare checkout."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def labelled_rightly(answer):
    """See that the version next to the name of a solver is that solver's, in all that is written."""
    versions = []
    for name in answer.solver.split(" + "):
        package = {"HiGHS": "highspy", "CP-SAT": "ortools", "OR-Tools max-flow": "ortools"}.get(
            name
        )
        assert package or name.split()[0] == "chemopt", name
        versions.append(metadata.version(package) if package else chemopt.__version__)
    assert answer.solver_version == " + ".join(versions)
    assert answer.to_dict()["solver_version"] == answer.solver_version
    assert f"solved by     {answer.solver} {answer.solver_version} in " in answer.summary()
