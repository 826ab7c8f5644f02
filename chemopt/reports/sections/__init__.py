"""The sections of a report, in the order of the page.

Each module has a `TITLE`, a `WEIGHT` (its share of the time), and ``make(case, share)``, which
returns a `chemopt.reports.parts.Section`, or `LeftOut` where the data cannot give one.
"""

from chemopt.reports.sections import (
    backtest,
    cascade,
    chemistry,
    coverage,
    data,
    heuristic,
    members,
    pareto,
    phase,
    settings,
    stability,
)

SECTIONS = {
    "data": data,
    "coverage": coverage,
    "backtest": backtest,
    "cascade": cascade,
    "chemistry": chemistry,
    "heuristic": heuristic,
    "members": members,
    "phase": phase,
    "pareto": pareto,
    "stability": stability,
    "settings": settings,
}
