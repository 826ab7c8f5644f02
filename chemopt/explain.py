"""Why these models: a recommendation in a few lines a person can read."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from chemopt.alternatives import best_ensembles, best_moves, contributions
from chemopt.errors import InputError
from chemopt.recommendation import Recommendation, Status, StopReason
from chemopt.saturation import diagnose


@dataclass(frozen=True, eq=False)
class Explanation:
    """What speaks for a recommendation.

    Attributes
    ----------
    recommendation : Recommendation
    contributions : DataFrame
        As `chemopt.contributions`.
    moves : DataFrame
        As `chemopt.best_moves`.
    runner_up : Recommendation or None
        The best other ensemble that was found; None if there is none.
    binding : tuple of str
        Conditions that the ensemble only just meets, where more room could lead to a smaller loss.
    saturation : str
        What is wrong with the profiles behind the table; empty if nothing is known to be.
    """

    recommendation: Recommendation
    contributions: pd.DataFrame
    moves: pd.DataFrame
    runner_up: Recommendation | None
    binding: tuple[str, ...]
    saturation: str

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
        if self.binding:
            lines.append(f"  conditions at their limit: {'; '.join(self.binding)}")
        if self.saturation:
            lines.append(f"  {self.saturation}")
        return "\n".join(lines)

    def __str__(self) -> str:
        """Return `summary`."""
        return self.summary()

    def _nearby(self) -> str:
        if self.moves.empty:
            return "no single addition, removal or swap is allowed"
        best = self.moves.sort_values("change", kind="stable").iloc[0]
        parts = [f"adding {best['added']}"] if pd.notna(best["added"]) else []
        parts += [f"dropping {best['removed']}"] if pd.notna(best["removed"]) else []
        return f"best single change: {' and '.join(parts)}, which changes the loss by " + _signed(
            best["change"]
        )

    def _next(self) -> str:
        answer, other = self.recommendation, self.runner_up
        if other is None or other.loss is None or answer.loss is None:
            return "no other ensemble meets the conditions"
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
        Seconds for finding the runner-up, with the method of the recommendation.

    Raises
    ------
    InputError
        There is no ensemble to explain.

    Examples
    --------
    >>> from chemopt import ChemistryTable, SelectionProblem, recommend
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> problem = SelectionProblem(table, m_inter="total", max_size=2)
    >>> print(explain(recommend(problem)))
    why a, b:
      a raises the loss by 0.250 (inter +0.250, intra -0.500, size +0.500)
      b raises the loss by 0.375 (inter +0.375, intra -0.500, size +0.500)
      best single change: adding c and dropping a, which changes the loss by +0.000000
      runner-up: a, c with loss 1.875000 (+0.000000)
      conditions at their limit: at least 2 models; at most 2 models
    """
    problem, models = recommendation.problem, recommendation.models
    if recommendation.terms is None:
        raise InputError(f"there is no ensemble to explain: {recommendation.message}")
    runner_up = None
    if recommendation.stop_reason is not StopReason.FALLBACK:
        method = recommendation.method
        formulation = recommendation.settings.get("formulation")
        others = best_ensembles(
            problem.with_options(forbid=(*problem.forbid, models)),
            1,
            method,
            formulation=formulation,
            time_limit=time_limit,
            seed=recommendation.seed,
        )
        runner_up = others[0] if others else None
    saturation = ""
    if problem.profiles is not None:
        found = diagnose(problem.profiles, problem.table.settings.get("usage_threshold", 0.5))
        saturation = found.message if found.saturated else ""
    return Explanation(
        recommendation=recommendation,
        contributions=contributions(problem, models),
        moves=best_moves(problem, models),
        runner_up=runner_up,
        binding=_binding(recommendation),
        saturation=saturation,
    )


def _binding(answer: Recommendation) -> tuple[str, ...]:
    """Name the conditions that some single change would break and nothing else forbids."""
    problem, chosen = answer.problem, set(answer.models)
    now = problem.positions(chosen)
    found: dict[str, None] = {}
    low, high = problem.size_bounds
    if len(chosen) == low:
        found[f"at least {low} models"] = None
    if len(chosen) == high < len(problem.models):
        found[f"at most {high} models"] = None
    found |= dict.fromkeys(f"require {name!r}" for name in problem.require)
    found |= dict.fromkeys(f"exclude {name!r}" for name in problem.exclude)
    for condition in problem.conditions:
        toggles = (chosen ^ {model} for model in problem.models)
        if condition.allows(now) and not all(
            condition.allows(problem.positions(toggled)) for toggled in toggles
        ):
            found[condition.name] = None
    return tuple(found)


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
    return f"{row['model']} {verdict} ({parts})"


def _signed(value: float, digits: int = 6) -> str:
    return f"{value:+.{digits}f}"
