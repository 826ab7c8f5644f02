"""routerbench: the wide table of RouterBench.

Source: https://huggingface.co/datasets/withmartian/routerbench and arXiv 2403.12031. Known is the
layout of ``routerbench_0shot``: a row for each prompt, with the columns ``sample_id``,
``eval_name``, and for each model ``<model>`` (its score), ``<model>|model_response`` and
``<model>|total_cost`` (in dollars). The file among the tests was written by hand after that source.

The published files are pickles. A pickle can run any code when it is read, so chemopt reads none:
convert it where you trust it, ``pandas.read_pickle(name).to_parquet("routerbench.parquet")``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from chemopt.errors import InputError
from chemopt.history.table_files import is_blank, read_table, to_number
from chemopt.outcomes.importers.sample import Sample, amount, as_text, mark
from chemopt.outcomes.importers.tables import columns_of, refuse_metric, whole_text

NAME = "routerbench"
PATTERNS = ("*.csv", "*.csv.gz", "*.parquet")
REPEATS = False
_COST = "|total_cost"
_ANSWER = "|model_response"


def recognises(path: Path) -> bool:
    """Return whether a table has a column of costs for some model."""
    names = columns_of(path)
    return "sample_id" in names and any(name.endswith(_COST) for name in names)


def read(path: Path, metric: str | None = None) -> Iterator[Sample]:
    """Give the outcomes, model by model.

    Raises
    ------
    InputError
        The table cannot be read, is cut off, or has other columns.
    """
    refuse_metric(NAME, metric)
    whole_text(path)
    frame = read_table(path)
    models = [str(name).removesuffix(_COST) for name in frame if str(name).endswith(_COST)]
    needed = ["sample_id", "eval_name", *models]
    missing = [name for name in needed if name not in frame]
    if missing or not models:
        what = repr(missing[0]) if missing else f"'<model>{_COST}'"
        raise InputError(f"{path}: missing column {what} of a table of RouterBench")
    rows = [f"{path}: row {k}" for k in range(1, len(frame) + 1)]
    for model in models:
        blank = is_blank(frame[model]) | is_blank(frame[model + _COST])
        if blank.any():
            first = int(blank.to_numpy().argmax())
            raise InputError(f"{rows[first]}: no score or cost of {model!r}")
        answers = frame[model + _ANSWER] if model + _ANSWER in frame else [None] * len(frame)
        for where, item, task, score, cost, answer in zip(
            rows, frame["sample_id"], frame["eval_name"], _numbers(frame[model]),
            _numbers(frame[model + _COST]), answers, strict=True,
        ):  # fmt: skip
            yield Sample(
                model=model,
                task=str(task),
                item=str(item),
                score=mark(score if score >= 0 else None, where),
                answer=as_text(answer),
                cost=amount(cost, where, "total_cost"),
            )


def _numbers(column: pd.Series[Any]) -> list[float]:
    return to_number(column).tolist()
