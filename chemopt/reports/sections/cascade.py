"""In which order to ask models until one is right: what that costs and covers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from chemopt.errors import InputError
from chemopt.reports.case import Case
from chemopt.reports.clock import OutOfTime, Share
from chemopt.reports.parts import LeftOut, Paragraph, Part, Picture, Section, Table
from chemopt.selection.cascade.result import Cascade
from chemopt.selection.cascade.run import cascade

TITLE, WEIGHT = "Cascades", 3.0


def make(case: Case, share: Share) -> Section | LeftOut:
    """Find the cascade that costs least for the coverage of the best model, and the front."""
    outcomes = case.outcomes
    if outcomes is None:
        return LeftOut(TITLE, "they need outcomes item by item")
    if case.prices is None and outcomes.cost is None:
        return LeftOut(
            TITLE, "nothing says what answers cost: give a column 'cost' of the outcomes, or an "
            "attribute 'price' of the models"
        )  # fmt: skip
    if not outcomes.binary:
        return LeftOut(TITLE, "they need outcomes that are right or wrong")
    own = case.problem.constraints
    options: dict[str, Any] = {
        "constraints": replace(own.of_size(None), max_size=own.size or own.max_size),
        "seed": case.seed, "threads": case.threads, "time_limit": share.part(0.1),
    }  # fmt: skip
    prices = None if case.prices is None or outcomes.cost is not None else case.prices
    held_out = True
    try:
        found = cascade(outcomes, prices, progress=share.tick, **options)
    except OutOfTime:
        held_out = False
        found = cascade(outcomes, prices, repeats=0, **{**options, "time_limit": 5.0})
    except InputError as error:
        return LeftOut(TITLE, str(error))
    if not found.order:
        return LeftOut(TITLE, found.message)
    parts: list[Part] = [Paragraph(text, "warning") for text in found.warnings]
    if not held_out:
        parts.append(Paragraph("Time ran out before the held-out estimate was done.", "unfinished"))
    parts.append(Paragraph(_what(found)))
    front = found.front.rename(columns={"order": "models"})
    parts += [
        Picture(
            "cascade_front",
            "Coverage over expected cost: the front, the cascade, and what it is compared with.",
            {"front": found.front, "baselines": found.baselines,
             "held_out": found.held_out if held_out else None},
            Table("The front", front[["expected_cost", "coverage", "proved", "models"]],
                  {"coverage": "%"}, folded=True),
        ),
        Table("Stage by stage", found.stages, {"reach": "%", "coverage": "%"}),
        Table(
            "Compared with", found.baselines.rename(columns={"order": "models"})[
                ["name", "expected_cost", "coverage", "models"]], {"coverage": "%"}
        ),
    ]  # fmt: skip
    headline = (
        f"{' → '.join(found.order)} covers {100 * (found.coverage or 0):.2f} % for "
        f"{found.expected_cost:.4g} an item."
    )
    return Section("cascade", TITLE, headline, tuple(parts), held_out)


def _what(found: Cascade) -> str:
    proved = "proved optimal" if found.status.value == "optimal" else "not proved optimal"
    text = (
        f"Asking {' → '.join(found.order)} ({proved}) until one is right costs "
        f"{found.expected_cost:.6g} an item and covers {100 * (found.coverage or 0):.2f} %, at "
        f"least as much as the best model alone ({100 * (found.target or 0):.2f} %). A verifier "
        "that recognises right answers is needed."
    )
    cost, covered = found.held_out_interval("cost"), found.held_out_interval("coverage")
    if not math.isnan(cost.mean):
        text += f" Held out it costs {cost.mean:.6g} and covers {100 * covered.mean:.2f} %."
    return text
