"""Outcomes: what models and ensembles get right, and whom to ask next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.errors import InputError
from chemopt.plots.canvas import ROW, finish, needs_rows, needs_table, row_axes, whole_ticks
from chemopt.plots.colours import BLUE, GREEN, GREY, ORANGE, PALETTE, RED, SKY
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# More reasons for calls than that are drawn as one.
_REASONS = 6


def outcomes(
    models: Sequence[str], scores: npt.ArrayLike, *, about: str = "", ax: Axes | None = None
) -> Axes:
    """Draw the share of the items that each model gets right, the best model first.

    Parameters
    ----------
    models : sequence of str
    scores : array-like of shape (items, models)
        In [0, 1], NaN where a model was not asked.
    """
    values = _scores("outcomes", models, scores)
    answered = (~np.isnan(values)).mean(axis=0)
    right = np.nansum(values, axis=0) / len(values)
    alone = right / np.maximum(answered, 1e-300)
    order = sorted(range(len(models)), key=lambda k: (-alone[k], k))
    ax = row_axes(ax, [models[k] for k in order], least=4)
    legend, left = {}, np.zeros(len(order))
    for label, share, colour in (
        ("right", right, BLUE), ("wrong", answered - right, ORANGE),
        ("not asked", 1 - answered, "0.85"),
    ):  # fmt: skip
        if label != "not asked" or (answered < 1).any():
            width = 100 * share[order]
            legend[label] = ax.barh(range(len(order)), width, left=left, color=colour, height=0.75)
            left += width
    ax.set_xlim(0, 100)
    title = f"What {counted(len(order), 'model')} got right on {counted(len(values), 'item')}"
    return finish(ax, title, about, x="share of the items in %", legend=legend)


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
    ax = row_axes(ax, [models[k] for k in order], row=1.3 * ROW, least=4, margin=1.5)
    rows, starts = np.arange(len(order)), 100 * np.array(before[:-1])
    alone, added = values[:, order].mean(axis=0), np.diff(before)
    everyone = float(values.max(axis=1).mean())
    legend = {
        "right alone": ax.barh(rows - 0.2, 100 * alone, color=SKY, height=0.35),
        "adds to those above": ax.barh(
            rows + 0.2, 100 * added, left=starts, color=BLUE, height=0.35
        ),
        "all members": ax.axvline(100 * before[-1], color=GREEN, linestyle="--"),
        "all models of the pool": ax.axvline(100 * everyone, color=GREY, linestyle=":"),
    }
    ax.set_xlim(0, 100)
    number = counted(len(order), "member")
    title = f"What {number} cover: {100 * before[-1]:.1f} % of {len(values)} items"
    return finish(ax, title, about, x="items in %", grid="x", legend=legend)


def selection(
    baselines: pd.DataFrame,
    objective: str = "coverage",
    *,
    chosen: str = "ensemble",
    held_out: tuple[float, float, float] | None = None,
    about: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw what an ensemble and its baselines are worth on the items, and held out.

    Parameters
    ----------
    baselines : DataFrame
        `Selection.baselines`: `name` and the objective.
    objective : str
        The column to draw: ``"coverage"`` or ``"vote"``.
    chosen : str
        The name of the selected ensemble, whose bar has another colour.
    held_out : tuple of float, optional
        Its held-out mean, and the ends of the 95 % interval.
    """
    source = "chemopt.select(outcomes).baselines"
    needs_table("selection", baselines, ("name", objective), source, empty=True)
    shown = baselines[baselines[objective].notna()]
    needs_rows("selection", shown)
    names = [str(name) for name in shown["name"]]
    ax = row_axes(ax, names, [chosen], row=0.32, margin=1.6)
    values = 100 * shown[objective].to_numpy(dtype=float)
    legend: dict[str, Any] = {}
    for mine, colour, label in ((True, BLUE, "selected"), (False, SKY, "compared with")):
        rows = [k for k, name in enumerate(names) if (name == chosen) == mine]
        if rows:
            legend[label] = ax.barh(rows, values[rows], color=colour, height=0.7)
    least = float(values.min())
    if held_out is not None and not math.isnan(held_out[0]) and chosen in names:
        mean, low, high = (100 * value for value in held_out)
        ends = None if math.isnan(low) else [[mean - low], [high - mean]]
        label = "held out, 95 % interval" if ends else "held out"
        row = names.index(chosen)
        legend[label] = ax.errorbar([mean], [row], xerr=ends, fmt="D", color=RED, capsize=3)
        least = min(least, mean if math.isnan(low) else low)
    ax.set_xlim(max(0.0, 10 * math.floor(least / 10 - 0.5)), 100)
    title = f"The selected ensemble by {objective}, and what it is compared with"
    return finish(ax, title, about, x=f"{objective} in % of the items", grid="x", legend=legend)


def plan(calls: pd.DataFrame, *, about: str = "", ax: Axes | None = None) -> Axes:
    """Draw how many calls of each model a plan has, coloured by their reason.

    Parameters
    ----------
    calls : DataFrame
        `EvaluationPlan.calls`: `model` and `reason`.
    """
    source = "chemopt.next_evaluations(outcomes)"
    needs_table("plan", calls, ("model", "reason"), source, empty=True)
    counts = calls.groupby(["model", "reason"]).size().unstack(fill_value=0)
    counts = counts.loc[counts.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    reasons = list(calls["reason"].value_counts(sort=True).index)
    ax = row_axes(ax, list(map(str, counts.index)), width=7.0, least=4, margin=1.6)
    legend, left = {}, np.zeros(len(counts))
    groups = [([reason], str(reason)) for reason in reasons[: _REASONS - 1]]
    if rest := reasons[_REASONS - 1 :]:
        groups.append((rest, str(rest[0]) if len(rest) == 1 else "other reasons"))
    for (some, label), colour in zip(groups, PALETTE, strict=False):
        width = counts[some].sum(axis=1).to_numpy(dtype=float)
        legend[label] = ax.barh(range(len(counts)), width, left=left, color=colour, height=0.75)
        left += width
    whole_ticks(ax, "x")
    ax.set_xlim(left=0)
    title = f"The next {counted(len(calls), 'call')}" if len(calls) else "No call is left"
    return finish(ax, title, about, x="calls", grid="x", legend=legend)


def _scores(function: str, models: Sequence[str], scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
    values = np.asarray(scores, dtype=float)
    if values.ndim != 2 or values.shape[1] != len(models) or not values.size:
        raise InputError(
            f"{function}: {counted(len(models), 'model')} need scores of shape (items, models), "
            f"not {values.shape}"
        )
    return values
