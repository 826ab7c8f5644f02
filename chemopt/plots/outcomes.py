"""Outcomes: what each model gets right, and what each adds to those before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from chemopt.errors import InputError
from chemopt.plots.canvas import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    ROW,
    SKY,
    add_legend,
    add_title,
    name_rows,
    new_axes,
    text_width,
)
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def outcomes(
    models: Sequence[str], scores: npt.ArrayLike, *, about: str = "", ax: Axes | None = None
) -> Axes:
    """Draw the share of the items that each model gets right, the best model first.

    Parameters
    ----------
    models : sequence of str
    scores : array-like of shape (items, models)
        In [0, 1], NaN where a model was not asked.
    about : str
        Which data are shown.
    ax : Axes, optional
    """
    values = _scores("outcomes", models, scores)
    answered = (~np.isnan(values)).mean(axis=0)
    right = np.nansum(values, axis=0) / len(values)
    alone = right / np.maximum(answered, 1e-300)
    order = sorted(range(len(models)), key=lambda k: (-alone[k], k))
    names = [models[k] for k in order]
    ax = new_axes(ax, 6.5 + text_width(names), 1.4 + ROW * max(len(names), 4))
    rows = range(len(names))
    handles = [ax.barh(rows, 100 * right[order], color=BLUE, height=0.75)]
    labels = ["right"]
    wrong = (answered - right)[order]
    handles.append(ax.barh(rows, 100 * wrong, left=100 * right[order], color=ORANGE, height=0.75))
    labels.append("wrong")
    if (answered < 1).any():
        handles.append(
            ax.barh(rows, 100 * (1 - answered[order]), left=100 * answered[order], color="0.85",
                    height=0.75)
        )  # fmt: skip
        labels.append("not asked")
    name_rows(ax, names)
    ax.set_xlim(0, 100)
    ax.set_xlabel("share of the items in %")
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    number = counted(len(names), "model")
    add_title(ax, f"What {number} got right on {counted(len(values), 'item')}", about)
    return ax


def coverage(
    models: Sequence[str],
    scores: npt.ArrayLike,
    chosen: Sequence[str],
    *,
    about: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw what each member of an ensemble covers, and what it adds to those before it.

    Members come in the order in which each adds most. With marks between 0 and 1, what is covered
    is the mean of the best mark.

    Parameters
    ----------
    models : sequence of str
    scores : array-like of shape (items, models)
        In [0, 1].
    chosen : sequence of str
        The members.
    about : str
        Which data are shown.
    ax : Axes, optional
    """
    values = np.nan_to_num(_scores("coverage", models, scores))
    place = {name: k for k, name in enumerate(models)}
    for name in chosen:
        if name not in place:
            raise InputError(f"coverage: unknown model {name!r}")
    if not chosen:
        raise InputError("coverage: there is no member to draw")
    left, best = [place[name] for name in chosen], np.zeros(len(values))
    order, before = [], [0.0]
    while left:
        gains = [float(np.maximum(values[:, k], best).mean()) for k in left]
        k = left.pop(int(np.argmax(gains)))
        best = np.maximum(best, values[:, k])
        order.append(k)
        before.append(float(best.mean()))
    names = [models[k] for k in order]
    ax = new_axes(ax, 6.5 + text_width(names), 1.5 + ROW * 1.3 * max(len(names), 4))
    rows = np.arange(len(names))
    starts = 100 * np.array(before[:-1])
    alone = ax.barh(rows - 0.2, 100 * values[:, order].mean(axis=0), color=SKY, height=0.35)
    adds = ax.barh(rows + 0.2, 100 * np.diff(before), left=starts, color=BLUE, height=0.35)
    whole = ax.axvline(100 * before[-1], color=GREEN, linestyle="--")
    everyone = 100 * float(values.max(axis=1).mean())
    limit = ax.axvline(everyone, color=GREY, linestyle=":")
    name_rows(ax, names)
    ax.set_xlim(0, 100)
    ax.set_xlabel("items in %")
    ax.grid(axis="x", alpha=0.3)
    add_legend(
        ax, [alone, adds, whole, limit],
        ["right alone", "adds to those above", "all members", "all models of the pool"],
        loc="upper left", bbox_to_anchor=(1.01, 1.0),
    )  # fmt: skip
    number = counted(len(names), "member")
    add_title(ax, f"What {number} cover: {100 * before[-1]:.1f} % of {len(values)} items", about)
    return ax


def _scores(function: str, models: Sequence[str], scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
    values = np.asarray(scores, dtype=float)
    if values.ndim != 2 or values.shape[1] != len(models) or not values.size:
        raise InputError(
            f"{function}: {counted(len(models), 'model')} need scores of shape (items, models), "
            f"not {values.shape}"
        )
    return values
