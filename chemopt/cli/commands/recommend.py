"""``chemopt recommend``: the best ensemble for a history or an instance."""

from __future__ import annotations

import argparse
import shlex
from typing import Any

import pandas as pd

from chemopt.analysis.alternatives import best_ensembles, ensembles_frame
from chemopt.analysis.baselines import baselines
from chemopt.analysis.explain import Explanation, explain
from chemopt.cli import NO_ANSWER, options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import (
    Progress,
    baselines_text,
    check_writable,
    emit_frame,
    note,
    tell_no_answer,
    warn,
)
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.cli.tracing import trace_text
from chemopt.errors import InputError
from chemopt.frames import frame_records
from chemopt.methods.local_search.hill_climb import HillClimbOptions
from chemopt.methods.recommend import recommend
from chemopt.methods.recommendation import Recommendation
from chemopt.validation import whole

NAME = "recommend"
HELP = "Recommend an ensemble for a history or an instance."
# Without chemistry all ensembles of a size are tied.
MOST_TIED = 100


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    options.add_chemistry(parser)
    options.add_problem(parser)
    options.add_solver(parser)
    group = options.add_method(parser)
    group.add_argument(
        "--trace", action="store_true", default=None,
        help="hill-climb: show what each step of each climb looked at, and why it stopped",
    )  # fmt: skip
    group = parser.add_argument_group("more than the best ensemble")
    group.add_argument("--explain", action="store_true", help="say why these models")
    group.add_argument(
        "--best", type=options.whole, metavar="K", help="list the K best ensembles instead"
    )
    group.add_argument(
        "--tied", action="store_true",
        help=f"list only those as good as the best (K at most; {MOST_TIED} without --best)",
    )  # fmt: skip
    options.add_plot(
        parser,
        "the ensemble, the climb of a hill climber, or with --explain what each model does to the "
        "loss,",
    )
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    several = arguments.best is not None or arguments.tied
    if arguments.explain and several:
        raise InputError("--explain applies to one ensemble, --best and --tied list several")
    if arguments.trace and several:
        raise InputError("--trace shows how one ensemble was found, --best and --tied list several")
    if arguments.plot and several:
        raise InputError("--plot draws one ensemble, --best and --tied list several")
    if arguments.trace and arguments.format == "csv":
        raise InputError("a trace cannot be written as CSV; use --format table or json")
    if arguments.explain and arguments.format == "csv":
        raise InputError("an explanation cannot be written as CSV; use --format table or json")
    problem = read_input_problem(arguments)
    chosen = options.method_arguments(arguments)
    if several:
        k = MOST_TIED if arguments.best is None else whole("--best", arguments.best, 1)
        best = best_ensembles(
            problem, k, tied=arguments.tied, progress=Progress("ensembles"), **chosen
        )
        answer = best[0] if best else recommend(problem, **chosen)
        _ = answer.warnings  # which may refuse a setting, before anything is written
        formats = {"loss": "{:.6f}", "above_best": "{:.6f}"}
        emit_frame(arguments, ensembles_frame(best), formats)
    else:
        answer = recommend(problem, **chosen)
        why = explain(answer) if arguments.explain and answer.terms is not None else None
        if answer.terms is not None:
            write_plot(answer.plot if why is None else why.plot, arguments.plot)
        emit_frame(
            arguments,
            _row(answer),
            table=lambda: _table(answer, why, _instead(arguments, answer)),
            data=lambda: _data(answer, why, _instead(arguments, answer)),
        )
    warn(answer.warnings, arguments, in_table=not several)
    if answer.terms is None:
        if several:  # whose table has no place for a message
            note(f"{answer.status.value}: {answer.message}")
            return NO_ANSWER
        return tell_no_answer(answer.status.value, answer.message, arguments)
    return 0


def _table(answer: Recommendation, why: Explanation | None, instead: str) -> str:
    """Write the answer, why it is the answer if asked for, and the baselines if there are any."""
    summary = answer.summary(instead)
    blocks = [summary if why is None else f"{summary}\n{why.summary()}"]
    if _traced(answer):
        blocks.append(trace_text(answer))
    beside = _baselines(answer)
    if len(beside):
        blocks.append(baselines_text(beside))
    return "\n\n".join(blocks)


def _data(answer: Recommendation, why: Explanation | None, instead: str) -> dict[str, Any]:
    data = {**answer.to_dict(), "baselines": frame_records(_baselines(answer))}
    if instead and data["verdict"] is not None:
        data["verdict"]["instead"] = instead
    if _traced(answer):
        data["trace"] = answer.trace_data()
    return data if why is None else {**data, "explanation": why.to_dict()}


def _instead(arguments: argparse.Namespace, answer: Recommendation) -> str:
    """Return the command that chooses by the same outcomes under the same constraints, or ""."""
    if answer.problem.outcomes is None:
        return ""
    kept = ("task", *options.OUTCOME_OPTIONS, *options.CONSTRAINT_OPTIONS, "attributes")
    words = ["chemopt", "select", arguments.input]
    for option, value in options.given(arguments, kept).items():
        values = value if option in options.UNSIZED_OPTIONS else [value]
        for one in values:
            words += [options.flag(option), *_words(one)]
    return shlex.join(words)


def _words(value: Any) -> list[str]:
    """Write the value of an option as it is typed."""
    if isinstance(value, dict):
        return [",".join(f"{key}={name}" for key, name in value.items())]
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _traced(answer: Recommendation) -> bool:
    """Return whether the steps were asked for."""
    return isinstance(answer.options, HillClimbOptions) and answer.options.trace


def _baselines(answer: Recommendation) -> pd.DataFrame:
    """Return the baselines of an ensemble; no rows without one."""
    found = baselines(answer.problem, answer.models)
    return found if answer.terms is not None else found[:0]


def _row(answer: Recommendation) -> pd.DataFrame:
    """Return an answer as one row, without its nested fields."""
    data = answer.to_dict()
    if answer.verdict is not None:
        data |= {"verdict": answer.verdict.worth.value, "sentence": answer.verdict.sentence}
    flat = {key: value for key, value in data.items() if not isinstance(value, dict)}
    return pd.DataFrame([flat])
