"""Read the input file and the options into profiles, a table or a problem."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from chemopt.cli.options import (
    HISTORY_OPTIONS,
    OUTCOME_OPTIONS,
    PROBLEM_OPTIONS,
    flag,
    given,
    refuse_amounts,
)
from chemopt.cli.output import Progress
from chemopt.errors import InputError
from chemopt.history.histories import History, load_history
from chemopt.history.parts import holds_parts, names_parts
from chemopt.history.table_files import SUFFIXES
from chemopt.outcomes.outcomes import CHEMISTRY_DEFAULTS, PROFILE_DEFAULTS, Outcomes
from chemopt.outcomes.read import holds_logs, load_outcomes
from chemopt.outcomes.read import holds_outcomes as file_holds_outcomes
from chemopt.problem.attributes import joined_attributes, read_attributes
from chemopt.problem.formats import ENDINGS, read_benchmark
from chemopt.problem.instances import read_problem
from chemopt.problem.problem import CHEMISTRY_OPTIONS, PROFILE_OPTIONS, ChemistryProblem
from chemopt.profiles.profiles import Profiles, learn_profiles


def read_profiles(arguments: argparse.Namespace) -> Profiles:
    """Return the profiles of a history, or those that an instance holds."""
    if is_instance(arguments):
        profiles = read_instance(arguments, also_allowed=CHEMISTRY_OPTIONS).profiles
        if profiles is None:
            raise InputError(f"{arguments.input}: this instance holds no profiles, only a table")
        return profiles
    return _learn(read_history(arguments), arguments)


def cost_settings(arguments: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    """Return the options of the cost: those given, else those of an instance's table.

    For outcomes, else the defaults of outcomes.
    """
    settings: Mapping[str, Any] = {}
    if is_instance(arguments):
        settings = _read(arguments).table.settings
        if str(settings.get("weights", "")).startswith("callable "):
            raise InputError(
                f"{arguments.input}: its table has {settings['weights']} as rank weights, which "
                "cannot be read from a file; use Python"
            )
    elif holds_outcomes(arguments):
        settings = CHEMISTRY_DEFAULTS
    kept = {name: settings[name] for name in names if name in settings}
    return {**kept, **given(arguments, names)}


def read_input_problem(
    arguments: argparse.Namespace, *, attributes_used: bool = False
) -> ChemistryProblem:
    """Return the problem of the input and the options.

    Parameters
    ----------
    arguments : Namespace
    attributes_used : bool
        Whether the command uses attributes for more than constraints.

    Raises
    ------
    InputError
        Attributes were given, or prices, and nothing is about them.
    """
    options = given(arguments, PROBLEM_OPTIONS)
    if is_instance(arguments):
        problem = read_instance(arguments)
        if not (attributes_used or problem.constraints.budgets or problem.constraints.groups):
            refuse_amounts(arguments)
        if (extra := read_attributes_file(arguments)) is not None:
            options["attributes"] = joined_attributes(problem.constraints.table, extra)
        return problem.with_options(**options) if options else problem
    if not attributes_used:
        refuse_amounts(arguments)
    options |= given(arguments, (*PROFILE_OPTIONS, *CHEMISTRY_OPTIONS))
    options["attributes"] = read_attributes_file(arguments)
    if not holds_outcomes(arguments):
        data: History | Outcomes = read_history(arguments)
        return ChemistryProblem.from_data(data, arguments.task, **options)
    return ChemistryProblem.from_data(read_outcomes(arguments), **options)


def read_attributes_file(arguments: argparse.Namespace) -> pd.DataFrame | None:
    """Return the attributes of the file that was given, or None."""
    path = getattr(arguments, "attributes", None)
    return None if path is None else read_attributes(path)


def read_history(arguments: argparse.Namespace) -> History:
    """Return the history of the input file, or of the outcomes in it."""
    if holds_outcomes(arguments):
        return _history_of(read_outcomes(arguments), arguments)
    useless = given(arguments, OUTCOME_OPTIONS)
    if useless:
        raise InputError(
            f"{flag(next(iter(useless)))} applies to outcomes only; {arguments.input} is a history"
        )
    options = given(arguments, HISTORY_OPTIONS)
    if options.get("drop_strategies") == ["none"]:
        options["drop_strategies"] = ()
    return load_history(arguments.input, progress=Progress("reading, percent"), **options)


def _history_of(outcomes: Outcomes, arguments: argparse.Namespace) -> History:
    """Return the history of outcomes, all of which are one task."""
    arguments.task = None  # it was applied when they were read
    return outcomes.to_history()


def read_outcomes(arguments: argparse.Namespace, **defaults: Any) -> Outcomes:
    """Return the outcomes of the input file.

    Raises
    ------
    InputError
        An option was given that applies to histories only.
    """
    useless = given(arguments, HISTORY_OPTIONS)
    if useless:
        raise InputError(
            f"{flag(next(iter(useless)))} applies to histories only; {arguments.input} holds "
            "outcomes"
        )
    options = {**defaults, **given(arguments, (*OUTCOME_OPTIONS, "task"))}
    return load_outcomes(arguments.input, progress=Progress("reading, percent"), **options)


def holds_outcomes(arguments: argparse.Namespace) -> bool:
    """Return whether the input file holds outcomes rather than a history.

    Raises
    ------
    InputError
        It is a file of another kind.
    """
    if not is_table(arguments.input) and not holds_logs(arguments.input):
        form = ", or an --input-format" if hasattr(arguments, "input_format") else ""
        raise InputError(
            f"{arguments.input}: {kind_of_path(arguments.input)}; give a history or outcomes "
            f"({', '.join(SUFFIXES)}), logs of an evaluation tool, an instance (.json){form}"
        )
    return file_holds_outcomes(arguments.input, arguments.columns)


def is_table(path: str) -> bool:
    """Return whether a path is that of a table, by its name, or of several."""
    if not names_parts(path):
        return path.lower().endswith(SUFFIXES)
    return not Path(path).is_dir() or holds_parts(path)


def kind_of_path(path: str) -> str:
    """Say what is wrong with a path that no reader takes."""
    if Path(path).is_dir():
        return "is a folder, without tables or logs of an evaluation tool in it (chemopt import -h)"
    return "unknown kind of file"


def profile_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options of profiles: those given, else the defaults of the kind of data."""
    defaults = PROFILE_DEFAULTS if holds_outcomes(arguments) else {}
    return {**defaults, **given(arguments, PROFILE_OPTIONS)}


