"""llm-chemistry: the history files that were published with LLM Chemistry (arXiv 2510.03930).

Source: https://github.com/SRI-CSL/llm-chemistry; see `chemopt.studies.replicate.published`. The
three published files are of one layout, a table with a row for each answer of a trial.

A trial is an item, a group of tasks a task. An answer is right when its comparison with the ground
truth is above one half (`chemopt.outcomes.of_history`). Trials that evaluate the method's own
recommendations are left out, as `load_history` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from chemopt.history.histories import load_history
from chemopt.outcomes.importers.sample import Sample
from chemopt.outcomes.importers.tables import columns_of, refuse_metric, whole_text
from chemopt.outcomes.of_history import outcomes_of_history

NAME = "llm-chemistry"
PATTERNS = ("*.csv", "*.csv.gz", "*.parquet")
REPEATS = False
_COLUMNS = frozenset({"trial", "model", "task", "quality", "generation_accuracy", "strategy"})


def recognises(path: Path) -> bool:
    """Return whether a table has the columns of the published histories."""
    return set(columns_of(path)) >= _COLUMNS


def read(path: Path, metric: str | None = None) -> Iterator[Sample]:
    """Give the outcomes, trial by trial.

    Raises
    ------
    InputError
        The table cannot be read, is cut off, or is not a valid history.
    """
    refuse_metric(NAME, metric)
    whole_text(path)
    history = load_history(path)
    for task in history.groups:
        outcomes = outcomes_of_history(history, task)
        for item, scores in zip(outcomes.items, outcomes.scores, strict=True):
            for model, score in zip(outcomes.models, scores, strict=True):
                if not math.isnan(score):
                    yield Sample(model=model, task=task, item=str(item), score=float(score))
