"""Pictures of plain data: matrices, tables and labels in, Matplotlib Axes out.

The package lies low, so that results of every layer offer `.plot()` and import it when that is
called. Two parameters are the same in all functions: `about` is the second line of the title and
says which problem or data are shown, by default what the table has noted, if anything; `ax` are the
Axes to draw on, by default those of a new figure that is as large as its labels need. Names of
models are written as they are, never read as formulas.
"""

from chemopt.plots.backtest import backtest_curve
from chemopt.plots.canvas import render
from chemopt.plots.cascade import cascade_front
from chemopt.plots.climb import hill_climb_trace
from chemopt.plots.comparison import compare
from chemopt.plots.interaction_graph import interaction_graph
from chemopt.plots.models import contributions, ensemble, inclusion, profiles
from chemopt.plots.outcomes import coverage, outcomes, plan, selection
from chemopt.plots.pairs import chemistry_heatmap, chemistry_network, pair_heatmap
from chemopt.plots.plane import gap_map, phase, regret
from chemopt.plots.research import ablation, chemistry_trend, gain_predictors, replication
from chemopt.plots.trade_off import breakpoints, membership, pareto_front

__all__ = [
    "ablation",
    "backtest_curve",
    "breakpoints",
    "cascade_front",
    "chemistry_heatmap",
    "chemistry_network",
    "chemistry_trend",
    "compare",
    "contributions",
    "coverage",
    "ensemble",
    "gain_predictors",
    "gap_map",
    "hill_climb_trace",
    "inclusion",
    "interaction_graph",
    "membership",
    "outcomes",
    "pair_heatmap",
    "pareto_front",
    "phase",
    "plan",
    "profiles",
    "regret",
    "render",
    "replication",
    "selection",
]
