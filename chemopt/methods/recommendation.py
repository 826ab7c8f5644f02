"""The answer to a selection problem: an ensemble, its loss, and what is proved about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from chemopt.errors import InputError
from chemopt.evidence.verdict import Verdict, Worth
from chemopt.methods.accuracy import accuracies
from chemopt.methods.outcome import Candidate, Climb, Move, StopReason, status_text
from chemopt.methods.result import Result
from chemopt.methods.warnings import ensemble_warnings, problem_warnings
from chemopt.methods.worth import verdict_of
from chemopt.numerics import INTER_ALLOWANCE, PROOF_TOLERANCE
from chemopt.problem.check import proof_distance
from chemopt.problem.linear import use_lines
from chemopt.problem.loss import LossTerms
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import choice
from chemopt.wording import counted

if TYPE_CHECKING:
    from chemopt.methods.registry import MethodName, MethodOptions
    from chemopt.plots.canvas import Axes

# A summary shows this many added constraints.
_SHOWN = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Recommendation(Result):
    """What `recommend` returns, whatever the method.

    Attributes
    ----------
    problem, models, method, status, stop_reason, bound, solver, solver_version, timings, seed, \
settings, message, nodes
        As for all results (`chemopt.methods.result.Result`). `bound` may be below the loss of an
        optimal ensemble, by at most `absolute_tolerance`.
    terms : LossTerms or None
        The loss and its terms, recomputed from the definitions; None without an ensemble.
    options : HillClimbOptions, MipOptions or None
        The options of the method itself, as given.
    trace : tuple of Climb
        The climbs of a hill climber.
    progress : tuple of (float, float)
        Seconds since the start and the loss, for each new incumbent. Heuristics and
        ``"exact"`` record it; ``"highs"`` and ``"cp-sat"`` record the hill climber's; others
        record nothing.
    added_constraints : tuple of str
        Constraints of your own (`MipOptions.customise`), name and expression. What is said to be
        optimal, or infeasible, is so among the ensembles that meet them too.
    """

    problem: ChemistryProblem
    method: MethodName
    terms: LossTerms | None
    options: MethodOptions | None = None
    trace: tuple[Climb, ...] = ()
    progress: tuple[tuple[float, float], ...] = ()
    added_constraints: tuple[str, ...] = ()

    @property
    def loss(self) -> float | None:
        """Loss of the ensemble; None without one."""
        return None if self.terms is None else self.terms.loss

    @property
    def value(self) -> float | None:
        """The loss, which is minimised."""
        return self.loss

    @property
    def absolute_tolerance(self) -> float | None:
        """How far above `bound` the loss may be for the ensemble to be called optimal.

        None without an ensemble; see `chemopt.numerics.proof_tolerance`.
        """
        return None if self.terms is None else proof_distance(self.problem, self.terms)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What to know before trusting the answer, a sentence each, in the order of the data flow.

        From the history and the profiles; then of the table; then of the ensemble
        (`chemopt.methods.warnings`). Empty if nothing is known to be wrong.
        """
        found = problem_warnings(self.problem)
        # a fallback was not chosen by its loss, and `message` says so
        if self.terms is not None and self.stop_reason is not StopReason.FALLBACK:
            found += ensemble_warnings(
                self.problem, self.models, self.method, ties=not self.added_constraints
            )
        return tuple(dict.fromkeys(found))

    @cached_property
    def verdict(self) -> Verdict | None:
        """What is optimal, what it is worth, and whether to use it; None without an ensemble."""
        if not self.models:
            return None
        return verdict_of(self.problem, self.models, status_text(self.status))

    @property
    def accuracies(self) -> dict[str, float | None]:
        """Accuracy of each member, None where it is not known."""
        accuracy = accuracies(self.problem)
        if accuracy is None:
            return dict.fromkeys(self.models)
        known = dict(zip(self.problem.models, accuracy, strict=True))
        return {name: None if math.isnan(a := known[name]) else float(a) for name in self.models}

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each model of the pool.

        Columns: `model`, `chosen`, and its chemistry with the chosen (`inside`) and with the
        other models (`outside`).
        """
        matrix = self.problem.matrix
        chosen = [model in self.models for model in self.problem.models]
        inside = matrix[:, chosen].sum(axis=1)
        return pd.DataFrame(
            {
                "model": list(self.problem.models),
                "chosen": chosen,
                "inside": inside,
                "outside": matrix.sum(axis=1) - inside,
            }
        )

    def trace_frame(self) -> pd.DataFrame:
        """Return the climbs, a row for each start and each move."""
        rows: list[tuple[object, ...]] = []
        for number, climb in enumerate(self.trace):
            rows.append((number, 0, "start", ", ".join(climb.start), None, climb.start_loss))
            rows += [
                (number, step, move.kind, move.added, move.removed, move.loss)
                for step, move in enumerate(climb.moves, 1)
            ]
        return pd.DataFrame(rows, columns=["climb", "step", "move", "added", "removed", "loss"])

    def trace_data(self) -> list[dict[str, Any]]:
        """Return the climbs as plain data: start, steps, end, and why each stopped.

        A step has the `move` taken (None at the last one, which found none better) and, if they
        were asked for (``HillClimbOptions(trace=True)``), its `candidates`: `move`, `added`,
        `removed`, `loss`, `feasible`, and the constraints that it breaks (`broken`).
        """
        return [_climb_data(climb) for climb in self.trace]

    def candidates_frame(self) -> pd.DataFrame:
        """Return what each step of each climb looked at, if that was asked for.

        Columns: `climb` and `step`, as in `trace_frame`; `move`, `added`, `removed`, `loss`, and
        whether it is `feasible`. There are rows with ``HillClimbOptions(trace=True)`` only.
        """
        rows = [
            (number, step, one.kind, one.added, one.removed, one.loss, one.feasible)
            for number, climb in enumerate(self.trace)
            for step, looked_at in enumerate(climb.candidates, 1)
            for one in looked_at
        ]
        columns = ["climb", "step", "move", "added", "removed", "loss", "feasible"]
        return pd.DataFrame(rows, columns=columns)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        kind: Literal["climb", "ensemble", "heatmap", "network"] | None = None,
        optimum: float | None = None,
    ) -> Axes:
        """Draw the answer.

        Parameters
        ----------
        ax : Axes, optional
        kind : {"climb", "ensemble", "heatmap", "network"}, optional
            ``"climb"``: the moves of a hill climber (`chemopt.plots.hill_climb_trace`);
            ``"ensemble"``: the chemistry of each model inside and outside
            (`chemopt.plots.ensemble`); ``"heatmap"`` and ``"network"``: the table with the ensemble
            pointed out. If not given, the climb where there is one, else the ensemble.
        optimum : float, optional
            The proved least loss, for a line next to the climb.

        Raises
        ------
        InputError
            There is no such kind, no climb, or no ensemble.
        """
        from chemopt.plots.climb import hill_climb_trace
        from chemopt.plots.models import ensemble as draw_ensemble

        if kind is None:
            kind = "climb" if self.trace else "ensemble"
        choice("kind", kind, ("climb", "ensemble", "heatmap", "network"))
        about = f"{self.method}: {self.problem.caption()}"
        if kind == "climb":
            if not self.trace:
                raise InputError(f"there is no climb to draw: method {self.method!r} made none")
            return hill_climb_trace(
                self.trace_frame(), candidates=self.candidates_frame(), optimum=optimum,
                about=about, ax=ax,
            )  # fmt: skip
        if self.terms is None:
            raise InputError(f"there is no ensemble to draw: {self.message}")
        if kind == "ensemble":
            return draw_ensemble(self.to_frame(), about=f"{about}, loss {self.loss:.6g}", ax=ax)
        return self.problem.table.plot(ax, kind=kind, chosen=self.models, about=about)

    def _figures(self) -> dict[str, Any]:
        terms, problem = self.terms, self.problem
        return {
            "loss": self.loss,
            "loss_inter": None if terms is None else terms.loss_inter,
            "loss_intra": None if terms is None else terms.loss_intra,
            "size_penalty": None if terms is None else terms.size_penalty,
            "inter": None if terms is None else terms.inter,
            "intra": None if terms is None else terms.intra,
            "accuracies": self.accuracies,
            "alpha": problem.alpha,
            "beta": problem.beta,
            "added_constraints": list(self.added_constraints),
            "m_inter": problem.m_inter,
            "m_inter_value": None if terms is None else problem.m_inter_value,
            "m_intra_value": problem.m_intra_value,
            "proof_tolerance": PROOF_TOLERANCE,
            "absolute_tolerance": self.absolute_tolerance,
            "chemistry_settings": dict(problem.table.settings),
        }

    def summary(self, instead: str = "") -> str:
        """Return a text for reading: what is proved, whether to use it, the ensemble, its loss.

        Where the loss does not serve, that comes first.

        Parameters
        ----------
        instead : str
            A command that serves better, to be named where the loss does not serve.
        """
        problem = self.problem
        lines = self._claim("published loss")
        if self.verdict is not None and self.verdict.worth is Worth.WRONG_OBJECTIVE:
            claim, sentence, *others = lines
            named = [f"  instead       {instead}"] if instead else []
            lines = [sentence, *named, claim, *others]
        lines += [f"  subject to    {text}" for text in self.added_constraints[:_SHOWN]]
        if (more := len(self.added_constraints) - _SHOWN) > 0:
            lines.append(f"  subject to    {counted(more, 'more constraint')}")
        if self.terms is not None:
            terms = self.terms
            lines += [
                f"  ensemble      {', '.join(self.models) or '(no model)'}",
                f"  size          {len(self.models)} of {len(problem.models)} models",
                f"  loss          {_figure(terms.loss)}",
                f"    inter term  {_figure(_without_last_place(terms.loss_inter, terms.inter))} = "
                f"{problem.alpha:g} · "
                f"({_figure(problem.m_inter_value)} − {_figure(terms.inter)})",
                f"    intra term  {_figure(terms.loss_intra)} = {1 - problem.alpha:g} · "
                f"({_figure(problem.m_intra_value)} − {_figure(terms.intra)})",
                f"    size term   {_figure(terms.size_penalty)} = "
                f"{problem.beta:g} · {len(self.models)}",
            ]
            lines += [f"  {line}" for line in use_lines(self.constraint_use)]
        if self.bound is not None and self.gap is not None:
            lines.append(f"  lower bound   {_figure(self.bound)} (gap {100 * self.gap:.2g} %)")
        lines.append(self._solved_by())
        lines += [f"  warning       {warning}" for warning in self.warnings]
        return "\n".join(lines)

    def __repr__(self) -> str:
        """Return a line: method, status, loss and ensemble."""
        return (
            f"Recommendation(method={self.method!r}, status={self.status.value!r}, "
            f"loss={self.loss!r}, models={self.models!r})"
        )


def _climb_data(climb: Climb) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    for k in range(max(len(climb.moves), len(climb.candidates))):
        steps.append({"move": _move_data(climb.moves[k]) if k < len(climb.moves) else None})
        if climb.candidates:
            steps[k]["candidates"] = [
                {**_move_data(one), "feasible": one.feasible, "broken": list(one.broken)}
                for one in climb.candidates[k]
            ]
    return {
        "start": list(climb.start),
        "start_loss": climb.start_loss if math.isfinite(climb.start_loss) else None,
        "steps": steps,
        "loss": climb.loss if math.isfinite(climb.loss) else None,
        "stopped": climb.stopped.value,
    }


def _move_data(move: Move | Candidate) -> dict[str, Any]:
    return {"move": move.kind, "added": move.added, "removed": move.removed, "loss": move.loss}


def _without_last_place(value: float, of: float) -> float:
    """Return a difference as 0 where only the last place of what it is a difference of is left."""
    return 0.0 if abs(value) <= INTER_ALLOWANCE * abs(of) else value


def _figure(value: float) -> str:
    """Write with six decimals, or six digits where those would show nothing."""
    value += 0.0  # no minus sign before a zero
    return f"{value:.6f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.6g}"


def raise_if_interrupted(answer: Recommendation) -> None:
    """Pass a Ctrl-C on: a method takes the signal for itself, and returns what it has.

    Raises
    ------
    KeyboardInterrupt
    """
    if answer.stop_reason is StopReason.INTERRUPTED:
        raise KeyboardInterrupt