def _learn(history: History, arguments: argparse.Namespace) -> Profiles:
    return learn_profiles(history, arguments.task, **profile_settings(arguments))


def is_instance(arguments: argparse.Namespace) -> bool:
    """Return whether the input is an instance: chemopt's own, or a benchmark file."""
    if _benchmark_format(arguments) is not None:
        return True
    return arguments.input.lower().endswith(".json") and not holds_logs(arguments.input)


def _benchmark_format(arguments: argparse.Namespace) -> str | None:
    """Return the benchmark format of the input, as given or by its ending; None for others."""
    # Commands that take no benchmark files have no such option.
    stated: str | None = getattr(arguments, "input_format", None)
    return stated or ENDINGS.get(Path(arguments.input).suffix.lower())


def read_instance(
    arguments: argparse.Namespace,
    also_allowed: Sequence[str] = (),
    not_taken: Sequence[str] = (),
) -> ChemistryProblem:
    """Read an instance, refusing options that would have no effect on it."""
    learning = (
        "task",
        *HISTORY_OPTIONS,
        *OUTCOME_OPTIONS,
        *PROFILE_OPTIONS,
        *CHEMISTRY_OPTIONS,
        *not_taken,
    )
    useless = given(arguments, [option for option in learning if option not in also_allowed])
    if useless:
        raise InputError(
            f"{flag(next(iter(useless)))} applies to histories only; {arguments.input} is an "
            "instance, whose table is already computed"
        )
    return _read(arguments)


def _read(arguments: argparse.Namespace) -> ChemistryProblem:
    form = _benchmark_format(arguments)
    return read_problem(arguments.input) if form is None else read_benchmark(arguments.input, form)
