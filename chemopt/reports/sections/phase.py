"""The phase diagram with its sliders, and where hill climbing misses the optimum."""

from __future__ import annotations

from typing import Any

import pandas as pd

from chemopt.analysis.phase.compute import phase_diagram
from chemopt.analysis.phase.diagram import PhaseDiagram
from chemopt.analysis.phase.envelope import ROUNDING
from chemopt.analysis.phase.regret import regret_map, regret_text
from chemopt.reports.case import Case
from chemopt.reports.clock import OutOfTime, Share
from chemopt.reports.parts import Paragraph, Part, PhaseExplorer, Picture, Section, Table
from chemopt.wording import counted

TITLE, WEIGHT = "Which ensemble for which α and β", 6.0
# Of its time, what the diagram takes; the rest is for the regret map.
_DIAGRAM = 0.7
# Values of α and of β of the regret map.
_RESOLUTION = 11


def make(case: Case, share: Share) -> Section:
    """Divide the plane of α and β among ensembles, and run the hill climber over it."""
    diagram = phase_diagram(
        case.problem, case.beta_max, method=case.method, time_limit=share.part(_DIAGRAM),
        progress=share.tick if share.remaining is None else None, seed=case.seed,
        threads=case.threads,
    )  # fmt: skip
    regions = diagram.regions
    proved = int(regions["proved"].sum())
    parts: list[Part] = [
        Paragraph(
            "α weighs chemistry between chosen and other models (inter) against chemistry among "
            "the chosen (intra), β is the penalty of each model. The plane falls into polygons, "
            "and in each of them one ensemble has the least loss."
        )
    ]
    if not diagram.proved:
        parts.append(
            Paragraph(
                f"Time ran out: {_all(proved, regions)}. Hatched ones may hold better ensembles.",
                "unfinished",
            )
        )
    listed = regions[["area", "size", "inter", "intra", "proved", "models"]]
    table = Table(
        "Regions, largest ensembles first; area is the share of the plane", listed,
        {"area": "%"}, folded=True,
    )  # fmt: skip
    picture = Picture(
        "phase",
        f"The plane of α and β in {counted(len(regions), 'region')}, coloured by number of models.",
        {"regions": regions, "beta_max": diagram.beta_max, "about": ""},
        table,
    )
    parts.append(PhaseExplorer(picture, explorer_data(case, diagram)))
    finished = diagram.proved
    try:
        regret = regret_map(
            case.problem, diagram, resolution=_RESOLUTION, corners=False, progress=share.tick,
            seed=case.seed,
        )  # fmt: skip
    except OutOfTime:
        finished = False
        parts.append(Paragraph("Time ran out before hill climbing over the plane was done.",
                               "unfinished"))  # fmt: skip
    else:
        parts += _regret_parts(regret, regions)
    headline = f"{counted(len(regions), 'ensemble')} can be the best one; {_all(proved, regions)}."
    return Section("phase", TITLE, headline, tuple(parts), finished)


def explorer_data(case: Case, diagram: PhaseDiagram) -> dict[str, Any]:
    """Return what `PhaseDiagram.at`, `loss_at` and `proved_at` follow from, for the sliders.

    `models` is the pool; `regions` have the numbers of their models in it, `inter`, `intra`, what
    they lack to M_inter and M_intra, `proved` and the `rank` by which ties are broken (fewest
    models, then names). The loss at a point is α lacking_inter + (1 − α) lacking_intra + β · size,
    and losses within `rounding` of the terms of the least are equal to it.
    """
    regions = diagram.regions
    number = {name: k for k, name in enumerate(case.problem.models)}
    ranked = sorted(range(len(regions)),
                    key=lambda k: (regions["size"].iloc[k], regions["models"].iloc[k]))  # fmt: skip
    rank = {k: r for r, k in enumerate(ranked)}
    return {
        "models": list(case.problem.models),
        "alpha": case.problem.alpha,
        "beta": min(case.problem.beta, diagram.beta_max),
        "beta_max": diagram.beta_max,
        "rounding": ROUNDING,
        "regions": [
            {
                "models": [number[name] for name in row["models"]],
                "inter": float(row["inter"]),
                "intra": float(row["intra"]),
                "lacking_inter": float(row["lacking_inter"]),
                "lacking_intra": float(row["lacking_intra"]),
                "proved": bool(row["proved"]),
                "rank": rank[k],
            }
            for k, row in enumerate(regions.to_dict("records"))
        ],
    }


def _regret_parts(regret: pd.DataFrame, regions: pd.DataFrame) -> list[Part]:
    columns = ["alpha", "beta", "regret", "loss", "optimum", "proved", "models"]
    missed = regret.loc[regret["regret"] > 0, columns]
    table = Table("Points where hill climbing misses", missed, {"regret": "%"}, folded=True)
    text = Paragraph("Hill climbing " + regret_text(regret).replace("\n", "; ") + ".")
    if regret["regret"].isna().all():
        return [text]
    return [
        text,
        Picture(
            "regret",
            "By how much hill climbing misses the least loss over the plane.",
            {"frame": regret, "regions": regions, "method": "hill-climb", "about": ""},
            table if len(missed) else None,
        ),
    ]


def _all(proved: int, regions: pd.DataFrame) -> str:
    if proved == len(regions):
        return "all regions are proved"
    return f"{proved} of {len(regions)} regions are proved"
