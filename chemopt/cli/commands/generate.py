"""``chemopt generate``: synthetic histories and random pools."""

from __future__ import annotations

import argparse

from chemopt.cli import options
from chemopt.cli.output import check_ending, check_writable, emit
from chemopt.errors import InputError
from chemopt.history.generate import generate_history
from chemopt.problem.generate import POOL_KINDS, generate_problem
from chemopt.problem.instances import problem_to_json

NAME = "generate"
HELP = "Make a synthetic history (CSV), or a random pool (an instance, JSON)."
_HISTORY_OPTIONS = ("trials", "tasks", "heterogeneity")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--kind", choices=("history", *POOL_KINDS), default="history",
        help="a history, or a pool with a random table of that kind (history)",
    )  # fmt: skip
    parser.add_argument("--models", type=options.whole, metavar="N", help="number of models (8)")
    parser.add_argument("--trials", type=options.whole, metavar="N", help="trials a task (60)")
    parser.add_argument("--tasks", type=options.whole, metavar="N", help="number of tasks (1)")
    parser.add_argument(
        "--heterogeneity", type=options.number, metavar="H",
        help="how much models differ: 0 not at all, 1 very much (0.5)",
    )  # fmt: skip
    parser.add_argument("--seed", type=options.whole, help="seed (0)")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to this file")


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    check_ending(arguments.output, "csv" if arguments.kind == "history" else "json")
    about_history = options.given(arguments, _HISTORY_OPTIONS)
    chosen = options.given(arguments, ("models", "seed"))
    if arguments.kind == "history":
        frame = generate_history(**chosen, **about_history)
        emit(frame.to_csv(index=False), arguments.output)
        return 0
    if about_history:
        raise InputError(
            f"{options.flag(next(iter(about_history)))} applies to --kind history only"
        )
    chosen.setdefault("models", 8)
    emit(problem_to_json(generate_problem(kind=arguments.kind, **chosen)), arguments.output)
    return 0
