"""Quality from peer review: estimates of each answer's quality and each reviewer's variance.

For each item, reviewer j gives the answer of author k a score R_jk in [0, 10]; a model's score of
its own answer is left out. The quality of an answer is its minimum-variance linear estimate (MVLE)
θ̂_k, and the variance of a reviewer is σ̂_j², both from `chemopt.history.review.consensus`. Then

    review_accuracy_j = max(0, 1 − σ̂_j / σ_max),    σ_max = the largest σ̂_j of the item.

It is relative: the worst reviewer of an item has 0, however good. Where all reviewers agree up to
the floor it is 1; where their variances are not identifiable (one or two reviewers, or one answer)
it is undefined (NaN). Source: arXiv 2510.03930.

Limits of the model: a reviewer who is lenient throughout counts as a noisy one, errors of different
reviewers are independent, and the ends of the scale get no special treatment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.history.review.consensus import Consensus, estimate_consensus
from chemopt.history.review.tables import HIGHEST_SCORE, is_long_table, melt_matrix, read_scores
from chemopt.numerics import GRID_TOLERANCE
from chemopt.progress import Progress, reporter
from chemopt.validation import number, whole

# Grids on which people and models give scores, coarsest first.
_STEPS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.01)
_COMMON_VARIANCE = (
    "fewer than three reviewers, or fewer than two answers with several: one common variance"
)

_EMPTY = np.zeros(0)
_NO_CONSENSUS = Consensus(
    quality=_EMPTY,
    plain_variance=_EMPTY,
    variance=_EMPTY,
    df=_EMPTY,
    reviewer_variance=_EMPTY,
    residual_df=_EMPTY,
    separable=False,
    iterations=0,
    converged=True,
)


@dataclass(frozen=True, eq=False)
class PeerReview:
    """Estimates from a peer review, for answers, reviewers and items.

    Attributes
    ----------
    answers : DataFrame
        A row for each answer: `item`, `author`, `reviews` (number of scores used), `quality` θ̂ in
        [0, 10], `variance` (of θ̂, the uncertainty of the weights included), `plain_variance`
        (1/Σ 1/σ̂_j², without it), `df`, `lower` and `upper` (the interval; not cut off at 0 and
        10), and `conclusive`: whether the interval is shorter than that of a quality of which
        only the scale is known (10 · confidence). NaN where undefined.
    reviewers : DataFrame
        A row for each reviewer of each item: `item`, `reviewer`, `reviews`, `variance` σ̂_j²,
        `review_accuracy` in [0, 1], `df` (residual degrees of freedom). With few degrees
        of freedom, the variance is mostly that of the other reviewers.
    items : DataFrame
        A row for each item: `item`, `iterations`, `converged`, `separable` (whether each reviewer
        has its own variance), `floor` (least variance), `message` (warnings).
    confidence : float
        Of the intervals.
    """

    answers: pd.DataFrame
    reviewers: pd.DataFrame
    items: pd.DataFrame
    confidence: float


def peer_review_quality(
    scores: str | Path | pd.DataFrame | npt.ArrayLike,
    *,
    exclude_self: bool = True,
    confidence: float = 0.95,
    floor: float | None = None,
    max_iterations: int = 5000,
    progress: Progress = None,
) -> PeerReview:
    """Estimate the quality of answers and the variance of their reviewers.

    Parameters
    ----------
    scores : DataFrame, path or array
        A long table with the columns `reviewer`, `author`, `score` in [0, 10] and, for several
        items, `item`; the path of a file with such a table (.csv, .csv.gz, .parquet); or a matrix
        for one item, with reviewers as rows and authors as columns. Rows and columns of an array
        are numbered. Missing scores are blank or NaN.
    exclude_self : bool
        Leave out the score that a reviewer gave to the author of the same name.
    confidence : float
        Of the intervals, in [0.5, 0.999].
    floor : float, optional
        Least variance of a reviewer, in [1e-9, 100]. By default that of rounding scores to a
        grid, step²/12, where step is the largest of 1, 0.5, 0.25, 0.1, 0.05, 0.01 of which all
        scores of the item are multiples (0.01 if none is).
    max_iterations : int
        Limit of the iteration; `converged` in `items` is False where it was reached.
    progress : bool or callable, optional
        True shows a bar; a function is called with the number of items done and of all items.

    Returns
    -------
    PeerReview

    Raises
    ------
    InputError
        A score, a name, a column or an option is not valid, or a reviewer scored an answer twice;
        the message names the place.

    Examples
    --------
    >>> import pandas as pd
    >>> matrix = pd.DataFrame(
    ...     [[7, 3, 9, 5], [7, 3, 8, 5], [4, 5, 6, 8]], index=["x", "y", "z"], columns=list("abcd"))
    >>> review = peer_review_quality(matrix)
    >>> review.answers[["author", "quality", "lower", "upper"]].round(2)
      author  quality  lower  upper
    0      a     6.74   5.26   8.23
    1      b     3.17   1.69   4.66
    2      c     8.27   6.78   9.75
    3      d     5.26   3.77   6.74
    >>> review.reviewers[["reviewer", "variance", "review_accuracy"]].round(2)
      reviewer  variance  review_accuracy
    0        x      0.70             0.56
    1        y      0.64             0.58
    2        z      3.55             0.00
    """
    progress = reporter(progress, "items")
    confidence = number("confidence", confidence, 0.5, 0.999)
    if floor is not None:
        floor = number("floor", floor, 1e-9, HIGHEST_SCORE**2)
    whole("max_iterations", max_iterations, 1)
    names: dict[str, list[str]] = {}
    if isinstance(scores, str | Path) or is_long_table(scores):
        frame = read_scores(scores)  # type: ignore[arg-type]
    else:
        frame, names = melt_matrix(scores)
    groups = frame.groupby("item", sort=False)
    reviews = []
    for item, own in groups:
        reviews.append(
            _review_item(item, own, names, exclude_self, confidence, floor, max_iterations)
        )
        if progress is not None:
            progress(len(reviews), groups.ngroups)
    answers, reviewers, items = zip(*reviews, strict=True)
    return PeerReview(
        answers=pd.concat(answers, ignore_index=True),
        reviewers=pd.concat(reviewers, ignore_index=True),
        items=pd.DataFrame(list(items)),
        confidence=confidence,
    )


def _review_item(
    item: Any,
    own: pd.DataFrame,
    names: dict[str, list[str]],
    exclude_self: bool,
    confidence: float,
    floor: float | None,
    max_iterations: int,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Estimate one item; return rows of answers and of reviewers, and the row of the item.

    Rows are sorted by name, or in the order of the matrix's `names`.
    """
    counted = own[own["reviewer"] != own["author"]] if exclude_self else own
    everyone = {
        column: pd.Index(names.get(column) or sorted(set(own[column])), name=column)
        for column in ("author", "reviewer")
    }
    if floor is None:
        floor = _rounding_variance(counted["score"].to_numpy(dtype=float))
    matrix = counted.pivot(index="reviewer", columns="author", values="score")
    if counted.empty:
        consensus = _NO_CONSENSUS
    else:
        consensus = estimate_consensus(matrix.to_numpy(dtype=float), floor, max_iterations)
    answers = _answers(consensus, matrix, confidence).reindex(everyone["author"])
    reviewers = _reviewers(consensus, matrix, floor).reindex(everyone["reviewer"])
    answers["conclusive"] = (
        answers["upper"] - answers["lower"] < HIGHEST_SCORE * confidence
    ).astype(bool)
    for frame in (answers, reviewers):
        frame["reviews"] = frame["reviews"].fillna(0).astype(int)
    row = {
        "item": item,
        "iterations": consensus.iterations,
        "converged": consensus.converged,
        "separable": consensus.separable,
        "floor": floor,
        "message": _message(consensus, answers),
    }
    return _with_item(item, answers), _with_item(item, reviewers), row


