"""RECOMMEND: the published hill climber, made deterministic (arXiv 2510.03930, section 3).

The publication's pseudo-code, in words:

    for each historical subset X_q with at least min_size models and one pair of chemistry > 0
        X ← X_q
        repeat up to `steps` times
            X' ← the neighbour of X (by add, remove or swap) of least loss
            if loss(X') < loss(X):  X ← X'    else stop
        keep the best X of all climbs

where an X' that breaks the inter constraint has infinite loss. `solve` and `climb` below are these
lines. What is left open there is decided here: among equally good moves, adding comes before
removing before swapping, and then the order of the pool decides; among equally good climbs, the
first start wins. Improvements below 1e-12 (relative) are rounding and do not count.

Beyond the publication:

- All linear constraints hold throughout: starts take in required models, lose excluded ones, and
  are repaired by the best single moves. If none can be and there are side constraints, a solver
  looks for a feasible ensemble.
- A problem without historical subsets starts from pairs: each model with its partner of
  largest chemistry.
- When no pair has chemistry, profiles decide (`chemopt.methods.local_search.fallback`); the
  reference does that for a table without entries only, and returns nothing where all are 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from chemopt.methods.infeasibility import conflict, feasible_ensemble
from chemopt.methods.local_search.fallback import Fallback, fall_back
from chemopt.methods.local_search.neighbourhood import Bools, Neighbour, Neighbourhood
from chemopt.methods.options import LARGEST_INTEGER, RunOptions
from chemopt.methods.outcome import Candidate, Climb, MethodOutcome, Move, StopReason
from chemopt.problem.check import violations
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import choice, instance_of, whole

SOLVER = "chemopt hill climber"

WhenGood = Literal["single", "all"]
WhenBad = Literal["none", "single"]


@dataclass(frozen=True)
class HillClimbOptions:
    """Options of the hill climber.

    Attributes
    ----------
    steps : int
        Moves that one climb may make.
    fallback_good : {"single", "all"}
        What to recommend when there is no chemistry and all models are good.
    fallback_bad : {"none", "single"}
        What to recommend when there is no chemistry and all models are bad.
    trace : bool
        Keep all neighbours that each step looked at (`Climb.candidates`), feasible or not.

    Raises
    ------
    InputError
        An option is out of its range.

    Examples
    --------
    >>> from chemopt import recommend
    >>> from chemopt.problem.generate import generate_problem
    >>> answer = recommend(generate_problem(8), "hill-climb", options=HillClimbOptions(steps=1))
    >>> answer.stop_reason.value
    'step_limit'
    """

    steps: int = 10
    fallback_good: WhenGood = "single"
    fallback_bad: WhenBad = "none"
    trace: bool = False

    def __post_init__(self) -> None:
        whole("steps", self.steps, 0, LARGEST_INTEGER)
        choice("fallback_good", self.fallback_good, get_args(WhenGood))
        choice("fallback_bad", self.fallback_bad, get_args(WhenBad))
        instance_of("trace must be True or False", self.trace, bool)


def solve(problem: ChemistryProblem, run: RunOptions, options: HillClimbOptions) -> MethodOutcome:
    """Climb from every start and return the best end."""
    if not problem.matrix.any():
        fallback = fall_back(problem, options.fallback_good, options.fallback_bad)
        return _fallback_outcome(problem, fallback)
    neighbourhood = Neighbourhood(problem)
    starts = _starts(problem, neighbourhood)
    if not starts and not problem.side_constraints:
        message = _no_start_message(problem)
        return MethodOutcome(None, StopReason.NO_START, SOLVER, message=message)
    if not starts:
        point = start_near(problem, ())
        if point is None:
            return conflict(problem)
        starts = [point]

    climbs: list[Climb] = []
    progress: list[tuple[float, float]] = []
    best: tuple[int, ...] | None = None
    best_loss, reason = math.inf, StopReason.LOCAL_OPTIMUM
    for start in starts:
        if climbs and run.out_of_time:
            reason = StopReason.TIME_LIMIT
            break
        neighbourhood.start(start)
        path = climb(neighbourhood, options.steps, trace=options.trace)
        climbs.append(path)
        if path.stopped is StopReason.STEP_LIMIT:
            reason = StopReason.STEP_LIMIT
        if path.loss < best_loss - neighbourhood.rounding(path.loss):
            best, best_loss = tuple(np.flatnonzero(neighbourhood.chosen).tolist()), path.loss
            progress.append((run.clock.seconds, best_loss))
    return MethodOutcome(
        best,
        reason,
        SOLVER,
        claimed_loss=None if best is None else best_loss,
        message="" if best else "no climb came to an ensemble with inter at most M_inter",
        trace=tuple(climbs),
        progress=tuple(progress),
    )


def climb(neighbourhood: Neighbourhood, steps: int, *, trace: bool = False) -> Climb:
    """Climb from where the neighbourhood stands; its end is where the neighbourhood stands then.

    Parameters
    ----------
    neighbourhood : Neighbourhood
    steps : int
        The most moves.
    trace : bool
        Whether to keep all neighbours of each step.
    """
    names = neighbourhood.problem.models
    start = tuple(sorted(names[i] for i in np.flatnonzero(neighbourhood.chosen)))
    loss = start_loss = neighbourhood.loss if neighbourhood.is_feasible else math.inf
    moves: list[Move] = []
    looked_at: list[tuple[Candidate, ...]] = []
    stopped = StopReason.STEP_LIMIT
    for _ in range(steps):
        step = neighbourhood.best()
        if trace:
            looked_at.append(_candidates(neighbourhood))
        if step is None or step.loss >= loss - neighbourhood.rounding(step.loss):
            stopped = StopReason.LOCAL_OPTIMUM
            break
        neighbourhood.make(step)
        loss = step.loss
        moves.append(Move(step.kind, *_names(step, names), loss))
    return Climb(start, start_loss, tuple(moves), stopped, tuple(looked_at))


def _candidates(neighbourhood: Neighbourhood) -> tuple[Candidate, ...]:
    """Return all neighbours, with the constraints that they break."""
    problem, found = neighbourhood.problem, []
    chosen = set(np.flatnonzero(neighbourhood.chosen).tolist())
    for move, feasible in neighbourhood.neighbours():
        models = [problem.models[k] for k in chosen.symmetric_difference(move.flips)]
        broken = () if feasible else violations(problem, models)
        found.append(Candidate(move.kind, *_names(move, problem.models), move.loss, broken))
    return tuple(found)


def _names(move: Neighbour, names: tuple[str, ...]) -> tuple[str | None, str | None]:
    """Return what a move adds and removes, by name."""
    return (
        None if move.added is None else names[move.added],
        None if move.removed is None else names[move.removed],
    )


def start_near(problem: ChemistryProblem, models: tuple[int, ...]) -> Bools | None:
    """Return an ensemble that meets all linear constraints, close to some models if that is easy.

    The repaired one, or one that a solver finds; None if it finds that there is none.
    """
    names = problem.models
    neighbourhood = Neighbourhood(problem, inter_constraint=False)
    neighbourhood.start(neighbourhood.indicator(names[i] for i in models))
    if neighbourhood.repair():
        return neighbourhood.chosen
    point = feasible_ensemble(problem)
    return None if point is None else neighbourhood.indicator(names[i] for i in point)


def _starts(problem: ChemistryProblem, neighbourhood: Neighbourhood) -> list[Bools]:
    """Return the historical subsets to climb from, repaired, each once."""
    if problem.subsets is None:
        partner = problem.matrix.argmax(axis=1)
        pairs = [sorted({i, int(j)}) for i, j in enumerate(partner) if problem.matrix[i, j] > 0]
        subsets = [tuple(problem.models[i] for i in pair) for pair in pairs]
    else:
        subsets = [tuple(subset) for subset in problem.subsets]
    constrained = (
        problem.constraints.max_size is not None
        or problem.constraints.size is not None
        or problem.subsets is None
        or bool(problem.require)
        or bool(problem.exclude)
        or bool(problem.side_constraints)
    )
    repaired = Neighbourhood(problem, inter_constraint=False)
    low, high = problem.size_bounds
    starts: dict[bytes, Bools] = {}
    for subset in subsets:
        start = neighbourhood.indicator(subset)
        if constrained:
            repaired.start(start)
            if not repaired.repair():
                continue
            start = repaired.chosen
        # Where a single model is the most, no start can have a pair with chemistry.
        if start.sum() >= low and (high < 2 or problem.matrix[np.ix_(start, start)].any()):
            starts.setdefault(start.tobytes(), start)
    return list(starts.values())


def _no_start_message(problem: ChemistryProblem) -> str:
    low, _ = problem.size_bounds
    return (
        f"none of the {len(problem.subsets or ())} historical subsets has at least {low} models "
        "and a pair with positive chemistry, so the climber has nowhere to start; "
        "an exact method needs no start"
    )


def _fallback_outcome(problem: ChemistryProblem, fallback: Fallback) -> MethodOutcome:
    models = None if fallback.models is None else tuple(problem.positions(fallback.models))
    return MethodOutcome(models, StopReason.FALLBACK, SOLVER, message=fallback.message)
