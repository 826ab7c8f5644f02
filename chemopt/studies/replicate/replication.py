"""The result of a replication."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from chemopt.studies.replicate.published import DIGITS
from chemopt.studies.replicate.report import replication_text
from chemopt.studies.replicate.settings import MENDED
from chemopt.studies.replicate.verdicts import FAILS, HOLDS, UNKNOWN, VERDICTS


@dataclass(frozen=True, eq=False)
class Replication:
    """Published figures beside those computed again.

    Attributes
    ----------
    figures : DataFrame
        A row for each figure: `experiment`, `dataset`, `size` (nominal: 3, 5, 10), `setting`,
        `figure`; `published` (NaN when undefined or not published), `value`, `difference` (value −
        published); `low`, `high`, the ends of the bootstrap interval; `claim` (positive, negative,
        none) and `verdict` (holds, does not hold, cannot be told), None for figures that make no
        claim of their own; `reason`, why a value or interval is missing, else None.
    files : DataFrame
        `dataset`, `file`, `rows`, `trials`, `complexity` of the histories.
    convention : str
    unit : str
        What the bootstrap drew.
    resamples, seed : int
    """

    figures: pd.DataFrame
    files: pd.DataFrame
    convention: str
    unit: str
    resamples: int
    seed: int

    @property
    def verdicts(self) -> pd.DataFrame:
        """How many claims hold, do not, and cannot be told, for each experiment and setting."""
        claims = self.figures.dropna(subset=["verdict"])
        keys = ["experiment", "setting"]
        counts = claims.groupby([*keys, "verdict"], sort=False).size().unstack(fill_value=0)
        counts = counts.reindex(columns=list(VERDICTS), fill_value=0)
        order = pd.MultiIndex.from_frame(claims[keys].drop_duplicates())
        return counts.reindex(order).rename_axis(columns=None).reset_index()

    @property
    def survival(self) -> pd.DataFrame:
        """Which claims survive.

        A row for each claim: `experiment`, `dataset`, `size`, `figure`, `claim`, its verdicts under
        the settings `reference`, `all, mean` and `all, shrunk`, and `survives`: yes if it holds
        under all three, no if it does not under any, else cannot be told. Empty for the
        convention ``"reference"``.
        """
        keys = ["experiment", "dataset", "size", "figure", "claim"]
        ends = [
            "reference",
            *(setting.name for setting in MENDED if setting.name.startswith("all")),
        ]
        claims = self.figures[self.figures["claim"].notna()]
        wide = claims.pivot(index=keys, columns="setting", values="verdict")
        wide = wide.reindex(columns=ends).dropna()
        order = pd.MultiIndex.from_frame(claims[keys].drop_duplicates())
        wide = wide.reindex(order[order.isin(wide.index)]).rename_axis(columns=None)
        holds, fails = (wide == HOLDS).all(axis=1), (wide == FAILS).any(axis=1)
        wide["survives"] = [
            "yes" if yes else "no" if no else UNKNOWN for yes, no in zip(holds, fails, strict=True)
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
        # 1e-9: a figure that ends in 5 may be rounded either way
        off = (own["difference"].abs() > half + 1e-9) | (
            own["published"].isna() != own["value"].isna()
        )
        return own[off]

    def summary(self) -> str:
        """Say in a few lines what came out."""
        compared, deviating = len(self.compared), len(self.deviating)
        lines = [
            f"{compared - deviating} of {compared} published figures are reproduced to the digits "
            "given."
        ]
        for record in self.verdicts.to_dict("records"):
            counts = ", ".join(f"{record[word]} {word}" for word in VERDICTS)
            lines.append(f"{record['experiment']}, {record['setting']}: {counts}")
        return "\n".join(lines)

    def __str__(self) -> str:
        """Return the whole report as text."""
        return replication_text(self)
