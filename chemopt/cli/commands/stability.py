"""``chemopt stability``: how the recommendation changes when the history is resampled."""

from __future__ import annotations

import argparse

from chemopt.analysis.stability import stability
from chemopt.cli import options
from chemopt.cli.inputs import (
    cost_settings,
    is_table,
    profile_settings,
    read_attributes_file,
    read_history,
)
from chemopt.cli.output import Progress, check_writable, emit_frame, partly, tell_no_answer
from chemopt.cli.plotting import check_plot, write_plot
from chemopt.errors import InputError
from chemopt.frames import frame_records, frame_text
from chemopt.history.table_files import SUFFIXES
from chemopt.outcomes.read import holds_logs
from chemopt.problem.attributes import history_attributes, joined_attributes
from chemopt.problem.problem import CHEMISTRY_OPTIONS

NAME = "stability"
HELP = "Recommend from resampled histories, and count which models are chosen."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "input", metavar="INPUT", help=f"history or outcomes ({', '.join(SUFFIXES)})"
    )
    parser.add_argument(
        "--resamples", type=options.whole, metavar="N", help="resampled histories (100)"
    )
    options.add_plot(parser, "how often each model is recommended")
    options.add_reading(parser)
    options.add_chemistry(parser)
    options.add_problem(parser)
    options.add_method(parser)
    options.add_solver(parser, options.WHOLE)
    options.add_executor(parser)
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_plot(arguments.plot)
    if not is_table(arguments.input) and not holds_logs(arguments.input):
        raise InputError(
            f"{arguments.input}: not a history ({', '.join(SUFFIXES)}), whose trials could be "
            "resampled"
        )
    options.refuse_amounts(arguments)
    history = read_history(arguments)
    problem_options = options.given(arguments, options.PROBLEM_OPTIONS)
    result, code = partly(lambda: stability(
        history,
        arguments.task,
        profile_options=profile_settings(arguments),
        chemistry_options=cost_settings(arguments, CHEMISTRY_OPTIONS),
        problem_options={
            **problem_options, "attributes": joined_attributes(
                history_attributes(history, arguments.task), read_attributes_file(arguments)
            )
        },
        progress=Progress("resamples"),
        **options.given(arguments, ("resamples", "executor")),
        **options.method_arguments(arguments),
    ))  # fmt: skip
    write_plot(result.plot, arguments.plot)
    answer, inclusion = result.recommendation, result.inclusion
    formats = {"frequency": "{:.2f}", "se": "{:.2f}"}
    emit_frame(
        arguments,
        inclusion,
        table=lambda: f"{result.summary()}\n\n{frame_text(inclusion, formats)}",
        data=lambda: {
            "recommendation": answer.to_dict(),
            "inclusion": frame_records(inclusion),
            "resamples": frame_records(result.resamples),
        },
    )
    if answer.terms is None:
        return code or tell_no_answer(answer.status.value, answer.message, arguments)
    return code
