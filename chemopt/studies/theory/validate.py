"""The entry point: statements on the cost, and the trend of chemistry, on generated profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from chemopt.chemistry.cost import RANK_WEIGHTS, Weights
from chemopt.progress import Progress, reporter
from chemopt.studies.theory.pools import LEVELS, rational_pools
from chemopt.studies.theory.statements import EMPTY_COSTS, STATEMENTS, Costs, Counterexample, Tally
from chemopt.studies.theory.trend import SHAPES, mean_chemistry, trend_row
from chemopt.validation import choice, whole

if TYPE_CHECKING:
    from chemopt.plots.canvas import Axes

#: Pools of up to this many models are checked in rational arithmetic.
LARGEST_POOL = 5


@dataclass(frozen=True, eq=False)
class Validation:
    """The result of `validate_theory`.

    Attributes
    ----------
    statements : DataFrame
        `statement`, `empty_cost` (NaN for None), `verdict`, `checks` and `violations` (for the
        trend: pools, and pools without a rise), `evidence`, `counterexample` (text; empty if
        there is none).
    trend : DataFrame
        `shape`, `empty_cost`, `heterogeneity`, `mean_chemistry` (over pools and pairs).
    counterexamples : dict
        By (statement, empty_cost): the smallest ones, to check them.
    """

    statements: pd.DataFrame
    trend: pd.DataFrame
    counterexamples: dict[tuple[str, float | None], Counterexample]

    def plot(self, ax: Axes | None = None, *, about: str | None = None) -> Axes:
        """Draw the trend of chemistry (`chemopt.plots.chemistry_trend`)."""
        from chemopt.plots.research import chemistry_trend

        return chemistry_trend(self.trend, about=about, ax=ax)


def validate_theory(
    models: int = 8,
    pools: int = 100,
    *,
    weights: Weights = "reciprocal",
    seed: int = 0,
    progress: Progress = None,
) -> Validation:
    """Check statements on cost and chemistry on generated profiles.

    Parameters
    ----------
    models : int
        Size of the pools for the trend, from 3 to 100.
    pools : int
        Number of pools of each size (statements) and of each shape (trend); from 10.
    weights : {"reciprocal", "uniform"}
        Rank weights of the cost.
    seed : int
    progress : bool or callable, optional
        True shows a bar; a function is called with the number of steps done and of all steps.

    Returns
    -------
    Validation

    Raises
    ------
    InputError
        An option is out of its range.

    Examples
    --------
    >>> result = validate_theory(models=3, pools=10)
    >>> result.statements.set_index("statement")["verdict"].loc["the cost is submodular"].to_list()
    ['does not hold', 'does not hold']
    >>> print(result.counterexamples["the cost is submodular", 1.0].text.split(" = ")[0])
    Δ(a, b, {})
    """
    progress = reporter(progress, "sizes and shapes")
    whole("models", models, 3, 100)
    whole("pools", pools, 10)
    whole("seed", seed, 0)
    choice("weights", weights, RANK_WEIGHTS)
    steps = LARGEST_POOL + len(SHAPES)
    tallies = {(s.name, e): Tally() for e in EMPTY_COSTS for s in STATEMENTS}
    for size in range(1, LARGEST_POOL + 1):
        for pool in rational_pools(size, pools, seed):
            for empty_cost in EMPTY_COSTS:
                costs = Costs(pool, empty_cost, weights)
                for statement in STATEMENTS:
                    tallies[statement.name, empty_cost].count(pool, statement.check(costs))
        if progress is not None:
            progress(size, steps)
    rows = [
        tallies[s.name, e].row(s.name, e, s.proof(weights, e))
        for e in EMPTY_COSTS
        for s in STATEMENTS
    ]
    trends = []
    for done, shape in enumerate(SHAPES, LARGEST_POOL + 1):
        means = mean_chemistry(models, pools, shape, weights, seed)
        for empty_cost, curve in means.items():
            rows.append(trend_row(shape, empty_cost, curve, seed))
            trends += [
                (shape, empty_cost, h, m) for h, m in zip(LEVELS, curve.mean(0), strict=True)
            ]
        if progress is not None:
            progress(done, steps)
    columns = [
        "statement", "empty_cost", "verdict", "checks", "violations", "evidence", "counterexample"
    ]  # fmt: skip
    trend_columns = ["shape", "empty_cost", "heterogeneity", "mean_chemistry"]
    trend = pd.DataFrame(trends, columns=trend_columns).astype({"empty_cost": float})
    trend.attrs["about"] = f"{pools} pools of {models} models of each shape, {weights} rank weights"
    return Validation(
        statements=pd.DataFrame(rows, columns=columns).astype({"empty_cost": float}),
        trend=trend,
        counterexamples={k: t.worst for k, t in tallies.items() if t.worst is not None},
    )
