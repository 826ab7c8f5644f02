"""A performance history from peer-review scores and further data on the answers.

Each answer that was reviewed becomes a row: `trial` is its item, `model` its author, `quality` its
minimum-variance linear estimate (MVLE), `variance` and `review_accuracy` those of the model *as a
reviewer* of the item. Accuracy is the compound accuracy of `chemopt.history.histories`,

    accuracy = g · generation_accuracy + (1 − g) · review_accuracy,

with g = 0.75 and `generation_accuracy` = `correct` for an answer that was compared with a ground
truth. For other answers g = 0.25, and quality/10 takes the place of the generation accuracy (the
column stays blank). Without a review accuracy of the model on the item (it reviewed nothing there,
or variances are not identifiable), the accuracy is the first part alone.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.history.histories import GROUND_TRUTH_WEIGHT
from chemopt.history.review.quality import peer_review_quality
from chemopt.history.review.tables import HIGHEST_SCORE, read_answers
from chemopt.history.table_files import is_blank
from chemopt.progress import Progress

logger = logging.getLogger(__name__)

DEFAULT_TASK = "answers under peer review"
_COMPUTED = (
    "trial", "quality", "quality_se", "conclusive", "reviews", "generation_accuracy", "variance",
    "review_accuracy", "accuracy", "strategy", "task_group",
)  # fmt: skip


def history_from_reviews(
    scores: str | Path | pd.DataFrame | npt.ArrayLike,
    answers: str | Path | pd.DataFrame | None = None,
    *,
    task: str | None = None,
    exclude_self: bool = True,
    floor: float | None = None,
    progress: Progress = None,
) -> pd.DataFrame:
    """Turn review scores into a history that `load_history` takes.

    Parameters
    ----------
    scores, exclude_self, floor, progress
        As for `peer_review_quality`.
    answers : DataFrame or path, optional
        Further data on the answers: columns `item`, `author` (or `model`), and optionally
        `correct` in [0, 1] (the ground truth; blank where unknown), `task` (text), and others,
        such as `latency` in seconds, which are kept. Answers may be missing from it, and fields
        may be blank.
    task : str, optional
        The task of answers for which `answers` has none.

    Returns
    -------
    DataFrame
        A row for each answer with a review: `trial`, `model`, `task`, `quality`, `quality_se` (its
        standard error), `conclusive`, `reviews`, `generation_accuracy` (if there is a ground
        truth), `variance`, `review_accuracy`, `accuracy`, and the further columns of `answers`.

    Raises
    ------
    InputError
        As for `peer_review_quality`; or `answers` has an answer without a score, a column that is
        computed here, or the same answer twice.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame(
    ...     [["q1", "x", "y", 8], ["q1", "x", "z", 4], ["q1", "y", "x", 9], ["q1", "y", "z", 3],
    ...      ["q1", "z", "x", 9], ["q1", "z", "y", 5]],
    ...     columns=["item", "reviewer", "author", "score"])
    >>> truth = pd.DataFrame({"item": "q1", "author": ["x", "y", "z"], "correct": [1, 1, 0]})
    >>> history = history_from_reviews(scores, truth)
    >>> history[["trial", "model", "quality", "generation_accuracy", "accuracy"]].round(2)
      trial model  quality  generation_accuracy  accuracy
    0    q1     x     9.00                  1.0      0.75
    1    q1     y     6.45                  1.0      0.78
    2    q1     z     3.43                  0.0      0.01
    """
    review = peer_review_quality(scores, exclude_self=exclude_self, floor=floor, progress=progress)
    as_reviewer = review.reviewers.rename(columns={"reviewer": "author"})
    rows = review.answers[["item", "author", "reviews", "quality", "conclusive"]].assign(
        quality_se=np.sqrt(review.answers["variance"])
    )
    rows = rows.merge(
        as_reviewer[["item", "author", "variance", "review_accuracy"]],
        on=["item", "author"],
        how="left",
    )
    columns = [
        "trial", "model", "task", "quality", "quality_se", "conclusive", "reviews", "variance",
        "review_accuracy", "accuracy",
    ]  # fmt: skip
    if answers is not None:
        known = read_answers(answers, _COMPUTED)
        _check_reviewed(known, rows, "answers" if isinstance(answers, pd.DataFrame) else answers)
        rows = rows.merge(known, on=["item", "author"], how="left")
        columns += [
            str(name) for name in known if name not in ("item", "author", "task", "correct")
        ]
    unreviewed = int(rows["quality"].isna().sum())
    if unreviewed:
        logger.warning("%d answers were reviewed by nobody else and are left out", unreviewed)
        rows = rows[rows["quality"].notna()]
    if rows.empty:
        raise InputError("no answer was reviewed by anybody else, so there is no history to make")
    if "correct" in rows:
        rows = rows.rename(columns={"correct": "generation_accuracy"})
        columns.insert(columns.index("variance"), "generation_accuracy")
    rows["accuracy"] = _accuracy(rows)
    rows["task"] = _tasks(rows, DEFAULT_TASK if task is None else task)
    rows = rows.rename(columns={"item": "trial", "author": "model"})
    return rows[columns].reset_index(drop=True)


def _accuracy(rows: pd.DataFrame) -> pd.Series[float]:
    reviewed = rows["quality"] / HIGHEST_SCORE
    if "generation_accuracy" in rows:
        checked = rows["generation_accuracy"].notna()
        generation = rows["generation_accuracy"].fillna(reviewed)
    else:
        checked, generation = pd.Series(False, index=rows.index), reviewed
    g = checked.map(GROUND_TRUTH_WEIGHT)
    compound = g * generation + (1 - g) * rows["review_accuracy"]
    return compound.fillna(generation)


def _tasks(rows: pd.DataFrame, otherwise: str) -> pd.Series[Any]:
    if not isinstance(otherwise, str) or not otherwise.strip():
        raise InputError(f"task must be a text, not {otherwise!r}")
    if "task" not in rows:
        return pd.Series(otherwise, index=rows.index)
    named = rows["task"].astype("string").str.strip()
    return named.mask(is_blank(rows["task"]), otherwise).astype(object)


def _check_reviewed(known: pd.DataFrame, rows: pd.DataFrame, source: str | Path) -> None:
    """Raise for an answer without any score, so that a misspelt name does not go unnoticed."""
    scored = pd.MultiIndex.from_frame(rows[["item", "author"]])
    missing = ~pd.MultiIndex.from_frame(known[["item", "author"]]).isin(scored)
    if missing.any():
        first = known[missing].iloc[0]
        raise InputError(
            f"{source}: row {known.index[missing][0]}: nobody gave a score to the answer of "
            f"{first['author']!r} to item {first['item']!r}; leave the row out, or correct its "
            "names"
        )
