"""Hill climbing against the optimum: losses, gaps, and the climb step by step."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from chemopt.analysis.compare import side_by_side
from chemopt.frames import percent
from chemopt.methods.local_search.hill_climb import HillClimbOptions
from chemopt.methods.outcome import Climb, change_text
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation, raise_if_interrupted
from chemopt.methods.registry import MethodName
from chemopt.reports.case import Case
from chemopt.reports.clock import Share
from chemopt.reports.parts import (
    ClimbPlayer,
    LeftOut,
    Paragraph,
    Part,
    Picture,
    Section,
    Table,
)
from chemopt.wording import counted

TITLE, WEIGHT = "Heuristic against exact", 2.0
_HEURISTICS: tuple[MethodName, ...] = ("hill-climb", "multi-start", "tabu", "annealing")
_COLUMNS = ["method", "status", "loss", "gap", "bound", "bound_gap", "size", "jaccard", "accuracy",
            "coverage", "vote", "models"]  # fmt: skip
# Climbs that are shown step by step, and candidates of a step.
_CLIMBS, _CANDIDATES = 5, 6


def make(case: Case, share: Share) -> Section | LeftOut:
    """Answer by heuristics as well, and go along the hill climber's way."""
    exact = case.answer
    if exact is None or exact.terms is None:
        return LeftOut(TITLE, "there is no ensemble")
    answers: list[Recommendation] = []
    for done, method in enumerate(_HEURISTICS, 1):
        found = recommend(
            case.problem, method, time_limit=share.part(1 / (6 - done)), seed=case.seed,
            threads=case.threads,
        )  # fmt: skip
        raise_if_interrupted(found)
        answers.append(found)
        share.tick(done, len(_HEURISTICS))
    frame = side_by_side([*answers, exact])
    climber = answers[0]
    parts: list[Part] = [Paragraph(_about_gap(frame))]
    parts.append(
        Table(
            "Methods side by side", _shown(frame, [*answers, exact]), {"gap": "%", "bound_gap": "%"}
        )
    )
    finite = frame[frame["loss"].notna()]
    parts.append(
        Picture("compare", "The loss of each method, its bound, and the proved optimum.",
                {"frame": finite, "about": ""})
    )  # fmt: skip
    traced = _traced(case, climber, share)
    if traced is not None and traced.trace:
        climbs = traced.trace
        parts.append(Paragraph(_about_climbs(climber, climbs)))
        parts.append(ClimbPlayer(climb_data(climbs, exact), _steps(climbs)))
        parts.append(
            Picture(
                "hill_climb_trace",
                "The loss after each move of the best climb, and of the others.",
                {
                    "frame": climber.trace_frame(),
                    "candidates": traced.candidates_frame() if len(climber.trace) == 1 else None,
                    "optimum": exact.loss if exact.proved else None,
                },
            )
        )
    return Section("heuristic", TITLE, _headline(climber, exact, frame), tuple(parts))


def climb_data(climbs: tuple[Climb, ...], exact: Recommendation) -> dict[str, Any]:
    """Return the climbs for the player.

    `optimum` (`models`, `loss`, `proved`), and `climbs`: for each its `stopped`, and `states`, one
    for the start and one after each move: `move` (what was done to come here), `models`, `loss`
    (None where it is not feasible), `candidates` (the best at this state: `move`, `loss`, `broken`)
    and how many were looked at (`count`, `feasible`).
    """
    return {
        "optimum": {"models": list(exact.models), "loss": exact.loss, "proved": exact.proved},
        "climbs": [{"stopped": climb.why_stopped, "states": _states(climb)} for climb in climbs],
    }


def _states(climb: Climb) -> list[dict[str, Any]]:
    models = set(climb.start)
    states = []
    for step, move in enumerate((None, *climb.moves)):
        if move is not None:
            models -= {str(move.removed)}
            models |= {move.added} if move.added is not None else set()
        loss = climb.start_loss if move is None else move.loss
        looked_at = climb.candidates[step] if step < len(climb.candidates) else ()
        best = sorted(looked_at, key=lambda one: one.loss)[:_CANDIDATES]
        states.append(
            {
                "move": "start" if move is None else change_text(move),
                "models": sorted(models),
                "loss": loss if math.isfinite(loss) else None,
                "count": len(looked_at),
                "feasible": sum(one.feasible for one in looked_at),
                "candidates": [
                    {"move": change_text(one), "loss": one.loss, "broken": "; ".join(one.broken)}
                    for one in best
                ],
            }
        )
    return states


def _traced(case: Case, climber: Recommendation, share: Share) -> Recommendation | None:
    """Climb again from the starts of the best climbs, and keep what each step looked at."""
    if not climber.trace or share.used_up:
        return None
    best = sorted(climber.trace, key=lambda climb: climb.loss)[:_CLIMBS]
    problem = case.problem.with_options(subsets=[climb.start for climb in best])
    return recommend(
        problem, "hill-climb", options=HillClimbOptions(trace=True), time_limit=share.remaining,
        seed=case.seed,
    )  # fmt: skip


def _steps(climbs: tuple[Climb, ...]) -> Table:
    rows = [
        (number, step, state["move"], state["loss"], tuple(state["models"]))
        for number, climb in enumerate(climbs, 1)
        for step, state in enumerate(_states(climb))
    ]
    frame = pd.DataFrame(rows, columns=["climb", "step", "move", "loss", "models"])
    return Table("All steps of these climbs", frame, folded=True)


def _shown(frame: pd.DataFrame, answers: list[Recommendation]) -> pd.DataFrame:
    """Return the columns to show; bounds say nothing more where the optimum is known."""
    models = pd.Series([answer.models for answer in answers], dtype=object)
    shown = frame.assign(status=frame["status"].str.replace("_", " "), models=models)[_COLUMNS]
    if frame["optimum"].notna().any():
        shown = shown.drop(columns=["bound", "bound_gap"])
    return shown.dropna(axis="columns", how="all")


def _about_gap(frame: pd.DataFrame) -> str:
    if frame["optimum"].notna().any():
        return (
            "The optimum is proved, so gap is how far each loss is above it; jaccard is the share "
            "of models that an ensemble has in common with the optimal one."
        )
    return (
        "No method proved the optimum in the time there was. bound_gap is how far a loss is above "
        "the best bound known: the true gap is at most this."
    )


def _about_climbs(climber: Recommendation, shown: tuple[Climb, ...]) -> str:
    number = len(climber.trace)
    some = "" if len(shown) == number else f" The best {len(shown)} are shown here."
    return (
        f"The hill climber made {counted(number, 'climb')} from historical subsets or pairs.{some} "
        "At each step it looks at all ensembles that differ by one addition, removal or swap, and "
        "takes the feasible one of least loss."
    )


def _headline(climber: Recommendation, exact: Recommendation, frame: pd.DataFrame) -> str:
    row = frame.iloc[0]
    if climber.loss is None:
        return f"Hill climbing has no ensemble: {climber.message.rstrip('.')}."
    if exact.proved:
        if row["gap"] == 0:
            return "Hill climbing finds the proved optimum."
        return (
            f"Hill climbing misses the proved optimum by {percent(row['gap'])} and shares "
            f"{row['jaccard']:.0%} of the models with it."
        )
    return (
        f"The optimum is not proved; hill climbing is at most {percent(row['bound_gap'])} above it."
        if not math.isnan(row["bound_gap"])
        else "The optimum is not proved, and no bound is known."
    )
