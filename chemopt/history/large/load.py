"""`load_large_history`: the parts of a history, validated and made known to the engine."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from chemopt.history.large.clean import NONE_INVALID, Part, clean_part
from chemopt.history.large.engine import Engine
from chemopt.history.large.history import LargeHistory, define_view
from chemopt.history.rows import Reading, describe_dropped, left_out, no_rows_left
from chemopt.history.scales import scale_warnings
from chemopt.history.tasks import group_tasks
from chemopt.progress import Report
from chemopt.wording import counted, spelt_alike

logger = logging.getLogger(__name__)


def load_large_history(
    files: Sequence[Path], source: str, reading: Reading, report: Report | None = None
) -> LargeHistory:
    """Validate every row of a history in several files, and keep none of them.

    Raises
    ------
    HistoryError
        As of `load_histories`; or DuckDB is not installed.
    """
    engine = Engine(source, report)
    parts = [clean_part(file, number, engine, reading) for number, file in enumerate(files)]
    define_view(engine, parts)
    found = engine.rows(
        "SELECT model, task, count(*), min(position), max(quality), max(accuracy) "
        "FROM history GROUP BY model, task ORDER BY min(position)"
    )
    dropped = _dropped(parts)
    if not found:
        raise no_rows_left(source, len(dropped), reading)
    rows = sum(row[2] for row in found)
    models = tuple(sorted({row[0] for row in found}))
    logger.info("%s: %s of %d models", source, counted(rows, "row"), len(models))
    return LargeHistory(
        engine,
        parts,
        dropped=dropped,
        warnings=(
            *scale_warnings([row[4] for row in found], [row[5] for row in found]),
            *left_out(sum((part.left_out for part in parts), Counter[str]())),
            *spelt_alike(models),
        ),
        tasks=group_tasks(row[1] for row in found),
        models=models,
        count=rows,
    )


def _dropped(parts: Sequence[Part]) -> pd.DataFrame:
    """Return the rows that were left out as invalid, with the names of their files."""
    found = []
    for part in parts:
        if len(part.invalid):
            logger.warning("%s: dropped %s", part.path, describe_dropped(part.invalid))
            found.append(part.invalid.assign(file=str(part.path)))
    return pd.concat(found, ignore_index=True) if found else NONE_INVALID
