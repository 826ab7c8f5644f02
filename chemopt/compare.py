"""`compare`: methods side by side over α and β, against the proved optimum."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pandas as pd

from chemopt.errors import InputError
from chemopt.loss import SUM_TOLERANCE
from chemopt.methods import HEURISTICS, METHODS
from chemopt.problem import SelectionProblem
from chemopt.recommend import recommend
from chemopt.recommendation import Recommendation, Status

COLUMNS = (
    "alpha", "beta", "method", "status", "loss", "optimum", "gap", "bound", "size", "jaccard",
    "runtime", "solver", "models",
)  # fmt: skip


def compare(
    problem: SelectionProblem,
    methods: Sequence[str] = ("hill-climb", "highs"),
    alphas: Sequence[float] | None = None,
    betas: Sequence[float] | None = None,
    *,
    time_limit: float | None = None,
    rel_gap: float = 0.0,
    threads: int = 1,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Answer a problem by several methods and put them side by side.

    Parameters
    ----------
    problem : SelectionProblem
    methods : sequence of str
        Methods of `recommend`. If none of them is exact, ``"auto"`` runs in the background,
        so that there is an optimum to compare with; it gets no row.
    alphas, betas : sequence of float, optional
        Values to go through; the problem's own by default.
    time_limit, rel_gap, threads, seed
        As for `recommend`, for each run.
    progress : callable, optional
        Called with the runs done and the runs in all.

    Returns
    -------
    DataFrame
        A row for each α, β and method: `alpha`, `beta`, `method`, `status`, `loss`,
        `optimum` (the proved optimal loss, NaN if no method proved it), `gap` (how far the
        loss is above it: (loss − optimum) / |optimum|, and 0 where that is rounding), `bound`,
        `size`, `jaccard` (models in common with the optimal ensemble, divided by models in
        either), `runtime` (seconds), `solver`, `models` (names, comma-separated).

    Raises
    ------
    InputError
        No method or an unknown one, or a value out of range.

    Examples
    --------
    >>> from chemopt import ChemistryTable, SelectionProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> frame = compare(SelectionProblem(table, m_inter="total"), ["hill-climb", "brute-force"])
    >>> frame[["method", "status", "loss", "gap"]]
            method    status   loss  gap
    0   hill-climb  feasible  1.875  0.0
    1  brute-force   optimal  1.875  0.0
    """
    if isinstance(methods, str) or not methods:
        raise InputError(f"methods must be a list of at least one of {', '.join(METHODS)}")
    for name in methods:
        if name not in METHODS:
            raise InputError(f"method must be one of {', '.join(METHODS)}, not {name!r}")
    problems = [
        problem.with_options(alpha=alpha, beta=beta)
        for alpha, beta in itertools.product(
            [problem.alpha] if alphas is None else alphas,
            [problem.beta] if betas is None else betas,
        )
    ]
    run = list(dict.fromkeys(methods))
    if all(name in HEURISTICS for name in run):
        run.append("auto")
    rows: list[tuple[object, ...]] = []
    total = len(problems) * len(run)
    for at in problems:
        answers = {}
        for name in run:
            answers[name] = recommend(
                at, name, time_limit=time_limit, rel_gap=rel_gap, threads=threads, seed=seed
            )
            if progress is not None:
                progress(len(rows) + len(answers), total)
        best = _optimum(list(answers.values()))
        rows += [_row(answers[name], best) for name in run]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame[frame["method"].isin(list(methods))].reset_index(drop=True)


def _optimum(answers: list[Recommendation]) -> Recommendation | None:
    proved = [answer for answer in answers if answer.status is Status.OPTIMAL]
    return min(proved, key=lambda answer: answer.loss or 0.0, default=None)


def _row(answer: Recommendation, best: Recommendation | None) -> tuple[object, ...]:
    nan = float("nan")
    optimum, gap, jaccard = nan, nan, nan
    if best is not None and best.loss is not None:
        optimum = best.loss
        if answer.loss is not None:
            above = answer.loss - optimum
            rounding = SUM_TOLERANCE * max(1.0, abs(optimum))
            gap = 0.0 if abs(above) <= rounding else above / max(abs(optimum), rounding)
            either = set(answer.models) | set(best.models)
            common = set(answer.models) & set(best.models)
            jaccard = len(common) / len(either) if either else 1.0
    return (
        answer.problem.alpha,
        answer.problem.beta,
        answer.method,
        answer.status.value,
        nan if answer.loss is None else answer.loss,
        optimum,
        gap,
        nan if answer.bound is None else answer.bound,
        len(answer.models),
        jaccard,
        answer.runtime,
        answer.solver,
        ", ".join(answer.models),
    )
