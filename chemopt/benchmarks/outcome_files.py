"""Folders of outcome files, for benchmarks on real data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from chemopt.errors import InputError
from chemopt.outcomes.outcomes import Outcomes


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
        rows, name = pd.read_csv(path), path.name.removesuffix(".csv.gz")
        parts = {name: rows}
        if "task" in rows:
            pools = rows.groupby("task")["model"].agg(frozenset)
            if pools.nunique() > 1:
                parts = {f"{name} {task}": part for task, part in rows.groupby("task")}
        for part_name, part in parts.items():
            keys = [key for key in ("task", "item") if key in part]
            table = part.pivot(index=keys, columns="model", values="correct")
            table = table.loc[:, table.notna().mean() >= min_answered].dropna()
            scores = table.to_numpy(dtype=float)
            models = tuple(map(str, table.columns))
            yield part_name, Outcomes(models, table.index, scores, source=part_name)
