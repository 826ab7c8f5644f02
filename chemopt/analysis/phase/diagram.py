"""The phase diagram as data: regions with their ensembles, and JSON of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemopt.analysis.phase.envelope import ROUNDING
from chemopt.errors import InputError
from chemopt.frames import frame_records, frame_text, to_json
from chemopt.numerics import Floats
from chemopt.validation import number
from chemopt.wording import counted

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes

Bools = npt.NDArray[np.bool_]

FORMAT, SCHEMA_VERSION = "chemopt-phase-diagram", 1
REGION_COLUMNS = (
    "models", "size", "inter", "intra", "lacking_inter", "lacking_intra", "ensembles", "area",
    "proved", "vertices",
)  # fmt: skip
VERTEX_COLUMNS = ("alpha", "beta", "proved")
_SINGLE = ("beta_max", "m_inter", "m_inter_value", "m_intra_value", "method", "solves", "runtime")


@dataclass(frozen=True, eq=False)
class PhaseDiagram:
    """The best ensembles over the plane of α and β.

    Attributes
    ----------
    regions : DataFrame
        A row for each polygon, largest ensembles first, then by α: `models`; `size`, `inter`,
        `intra`; `lacking_inter`, `lacking_intra`, what they lack to M_inter and M_intra;
        `ensembles`, how many have this size, inter and intra (up to rounding; None where
        that is not known), of which `models` is named as `recommend` breaks ties; `area`, its
        share of the plane; `proved`, whether it is that nothing is better in it; `vertices`, a
        tuple of (α, β), counter-clockwise.
    vertices : DataFrame
        A row for each vertex: `alpha`, `beta`, `proved`.
    beta_max : float
        The plane is [0, 1] × [0, `beta_max`].
    m_inter : str
        The convention for M_inter.
    m_inter_value, m_intra_value : float
        The constants of the loss.
    method : str
        ``"enumeration"``, or the method that solved at the vertices.
    solves : int
        How often it did.
    runtime : float
        Seconds of building and solving, without imports.
    """

    regions: pd.DataFrame
    vertices: pd.DataFrame
    beta_max: float
    m_inter: str
    m_inter_value: float
    m_intra_value: float
    method: str
    solves: int
    runtime: float

    @property
    def proved(self) -> bool:
        """Whether all regions are."""
        return bool(self.regions["proved"].all())

    def at(self, alpha: float, beta: float) -> tuple[str, ...]:
        """Return the best ensemble; on a border the one with the fewest models, then by names.

        Raises
        ------
        InputError
            The point is outside the diagram.
        """
        _, near = self._losses(alpha, beta)
        tied = self.regions.loc[near, ["size", "models"]]
        models: tuple[str, ...] = min(zip(tied["size"], tied["models"], strict=True))[1]
        return models

    def loss_at(self, alpha: float, beta: float) -> float:
        """Return the least loss at a point.

        Raises
        ------
        InputError
            The point is outside the diagram.
        """
        return float(self._losses(alpha, beta)[0].min())

    def proved_at(self, alpha: float, beta: float) -> bool:
        """Return whether the least loss at a point is proved: that of a region that it is in.

        Raises
        ------
        InputError
            The point is outside the diagram.
        """
        _, near = self._losses(alpha, beta)
        return bool(self.regions.loc[near, "proved"].any())

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data, which `from_dict` reads."""
        return {
            "format": FORMAT,
            "schema_version": SCHEMA_VERSION,
            **{name: getattr(self, name) for name in _SINGLE},
            "proved": self.proved,
            "regions": [
                {**row, "models": list(row["models"]), "vertices": list(map(list, row["vertices"]))}
                for row in frame_records(self.regions)
            ],
            "vertices": frame_records(self.vertices),
        }

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return to_json(self.to_dict())

    @classmethod
    def from_dict(cls, data: Any) -> PhaseDiagram:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            The data is not in the form of this format and version.
        """
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise InputError(f'not a phase diagram: an object with "format": "{FORMAT}" is needed')
        if (version := data.get("schema_version")) != SCHEMA_VERSION:
            raise InputError(
                f"schema_version is {version!r}; this version of chemopt reads {SCHEMA_VERSION}"
            )
        try:
            rows = [
                {
                    **{name: row[name] for name in REGION_COLUMNS},
                    "models": tuple(map(str, row["models"])),
                    "vertices": tuple((float(a), float(b)) for a, b in row["vertices"]),
                }
                for row in data["regions"]
            ]
            corners = [[row[name] for name in VERTEX_COLUMNS] for row in data["vertices"]]
            single = {name: data[name] for name in _SINGLE}
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"not a phase diagram: {error!r}") from error
        if not rows:
            raise InputError("not a phase diagram: it has no regions")
        return cls(
            regions=regions_frame(rows),
            vertices=pd.DataFrame(corners, columns=list(VERTEX_COLUMNS)),
            **single,
        )

    @classmethod
    def from_json(cls, text: str) -> PhaseDiagram:
        """Read what `to_json` wrote.

        Raises
        ------
        InputError
            It is not JSON, or not of this format and version.
        """
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise InputError(f"not JSON at line {error.lineno}: {error.msg}") from None
        except RecursionError:
            raise InputError("not of this format: the JSON is nested too deeply") from None
        return cls.from_dict(data)

    def summary(self) -> str:
        """Return a text for reading: how many regions, what is proved, and the regions."""
        regions = self.regions
        proved = int(regions["proved"].sum())
        by = f"{counted(self.solves, 'solve')} by {self.method}" if self.solves else self.method
        lines = [
            f"alpha from 0 to 1, beta from 0 to {self.beta_max:g}: "
            f"{counted(len(regions), 'region')}, {proved} proved ({by})",
            "",
            frame_text(_shown(regions), {"area": "{:.2f} %", "inter": "{:.6f}", "intra": "{:.6f}"}),
        ]
        return "\n".join(lines)

    def plot(
        self, ax: Axes | None = None, *, regret: pd.DataFrame | None = None,
        about: str | None = None,
    ) -> Axes:  # fmt: skip
        """Draw the regions, or a regret map with their borders.

        Parameters
        ----------
        ax : Axes, optional
        regret : DataFrame, optional
            From `chemopt.analysis.phase.regret.regret_map`: `chemopt.plots.regret` is drawn of it,
            else `chemopt.plots.phase`.
        about : str, optional
            The second line of the title; the problem if not given.
        """
        from chemopt.plots.plane import phase as draw_phase
        from chemopt.plots.plane import regret as draw_regret

        if about is None:
            about = str(self.regions.attrs.get("about", f"M_inter: {self.m_inter}"))
        if regret is not None:
            return draw_regret(regret, self.regions, about=about, ax=ax)
        return draw_phase(self.regions, self.beta_max, about=about, ax=ax)

    def __str__(self) -> str:
        """Return `summary`."""
        return self.summary()

    def __repr__(self) -> str:
        """Return a line: regions, what is proved, and by what."""
        return (
            f"PhaseDiagram(regions={len(self.regions)}, beta_max={self.beta_max!r}, "
            f"proved={self.proved}, method={self.method!r}, solves={self.solves})"
        )

    def _losses(self, alpha: float, beta: float) -> tuple[Floats, Bools]:
        """Return the loss of each region's ensemble at a point, and which are the least one.

        Those that only rounding tells from the least one count as equal to it.
        """
        alpha = number("alpha", alpha, 0, 1)
        beta = number("beta", beta, 0, self.beta_max)
        lacking = self.regions[["lacking_inter", "lacking_intra", "size"]].to_numpy(dtype=float)
        terms = lacking * (alpha, 1 - alpha, beta)
        losses = terms.sum(axis=1)
        least = int(losses.argmin())
        near = losses <= losses[least] + ROUNDING * np.abs(terms[least]).sum()
        return losses, near


def regions_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return regions as a table, largest ensembles first, then by their smallest α."""
    ordered = sorted(rows, key=lambda row: (-row["size"], min(row["vertices"]), row["models"]))
    frame = pd.DataFrame(ordered, columns=list(REGION_COLUMNS))
    # None stays None, whatever the version of pandas
    frame["ensembles"] = pd.Series([row["ensembles"] for row in ordered], dtype=object)
    return frame


def _shown(regions: pd.DataFrame) -> pd.DataFrame:
    """Return the columns for reading, names last."""
    shown = regions[["area", "size", "inter", "intra", "ensembles", "proved"]].assign(
        area=100 * regions["area"], models=[", ".join(m) or "-" for m in regions["models"]]
    )
    return shown.drop(columns="ensembles") if regions["ensembles"].isna().all() else shown
