"""What a section is made of: sentences, tables, pictures and what a reader can move.

All of it is data; `chemopt.reports.page` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

Tone = Literal["plain", "warning", "verdict", "unfinished"]


@dataclass(frozen=True)
class Paragraph:
    """A sentence or two.

    Attributes
    ----------
    text : str
    tone : {"plain", "warning", "verdict", "unfinished"}
        ``"unfinished"`` says that time ran out.
    """

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, eq=False)
class Table:
    """A table.

    Attributes
    ----------
    caption : str
    frame : DataFrame
        Cells with tuples are names separated by commas.
    formats : mapping
        How columns are written, as ``{"loss": "{:.6f}"}``; other numbers have four digits.
    folded : bool
        Whether it is shown only when a reader opens it.
    """

    caption: str
    frame: pd.DataFrame
    formats: Mapping[str, str] = field(default_factory=dict)
    folded: bool = False


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of `chemopt.plots`, and its data as a table for those who cannot see it.

    Attributes
    ----------
    kind : str
        A function of `chemopt.plots`.
    description : str
        What is to be seen, in a sentence.
    data : mapping
        Its arguments.
    table : Table or None
    """

    kind: str
    description: str
    data: Mapping[str, Any]
    table: Table | None = None


@dataclass(frozen=True, eq=False)
class PhaseExplorer:
    """A phase diagram with a slider for α and one for β.

    Attributes
    ----------
    picture : Picture
    data : mapping
        What the answer at a point follows from; see `chemopt.reports.sections.phase`.
    """

    picture: Picture
    data: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class ClimbPlayer:
    """The climbs of a hill climber, step by step, next to the optimum.

    Attributes
    ----------
    data : mapping
        See `chemopt.reports.sections.heuristic`.
    table : Table
        The same for those who print.
    """

    data: Mapping[str, Any]
    table: Table


@dataclass(frozen=True, eq=False)
class Listing:
    """Lines of text that are shown as they are; `folded` as for `Table`."""

    caption: str
    text: str
    folded: bool = False


Part = Paragraph | Table | Picture | PhaseExplorer | ClimbPlayer | Listing


@dataclass(frozen=True)
class Head:
    """What is read first: an ensemble, what is optimal, what that is worth, whether to use it.

    Attributes
    ----------
    lead : str
        How the ensemble was chosen.
    models : tuple of str
        Empty where there is none.
    claim : str
        An objective and a status.
    verdict : str
        A sentence; "" where there is no ensemble.
    beside : str
        What the ensemble and its baselines are worth on the items; "" where the verdict says it.
    message : str
        Why there is no ensemble, or how a fallback came about.
    """

    lead: str
    models: tuple[str, ...]
    claim: str
    verdict: str = ""
    beside: str = ""
    message: str = ""


@dataclass(frozen=True, eq=False)
class Section:
    """A section of a report.

    Attributes
    ----------
    key : str
        Its name in addresses and options.
    title : str
    headline : str
        What it found, in a sentence, for the head of the report.
    parts : tuple
    finished : bool
        Whether there was time for all of it.
    head : Head or None
        What the report begins with, if this is the section that answers its question.
    """

    key: str
    title: str
    headline: str
    parts: tuple[Part, ...] = ()
    finished: bool = True
    head: Head | None = None


@dataclass(frozen=True)
class LeftOut:
    """A section that cannot be made of the data, and why."""

    title: str
    reason: str
