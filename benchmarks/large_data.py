"""Histories and outcomes of any number of rows, as folders of Parquet, from a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chemopt.history.generate import model_names
from chemopt.progress import Report

TASKS = 50
#: Models that answer in one trial.
ASKED = 20
# A whole number of trials, and of items of up to 200 models.
_ROWS_A_PART = 2_000_000
# Words that no two tasks share, so that each is a group of its own.
_SPREADS = (1, 3, 7, 9)


def write_history(folder: Path, rows: int, models: int, seed: int, report: Report) -> None:
    """Write a history: each trial asks `ASKED` models on one task."""
    rng = np.random.default_rng(seed)
    skill = rng.uniform(0.3, 0.9, models)
    for part, first, count in _parts(rows, ASKED):
        step = rng.choice(_SPREADS, (count, 1))
        model = (rng.integers(0, models, (count, 1)) + step * np.arange(ASKED)) % models
        noise = rng.normal(0, 0.15, model.shape)
        accuracy = np.clip(skill[model] + noise, 0, 1).ravel()
        quality = np.clip(10 * accuracy + rng.normal(0, 1, accuracy.size), 0, 10)
        columns = {
            "trial": (np.repeat(np.arange(count), ASKED), _numbered("t", first, count)),
            "model": (model.ravel(), model_names(models)),
            "task": (np.repeat(rng.integers(0, TASKS, count), ASKED), _numbered("task-", 0, TASKS)),
            "quality": quality,
            "accuracy": accuracy,
        }
        _write(folder / f"part-{part:04}.parquet", columns)
        report(min(rows, (first + count) * ASKED), rows)


def write_outcomes(folder: Path, rows: int, models: int, seed: int, report: Report) -> None:
    """Write outcomes: every model on every item, right with the chance of its skill."""
    rng = np.random.default_rng(seed)
    skill = rng.uniform(0.3, 0.9, models)
    for part, first, count in _parts(rows, models):
        right = rng.random((count, models)) < skill
        items = np.arange(count)
        columns = {
            "model": (np.tile(np.arange(models), count), model_names(models)),
            "task": (np.repeat((first + items) % TASKS, models), _numbered("task-", 0, TASKS)),
            "item": (np.repeat(items, models), _numbered("q", first, count)),
            "correct": right.ravel().astype(np.int8),
        }
        _write(folder / f"part-{part:04}.parquet", columns)
        report(min(rows, (first + count) * models), rows)


def _parts(rows: int, together: int) -> Any:
    """Yield the number of a part, and its first trial and their number."""
    total, each = max(1, rows // together), _ROWS_A_PART // together
    for part, first in enumerate(range(0, total, each)):
        yield part, first, min(each, total - first)


def _numbered(prefix: str, first: int, count: int) -> list[str]:
    return [f"{prefix}{first + k:08}" for k in range(count)]


def _write(path: Path, columns: dict[str, Any]) -> None:
    # an extra, which this benchmark needs
    import pyarrow as pa
    from pyarrow import parquet

    arrays = {
        name: pa.DictionaryArray.from_arrays(
            pa.array(values[0], pa.int32()), pa.array(values[1])
        ).cast(pa.string())
        if isinstance(values, tuple)
        else pa.array(values)
        for name, values in columns.items()
    }
    parquet.write_table(pa.table(arrays), path)
