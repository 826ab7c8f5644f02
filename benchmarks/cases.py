"""Selection problems to measure methods on: random families, and folders of benchmark files.

``chemistry``
    The exact chemistry (`empty_cost=None`) of a simulated history, profiles by `mean`.
``chemistry-like``, ``uniform``
    Random tables; see `chemopt.problem.generate.generate_table`.
``conditioned``
    Random tables of eight kinds under conditions of four kinds; see
    `benchmarks.conditioned`.
``max-cut``, ``diversity``, ``qubo``
    The files of a folder, which come with their own α, β and constraints.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.conditioned import conditioned_problem, kind_of
from chemopt.chemistry.compute import compute_chemistry
from chemopt.errors import InputError
from chemopt.history.generate import generate_history
from chemopt.history.histories import load_history
from chemopt.problem.formats import READERS, loss_of_native_value, read_benchmark
from chemopt.problem.generate import POOL_KINDS, generate_problem
from chemopt.problem.problem import ChemistryProblem
from chemopt.profiles.profiles import learn_profiles

FAMILIES = ("chemistry", *POOL_KINDS)
CONDITIONED = "conditioned"
VALUES_FILE = "values.csv"
# Trials a model of a simulated history: enough for stable profiles.
_TRIALS = 10


@dataclass(frozen=True)
class Case:
    """How to get a problem, and what is known of it.

    Attributes
    ----------
    family, instance : str
        Kind of problem, and its name within the family.
    models : int
        Size of the pool.
    alpha, beta : float
    m_inter : str
    seed : int
        Of a random problem; the number of a conditioned one.
    path : str
        A benchmark file; empty for random problems.
    known : float or None
        Best known value of a benchmark instance's native objective.
    known_proved : bool
        Whether that is proved optimal.

    Examples
    --------
    >>> case = Case("uniform", "uniform-12-0", 12, alpha=0.8, beta=0.5)
    >>> len(case.problem().models)
    12
    """

    family: str
    instance: str
    models: int
    alpha: float
    beta: float
    m_inter: str = "published"
    seed: int = 0
    path: str = ""
    known: float | None = None
    known_proved: bool = False

    def problem(self) -> ChemistryProblem:
        """Make the problem, or read it."""
        if self.path:
            return read_benchmark(self.path, self.family)
        if self.family == CONDITIONED:
            return conditioned_problem(self.seed)
        options: dict[str, Any] = {
            "alpha": self.alpha, "beta": self.beta, "m_inter": self.m_inter,
        }  # fmt: skip
        if self.family != "chemistry":
            return generate_problem(self.models, self.seed, self.family).with_options(**options)
        frame = generate_history(self.models, trials=_TRIALS * self.models, seed=self.seed)
        profiles = learn_profiles(load_history(frame), aggregate="mean")
        table = compute_chemistry(profiles, empty_cost=None)
        return ChemistryProblem(table, profiles=profiles, name=self.instance, **options)

    def known_loss(self, problem: ChemistryProblem) -> float | None:
        """Return the loss at which the native objective has its best known value."""
        return (
            None if self.known is None else loss_of_native_value(self.family, problem, self.known)
        )


def random_cases(
    families: Sequence[str],
    sizes: Sequence[int],
    alphas: Sequence[float],
    beta: float,
    m_inter: str,
    instances: int,
) -> list[Case]:
    """List random problems: each family, size, instance (its seed) and α."""
    return [
        Case(family, f"{family}-{n}-{seed}", n, alpha, beta, m_inter, seed)
        for family in families
        for n in sizes
        for seed in range(instances)
        for alpha in alphas
    ]


def conditioned_cases(first: int, count: int) -> list[Case]:
    """List the problems of `benchmarks.conditioned` with some numbers in a row.

    Examples
    --------
    >>> [case.instance for case in conditioned_cases(8, 2)]
    ['free, sparse, 8', 'size, sparse, 9']
    """
    cases = []
    for number in range(first, first + count):
        problem = conditioned_problem(number)
        instance = ", ".join([*kind_of(number), str(number)])
        cases.append(
            Case(CONDITIONED, instance, len(problem.models), problem.alpha, problem.beta,
                 problem.m_inter, number)
        )  # fmt: skip
    return cases


def benchmark_cases(folder: str | Path, pattern: str = "*") -> list[Case]:
    """List the instances of a folder that its values file names.

    Parameters
    ----------
    folder : path
        With a file ``values.csv``, whose columns `kind` (``maxcut``, ``diversity``, ``qubo``) and
        `instance` are needed; `best_value`, the best known value of the native objective, and
        `proved_optimal` (``yes`` or ``no``) may be missing or blank. Each instance is a file of
        that name, with any ending, in the folder or below it.
    pattern : str
        Only instances whose names match, with ``*`` and ``?``.

    Raises
    ------
    InputError
        The folder has no such file, or a file that it names is missing or not readable.
    """
    values = Path(folder) / VALUES_FILE
    try:
        frame = pd.read_csv(values, dtype=str)
    except (OSError, ValueError) as error:
        raise InputError(f"{values}: cannot be read: {error}") from None
    for column in ("kind", "instance"):
        if column not in frame.columns:
            raise InputError(f"{values}: the column {column!r} is missing")
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file() and path != values)
    cases = []
    for number, row in enumerate(frame.to_dict("records"), 2):
        where, name = f"{values}, line {number}", str(row["instance"])
        kind = {"maxcut": "max-cut"}.get(str(row["kind"]), str(row["kind"]))
        if kind not in READERS:
            raise InputError(f"{where}: the kind {kind!r} is none of {', '.join(READERS)}")
        if not fnmatchcase(name, pattern):
            continue
        matching = [path for path in files if name in (path.name, path.stem)]
        if len(matching) != 1:
            raise InputError(f"{where}: there are {len(matching)} files named {name!r}, not one")
        known = _value(where, row.get("best_value"))
        proved = known is not None and str(row.get("proved_optimal")).strip().lower() == "yes"
        problem = read_benchmark(matching[0], kind)
        cases.append(
            Case(kind, name, len(problem.models), problem.alpha, problem.beta, problem.m_inter,
                 path=str(matching[0].resolve()), known=known, known_proved=proved)
        )  # fmt: skip
    return cases


def _value(where: str, cell: object) -> float | None:
    if cell is None or pd.isna(cell):  # type: ignore[call-overload]
        return None
    try:
        value = float(str(cell))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{where}: the best value {cell!r} is not a number")
    return value