def _answers(consensus: Consensus, matrix: pd.DataFrame, confidence: float) -> pd.DataFrame:
    half = consensus.half_width(confidence)
    return pd.DataFrame(
        {
            "reviews": matrix.notna().sum(axis=0).to_numpy(),
            # Only rounding errors take a weighted mean of scores off the scale.
            "quality": np.clip(consensus.quality, 0.0, HIGHEST_SCORE),
            "variance": consensus.variance,
            "plain_variance": consensus.plain_variance,
            "df": consensus.df,
            "lower": consensus.quality - half,
            "upper": consensus.quality + half,
        },
        index=matrix.columns,
    )


def _reviewers(consensus: Consensus, matrix: pd.DataFrame, floor: float) -> pd.DataFrame:
    variance = consensus.reviewer_variance
    if not consensus.separable:
        accuracy = np.full(variance.shape, math.nan)
    elif variance.max() <= floor:
        accuracy = np.ones(variance.shape)
    else:
        accuracy = np.maximum(0.0, 1 - np.sqrt(variance / variance.max()))
    return pd.DataFrame(
        {
            "reviews": matrix.notna().sum(axis=1).to_numpy(),
            "variance": variance,
            "review_accuracy": accuracy,
            "df": consensus.residual_df,
        },
        index=matrix.index,
    )


def _rounding_variance(scores: npt.NDArray[np.float64]) -> float:
    """Return step²/12 for the largest step of which all scores are multiples."""
    for step in _STEPS:
        multiples = scores / step
        if (np.abs(multiples - np.round(multiples)) < GRID_TOLERANCE).all():
            return step**2 / 12
    return _STEPS[-1] ** 2 / 12


def _message(consensus: Consensus, answers: pd.DataFrame) -> str:
    if not (answers["reviews"] > 1).any():
        return "no answer has more than one review, so variances are not identifiable"
    parts = []
    if not consensus.separable:
        parts.append(_COMMON_VARIANCE)
    if not consensus.converged:
        parts.append(f"not converged after {consensus.iterations} iterations")
    unknown = int((~answers["conclusive"]).sum())
    if unknown:
        parts.append(
            f"reviewers disagree too much, or are too few, to estimate the quality of {unknown} of "
            f"{len(answers)} answers"
        )
    return "; ".join(parts)


def _with_item(item: Any, frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.reset_index()
    frame.insert(0, "item", item)
    return frame
