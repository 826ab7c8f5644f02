"""`report`: everything that chemopt finds for some data, as one page to hand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from chemopt.errors import ChemoptError
from chemopt.history.files import check_writable, write_file
from chemopt.history.histories import History
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.outcome import status_text
from chemopt.methods.recommend import check_options, recommend
from chemopt.methods.recommendation import Recommendation, raise_if_interrupted
from chemopt.methods.registry import MethodName
from chemopt.outcomes.outcomes import Outcomes
from chemopt.problem.problem import LARGEST_BETA, ChemistryProblem
from chemopt.reports.case import Case, Data, make_case
from chemopt.reports.clock import Clock, OutOfTime, Progress, Share
from chemopt.reports.parts import Head, LeftOut, Paragraph, Section
from chemopt.validation import instance_of, number

#: Seconds for a report, unless told otherwise.
TIME_LIMIT = 120.0
# The share of the ensemble that the sections are about, besides those of the sections.
_ANSWER, _ANSWER_WEIGHT = "answer", 3.0


@dataclass(frozen=True, eq=False)
class Report:
    """What `report` returns.

    Attributes
    ----------
    title : str
    answer : Recommendation
        The ensemble of least loss, which the sections on chemistry are about.
    sections : tuple of Section
        What was found, as plain data; see `chemopt.reports.parts`.
    left_out : tuple of LeftOut
        Sections that cannot be made of the data, and why.
    """

    title: str
    answer: Recommendation
    sections: tuple[Section, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def head(self) -> Head:
        """What is read first: of outcomes, most coverage; else the least loss."""
        heads = [section.head for section in self.sections if section.head is not None]
        return heads[0] if heads else head_of(self.answer)

    @property
    def finished(self) -> bool:
        """Whether there was time for all sections."""
        return all(section.finished for section in self.sections)

    def to_html(self) -> str:
        """Return the page: one file that needs nothing else.

        Raises
        ------
        SolverError
            Jinja2 or Matplotlib is not installed.
        """
        from chemopt.reports.page.render import page

        return page(self.title, self.head, self.sections, self.left_out)

    def write(self, path: str | Path) -> None:
        """Write the page to a file, all at once.

        Raises
        ------
        InputError
            The file cannot be written.
        SolverError
            Jinja2 or Matplotlib is not installed.
        """
        write_file(self.to_html().encode(), str(path))

    def __repr__(self) -> str:
        """Return a line: title and sections."""
        keys = ", ".join(section.key for section in self.sections)
        return f"Report({self.title!r}, sections: {keys})"


def report(
    data: Data,
    output: str | Path | None = None,
    *,
    task: str | None = None,
    profile_options: Mapping[str, Any] | None = None,
    chemistry_options: Mapping[str, Any] | None = None,
    problem_options: Mapping[str, Any] | None = None,
    method: MethodName = "auto",
    beta_max: float | None = None,
    time_limit: float | None = TIME_LIMIT,
    threads: int = 1,
    seed: int = 0,
    command: str = "",
    progress: Progress | None = None,
) -> Report:
    """Put everything that chemopt finds for some data on one page.

    The page holds warnings and profiles; chemistry; hill climbing against the optimum; the phase
    diagram, with sliders; the Pareto front; contributions and the runner-up; stability; of
    outcomes coverage, a backtest and cascades; settings and versions.

    Parameters
    ----------
    data : ChemistryProblem, History or Outcomes
        Cascades need to know what answers cost: costs in the outcomes, or an attribute ``price``.
    output : path, optional
        Where the page is written; `Report.write` does it, too.
    task : str, optional
        Of a history with several; of outcomes, all tasks if not given.
    profile_options, chemistry_options, problem_options : mapping, optional
        What to give `learn_profiles`, `compute_chemistry` and `ChemistryProblem`. For outcomes,
        the defaults of outcomes hold.
    method : str
        A method of `recommend`, for the ensemble that the sections are about, the phase diagram,
        the Pareto front and stability.
    beta_max : float, optional
        The largest β of the phase diagram.
    time_limit : float or None
        Seconds in all, shared out among the sections; one that ran out of time says so. What cannot
        be stopped may take a few seconds longer. None for no limit.
    threads, seed
        As for `recommend`.
    command : str
        The command line, shown with the settings.
    progress : callable, optional
        Called with the title of a section, the steps done and their number.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        The data or an option is not valid, or the file cannot be written.
    SolverError
        Jinja2 or Matplotlib is not installed, and `output` is given.
    KeyboardInterrupt
        A run was interrupted.

    Notes
    -----
    No date is written: the same data, options, versions and seed give the same page, unless time
    ran out somewhere.

    Examples
    --------
    >>> from chemopt import ChemistryTable
    >>> table = ChemistryTable(("a", "b", "c"), [[0, 1, .5], [1, 0, .25], [.5, .25, 0]])
    >>> found = report(ChemistryProblem(table, m_inter="total"))
    >>> [section.key for section in found.sections]
    ['data', 'chemistry', 'heuristic', 'members', 'phase', 'pareto', 'settings']
    >>> print(found.left_out[-1].reason)
    an instance has no trials that could be resampled
    """
    hint = "load a history (load_history), outcomes (load_outcomes) or read_problem(path)"
    kinds = (ChemistryProblem, History, Outcomes)
    instance_of("report needs a history, outcomes or a problem", data, kinds, hint)
    instance_of("command must be a text", command, str)
    run = {"time_limit": time_limit, "seed": seed, "threads": threads}
    check_options(method, run)
    if beta_max is not None:
        beta_max = number("beta_max", beta_max, 0, LARGEST_BETA, above=True)
    if output is not None:
        from chemopt.reports.page.render import check_installed

        check_writable(str(output))
        check_installed()
    case = make_case(
        data, task, profile_options, chemistry_options, problem_options, method=method,
        beta_max=beta_max, seed=seed, threads=threads, words=command, time_limit=time_limit,
    )  # fmt: skip
    # a dozen modules that few programs need
    from chemopt.reports.sections import SECTIONS

    weights = {_ANSWER: _ANSWER_WEIGHT, **{key: one.WEIGHT for key, one in SECTIONS.items()}}
    clock = Clock(time_limit, weights, progress)
    case = _answered(case, clock.share(_ANSWER, "the ensemble"))
    assert case.answer is not None, "it was just found"
    made = [_make(key, section, case, clock) for key, section in SECTIONS.items()]
    found = Report(
        title=case.problem.name or f"{len(case.problem.models)} models",
        answer=case.answer,
        sections=tuple(one for one in made if isinstance(one, Section)),
        left_out=tuple(one for one in made if isinstance(one, LeftOut)),
    )
    if output is not None:
        found.write(output)
    return found


def head_of(answer: Recommendation) -> Head:
    """Return what is said first of an ensemble of least loss."""
    problem = answer.problem
    lead = (
        f"Least published loss at α = {problem.alpha:g} and β = {problem.beta:g}, of "
        f"{len(problem.models)} models"
    )
    claim = f"published loss ({status_text(answer.status)})"
    verdict = "" if answer.verdict is None else answer.verdict.sentence
    return Head(lead, answer.models, claim, verdict, message=answer.message)


def _answered(case: Case, share: Share) -> Case:
    share.show(0, 1)
    problem = resolve_m_inter(case.problem, time_limit=share.part(0.5), seed=case.seed)
    answer = recommend(
        problem, case.method, time_limit=share.remaining, seed=case.seed, threads=case.threads
    )
    raise_if_interrupted(answer)
    share.show(1, 1)
    return replace(case, problem=problem, answer=answer)


def _make(key: str, module: ModuleType, case: Case, clock: Clock) -> Section | LeftOut:
    """Make a section; what chemopt cannot answer is a reason to leave it out."""
    share = clock.share(key, module.TITLE)
    try:
        share.show(0, 1)
        made: Section | LeftOut = module.make(case, share)
        return made
    except OutOfTime:
        text = "Time ran out before it was done."
        return Section(key, module.TITLE, text, (Paragraph(text, "unfinished"),), False)
    except ChemoptError as error:
        return LeftOut(module.TITLE, str(error))
    finally:
        share.show(1, 1)
