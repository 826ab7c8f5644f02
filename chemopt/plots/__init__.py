"""Pictures of plain data: matrices, tables and labels in, Matplotlib Axes out.

The package lies low, so that results of every layer offer `.plot()` and import it when that is
called. Each function draws on the Axes given, or on those of a new figure that is as large as its
labels need; `about` is the second line of its title and says which problem is shown. Names of
models are written as they are, never read as formulas.
"""

from chemopt.plots.ablation import ablation
from chemopt.plots.backtest import backtest_curve
from chemopt.plots.canvas import render
from chemopt.plots.cascade import cascade_front
from chemopt.plots.climb import hill_climb_trace
from chemopt.plots.comparison import compare
from chemopt.plots.ensemble import contributions, ensemble
from chemopt.plots.gain import gain_predictors
from chemopt.plots.heatmap import chemistry_heatmap, pair_heatmap
from chemopt.plots.interaction_graph import interaction_graph
from chemopt.plots.network import chemistry_network
from chemopt.plots.outcomes import coverage, outcomes
from chemopt.plots.pareto import pareto_front
from chemopt.plots.phase import phase
from chemopt.plots.plan import plan
from chemopt.plots.profiles import profiles
from chemopt.plots.regret import gap_map, regret
from chemopt.plots.replication import replication
from chemopt.plots.selection import selection
from chemopt.plots.stability import inclusion
from chemopt.plots.theory import chemistry_trend
from chemopt.plots.trade_off import breakpoints, membership

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
