"""From the input file and the options to profiles, a table, a problem."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chemopt.chemistry import chemistry
from chemopt.cli.options import (
    CHEMISTRY_OPTIONS,
    HISTORY_OPTIONS,
    PROBLEM_OPTIONS,
    PROFILE_OPTIONS,
    flag,
    given,
)
from chemopt.errors import InputError
from chemopt.histories import SUFFIXES, History, load_histories
from chemopt.instances import read_problem
from chemopt.problem import SelectionProblem
from chemopt.profiles import Profiles, learn_profiles


def read_profiles(arguments: argparse.Namespace) -> Profiles:
    """Return the profiles of a history, or those that an instance holds."""
    if is_instance(arguments.input):
        profiles = read_instance(arguments, also_allowed=CHEMISTRY_OPTIONS).profiles
        if profiles is None:
            raise InputError(f"{arguments.input}: this instance holds no profiles, only a table")
        return profiles
    if not arguments.input.lower().endswith(SUFFIXES):
        raise InputError(
            f"{arguments.input}: unknown kind of file; give a history "
            f"({', '.join(SUFFIXES)}) or an instance (.json)"
        )
    history = read_history(arguments)
    return learn_profiles(history, arguments.task, **given(arguments, PROFILE_OPTIONS))


def read_history(arguments: argparse.Namespace) -> History:
    """Return the history of the input file, read with the options given."""
    options = given(arguments, HISTORY_OPTIONS)
    if options.get("drop_strategies") == ["none"]:
        options["drop_strategies"] = ()
    return load_histories(arguments.input, **options)


def cost_settings(arguments: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    """Return options of the cost: as given, else those of an instance's table."""
    settings = {}
    if is_instance(arguments.input):
        table = read_problem(arguments.input).table
        settings = {name: table.settings[name] for name in names if name in table.settings}
        if str(settings.get("weights", "")).startswith("callable "):
            raise InputError(
                f"{arguments.input}: its table has {settings['weights']} as rank weights, which "
                "cannot be had from a file; use Python"
            )
    return {**settings, **given(arguments, names)}


def read_input_problem(arguments: argparse.Namespace) -> SelectionProblem:
    """Return the problem that the input and the options pose."""
    options = given(arguments, PROBLEM_OPTIONS)
    if is_instance(arguments.input):
        return _with_options(read_instance(arguments), options)
    profiles = read_profiles(arguments)
    table = chemistry(profiles, **given(arguments, CHEMISTRY_OPTIONS))
    name = Path(arguments.input).name
    return SelectionProblem(table, profiles=profiles, name=name, **options)


def _with_options(problem: SelectionProblem, options: dict[str, Any]) -> SelectionProblem:
    """Let options of the command line take the place of the instance's."""
    return problem.with_options(**options) if options else problem


def is_instance(path: str) -> bool:
    """Tell whether an input is an instance, by its ending."""
    return path.lower().endswith(".json")


def read_instance(
    arguments: argparse.Namespace,
    also_allowed: Sequence[str] = (),
    not_taken: Sequence[str] = (),
) -> SelectionProblem:
    """Read an instance, refusing options that would have no effect on it."""
    learning = ("task", *HISTORY_OPTIONS, *PROFILE_OPTIONS, *CHEMISTRY_OPTIONS, *not_taken)
    useless = given(arguments, [option for option in learning if option not in also_allowed])
    if useless:
        raise InputError(
            f"{flag(next(iter(useless)))} is about learning from a history; {arguments.input} is "
            "an instance, whose table is already computed"
        )
    return read_problem(arguments.input)
