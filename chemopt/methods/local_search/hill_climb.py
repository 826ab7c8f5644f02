"""The published hill climber, made deterministic.

From each historical subset with at least `min_size` models and one pair of positive chemistry,
up to `steps` (10) moves; each goes to the best neighbour by adding, removing or swapping one
model, if that is strictly better. The best end of all climbs is the answer. Without such a subset
there is none. Source: arXiv 2510.03930, section 3, and the public code that goes with it.

What is left open there is settled here: among equally good moves, adding comes before removing
before swapping, and then the order of the pool decides; among equally good climbs, the first
start wins. Improvements below 1e-12 (relative) are rounding and do not count.

Beyond the publication:

- Conditions other than `min_size` hold all along: starts take in required models, lose
  excluded ones, and are brought to meet sizes and side conditions by the best single moves. If none
  can be, a solver finds an ensemble that meets them, or that there is none.
- A problem without historical subsets starts from pairs: each model with its partner of
  largest chemistry.
- Moves are evaluated from sums kept for each model (`chemopt.methods.local_search.neighbourhood`).

When no pair has chemistry, the profiles of the models in historical subsets decide: all bad
(largest a ≤ 0.5 and largest q ≤ 5) gives none, or the single best if ``fallback_bad="single"``;
all good (smallest a ≥ 0.9 and smallest q ≥ 9) gives the single best, or all if
``fallback_good="all"``; otherwise the single best. Best is by accuracy, then quality, then shorter
name, then name. A fallback may be smaller than the default `min_size`, not than one given.
"""

from __future__ import annotations

import math
import time

import numpy as np

from chemopt._version import __version__
from chemopt.methods.infeasibility import admissible_point
from chemopt.methods.local_search.neighbourhood import Bools, Neighbourhood
from chemopt.methods.options import MethodOptions, Outcome
from chemopt.methods.recommendation import Climb, Move, StopReason
from chemopt.problem.check import violations
from chemopt.problem.problem import SelectionProblem

