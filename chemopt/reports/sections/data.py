"""Data and profiles, with what speaks against them first."""

from __future__ import annotations

from chemopt.history.histories import History
from chemopt.methods.warnings import problem_warnings
from chemopt.outcomes.outcomes import Outcomes
from chemopt.problem.problem import ChemistryProblem
from chemopt.profiles.saturation import check_saturation
from chemopt.reports.case import Case
from chemopt.reports.clock import Share
from chemopt.reports.parts import Paragraph, Part, Picture, Section, Table
from chemopt.wording import counted

TITLE, WEIGHT = "Data and profiles", 0.0


def make(case: Case, share: Share) -> Section:
    """Show where the data are from, what speaks against them, and a profile for each model."""
    del share  # it takes no time
    problem = case.problem
    warnings = warnings_of(case)
    parts: list[Part] = [Paragraph(text, "warning") for text in warnings]
    parts.append(Paragraph(_source(case)))
    if problem.profiles is not None:
        threshold = problem.table.settings.get("usage_threshold", 0.5)
        found = check_saturation(problem.profiles, threshold)
        if not found.saturated:
            parts.append(Paragraph(found.message))
        frame = problem.profiles.to_frame()
        known = frame.dropna(axis="columns", how="all").drop(columns="trial", errors="ignore")
        table = Table("Profiles", known, folded=True)
        parts.append(
            Picture(
                "profiles",
                f"Accuracy, quality and penalty of each of {counted(len(frame), 'model')}, least "
                "penalty first.",
                {"frame": frame},
                table,
            )
        )
    if case.outcomes is not None:
        outcomes = case.outcomes
        parts.append(
            Picture(
                "outcomes",
                "The share of the items that each model gets right, the best model first.",
                {"models": outcomes.models, "scores": outcomes.scores},
                Table(
                    "Accuracy of each model on the items",
                    outcomes.accuracy.sort_values(ascending=False, kind="stable").reset_index(),
                    folded=True,
                ),
            )
        )
    said = counted(len(warnings), "warning") if warnings else "no warning"
    return Section("data", TITLE, f"{counted(len(problem.models), 'model')}; {said}.", tuple(parts))


def warnings_of(case: Case) -> tuple[str, ...]:
    """Return what is known against the data and the answer, each once, the data's first."""
    found = [*(case.outcomes.warnings if case.outcomes is not None else ())]
    found += problem_warnings(case.problem)
    if case.answer is not None:
        found += case.answer.warnings
    return tuple(dict.fromkeys(found))


def _source(case: Case) -> str:
    problem, history = case.problem, case.history
    if case.outcomes is not None:
        return _of_outcomes(case.outcomes)
    if history is not None:
        return _of_history(history, problem)
    name = f"{problem.name}: " if problem.name else ""
    learned = "with profiles" if problem.profiles is not None else "without profiles"
    return (
        f"{name}an instance of {counted(len(problem.models), 'model')}, whose table of chemistry "
        f"is given, {learned}."
    )


def _of_outcomes(outcomes: Outcomes) -> str:
    tasks = f" in {counted(len(outcomes.tasks), 'task')}" if outcomes.tasks else ""
    kind = "right or wrong" if outcomes.binary else "marks from 0 to 1"
    return (
        f"Outcomes ({kind}) of {counted(len(outcomes.models), 'model')} on "
        f"{counted(len(outcomes), 'item')}{tasks}."
    )


def _of_history(history: History, problem: ChemistryProblem) -> str:
    rows = history.count_rows()
    dropped = len(history.dropped)
    without = f" ({counted(dropped, 'row')} dropped)" if dropped else ""
    assert problem.profiles is not None, "they were learned from the history"
    return (
        f"A history of {counted(rows, 'row')}{without} of "
        f"{counted(len(history.models), 'model')}; task {problem.profiles.task}; profiles by "
        f"aggregate {problem.profiles.aggregate}."
    )
