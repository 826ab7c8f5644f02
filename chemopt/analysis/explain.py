"""Why these models: a recommendation in a few lines a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from chemopt.analysis.alternatives import MOVE_COLUMNS, best_moves, contributions
from chemopt.errors import InputError
from chemopt.frames import frame_records
from chemopt.methods.outcome import Status, StopReason
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation
from chemopt.numerics import SUM_TOLERANCE
from chemopt.problem.problem import ChemistryProblem
from chemopt.validation import instance_of

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes


@dataclass(frozen=True, eq=False)
class Explanation:
    """What speaks for a recommendation.

    Attributes
    ----------
    recommendation : Recommendation
        Its `warnings` say what speaks against it.
    contributions : DataFrame
        As `chemopt.analysis.alternatives.contributions`.
    moves : DataFrame
        As `chemopt.analysis.alternatives.best_moves`.
    runner_up : Recommendation or None
        The answer when this ensemble is forbidden, with the same method and options. None after a
        fallback, which compares no ensembles.
    binding : DataFrame
        A row for each constraint that alone stands in the way of a better single change:
        `condition` (its name), and the best change without it, `move`, `added`, `removed`, `loss`,
        `change`, as in `chemopt.analysis.alternatives.best_moves`. (Ensembles further away are not
        looked at; for these, drop the condition and solve again.)
    """

    recommendation: Recommendation
    contributions: pd.DataFrame
    moves: pd.DataFrame
    runner_up: Recommendation | None
    binding: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: `contributions`, `moves`, `runner_up`, `binding`."""
        other = self.runner_up
        return {
            "contributions": frame_records(self.contributions),
            "moves": frame_records(self.moves),
            "runner_up": None
            if other is None
            else {
                "models": list(other.models),
                "status": other.status.value,
                "loss": other.loss,
                "message": other.message,
            },
            "binding": frame_records(self.binding),
        }

    def summary(self) -> str:
        """Return the explanation as a text."""
        answer = self.recommendation
        chosen = self.contributions[self.contributions["chosen"]].sort_values(
            ["contribution", "model"]
        )
        lines = [f"why {', '.join(answer.models) or 'no model'}:"]
        lines += [f"  {_member(row)}" for _, row in chosen.iterrows()]
        lines.append(f"  {self._nearby()}")
        lines.append(f"  {self._next()}")
        lines += [
            f"  without {row['condition']}: {_change(row)}" for _, row in self.binding.iterrows()
        ]
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what each model does to the loss: `chemopt.plots.contributions`."""
        from chemopt.plots.models import contributions as draw_contributions

        about = self.recommendation.problem.caption()
        return draw_contributions(self.contributions, about=about, ax=ax)

    def __str__(self) -> str:
        """Return `summary`."""
        return self.summary()

    def _nearby(self) -> str:
        if self.moves.empty:
            return "no single addition, removal or swap is feasible"
        best = self.moves.sort_values("change", kind="stable").iloc[0]
        return f"best single change: {_change(best)}"

    def _next(self) -> str:
        answer, other = self.recommendation, self.runner_up
        if other is None:
            return "chosen by the profiles alone, since no pair of models has chemistry"
        if other.status is Status.INFEASIBLE:
            return "no other ensemble meets the constraints"
        if other.loss is None or answer.loss is None:
            return f"no other ensemble was found: {other.message}"
        proved = answer.status is Status.OPTIMAL and other.status is Status.OPTIMAL
        what = "runner-up" if proved else "best other ensemble found"
        return (
            f"{what}: {', '.join(other.models) or 'no model'} with loss {other.loss:.6f} "
            f"({_signed(other.loss - answer.loss)})"
        )


def explain(recommendation: Recommendation, *, time_limit: float | None = None) -> Explanation:
    """Explain a recommendation.

    Parameters
    ----------
    recommendation : Recommendation
        With an ensemble.
    time_limit : float, optional
        Seconds for finding the runner-up; by default the limit of the recommendation.

    Raises
    ------
    InputError
        There is no ensemble to explain, or constraints were added to its model
        (`MipOptions.customise`), which the changes looked at here would not respect.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem, recommend
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> problem = ChemistryProblem(table, m_inter="total", max_size=2)
    >>> print(explain(recommend(problem)))
    why a, b:
      a raises the loss by 0.250 (inter +0.250, intra -0.500, size +0.500)
      b raises the loss by 0.375 (inter +0.375, intra -0.500, size +0.500)
      best single change: adding c and dropping a, which changes the loss by +0.000000
      runner-up: a, c with loss 1.875000 (+0.000000)
      without min_size=2 (the default): dropping b, which changes the loss by -0.375000
    """
    hint = "recommend(problem) makes one"
    instance_of("explain needs a Recommendation", recommendation, Recommendation, hint)
    problem, models = recommendation.problem, recommendation.models
    if recommendation.terms is None:
        raise InputError(f"there is no ensemble to explain: {recommendation.message}")
    if recommendation.added_constraints:
        raise InputError(
            "explain knows the constraints of the problem only, not those that customise added; "
            "best_ensembles(problem, 2, ...) with the same options gives the runner-up"
        )
    runner_up = None
    if recommendation.stop_reason is not StopReason.FALLBACK:
        settings = recommendation.settings
        runner_up = recommend(
            problem.with_options(forbid=(*problem.constraints.forbid, models)),
            recommendation.method,
            options=recommendation.options,
            time_limit=settings["time_limit"] if time_limit is None else time_limit,
            rel_gap=settings["rel_gap"],
            threads=settings["threads"],
            seed=recommendation.seed,
        )
    return Explanation(
        recommendation=recommendation,
        contributions=contributions(problem, models),
        moves=best_moves(problem, models),
        runner_up=runner_up,
        binding=_binding(problem, models),
    )


def _binding(problem: ChemistryProblem, models: tuple[str, ...]) -> pd.DataFrame:
    """Find the constraints without which a single change would be better than any feasible one."""
    rows = []
    allowed = min([0.0, *best_moves(problem, models)["change"]])
    for name, without in _relaxed(problem):
        moves = best_moves(without, models)
        better = moves[moves["change"] < allowed - SUM_TOLERANCE * problem.table.typical]
        if len(better):
            best = better.sort_values("change", kind="stable").iloc[0]
            rows.append({"condition": name, **best.to_dict()})
    return pd.DataFrame(rows, columns=["condition", *MOVE_COLUMNS])


def _relaxed(problem: ChemistryProblem) -> Iterator[tuple[str, ChemistryProblem]]:
    """Yield each constraint by name, with the problem without it."""
    low, own = problem.size_bounds[0], problem.constraints
    asked = own.min_size
    if own.size is not None:
        yield f"size={own.size}", problem.with_options(size=None, min_size=asked or 0)
    elif low:
        default = " (the default)" if asked is None else ""
        yield f"min_size={low}{default}", problem.with_options(min_size=0)
    # the default smallest size depends on other constraints, and must not change with them
    problem = problem.with_options(min_size=low)
    if own.max_size is not None:
        yield f"max_size={own.max_size}", problem.with_options(max_size=None)
    for name, others in problem.constraints.relaxed():
        try:
            without = problem.with_options(constraints=others)
        except InputError:
            continue  # an excluded model without the attributes that a budget needs
        yield name, without
    if problem.m_inter == "published":
        yield "the inter constraint", problem.with_options(m_inter="greedy")


def _change(move: pd.Series) -> str:
    parts = [f"adding {move['added']}"] if pd.notna(move["added"]) else []
    parts += [f"dropping {move['removed']}"] if pd.notna(move["removed"]) else []
    return f"{' and '.join(parts)}, which changes the loss by {_signed(move['change'])}"


def _member(row: pd.Series) -> str:
    change = float(row["contribution"])
    verdict = (
        f"lowers the loss by {-change:.3f}"
        if change < -5e-4
        else f"raises the loss by {change:.3f}"
        if change > 5e-4
        else "leaves the loss as it is"
    )
    parts = ", ".join(
        f"{name} {_signed(float(row[f'{name}_term']), 3)}" for name in ("inter", "intra", "size")
    )
    # a member that raises the loss may be there only because the ensemble without it is forbidden
    forbidden = "" if row["inter_allowed"] else "; dropping it is forbidden by the inter constraint"
    return f"{row['model']} {verdict} ({parts}){forbidden}"


def _signed(value: float, digits: int = 6) -> str:
    return f"{round(value, digits) + 0.0:+.{digits}f}"  # no minus sign before a zero
