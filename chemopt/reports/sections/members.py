"""Why these models: what each contributes, and the runner-up."""

from __future__ import annotations

import pandas as pd

from chemopt.analysis.baselines import baselines
from chemopt.analysis.explain import Explanation, explain
from chemopt.methods.outcome import Status
from chemopt.reports.case import Case
from chemopt.reports.clock import Share
from chemopt.reports.parts import LeftOut, Listing, Part, Picture, Section, Table
from chemopt.selection.baselines import unproved_named
from chemopt.wording import counted

TITLE, WEIGHT = "Contributions and runner-up", 2.0
# Members up to which the explanation is shown at once.
_LINES = 15


def make(case: Case, share: Share) -> Section | LeftOut:
    """Show what each model contributes, the next best ensemble, and simple choices next to it."""
    answer = case.answer
    if answer is None or answer.terms is None:
        return LeftOut(TITLE, "there is no ensemble")
    why = explain(answer, time_limit=share.remaining)
    text = why.summary()
    columns = ["model", "chosen", "contribution", "inter_term", "intra_term", "size_term",
               "allowed"]  # fmt: skip
    frame = why.contributions.sort_values(
        ["chosen", "contribution", "model"], ascending=[False, True, True], kind="stable"
    )
    parts: list[Part] = [
        Listing("Explanation", text, folded=len(answer.models) > _LINES),
        Picture(
            "contributions",
            "What each model does to the loss: bars to the left lower it.",
            {"frame": why.contributions},
            Table(
                "Contribution to the loss of each model; chosen models first", frame[columns],
                folded=True,
            ),
        ),
    ]  # fmt: skip
    beside = baselines(case.problem, answer.models)
    if len(beside):
        shown = unproved_named(beside)
        shown = shown[[*shown.columns.drop("models"), "models"]]
        parts.append(Table("Beside simple choices of the same size", _told(shown)))
    return Section("members", TITLE, _headline(why), tuple(parts))


def _headline(why: Explanation) -> str:
    answer, other = why.recommendation, why.runner_up
    if other is None:
        return "The profiles alone decided, since no pair of models has chemistry."
    if other.status is Status.INFEASIBLE:
        return "No other ensemble meets the constraints."
    if other.loss is None or answer.loss is None:
        return f"No other ensemble was found: {other.message}"
    proved = answer.status is Status.OPTIMAL and other.status is Status.OPTIMAL
    what = "runner-up" if proved else "best other ensemble found"
    shared = len(set(answer.models) & set(other.models))
    return (
        f"The {what} has {counted(len(other.models), 'model')}, {shared} of them among those "
        f"recommended, and a loss that is larger by {other.loss - answer.loss:.4g}."
    )


def _told(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.dropna(axis="columns", how="all")
