"""What an ensemble covers on the items, and whether it pays."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from chemopt.reports.case import Case
from chemopt.reports.clock import OutOfTime, Share
from chemopt.reports.parts import Head, LeftOut, Paragraph, Part, Picture, Section, Table
from chemopt.selection.baselines import unproved_named
from chemopt.selection.select import DEFAULT_SIZE, select
from chemopt.selection.selection import Selection
from chemopt.wording import counted

TITLE, WEIGHT = "Coverage, and whether an ensemble pays", 5.0


def make(case: Case, share: Share) -> Section | LeftOut:
    """Select the ensemble that covers most items, with what it is worth held out."""
    outcomes = case.outcomes
    if outcomes is None:
        return LeftOut(TITLE, "it needs outcomes item by item")
    own = case.problem.constraints
    if not (own.size or own.max_size or own.budgets):
        own = replace(own, size=min(DEFAULT_SIZE, len(outcomes.models)))
    run: dict[str, Any] = {"constraints": own, "seed": case.seed, "threads": case.threads}
    held_out = True
    try:
        found = select(outcomes, time_limit=share.part(0.1), progress=share.tick, **run)
    except OutOfTime:
        held_out = False
        found = select(outcomes, shrink=None, repeats=0, method="swap", **run)
    if not found.models:
        return LeftOut(TITLE, found.message)
    parts: list[Part] = []
    if not held_out:
        parts.append(
            Paragraph(
                "Time ran out before the held-out estimate was done, so nothing is said of whether "
                "the ensemble pays; on the items that it was chosen from, it looks too good.",
                "unfinished",
            )
        )
    elif found.verdict is not None:
        parts.append(Paragraph(found.verdict.sentence, "verdict"))
    parts += [Paragraph(text, "warning") for text in found.warnings]
    parts.append(Paragraph(_what(found)))
    held = None
    if held_out and not math.isnan(found.held_out.mean):
        held = (found.held_out.mean, found.held_out.low, found.held_out.high)
    baselines = found.baselines
    shown = unproved_named(baselines)
    shown = shown[[*shown.columns.drop("models"), "models"]]
    parts += [
        Picture(
            "selection",
            "Coverage of the selected ensemble and of what it is compared with.",
            {"baselines": baselines, "held_out": held},
            Table("The ensemble and what it is compared with, on the items at hand",
                  shown.dropna(axis="columns", how="all")),
        ),
        Picture(
            "coverage",
            "What each member covers, and what it adds to those before it.",
            {"models": outcomes.models, "scores": outcomes.scores, "chosen": found.models},
        ),
    ]  # fmt: skip
    headline = (
        found.verdict.sentence
        if held_out and found.verdict is not None
        else f"{', '.join(found.models)} cover {100 * (found.training_value or 0):.2f} % of the "
        "items; whether that holds on others is not known."
    )
    return Section("coverage", TITLE, headline, tuple(parts), held_out, _head(found, len(outcomes)))


def _head(found: Selection, items: int) -> Head:
    """Return what is said first of the ensemble that covers most."""
    assert found.verdict is not None, "there is an ensemble"
    verdict = found.verdict
    share = f"{100 * (found.training_value or 0):.2f} %"
    held_out = not math.isnan(found.held_out.mean)
    return Head(
        f"Most coverage of {counted(items, 'item')}, of {len(found.problem.models)} models",
        found.models,
        verdict.claim,
        verdict.sentence,
        f"On the items that it was chosen from it covers {share} ({verdict.beside})."
        if held_out
        else "",
    )


def _what(found: Selection) -> str:
    proved = "proved optimal" if found.status.value == "optimal" else "not proved optimal"
    text = (
        f"{', '.join(found.models)} ({proved}) cover {100 * (found.training_value or 0):.2f} % of "
        "the items: that is the share that at least one member gets right, so a verifier that "
        "picks the right answer is needed."
    )
    if not math.isnan(found.held_out.mean):
        text += (
            f" On items that they were not chosen from, ensembles chosen like this one cover "
            f"{100 * found.held_out.mean:.2f} %."
        )
    return text
