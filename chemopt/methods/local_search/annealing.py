"""Simulated annealing with restarts.

From a random start that was improved by a descent (`multi_start`), models are gone through again
and again; a flip that changes the loss by Δ is made with probability min(1, exp(−Δ / T)), while the
temperature T falls geometrically. Flips that would break a constraint are not made; where there are
constraints, some models are also tried together with a random other one, so that swaps are
possible. The best ensemble of a run is improved by another descent. Source: Kirkpatrick, Gelatt and
Vecchi, Science 220, 1983; with one-flip moves and restarts for binary quadratic problems, Katayama
and Narihisa, European Journal of Operational Research 134, 2001.

The temperature starts at the size of a typical flip's change, that of a sum of n random products:
T₀ = |3α − 1| max_i (Σ_j c_ij²)^½, and ends at T₀ / 1000, after `SWEEPS` sweeps. The search stops
when `PATIENCE` runs in a row have found nothing better, or at the time limit.

All runs draw from one generator, so none can be made before the one before it has ended. With
several threads each has a generator of its own, from the seed and its number; runs are made by
several processes and looked at in the order of their numbers. So without a time limit the answer is
the same for any number of threads from two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import count, repeat

import numpy as np

from chemopt.methods.local_search.incumbent import End, Incumbent, random_starts
from chemopt.methods.local_search.multi_start import descend
from chemopt.methods.local_search.neighbourhood import Bools, Neighbourhood
from chemopt.methods.local_search.parallel import attempts_together
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome
from chemopt.numerics import Floats
from chemopt.problem.loss import quadratic_loss
from chemopt.problem.problem import ChemistryProblem

PATIENCE = 10
SWEEPS = 200
COOLING = 1e-3
# One in this many models is tried with a partner in each sweep.
PAIR_SHARE = 5


def solve(problem: ChemistryProblem, run: RunOptions) -> MethodOutcome:
    """Anneal from random starts and return the best ensemble of all runs."""
    best, rng = Incumbent(problem, run), np.random.default_rng(run.seed)

    def last(start: Bools) -> Iterator[End]:
        return _Annealer(problem, run).attempt(start, rng)

    # one generator for all runs, or the number of each
    starts: Iterator[np.random.Generator | int] = repeat(rng) if run.threads == 1 else count()
    with closing(attempts_together(_attempts, problem, run, starts, 1)) as attempts:
        return best.repeat(attempts, PATIENCE, last, "chemopt annealing")


def _attempts(
    problem: ChemistryProblem, run: RunOptions, starts: Iterable[np.random.Generator | int]
) -> Iterator[Iterator[End]]:
    """Anneal from random starts."""
    annealer = _Annealer(problem, run)
    for start in starts:
        rng = np.random.default_rng([run.seed, start]) if isinstance(start, int) else start
        yield annealer.attempt(next(random_starts(problem, rng)), rng)


class _Annealer:
    """What all runs have in common."""

    def __init__(self, problem: ChemistryProblem, run: RunOptions) -> None:
        self._neighbourhood, self._run = Neighbourhood(problem), run
        self._temperatures = _first_temperature(problem) * np.geomspace(1, COOLING, SWEEPS)

    def attempt(self, start: Bools, rng: np.random.Generator) -> Iterator[End]:
        """Descend, anneal and descend again; yield where the descents ended."""
        neighbourhood, run = self._neighbourhood, self._run
        neighbourhood.start(start)
        yield from descend(neighbourhood, run)
        if neighbourhood.violation == 0 and not run.out_of_time:
            neighbourhood.start(_anneal(neighbourhood, self._temperatures, rng, run))
            yield from descend(neighbourhood, run)


def _first_temperature(problem: ChemistryProblem) -> float:
    form = quadratic_loss(problem)
    by_products = abs(form.product) * float(np.sqrt((problem.matrix**2).sum(axis=1)).max())
    return by_products or float(np.abs(form.linear).max()) or 1.0


def _anneal(
    neighbourhood: Neighbourhood, temperatures: Floats, rng: np.random.Generator, run: RunOptions
) -> Bools:
    """Cool down once and return the best ensemble on the way."""
    least, kept = neighbourhood.loss, neighbourhood.chosen.copy()
    for temperature in temperatures:
        if run.out_of_time:
            break
        for _ in _sweep(neighbourhood, temperature, rng):
            if neighbourhood.loss < least:
                least, kept = neighbourhood.loss, neighbourhood.chosen.copy()
    return kept


def _sweep(
    neighbourhood: Neighbourhood, temperature: float, rng: np.random.Generator
) -> Iterator[None]:
    """Go through all models once, and pause after each move.

    Flips that are refused need no step of their own: all are judged at once, up to the next that
    is accepted.
    """
    accepted = -temperature * np.log(1 - rng.random(len(neighbourhood.chosen)))
    model = 0
    while model < len(accepted):
        changes, violations = neighbourhood.singles()
        allowed = (changes[model:] <= accepted[model:]) & (violations[model:] == 0)
        step = int(allowed.argmax())
        if not allowed[step]:
            break
        neighbourhood.flip(model + step)
        yield
        model += step + 1
    if not neighbourhood.constrained:
        return
    for first in rng.permutation(neighbourhood.free)[: -(-len(neighbourhood.free) // PAIR_SHARE)]:
        changes, violations = neighbourhood.pairs(np.array([first]))
        accepted = -temperature * np.log(1 - rng.random(len(neighbourhood.chosen)))
        allowed = np.flatnonzero((changes[0] <= accepted) & (violations[0] == 0))
        if len(allowed):
            neighbourhood.flip(int(first))
            neighbourhood.flip(int(rng.choice(allowed)))
            yield
