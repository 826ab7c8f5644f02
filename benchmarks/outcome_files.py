"""Folders of outcome files, for benchmarks on real data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from chemopt.errors import InputError
from chemopt.outcomes.outcomes import Outcomes
from chemopt.outcomes.read import load_outcomes


def outcomes_of_folder(folder: Path, min_answered: float = 0.0) -> Iterator[tuple[str, Outcomes]]:
    """Yield the outcomes of a folder by name: a file, or each task where they have other models.

    Items that not all models answered are left out.

    Parameters
    ----------
    folder : Path
        With files ``*.csv.gz`` of the columns `model`, `item`, `correct` and perhaps `task`.
    min_answered : float
        Models that answered a smaller share of the items are left out first.

    Raises
    ------
    InputError
        There is no such file.
    """
    paths = sorted(folder.glob("*.csv.gz"))
    if not paths:
        raise InputError(f"{folder}: there is no file *.csv.gz")
    for path in paths:
        outcomes, name = load_outcomes(path, missing="keep"), path.name.removesuffix(".csv.gz")
        pools = {
            np.isfinite(outcomes.take_task(task).scores).any(axis=0).tobytes()
            for task in outcomes.tasks
        }
        if len(pools) <= 1:
            yield name, load_outcomes(path, min_answered=min_answered)
            continue
        for task in outcomes.tasks:
            yield f"{name} {task}", load_outcomes(path, task=task, min_answered=min_answered)
