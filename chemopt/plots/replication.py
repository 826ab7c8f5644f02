"""Replications: recomputed figures with their intervals, beside the published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.plots.canvas import (
    BLUE,
    GREY,
    RED,
    ROW,
    add_legend,
    add_title,
    name_rows,
    needs_columns,
    needs_rows,
    new_axes,
    said_about,
    text_width,
)
from chemopt.validation import choice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = ("experiment", "dataset", "size", "setting", "figure", "published", "value", "low",
            "high", "claim", "verdict")  # fmt: skip
_STYLES = {"holds": (BLUE, "o"), "does not hold": (RED, "X"), "inconclusive": (GREY, "s")}
_WORDS = {"holds": "hold", "does not hold": "do not hold"}  # of several


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
    about : str, optional
        The second line of the title.
    ax : Axes, optional

    Raises
    ------
    InputError
        There is no such experiment in the figures, or none of its figures makes a claim.
    """
    from matplotlib.lines import Line2D

    needs_columns("replication", figures, _COLUMNS, "chemopt.studies.replicate.replicate(folder)")
    claims = figures[figures["verdict"].notna()]
    needs_rows("replication", claims)
    experiments = list(dict.fromkeys(map(str, claims["experiment"])))
    if experiment is None:
        experiment = experiments[0]
    choice("experiment", experiment, experiments)
    own = claims[claims["experiment"] == experiment]
    # the settings of a figure side by side
    own = own.sort_values(["figure", "dataset", "size"], kind="stable").reset_index(drop=True)
    names = [_name(row, own) for row in own.to_dict("records")]
    ax = new_axes(ax, 6.0 + text_width(names), 1.6 + ROW * 1.15 * max(len(own), 6))
    handles: list[Any] = []
    labels = []
    for verdict, (colour, marker) in _STYLES.items():
        rows = own[own["verdict"] == verdict]
        if rows.empty:
            continue
        with_interval = rows[rows["low"].notna()]
        ax.hlines(with_interval.index, with_interval["low"], with_interval["high"], color=colour)
        ax.plot(rows["value"], rows.index, marker, color=colour, markersize=5)
        handles.append(Line2D([], [], color=colour, marker=marker, markersize=5))
        labels.append(f"claim {verdict}")
    known = own[own["published"].notna()]
    if len(known):
        handles += ax.plot(
            known["published"], known.index, "|", color="black", markersize=10, zorder=4
        )
        labels.append("published")
    name_rows(ax, names)
    ax.axvline(0, color="0.4", linewidth=0.8, zorder=0)
    ax.set_xlabel("gain in effectiveness" if experiment == "rq1" else "correlation r")
    ax.grid(axis="x", alpha=0.3)
    add_legend(ax, handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    counts = ", ".join(
        f"{count} {_WORDS.get(verdict, verdict) if count > 1 else verdict}"
        for verdict in _STYLES
        if (count := int((own["verdict"] == verdict).sum()))
    )
    title = f"{experiment.upper()}: published claims computed again, {counts}"
    add_title(ax, title, said_about(figures, about))
    return ax


def _name(row: dict[Any, Any], frame: pd.DataFrame) -> str:
    """Name a row by data set and size, and by what else differs."""
    parts = [f"{row['dataset']}, {row['size']}"]
    varying = [column for column in ("figure", "setting") if frame[column].nunique() > 1]
    parts += [str(row[column]).removeprefix("r ") for column in varying]
    return ": ".join(parts)
