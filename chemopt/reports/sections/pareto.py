"""The Pareto front of inter, intra and size."""

from __future__ import annotations

import pandas as pd

from chemopt.analysis.pareto import pareto_front
from chemopt.analysis.phase.subsets import MODEL_LIMIT
from chemopt.errors import UnansweredError
from chemopt.reports.case import Case
from chemopt.reports.clock import Share
from chemopt.reports.parts import Paragraph, Part, Picture, Section, Table
from chemopt.wording import counted

TITLE, WEIGHT = "Pareto front", 2.0
# Solves of one size, about; a time limit of a size is shared out among them.
_SOLVES = 8
# Rows of the table.
_ROWS = 300


def make(case: Case, share: Share) -> Section:
    """Find the ensembles that no other beats in inter, intra and size together."""
    sizes = case.problem.feasible_sizes
    if len(case.problem.models) <= MODEL_LIMIT:
        front, done = pareto_front(case.problem, method=case.method), len(sizes)
    else:
        front, done = _by_sizes(case, share)
    parts: list[Part] = [
        Paragraph(
            "Whatever the weights, a best ensemble is on this front: no other has at least as much "
            "inter and intra with at most as many models, and more of one."
        )
    ]
    if done < len(sizes):
        parts.append(
            Paragraph(
                f"Time ran out after {done} of {counted(len(sizes), 'size')}; larger ensembles "
                "were not looked at.",
                "unfinished",
            )
        )
    proved = int(front["proved"].sum()) if len(front) else 0
    if len(front):
        kept = front.head(_ROWS)
        caption = "The front" if len(kept) == len(front) else f"The first {_ROWS} of {len(front)}"
        parts.append(
            Picture(
                "pareto_front",
                "Inter and intra of each ensemble of the front, the number of models as colour.",
                {"frame": front, "about": ""},
                Table(caption, kept, {"missing_within": "%"}, folded=True),
            )
        )
    headline = f"{counted(len(front), 'ensemble')} on the front, {proved} of them proved."
    return Section("pareto", TITLE, headline, tuple(parts), done == len(sizes))


def _by_sizes(case: Case, share: Share) -> tuple[pd.DataFrame, int]:
    """Find the front size by size as far as time allows, and how many sizes that were."""
    sizes = case.problem.feasible_sizes
    found: list[pd.DataFrame] = []
    for done, size in enumerate(sizes):
        if share.used_up:
            return _undominated(found), done
        limit = share.part(1 / ((len(sizes) - done) * _SOLVES))
        of_size = case.problem.with_options(size=size, min_size=None, max_size=None)
        try:
            found.append(
                pareto_front(of_size, method=case.method, time_limit=limit, seed=case.seed)
            )
        except UnansweredError:
            continue  # no ensemble of this size
    return _undominated(found), len(sizes)


def _undominated(found: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the fronts of several sizes together, smallest first, without what another beats."""
    if not found:
        return pd.DataFrame(
            columns=["inter", "intra", "size", "missing_within", "proved", "models"]
        )
    frame = pd.concat(found, ignore_index=True)
    inter, intra, size = (frame[name].to_numpy(float) for name in ("inter", "intra", "size"))
    kept = []
    for k in range(len(frame)):
        as_good = (inter >= inter[k]) & (intra >= intra[k]) & (size <= size[k])
        better = (inter > inter[k]) | (intra > intra[k]) | (size < size[k])
        kept.append(not (as_good & better).any())
    return frame[kept].reset_index(drop=True)
