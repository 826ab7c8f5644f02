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
  excluded ones, and are brought to an allowed size by the best single additions or removals.
- A problem without historical subsets starts from pairs: each model with its partner of
  largest chemistry.
- Moves are evaluated from sums kept for each model, so a step costs n² additions.

When no pair has chemistry, the profiles of the models in historical subsets decide: all bad
(largest a ≤ 0.5 and largest q ≤ 5) gives none, or the single best if ``fallback_bad="single"``;
all good (smallest a ≥ 0.9 and smallest q ≥ 9) gives the single best, or all if
``fallback_good="all"``; otherwise the single best. Best is by accuracy, then quality, then shorter
name, then name. A fallback may be smaller than the default `min_size`, not than one given.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chemopt._version import __version__
from chemopt.check import violations
from chemopt.loss import quadratic_loss
from chemopt.methods.outcome import MethodOptions, Outcome
from chemopt.problem import SelectionProblem
from chemopt.recommendation import Climb, Move, StopReason

Bools = npt.NDArray[np.bool_]

GOOD_ACCURACY, GOOD_QUALITY = 0.9, 9.0
BAD_ACCURACY, BAD_QUALITY = 0.5, 5.0
_NO_PROGRESS = 1e-12


def solve(problem: SelectionProblem, options: MethodOptions) -> Outcome:
    """Climb from every start and return the best end."""
    if not problem.matrix.any():
        return _fall_back(problem, options)
    landscape = _Landscape(problem)
    starts = _starts(problem, landscape)
    if not starts:
        return _outcome(None, StopReason.NO_START, message=_no_start_message(problem))
    climbs: list[Climb] = []
    progress: list[tuple[float, float]] = []
    best, best_loss, reason = None, math.inf, StopReason.LOCAL_OPTIMUM
    for start in starts:
        if climbs and options.out_of_time:
            reason = StopReason.TIME_LIMIT
            break
        chosen, climb, at_top = landscape.climb(start, options.steps)
        climbs.append(climb)
        if not at_top:
            reason = StopReason.STEP_LIMIT
        if climb.loss < best_loss - landscape.rounding(climb.loss):
            best, best_loss = chosen, climb.loss
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


@dataclass(frozen=True)
class _Candidate:
    """The best neighbour of an ensemble."""

    loss: float
    added: int | None
    removed: int | None

    @property
    def kind(self) -> str:
        if self.added is None:
            return "remove"
        return "add" if self.removed is None else "swap"


