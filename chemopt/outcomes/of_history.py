"""Outcomes of a history: which model answered which trial right."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chemopt.history.histories import History
from chemopt.outcomes.outcomes import Outcomes
from chemopt.validation import instance_of, number


def outcomes_of_history(
    history: History, task: str | None = None, *, threshold: float = 0.5
) -> Outcomes:
    """Return which model answered which trial of a history right.

    The answers of one trial are answers to one question, so a trial is an item. A row's
    score is `generation_accuracy`, the comparison with the ground truth, where it is there,
    else `accuracy`. A model with several rows in a trial is right when its mean score is.

    Parameters
    ----------
    history : History
    task : str, optional
        The task; needed only when the history has several groups.
    threshold : float
        An answer is right when its score is above this; in [0, 1].

    Returns
    -------
    Outcomes
        An item for each trial; NaN where a model did not answer.
    """
    instance_of(
        "outcomes_of_history needs a History", history, History, "read one: load_history(data)"
    )
    threshold = number("threshold", threshold, 0, 1)
    rows = history.rows_of(task)
    score = rows["accuracy"]
    if "generation_accuracy" in rows:
        score = rows["generation_accuracy"].fillna(score)
    mean = score.groupby([rows["trial"], rows["model"]]).mean().unstack("model")
    right = (mean > threshold).astype(float).where(mean.notna()).sort_index(axis=1).sort_index()
    return Outcomes(
        models=tuple(map(str, right.columns)),
        items=pd.Index(right.index.astype(str), name="item"),
        scores=np.array(right, dtype=float),
        source=history.source,
    )
