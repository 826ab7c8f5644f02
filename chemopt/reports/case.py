"""What a report is about: data, the problem made of them, and options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from chemopt.errors import InputError
from chemopt.history.histories import History
from chemopt.methods.recommendation import Recommendation
from chemopt.methods.registry import MethodName
from chemopt.outcomes.outcomes import (
    CHEMISTRY_DEFAULTS,
    PROFILE_DEFAULTS,
    Outcomes,
    check_outcomes,
)
from chemopt.problem.problem import ChemistryProblem

Data = ChemistryProblem | History | Outcomes


@dataclass(frozen=True, eq=False)
class Case:
    """What a report is about.

    Attributes
    ----------
    problem : ChemistryProblem
    history : History or None
        What the profiles were learned from, for resampling.
    task : str or None
    profile_options, chemistry_options, problem_options : dict
        With which `problem` was made of the history.
    method : str
        Which finds the optimum.
    beta_max : float or None
        Of the phase diagram.
    seed, threads : int
    words : str
        The command line, or "" in Python.
    time_limit : float or None
    answer : Recommendation or None
        The ensemble that the sections are about; None before it is known.
    """

    problem: ChemistryProblem
    history: History | None = None
    task: str | None = None
    profile_options: Mapping[str, Any] = field(default_factory=dict)
    chemistry_options: Mapping[str, Any] = field(default_factory=dict)
    problem_options: Mapping[str, Any] = field(default_factory=dict)
    method: MethodName = "auto"
    beta_max: float | None = None
    seed: int = 0
    threads: int = 1
    words: str = ""
    time_limit: float | None = None
    answer: Recommendation | None = None

    @property
    def outcomes(self) -> Outcomes | None:
        """The outcomes item by item, where they are known."""
        return self.problem.outcomes

    @property
    def prices(self) -> pd.DataFrame | None:
        """The attributes of the models, if one of them is their price."""
        known = self.problem.constraints.table
        return known if known is not None and "price" in known else None


def make_case(
    data: Data,
    task: str | None,
    profile_options: Mapping[str, Any] | None,
    chemistry_options: Mapping[str, Any] | None,
    problem_options: Mapping[str, Any] | None,
    **settings: Any,
) -> Case:
    """Make the problem of a history or of outcomes, as the command line does.

    Raises
    ------
    InputError
        The data or an option is not valid, or an option has no use for the data.
    """
    if isinstance(data, ChemistryProblem):
        learning = {
            "task": task, "profile_options": profile_options, "chemistry_options": chemistry_options
        }  # fmt: skip
        for option, value in learning.items():
            if value:
                raise InputError(
                    f"report: {option} is for a history or outcomes; a problem has its table"
                )
        problem = data.with_options(**problem_options) if problem_options else data
        return Case(problem, **settings)
    profile_options, chemistry_options = dict(profile_options or {}), dict(chemistry_options or {})
    problem_options = dict(problem_options or {})
    outcomes = None
    if isinstance(data, Outcomes):
        check_outcomes("report", data)
        outcomes = data if task is None else data.take_task(task)
        task = None
        history = outcomes.to_history()
        profile_options = {**PROFILE_DEFAULTS, **profile_options}
        chemistry_options = {**CHEMISTRY_DEFAULTS, **chemistry_options}
    else:
        history = data
    problem = ChemistryProblem.from_data(
        history if outcomes is None else outcomes, task,
        **{**profile_options, **chemistry_options, **problem_options},
    )  # fmt: skip
    return Case(
        problem, history, task, profile_options, chemistry_options, problem_options, **settings
    )