class _Landscape:
    """Losses of an ensemble and of all its neighbours."""

    def __init__(self, problem: SelectionProblem) -> None:
        self.problem = problem
        self.form = quadratic_loss(problem)
        self.limit = math.inf if problem.inter_limit is None else problem.inter_limit
        self.low, self.high = problem.size_bounds
        self.fixed_in = _indicator(problem, problem.require)
        self.fixed_out = _indicator(problem, problem.exclude)

    def loss(self, chosen: Bools) -> float:
        """Return the loss, infinite where the rule on inter is broken."""
        gain = self.problem.matrix @ chosen
        intra = float(gain @ chosen) / 2
        if float(self.form.degree @ chosen) - 2 * intra > self.limit:
            return math.inf
        linear = float(self.form.linear @ chosen)
        return self.form.constant + linear + self.form.product * intra

    def rounding(self, loss: float) -> float:
        """Return the difference of losses that is taken for rounding."""
        return _NO_PROGRESS * max(abs(loss), self.problem.table.magnitude)

    def climb(self, start: Bools, steps: int) -> tuple[Bools, Climb, bool]:
        """Return the end, the path, and whether the end is known to be a local optimum."""
        chosen, loss = start.copy(), self.loss(start)
        path = Climb(self._names(start), loss, ())
        moves: list[Move] = []
        at_top = False
        for _ in range(steps):
            step = self.best_neighbour(chosen, sizes=(self.low, self.high))
            if step is None or step.loss >= loss - self.rounding(step.loss):
                at_top = True
                break
            chosen = self._moved(chosen, step)
            loss = step.loss
            moves.append(Move(step.kind, self._name(step.added), self._name(step.removed), loss))
        return chosen, Climb(path.start, path.start_loss, tuple(moves)), at_top

    def repair(self, start: Bools) -> Bools:
        """Bring a start to an allowed size by the best single additions or removals."""
        chosen = (start | self.fixed_in) & ~self.fixed_out
        while not self.low <= (size := int(chosen.sum())) <= self.high:
            target = size + 1 if size < self.low else size - 1
            # The rule on inter is left to the climb: here only the size matters.
            step = self.best_neighbour(chosen, sizes=(target, target), limit=math.inf, swap=False)
            if step is None:
                break
            chosen = self._moved(chosen, step)
        return chosen

    def best_neighbour(
        self,
        chosen: Bools,
        sizes: tuple[int, int],
        limit: float | None = None,
        swap: bool = True,
    ) -> _Candidate | None:
        """Return the neighbour of least loss with a size within `sizes`; None if there is none."""
        c, form = self.problem.matrix, self.form
        limit = self.limit if limit is None else limit
        size = int(chosen.sum())
        inside = np.flatnonzero(chosen & ~self.fixed_in)
        outside = np.flatnonzero(~chosen & ~self.fixed_out)
        gain = c @ chosen
        intra = float(gain @ chosen) / 2
        inter = float(form.degree @ chosen) - 2 * intra
        loss = form.constant + float(form.linear @ chosen) + form.product * intra
        add = form.linear[outside] + form.product * gain[outside]
        drop = -form.linear[inside] - form.product * gain[inside]
        add_inter = form.degree[outside] - 2 * gain[outside]
        drop_inter = 2 * gain[inside] - form.degree[inside]
        blocks: list[tuple[npt.NDArray[np.float64], str]] = []
        if sizes[0] <= size + 1 <= sizes[1]:
            blocks.append((np.where(inter + add_inter > limit, np.inf, add), "add"))
        if sizes[0] <= size - 1 <= sizes[1]:
            blocks.append((np.where(inter + drop_inter > limit, np.inf, drop), "remove"))
        if swap and sizes[0] <= size <= sizes[1]:
            between = c[np.ix_(inside, outside)]
            both = drop[:, None] + add[None, :] - form.product * between
            both_inter = drop_inter[:, None] + add_inter[None, :] + 2 * between
            blocks.append((np.where(inter + both_inter > limit, np.inf, both).ravel(), "swap"))
        changes = np.concatenate([values for values, _ in blocks]) if blocks else np.empty(0)
        if not changes.size or not np.isfinite(changes.min()):
            return None
        k = int(np.flatnonzero(changes <= changes.min() + self.rounding(loss))[0])
        change = float(changes[k])
        for values, kind in blocks:
            if k < len(values):
                if kind == "add":
                    return _Candidate(loss + change, int(outside[k]), None)
                if kind == "remove":
                    return _Candidate(loss + change, None, int(inside[k]))
                removed, added = divmod(k, len(outside))
                return _Candidate(loss + change, int(outside[added]), int(inside[removed]))
            k -= len(values)
        raise AssertionError("unreachable: k is within the blocks")

    def _moved(self, chosen: Bools, step: _Candidate) -> Bools:
        moved = chosen.copy()
        if step.added is not None:
            moved[step.added] = True
        if step.removed is not None:
            moved[step.removed] = False
        return moved

    def _name(self, model: int | None) -> str | None:
        return None if model is None else self.problem.models[model]

    def _names(self, chosen: Bools) -> tuple[str, ...]:
        return tuple(sorted(self.problem.models[i] for i in np.flatnonzero(chosen)))


def _starts(problem: SelectionProblem, landscape: _Landscape) -> list[Bools]:
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
    )
    starts: dict[bytes, Bools] = {}
    for subset in subsets:
        start = _indicator(problem, subset)
        if conditioned:
            start = landscape.repair(start)
        if _has_chemistry(problem, start) and start.sum() >= landscape.low:
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
    return _outcome(_indicator(problem, chosen), StopReason.FALLBACK, message=message)


def _indicator(problem: SelectionProblem, names: tuple[str, ...] | set[str]) -> Bools:
    chosen = np.zeros(len(problem.models), dtype=bool)
    chosen[problem.positions(names)] = True
    return chosen


def _outcome(
    chosen: Bools | None,
    reason: StopReason,
    *,
    claimed: float | None = None,
    message: str = "",
    trace: list[Climb] | None = None,
    progress: list[tuple[float, float]] | None = None,
) -> Outcome:
    return Outcome(
        models=None if chosen is None else tuple(int(i) for i in np.flatnonzero(chosen)),
        stop_reason=reason,
        solver="chemopt hill climber",
        version=__version__,
        claimed_loss=claimed,
        message=message,
        trace=tuple(trace or ()),
        progress=tuple(progress or ()),
    )
