"""The result of a replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from chemopt.frames import frame_text
from chemopt.numerics import SUM_TOLERANCE
from chemopt.studies.diversity.complementarity import Convention
from chemopt.studies.replicate.bootstrap import LEVEL, Unit
from chemopt.studies.replicate.published import DIGITS, SOURCE
from chemopt.studies.replicate.report import (
    RULE,
    SURVIVAL,
    TITLES,
    UNITS_TEXT,
    comparison,
    corrections,
)
from chemopt.studies.replicate.settings import CORRECTIONS
from chemopt.studies.replicate.verdicts import FAILS, HOLDS, INCONCLUSIVE, VERDICTS

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes


@dataclass(frozen=True, eq=False)
class Replication:
    """Published figures next to the recomputed ones.

    Attributes
    ----------
    figures : DataFrame
        A row for each figure: `experiment`, `dataset`, `size` (nominal: 3, 5, 10), `setting`,
        `figure`; `published` (NaN when undefined or not published), `value`, `difference` (value −
        published; a constant side counts as the 0 that RQ3 publishes for it); `low`, `high`, the
        ends of the bootstrap interval; `ones`, the figure with a table of ones, and `excess_low`,
        `excess_high`, the interval of value − ones, NaN where there is none; `claim` (positive,
        negative, none) and `verdict` (holds, does not hold, inconclusive), None for figures that
        make no claim of their own; `reason`, why a value or interval is missing, else None.
    files : DataFrame
        `dataset`, `file`, `rows`, `trials`, `complexity` of the histories.
    convention : str
    unit : str
        The unit of resampling.
    resamples, seed : int
    """

    figures: pd.DataFrame
    files: pd.DataFrame
    convention: Convention
    unit: Unit
    resamples: int
    seed: int

    @property
    def verdicts(self) -> pd.DataFrame:
        """The number of claims by verdict, for each experiment and setting."""
        claims = self.figures.dropna(subset=["verdict"])
        keys = ["experiment", "setting"]
        counts = claims.groupby([*keys, "verdict"], sort=False).size().unstack(fill_value=0)
        counts = counts.reindex(columns=list(VERDICTS), fill_value=0)
        order = pd.MultiIndex.from_frame(claims[keys].drop_duplicates())
        return counts.reindex(order).rename_axis(columns=None).reset_index()

    @property
    def survival(self) -> pd.DataFrame:
        """Which claims hold under the reference and under all corrections.

        A row for each claim: `experiment`, `dataset`, `size`, `figure`, `claim`, its verdicts under
        the settings `reference`, `all, mean` and `all, shrunk`, and `survives`: "yes" if it holds
        under all three, "no" if it does not under any of them, else "inconclusive". Empty for the
        convention ``"reference"``.
        """
        keys = ["experiment", "dataset", "size", "figure", "claim"]
        ends = [
            "reference",
            *(setting.name for setting in CORRECTIONS if setting.name.startswith("all")),
        ]
        claims = self.figures[self.figures["claim"].notna()]
        wide = claims.pivot(index=keys, columns="setting", values="verdict")
        wide = wide.reindex(columns=ends).dropna()
        order = pd.MultiIndex.from_frame(claims[keys].drop_duplicates())
        wide = wide.reindex(order[order.isin(wide.index)]).rename_axis(columns=None)
        holds, fails = (wide == HOLDS).all(axis=1), (wide == FAILS).any(axis=1)
        wide["survives"] = [
            "yes" if yes else "no" if no else INCONCLUSIVE
            for yes, no in zip(holds, fails, strict=True)
        ]
        return wide.reset_index()

    @property
    def compared(self) -> pd.DataFrame:
        """The figures of the reference setting that are published, undefined ones included."""
        own = self.figures["setting"] == "reference"
        return self.figures[own & self.figures["figure"].isin(list(DIGITS))]

    @property
    def deviating(self) -> pd.DataFrame:
        """The figures of the reference setting that differ from the published digits."""
        own = self.compared
        half = 0.5 * 10.0 ** -own["figure"].map(DIGITS)
        # A value halfway between two published figures may be rounded to either.
        off = (own["difference"].abs() > half + SUM_TOLERANCE) | (
            own["published"].isna() != own["difference"].isna()
        )
        return own[off]

    def summary(self) -> str:
        """Return a summary of a few lines."""
        compared, deviating = len(self.compared), len(self.deviating)
        lines = [
            f"{compared - deviating} of {compared} published figures are reproduced to the digits "
            "given."
        ]
        for record in self.verdicts.to_dict("records"):
            counts = ", ".join(f"{record[word]} {word}" for word in VERDICTS)
            lines.append(f"{record['experiment']}, {record['setting']}: {counts}")
        return "\n".join(lines)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        experiment: str | None = None,
        about: str | None = None,
    ) -> Axes:
        """Draw figures with their intervals next to the published ones.

        Parameters
        ----------
        ax : Axes, optional
        experiment : str, optional
            Which one; the first if not given.
        about : str, optional
            The second line of the title; convention and intervals if not given.
        """
        from chemopt.plots.research import replication

        if about is None:
            about = (
                f"convention: {self.convention}; {LEVEL:.0%} intervals over "
                f"{UNITS_TEXT[self.unit]}, {self.resamples} draws"
            )
        return replication(self.figures, experiment, about=about, ax=ax)

    def __str__(self) -> str:
        """Return the whole report as text."""
        parts = [f"Data: {SOURCE}", frame_text(self.files)]
        table = comparison if self.convention == "reference" else corrections
        for experiment, own in self.figures.groupby("experiment", sort=False):
            parts += [TITLES[str(experiment)], frame_text(table(own))]
        parts.append(
            f"Intervals: {LEVEL:.0%} percentile bootstrap over {UNITS_TEXT[self.unit]}, "
            f"{self.resamples} draws, seed {self.seed}.\n{RULE}"
        )
        if self.convention == "corrected":
            parts += [SURVIVAL, frame_text(self.survival)]
        parts.append(self.summary())
        return "\n\n".join(parts)
