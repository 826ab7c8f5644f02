"""``chemopt recommend``: the best ensemble for a history or an instance."""

from __future__ import annotations

import argparse

import pandas as pd

from chemopt.cli import options
from chemopt.cli.inputs import read_input_problem
from chemopt.cli.output import check_writable, emit, note
from chemopt.methods import METHODS
from chemopt.methods.outcome import FALLBACK_POLICIES
from chemopt.problem import SelectionProblem
from chemopt.recommend import recommend
from chemopt.recommendation import Recommendation
from chemopt.saturation import diagnose

NAME = "recommend"
HELP = "Recommend an ensemble for a history or an instance."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    options.add_input(parser)
    options.add_chemistry(parser)
    options.add_problem(parser)
    options.add_solver(parser)
    group = parser.add_argument_group("the method")
    group.add_argument("--method", choices=tuple(METHODS), help="how to choose (auto)")
    options.add_formulation(group)
    group.add_argument("--steps", type=options.whole, help="moves of one hill climb (10)")
    group.add_argument(
        "--fallback-good", choices=FALLBACK_POLICIES["fallback_good"],
        help="what the hill climber recommends without chemistry when all are good (single)",
    )  # fmt: skip
    group.add_argument(
        "--fallback-bad", choices=FALLBACK_POLICIES["fallback_bad"],
        help="what it recommends without chemistry when all are bad (none)",
    )  # fmt: skip
    group.add_argument("--verbose", action="store_true", default=None, help="show the solver's log")
    options.add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    problem = read_input_problem(arguments)
    method_options = ("method", "formulation", "steps", "fallback_good", "fallback_bad", "verbose")
    chosen = options.given(arguments, (*options.SOLVER_OPTIONS, *method_options))
    answer = recommend(problem, **chosen)
    remark = _remark(problem)
    emit(_text(answer, arguments.format), arguments.output)
    if answer.terms is None:
        note(f"{answer.status.value}: {answer.message}")
        return 1
    if remark:
        note(f"note: {remark}")
    return 0


def _remark(problem: SelectionProblem) -> str:
    """Say what there is to say against the profiles that the problem rests on."""
    if problem.profiles is None:
        return ""
    saturation = diagnose(problem.profiles, problem.table.settings.get("usage_threshold", 0.5))
    return saturation.message if saturation.saturated else ""


def _text(answer: Recommendation, form: str) -> str:
    if form == "json":
        return answer.to_json()
    if form == "csv":
        data = answer.to_dict()
        flat = {key: value for key, value in data.items() if not isinstance(value, dict)}
        joined = {k: _cell(v) if isinstance(v, list) else v for k, v in flat.items()}
        return pd.DataFrame([joined]).to_csv(index=False)
    return answer.summary()


def _cell(values: list[str] | list[list[str]]) -> str:
    """Return a list as one cell: names with commas, lists of names with semicolons between."""
    inner = [value if isinstance(value, str) else ", ".join(value) for value in values]
    return ("; " if inner != values else ", ").join(inner)
