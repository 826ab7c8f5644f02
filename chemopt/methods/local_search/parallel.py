"""Attempts of a search, made by several processes and looked at in the order of their numbers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, TypeAlias

from chemopt.methods.local_search.incumbent import End
from chemopt.methods.options import RunOptions
from chemopt.problem.problem import ChemistryProblem

# Makes an attempt from each start: yields what each comes to.
Attempts: TypeAlias = Callable[
    [ChemistryProblem, RunOptions, Iterable[Any]], Iterator[Iterable[End]]
]


def attempts_together(
    make: Attempts, problem: ChemistryProblem, run: RunOptions, starts: Iterator[Any], batch: int
) -> Generator[Iterable[End], None, None]:
    """Make attempts with as many processes as the run has threads; with one, here.

    Parameters
    ----------
    make : callable
        A function of a module. What an attempt comes to must depend on its start alone.
    problem, run
    starts : iterator
        Without end.
    batch : int
        Starts that a process is given at once.

    Yields
    ------
    iterable of (float, ndarray of bool)
        For each start, in their order; nothing more when the time limit is reached.
    """
    if run.threads == 1:
        yield from make(problem, run, starts)
        return
    from chemopt.execution.ordered import OrderedCalls

    elsewhere = replace(run, time_limit=None)  # it is ended from here
    with OrderedCalls[list[list[End]]](run.threads) as calls:
        while True:
            while calls.has_room and not (len(calls) and run.out_of_time):
                some = list(islice(starts, batch))
                calls.submit(_listed, make, problem, elsewhere, some,
                             here=partial(_listed, make, problem, run, some))  # fmt: skip
            found = calls.next(lambda: run.out_of_time)
            if found is None:
                return
            yield from found


def _listed(
    make: Attempts, problem: ChemistryProblem, run: RunOptions, starts: list[Any]
) -> list[list[End]]:
    """Make some attempts; leave out those for which there is no time."""
    found: list[list[End]] = []
    for ends in make(problem, run, starts):
        found.append([(loss, chosen.copy()) for loss, chosen in ends])
        if run.out_of_time:
            break
    return found
