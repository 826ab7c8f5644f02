"""The best ensemble that a search has come upon, and when."""

from __future__ import annotations

import math
import time

import numpy as np
import numpy.typing as npt

from chemopt.check import violations
from chemopt.loss import loss_terms
from chemopt.methods.outcome import MethodOptions, Outcome
from chemopt.problem import SelectionProblem
from chemopt.recommendation import StopReason

# Of the chemistry: a difference of losses up to this is rounding.
_NO_PROGRESS = 1e-12


class Incumbent:
    """Keeps the best admissible ensemble offered, by its correctly rounded loss.

    Attributes
    ----------
    models : tuple of int or None
    loss : float
        Infinite as long as there is none.
    progress : list of (float, float)
        Seconds since the start and the loss, at each improvement.

    Examples
    --------
    >>> from chemopt import ChemistryTable, SelectionProblem
    >>> problem = SelectionProblem(ChemistryTable(("a", "b"), [[0, 1], [1, 0]]))
    >>> best = Incumbent(problem, MethodOptions())
    >>> best.offer(np.array([True, False])), best.offer(np.array([True, True])), best.loss
    (False, True, 1.5)
    """

    def __init__(self, problem: SelectionProblem, options: MethodOptions) -> None:
        self.models: tuple[int, ...] | None = None
        self.loss = math.inf
        self.progress: list[tuple[float, float]] = []
        self._problem = problem
        self._options = options

    def beaten_by(self, loss: float) -> bool:
        """Tell whether a loss is less by more than rounding."""
        if self.models is None:
            return True
        return loss < self.loss - _NO_PROGRESS * max(abs(loss), self._problem.table.magnitude)

    def offer(self, chosen: npt.NDArray[np.bool_]) -> bool:
        """Keep an ensemble if it is better and meets all conditions, and tell whether it is kept.

        A search keeps sums up to date; here everything is computed from the definitions.
        """
        models = tuple(int(i) for i in np.flatnonzero(chosen))
        loss = loss_terms(self._problem, models).loss
        names = (self._problem.models[i] for i in models)
        if not self.beaten_by(loss) or violations(self._problem, names):
            return False
        self.models, self.loss = models, loss
        self.progress.append((time.perf_counter() - self._options.started, loss))
        return True

    def outcome(self, reason: StopReason, solver: str, version: str, message: str) -> Outcome:
        """Return what a method gives back; `message` is for when nothing was found."""
        found = self.models is not None
        return Outcome(
            models=self.models,
            stop_reason=reason if found or reason is StopReason.TIME_LIMIT else StopReason.NO_START,
            solver=solver,
            version=version,
            claimed_loss=self.loss if found else None,
            message="" if found else message,
            progress=tuple(self.progress),
        )
