"""How the recommendation changes when trials or items are resampled."""

from __future__ import annotations

from chemopt.analysis.stability import stability
from chemopt.errors import UnansweredError
from chemopt.reports.case import Case
from chemopt.reports.clock import OutOfTime, Share
from chemopt.reports.parts import LeftOut, Paragraph, Picture, Section, Table

TITLE, WEIGHT = "Stability", 3.0
_RESAMPLES = 50
# Of its time: so that it ends with what it has.
_PART = 0.95


def make(case: Case, share: Share) -> Section | LeftOut:
    """Recommend from resampled data, and count which models are chosen."""
    if case.history is None:
        return LeftOut(TITLE, "an instance has no trials that could be resampled")
    done = 0

    def count(now: int, total: int) -> None:
        nonlocal done
        done = now
        share.tick(now, total)

    try:
        found = stability(
            case.history, case.task, resamples=_RESAMPLES, seed=case.seed,
            profile_options=case.profile_options, chemistry_options=case.chemistry_options,
            problem_options=case.problem_options, method=case.method, progress=count,
            time_limit=share.part(_PART), threads=case.threads,
        )  # fmt: skip
    except (OutOfTime, UnansweredError):
        text = f"Time ran out after {done} of {_RESAMPLES} resamples."
        return Section("stability", TITLE, text, (Paragraph(text, "unfinished"),), False)
    made = len(found.resamples)
    summary = found.summary()
    same = float((found.resamples["jaccard"] == 1).mean())
    return Section(
        "stability",
        TITLE,
        f"The same ensemble comes out of {same:.0%} of {made} resamples.",
        (
            Paragraph(
                "Trials (of outcomes: items) are drawn with replacement, and everything is done "
                f"again. {summary}."
            ),
            Picture(
                "inclusion",
                "In which share of the resamples each model is recommended, with two standard "
                "errors.",
                {"frame": found.inclusion, "resamples": made, "about": ""},
                Table("Share of resamples", found.inclusion, folded=True),
            ),
        ),
        made == _RESAMPLES,
    )