GOOD_ACCURACY, GOOD_QUALITY = 0.9, 9.0
BAD_ACCURACY, BAD_QUALITY = 0.5, 5.0


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Climb from every start and return the best end."""
    if not problem.matrix.any():
        return _fall_back(problem, options)
    neighbourhood = Neighbourhood(problem)
    starts = _starts(problem, neighbourhood)
    if not starts and not problem.conditions:
        return _outcome(None, StopReason.NO_START, message=_no_start_message(problem))
    if not starts:
        point = start_near(problem, ())
        if point is None:
            return _outcome(None, StopReason.CONFLICT, infeasible=True)
        starts = [point]
    climbs: list[Climb] = []
    progress: list[tuple[float, float]] = []
    best, best_loss, reason = None, math.inf, StopReason.LOCAL_OPTIMUM
    for start in starts:
        if climbs and options.out_of_time:
            reason = StopReason.TIME_LIMIT
            break
        chosen, path, at_top = climb(neighbourhood, start, options.steps)
        climbs.append(path)
        if not at_top:
            reason = StopReason.STEP_LIMIT
        if path.loss < best_loss - neighbourhood.rounding(path.loss):
            best, best_loss = chosen, path.loss
            progress.append((time.perf_counter() - options.started, best_loss))
    if best is None:
        message = "no climb came to an ensemble with inter at most M_inter"
        return _outcome(None, reason, message=message, trace=climbs)
    return _outcome(best, reason, claimed=best_loss, trace=climbs, progress=progress)


def relaxed_for_fallback(problem: SelectionProblem) -> SelectionProblem:
    """Return the problem that a fallback has to meet: without the default smallest size."""
    if problem.min_size is None and problem.size is None:
        return problem.with_options(min_size=0)
    return problem


def climb(neighbourhood: Neighbourhood, start: Bools, steps: int) -> tuple[Bools, Climb, bool]:
    """Return the end, the path, and whether the end is known to be a local optimum."""
    names = neighbourhood.problem.models
    chosen, loss = start, neighbourhood.loss(start)
    start_names = tuple(sorted(names[i] for i in np.flatnonzero(start)))
    moves: list[Move] = []
    for _ in range(steps):
        step = neighbourhood.best(chosen)
        if step is None or step.loss >= loss - neighbourhood.rounding(step.loss):
            return chosen, Climb(start_names, neighbourhood.loss(start), tuple(moves)), True
        chosen, loss = step.apply(chosen), step.loss
        added = None if step.added is None else names[step.added]
        removed = None if step.removed is None else names[step.removed]
        moves.append(Move(step.kind, added, removed, loss))
    return chosen, Climb(start_names, neighbourhood.loss(start), tuple(moves)), False


def start_near(problem: SelectionProblem, models: tuple[int, ...]) -> Bools | None:
    """Return an ensemble that meets all conditions but the rule on inter.

    The repaired one, or one that a solver finds; None if it finds that there is none.
    """
    neighbourhood = Neighbourhood(problem)
    start = neighbourhood.repair(neighbourhood.indicator(problem.models[i] for i in models))
    if start is not None:
        return start
    point = admissible_point(problem)
    return None if point is None else neighbourhood.indicator(problem.models[i] for i in point)


def _starts(problem: SelectionProblem, neighbourhood: Neighbourhood) -> list[Bools]:
    if problem.subsets is None:
        partner = problem.matrix.argmax(axis=1)
        pairs = [sorted({i, int(j)}) for i, j in enumerate(partner) if problem.matrix[i, j] > 0]
        subsets = [tuple(problem.models[i] for i in pair) for pair in pairs]
    else:
        subsets = list(problem.subsets)
    conditioned = (
        problem.max_size is not None
        or problem.size is not None
        or problem.subsets is None
        or bool(problem.require)
        or bool(problem.exclude)
        or bool(problem.conditions)
    )
    starts: dict[bytes, Bools] = {}
    for subset in subsets:
        start: Bools | None = neighbourhood.indicator(subset)
        if conditioned and start is not None:
            start = neighbourhood.repair(start)
        if start is None or start.sum() < neighbourhood.low:
            continue
        if _has_chemistry(problem, start):
            starts.setdefault(start.tobytes(), start)
    return list(starts.values())


def _has_chemistry(problem: SelectionProblem, chosen: Bools) -> bool:
    # A problem whose conditions allow a single model cannot ask for a pair with chemistry.
    if problem.size_bounds[1] < 2:
        return True
    return bool(problem.matrix[np.ix_(chosen, chosen)].any())


def _no_start_message(problem: SelectionProblem) -> str:
    low, _ = problem.size_bounds
    return (
        f"none of the {len(problem.subsets or ())} historical subsets has at least {low} models "
        "and a pair with positive chemistry, so the climber has nowhere to start; "
        "an exact method needs no start"
    )


def _fall_back(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Answer without chemistry: from profiles alone."""
    why = "no pair of models has chemistry"
    if problem.profiles is None:
        return _outcome(
            None, StopReason.FALLBACK, message=f"{why}, and there are no profiles to go by"
        )
    subsets = problem.subsets or ()
    pool = {name for subset in subsets for name in subset} or set(problem.models)
    pool = (pool | set(problem.require)) - set(problem.exclude)
    if not pool:
        return _outcome(None, StopReason.FALLBACK, message=f"{why}, and every model is excluded")
    frame = problem.profiles.frame.loc[sorted(pool), ["accuracy", "quality"]].fillna(0.0)
    accuracy, quality = frame["accuracy"], frame["quality"]
    best = min(pool, key=lambda m: (-accuracy[m], -quality[m], len(m), m))
    if accuracy.max() <= BAD_ACCURACY and quality.max() <= BAD_QUALITY:
        verdict = "all models are bad"
        chosen = {best} if options.fallback_bad == "single" else set()
    elif accuracy.min() >= GOOD_ACCURACY and quality.min() >= GOOD_QUALITY:
        verdict = "all models are good"
        chosen = pool if options.fallback_good == "all" else {best}
    else:
        verdict = "models differ"
        chosen = {best}
    if not chosen:
        return _outcome(None, StopReason.FALLBACK, message=f"{why}, and {verdict}")
    chosen |= set(problem.require)
    broken = violations(relaxed_for_fallback(problem), chosen)
    names = ", ".join(sorted(chosen))
    if broken:
        message = f"{why}; {verdict}, and the fallback {names} is not allowed: {'; '.join(broken)}"
        return _outcome(None, StopReason.FALLBACK, message=message)
    message = f"{why}; {verdict}, so the profiles alone decide"
    return _outcome(Neighbourhood(problem).indicator(chosen), StopReason.FALLBACK, message=message)


def _outcome(
    chosen: Bools | None,
    reason: StopReason,
    *,
    claimed: float | None = None,
    message: str = "",
    trace: list[Climb] | None = None,
    infeasible: bool = False,
    progress: list[tuple[float, float]] | None = None,
) -> Outcome:
    return Outcome(
        models=None if chosen is None else tuple(int(i) for i in np.flatnonzero(chosen)),
        stop_reason=reason,
        solver="chemopt hill climber",
        version=__version__,
        infeasible=infeasible,
        claimed_loss=claimed,
        message=message,
        trace=tuple(trace or ()),
        progress=tuple(progress or ()),
    )
