"""`compare`: methods side by side over α and β, against the proved optimum."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import pandas as pd

from chemopt.errors import InputError, SolverError, UnansweredError
from chemopt.execution.deadline import Deadline
from chemopt.execution.gather import gather
from chemopt.methods.accuracy import mean_accuracy
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.outcome import Status, StopReason
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation, raise_if_interrupted
from chemopt.methods.registry import HEURISTICS, METHODS, MethodName, load_method
from chemopt.numerics import PROOF_TOLERANCE, SUM_TOLERANCE
from chemopt.outcomes.votes import vote
from chemopt.problem.check import solver_accuracy
from chemopt.problem.problem import ChemistryProblem, check_problem
from chemopt.progress import Progress, reporter
from chemopt.validation import choice

COLUMNS = (
    "alpha", "beta", "method", "status", "loss", "optimum", "gap", "bound", "bound_gap", "size",
    "jaccard", "accuracy", "coverage", "vote", "runtime", "solver", "models", "message", "warnings",
    "verdict",
)  # fmt: skip


def compare(
    problem: ChemistryProblem,
    methods: Sequence[MethodName] = ("hill-climb", "highs"),
    alphas: Sequence[float] | None = None,
    betas: Sequence[float] | None = None,
    *,
    time_limit: float | None = None,
    rel_gap: float = 0.0,
    threads: int = 1,
    seed: int = 0,
    executor: str | Executor | None = None,
    progress: Progress = None,
) -> pd.DataFrame:
    """Answer a problem by several methods and put them side by side.

    Parameters
    ----------
    problem : ChemistryProblem
    methods : sequence of str
        Methods of `recommend`. If all are heuristics, ``"auto"`` is run as well,
        so that there is an optimum to compare with; it gets no row.
    alphas, betas : sequence of float, optional
        Values to go through; the problem's own by default.
    time_limit : float, optional
        Seconds for all runs together, from when the methods and their solvers are imported. Each
        gets its share of what is left.
    rel_gap, threads, seed
        As for `recommend`, for each run.
    executor : {"serial", "processes"} or str or Executor, optional
        Where runs are made; see `chemopt.execution.executors.open_executor`.
    progress : bool or callable, optional
        True shows a bar; a function is called with the runs done and the runs in all.

    Returns
    -------
    DataFrame
        A row for each α, β and method: `alpha`, `beta`, `method`, `status`, `loss`, `optimum` (the
        proved optimal loss, NaN if no method proved it), `gap` (how far the loss is above it: (loss
        − optimum) / |optimum|, and 0 where that is rounding), `bound`, `bound_gap` (how far the
        loss is above the best bound of any method for this α and β, relative to that bound: the
        true gap is at most this; NaN without a bound), `size`, `jaccard` (models in common with the
        optimal ensemble, divided by models in either), `accuracy` (mean accuracy of the members,
        NaN without profiles), `coverage` and `vote` (of the ensemble, NaN without outcomes),
        `runtime` (seconds of building and solving), `solver`, `models` (a tuple of names),
        `message`, `warnings` (a tuple, as `Recommendation.warnings`), `verdict` (a dict, as
        `Verdict.to_dict`; None without an ensemble).

        Where an optimum is proved, it is itself the best bound, and `bound_gap` is `gap`.

    Raises
    ------
    InputError
        No method or an unknown one, or a value out of range.
    SolverError
        A method found a loss below a bound that another claims.
    UnansweredError
        The time limit ended it before any run was done.
    Interrupted
        By Ctrl-C; it has the rows so far.

    Examples
    --------
    >>> from chemopt import ChemistryTable, ChemistryProblem
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> frame = compare(ChemistryProblem(table, m_inter="total"), ["hill-climb", "brute-force"])
    >>> frame[["method", "status", "loss", "gap"]]
            method    status   loss  gap
    0   hill-climb  feasible  1.875  0.0
    1  brute-force   optimal  1.875  0.0
    """
    progress = reporter(progress, "runs")
    check_problem("compare", problem)
    asked = _listed("methods", methods)
    for name in asked:
        choice("method", name, METHODS)
    run = list(dict.fromkeys(asked))
    if all(name in HEURISTICS for name in run):
        run.append("auto")
    for name in run:  # no clock sees an import
        load_method(name)
    deadline = Deadline.after(time_limit)
    # once for all α and β, which do not change it
    problem = resolve_m_inter(problem, time_limit=deadline.remaining, seed=seed)
    problems = [
        problem.with_options(alpha=alpha, beta=beta)
        for alpha, beta in itertools.product(
            [problem.alpha] if alphas is None else _listed("alphas", alphas),
            [problem.beta] if betas is None else _listed("betas", betas),
        )
    ]
    options = {"rel_gap": rel_gap, "threads": threads, "seed": seed}
    gathered = gather(
        _answer, [(at, name, options) for at in problems for name in run], executor,
        deadline=deadline, progress=progress,
    )  # fmt: skip
    rows: list[tuple[object, ...]] = []
    for first in range(0, len(problems) * len(run), len(run)):
        numbers = range(first, first + len(run))
        rows += _rows([gathered.values[k] for k in numbers if k in gathered.values])
    if alphas is not None or betas is not None:
        problem = problems[0]  # for its caption
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    if not frame["method"].isin(asked).any():
        raise UnansweredError("the time limit ended it before any of the methods was done")
    found = frame[frame["method"].isin(asked)].reset_index(drop=True)
    found.attrs["about"] = problem.caption(
        alpha=found["alpha"].nunique() == 1, beta=found["beta"].nunique() == 1
    )
    return gathered.finish(found, found.attrs)


def _answer(
    problem: ChemistryProblem,
    method: MethodName,
    options: Mapping[str, Any],
    seconds: float | None,
) -> Recommendation:
    answer = recommend(problem, method, time_limit=seconds, **options)
    raise_if_interrupted(answer)
    return answer


def side_by_side(answers: Iterable[Recommendation]) -> pd.DataFrame:
    """Put answers to one problem side by side.

    Returns
    -------
    DataFrame
        A row for each answer, with the columns of `compare`.

    Raises
    ------
    SolverError
        An answer has a loss below a bound that another claims.
    """
    return pd.DataFrame(_rows(list(answers)), columns=list(COLUMNS))


def gap_to(answer: Recommendation, optimum: float) -> float:
    """Return (loss − optimum) / |optimum|, 0 where that is rounding, NaN without a loss.

    An optimum counts as no smaller than a millionth of a typical entry of the table.
    """
    if answer.loss is None:
        return math.nan
    above = answer.loss - optimum
    scale = max(abs(optimum), PROOF_TOLERANCE * answer.problem.table.typical)
    return 0.0 if abs(above) <= SUM_TOLERANCE * scale else above / scale


def shared_models(one: Iterable[str], other: Iterable[str]) -> float:
    """Return the Jaccard index of two ensembles: models in both, divided by models in either.

    Examples
    --------
    >>> shared_models(["a", "b"], ["b", "c"])
    0.3333333333333333
    """
    either, both = set(one) | set(other), set(one) & set(other)
    return len(both) / len(either) if either else 1.0


def _rows(answers: list[Recommendation]) -> list[tuple[object, ...]]:
    best = _optimum(answers)
    bound = _best_bound(answers) if best is None else best.loss
    return [_row(answer, best, bound) for answer in answers]


def _optimum(answers: list[Recommendation]) -> Recommendation | None:
    """Return a proved optimum, after seeing that no answer contradicts another's bound."""
    least = min((answer for answer in answers if answer.terms is not None), key=_loss, default=None)
    # a fallback answers to less than the problem's constraints
    if least is not None and least.stop_reason is not StopReason.FALLBACK:
        highest = _loss(least) + solver_accuracy(least.problem, _loss(least))
        for answer in answers:
            if answer.bound is not None and answer.bound > highest:
                raise SolverError(
                    f"{answer.solver} claims the bound {answer.bound!r}, but {least.method} found "
                    f"{', '.join(least.models)} with loss {least.loss!r}; please report this"
                )
    proved = [answer for answer in answers if answer.status is Status.OPTIMAL]
    return min(proved, key=_loss, default=None)


