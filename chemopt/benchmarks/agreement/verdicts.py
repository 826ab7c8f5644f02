"""What every method says of a random problem, and whether enumeration bears it out."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from chemopt.benchmarks.agreement.random_problems import RandomProblem, random_problem
from chemopt.benchmarks.agreement.rational import Optimum, enumerate_optimum, maximum_cut
from chemopt.errors import ChemoptError, InputError
from chemopt.methods.mip.formulations import CP_SAT_FORMULATIONS, FORMULATIONS, MipOptions
from chemopt.methods.outcome import Status
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation
from chemopt.methods.registry import METHODS, MethodName

#: Every method, with every formulation it takes.
METHODS_TRIED: tuple[tuple[MethodName, str | None], ...] = (
    *((name, None) for name in METHODS if name not in ("highs", "cp-sat")),
    *(("highs", name) for name in FORMULATIONS),
    *(("cp-sat", name) for name in CP_SAT_FORMULATIONS),
)
# Searches without a proof go on until their time is up.
_SEARCH_SECONDS = 0.1
# What a run may come to; all after the first five are defects.
PROVED, BETWEEN, INFEASIBLE, REFUSED, NONE = (
    "optimal", "feasible", "infeasible", "refused", "no answer"
)  # fmt: skip
SOUND = (PROVED, BETWEEN, INFEASIBLE, REFUSED, NONE)


@dataclass(frozen=True)
class Verdict:
    """One run of one method.

    Attributes
    ----------
    number : int
        Number of the problem.
    kind : str
        Kind of its table.
    method, formulation : str
    result : str
        One of `SOUND`, or the defect.
    detail : str
    """

    number: int
    kind: str
    method: str
    formulation: str
    result: str
    detail: str = ""


def verdicts(
    seed: int,
    numbers: Iterable[int],
    most: int = 10,
    time_limit: float = 20.0,
    methods: Collection[str] = tuple(METHODS),
) -> list[Verdict]:
    """Try methods on some random problems.

    Parameters
    ----------
    seed : int
    numbers : iterable of int
        Numbers of the problems.
    most : int
        Largest number of models.
    time_limit : float
        Seconds a run; searches without a proof get a tenth of a second.
    methods : collection of str, optional
        Their names (all); HiGHS and CP-SAT with every formulation that they take.

    Examples
    --------
    >>> found = verdicts(0, [1], most=4)
    >>> len(found) == len(METHODS_TRIED), {verdict.result for verdict in found} <= set(SOUND)
    (True, True)
    """
    tried = [pair for pair in METHODS_TRIED if pair[0] in methods]
    return [
        verdict for number in numbers for verdict in _of_one(seed, number, most, time_limit, tried)
    ]


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Count the results of each method.

    Parameters
    ----------
    frame : DataFrame
        The verdicts, a row each.

    Returns
    -------
    DataFrame
        A row for each method and formulation; a column for each result, defects last.
    """
    counts = frame.groupby(["method", "formulation"], sort=False)["result"].value_counts()
    wide = counts.unstack(fill_value=0)
    defects = sorted(set(wide.columns) - set(SOUND))
    wide = wide.reindex(columns=[*SOUND, *defects], fill_value=0)
    order = frame[["method", "formulation"]].drop_duplicates()
    return wide.reindex(pd.MultiIndex.from_frame(order)).reset_index()


def _of_one(
    seed: int,
    number: int,
    most: int,
    time_limit: float,
    tried: Iterable[tuple[MethodName, str | None]],
) -> Iterator[Verdict]:
    drawn = random_problem(seed, number, most)
    problem = drawn.problem
    cut = problem.m_inter == "cut"
    m_inter = float(maximum_cut(problem.matrix)) if cut else problem.m_inter_value
    optimum = enumerate_optimum(drawn, m_inter)
    for method, formulation in tried:
        seconds = time_limit if METHODS[method].proves else min(time_limit, _SEARCH_SECONDS)
        options = None if formulation is None else MipOptions(formulation)  # type: ignore[arg-type]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                answer = recommend(problem, method, options=options, time_limit=seconds)
        except InputError as error:
            result, detail = REFUSED, str(error)
        except ChemoptError as error:
            result, detail = type(error).__name__, str(error)
        except Exception as error:  # a crash is what this looks for
            result, detail = f"crash: {type(error).__name__}", str(error)
        else:
            result, detail = _judged(drawn, optimum, answer)
        yield Verdict(number, drawn.kind, method, formulation or "", result, detail)


def _judged(drawn: RandomProblem, optimum: Optimum, answer: Recommendation) -> tuple[str, str]:
    """Return the first defect of an answer, or what it comes to."""
    for defect in _defects(drawn, optimum, answer):
        return defect
    if answer.status in (Status.OPTIMAL, Status.INFEASIBLE):
        return answer.status.value, ""
    return (BETWEEN if answer.loss is not None else NONE), answer.message


def _defects(
    drawn: RandomProblem, optimum: Optimum, answer: Recommendation
) -> Iterator[tuple[str, str]]:
    """Compare an answer with the enumeration."""
    least, most = optimum.loose, optimum.strict
    if answer.status is Status.INFEASIBLE:
        if most is not None:
            yield "false infeasible", f"the optimum is {float(most)!r}"
        return
    if least is None:
        if answer.loss is not None:
            yield "false feasible", f"{', '.join(answer.models)} breaks a constraint"
        return
    tolerance = Fraction(drawn.problem.proof_tolerance(float(least)))
    loss = None if answer.loss is None else Fraction(answer.loss)
    if loss is not None and loss < least - tolerance:
        yield "false loss", f"{answer.loss!r} is below the optimum {float(least)!r}"
    if most is None:  # only rounding makes the problem feasible
        return
    if answer.bound is not None and Fraction(answer.bound) > most + tolerance:
        yield "false bound", f"{answer.bound!r} is above the optimum {float(most)!r}"
    if answer.status is Status.OPTIMAL and loss is not None and loss > most + tolerance:
        yield "false optimal", f"{answer.loss!r}, but the optimum is {float(most)!r}"
