"""What a method says of a random problem, whether it is borne out, and a count of that."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from chemopt.errors import ChemoptError, InfeasibleError, InputError, UnansweredError

# What a run may come to; all else is a defect.
PROVED, BETWEEN, INFEASIBLE, REFUSED, NONE = (
    "optimal", "feasible", "infeasible", "refused", "no answer"
)  # fmt: skip
SOUND = (PROVED, BETWEEN, INFEASIBLE, REFUSED, NONE)

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Verdict:
    """One run of one method.

    Attributes
    ----------
    number : int
        Number of the problem.
    kind : str
        What the problem is like.
    method : str
    variant : str
        What else tells one run from others: a formulation, an objective, a weight.
    result : str
        One of `SOUND`, or the defect.
    detail : str
    """

    number: int
    kind: str
    method: str
    variant: str
    result: str
    detail: str = ""


def tried(
    run: Callable[[], Answer],
    defects: Callable[[Answer], Iterator[tuple[str, str]]],
    result: Callable[[Answer], str],
    *,
    feasible: bool,
) -> tuple[str, str]:
    """Make a run, and return the first defect of its answer, or what it comes to.

    Parameters
    ----------
    run : callable
    defects : callable
        Yields the defects of an answer.
    result : callable
        Says what an answer without a defect comes to.
    feasible : bool
        Whether there is a feasible ensemble, for runs that raise where there is none.

    Examples
    --------
    >>> tried(lambda: 3, lambda answer: iter(()), lambda answer: "optimal", feasible=True)
    ('optimal', '')
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = run()
    except InputError as error:
        return REFUSED, str(error)
    except InfeasibleError as error:
        return ("false infeasible", str(error)) if feasible else (INFEASIBLE, "")
    except UnansweredError as error:
        return NONE, str(error)
    except ChemoptError as error:
        return type(error).__name__, str(error)
    except Exception as error:  # a crash is what this looks for
        return f"crash: {type(error).__name__}", str(error)
    return next(defects(answer), (result(answer), ""))


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Count the results of each method.

    Parameters
    ----------
    frame : DataFrame
        The verdicts, a row each.

    Returns
    -------
    DataFrame
        A row for each method and variant; a column for each result, defects last.
    """
    counts = frame.groupby(["method", "variant"], sort=False)["result"].value_counts()
    wide = counts.unstack(fill_value=0)
    defects = sorted(set(wide.columns) - set(SOUND))
    wide = wide.reindex(columns=[*SOUND, *defects], fill_value=0)
    order = frame[["method", "variant"]].drop_duplicates()
    return wide.reindex(pd.MultiIndex.from_frame(order)).reset_index()
