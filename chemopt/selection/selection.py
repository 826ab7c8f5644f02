"""The answer of `select`: an ensemble, what is proved of it, and what it is worth held out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.errors import InputError
from chemopt.evidence.intervals import Interval
from chemopt.evidence.verdict import Verdict
from chemopt.execution.clock import timings_text
from chemopt.frames import frame_records
from chemopt.methods.result import Result
from chemopt.problem.linear import use_lines
from chemopt.selection.objectives import Objective
from chemopt.selection.problem import CoverageProblem
from chemopt.selection.shrinkage import Strength

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes


@dataclass(frozen=True, eq=False, kw_only=True)
class Selection(Result):
    """What `select` returns.

    Attributes
    ----------
    problem, models, method, status, stop_reason, bound, solver, solver_version, timings, seed, \
settings, message, nodes
        As for all results (`chemopt.methods.result.Result`). The problem has patterns of the items
        and pseudo-items.
    objective : {"coverage", "vote"}
    value : float or None
        The objective, as a share of the items (and pseudo-items): what `status` speaks of, and
        `bound` is an upper bound of.
    training_value : float or None
        Coverage or vote on the items that the ensemble was chosen from; without shrinkage the same
        as `value`. It flatters: see `held_out`.
    shrink : "top-k", float or None
        Pseudo-items that shrunk the coverage; ``"top-k"`` for the most accurate models, whose
        objective is their summed accuracy; None for a vote.
    held_out : Interval
        What ensembles chosen in the same way are worth on items that they were not chosen from.
    versus_top_k, versus_best_model : Interval
        How much more than the most accurate models of the same number, and than the best one.
    splits : DataFrame
        The held-out values; see `chemopt.selection.held_out`.
    baselines : DataFrame
        On the items at hand; see `chemopt.selection.baselines`.
    verdict : Verdict or None
        Whether the ensemble is worth it.
    warnings : tuple of str
    """

    problem: CoverageProblem
    objective: Objective
    value: float | None
    training_value: float | None
    shrink: Strength | None
    held_out: Interval
    versus_top_k: Interval
    versus_best_model: Interval
    splits: pd.DataFrame
    baselines: pd.DataFrame
    verdict: Verdict | None
    warnings: tuple[str, ...]

    def _figures(self) -> dict[str, Any]:
        return {
            "objective": self.objective,
            "value": self.value,
            "training_value": self.training_value,
            "shrink": "infinite" if self.shrink == math.inf else self.shrink,
            "held_out": self.held_out.mean,
            "held_out_interval": self.held_out.to_dict(),
            "versus_top_k": self.versus_top_k.to_dict(),
            "versus_best_model": self.versus_best_model.to_dict(),
            "baselines": frame_records(self.baselines),
        }

    def summary(self) -> str:
        """Return a text for reading: what is proved, whether it is worth it, and the ensemble."""
        lines = self._claim(self._objective())
        if self.value is not None and self.training_value is not None:
            lines += [
                f"  ensemble      {', '.join(self.models)}",
                f"  size          {len(self.models)} of {len(self.problem.models)} models",
                f"  on the items  {self._on_the_items(self.training_value)}",
            ]
            if not math.isnan(self.held_out.mean):
                lines.append(f"  held out      {_percent(self.held_out.mean)}")
            if self.shrink:
                lines.append(f"  objective     {objective_text(self.shrink)}: {self.value:.6f}")
        if self.bound is not None and self.gap is not None:
            lines.append(f"  upper bound   {self.bound:.6f} (gap {100 * self.gap:.2g} %)")
        lines += [f"  {line}" for line in use_lines(self.constraint_use)]
        lines.append(self._solved_by())
        lines.append(f"  time          {timings_text(self.timings)}")
        lines += [f"  warning       {warning}" for warning in self.warnings]
        return "\n".join(lines)

    def _objective(self) -> str:
        """Name what `status` is about."""
        return objective_text(None if self.objective == "vote" else self.shrink or 0.0)

    def _on_the_items(self, value: float) -> str:
        """Write what the ensemble and its baselines are worth on the items at hand."""
        beside = "" if self.verdict is None else self.verdict.beside
        return _percent(value) + (f" ({beside})" if beside else "")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the ensemble next to what it is compared with: `chemopt.plots.selection`.

        Raises
        ------
        InputError
            There is no ensemble.
        """
        from chemopt.plots.outcomes import selection as draw_selection

        if self.baselines.empty:
            raise InputError(f"there is no ensemble to draw: {self.message}")
        held_out = (self.held_out.mean, self.held_out.low, self.held_out.high)
        about = f"{', '.join(self.models)}; {len(self.models)} of {len(self.problem.models)} models"
        return draw_selection(
            self.baselines, self.objective, chosen="ensemble", held_out=held_out, about=about, ax=ax
        )

    def __repr__(self) -> str:
        """Return a line: objective, status, value and ensemble."""
        return (
            f"Selection(objective={self.objective!r}, status={self.status.value!r}, "
            f"value={self.value!r}, models={self.models!r})"
        )


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def objective_text(strength: Strength | None) -> str:
    """Name the objective that a strength of shrinkage makes; None is that of a vote.

    Examples
    --------
    >>> objective_text(100.0), objective_text(0.0), objective_text(None)
    ('coverage with 100 pseudo-items', 'coverage of the items', 'vote on the items')
    """
    if strength is None:
        return "vote on the items"
    if strength == 0:
        return "coverage of the items"
    if strength == "top-k":
        return "summed accuracy (top-k)"
    if math.isinf(float(strength)):
        return "coverage of pseudo-items alone"
    return f"coverage with {float(strength):g} pseudo-items"
