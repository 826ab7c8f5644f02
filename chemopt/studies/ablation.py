"""Ablations of `recommend`: one setting is changed at a time, all others stay at their defaults.

Settings are α, β, the moves of one hill climb (`steps`) and the rank weights of the cost. For each
value, the ensemble of the published heuristic is compared with the proved optimum of the same
problem. Losses of different α, β or weights are losses of different problems: compare gaps, sizes
and ensembles across rows, not losses.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from chemopt.analysis.compare import gap_to, shared_models
from chemopt.chemistry.compute import compute_chemistry
from chemopt.chemistry.cost import RANK_WEIGHTS
from chemopt.errors import InputError
from chemopt.methods.local_search.hill_climb import HillClimbOptions
from chemopt.methods.outcome import Status, StopReason
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation
from chemopt.problem.problem import ChemistryProblem
from chemopt.progress import Progress, reporter
from chemopt.validation import instance_of

logger = logging.getLogger(__name__)

DEFAULT_STEPS = HillClimbOptions().steps
VALUES: dict[str, tuple[Any, ...]] = {
    "alpha": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "beta": (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0),
    "steps": (1, 2, 3, 5, 10, 20),
    "weights": tuple(RANK_WEIGHTS),
}
COLUMNS = (
    "setting", "value", "pool", "loss", "optimum", "gap", "size", "ensemble", "jaccard",
    "stop_reason",
)  # fmt: skip


def ablate(
    problems: Iterable[ChemistryProblem],
    *,
    time_limit: float | None = None,
    progress: Progress = None,
) -> pd.DataFrame:
    """Change one setting of `recommend` at a time.

    Parameters
    ----------
    problems : iterable of ChemistryProblem
        The defaults are each problem's own α, β and table, and 10 steps.
    time_limit : float, optional
        Seconds for each proof of an optimum.
    progress : bool or callable, optional
        True shows a bar; a function is called with the number of runs done and of all runs.

    Returns
    -------
    DataFrame
        A row for each problem and value, the defaults first: `setting` ("default", "alpha",
        "beta", "steps", "weights"), `value` (text), `pool` (the problem's name), `loss` (of the
        hill climber's ensemble), `optimum` (proved; NaN if it was not), `gap` ((loss − optimum) /
        |optimum|), `size`, `ensemble` (a tuple of names), `jaccard` (to the ensemble at the
        defaults; NaN without an ensemble), `stop_reason` (of the hill climber). A fallback, which
        may violate the constraints of the problem, has no gap. There are no rows on weights for
        a problem without profiles, whose table cannot be recomputed.

    Raises
    ------
    InputError
        There is no problem, or the time limit is out of range.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> frame = ablate([ChemistryProblem(table, m_inter="total", name="three")])
    >>> frame.loc[[0, 1, 11], ["setting", "value", "loss", "gap", "ensemble"]]
        setting value   loss  gap   ensemble
    0   default        1.875  0.0     (a, b)
    1     alpha     0  1.500  0.0  (a, b, c)
    11    alpha     1  1.250  0.0     (b, c)
    """
    progress = reporter(progress, "runs")
    instance_of("ablate needs a list of problems", problems, Iterable)
    chosen = list(problems)
    if not chosen:
        raise InputError("there is nothing to ablate: give at least one problem")
    plans = [list(_changes(problem)) for problem in chosen]
    total = sum(1 + len(plan) for plan in plans)
    rows: list[tuple[Any, ...]] = []
    for problem, plan in zip(chosen, plans, strict=True):
        # Steps do not change the problem, so its optimum is proved once.
        usual = _optimum(problem, time_limit)
        default = recommend(problem, "hill-climb")
        rows.append(_row("default", "", problem, default, usual, default))
        for setting, value, changed, steps in plan:
            optimum = usual if setting == "steps" else _optimum(changed, time_limit)
            answer = recommend(changed, "hill-climb", options=HillClimbOptions(steps=steps))
            rows.append(_row(setting, value, problem, answer, optimum, default))
            if progress is not None:
                progress(len(rows), total)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _changes(
    problem: ChemistryProblem,
) -> Iterator[tuple[str, Any, ChemistryProblem, int]]:
    """Yield setting, value, the changed problem, and the steps."""
    for alpha in VALUES["alpha"]:
        yield "alpha", alpha, problem.with_options(alpha=alpha), DEFAULT_STEPS
    for beta in VALUES["beta"]:
        yield "beta", beta, problem.with_options(beta=beta), DEFAULT_STEPS
    for steps in VALUES["steps"]:
        yield "steps", steps, problem, steps
    settings = problem.table.settings
    if problem.profiles is None or "weights" not in settings:
        logger.warning(
            "%s: no rows on weights, since its table is not computed from profiles", problem.name
        )
        return
    kept = ("usage_threshold", "empty_cost", "tau", "cap")
    options = {option: settings[option] for option in kept if option in settings}
    for weights in VALUES["weights"]:
        table = compute_chemistry(problem.profiles, weights=weights, **options)
        yield "weights", weights, problem.with_options(table=table), DEFAULT_STEPS


def _optimum(problem: ChemistryProblem, time_limit: float | None) -> float:
    answer = recommend(problem, "auto", time_limit=time_limit)
    if answer.stop_reason is StopReason.INTERRUPTED:
        raise KeyboardInterrupt  # A solver handles the signal itself.
    if answer.status is not Status.OPTIMAL or answer.loss is None:
        return math.nan
    return answer.loss


def _row(
    setting: str,
    value: Any,
    problem: ChemistryProblem,
    answer: Recommendation,
    optimum: float,
    default: Recommendation,
) -> tuple[Any, ...]:
    comparable = not math.isnan(optimum) and answer.stop_reason is not StopReason.FALLBACK
    return (
        setting,
        f"{value:g}" if isinstance(value, float) else str(value),
        problem.name,
        math.nan if answer.loss is None else answer.loss,
        optimum,
        gap_to(answer, optimum) if comparable else math.nan,
        len(answer.models),
        answer.models,
        shared_models(answer.models, default.models) if answer.models else math.nan,
        answer.stop_reason.value,
    )
