"""The linear side of the exact method: HiGHS, in a thread of its own, in turns with another search.

HiGHS solves the formulation ``"products"`` (`chemopt_models.products`). It is paused from
within, at its nodes and rounds of cuts, while it is not its turn
(`chemopt.methods.exact.alternation`), so that nothing is computed twice. Its ensembles are checked
before they are passed on, and one that violates a constraint within its tolerances gets a no-good
cut.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from contextvars import copy_context

from chemopt.methods.exact.alternation import Turns
from chemopt.methods.options import RunOptions
from chemopt.methods.outcome import MethodOutcome
from chemopt.methods.solvers import HighsModel, load_highs
from chemopt.methods.solvers.building import seconds_to_build
from chemopt.problem.check import cut_off, violations
from chemopt.problem.loss import loss_terms
from chemopt.problem.problem import ChemistryProblem

PLAYER = 1
# Seconds from one question of HiGHS to the next, as measured: for 500 columns, and how it grows.
# After this many questions, most of them at the root, they take this part of it.
_SECONDS, _COLUMNS, _GROWTH = 0.010, 500, 1.4
_ROOT_QUESTIONS, _LATER = 60, 1 / 3


class LinearSide(threading.Thread):
    """Solves a problem by HiGHS when it is its turn.

    Attributes
    ----------
    outcome : MethodOutcome or None
        The answer, once HiGHS has ended by itself.
    bound : float
        The best bound so far, valid with HiGHS's tolerances subtracted.
    best : tuple of int or None
        The best feasible ensemble so far, and its `loss`.
    error : Exception or None
        What ended the thread, if it was not the end of its work.
    """

    def __init__(
        self,
        problem: ChemistryProblem,
        run: RunOptions,
        turns: Turns,
        start: Callable[[], tuple[int, ...] | None],
        stop: Callable[[], bool],
    ) -> None:
        super().__init__(name="chemopt linear side", daemon=True)
        self._problem, self._run, self._turns = problem, run, turns
        self._start, self._stop = start, stop
        pairs = int((problem.matrix != 0).sum()) // 2
        columns = len(problem.models) + pairs
        self._work = _SECONDS * (columns / _COLUMNS) ** _GROWTH
        self._questions = 0
        self._over = threading.Event()
        self._context = copy_context()  # with the stopwatches that run
        self.outcome: MethodOutcome | None = None
        self.bound = -math.inf
        self.best: tuple[int, ...] | None = None
        self.loss = math.inf
        self.error: Exception | None = None

    def run(self) -> None:
        """Wait for the first turn, and solve."""
        try:
            self._turns.wait(PLAYER)
            self._context.run(self._solve)
        except Exception as error:  # told by the main thread
            self.error = error
        finally:
            self._turns.leave(PLAYER)

    def end(self) -> None:
        """Stop, if need be, and wait for the thread's end."""
        self._over.set()
        self._turns.leave(1 - PLAYER)
        self.join()

    def has_proof(self, known: float = math.inf) -> bool:
        """Return whether HiGHS has an ensemble that its bound proves to be optimal.

        Parameters
        ----------
        known : float
            The loss of another feasible ensemble. A bound above it, or above the loss of HiGHS's
            own ensemble, is wrong and proves nothing.
        """
        if self.outcome is None or self.best is None:
            return False
        tolerance = self._problem.proof_tolerance(self.loss)
        if self.bound > min(self.loss, known) + tolerance:
            return False
        return self.loss - self.bound <= max(tolerance, self._run.rel_gap * abs(self.loss))

    def should_stop(self, bound: float) -> bool:
        """Count the work since the last question, and pause if the turn is over."""
        self.bound = max(self.bound, bound)
        self._questions += 1
        part = 1.0 if self._questions <= _ROOT_QUESTIONS else _LATER
        if not self._ended():
            self._turns.spend(PLAYER, part * self._work)
        return self._ended()

    def improved(self, models: tuple[int, ...]) -> None:
        """Keep an ensemble if it is feasible and better."""
        if self._is_feasible(models):
            loss = loss_terms(self._problem, models).loss
            if loss < self.loss:
                self.best, self.loss = models, loss

    def _solve(self) -> None:
        remaining = self._run.remaining
        if remaining is not None and seconds_to_build(self._problem, "products") > remaining:
            return
        if self._ended():
            return
        load_highs()
        from chemopt_models import build_products

        model = HighsModel(build_products(self._problem))
        start = self._start()
        while not self._ended():
            answer = model.solve(self._run, start, monitor=self)
            if answer.bound is not None:
                self.bound = max(self.bound, answer.bound)
            if answer.models is not None:
                self.improved(answer.models)
                if not self._is_feasible(answer.models):
                    model.add(cut_off(self._problem, answer.models))
                    continue
            if not self._ended():
                self.outcome = answer
            return

    def _ended(self) -> bool:
        return self._over.is_set() or self._run.out_of_time or self._stop()

    def _is_feasible(self, models: tuple[int, ...]) -> bool:
        return not violations(self._problem, [self._problem.models[i] for i in models])
