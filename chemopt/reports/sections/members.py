"""Why these models: what each contributes, and the runner-up."""

from __future__ import annotations

import pandas as pd

from chemopt.analysis.baselines import baselines
from chemopt.analysis.explain import explain
from chemopt.reports.case import Case
from chemopt.reports.clock import Share
from chemopt.reports.parts import LeftOut, Listing, Part, Picture, Section, Table

TITLE, WEIGHT = "Contributions and runner-up", 2.0


def make(case: Case, share: Share) -> Section | LeftOut:
    """Show what each model contributes, the next best ensemble, and simple choices beside it."""
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
        Listing("Explanation", text),
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
        shown = beside[[*beside.columns.drop("models"), "models"]]
        parts.append(Table("Beside simple choices of the same size", _told(shown)))
    other = next(line.strip() for line in text.splitlines()[::-1] if _is_next(line))
    return Section("members", TITLE, f"{other[:1].upper()}{other[1:]}.", tuple(parts))


def _told(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.dropna(axis="columns", how="all")


def _is_next(line: str) -> bool:
    begin = ("runner-up", "best other", "no other", "chosen by the profiles")
    return line.strip().startswith(begin)