def _best_bound(answers: list[Recommendation]) -> float | None:
    """Return the largest bound that a method proved; None without one."""
    return max((answer.bound for answer in answers if answer.bound is not None), default=None)


def _loss(answer: Recommendation) -> float:
    return math.inf if answer.loss is None else answer.loss


def _listed(option: str, values: Any) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Iterable) or not (found := list(values)):
        raise InputError(f"{option} must be a list of at least one value, not {values!r}")
    return found


def _on_items(answer: Recommendation) -> tuple[float, float]:
    """Return coverage and vote of an ensemble, NaN where outcomes are not known."""
    outcomes = answer.problem.outcomes
    if outcomes is None or not answer.models:
        return math.nan, math.nan
    voted = vote(outcomes, answer.models, "log-odds").value if outcomes.votable else math.nan
    return outcomes.coverage(answer.models), voted


def _row(
    answer: Recommendation, best: Recommendation | None, bound: float | None
) -> tuple[object, ...]:
    nan = float("nan")
    optimum, gap, jaccard = nan, nan, nan
    if best is not None and best.loss is not None:
        optimum, gap = best.loss, gap_to(answer, best.loss)
        if answer.loss is not None:
            jaccard = shared_models(answer.models, best.models)
    return (
        answer.problem.alpha,
        answer.problem.beta,
        answer.method,
        answer.status.value,
        nan if answer.loss is None else answer.loss,
        optimum,
        gap,
        nan if answer.bound is None else answer.bound,
        nan if bound is None else gap_to(answer, bound),
        len(answer.models),
        jaccard,
        mean_accuracy(answer.problem, answer.models),
        *_on_items(answer),
        answer.runtime,
        answer.solver,
        answer.models,
        answer.message,
        answer.warnings,
        None if answer.verdict is None else answer.verdict.to_dict(),
    )
