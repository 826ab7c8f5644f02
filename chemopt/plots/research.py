"""Pictures of the studies: ablations, replications, what predicts a gain, trends of chemistry."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    ROW,
    add_legend,
    finish,
    needs_rows,
    needs_table,
    new_axes,
    row_axes,
    said_about,
    text_width,
)
from chemopt.plots.colours import BLUE, GREY, LINES, MARKERS, ORANGE, PALETTE, RED
from chemopt.validation import choice
from chemopt.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIGNS = {"alpha": "α = ", "beta": "β = ", "steps": "steps ", "weights": "weights "}
# R² below this is worse than useless, however far; it is drawn at the edge.
_LOWEST = -1.0
_CLAIMS = ("experiment", "dataset", "size", "setting", "figure", "published", "value", "low",
           "high", "claim", "verdict")  # fmt: skip
_VERDICTS = {"holds": (BLUE, "o"), "does not hold": (RED, "X"), "inconclusive": (GREY, "s")}
_OF_SEVERAL = {"holds": "hold", "does not hold": "do not hold"}


def ablation(frame: pd.DataFrame, *, about: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw by how much the hill climber misses the optimum, a row for each value of each setting.

    Each pool has its colour and marker. Where a gap is not known, nothing is drawn; the title says
    how often.

    Parameters
    ----------
    frame : DataFrame
        From `chemopt.studies.ablation.ablate`.
    """
    from matplotlib.lines import Line2D

    source = "chemopt.studies.ablation.ablate(problems)"
    needs_table("ablation", frame, ("setting", "value", "pool", "gap"), source)
    keys = list(dict.fromkeys(zip(frame["setting"], frame["value"], strict=True)))
    names = [_SIGNS.get(str(setting), str(setting)) + str(value) for setting, value in keys]
    pools = list(dict.fromkeys(frame["pool"]))
    row = ROW * min(max(1.2, 0.45 * len(pools)), 2.5)
    legend_rows = ROW * 1.2 * len(pools) / row
    ax = row_axes(ax, names, width=6.5 + text_width(pools), row=row, least=legend_rows)
    legend: dict[str, Any] = {}
    for k, pool in enumerate(pools):
        own = frame[(frame["pool"] == pool) & frame["gap"].notna()]
        # pools side by side within a row, so that equal gaps are all seen
        shift = 0.7 * ((k + 0.5) / len(pools) - 0.5)
        rows = [keys.index(key) + shift for key in zip(own["setting"], own["value"], strict=True)]
        style: dict[str, Any] = {
            "color": PALETTE[k % len(PALETTE)],
            "marker": MARKERS[(k + k // len(PALETTE)) % len(MARKERS)],
            "linestyle": "",
            "markersize": 5,
        }
        ax.plot(100 * own["gap"], rows, clip_on=False, zorder=3, **style)
        legend[str(pool)] = Line2D([], [], **style)
    for below in range(1, len(keys)):
        if keys[below][0] != keys[below - 1][0]:
            ax.axhline(below - 0.5, color="0.6", linewidth=0.8)
    ax.set_xlim(0, max(1.0, 105 * float(frame["gap"].max(skipna=True) or 0.0)))
    unknown = int(frame["gap"].isna().sum())
    note = f" ({unknown} of {counted(len(frame), 'gap')} not known)" if unknown else ""
    several = len(pools) > 1
    if about is None:
        about = said_about(frame, about) or ("" if several else str(pools[0]))
    return finish(
        ax, f"Gap of hill climbing, one setting changed at a time{note}", about,
        x="gap to the proved optimum in %", grid="x", legend=legend if several else None,
    )  # fmt: skip


def replication(
    figures: pd.DataFrame,
    experiment: str | None = None,
    *,
    about: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw each figure that makes a claim, with its interval, and what was published.

    Parameters
    ----------
    figures : DataFrame
        `Replication.figures`.
    experiment : str, optional
        Which one; the first if not given. Its figures share a unit: correlations, or gains in
        effectiveness.

    Raises
    ------
    InputError
        There is no such experiment in the figures, or none of its figures makes a claim.
    """
    from matplotlib.lines import Line2D

    source = "chemopt.studies.replicate.replicate(folder)"
    needs_table("replication", figures, _CLAIMS, source, empty=True)
    claims = figures[figures["verdict"].notna()]
    needs_rows("replication", claims)
    experiments = list(dict.fromkeys(map(str, claims["experiment"])))
    if experiment is None:
        experiment = experiments[0]
    choice("experiment", experiment, experiments)
    own = claims[claims["experiment"] == experiment]
    # the settings of a figure side by side
    own = own.sort_values(["figure", "dataset", "size"], kind="stable").reset_index(drop=True)
    names = [_claim(row, own) for row in own.to_dict("records")]
    ax = row_axes(ax, names, width=6.0, row=1.15 * ROW, least=6, margin=1.6)
    legend: dict[str, Any] = {}
    counts = []
    for verdict, (colour, marker) in _VERDICTS.items():
        rows = own[own["verdict"] == verdict]
        if rows.empty:
            continue
        with_interval = rows[rows["low"].notna()]
        ax.hlines(with_interval.index, with_interval["low"], with_interval["high"], color=colour)
        ax.plot(rows["value"], rows.index, marker, color=colour, markersize=5)
        legend[f"claim {verdict}"] = Line2D([], [], color=colour, marker=marker, markersize=5)
        word = _OF_SEVERAL.get(verdict, verdict) if len(rows) > 1 else verdict
        counts.append(f"{len(rows)} {word}")
    known = own[own["published"].notna()]
    if len(known):
        (legend["published"],) = ax.plot(
            known["published"], known.index, "|", color="black", markersize=10, zorder=4
        )
    ax.axvline(0, color="0.4", linewidth=0.8, zorder=0)
    title = f"{experiment.upper()}: published claims computed again, {', '.join(counts)}"
    unit = "gain in effectiveness" if experiment == "rq1" else "correlation r"
    return finish(ax, title, said_about(figures, about), x=unit, grid="x", legend=legend)


def gain_predictors(
    by_set: pd.DataFrame, *, about: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw R² of each set of features: on each data set left out of the fit, and their median.

    R² below −1 is drawn at the left edge, a median below −1 is not drawn.

    Parameters
    ----------
    by_set : DataFrame
        `GainPredictors.by_set`.
    """
    columns = ("features", "objective", "left_out", "r2")
    source = "chemopt.studies.gain.predictors.gain_predictors(outcome_sets).by_set"
    needs_table("gain_predictors", by_set, columns, source)
    names = list(dict.fromkeys(by_set["features"]))
    row_of = {name: row for row, name in enumerate(names)}
    ax = row_axes(ax, names, row=0.28, margin=1.6)
    known = by_set[by_set["r2"].notna()]
    rows, r2 = known["features"].map(row_of), known["r2"]
    inside, below = r2 >= _LOWEST, r2 < _LOWEST
    legend: dict[str, Any] = {}
    if inside.any():
        legend["a data set left out"] = ax.scatter(
            r2[inside], rows[inside], color=GREY, s=22, zorder=2
        )
    if below.any():
        legend["a data set left out, below −1"] = ax.scatter(
            r2[below].clip(lower=_LOWEST), rows[below], marker="<", color=ORANGE, clip_on=False
        )
    median = known.groupby("features")["r2"].median()
    median = median[median >= _LOWEST]
    if len(median):
        (legend["median"],) = ax.plot(
            median, median.index.map(row_of), "|", color=BLUE, markersize=15, markeredgewidth=3
        )
    ax.set_xlim(min(0.0, float(r2.clip(lower=_LOWEST).min())) - 0.05, 1.02)
    ax.axvline(0, color="0.4", linewidth=0.8, zorder=0)
    sets = counted(int(by_set["left_out"].nunique()), "data set")
    if about is None and not (about := said_about(by_set, None)):
        about = "objective: " + ", ".join(dict.fromkeys(map(str, by_set["objective"])))
    return finish(
        ax, f"What predicts the held-out gain of an ensemble, {sets}", about,
        x="R² on data left out of the fit (0: no better than the mean)", grid="x", legend=legend,
    )  # fmt: skip


def chemistry_trend(
    trend: pd.DataFrame, *, about: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the mean chemistry over the heterogeneity of pools.

    A colour for each shape of pools, a line style for each cost of the empty set.

    Parameters
    ----------
    trend : DataFrame
        `Validation.trend`.
    """
    columns = ("shape", "empty_cost", "heterogeneity", "mean_chemistry")
    source = "chemopt.studies.theory.validate.validate_theory().trend"
    needs_table("chemistry_trend", trend, columns, source)
    ax = new_axes(ax, 8.5, 4.5)
    empty_cost = trend["empty_cost"].fillna(-1)  # NaN is not equal to itself
    legend: dict[str, Any] = {}
    for k, shape in enumerate(dict.fromkeys(trend["shape"])):
        for cost, line in zip(dict.fromkeys(empty_cost), cycle(LINES), strict=False):
            curve = trend[(trend["shape"] == shape) & (empty_cost == cost)]
            empty = "empty set left out" if cost < 0 else f"empty set costs {cost:g}"
            (legend[f"{shape}, {empty}"],) = ax.plot(
                curve["heterogeneity"], curve["mean_chemistry"], color=PALETTE[k % len(PALETTE)],
                marker=MARKERS[k % len(MARKERS)], markersize=9 - 3 * min(k, 2), linestyle=line,
            )  # fmt: skip
    ax.set_ylim(bottom=min(0.0, float(trend["mean_chemistry"].min())))
    ax = finish(
        ax, "Mean chemistry of generated pools over their heterogeneity", said_about(trend, about),
        x="heterogeneity of the pool", y="mean chemistry of a pair", grid="both",
    )  # fmt: skip
    add_legend(ax, legend, title="quality, accuracy")
    return ax


def _claim(row: dict[Any, Any], frame: pd.DataFrame) -> str:
    """Name a claim by data set and size, and by what else differs."""
    parts = [f"{row['dataset']}, {row['size']}"]
    varying = [column for column in ("figure", "setting") if frame[column].nunique() > 1]
    parts += [str(row[column]).removeprefix("r ") for column in varying]
    return ": ".join(parts)
