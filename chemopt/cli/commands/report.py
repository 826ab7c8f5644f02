"""``chemopt report``: everything that chemopt finds for some data, as one page for the browser."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import Any

from chemopt.cli import options
from chemopt.cli.inputs import (
    cost_settings,
    holds_outcomes,
    is_instance,
    profile_settings,
    read_attributes_file,
    read_history,
    read_input_problem,
    read_outcomes,
)
from chemopt.cli.output import Progress, check_ending, check_writable, emit, note
from chemopt.errors import InputError
from chemopt.methods.registry import METHODS
from chemopt.problem.problem import CHEMISTRY_OPTIONS, LARGEST_BETA
from chemopt.reports.report import TIME_LIMIT, Report, report
from chemopt.validation import number

NAME = "report"
HELP = "Put everything on one page for the browser: a report to look at and to hand on."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    parser.add_argument(
        "--beta-max", type=options.number, metavar="B",
        help="largest beta of the phase diagram (the largest total chemistry of a model)",
    )  # fmt: skip
    options.add_chemistry(parser)
    options.add_problem(parser)
    group = parser.add_argument_group("solving")
    group.add_argument(
        "--method",
        choices=tuple(name for name, method in METHODS.items() if method.proves),
        help="how to find the optimum (auto)",
    )
    group.add_argument(
        "--time-limit", type=options.number_or_none, metavar="SECONDS|none",
        help=f"for the whole report, shared out among its sections ({TIME_LIMIT:g})",
    )  # fmt: skip
    group.add_argument("--threads", type=options.whole, help="cores that a method may use (1)")
    group.add_argument("--seed", type=options.whole, help="seed of everything drawn (0)")
    group = parser.add_argument_group("output")
    group.add_argument(
        "-o", "--output", metavar="FILE", help="write to this file, all at once, instead of stdout"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from chemopt.reports.page.render import check_installed

    check_installed()
    check_writable(arguments.output)
    check_ending(arguments.output, "html")
    if arguments.output is None and sys.stdout is not None and sys.stdout.isatty():
        raise InputError("a report is a page for the browser: give a file with -o report.html")
    if arguments.beta_max is not None:
        number("--beta-max", arguments.beta_max, 0, LARGEST_BETA, above=True)
    chosen = options.given(arguments, ("beta_max", "method", "time_limit", "threads", "seed"))
    found = _reported(
        arguments, command=shlex.join(["chemopt", *arguments.words]), progress=_progress, **chosen
    )
    emit(found.to_html(), arguments.output)
    answer = found.answer
    if not found.finished:
        names = ", ".join(section.title for section in found.sections if not section.finished)
        note(f"time ran out in: {names}; give more with --time-limit")
    if answer.terms is None:
        note(f"{answer.status.value}: {answer.message}")
        return 1
    return 0


def _reported(arguments: argparse.Namespace, **chosen: Any) -> Report:
    """Read the input as other commands do, and make the report."""
    if is_instance(arguments):
        return report(read_input_problem(arguments, attributes_used=True), **chosen)
    outcomes = read_outcomes(arguments) if holds_outcomes(arguments) else None
    history = read_history(arguments) if outcomes is None else outcomes.to_history()
    task = arguments.task if outcomes is None else None
    arguments.task = task  # of outcomes it was applied when they were read
    return report(
        history if outcomes is None else outcomes,
        task=task,
        profile_options=profile_settings(arguments),
        chemistry_options=cost_settings(arguments, CHEMISTRY_OPTIONS),
        problem_options={
            **options.given(arguments, options.PROBLEM_OPTIONS),
            "attributes": read_attributes_file(arguments),
        },
        **chosen,
    )


def _progress(what: str, done: int, total: int) -> None:
    Progress(what)(done, total)
